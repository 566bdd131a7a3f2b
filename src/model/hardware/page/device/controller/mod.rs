//! Controllers: what disks, ports, USB and PCI devices hang on.

mod addition;
mod pci;

use crate::i18n::{tr, tr_f};
use crate::model::facts::Family;
use crate::model::hardware::Row;
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::{Form, Group, Page, PageId, entries};
use crate::model::xml::domain::fields::controller;

pub(super) use addition::additions;

/// Names of devices in one line.
const MOST: usize = 12;

pub(super) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(controller::TYPE);
    let mut first: Vec<Row> = model(form, &kind).into_iter().collect();
    first.push(attached(form));
    let rows = match kind.as_str() {
        "scsi" => scsi(form),
        "usb" => usb(form),
        "virtio-serial" => virtio_serial(form),
        "pci" => pci::rows(form),
        "xenbus" => xenbus(form),
        "nvme" => vec![
            form.text("serial", tr("Serial number"), controller::SERIAL)
                .example("VIREO-1")
                .help(
                    tr("The serial number that the guest sees."),
                    "<controller type='nvme'><serial>VIREO-1</serial></controller>",
                ),
        ],
        _ => Vec::new(),
    };
    Page::new(vec![
        Group::new(String::new(), first),
        Group::new(tr("Settings"), rows),
        Group::advanced(vec![index(form, &kind)]),
    ])
}

fn model(form: &Form<'_>, kind: &str) -> Option<Row> {
    // Another PCI controller would leave the devices behind it without a place.
    if kind == "pci" {
        return Some(form.fact("model", tr("Model"), form.says(controller::MODEL)));
    }
    let choices = form.context.facts.controller_models(kind);
    let sensible = !choices.is_empty();
    let row = form
        .choice("model", tr("Model"), controller::MODEL, choices)
        .edit(|domain, node, value| domain.set_controller_model(node, value.some()))
        .help(
            tr("Which controller the guest sees, and needs a driver for. It gets another place in the machine."),
            "<controller type='scsi' model='virtio-scsi'/>",
        );
    when(sensible, row)
}

/// The devices that hang on it, by their names in the list.
fn attached(form: &Form<'_>) -> Row {
    let nodes = form.context.domain.attached(form.node);
    let all = match nodes.is_empty() {
        true => Vec::new(),
        false => entries(form.context),
    };
    let is_on_it = |id| matches!(id, PageId::Device(node) if nodes.contains(&node));
    let names: Vec<String> = all
        .into_iter()
        .filter(|entry| is_on_it(entry.id))
        .map(|entry| entry.title)
        .collect();
    let mut shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        shown.push_str(" …");
    }
    if names.is_empty() {
        // Translators: no devices.
        shown = tr("None");
    }
    form.fact("attached", tr("Devices on it"), shown)
}

fn index(form: &Form<'_>, kind: &str) -> Row {
    if kind == "pci" {
        return form.fact("index", tr("Number"), form.says(controller::INDEX));
    }
    let used = form.context.domain.is_in_use(form.node);
    form.number("index", tr("Number"), controller::INDEX, 0..=255, "")
        .edit(|domain, node, value| domain.set_controller_index(node, value.number()))
        .locked(used.then(|| tr("Other devices hang on this controller.")))
        .example("3")
        .help(
            tr("By which devices name it in their addresses; empty lets libvirt choose one."),
            "<controller type='scsi' index='3'/>",
        )
}

fn scsi(form: &Form<'_>) -> Vec<Row> {
    let model = form.says(controller::MODEL);
    let is_virtio = form.context.facts.family() == Family::Qemu && (model.is_empty() || model.starts_with("virtio"));
    let queues = form
        .number("queues", tr("Queues"), controller::QUEUES, 1..=1024, "")
        .example("4")
        .help(
            tr("Queues for the work of the disks on it; one for each virtual CPU is usual."),
            "<driver queues='4'/>",
        );
    let thread = form
        .number("iothread", tr("I/O thread"), controller::IOTHREAD, 1..=1000, "")
        .edit(|domain, node, value| {
            if let Some(number) = value.number() {
                domain.ensure_iothread(number)?;
            }
            domain.document_mut().set(node, controller::IOTHREAD, value.number())
        })
        .example("1")
        .help(
            tr("The number of the I/O thread that works for the disks on it."),
            "<driver iothread='1'/>",
        );
    let commands = form
        .number(
            "commands",
            tr("Commands for each disk"),
            controller::COMMANDS,
            1..=65_535,
            "",
        )
        .example("128")
        .help(
            tr("How many commands wait for one disk at most."),
            "<driver cmd_per_lun='128'/>",
        );
    let sectors = form
        .number(
            "sectors",
            tr("Sectors of a command"),
            controller::SECTORS,
            1..=u64::from(u32::MAX),
            "",
        )
        .example("512")
        .help(tr("How much one command moves at most."), "<driver max_sectors='512'/>");
    [queues, thread, commands, sectors]
        .into_iter()
        .filter_map(|row| when(is_virtio, row))
        .collect()
}

fn usb(form: &Form<'_>) -> Vec<Row> {
    let model = form.says(controller::MODEL);
    let ports = form
        .number("ports", tr("Ports"), controller::PORTS, 1..=15, "")
        .example("15")
        .help(
            tr("How many devices find room on it."),
            "<controller type='usb' model='qemu-xhci' ports='15'/>",
        );
    let document = form.context.domain.document();
    let master = document.find(form.node, "master").and_then(|master| {
        let port = document.attribute(master, "startport")?;
        let text = tr_f("For slow devices, from port {port} on", &[("port", &port)]);
        Some(form.fact("master", tr("Partner of a USB 2 controller"), text))
    });
    [when(model.ends_with("xhci"), ports), master]
        .into_iter()
        .flatten()
        .collect()
}

fn virtio_serial(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.number("ports", tr("Ports"), controller::PORTS, 1..=31, "")
            .example("16")
            .help(
                tr("How many channels and consoles find room on it."),
                "<controller type='virtio-serial' ports='16'/>",
            ),
        form.number("vectors", tr("Interrupts"), controller::VECTORS, 0..=2048, "")
            .example("4")
            .help(
                tr("How many interrupts it has; 0 turns these fast ones off."),
                "<controller type='virtio-serial' vectors='4'/>",
            ),
    ]
}

fn xenbus(form: &Form<'_>) -> Vec<Row> {
    let most = u64::from(u32::MAX);
    vec![
        form.number(
            "grant-frames",
            tr("Grant frames"),
            controller::GRANT_FRAMES,
            1..=most,
            "",
        )
        .example("64")
        .help(
            tr("How much memory the guest may share with drivers: many disks and cards need more."),
            "<controller type='xenbus' maxGrantFrames='64'/>",
        ),
        form.number(
            "event-channels",
            tr("Event channels"),
            controller::EVENT_CHANNELS,
            1..=most,
            "",
        )
        .example("2047")
        .help(
            tr("How many channels of events the guest may have."),
            "<controller type='xenbus' maxEventChannels='2047'/>",
        ),
    ]
}
