//! The devices of a machine.

use super::Domain;
use crate::i18n::{tr, tr_f};
use crate::model::xml::{Document, NodeId, Refused};

/// Declares the kinds with the names of their elements.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a device is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum DeviceKind {
            $($(#[$doc])* $variant,)*
            /// One that a newer libvirt knows.
            Other,
        }

        impl DeviceKind {
            /// All kinds that are known, in libvirt's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The kind of an element below `<devices>`.
            #[must_use]
            pub fn of(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other,
                }
            }

            /// The name of its element; empty for [`DeviceKind::Other`].
            #[must_use]
            pub fn element(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other => "",
                }
            }
        }
    };
}

kinds! {
    /// The program that runs the machine: no device, but it stands among them.
    Emulator = "emulator",
    /// A disk, CD-ROM drive, floppy drive or SCSI unit.
    Disk = "disk",
    /// What disks, serial ports, USB and PCI devices hang on.
    Controller = "controller",
    /// A lease of a lock manager.
    Lease = "lease",
    /// A folder of the host.
    Filesystem = "filesystem",
    /// A network interface.
    Interface = "interface",
    /// A reader of smartcards.
    Smartcard = "smartcard",
    /// A serial port.
    Serial = "serial",
    /// A parallel port.
    Parallel = "parallel",
    /// A text console.
    Console = "console",
    /// A channel between host and guest.
    Channel = "channel",
    /// Keyboard, mouse, tablet, or a device of the host's own.
    Input = "input",
    /// A trusted platform module.
    Tpm = "tpm",
    /// A way to see the screen.
    Graphics = "graphics",
    /// A sound card.
    Sound = "sound",
    /// Where sound goes on the host.
    Audio = "audio",
    /// A graphics card.
    Video = "video",
    /// A device of the host, given to the guest.
    Hostdev = "hostdev",
    /// A USB port that a viewer may connect to.
    Redirdev = "redirdev",
    /// Which USB devices may be redirected.
    Redirfilter = "redirfilter",
    /// A USB hub.
    Hub = "hub",
    /// A watchdog.
    Watchdog = "watchdog",
    /// The balloon that gives memory back.
    Memballoon = "memballoon",
    /// A source of random numbers.
    Rng = "rng",
    /// NVRAM of a pSeries guest.
    Nvram = "nvram",
    /// Tells the host of a crash.
    Panic = "panic",
    /// Memory shared with other machines.
    Shmem = "shmem",
    /// A memory module.
    Memory = "memory",
    /// An IOMMU.
    Iommu = "iommu",
    /// A socket between host and guest.
    Vsock = "vsock",
    /// A crypto accelerator.
    Crypto = "crypto",
    /// Where a crashing guest leaves its last words.
    Pstore = "pstore",
}

/// One device of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// What it is.
    pub kind: DeviceKind,
    /// Its element.
    pub node: NodeId,
}

