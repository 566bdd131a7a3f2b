//! The host's end of a port.

use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::Form;
use crate::model::hardware::page::device::common::{has, needed};
use crate::model::hardware::page::device::redirection::connection_modes;
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::fields::{graphics, port};
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// What stands beside the source.
const PARTS: &Parts = &[
    ("pty", &[]),
    ("dev", &[]),
    ("file", &[]),
    ("pipe", &[]),
    ("unix", &[]),
    ("tcp", &["protocol"]),
    ("udp", &[]),
    ("null", &[]),
    ("stdio", &[]),
    ("vc", &[]),
    ("nmdm", &[]),
    ("dbus", &[]),
    ("spicevmc", &[]),
    ("spiceport", &[]),
    ("qemu-vdagent", &[]),
];

/// The kinds that fit a port, without those that need a display that the machine has not got.
pub(super) fn kinds(domain: &Domain, facts: &HostFacts, kind: DeviceKind) -> Vec<Choice> {
    let mut all = match kind {
        DeviceKind::Channel => facts.channel_types(),
        _ => facts.character_backends(),
    };
    if kind != DeviceKind::Channel {
        all.retain(|choice| !matches!(choice.value.as_str(), "spicevmc" | "qemu-vdagent"));
    }
    let shows = |kind| has(domain, DeviceKind::Graphics, graphics::TYPE, kind);
    let missing = |choice: &Choice| match choice.value.as_str() {
        "spicevmc" | "spiceport" if !shows("spice") => Some(tr("The machine has no SPICE display.")),
        "dbus" if !shows("dbus") => Some(tr("The machine has no D-Bus display.")),
        _ => None,
    };
    let all = all.into_iter().map(|choice| match missing(&choice) {
        Some(reason) if choice.is_usable() => choice.but(Some(reason)),
        _ => choice,
    });
    all.collect()
}

/// Where the port ends on the host.
pub(super) fn kind(form: &Form<'_>, kind: DeviceKind) -> Row {
    let choices = kinds(form.context.domain, form.context.facts, kind);
    form.required_choice("type", tr("On the host"), port::TYPE, choices)
        .help(
            tr("What the port is connected to on the host: a terminal, a socket, a file, or the viewer."),
            "<serial type='pty'/>",
        )
        .edit(|domain, node, value| set_kind(domain, node, value.text()))
}

/// Another end on the host, with what it cannot be without; where the old one was means nothing to the new one.
pub(super) fn set_kind(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    domain.set_type(node, "type", kind, PARTS)?;
    domain.document_mut().remove_attribute(node, "tty");
    domain.remove_children(node, "source");
    let name = domain.document().get(node, port::TARGET_NAME);
    let sources: &[String] = &match kind {
        "tcp" => vec!["<source mode='bind' host='127.0.0.1' service='4555'/>".to_owned()],
        "udp" => vec![
            "<source mode='bind' host='127.0.0.1' service='4555'/>".to_owned(),
            "<source mode='connect' host='127.0.0.1' service='4556'/>".to_owned(),
        ],
        "unix" if !domain.document().is(node, "channel") => vec!["<source mode='bind'/>".to_owned()],
        "spiceport" | "dbus" => {
            let name = name.unwrap_or_else(|| "org.qemu.console.serial.0".to_owned());
            vec![format!("<source channel='{}'/>", crate::model::xml::escape(&name))]
        }
        "qemu-vdagent" => vec!["<source><clipboard copypaste='yes'/></source>".to_owned()],
        _ => Vec::new(),
    };
    // The schema has the source first; several stay in their order.
    for source in sources {
        domain.document_mut().insert_ordered(node, source)?;
    }
    Ok(())
}

