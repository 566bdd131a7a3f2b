//! Controllers: what disks, ports, USB and PCI devices hang on.

use crate::i18n::{tr, tr_f};
use crate::model::facts::{Choice, Family, HostFacts};
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::controller;
use crate::model::xml::field::Field;

/// Names of devices in one line.
const MOST: usize = 12;

/// What a kind of controller is called.
fn kind_name(facts: &HostFacts, kind: &str) -> String {
    let known = facts.controller_types().into_iter().find(|choice| choice.value == kind);
    known.map_or_else(|| kind.to_owned(), |choice| choice.label)
}

pub(super) fn page(form: &Form<'_>) -> Page {
    let kind = form.says(controller::TYPE);
    let facts = form.context.facts;
    let mut first = vec![form.fact("type", tr("Kind"), kind_name(facts, &kind))];
    first.extend(model(form, &kind));
    first.extend(attached(form));
    let rows = match kind.as_str() {
        "scsi" => scsi(form),
        "usb" => usb(form),
        "virtio-serial" => virtio_serial(form),
        "pci" => pci(form),
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

/// The devices that hang on it.
fn attached(form: &Form<'_>) -> Option<Row> {
    let names = form.context.domain.attached(form.node);
    if names.is_empty() {
        return None;
    }
    let mut shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        shown.push_str(" …");
    }
    Some(form.fact("attached", tr("Devices on it"), shown))
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

/// A number that libvirt may write as a hexadecimal one.
fn hexadecimal(
    form: &Form<'_>,
    id: &'static str,
    title: String,
    field: Field<u64>,
    bounds: std::ops::RangeInclusive<u64>,
) -> Row {
    let said = form.context.domain.document().get(form.node, field);
    let control = Control::Number {
        min: *bounds.start(),
        max: *bounds.end(),
        required: false,
        unit: "",
    };
    let write = move |domain: &mut Domain, node, value: &Value| {
        let document = domain.document_mut();
        match (document.get(node, field), value.number()) {
            (old, new) if old == new => Ok(()),
            (_, new) => document.set(node, field, new),
        }
    };
    Row::new(
        id,
        title,
        control,
        Value::Text(said.map(|number: u64| number.to_string())),
        Edit::with(write),
    )
}

fn pci(form: &Form<'_>) -> Vec<Row> {
    let model = form.says(controller::MODEL);
    let is = |models: &[&str]| models.contains(&model.as_str());
    let port = is(&["pcie-root-port", "pcie-switch-downstream-port"]);
    let expander = is(&["pcie-expander-bus", "pci-expander-bus"]);
    let chassis = hexadecimal(form, "chassis", tr("Chassis"), controller::CHASSIS, 0..=255).help(
        tr("The number by which the guest knows the slot; each port has its own."),
        "<target chassis='1' port='0x8'/>",
    );
    let number = hexadecimal(form, "port", tr("Port"), controller::PORT, 0..=255).help(
        tr("The number of the port on its chassis."),
        "<target chassis='1' port='0x8'/>",
    );
    let plug = form.switch("hotplug", tr("Devices come and go"), controller::HOTPLUG, true).help(
        tr("Devices can be plugged into the port and out of it while the machine runs. Without it the guest does not offer to eject them."),
        "<target hotplug='off'/>",
    );
    let bridge = hexadecimal(
        form,
        "chassis-number",
        tr("Chassis"),
        controller::CHASSIS_NUMBER,
        1..=255,
    )
    .help(
        tr("The number by which the guest knows the bridge."),
        "<target chassisNr='1'/>",
    );
    let bus = hexadecimal(form, "bus-number", tr("Bus"), controller::BUS_NUMBER, 1..=254).help(
        tr("The number of the bus behind it; those behind other expanders lie above."),
        "<target busNr='252'/>",
    );
    let cells = form.context.domain.memory_cells().len() as u64;
    let node = form
        .number(
            "node",
            tr("NUMA node"),
            controller::NODE,
            0..=cells.saturating_sub(1),
            "",
        )
        .help(
            tr("The NUMA node of the guest to which the devices behind it are near."),
            "<target><node>0</node></target>",
        );
    let hole = form
        .size("hole64", tr("Room for large devices"), controller::HOLE64, 0..=1 << 50)
        .example("1099511627776")
        .help(
            tr("How much address space devices with much memory, such as graphics cards, get; 0 is none."),
            "<pcihole64 unit='KiB'>1073741824</pcihole64>",
        );
    [
        when(port, chassis),
        when(port, number),
        when(port, plug),
        when(model == "pci-bridge", bridge),
        when(expander, bus),
        (expander && cells > 0).then_some(node),
        when(is(&["pcie-root", "pci-root"]), hole),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A controller that can be added: name, kind, model, words.
struct Kind {
    id: &'static str,
    kind: &'static str,
    model: Option<&'static str>,
    title: String,
    description: String,
}

fn kinds() -> Vec<Kind> {
    let kind = |id, kind, model, title, description| Kind {
        id,
        kind,
        model,
        title,
        description,
    };
    vec![
        kind(
            "controller-usb",
            "usb",
            None,
            tr("USB Controller"),
            tr("Room for more USB devices, or for faster ones."),
        ),
        kind(
            "controller-scsi",
            "scsi",
            None,
            tr("SCSI Controller"),
            tr("Room for SCSI disks; one of its own makes a disk faster."),
        ),
        kind(
            "controller-sata",
            "sata",
            None,
            tr("SATA Controller"),
            tr("Room for six more SATA disks and drives."),
        ),
        kind(
            "controller-nvme",
            "nvme",
            None,
            tr("NVMe Controller"),
            tr("Room for NVMe disks."),
        ),
        kind(
            "controller-virtio-serial",
            "virtio-serial",
            None,
            tr("VirtIO Serial Controller"),
            tr("Room for more channels and consoles."),
        ),
        kind(
            "controller-ccid",
            "ccid",
            None,
            tr("Smartcard Controller"),
            tr("Room for readers of smartcards."),
        ),
        kind(
            "controller-pcie-root-port",
            "pci",
            Some("pcie-root-port"),
            tr("PCIe Port"),
            tr("A slot for a device that is plugged in while the machine runs."),
        ),
        kind(
            "controller-pcie-bridge",
            "pci",
            Some("pcie-to-pci-bridge"),
            tr("PCIe-to-PCI Bridge"),
            tr("Slots for old PCI devices in a machine with PCI Express."),
        ),
        kind(
            "controller-pci-bridge",
            "pci",
            Some("pci-bridge"),
            tr("PCI Bridge"),
            tr("More slots in a machine with PCI."),
        ),
    ]
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let types = context.facts.controller_types();
    kinds()
        .into_iter()
        .filter_map(|kind| {
            let known = types.iter().find(|choice| choice.value == kind.kind)?;
            let models = context.facts.controller_models(kind.kind);
            let model = kind.model;
            let fits = |wanted| models.iter().find(|choice: &&Choice| choice.value == wanted);
            // A bridge that the board has no use for is none to offer.
            let problem = match model {
                Some(model) => fits(model)?.problem.clone(),
                None => models.first().and_then(|first| first.problem.clone()),
            };
            let off = |domain: &Domain| {
                let document = domain.document();
                domain
                    .devices_of(crate::model::xml::domain::DeviceKind::Controller)
                    .find(|node| {
                        document.get(*node, controller::TYPE).as_deref() == Some("usb")
                            && document.get(*node, controller::MODEL).as_deref() == Some("none")
                    })
            };
            let name = kind.kind;
            let addition = Addition::new(kind.id, kind.title, "vireo-card-symbolic", move |domain, facts| {
                if name == "usb"
                    && let Some(none) = off(domain)
                {
                    domain.remove_device(none)?;
                }
                let models = facts.controller_models(name);
                let best = models.iter().find(|choice| choice.problem.is_none());
                let best = best.map(|choice| choice.value.clone());
                domain.add_controller(name, model.map(str::to_owned).or(best).as_deref())
            });
            Some(
                addition
                    .description(kind.description)
                    .problem(known.problem.clone().or(problem)),
            )
        })
        .collect()
}
