//! Devices of a host that machines have, and giving them one.

use super::NodeDeviceFact;
use crate::i18n::tr;
use crate::model::facts::{HostDevice, HostDeviceKind, PciAddress};
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId, Refused, escape};

/// A device of the host in the definition of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Given {
    /// A PCI device, for `<hostdev>` and `<interface type='hostdev'>`.
    Pci(PciAddress),
    /// USB devices of this make and model.
    UsbModel(u32, u32),
    /// The USB device in this place.
    UsbPlace(u32, u32),
    /// A mediated device.
    Mediated(String),
    /// A SCSI unit: host, bus, target, unit.
    Scsi(u32, u32, u32, u64),
}

fn number<T: TryFrom<u64>>(text: Option<&str>) -> Option<T> {
    let text = text?.trim();
    let number = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => text.parse().ok()?,
    };
    T::try_from(number).ok()
}

/// The devices of the host that a definition names.
#[must_use]
pub fn given(document: &Document) -> Vec<Given> {
    let devices = document.child(document.root(), "devices");
    let all = devices.into_iter().flat_map(|devices| document.children(devices));
    all.filter_map(|id| one(document, id)).collect()
}

fn one(document: &Document, id: NodeId) -> Option<Given> {
    let says = |id: NodeId, name: &str| document.attribute(id, name).map(std::borrow::Cow::into_owned);
    let kind = match document.local_name(id) {
        "hostdev" => says(id, "type")?,
        "interface" if says(id, "type")? == "hostdev" => "pci".to_owned(),
        _ => return None,
    };
    let source = document.child(id, "source")?;
    let address = document.child(source, "address");
    match kind.as_str() {
        "pci" => PciAddress::read(document, address?).map(Given::Pci),
        "usb" => {
            let id_of = |name: &str| number(says(document.child(source, name)?, "id").as_deref());
            match (id_of("vendor"), id_of("product")) {
                (Some(vendor), Some(product)) => Some(Given::UsbModel(vendor, product)),
                _ => {
                    let part = |name: &str| number(says(address?, name).as_deref());
                    Some(Given::UsbPlace(part("bus")?, part("device")?))
                }
            }
        }
        "mdev" => says(address?, "uuid").map(|uuid| Given::Mediated(uuid.to_ascii_lowercase())),
        "scsi" => {
            let adapter = says(document.child(source, "adapter")?, "name")?;
            let host = adapter.trim_start_matches("scsi_host").parse().ok()?;
            let part = |name: &str| says(address?, name);
            Some(Given::Scsi(
                host,
                number(part("bus").as_deref()).unwrap_or(0),
                number(part("target").as_deref()).unwrap_or(0),
                number(part("unit").as_deref()).unwrap_or(0),
            ))
        }
        _ => None,
    }
}

impl Given {
    /// Whether it is this device.
    #[must_use]
    pub fn is(&self, device: &HostDevice) -> bool {
        match (self, &device.kind) {
            (Self::Pci(address), HostDeviceKind::Pci(pci)) => *address == pci.address,
            (Self::UsbModel(vendor, product), HostDeviceKind::Usb(usb)) => {
                number(usb.vendor.id.as_deref()) == Some(*vendor) && number(usb.product.id.as_deref()) == Some(*product)
            }
            (Self::UsbPlace(bus, place), HostDeviceKind::Usb(usb)) => (*bus, *place) == (usb.bus, usb.device),
            (Self::Mediated(uuid), HostDeviceKind::Mediated { uuid: own, .. }) => uuid.eq_ignore_ascii_case(own),
            (
                Self::Scsi(host, bus, target, unit),
                HostDeviceKind::Scsi {
                    host: h,
                    bus: b,
                    target: t,
                    unit: u,
                    ..
                },
            ) => (host, bus, target, unit) == (h, b, t, u),
            _ => false,
        }
    }
}

impl NodeDeviceFact {
    /// Why a machine cannot be given it; `None` where it can.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        match &self.device.kind {
            HostDeviceKind::Pci(pci) if pci.is_bridge => {
                Some(tr("A bridge holds the bus together and cannot be given away."))
            }
            HostDeviceKind::Usb(usb) if usb.vendor.id.as_deref() == Some("0x1d6b") => {
                Some(tr("A hub of the host itself cannot be given away."))
            }
            HostDeviceKind::Pci(_) | HostDeviceKind::Usb(_) | HostDeviceKind::Scsi { .. } => None,
            HostDeviceKind::Mediated { .. } => None,
            _ => Some(tr("Machines are given PCI, USB, SCSI and mediated devices.")),
        }
    }
}