/// What the kind needs to know.
pub(super) fn rows(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    match form.says(port::TYPE).as_str() {
        "file" => file(form),
        "dev" => vec![needed(
            form.path("path", tr("Device of the host"), port::SOURCE_PATH, PathKind::File)
                .example("/dev/ttyS0")
                .help(
                    tr("The port of the host that it is connected to."),
                    "<source path='/dev/ttyS0'/>",
                ),
        )],
        "pipe" => vec![needed(
            form.path("path", tr("Named pipe"), port::SOURCE_PATH, PathKind::File)
                .example("/run/serial")
                .help(
                    tr("The pipe that is read and written; with “.in” and “.out” behind it where there are two."),
                    "<source path='/run/serial'/>",
                ),
        )],
        "unix" => unix(form, kind),
        "tcp" => tcp(form),
        "udp" => udp(form),
        "nmdm" => vec![
            needed(
                form.text("master", tr("The machine's end"), port::SOURCE_MASTER)
                    .example("/dev/nmdm0A")
                    .help(
                        tr("The end of the null modem that the machine has."),
                        "<source master='/dev/nmdm0A' slave='/dev/nmdm0B'/>",
                    ),
            ),
            needed(
                form.text("slave", tr("The other end"), port::SOURCE_SLAVE)
                    .example("/dev/nmdm0B")
                    .help(
                        tr("The end of the null modem that programs of the host open."),
                        "<source master='/dev/nmdm0A' slave='/dev/nmdm0B'/>",
                    ),
            ),
        ],
        "spiceport" | "dbus" => vec![needed(
            form.text("channel", tr("Name for the viewer"), port::SOURCE_CHANNEL)
                .example("org.qemu.console.serial.0")
                .help(
                    tr("What the viewer finds it by."),
                    "<source channel='org.qemu.console.serial.0'/>",
                ),
        )],
        "qemu-vdagent" => agent(form),
        "pty" => terminal(form, kind),
        _ => Vec::new(),
    }
}

/// The terminal that a running machine has got.
fn terminal(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    let domain = form.context.domain;
    let place = domain.devices_of(kind).position(|node| node == form.node);
    let path = form.context.live.zip(place).and_then(|(live, place)| {
        let node = live.devices_of(kind).nth(place)?;
        live.document().get(node, port::SOURCE_PATH)
    });
    path.map(|path| form.fact("terminal", tr("Terminal now"), path))
        .into_iter()
        .collect()
}

fn file(form: &Form<'_>) -> Vec<Row> {
    vec![
        needed(
            form.path("path", tr("File"), port::SOURCE_PATH, PathKind::File)
                .example("/var/log/libvirt/serial.txt")
                .help(
                    tr("The file that everything is written to."),
                    "<source path='/var/log/libvirt/serial.txt'/>",
                ),
        ),
        form.switch("append", tr("Keep what is in the file"), port::SOURCE_APPEND, false)
            .help(
                tr("The file grows over starts instead of beginning anew."),
                "<source path='/var/log/libvirt/serial.txt' append='on'/>",
            ),
    ]
}

fn mode(form: &Form<'_>) -> Row {
    form.choice("mode", tr("Connection"), port::SOURCE_MODE, connection_modes())
        .help(
            tr("Whether the machine waits for the other side, or calls it."),
            "<source mode='bind' host='127.0.0.1' service='4555'/>",
        )
        .edit(|domain, node, value| {
            if value.text() != "connect"
                && let Some(source) = domain.document().child(node, "source")
            {
                domain.remove_children(source, "reconnect");
            }
            let text = value.some().map(str::to_owned);
            domain.document_mut().set(node, port::SOURCE_MODE, text)
        })
}

fn unix(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    let path = form
        .path("path", tr("Socket"), port::SOURCE_PATH, PathKind::File)
        .example("/run/serial.sock")
        .help(
            tr("The socket of the host; for a channel libvirt makes one where none is given."),
            "<source mode='bind' path='/run/serial.sock'/>",
        );
    let path = if kind == DeviceKind::Channel {
        path
    } else {
        needed(path)
    };
    let mut rows = vec![path, mode(form)];
    rows.extend(reconnect(form));
    rows
}

