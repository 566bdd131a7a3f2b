//! Where a display listens, and who may connect.

use crate::i18n::{tr, tr_f};
use crate::model::hardware::page::device::common::needed;
use crate::model::hardware::page::{Context, Form};
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::fields::graphics;
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused};

const LISTEN_PARTS: &Parts = &[
    ("address", &["@address"]),
    ("network", &["@network", "@address"]),
    ("socket", &["@socket"]),
    ("none", &[]),
];

/// Where it listens.
pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let mut rows = vec![listen(form)];
    match form.says(graphics::LISTEN_TYPE).as_str() {
        "none" => return rows,
        "socket" => {
            rows.push(
                form.path("socket", tr("Socket"), graphics::LISTEN_SOCKET, PathKind::File)
                    .example("/run/display.sock")
                    .help(
                        tr("The socket that it listens on; without one libvirt makes it."),
                        "<listen type='socket' socket='/run/display.sock'/>",
                    ),
            );
            return rows;
        }
        "network" => rows.push(needed(network(form))),
        _ => rows.push(address(form)),
    }
    rows.extend(ports(form));
    rows
}

fn listen(form: &Form<'_>) -> Row {
    let networks = form.context.facts.network_choices();
    let network = networks
        .first()
        .map_or_else(|| "default".to_owned(), |first| first.value.clone());
    let types = form.context.facts.listen_types();
    form.choice("listen", tr("Listens on"), graphics::LISTEN_TYPE, types)
        .help(
            tr("From where viewers can connect; Vireo itself gets through the connection to the host, whatever is chosen."),
            "<listen type='address' address='127.0.0.1'/>",
        )
        .edit(move |domain, node, value| set_listen(domain, node, value.text(), &network))
}

fn set_listen(domain: &mut Domain, node: NodeId, kind: &str, network: &str) -> Result<(), Refused> {
    let document = domain.document_mut();
    if kind != "address" {
        document.remove_attribute(node, "listen");
        document.remove_attribute(node, "socket");
    }
    if kind.is_empty() {
        if let Some(listen) = document.child(node, "listen") {
            document.remove(listen);
        }
        return Ok(());
    }
    document.set(node, graphics::LISTEN_TYPE, Some(kind.to_owned()))?;
    if let Some(listen) = document.child(node, "listen") {
        domain.keep_parts(listen, kind, LISTEN_PARTS);
    }
    let document = domain.document_mut();
    let has_port = document.get(node, graphics::PORT).is_some() || document.get(node, graphics::TLS_PORT).is_some();
    match kind {
        "none" | "socket" => {
            for name in ["port", "tlsPort", "autoport", "websocket"] {
                document.remove_attribute(node, name);
            }
        }
        _ if !has_port => document.set(node, graphics::AUTOPORT, Some(true))?,
        _ => {}
    }
    if kind == "network" && document.get(node, graphics::LISTEN_NETWORK).is_none() {
        document.set(node, graphics::LISTEN_NETWORK, Some(network.to_owned()))?;
    }
    Ok(())
}

fn network(form: &Form<'_>) -> Row {
    form.proposal(
        "network",
        tr("Virtual network"),
        graphics::LISTEN_NETWORK,
        form.context.facts.network_choices(),
    )
    .example("default")
    .help(
        tr("The network whose address on the host is taken."),
        "<listen type='network' network='default'/>",
    )
}

fn address(form: &Form<'_>) -> Row {
    let proposals = vec![
        Choice::new("127.0.0.1", tr("The host itself only")),
        Choice::new("0.0.0.0", tr("Every network that the host is in")),
        Choice::new("::1", tr("The host itself only, IPv6")),
        Choice::new("::", tr("Every network that the host is in, IPv6")),
    ];
    let value = match form.value(graphics::LISTEN_ADDRESS) {
        Value::Text(None) => form.value(graphics::LISTEN),
        value => value,
    };
    let is_open = matches!(value.text(), "0.0.0.0" | "::");
    let note = (is_open && form.says(graphics::PASSWORD).is_empty())
        .then(|| tr("Without a password everybody in these networks can see and use the machine."));
    let control = Control::Proposal(proposals);
    Row::new("address", tr("Address"), control, value, Edit::None)
        .example("127.0.0.1")
        .note(note)
        .help(
            tr("The address of the host that viewers connect to; without one the host's own setting holds."),
            "<listen type='address' address='127.0.0.1'/>",
        )
        .edit(set_address)
}

/// In both places where libvirt looks: they must not disagree.
fn set_address(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let document = domain.document_mut();
    let text = value.some().map(str::to_owned);
    if document.attribute(node, "listen").is_some() {
        document.set(node, graphics::LISTEN, text.clone())?;
    }
    if text.is_some() && document.child(node, "listen").is_none() {
        document.set(node, graphics::LISTEN_TYPE, Some("address".to_owned()))?;
    }
    document.set(node, graphics::LISTEN_ADDRESS, text)
}

