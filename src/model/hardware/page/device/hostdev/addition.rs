//! New devices of the host.

use super::usb::{devices, product_of};
use super::{pci, scsi};
use crate::i18n::tr;
use crate::model::facts::{Board, Choice, HostFacts};
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::xml::domain::fields::hostdev;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused, escape};

pub(in crate::model::hardware::page::device) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    let mut all = subsystem(facts);
    if facts.is_container() {
        all.extend(container());
    }
    all
}

/// Why devices of a kind cannot be given: the hypervisor cannot, or the host has none.
fn problem(facts: &HostFacts, kind: &str, has_some: bool) -> Option<String> {
    let types = facts.hostdev_types();
    let offered = types.iter().find(|choice| choice.value == kind);
    let reason = offered.and_then(|choice| choice.problem.clone());
    let in_container = (facts.is_container() && kind != "usb").then(|| tr("Machines of this kind cannot have it."));
    let none = (facts.devices.is_some() && !has_some).then(|| tr("The host has no such device."));
    reason.or(in_container).or(none)
}

fn subsystem(facts: &HostFacts) -> Vec<Addition> {
    vec![
        Addition::new("hostdev-usb", tr("USB Host Device"), "vireo-usb-symbolic", add_usb)
            .description(tr("A USB device of the host that the guest gets for itself."))
            .problem(problem(facts, "usb", !devices(facts).is_empty())),
        Addition::new("hostdev-pci", tr("PCI Host Device"), "vireo-card-symbolic", add_pci)
            .description(tr("A card of the host, such as a graphics or network card, that the guest gets for itself."))
            .problem(problem(facts, "pci", !facts.pci_choices().is_empty())),
        Addition::new("hostdev-mdev", tr("Mediated Device"), "vireo-card-symbolic", add_mediated)
            .description(tr("A part of a card of the host, such as a virtual graphics card."))
            .problem(problem(facts, "mdev", !facts.mediated_choices().is_empty())),
        Addition::new("hostdev-scsi", tr("SCSI Host Device"), "drive-harddisk-symbolic", add_unit)
            .description(tr("A disk, tape or other SCSI unit of the host, with all its commands."))
            .problem(problem(facts, "scsi", true)),
        Addition::new("hostdev-vhost", tr("SCSI Host Adapter"), "vireo-card-symbolic", |domain, _| {
            domain.add_device(
                "<hostdev mode='subsystem' type='scsi_host'>\n  <source protocol='vhost' wwpn='naa.5000000000000000'/>\n</hostdev>",
            )
        })
        .description(tr("A SCSI adapter that the host's kernel has set up for machines (vhost)."))
        .problem(problem(facts, "scsi_host", true)),
    ]
}

fn container() -> Vec<Addition> {
    let one = |id, title, icon, xml: &'static str, text| {
        Addition::new(id, title, icon, move |domain, _| domain.add_device(xml)).description(text)
    };
    vec![
        one(
            "hostdev-block",
            tr("Disk of the Host"),
            "drive-harddisk-symbolic",
            "<hostdev mode='capabilities' type='storage'>\n  <source>\n    <block>/dev/sdb</block>\n  </source>\n</hostdev>",
            tr("A block device of the host that the container may use."),
        ),
        one(
            "hostdev-char",
            tr("Device File of the Host"),
            "vireo-card-symbolic",
            "<hostdev mode='capabilities' type='misc'>\n  <source>\n    <char>/dev/null</char>\n  </source>\n</hostdev>",
            tr("A character device of the host that the container may use."),
        ),
        one(
            "hostdev-net",
            tr("Network Interface of the Host"),
            "network-wired-symbolic",
            "<hostdev mode='capabilities' type='net'>\n  <source>\n    <interface>eth1</interface>\n  </source>\n</hostdev>",
            tr("A network interface of the host that the container gets for itself."),
        ),
    ]
}

/// What the definition says in a field of all devices of the host.
fn used(domain: &Domain, field: Field<String>) -> Vec<String> {
    let document = domain.document();
    let all = domain.devices_of(DeviceKind::Hostdev);
    all.filter_map(|node| document.get(node, field)).collect()
}

/// The first device that the machine has not got yet; the host's others are on the page.
fn add_usb(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let products = used(domain, hostdev::PRODUCT);
    let found = devices(facts).into_iter().find_map(|(device, _)| {
        let product = product_of(device)?;
        let (_, id) = product.split_once(':')?;
        (!products.iter().any(|used| used == id)).then_some(product)
    });
    let product = found.unwrap_or_else(|| "0x0000:0x0000".to_owned());
    let (vendor, product) = product.split_once(':').unwrap_or_default();
    let (vendor, product) = (escape(vendor), escape(product));
    domain.add_device(&format!(
        "<hostdev mode='subsystem' type='usb' managed='yes'>\n  <source>\n    <vendor id='{vendor}'/>\n    <product id='{product}'/>\n  </source>\n</hostdev>"
    ))
}

fn first_usable(choices: Vec<Choice>) -> Option<String> {
    choices.into_iter().find(Choice::is_usable).map(|choice| choice.value)
}

fn add_pci(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let address = first_usable(facts.pci_choices()).unwrap_or_else(|| "0000:00:00.0".to_owned());
    let node = domain.add_device(
        "<hostdev mode='subsystem' type='pci' managed='yes'>\n  <source>\n    <address domain='0x0000' bus='0x00' slot='0x00' function='0x0'/>\n  </source>\n</hostdev>",
    )?;
    pci::set_address(domain, node, &address)?;
    Ok(node)
}

fn add_mediated(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let taken = used(domain, hostdev::SOURCE_UUID);
    let mut choices = facts.mediated_choices();
    choices.retain(|choice| !taken.contains(&choice.value));
    let uuid = first_usable(choices).unwrap_or_else(|| "00000000-0000-0000-0000-000000000000".to_owned());
    let model = match facts.board() {
        Board::S390 => "vfio-ccw",
        _ => "vfio-pci",
    };
    domain.add_device(&format!(
        "<hostdev mode='subsystem' type='mdev' managed='yes' model='{model}'>\n  <source>\n    <address uuid='{}'/>\n  </source>\n</hostdev>",
        escape(&uuid)
    ))
}

fn add_unit(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    domain.ensure_scsi_controller()?;
    let node = domain.add_device(
        "<hostdev mode='subsystem' type='scsi' managed='no'>\n  <source>\n    <adapter name='scsi_host0'/>\n    <address bus='0' target='0' unit='0'/>\n  </source>\n</hostdev>",
    )?;
    if let Some(unit) = first_usable(facts.scsi_choices()) {
        scsi::set_unit(domain, node, &unit)?;
    }
    Ok(node)
}
