//! Devices of the host, given to the guest.

mod addition;
mod pci;
mod scsi;
mod usb;

pub(super) use addition::additions;

use super::common::{drop_address, needed};
use crate::i18n::tr;
use crate::model::facts::Board;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::domain::fields::hostdev;

/// The page of a device of the host.
pub(super) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(hostdev::TYPE);
    let (mut rows, advanced) = match kind.as_str() {
        "usb" => usb::rows(form),
        "pci" => pci::rows(form),
        "mdev" => (mediated(form), Vec::new()),
        "scsi" => scsi::rows(form),
        "scsi_host" => (scsi::adapter(form), Vec::new()),
        "storage" => (storage(form), Vec::new()),
        "misc" => (character(form), Vec::new()),
        "net" => (network(form), Vec::new()),
        _ => return super::generic::page(form),
    };
    // libvirt takes it for USB only.
    if kind == "usb" {
        rows.push(
            form.choice(
                "startup",
                tr("If it is missing at the start"),
                hostdev::STARTUP_POLICY,
                vec![
                    Choice::new("mandatory", tr("The machine does not start")),
                    Choice::new("requisite", tr("It does not start, but may be moved here without")),
                    Choice::new("optional", tr("It starts without")),
                ],
            )
            .help(
                tr("What happens when the device is not there."),
                "<source startupPolicy='optional'/>",
            ),
        );
    }
    Page::new(vec![Group::new(String::new(), rows), Group::advanced(advanced)])
}

/// A row that picks one of the host's devices; where those are not known, it takes what is typed.
fn pick(form: &Form<'_>, id: &'static str, title: String, choices: Vec<Choice>, value: String) -> Row {
    let control = match form.context.facts.devices.is_some() {
        true => Control::Choice(choices),
        false => Control::Text,
    };
    Row::new(id, title, control, Value::of(value), Edit::None)
}

fn mediated(form: &Form<'_>) -> Vec<Row> {
    let value = form.says(hostdev::SOURCE_UUID);
    let device = pick(
        form,
        "device",
        tr("Device"),
        form.context.facts.mediated_choices(),
        value,
    )
    .example("c2177883-f1bb-47f0-914d-32a22e3a8804")
    .help(
        tr("The part of a host's device, such as a virtual graphics card, that the guest gets."),
        "<source> <address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/> </source>",
    )
    .edit(|domain, node, value| {
        let text = value.some().map(str::to_owned);
        domain.document_mut().set(node, hostdev::SOURCE_UUID, text)
    });
    let models: &[(&str, String)] = match form.context.facts.board() {
        Board::S390 => &[
            ("vfio-ccw", tr("Disk or other channel device (CCW)")),
            ("vfio-ap", tr("Crypto adapter (AP)")),
        ],
        _ => &[("vfio-pci", tr("PCI card"))],
    };
    let models = models
        .iter()
        .map(|(value, label)| Choice::new(*value, label.clone()))
        .collect();
    let mut rows = vec![
        needed(device),
        form.required_choice("model", tr("Appears as"), hostdev::MODEL, models)
            .help(
                tr("What the guest finds."),
                "<hostdev mode='subsystem' type='mdev' model='vfio-pci'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                document.set(node, hostdev::MODEL, Some(value.text().to_owned()))?;
                if value.text() != "vfio-pci" {
                    document.set(node, hostdev::DISPLAY, None)?;
                    document.set(node, hostdev::RAMFB, None)?;
                }
                drop_address(domain, node);
                Ok(())
            }),
    ];
    if form.says(hostdev::MODEL) == "vfio-pci" {
        rows.extend(screen(form));
    }
    rows
}

/// A graphics card that shows what it draws in the machine's display.
fn screen(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.switch("display", tr("Show its picture"), hostdev::DISPLAY, false)
            .help(
                tr("What the card draws is seen in the machine's display, which needs OpenGL for that."),
                "<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                if !value.is_on() {
                    document.set(node, hostdev::RAMFB, None)?;
                }
                document.set(node, hostdev::DISPLAY, value.some().map(|_| value.is_on()))
            }),
        form.switch("ramfb", tr("Show its picture while starting"), hostdev::RAMFB, false)
            .help(
                tr("A plain picture is seen until the guest has a driver for the card; it turns the display on."),
                "<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                if value.is_on() {
                    document.set(node, hostdev::DISPLAY, Some(true))?;
                }
                document.set(node, hostdev::RAMFB, value.some().map(|_| value.is_on()))
            }),
    ]
}

fn storage(form: &Form<'_>) -> Vec<Row> {
    vec![needed(
        form.path("block", tr("Block device"), hostdev::SOURCE_BLOCK, PathKind::File)
            .example("/dev/sdb")
            .help(
                tr("The disk of the host that the container may use."),
                "<source> <block>/dev/sdb</block> </source>",
            ),
    )]
}

fn character(form: &Form<'_>) -> Vec<Row> {
    vec![needed(
        form.path("char", tr("Device file"), hostdev::SOURCE_CHAR, PathKind::File)
            .example("/dev/input/event3")
            .help(
                tr("The device file of the host that the container may use."),
                "<source> <char>/dev/input/event3</char> </source>",
            ),
    )]
}

fn network(form: &Form<'_>) -> Vec<Row> {
    let cards = form.context.facts.host_cards();
    vec![needed(
        form.proposal("interface", tr("Network interface"), hostdev::SOURCE_INTERFACE, cards)
            .example("eth1")
            .help(
                tr("The network interface of the host that the container gets for itself."),
                "<source> <interface>eth1</interface> </source>",
            ),
    )]
}

#[cfg(test)]
mod tests;
