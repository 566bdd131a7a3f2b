//! Devices of a host, as far as a machine can be given them.

use std::fmt;

use crate::model::xml::object::{NodeDevice, node_device};
use crate::model::xml::{Document, NodeId, XmlError};

/// A device of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostDevice {
    /// Name for libvirt (`pci_0000_01_00_0`).
    pub name: String,
    /// Name of the device that it is a part of.
    pub parent: Option<String>,
    /// Driver that the host has for it now.
    pub driver: Option<String>,
    /// What it is.
    pub kind: HostDeviceKind,
}

/// What a device of a host is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum HostDeviceKind {
    /// A PCI device.
    Pci(Box<PciDevice>),
    /// A USB device.
    Usb(UsbDevice),
    /// A SCSI unit: host, bus, target, unit, and its kind (`disk`, `cdrom`, `tape` …).
    Scsi {
        /// Host adapter.
        host: u32,
        /// Bus.
        bus: u32,
        /// Target.
        target: u32,
        /// Unit.
        unit: u64,
        /// Kind.
        class: String,
    },
    /// A SCSI host adapter.
    ScsiHost {
        /// Its number.
        host: u32,
        /// World-wide port name of a Fibre Channel adapter.
        wwpn: Option<String>,
    },
    /// A mediated device.
    Mediated {
        /// Identity.
        uuid: String,
        /// Kind, as its parent names it.
        type_id: String,
    },
    /// A node of the graphics system.
    Drm {
        /// `primary` or `render`.
        class: String,
        /// Device file.
        path: Option<String>,
    },
    /// A disk or drive of the host.
    Storage {
        /// Device file.
        block: String,
        /// `disk`, `cdrom`, `floppy` …
        drive: String,
        /// Model.
        model: Option<String>,
        /// Size in bytes; of the medium for drives.
        size: Option<u64>,
        /// Whether a medium is in; `None` for fixed disks.
        medium: Option<bool>,
        /// Label of the medium.
        label: Option<String>,
    },
    /// A network interface.
    Net {
        /// Name.
        interface: String,
        /// Hardware address.
        mac: Option<String>,
        /// It has a link.
        up: Option<bool>,
    },
    /// A channel device of IBM Z: `css` or `ccw`, with its address `0.0.1234`.
    Channel {
        /// `css` or `ccw`.
        bus: String,
        /// Address.
        address: String,
    },
    /// The description does not say.
    #[default]
    Unknown,
    /// Something else, by libvirt's name.
    Other(String),
}

/// A name with a number behind it, either of which may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbered {
    /// Number, `0x8086`.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// The address of a PCI device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PciAddress {
    /// Domain.
    pub domain: u32,
    /// Bus.
    pub bus: u32,
    /// Slot.
    pub slot: u32,
    /// Function.
    pub function: u32,
}

/// A PCI device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PciDevice {
    /// Address.
    pub address: PciAddress,
    /// Class, subclass and interface as one number: `0x030000` is a graphics card.
    pub class: Option<u32>,
    /// Vendor.
    pub vendor: Numbered,
    /// Product.
    pub product: Numbered,
    /// IOMMU group.
    pub iommu_group: Option<u32>,
    /// Everything in that group, this one included: it can only be given away as a whole.
    pub group: Vec<PciAddress>,
    /// NUMA cell that it hangs on.
    pub numa_cell: Option<u32>,
    /// It is a bridge between buses: nothing that a machine could have.
    pub is_bridge: bool,
    /// The device that this one is a virtual function of.
    pub physical_function: Option<PciAddress>,
    /// Virtual functions that it has now.
    pub virtual_functions: Vec<PciAddress>,
    /// Mediated devices that it can make.
    pub mediated: Vec<MediatedType>,
}

/// A kind of mediated device that a device can make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediatedType {
    /// Its name for libvirt.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// What kind of device it is for the guest: `vfio-pci`, `vfio-ccw`, `vfio-ap`.
    pub api: Option<String>,
    /// How many more can be made.
    pub available: Option<u64>,
}

/// A USB device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsbDevice {
    /// Bus.
    pub bus: u32,
    /// Number on the bus; another one each time it is plugged in.
    pub device: u32,
    /// Vendor.
    pub vendor: Numbered,
    /// Product.
    pub product: Numbered,
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04x}:{:02x}:{:02x}.{:x}",
            self.domain, self.bus, self.slot, self.function
        )
    }
}