impl Domain {
    /// All devices, unknown ones included, in their order. libvirt takes several `<devices>` as one.
    pub fn devices(&self) -> impl Iterator<Item = Device> + '_ {
        let document = self.document();
        document
            .children_named(document.root(), "devices")
            .flat_map(move |devices| {
                document
                    .children(devices)
                    .filter(move |node| document.is(*node, document.local_name(*node)))
                    .map(move |node| Device {
                        kind: DeviceKind::of(document.name(node)),
                        node,
                    })
            })
    }

    /// Where the devices stand, as [`Document::place`](crate::model::xml::Document::place) names it, in their order.
    #[must_use]
    pub fn device_places(&self) -> Vec<(NodeId, String)> {
        let document = self.document();
        let lists = document.children_named(document.root(), "devices");
        lists.flat_map(|devices| document.places(devices)).collect()
    }

    /// The devices of one kind.
    pub fn devices_of(&self, kind: DeviceKind) -> impl Iterator<Item = NodeId> + '_ {
        self.devices()
            .filter(move |device| device.kind == kind)
            .map(|device| device.node)
    }

    /// The names that libvirt or the user gave devices.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        let alias = |device: Device| self.document().get(device.node, super::fields::device::ALIAS);
        self.devices().filter_map(alias).collect()
    }

    /// Adds a device, given as text, behind those of its kind.
    ///
    /// # Errors
    /// Where it is not one element, none that is a device, or would take a disk target or a MAC address that is in use.
    pub fn add_device(&mut self, xml: &str) -> Result<NodeId, Refused> {
        let fragment = Document::parse(xml)?;
        let root = fragment.root();
        let kind = DeviceKind::of(fragment.name(root));
        if !fragment.is(root, fragment.local_name(root)) || matches!(kind, DeviceKind::Other | DeviceKind::Emulator) {
            return Err(Refused(tr_f(
                "<{name}> is no device.",
                &[("name", fragment.name(root))],
            )));
        }
        if kind == DeviceKind::Disk {
            self.check_new_disk(&fragment)?;
        }
        if kind == DeviceKind::Interface {
            self.check_new_nic(&fragment)?;
        }
        self.put_device(&fragment.source(root))
    }

    /// Adds a device without a look at it.
    pub(super) fn put_device(&mut self, xml: &str) -> Result<NodeId, Refused> {
        let devices = self.ensure("devices")?;
        self.document_mut().insert_ordered(devices, xml)
    }

    /// Removes a device.
    ///
    /// # Errors
    /// Where others hang on it.
    pub fn remove_device(&mut self, device: NodeId) -> Result<(), Refused> {
        if self.document().is(device, "controller") && self.is_in_use(device) {
            return Err(Refused(tr("Other devices hang on this controller.")));
        }
        let serial = self.devices_of(DeviceKind::Serial).next();
        let shadow = self.shadow_console().filter(|_| serial == Some(device));
        self.document_mut().remove(device);
        if let Some(shadow) = shadow {
            // libvirt would make a serial port of it again.
            self.document_mut().remove(shadow);
        }
        Ok(())
    }

    /// The console that is nothing but the first serial port, seen once more: libvirt writes it beside that port and
    /// makes it anew from it each time, whatever stands there.
    #[must_use]
    pub fn shadow_console(&self) -> Option<NodeId> {
        let document = self.document();
        self.devices_of(DeviceKind::Serial).next()?;
        let console = self.devices_of(DeviceKind::Console).next()?;
        let target = document.child(console, "target");
        let kind = target.and_then(|target| document.attribute(target, "type"));
        matches!(kind.as_deref(), None | Some("serial")).then_some(console)
    }

    /// Whether the address of another device names this controller.
    #[must_use]
    pub fn is_in_use(&self, controller: NodeId) -> bool {
        let document = self.document();
        let text = |id, name: &str| document.attribute(id, name).map(std::borrow::Cow::into_owned);
        let (kind, index) = (
            text(controller, "type"),
            text(controller, "index").unwrap_or_else(|| "0".to_owned()),
        );
        self.devices().any(|device| {
            let Some(address) = document.child(device.node, "address") else {
                return false;
            };
            let place = match (text(address, "type").as_deref(), kind.as_deref()) {
                (Some("drive"), Some("ide" | "scsi" | "sata" | "fdc")) => {
                    // The kind of controller is the disk's bus.
                    let target = document.child(device.node, "target");
                    let bus = target.and_then(|target| text(target, "bus"));
                    (bus.is_none() || bus == kind)
                        .then(|| text(address, "controller"))
                        .flatten()
                }
                (Some("virtio-serial"), Some("virtio-serial")) | (Some("ccid"), Some("ccid")) => {
                    text(address, "controller")
                }
                (Some("usb"), Some("usb")) | (Some("pci"), Some("pci")) => text(address, "bus"),
                _ => None,
            };
            place.is_some_and(|place| number(&place) == number(&index))
        })
    }
}

/// A number as addresses have them, decimal or hexadecimal.
pub(super) fn number(text: &str) -> Option<u64> {
    match text.trim().strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.trim().parse().ok(),
    }
}
