//! Chipset and machine type.

use super::running;
use crate::i18n::{tr, tr_f};
use crate::model::facts::{Board, Choice, Family, GuestKind};
use crate::model::hardware::page::Form;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::fields::{disk, general, os};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};

pub(super) fn rows(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let is_qemu = kind.family() == Family::Qemu;
    let has_types = is_qemu || kind.machine.is_some();
    let mut rows = Vec::new();
    if is_qemu && kind.is_x86() {
        rows.push(chipset(form, kind));
    }
    if has_types {
        let machines = form.context.facts.machines(kind.arch.as_deref());
        let row = match machines.is_empty() {
            true => form.proposal("machine", tr("Machine type"), os::MACHINE, machines),
            false => form.required_choice("machine", tr("Machine type"), os::MACHINE, machines),
        };
        rows.push(
            row.example("pc-q35-9.2")
                .locked(running(form.context))
                .help(
                    tr("The exact board. A newer version of the same one brings new features; systems with licenses may notice it."),
                    "<type machine='pc-q35-9.2'>hvm</type>",
                )
                .edit(|domain, _, value| set_machine(domain, value.text())),
        );
    }
    rows
}

fn chipset(form: &Form<'_>, kind: &GuestKind) -> Row {
    let machines = form.context.facts.machines(kind.arch.as_deref());
    let offered = |name: &str| machines.is_empty() || machines.iter().any(|machine| machine.value == name);
    let missing = |name: &str| (!offered(name)).then(|| tr("This host does not offer it."));
    let choices = vec![
        Choice::new("q35", tr("Q35, with PCI Express")).but(missing("q35")),
        Choice::new("pc", tr("i440FX, with PCI, for old systems")).but(missing("pc")),
    ];
    let value = match kind.board() {
        Board::Q35 => Some("q35".to_owned()),
        Board::I440fx => Some("pc".to_owned()),
        _ => kind.machine.clone(),
    };
    Row::new(
        "chipset",
        tr("Chipset"),
        Control::Choice(choices),
        Value::Text(value),
        Edit::with(|domain, _, value| set_machine(domain, value.text())),
    )
    .locked(running(form.context))
    .help(
        tr("Changing it gives all cards new places: Windows may want drivers for the start disk and activation again."),
        "<type machine='q35'>hvm</type>",
    )
}

/// Gives the machine another board. Places on the bus of the old one, and what only that one has, go; all devices stay.
fn set_machine(domain: &mut Domain, name: &str) -> Result<(), Refused> {
    let root = domain.document().root();
    let before = GuestKind::of(domain).board();
    let new = Some(name.to_owned()).filter(|name| !name.is_empty());
    if domain.document().find(root, "os/type").is_none() {
        let place = domain.document_mut().ensure_path(root, "os/type")?;
        domain.document_mut().set_value(place, "hvm")?;
    }
    domain.document_mut().set(root, os::MACHINE, new)?;
    let after = GuestKind::of(domain).board();
    if before == after {
        return Ok(());
    }
    check(domain, after)?;
    for node in places(domain, after) {
        domain.document_mut().remove(node);
    }
    if after == Board::Q35 {
        // There is no IDE on that board.
        let all: Vec<NodeId> = domain.devices_of(DeviceKind::Disk).collect();
        for node in all {
            if domain.document().get(node, disk::BUS).as_deref() == Some("ide") {
                domain.set_disk_bus(node, "sata")?;
            }
        }
    }
    Ok(())
}

/// Refuses a board that cannot have what the machine has.
fn check(domain: &Domain, board: Board) -> Result<(), Refused> {
    if board == Board::Q35 {
        return Ok(());
    }
    let root = domain.document().root();
    let on = |field| domain.document().get(root, field) == Some(true);
    if GuestKind::of(domain).is_x86() && (on(os::SECURE_BOOT) || on(os::LOADER_SECURE)) {
        return Err(Refused(tr("Only Q35 has Secure Boot: turn it off first.")));
    }
    let protection = domain.document().get(root, general::LAUNCH_SECURITY);
    if let Some(protection) = protection.filter(|kind| kind.starts_with("sev")) {
        return Err(Refused(tr_f(
            "Only Q35 has the protection {name}: turn it off first.",
            &[("name", &protection)],
        )));
    }
    let of_intel = |node: &NodeId| domain.document().attribute(*node, "model").as_deref() == Some("intel");
    if domain.devices_of(DeviceKind::Iommu).any(|node| of_intel(&node)) {
        return Err(Refused(tr("Only Q35 has an Intel IOMMU: remove it first.")));
    }
    Ok(())
}

/// What belongs to the old board alone: addresses of cards, controllers of its bus, IDE controllers where there is no IDE.
fn places(domain: &Domain, board: Board) -> Vec<NodeId> {
    let document = domain.document();
    let mut found = Vec::new();
    for device in domain.devices() {
        let kind = document.attribute(device.node, "type");
        let of_board = match kind.as_deref() {
            Some("pci") => true,
            Some("ide") => board == Board::Q35,
            _ => false,
        };
        if device.kind == DeviceKind::Controller && of_board {
            found.push(device.node);
            continue;
        }
        // Every Q35 has this watchdog, and libvirt writes it into the definition; no other board can have it.
        let is_on_board = document.attribute(device.node, "model").as_deref() == Some("itco");
        if device.kind == DeviceKind::Watchdog && is_on_board && board != Board::Q35 {
            found.push(device.node);
            continue;
        }
        let address = document.child(device.node, "address");
        found.extend(address.filter(|address| document.attribute(*address, "type").as_deref() == Some("pci")));
    }
    found
}
