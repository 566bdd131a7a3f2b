//! Sound cards, and where their sound goes on the host.

mod backend;
mod stream;

pub(super) use backend::page as audio;

use super::common::{best, drop_address, has, problem_of};
use super::screen::audio_choices;
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Choice};
use crate::model::xml::domain::fields::{audio, graphics, sound as field};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused, escape};

const PARTS: &Parts = &[
    ("ich9", &["codec"]),
    ("ich7", &["codec"]),
    ("ich6", &["codec"]),
    ("usb", &["@multichannel"]),
    ("virtio", &["@streams", "driver"]),
    ("ac97", &[]),
    ("es1370", &[]),
    ("sb16", &[]),
    ("pcspk", &[]),
];

/// The page of a sound card.
pub(super) fn sound(form: &Form<'_>) -> Page {
    let model = form.says(field::MODEL);
    let mut rows = vec![
        form.required_choice("model", tr("Model"), field::MODEL, form.context.facts.sound_models())
            .help(
                tr("HDA is what guests know best; AC97 and Sound Blaster are for old ones."),
                "<sound model='ich9'/>",
            )
            .edit(|domain, node, value| {
                domain.set_type(node, "model", value.text(), PARTS)?;
                drop_address(domain, node);
                Ok(())
            }),
        form.choice(
            "audio",
            tr("Plays through"),
            field::AUDIO,
            audio_choices(form.context.domain),
        )
        .help(
            tr("The audio backend that its sound goes to; without one it is the first."),
            "<audio id='1'/>",
        ),
    ];
    match model.as_str() {
        "ich6" | "ich7" | "ich9" => rows.push(
            form.choice(
                "codec",
                tr("Connections"),
                field::CODEC,
                vec![
                    Choice::new("duplex", tr("Line in and line out")),
                    Choice::new("micro", tr("Microphone and speaker")),
                    Choice::new("output", tr("Line out only")),
                ],
            )
            .help(
                tr("What the guest finds plugged into the card."),
                "<codec type='micro'/>",
            ),
        ),
        "virtio" => rows.push(
            form.number("streams", tr("Streams"), field::STREAMS, 1..=64, "")
                .example("2")
                .help(
                    tr("How many streams of sound the card has."),
                    "<sound model='virtio' streams='2'/>",
                ),
        ),
        "usb" => rows.push(
            form.switch("multichannel", tr("Surround sound"), field::MULTICHANNEL, false)
                .help(
                    tr("The card has 5.1 and 7.1 channels besides stereo."),
                    "<sound model='usb' multichannel='yes'/>",
                ),
        ),
        _ => {}
    }
    Page::new(vec![Group::new(String::new(), rows)])
}

/// Whether a card or a display names this backend.
pub(super) fn is_in_use(domain: &Domain, node: NodeId) -> bool {
    let document = domain.document();
    let Some(id) = document.get(node, audio::ID) else {
        return false;
    };
    let names = |kind, field| {
        domain
            .devices_of(kind)
            .any(|device| document.get(device, field) == Some(id))
    };
    names(DeviceKind::Sound, field::AUDIO) || names(DeviceKind::Graphics, graphics::AUDIO)
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    vec![
        Addition::new("sound", tr("Sound Card"), "audio-card-symbolic", |domain, facts| {
            let model = best(&facts.sound_models()).unwrap_or_else(|| "ich9".to_owned());
            domain.add_device(&format!("<sound model='{}'/>", escape(&model)))
        })
        .description(tr("Lets the guest play and record sound."))
        .problem(problem_of(&facts.sound_models())),
        Addition::new("audio", tr("Audio Backend"), "audio-card-symbolic", add_backend)
            .description(tr(
                "Where the sound of the machine's cards goes: to the viewer, or to the host's sound system.",
            ))
            .problem(problem_of(&facts.audio_backends())),
    ]
}

/// A backend with a number of its own: what a display of the machine carries, else the host's sound system.
fn add_backend(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let document = domain.document();
    let used: Vec<u64> = domain
        .devices_of(DeviceKind::Audio)
        .filter_map(|node| document.get(node, audio::ID))
        .collect();
    let Some(id) = (1..=255).find(|id| !used.contains(id)) else {
        return Err(Refused(tr(
            "The machine has as many audio backends as there are numbers.",
        )));
    };
    let taken = |kind: &str| has(domain, DeviceKind::Audio, audio::TYPE, kind);
    let fits = |kind: &str| match kind {
        "spice" | "dbus" => has(domain, DeviceKind::Graphics, graphics::TYPE, kind) && !taken(kind),
        _ => true,
    };
    let backends: Vec<Choice> = facts.audio_backends();
    let fitting: Vec<Choice> = backends.into_iter().filter(|choice| fits(&choice.value)).collect();
    let kind = best(&fitting).unwrap_or_else(|| "none".to_owned());
    domain.add_device(&format!("<audio id='{id}' type='{}'/>", escape(&kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hardware::{Draft, PageId, Value};

    #[test]
    fn another_card_drops_what_only_the_old_one_had() {
        let text = "<domain type='kvm'><devices><sound model='ich9'><codec type='micro'/><audio id='1'/>\
             <address type='pci' bus='1'/></sound></devices></domain>";
        let domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Sound).next().expect("there");
        let mut draft = Draft::new(domain, None);
        let facts = HostFacts::default();
        draft
            .set(&facts, PageId::Device(node), "model", &Value::of("usb"))
            .expect("possible");
        assert_eq!(
            draft.edited().document().source(node),
            "<sound model='usb'><audio id='1'/></sound>"
        );
    }

    #[test]
    fn a_backend_that_gets_another_number_keeps_its_cards() {
        let text = "<domain type='kvm'><devices><graphics type='vnc'><audio id='1'/></graphics><sound model='ich9'><audio id='1'/></sound>\
             <sound model='ac97'><audio id='2'/></sound><audio id='1' type='none'/><audio id='2' type='none'/></devices></domain>";
        let domain = Domain::parse(text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Audio).next().expect("there");
        let mut draft = Draft::new(domain, None);
        let facts = HostFacts::default();
        let refused = draft.set(&facts, PageId::Device(node), "id", &Value::of("2"));
        assert!(refused.is_err(), "the number is taken");
        draft
            .set(&facts, PageId::Device(node), "id", &Value::of("3"))
            .expect("possible");
        assert_eq!(draft.edited().document().to_string(), text.replace("id='1'", "id='3'"));
    }

    #[test]
    fn a_new_backend_is_one_that_a_display_carries() {
        let text = "<domain type='kvm'><devices><graphics type='spice'/><audio id='1' type='none'/></devices></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        let node = add_backend(&mut domain, &HostFacts::default()).expect("possible");
        assert_eq!(domain.document().source(node), "<audio id='2' type='spice'/>");
        let node = add_backend(&mut domain, &HostFacts::default()).expect("possible");
        assert_eq!(domain.document().source(node), "<audio id='3' type='pipewire'/>");
    }
}