/// A port that the definition fixes.
fn fixed(form: &Form<'_>, field: crate::model::xml::field::Field<String>) -> Option<u64> {
    form.value(field).number().filter(|port| *port > 0)
}

fn ports(form: &Form<'_>) -> Vec<Row> {
    let (port, tls) = (fixed(form, graphics::PORT), fixed(form, graphics::TLS_PORT));
    let said = form.value(graphics::AUTOPORT);
    let auto = match said.some() {
        Some(_) => said,
        None if port.is_some() || tls.is_some() => Value::of("no"),
        None => Value::Text(None),
    };
    let chooses = auto.some().is_none() || auto.is_on();
    let control = Control::Switch { default: true };
    let mut rows = vec![
        Row::new("autoport", tr("Choose a port"), control, auto, Edit::None)
            .help(
                tr("libvirt takes a free port each time the machine starts."),
                "<graphics autoport='yes'/>",
            )
            .edit(|domain, node, value| set_auto(domain, node, value.some().is_none() || value.is_on())),
    ];
    if !chooses {
        let number = |id, title, field, port: Option<u64>| {
            let control = Control::Number {
                min: 1,
                max: 65535,
                required: false,
                unit: "",
            };
            let value = Value::Text(port.map(|port| port.to_string()));
            Row::new(id, title, control, value, Edit::Field(field))
        };
        rows.push(
            number("port", tr("Port"), graphics::PORT, port)
                .example("5900")
                .help(tr("The port that viewers connect to."), "<graphics port='5900'/>"),
        );
        if form.says(graphics::TYPE) == "spice" {
            rows.push(
                number("tls-port", tr("Encrypted port"), graphics::TLS_PORT, tls)
                    .example("5901")
                    .help(
                        tr("The port for encrypted connections; the host needs a certificate for SPICE."),
                        "<graphics tlsPort='5901'/>",
                    ),
            );
        }
    }
    if let Some(now) = port_now(form.context, form.node) {
        rows.push(form.fact("port-now", tr("Port now"), now));
    }
    rows
}

fn set_auto(domain: &mut Domain, node: NodeId, on: bool) -> Result<(), Refused> {
    let document = domain.document_mut();
    document.set(node, graphics::AUTOPORT, Some(on))?;
    let fixed = |field| {
        let port: Option<String> = document.get(node, field);
        port.and_then(|port| port.parse::<u64>().ok())
            .is_some_and(|port| port > 0)
    };
    let has_port = fixed(graphics::PORT) || fixed(graphics::TLS_PORT);
    if on {
        document.remove_attribute(node, "port");
        document.remove_attribute(node, "tlsPort");
    } else if !has_port {
        let port = match document.get(node, graphics::TYPE).as_deref() {
            Some("rdp") => "3389",
            _ => "5900",
        };
        document.remove_attribute(node, "tlsPort");
        document.set(node, graphics::PORT, Some(port.to_owned()))?;
    }
    Ok(())
}

/// The port that the running machine listens on: that of the display of the same kind.
fn port_now(context: &Context<'_>, node: NodeId) -> Option<String> {
    let live = context.live?;
    let document = live.document();
    let kind = context.domain.document().get(node, graphics::TYPE)?;
    let same = live
        .devices_of(DeviceKind::Graphics)
        .find(|other| document.get(*other, graphics::TYPE).as_deref() == Some(kind.as_str()))?;
    let port = |field| {
        document
            .get(same, field)
            .filter(|port: &String| port != "-1" && port != "0")
    };
    match (port(graphics::PORT), port(graphics::TLS_PORT)) {
        (Some(plain), Some(tls)) => Some(tr_f("{port}, encrypted {tls}", &[("port", &plain), ("tls", &tls)])),
        (plain, tls) => plain.or(tls),
    }
}

/// The password of VNC and SPICE.
pub(super) fn password(form: &Form<'_>) -> Row {
    let is_long = form.says(graphics::TYPE) == "vnc" && form.says(graphics::PASSWORD).chars().count() > 8;
    form.password("password", tr("Password"), graphics::PASSWORD)
        .example("secret")
        .live()
        .note(is_long.then(|| tr("VNC looks at the first eight characters only.")))
        .help(
            tr("What a viewer has to know. It stands in the definition, where whoever may read that can read it."),
            "<graphics passwd='…'/>",
        )
}

/// When the password ends to hold.
pub(super) fn valid_to(form: &Form<'_>) -> Row {
    form.text("valid-to", tr("Password valid until"), graphics::PASSWORD_VALID_TO)
        .example("2030-12-31T23:59:59")
        .live()
        .help(
            tr("Date and time (UTC) from which on nobody can connect with the password any more."),
            "<graphics passwdValidTo='2030-12-31T23:59:59'/>",
        )
}
