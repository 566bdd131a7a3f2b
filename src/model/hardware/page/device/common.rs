//! What every device has: name, address, and the options of virtio cards.

use crate::i18n::tr;
use crate::model::facts::{Choice, Family};
use crate::model::hardware::page::{Form, Group};
use crate::model::hardware::{PathKind, Row};
use crate::model::xml::NodeId;
use crate::model::xml::domain::fields::{
    controller, device, disk, filesystem, hostdev, input, interface, memballoon, sound, video,
};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::field::Field;

/// Kinds of cards that can have an ACPI index.
const NUMBERED: &[DeviceKind] = &[DeviceKind::Interface];

/// A hint for a row without which the host refuses the machine; none where it says something.
pub(super) fn needed(row: Row) -> Row {
    let note = row
        .value
        .some()
        .is_none()
        .then(|| tr("It is needed: without it the host refuses the machine."));
    row.note(note)
}

/// The elements of a kind that say `value` in a field.
pub(super) fn those(domain: &Domain, kind: DeviceKind, field: Field<String>, value: &str) -> Vec<NodeId> {
    let document = domain.document();
    domain
        .devices_of(kind)
        .filter(|node| document.get(*node, field).as_deref() == Some(value))
        .collect()
}

/// Whether the machine has a device of a kind that says `value` in a field.
pub(super) fn has(domain: &Domain, kind: DeviceKind, field: Field<String>, value: &str) -> bool {
    !those(domain, kind, field, value).is_empty()
}

/// The first of these that can be used.
pub(super) fn best(choices: &[Choice]) -> Option<String> {
    choices
        .iter()
        .find(|choice| choice.is_usable())
        .map(|choice| choice.value.clone())
}

/// Why none of these can be used: the reason of the first; none where one can.
pub(super) fn problem_of(choices: &[Choice]) -> Option<String> {
    if best(choices).is_some() {
        return None;
    }
    let reason = choices.first().and_then(|choice| choice.problem.clone());
    Some(reason.unwrap_or_else(|| tr("Machines of this kind cannot have it.")))
}

/// Forgets the address of a device, which belongs to what it was.
pub(super) fn drop_address(domain: &mut Domain, node: NodeId) {
    domain.remove_children(node, "address");
}

/// Kinds that libvirt's schema gives no name.
const NAMELESS: &[DeviceKind] = &[
    DeviceKind::Audio,
    DeviceKind::Graphics,
    DeviceKind::Lease,
    DeviceKind::Nvram,
    DeviceKind::Redirfilter,
    DeviceKind::Smartcard,
];

/// The rows that any device may have, folded away.
pub(super) fn group(form: &Form<'_>) -> Group {
    let document = form.context.domain.document();
    let address = document.child(form.node, "address").map(|address| {
        let parts: Vec<String> = document
            .attributes(address)
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        parts.join(", ")
    });
    let alias = form
        .text("alias", tr("Name for libvirt"), device::ALIAS)
        .example("ua-mine")
        .help(
            tr("A name for the device in commands and logs; one of your own begins with “ua-”."),
            "<alias name='ua-mine'/>",
        );
    let kind = DeviceKind::of(document.name(form.node));
    let mut rows = card(form, kind);
    rows.extend(virtio(form, kind));
    rows.extend((!NAMELESS.contains(&kind)).then_some(alias));
    rows.extend(address.map(|address| form.fact("address", tr("Address"), address)));
    Group::advanced(rows)
}

/// What PCI cards have: a place in the boot order, a boot ROM, a number of their own.
fn card(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    let mut rows = Vec::new();
    let order = form.says(device::BOOT_ORDER);
    if !order.is_empty() {
        rows.push(form.fact("boot", tr("Place in the boot order"), order));
    }
    let address = form.says(device::ADDRESS_TYPE);
    let is_pci = address == "pci" || (address.is_empty() && form.context.facts.board().has_pci());
    let is_host_card = kind == DeviceKind::Hostdev && form.says(hostdev::TYPE) == "pci";
    if is_host_card || (kind == DeviceKind::Interface && is_pci) {
        rows.push(
            form.switch("rom-bar", tr("Boot ROM visible"), device::ROM_BAR, true)
                .help(
                    tr("The guest sees the card's boot ROM; without it the firmware cannot boot from the card."),
                    "<rom bar='off'/>",
                ),
        );
        rows.push(
            form.path("rom-file", tr("File of the boot ROM"), device::ROM_FILE, PathKind::File)
                .example("/usr/share/qemu/card.rom")
                .help(
                    tr("A file that takes the place of the card's own boot ROM."),
                    "<rom file='/usr/share/qemu/card.rom'/>",
                ),
        );
    }
    let has_index = NUMBERED.contains(&kind) || is_host_card;
    if has_index && is_pci && form.context.facts.family() == Family::Qemu {
        rows.push(
            form.number("acpi-index", tr("ACPI index"), device::ACPI_INDEX, 1..=16383, "")
                .example("1")
                .help(
                    tr("A number that the guest names the card by, so that its name stays the same wherever it is plugged."),
                    "<acpi index='1'/>",
                ),
        );
    }
    rows
}

/// Options of virtio devices.
fn virtio(form: &Form<'_>, kind: DeviceKind) -> Vec<Row> {
    let starts = |text: String| text.starts_with("virtio");
    let is_virtio = match kind {
        DeviceKind::Disk => form.says(disk::BUS) == "virtio",
        DeviceKind::Interface => starts(form.says(interface::MODEL)),
        DeviceKind::Controller => {
            form.says(controller::TYPE) == "virtio-serial" || starts(form.says(controller::MODEL))
        }
        DeviceKind::Filesystem => form.says(filesystem::TYPE) == "mount",
        DeviceKind::Video => form.says(video::MODEL) == "virtio",
        DeviceKind::Sound => form.says(sound::MODEL) == "virtio",
        DeviceKind::Memballoon => starts(form.says(memballoon::MODEL)),
        DeviceKind::Input => form.says(input::BUS) == "virtio",
        DeviceKind::Rng | DeviceKind::Crypto | DeviceKind::Vsock => true,
        _ => false,
    };
    if !is_virtio || form.context.facts.family() != Family::Qemu {
        return Vec::new();
    }
    vec![
        form.switch("iommu", tr("Through the IOMMU"), device::IOMMU, false)
            .help(
                tr("The guest's IOMMU translates what the device reads and writes; encrypted machines need it."),
                "<driver iommu='on'/>",
            ),
        form.switch("ats", tr("Address translation cache"), device::ATS, false)
            .help(
                tr("The device keeps addresses that the IOMMU has translated."),
                "<driver ats='on'/>",
            ),
        form.switch("packed", tr("Packed queues"), device::PACKED, false).help(
            tr("A form of the queues between guest and host that costs less memory traffic; newer guests know it."),
            "<driver packed='on'/>",
        ),
        form.switch("page-per-vq", tr("A page for each queue"), device::PAGE_PER_VQ, false)
            .help(
                tr("Each queue has a page of its own for its doorbell; some hardware that takes over queues needs it."),
                "<driver page_per_vq='on'/>",
            ),
    ]
}
