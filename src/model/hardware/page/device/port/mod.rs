//! Serial and parallel ports, consoles, channels.

mod addition;
mod source;

pub(super) use addition::additions;

use super::common::{drop_address, needed, those};
use crate::i18n::tr;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, PathKind, Row, Value};
use crate::model::xml::domain::fields::port;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};

/// Names of channels that programs in guests know, with what they are for.
fn channel_names() -> Vec<Choice> {
    vec![
        Choice::new("org.qemu.guest_agent.0", tr("QEMU guest agent")),
        Choice::new("com.redhat.spice.0", tr("SPICE agent, clipboard")),
        Choice::new("org.spice-space.webdav.0", tr("Folder of the viewer")),
        Choice::new("org.libguestfs.channel.0", "libguestfs"),
    ]
}

/// The page of a port.
pub(super) fn page(form: &Form<'_>, kind: DeviceKind) -> Page {
    let mut rows = match kind {
        DeviceKind::Channel => vec![channel_target(form)],
        DeviceKind::Serial => serial_target(form),
        DeviceKind::Console => console_target(form),
        _ => Vec::new(),
    };
    if kind == DeviceKind::Channel && form.says(port::TARGET_TYPE) == "guestfwd" {
        rows = forward(form);
    }
    rows.push(source::kind(form, kind));
    rows.extend(source::rows(form, kind));
    rows.extend(agent(form, kind));
    let mut page = Page::new(vec![
        Group::new(String::new(), rows),
        Group::new(tr("Log"), log(form)),
        Group::advanced(advanced(form, kind)),
    ]);
    if is_first_serial(form, kind) {
        page.notice = Some(tr(
            "This is the first serial port under another name: what is set there holds here, too.",
        ));
    }
    page
}

/// libvirt shows the first serial port as a console, too.
fn is_first_serial(form: &Form<'_>, kind: DeviceKind) -> bool {
    let domain = form.context.domain;
    kind == DeviceKind::Console
        && domain.devices_of(DeviceKind::Console).next() == Some(form.node)
        && matches!(form.says(port::TARGET_TYPE).as_str(), "" | "serial")
        && domain.devices_of(DeviceKind::Serial).next().is_some()
}

fn channel_target(form: &Form<'_>) -> Row {
    form.proposal("name", tr("Name in the guest"), port::TARGET_NAME, channel_names())
        .example("org.example.channel.0")
        .help(
            tr("What programs in the guest find the channel by; an agent looks for a name of its own."),
            "<target type='virtio' name='org.qemu.guest_agent.0'/>",
        )
        .edit(|domain, node, value| {
            let name = value.some().map(str::to_owned);
            if let Some(name) = &name {
                let taken = those(domain, DeviceKind::Channel, port::TARGET_NAME, name);
                if taken.iter().any(|other| *other != node) {
                    return Err(Refused(tr("Another channel of the machine has this name.")));
                }
            }
            domain.document_mut().set(node, port::TARGET_NAME, name)
        })
}

/// A channel that catches what the guest sends to an address of its user network.
fn forward(form: &Form<'_>) -> Vec<Row> {
    vec![
        needed(
            form.text(
                "forward-address",
                tr("Address in the guest's network"),
                port::TARGET_ADDRESS,
            )
            .example("10.0.2.1"),
        )
        .help(
            tr("The address that the guest connects to."),
            "<target type='guestfwd' address='10.0.2.1' port='4600'/>",
        ),
        needed(
            form.text("forward-port", tr("Port there"), port::TARGET_PORT)
                .example("4600"),
        )
        .help(
            tr("The port that the guest connects to."),
            "<target type='guestfwd' address='10.0.2.1' port='4600'/>",
        ),
    ]
}

fn serial_target(form: &Form<'_>) -> Vec<Row> {
    let types = form.context.facts.serial_types();
    let mut rows = Vec::new();
    if !types.is_empty() || !form.says(port::TARGET_TYPE).is_empty() {
        rows.push(
            form.choice("target", tr("Kind of port"), port::TARGET_TYPE, types)
                .help(
                    tr("What kind of serial port the guest has."),
                    "<target type='isa-serial' port='0'/>",
                )
                .edit(set_target),
        );
    }
    rows
}

fn console_target(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.choice(
            "target",
            tr("Kind of console"),
            port::TARGET_TYPE,
            form.context.facts.console_types(),
        )
        .help(
            tr("Whether the guest's text console is its first serial port, or a console of its own."),
            "<target type='virtio' port='0'/>",
        )
        .edit(set_target),
    ]
}

/// Another kind of port: its model and its address belong to the old one.
fn set_target(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let text = value.some().map(str::to_owned);
    if let Some(target) = domain.document().child(node, "target") {
        domain.remove_children(target, "model");
    }
    drop_address(domain, node);
    domain.document_mut().set(node, port::TARGET_TYPE, text)
}

/// Whether something in the guest listens, as the running machine says.
fn agent(form: &Form<'_>, kind: DeviceKind) -> Option<Row> {
    let live = form.context.live.filter(|_| kind == DeviceKind::Channel)?;
    let name = form.says(port::TARGET_NAME);
    let node = those(live, DeviceKind::Channel, port::TARGET_NAME, &name)
        .into_iter()
        .next()?;
    let text = match live.document().get(node, port::STATE).as_deref() {
        Some("connected") => tr("Yes"),
        Some("disconnected") => tr("No"),
        _ => return None,
    };
    Some(form.fact("state", tr("A program in the guest listens"), text))
}

fn log(form: &Form<'_>) -> Vec<Row> {
    let file = form
        .path("log", tr("Write everything to"), port::LOG_FILE, PathKind::File)
        .example("/var/log/libvirt/serial.log")
        .help(
            tr("A file on the host that gets a copy of everything that the guest says there."),
            "<log file='/var/log/libvirt/serial.log'/>",
        )
        .edit(|domain, node, value| {
            if value.some().is_none() {
                domain.remove_children(node, "log");
                return Ok(());
            }
            let text = value.some().map(str::to_owned);
            domain.document_mut().set(node, port::LOG_FILE, text)
        });
    let mut rows = vec![file];
    if !form.says(port::LOG_FILE).is_empty() {
        rows.push(
            form.switch("log-append", tr("Keep what is in the file"), port::LOG_APPEND, false)
                .help(
                    tr("The file grows over starts instead of beginning anew."),
                    "<log file='/var/log/libvirt/serial.log' append='on'/>",
                ),
        );
    }
    rows
}

fn advanced(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    if kind == DeviceKind::Channel {
        return Vec::new();
    }
    let mut rows = vec![
        form.number("port", tr("Number"), port::TARGET_PORT, 0..=255, "")
            .example("1")
            .help(
                tr("The number of the port among its kind, from 0."),
                "<target port='0'/>",
            ),
    ];
    if kind == DeviceKind::Serial {
        let model = form.says(port::TARGET_MODEL);
        if !model.is_empty() {
            rows.push(form.fact("target-model", tr("Model"), model));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