/// Puts a device of the host into a machine, taken from the host by itself when the machine starts.
///
/// # Errors
/// Why it cannot be there.
pub fn assign(domain: &mut Domain, fact: &NodeDeviceFact) -> Result<NodeId, Refused> {
    if let Some(reason) = fact.refusal() {
        return Err(Refused(reason));
    }
    if given(domain.document()).iter().any(|one| one.is(&fact.device)) {
        return Err(Refused(tr("The machine has this device already.")));
    }
    let hostdev = |attributes: &str, source: &str| {
        format!("<hostdev mode='subsystem' {attributes}>\n  <source>\n    {source}\n  </source>\n</hostdev>")
    };
    let text = match &fact.device.kind {
        HostDeviceKind::Pci(pci) => {
            let at = pci.address;
            let address = format!(
                "<address domain='0x{:04x}' bus='0x{:02x}' slot='0x{:02x}' function='0x{:x}'/>",
                at.domain, at.bus, at.slot, at.function
            );
            hostdev("type='pci' managed='yes'", &address)
        }
        HostDeviceKind::Usb(usb) => {
            let source = match (&usb.vendor.id, &usb.product.id) {
                (Some(vendor), Some(product)) => format!(
                    "<vendor id='{}'/>\n    <product id='{}'/>",
                    escape(vendor),
                    escape(product)
                ),
                _ => format!("<address bus='{}' device='{}'/>", usb.bus, usb.device),
            };
            hostdev("type='usb' managed='yes'", &source)
        }
        HostDeviceKind::Mediated { uuid, .. } => {
            let address = format!("<address uuid='{}'/>", escape(uuid));
            hostdev("type='mdev' managed='no' model='vfio-pci'", &address)
        }
        HostDeviceKind::Scsi {
            host,
            bus,
            target,
            unit,
            ..
        } => {
            domain.ensure_scsi_controller()?;
            let source = format!(
                "<adapter name='scsi_host{host}'/>\n    <address bus='{bus}' target='{target}' unit='{unit}'/>"
            );
            hostdev("type='scsi' managed='no'", &source)
        }
        _ => return Err(Refused(String::new())),
    };
    domain.add_device(&text)
}

/// The other devices of the IOMMU group of `fact` that must leave the host with it, bridges left out.
#[must_use]
pub fn companions<'a>(all: &'a [NodeDeviceFact], fact: &NodeDeviceFact) -> Vec<&'a NodeDeviceFact> {
    let Some(group) = fact.device.pci().and_then(|pci| pci.iommu_group) else {
        return Vec::new();
    };
    let others = all.iter().filter(|other| {
        let pci = other.device.pci();
        other.device.name != fact.device.name && pci.is_some_and(|pci| pci.iommu_group == Some(group) && !pci.is_bridge)
    });
    others.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(capability: &str) -> NodeDeviceFact {
        NodeDeviceFact::read(&format!("<device><name>x</name>{capability}</device>")).expect("a device")
    }

    fn domain() -> Domain {
        Domain::parse("<domain type='kvm'><name>a</name><devices/></domain>").expect("a machine")
    }

    #[test]
    fn every_kind_that_is_given_is_found_again() {
        let all = [
            "<capability type='pci'><domain>0</domain><bus>1</bus><slot>2</slot><function>3</function></capability>",
            "<capability type='usb_device'><bus>1</bus><device>4</device><product id='0xc077'/><vendor id='0x046d'/></capability>",
            "<capability type='usb_device'><bus>1</bus><device>4</device></capability>",
            "<capability type='mdev'><type id='i915'/><uuid>C2177883-f1bb-47f0-914d-32a22e3a8804</uuid></capability>",
            "<capability type='scsi'><host>2</host><bus>0</bus><target>1</target><lun>5</lun><type>disk</type></capability>",
        ];
        for capability in all {
            let fact = fact(capability);
            let mut domain = domain();
            assign(&mut domain, &fact).expect(capability);
            let found = given(domain.document());
            assert_eq!(found.len(), 1, "{capability}");
            assert!(found[0].is(&fact.device), "{capability}: {found:?}");
            assert!(assign(&mut domain, &fact).is_err(), "twice: {capability}");
        }
    }

    #[test]
    fn network_interface_that_is_a_device_of_the_host_counts() {
        let text = "<domain><devices><interface type='hostdev'><source><address type='pci' domain='0x0000' bus='0x01' \
                    slot='0x02' function='0x3'/></source></interface><hostdev/><interface type='user'/></devices></domain>";
        let document = Document::parse(text).expect("a document");
        let address = PciAddress {
            domain: 0,
            bus: 1,
            slot: 2,
            function: 3,
        };
        assert_eq!(given(&document), [Given::Pci(address)]);
    }

    #[test]
    fn bridges_hubs_and_disks_are_not_given_away() {
        for capability in [
            "<capability type='pci'><class>0x060400</class><bus>1</bus><slot>2</slot></capability>",
            "<capability type='usb_device'><vendor id='0x1d6b'/></capability>",
            "<capability type='storage'><block>/dev/sda</block></capability>",
            "",
        ] {
            assert!(assign(&mut domain(), &fact(capability)).is_err(), "{capability}");
        }
    }
}