fn tcp(form: &Form<'_>) -> Vec<Row> {
    let protocols = [
        Choice::new("raw", tr("Plain")),
        Choice::new("telnet", "Telnet"),
        Choice::new("telnets", tr("Telnet, encrypted")),
        Choice::new("tls", "TLS"),
    ];
    let mut rows = vec![
        mode(form),
        needed(form.text("host", tr("Host"), port::SOURCE_HOST).example("127.0.0.1").help(
            tr("The host to connect to, or the address to wait at."),
            "<source mode='bind' host='127.0.0.1' service='4555'/>",
        )),
        needed(form.text("service", tr("Port"), port::SOURCE_SERVICE).example("4555").help(
            tr("The port there."),
            "<source mode='bind' host='127.0.0.1' service='4555'/>",
        )),
        form.choice("protocol", tr("Protocol"), port::PROTOCOL, protocols.to_vec()).help(
            tr("Whether a telnet program or a plain one is at the other side."),
            "<protocol type='telnet'/>",
        ),
        form.switch("tls", tr("Encrypt"), port::SOURCE_TLS, false).help(
            tr("The connection is encrypted with the certificates of the host; without a word the host's own setting holds."),
            "<source mode='bind' host='127.0.0.1' service='4555' tls='yes'/>",
        ),
    ];
    rows.extend(reconnect(form));
    rows
}

/// Seconds until a lost connection is made again.
fn reconnect(form: &Form<'_>) -> Option<Row> {
    if form.says(port::SOURCE_MODE) != "connect" {
        return None;
    }
    let is_on = form.value(port::RECONNECT).is_on();
    let value = if is_on {
        form.value(port::RECONNECT_TIMEOUT)
    } else {
        Value::Text(None)
    };
    let control = Control::Number {
        min: 1,
        max: 86400,
        required: false,
        unit: "s",
    };
    let row = Row::new("reconnect", tr("Connect again after"), control, value, Edit::None)
        .example("10")
        .help(
            tr("When the other side is gone, it is called again after so many seconds; empty means never."),
            "<reconnect enabled='yes' timeout='10'/>",
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            let Some(seconds) = value.number() else {
                document.set(node, port::RECONNECT_TIMEOUT, None)?;
                return document.set(node, port::RECONNECT, None);
            };
            document.set(node, port::RECONNECT, Some(true))?;
            document.set(node, port::RECONNECT_TIMEOUT, Some(seconds))
        });
    Some(row)
}

fn udp(form: &Form<'_>) -> Vec<Row> {
    let sends = "<source mode='connect' host='127.0.0.1' service='4556'/>";
    let hears = "<source mode='bind' host='127.0.0.1' service='4555'/>";
    // An empty host is one, too: what is there stays there.
    let write = |row: Row, field: Field<String>| {
        row.edit(move |domain, node, value| {
            let text = value.some().map(str::to_owned);
            domain.document_mut().set(node, field, text)
        })
    };
    let (to, to_port) = (port::CONNECT_HOST, port::CONNECT_SERVICE);
    let (at, at_port) = (port::BIND_HOST, port::BIND_SERVICE);
    vec![
        write(form.text("host", tr("Sends to host"), to), to)
            .example("127.0.0.1")
            .help(tr("Where what the guest says is sent."), sends),
        needed(write(form.text("service", tr("Sends to port"), to_port), to_port))
            .example("4556")
            .help(tr("The port there."), sends),
        write(form.text("bind-host", tr("Listens at address"), at), at)
            .example("127.0.0.1")
            .help(tr("Where what the guest hears comes in."), hears),
        write(form.text("bind-service", tr("Listens at port"), at_port), at_port)
            .example("4555")
            .help(tr("The port there."), hears),
    ]
}

fn agent(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("clipboard", tr("Share the clipboard"), port::CLIPBOARD, false)
            .help(
                tr("Text can be copied between guest and viewer; the guest needs the SPICE agent."),
                "<clipboard copypaste='yes'/>",
            ),
        form.choice(
            "mouse",
            tr("Pointer"),
            port::MOUSE,
            vec![
                Choice::new("client", tr("The viewer's, where it points")),
                Choice::new("server", tr("The guest's, moved by the viewer's")),
            ],
        )
        .help(
            tr("Who says where the pointer is; the viewer's needs the SPICE agent or a tablet."),
            "<mouse mode='client'/>",
        ),
    ]
}
