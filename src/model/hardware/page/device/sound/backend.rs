//! Where sound goes on the host.

use super::stream;
use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row};
use crate::model::xml::domain::fields::{audio, graphics, sound};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

const PARTS: &Parts = &[
    ("none", &[]),
    ("alsa", &[]),
    ("coreaudio", &[]),
    ("dbus", &[]),
    ("file", &["@path"]),
    ("jack", &[]),
    ("oss", &["@tryMMap", "@exclusive", "@dspPolicy"]),
    ("pipewire", &["@runtimeDir"]),
    ("pulseaudio", &["@serverName"]),
    ("sdl", &["@driver"]),
    ("spice", &[]),
];

/// What `<input>` and `<output>` have.
const STREAM_PARTS: &Parts = &[
    ("none", &[]),
    ("alsa", &["@dev"]),
    ("coreaudio", &["@bufferCount"]),
    ("dbus", &[]),
    ("file", &[]),
    ("jack", &["@serverName", "@clientName", "@connectPorts", "@exactName"]),
    ("oss", &["@dev", "@bufferCount", "@tryPoll"]),
    ("pipewire", &["@name", "@streamName", "@latency"]),
    ("pulseaudio", &["@name", "@streamName", "@latency"]),
    ("sdl", &["@bufferCount"]),
    ("spice", &[]),
];

/// The page of an audio backend.
pub(in crate::model::hardware::page::device) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(audio::TYPE);
    let backends = form.context.facts.audio_backends();
    let mut rows = vec![
        form.required_choice("type", tr("Sound goes to"), audio::TYPE, backends)
            .help(
                tr("Where the machine's sound is heard: at the viewer, or on the host."),
                "<audio id='1' type='spice'/>",
            )
            .edit(|domain, node, value| set_kind(domain, node, value.text())),
    ];
    rows.extend(own(form, &kind));
    Page::new(vec![
        Group::new(String::new(), rows),
        Group::new(tr("Playing"), stream::rows(form, &kind, &stream::OUTPUT)),
        Group::new(tr("Recording"), stream::rows(form, &kind, &stream::INPUT)),
        Group::advanced(vec![
            id(form),
            form.number("timer", tr("Timer period"), audio::TIMER_PERIOD, 1..=1_000_000, "µs")
                .example("10000")
                .help(
                    tr("How often the emulator looks for sound to play."),
                    "<audio id='1' type='spice' timerPeriod='10000'/>",
                ),
        ]),
    ])
}

fn id(form: &Form<'_>) -> Row {
    let control = Control::Number {
        min: 1,
        max: 255,
        required: true,
        unit: "",
    };
    Row::new("id", tr("Number"), control, form.value(audio::ID), Edit::None)
        .example("7")
        .help(
            tr("The number that sound cards and displays name the backend by; those that do get the new one."),
            "<audio id='1' type='spice'/>",
        )
        .edit(|domain, node, value| match value.number() {
            Some(id) => set_id(domain, node, id),
            None => Ok(()),
        })
}

fn set_id(domain: &mut Domain, node: NodeId, id: u64) -> Result<(), Refused> {
    let document = domain.document();
    let is_taken = domain
        .devices_of(DeviceKind::Audio)
        .any(|other| other != node && document.get(other, audio::ID) == Some(id));
    if is_taken {
        let id = id.to_string();
        return Err(Refused(tr_f(
            "There is an audio backend {number} already.",
            &[("number", &id)],
        )));
    }
    let old = document.get(node, audio::ID);
    let named = |kind, field: Field<u64>| {
        let all = domain.devices_of(kind);
        all.filter(|device| old.is_some() && document.get(*device, field) == old)
            .collect::<Vec<_>>()
    };
    let cards = named(DeviceKind::Sound, sound::AUDIO);
    let displays = named(DeviceKind::Graphics, graphics::AUDIO);
    let document = domain.document_mut();
    for card in cards {
        document.set(card, sound::AUDIO, Some(id))?;
    }
    for display in displays {
        document.set(display, graphics::AUDIO, Some(id))?;
    }
    document.set(node, audio::ID, Some(id))
}

fn set_kind(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    domain.set_type(node, "type", kind, PARTS)?;
    for name in ["input", "output"] {
        if kind == "none" {
            domain.remove_children(node, name);
        }
        let Some(stream) = domain.document().child(node, name) else {
            continue;
        };
        domain.keep_parts(stream, kind, STREAM_PARTS);
        if domain.document().is_bare_element(stream) {
            domain.document_mut().remove(stream);
        }
    }
    Ok(())
}

/// What a kind of backend has for both directions.
fn own(form: &Form<'_>, kind: &str) -> Vec<Row> {
    match kind {
        "pulseaudio" => vec![
            form.text("server", tr("Server"), audio::SERVER)
                .example("/run/pulse/native")
                .help(
                    tr("The PulseAudio server; without one it is that of the user who runs the machine."),
                    "<audio type='pulseaudio' serverName='/run/pulse/native'/>",
                ),
        ],
        "pipewire" => vec![
            form.path(
                "runtime-dir",
                tr("Folder of the socket"),
                audio::RUNTIME_DIR,
                PathKind::Folder,
            )
            .example("/run/user/1000")
            .help(
                tr("Where the socket of PipeWire is."),
                "<audio type='pipewire' runtimeDir='/run/user/1000'/>",
            ),
        ],
        "file" => vec![
            form.path("path", tr("File"), audio::PATH, PathKind::File)
                .example("/tmp/sound.wav")
                .help(
                    tr("The file that everything played is written to."),
                    "<audio type='file' path='/tmp/sound.wav'/>",
                ),
        ],
        "sdl" => {
            let drivers = ["esd", "alsa", "arts", "pulseaudio"].map(Choice::plain).to_vec();
            vec![
                form.choice("sdl-driver", tr("Driver of SDL"), audio::SDL_DRIVER, drivers)
                    .help(tr("What SDL plays through."), "<audio type='sdl' driver='pulseaudio'/>"),
            ]
        }
        "oss" => vec![
            form.switch("mmap", tr("Map the device's memory"), audio::TRY_MMAP, false)
                .help(
                    tr("Sound is written to the device's own memory where that works."),
                    "<audio type='oss' tryMMap='yes'/>",
                ),
            form.switch("exclusive", tr("For this machine alone"), audio::EXCLUSIVE, false)
                .help(
                    tr("Nobody else on the host can use the device meanwhile."),
                    "<audio type='oss' exclusive='yes'/>",
                ),
            form.text("dsp-policy", tr("Timing policy"), audio::DSP_POLICY)
                .example("5")
                .help(
                    tr("A number from 0, quick and costly, to 10, slow and cheap; −1 uses none."),
                    "<audio type='oss' dspPolicy='5'/>",
                ),
        ],
        _ => Vec::new(),
    }
}
