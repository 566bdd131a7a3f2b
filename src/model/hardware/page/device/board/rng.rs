//! Random numbers.

use crate::i18n::tr;
use crate::model::hardware::page::Form;
use crate::model::hardware::page::device::common::{drop_address, needed};
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::rng;
use crate::model::xml::{NodeId, Refused, escape};

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let facts = form.context.facts;
    let mut rows = vec![
        form.required_choice("model", tr("Model"), rng::MODEL, facts.rng_models())
            .help(
                tr("Which form of VirtIO it speaks; old guests know the older one only."),
                "<rng model='virtio'/>",
            )
            .edit(|domain, node, value| {
                domain.document_mut().set_attribute(node, "model", value.text())?;
                drop_address(domain, node);
                Ok(())
            }),
        form.required_choice("backend", tr("Numbers come from"), rng::BACKEND, facts.rng_backends())
            .help(
                tr("Where the host takes the random numbers from."),
                "<backend model='random'>/dev/urandom</backend>",
            )
            .edit(|domain, node, value| set_backend(domain, node, value.text())),
    ];
    match form.says(rng::BACKEND).as_str() {
        "random" => rows.push(
            form.path("device", tr("Device of the host"), rng::DEVICE, PathKind::File)
                .example("/dev/urandom")
                .help(
                    tr("The device that they are read from; /dev/urandom never runs dry."),
                    "<backend model='random'>/dev/urandom</backend>",
                )
                .edit(set_device),
        ),
        "egd" => rows.extend(daemon(form)),
        _ => {}
    }
    rows.extend(rate(form));
    rows
}

/// The element is made anew: what one backend has inside, another has not.
fn set_backend(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    let xml = match kind {
        "random" => "<backend model='random'>/dev/urandom</backend>".to_owned(),
        "egd" => "<backend model='egd' type='unix'><source mode='connect' path='/run/egd.sock'/></backend>".to_owned(),
        kind => format!("<backend model='{}'/>", escape(kind)),
    };
    let document = domain.document_mut();
    match document.child(node, "backend") {
        Some(old) => document.replace(old, &xml).map(drop),
        None => document.insert_ordered(node, &xml).map(drop),
    }
}

fn set_device(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let backend = domain.ensure_child(node, "backend")?;
    domain.document_mut().set_value(backend, value.text())
}

fn daemon(form: &Form<'_>) -> Vec<Row> {
    let kinds = vec![
        Choice::new("unix", tr("Socket of the host")),
        Choice::new("tcp", "TCP"),
        Choice::new("udp", "UDP"),
    ];
    let kind = form.says(rng::TYPE);
    let mut rows = vec![
        form.required_choice("daemon", tr("Reached by"), rng::TYPE, kinds)
            .help(
                tr("How the daemon that gives random numbers is reached."),
                "<backend model='egd' type='unix'> <source mode='connect' path='/run/egd.sock'/> </backend>",
            )
            .edit(|domain, node, value| set_daemon(domain, node, value.text())),
    ];
    match kind.as_str() {
        "unix" => rows.push(needed(
            form.path("socket", tr("Socket"), rng::SOURCE_PATH, PathKind::File)
                .example("/run/egd.sock")
                .help(
                    tr("The socket of the daemon."),
                    "<source mode='connect' path='/run/egd.sock'/>",
                ),
        )),
        "tcp" => {
            let xml = "<source mode='connect' host='localhost' service='708'/>";
            rows.push(needed(
                form.text("host", tr("Host"), rng::SOURCE_HOST)
                    .example("localhost")
                    .help(tr("The host of the daemon."), xml),
            ));
            rows.push(needed(
                form.text("port", tr("Port"), rng::SOURCE_SERVICE)
                    .example("708")
                    .help(tr("The port there."), xml),
            ));
        }
        _ => {}
    }
    rows
}

fn set_daemon(domain: &mut Domain, node: NodeId, kind: &str) -> Result<(), Refused> {
    let backend = domain.ensure_child(node, "backend")?;
    domain.document_mut().set_attribute(backend, "type", kind)?;
    for name in ["source", "protocol"] {
        domain.remove_children(backend, name);
    }
    let sources: &[&str] = match kind {
        "unix" => &["<source mode='connect' path='/run/egd.sock'/>"],
        "tcp" => &["<source mode='connect' host='localhost' service='708'/>"],
        _ => &[
            "<source mode='bind' service='708'/>",
            "<source mode='connect' host='localhost' service='708'/>",
        ],
    };
    for source in sources {
        domain.document_mut().insert_ordered(backend, source)?;
    }
    Ok(())
}

/// How much the guest may take: bytes in a period, which means nothing without them.
fn rate(form: &Form<'_>) -> Vec<Row> {
    let control = Control::Size {
        min: 1,
        max: 1 << 40,
        required: false,
    };
    let bytes = Row::new("rate", tr("At most"), control, form.value(rng::RATE_BYTES), Edit::None)
        .example("1024")
        .help(
            tr("How much the guest may take in a period, so that it leaves some to others."),
            "<rate bytes='1024' period='1000'/>",
        )
        .edit(|domain, node, value| {
            let Some(bytes) = value.number() else {
                domain.remove_children(node, "rate");
                return Ok(());
            };
            domain.document_mut().set(node, rng::RATE_BYTES, Some(bytes))
        });
    let mut rows = vec![bytes];
    if !form.says(rng::RATE_BYTES).is_empty() {
        rows.push(
            form.number("period", tr("In a period of"), rng::RATE_PERIOD, 1..=3_600_000, "ms")
                .example("1000")
                .help(
                    tr("The time that the limit is for; a second where nothing is said."),
                    "<rate bytes='1024' period='1000'/>",
                ),
        );
    }
    rows
}
