//! One direction of an audio backend: playing or recording.

use crate::i18n::tr;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Choice, Row};
use crate::model::xml::domain::fields::audio;
use crate::model::xml::field::Field;

/// The fields of one direction.
pub(super) struct Stream {
    ids: [&'static str; 16],
    dev: Field<String>,
    mixing: Field<bool>,
    fixed: Field<bool>,
    voices: Field<u64>,
    buffer: Field<u64>,
    buffers: Field<u64>,
    name: Field<String>,
    stream: Field<String>,
    latency: Field<u64>,
    server: Field<String>,
    client: Field<String>,
    ports: Field<String>,
    exact: Field<bool>,
    poll: Field<bool>,
    frequency: Field<u64>,
    channels: Field<u64>,
    format: Field<String>,
}

/// Playing.
pub(super) const OUTPUT: Stream = Stream {
    ids: [
        "out-dev",
        "out-mixing",
        "out-fixed",
        "out-voices",
        "out-buffer",
        "out-buffers",
        "out-name",
        "out-stream",
        "out-latency",
        "out-server",
        "out-client",
        "out-ports",
        "out-exact",
        "out-poll",
        "out-rate",
        "out-channels",
    ],
    dev: audio::OUTPUT_DEV,
    mixing: audio::OUTPUT_MIXING,
    fixed: audio::OUTPUT_FIXED,
    voices: audio::OUTPUT_VOICES,
    buffer: audio::OUTPUT_BUFFER,
    buffers: audio::OUTPUT_BUFFERS,
    name: audio::OUTPUT_NAME,
    stream: audio::OUTPUT_STREAM,
    latency: audio::OUTPUT_LATENCY,
    server: audio::OUTPUT_SERVER,
    client: audio::OUTPUT_CLIENT,
    ports: audio::OUTPUT_PORTS,
    exact: audio::OUTPUT_EXACT_NAME,
    poll: audio::OUTPUT_TRY_POLL,
    frequency: audio::OUTPUT_FREQUENCY,
    channels: audio::OUTPUT_CHANNELS,
    format: audio::OUTPUT_FORMAT,
};

/// Recording.
pub(super) const INPUT: Stream = Stream {
    ids: [
        "in-dev",
        "in-mixing",
        "in-fixed",
        "in-voices",
        "in-buffer",
        "in-buffers",
        "in-name",
        "in-stream",
        "in-latency",
        "in-server",
        "in-client",
        "in-ports",
        "in-exact",
        "in-poll",
        "in-rate",
        "in-channels",
    ],
    dev: audio::INPUT_DEV,
    mixing: audio::INPUT_MIXING,
    fixed: audio::INPUT_FIXED,
    voices: audio::INPUT_VOICES,
    buffer: audio::INPUT_BUFFER,
    buffers: audio::INPUT_BUFFERS,
    name: audio::INPUT_NAME,
    stream: audio::INPUT_STREAM,
    latency: audio::INPUT_LATENCY,
    server: audio::INPUT_SERVER,
    client: audio::INPUT_CLIENT,
    ports: audio::INPUT_PORTS,
    exact: audio::INPUT_EXACT_NAME,
    poll: audio::INPUT_TRY_POLL,
    frequency: audio::INPUT_FREQUENCY,
    channels: audio::INPUT_CHANNELS,
    format: audio::INPUT_FORMAT,
};

/// The rows of one direction.
pub(super) fn rows(form: &Form<'_>, kind: &str, stream: &Stream) -> Vec<Row> {
    let mut rows = Vec::new();
    if kind == "none" {
        return rows;
    }
    let [dev, mixing, fixed, voices, buffer, buffers, name, label, latency, ..] = stream.ids;
    if matches!(kind, "alsa" | "oss") {
        rows.push(
            form.text(dev, tr("Device"), stream.dev)
                .example("default")
                .help(tr("The host's device for this direction."), "<output dev='default'/>"),
        );
    }
    if matches!(kind, "pipewire" | "pulseaudio") {
        rows.push(
            form.text(name, tr("Sink or source"), stream.name)
                .example("speakers")
                .help(
                    tr("Which of the host's outputs or microphones it is."),
                    "<output name='speakers'/>",
                ),
        );
        rows.push(
            form.text(label, tr("Name of the stream"), stream.stream)
                .example("machine")
                .help(
                    tr("What it is called in the host's volume control."),
                    "<output streamName='machine'/>",
                ),
        );
        rows.push(
            form.number(latency, tr("Latency"), stream.latency, 1..=10_000_000, "µs")
                .example("30000")
                .help(
                    tr("How late the sound may be; less needs more of the processor."),
                    "<output latency='30000'/>",
                ),
        );
    }
    if kind == "jack" {
        rows.extend(jack(form, stream));
    }
    rows.push(form.switch(mixing, tr("Let the emulator mix"), stream.mixing, true).help(
        tr("The emulator brings all sound into one form; without it the backend gets it as the guest makes it."),
        "<output mixingEngine='no'/>",
    ));
    rows.push(form.switch(fixed, tr("Keep to one format"), stream.fixed, false).help(
        tr("The format is the one given here, whatever the guest plays; it needs mixing."),
        "<output fixedSettings='yes'/>",
    ));
    if form.value(stream.fixed).is_on() {
        rows.extend(format(form, stream));
    }
    rows.push(
        form.number(voices, tr("Voices"), stream.voices, 1..=128, "")
            .example("1")
            .help(tr("How many sounds there can be at once."), "<output voices='1'/>"),
    );
    rows.push(
        form.number(buffer, tr("Length of the buffer"), stream.buffer, 1..=10_000_000, "µs")
            .example("10000")
            .help(
                tr("How much sound is kept ready; more stands longer interruptions, and is later."),
                "<output bufferLength='10000'/>",
            ),
    );
    if matches!(kind, "oss" | "sdl" | "coreaudio") {
        rows.push(
            form.number(buffers, tr("Buffers"), stream.buffers, 1..=64, "")
                .example("4")
                .help(tr("How many buffers there are."), "<output bufferCount='4'/>"),
        );
    }
    if kind == "oss" {
        rows.push(
            form.switch(stream.ids[13], tr("Poll the device"), stream.poll, true)
                .help(
                    tr("The device is watched instead of asked from time to time."),
                    "<output tryPoll='no'/>",
                ),
        );
    }
    rows
}

fn jack(form: &Form<'_>, stream: &Stream) -> Vec<Row> {
    let [.., server, client, ports, exact, _, _, _] = stream.ids;
    vec![
        form.text(server, tr("Server"), stream.server)
            .example("default")
            .help(tr("The JACK server."), "<output serverName='default'/>"),
        form.text(client, tr("Name for JACK"), stream.client)
            .example("machine")
            .help(
                tr("What the machine is called in JACK."),
                "<output clientName='machine'/>",
            ),
        form.text(ports, tr("Connect to ports"), stream.ports)
            .example("system:.*")
            .help(
                tr("The ports that it is connected to, as a regular expression."),
                "<output connectPorts='system:.*'/>",
            ),
        form.switch(exact, tr("Exactly this name"), stream.exact, false).help(
            tr("It fails where the name is taken, instead of getting another one."),
            "<output exactName='yes'/>",
        ),
    ]
}

fn format(form: &Form<'_>, stream: &Stream) -> Vec<Row> {
    let formats = ["s8", "u8", "s16", "u16", "s32", "u32", "f32"]
        .map(Choice::plain)
        .to_vec();
    let id = if stream.ids[0] == "out-dev" {
        "out-format"
    } else {
        "in-format"
    };
    vec![
        form.number(
            stream.ids[14],
            tr("Samples a second"),
            stream.frequency,
            1..=1_000_000,
            "Hz",
        )
        .example("44100")
        .help(tr("How finely the sound is sampled."), "<settings frequency='44100'/>"),
        form.number(stream.ids[15], tr("Channels"), stream.channels, 1..=16, "")
            .example("2")
            .help(tr("Two for stereo."), "<settings channels='2'/>"),
        form.choice(id, tr("Format of a sample"), stream.format, formats).help(
            tr("Bits of a sample, with or without sign."),
            "<settings format='s16'/>",
        ),
    ]
}