impl PciAddress {
    /// Reads the attributes of an `<address>`.
    #[must_use]
    pub fn read(document: &Document, id: NodeId) -> Option<Self> {
        let part = |name: &str| number(document.attribute(id, name).as_deref()?);
        Some(Self {
            domain: part("domain").unwrap_or(0),
            bus: part("bus")?,
            slot: part("slot")?,
            function: part("function").unwrap_or(0),
        })
    }
}

/// A number as libvirt writes it, decimal or hexadecimal.
fn number(text: &str) -> Option<u32> {
    match text.trim().strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.trim().parse().ok(),
    }
}

impl HostDevice {
    /// Reads a description (`virNodeDeviceGetXMLDesc`).
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let description = NodeDevice::parse(xml)?;
        let reader = Reader {
            document: description.document(),
        };
        Ok(Self {
            name: description.get(node_device::NAME).unwrap_or_default(),
            parent: description.get(node_device::PARENT),
            driver: description.get(node_device::DRIVER),
            kind: reader.kind(),
        })
    }

    /// What it is, if it is a PCI device.
    #[must_use]
    pub fn pci(&self) -> Option<&PciDevice> {
        match &self.kind {
            HostDeviceKind::Pci(device) => Some(device),
            _ => None,
        }
    }

    /// It is the computer that all others are in, which libvirt lists among its devices.
    #[must_use]
    pub fn is_host(&self) -> bool {
        matches!(&self.kind, HostDeviceKind::Other(name) if name == "system")
    }

    /// What a person calls it: vendor and product, with what tells it from its like.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.kind {
            HostDeviceKind::Pci(device) => join(&[
                &device.address.to_string(),
                &device.vendor.text(),
                &device.product.text(),
            ]),
            HostDeviceKind::Usb(device) => join(&[
                &format!("{:03}:{:03}", device.bus, device.device),
                &device.vendor.text(),
                &device.product.text(),
            ]),
            HostDeviceKind::Scsi {
                host,
                bus,
                target,
                unit,
                class,
            } => join(&[&format!("{host}:{bus}:{target}:{unit}"), class]),
            HostDeviceKind::Mediated { uuid, type_id } => join(&[type_id, uuid]),
            HostDeviceKind::Drm { path: Some(path), .. } => path.clone(),
            HostDeviceKind::Storage {
                block, model, label, ..
            } => join(&[
                block,
                model.as_deref().unwrap_or_default(),
                label.as_deref().unwrap_or_default(),
            ]),
            HostDeviceKind::Net { interface, .. } => interface.clone(),
            HostDeviceKind::Channel { address, .. } => address.clone(),
            _ => self.name.clone(),
        }
    }
}

fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

impl Numbered {
    /// The name, else the number.
    #[must_use]
    pub fn text(&self) -> String {
        self.name.clone().or_else(|| self.id.clone()).unwrap_or_default()
    }
}

struct Reader<'d> {
    document: &'d Document,
}

