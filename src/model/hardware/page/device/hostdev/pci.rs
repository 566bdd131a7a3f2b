//! PCI cards.

use super::{pick, screen};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{HostDevice, HostFacts};
use crate::model::hardware::page::Form;
use crate::model::hardware::{Choice, Row};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::hostdev;
use crate::model::xml::{NodeId, Refused};

/// Everyday rows, and those for few.
pub(super) fn rows(form: &Form<'_>) -> (Vec<Row>, Vec<Row>) {
    let facts = form.context.facts;
    let address = address_of(form);
    let host = host_device(facts, &address);
    let device = pick(form, "device", tr("Device"), facts.pci_choices(), address)
        .example("0000:03:00.0")
        .note(host.and_then(|host| group_note(facts, host)))
        .help(
            tr("The card of the host that the guest gets for itself."),
            "<source> <address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/> </source>",
        )
        .edit(|domain, node, value| set_address(domain, node, value.text()));
    let mut rows = vec![device];
    if let Some(driver) = host.and_then(|host| host.driver.clone()) {
        rows.push(form.fact("driver-now", tr("Driver on the host now"), driver));
    }
    let is_managed = form.value(hostdev::MANAGED).is_on();
    rows.push(
        form.switch(
            "managed",
            tr("Take it from the host by itself"),
            hostdev::MANAGED,
            false,
        )
        .note((!is_managed).then(|| tr("Before the start somebody has to take the card from the host's driver.")))
        .help(
            tr("libvirt takes the card from the host's driver when the machine starts, and gives it back afterwards."),
            "<hostdev mode='subsystem' type='pci' managed='yes'/>",
        ),
    );
    let mut advanced = vec![
        form.choice(
            "driver",
            tr("Driver"),
            hostdev::DRIVER,
            ["vfio", "kvm", "xen"].map(Choice::plain).to_vec(),
        )
        .help(
            tr("The driver of the host that hands the card over; VFIO is the one that all newer hosts have."),
            "<driver name='vfio'/>",
        ),
        form.text("driver-model", tr("Variant of the driver"), hostdev::DRIVER_MODEL)
            .example("mlx5_vfio_pci")
            .help(
                tr("A VFIO driver made for this card, which can do more, such as moving the machine."),
                "<driver name='vfio' model='mlx5_vfio_pci'/>",
            ),
        form.switch(
            "filter",
            tr("Filter what the guest configures"),
            hostdev::WRITE_FILTERING,
            true,
        )
        .help(
            tr("The guest can change only harmless parts of the card's configuration (Xen)."),
            "<source writeFiltering='no'/>",
        ),
    ];
    advanced.extend(screen(form));
    (rows, advanced)
}

/// The address as people write it: `0000:03:00.0`.
fn address_of(form: &Form<'_>) -> String {
    let number = |text: String| {
        let text = text.trim();
        match text.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    };
    let bus = number(form.says(hostdev::SOURCE_BUS));
    let slot = number(form.says(hostdev::SOURCE_SLOT));
    match (bus, slot) {
        (Some(bus), Some(slot)) => {
            let domain = number(form.says(hostdev::SOURCE_DOMAIN)).unwrap_or(0);
            let function = number(form.says(hostdev::SOURCE_FUNCTION)).unwrap_or(0);
            format!("{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
        }
        _ => String::new(),
    }
}

fn host_device<'a>(facts: &'a HostFacts, address: &str) -> Option<&'a HostDevice> {
    facts
        .devices()
        .find(|device| device.pci().is_some_and(|pci| pci.address.to_string() == address))
}

/// What goes with the card because the host's IOMMU cannot tell it apart.
fn group_note(facts: &HostFacts, device: &HostDevice) -> Option<String> {
    let pci = device.pci()?;
    let group = pci.iommu_group?.to_string();
    let others: Vec<String> = facts.companions(pci).iter().map(|device| device.label()).collect();
    if others.is_empty() {
        return Some(tr_f("It is alone in IOMMU group {group}.", &[("group", &group)]));
    }
    Some(tr_f(
        "IOMMU group {group} must leave the host as a whole; these go with it: {devices}.",
        &[("group", &group), ("devices", &others.join(", "))],
    ))
}

pub(super) fn set_address(domain: &mut Domain, node: NodeId, text: &str) -> Result<(), Refused> {
    let Some((bus_domain, bus, slot, function)) = read(text) else {
        return Err(Refused(tr("A PCI address is written 0000:03:00.0.")));
    };
    let document = domain.document_mut();
    document.set(node, hostdev::SOURCE_DOMAIN, Some(format!("0x{bus_domain:04x}")))?;
    document.set(node, hostdev::SOURCE_BUS, Some(format!("0x{bus:02x}")))?;
    document.set(node, hostdev::SOURCE_SLOT, Some(format!("0x{slot:02x}")))?;
    document.set(node, hostdev::SOURCE_FUNCTION, Some(format!("0x{function:x}")))
}

/// Domain, bus, slot and function of a PCI address.
fn read(text: &str) -> Option<(u32, u32, u32, u32)> {
    let hex = |part: &str, most: u32| u32::from_str_radix(part, 16).ok().filter(|number| *number <= most);
    let (rest, function) = text.trim().rsplit_once('.')?;
    let (rest, slot) = rest.rsplit_once(':')?;
    let (domain, bus) = rest.rsplit_once(':').unwrap_or(("0", rest));
    Some((
        hex(domain, 0xffff)?,
        hex(bus, 0xff)?,
        hex(slot, 0x1f)?,
        hex(function, 7)?,
    ))
}