impl Reader<'_> {
    fn kind(&self) -> HostDeviceKind {
        let document = self.document;
        let Some(id) = document.child(document.root(), "capability") else {
            return HostDeviceKind::Unknown;
        };
        let capability = self.said(id, "type").unwrap_or_default();
        match capability.as_str() {
            "pci" => HostDeviceKind::Pci(Box::new(self.pci(id))),
            "usb_device" => HostDeviceKind::Usb(UsbDevice {
                bus: self.number(id, "bus"),
                device: self.number(id, "device"),
                vendor: self.numbered(id, "vendor"),
                product: self.numbered(id, "product"),
            }),
            "scsi" => HostDeviceKind::Scsi {
                host: self.number(id, "host"),
                bus: self.number(id, "bus"),
                target: self.number(id, "target"),
                unit: self.text(id, "lun").and_then(|text| text.parse().ok()).unwrap_or(0),
                class: self.text(id, "type").unwrap_or_default(),
            },
            "scsi_host" => HostDeviceKind::ScsiHost {
                host: self.number(id, "host"),
                wwpn: self
                    .capability(id, "fc_host")
                    .and_then(|inner| self.text(inner, "wwpn")),
            },
            "mdev" => HostDeviceKind::Mediated {
                uuid: self.text(id, "uuid").unwrap_or_default(),
                type_id: self.child(id, "type", "id").unwrap_or_default(),
            },
            "drm" => HostDeviceKind::Drm {
                class: self.text(id, "type").unwrap_or_default(),
                path: self.device_file(),
            },
            "storage" => self.storage(id),
            "net" => HostDeviceKind::Net {
                interface: self.text(id, "interface").unwrap_or_default(),
                mac: self.text(id, "address"),
                up: self.child(id, "link", "state").map(|state| state == "up"),
            },
            "css" | "ccw" => HostDeviceKind::Channel {
                address: format!(
                    "{:x}.{:x}.{:04x}",
                    self.number(id, "cssid"),
                    self.number(id, "ssid"),
                    self.number(id, "devno")
                ),
                bus: capability,
            },
            _ => HostDeviceKind::Other(capability),
        }
    }

    fn pci(&self, id: NodeId) -> PciDevice {
        let document = self.document;
        let addresses = |from: Option<NodeId>| -> Vec<PciAddress> {
            let all = from
                .into_iter()
                .flat_map(|from| document.children_named(from, "address"));
            all.filter_map(|id| PciAddress::read(document, id)).collect()
        };
        let class = self.text(id, "class").and_then(|text| number(&text));
        let group = document.child(id, "iommuGroup");
        PciDevice {
            address: PciAddress {
                domain: self.number(id, "domain"),
                bus: self.number(id, "bus"),
                slot: self.number(id, "slot"),
                function: self.number(id, "function"),
            },
            class,
            vendor: self.numbered(id, "vendor"),
            product: self.numbered(id, "product"),
            iommu_group: group.and_then(|group| number(&self.said(group, "number")?)),
            group: addresses(group),
            numa_cell: self.child(id, "numa", "node").and_then(|text| number(&text)),
            is_bridge: self.capability(id, "pci-bridge").is_some() || class.is_some_and(|class| class >> 16 == 0x06),
            physical_function: addresses(self.capability(id, "phys_function")).first().copied(),
            virtual_functions: addresses(self.capability(id, "virt_functions")),
            mediated: self.mediated(id),
        }
    }

    fn mediated(&self, id: NodeId) -> Vec<MediatedType> {
        let types = self.capability(id, "mdev_types");
        let types = types
            .into_iter()
            .flat_map(|types| self.document.children_named(types, "type"));
        types
            .map(|id| MediatedType {
                id: self.said(id, "id").unwrap_or_default(),
                name: self.text(id, "name"),
                api: self.text(id, "deviceAPI"),
                available: self.text(id, "availableInstances").and_then(|text| text.parse().ok()),
            })
            .collect()
    }

    fn storage(&self, id: NodeId) -> HostDeviceKind {
        let removable = self.capability(id, "removable");
        let inside = removable.unwrap_or(id);
        let size = self.text(inside, if removable.is_some() { "media_size" } else { "size" });
        HostDeviceKind::Storage {
            block: self.text(id, "block").unwrap_or_default(),
            drive: self.text(id, "drive_type").unwrap_or_default(),
            model: self.text(id, "model"),
            size: size.and_then(|text| text.parse().ok()),
            medium: removable.map(|inner| self.text(inner, "media_available").as_deref() == Some("1")),
            label: self.text(inside, "media_label"),
        }
    }

    fn device_file(&self) -> Option<String> {
        let document = self.document;
        let mut nodes = document.children_named(document.root(), "devnode");
        let node = nodes.find(|id| document.attribute(*id, "type").as_deref() == Some("dev"))?;
        Some(document.text(node).trim().to_owned())
    }

    /// The inner capability of a kind.
    fn capability(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        let mut inner = self.document.children_named(id, "capability");
        inner.find(|id| self.document.attribute(*id, "type").as_deref() == Some(kind))
    }

    fn said(&self, id: NodeId, name: &str) -> Option<String> {
        let value = self.document.attribute(id, name)?;
        (!value.is_empty()).then(|| value.into_owned())
    }

    fn child(&self, id: NodeId, name: &str, attribute: &str) -> Option<String> {
        self.said(self.document.child(id, name)?, attribute)
    }

    fn text(&self, id: NodeId, name: &str) -> Option<String> {
        self.document.value(id, name).filter(|text| !text.is_empty())
    }

    fn number(&self, id: NodeId, name: &str) -> u32 {
        self.text(id, name).and_then(|text| number(&text)).unwrap_or(0)
    }

    fn numbered(&self, id: NodeId, name: &str) -> Numbered {
        Numbered {
            id: self.child(id, name, "id"),
            name: self.text(id, name),
        }
    }
}
