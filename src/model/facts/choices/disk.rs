//! Disks, drives, controllers and shared folders.

use super::{Board, Choice, Family, HostFacts, VIRTIO, choices, explain, forbid, virtio_model};
use crate::i18n::tr;
use crate::model::facts::HostDeviceKind;

impl HostFacts {
    /// Kinds of disks (`device` of `<disk>`).
    #[must_use]
    pub fn disk_devices(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &["disk", "cdrom", "floppy", "lun"],
            Family::Container => &["disk"],
            _ => &["disk", "cdrom", "floppy"],
        };
        self.ask("devices/disk", "diskDevice", known, |value| match value {
            "disk" => tr("Disk"),
            "cdrom" => tr("CD-ROM drive"),
            "floppy" => tr("Floppy drive"),
            "lun" => tr("SCSI unit of the host"),
            other => other.to_owned(),
        })
    }

    /// Buses for a kind of disk (`bus` of `<target>`), best first. Those that never fit the kind are left out.
    #[must_use]
    pub fn disk_buses(&self, device: &str) -> Vec<Choice> {
        let fits: &[&str] = match device {
            "cdrom" => &["sata", "scsi", "ide", "usb", "xen"],
            "floppy" => &["fdc"],
            "lun" => &["scsi", "virtio"],
            _ => &["virtio", "scsi", "sata", "nvme", "usb", "ide", "sd", "xen"],
        };
        let has: &[&str] = match self.family() {
            Family::Qemu | Family::Other => &["virtio", "scsi", "sata", "usb", "ide", "sd", "fdc"],
            Family::Xen => &["xen", "ide", "scsi"],
            Family::Vmware => &["scsi", "sata", "ide", "fdc"],
            Family::VirtualBox => &["sata", "ide", "scsi", "fdc"],
            Family::HyperV => &["scsi", "ide", "fdc"],
            Family::Bhyve => &["virtio", "sata"],
            Family::Virtuozzo => &["sata", "scsi", "ide", "virtio"],
            Family::Container => &[],
        };
        let known: Vec<&str> = fits.iter().copied().filter(|bus| has.contains(bus)).collect();
        let mut all = self.ask("devices/disk", "bus", &known, bus_name);
        all.retain(|choice| fits.contains(&choice.value.as_str()));
        let all = explain(all, |value| {
            let why = match (value, self.board()) {
                ("ide", Board::Q35) => tr("Machines of type q35 have SATA instead of IDE."),
                _ => return None,
            };
            Some(why)
        });
        forbid(all, |bus| {
            // Newer versions of QEMU pass no commands through a virtio disk.
            let no_commands = device == "lun" && bus == "virtio" && self.family() == Family::Qemu;
            let reason = || tr("Units of the host need a SCSI bus.");
            no_commands.then(reason).or_else(|| self.bus_problem(bus))
        })
    }

    /// What speaks against a bus that libvirt lists for every board of the hypervisor.
    fn bus_problem(&self, bus: &str) -> Option<String> {
        if self.family() != Family::Qemu {
            return None;
        }
        let lacks = match self.board() {
            Board::Isapc | Board::Microvm => bus != "fdc",
            Board::Q35 => bus == "ide",
            Board::S390 => matches!(bus, "sata" | "ide" | "fdc" | "usb" | "sd"),
            Board::Pseries => matches!(bus, "sata" | "ide" | "fdc" | "sd"),
            Board::Virt => matches!(bus, "ide" | "fdc" | "sd"),
            Board::I440fx => bus == "sd",
            Board::Other => false,
        };
        match lacks {
            true if bus == "ide" && self.board() == Board::Q35 => {
                Some(tr("Machines of type q35 have SATA instead of IDE."))
            }
            true => Some(self.not_possible()),
            false => None,
        }
    }

    /// Where the data of a kind of disk can be (`type` of `<disk>`).
    #[must_use]
    pub fn disk_sources(&self, device: &str) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), device) {
            (Family::Qemu, "lun") => &["block", "volume", "network"],
            (Family::Qemu, "cdrom" | "floppy") => &["file", "block", "volume", "network", "dir"],
            (Family::Qemu, _) => &[
                "file",
                "block",
                "volume",
                "network",
                "nvme",
                "vhostuser",
                "vhostvdpa",
                "dir",
            ],
            (Family::Xen | Family::Bhyve | Family::VirtualBox, _) => &["file", "block", "volume", "network"],
            _ => &["file", "block", "volume"],
        };
        choices(known, |value| match value {
            "file" => tr("File"),
            "block" => tr("Disk or partition of the host"),
            "volume" => tr("Volume of a storage pool"),
            "network" => tr("Network"),
            "nvme" => tr("NVMe controller of the host"),
            "vhostuser" => tr("Storage program (vhost-user)"),
            "vhostvdpa" => tr("vDPA device"),
            "dir" => tr("Folder, shown as a FAT disk"),
            other => other.to_owned(),
        })
    }

    /// Ways to reach a disk over the network (`protocol` of its `<source>`).
    #[must_use]
    pub fn disk_protocols(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &[
                "rbd", "iscsi", "nbd", "nfs", "ssh", "https", "http", "gluster", "ftps", "ftp",
            ],
            _ => &["rbd", "iscsi", "nbd"],
        };
        choices(known, |value| match value {
            "rbd" => "Ceph (RBD)".to_owned(),
            "iscsi" => "iSCSI".to_owned(),
            "gluster" => "Gluster".to_owned(),
            other => other.to_uppercase(),
        })
    }

    /// Models of a disk on the bus `virtio`.
    #[must_use]
    pub fn disk_models(&self) -> Vec<Choice> {
        self.card(self.ask("devices/disk", "model", VIRTIO, virtio_model), &[])
    }

    /// Formats of images (`type` of `<driver>`).
    #[must_use]
    pub fn disk_formats(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &[
                "qcow2", "raw", "vmdk", "vdi", "vpc", "qed", "qcow", "bochs", "cloop", "dmg",
            ],
            Family::Xen => &["raw", "qcow2", "qed", "vhd"],
            Family::Container | Family::Bhyve => &["raw"],
            Family::Vmware => &["vmdk"],
            Family::VirtualBox => &["vdi", "vmdk", "vpc"],
            Family::HyperV => &["vpc"],
            Family::Virtuozzo => &["ploop", "raw"],
            Family::Other => &["raw", "qcow2"],
        };
        choices(known, str::to_owned)
    }

    /// Cache modes of a disk (`cache` of `<driver>`).
    #[must_use]
    pub fn disk_caches(&self) -> Vec<Choice> {
        let known = &["none", "writeback", "writethrough", "directsync", "unsafe"];
        choices(known, |value| match value {
            "none" => tr("None: past the host's cache"),
            "writeback" => tr("Write back"),
            "writethrough" => tr("Write through"),
            "directsync" => tr("Past the host's cache, each write at once"),
            "unsafe" => tr("Unsafe: a crash of the host loses data"),
            other => other.to_owned(),
        })
    }

    /// How the host does a disk's I/O (`io` of `<driver>`).
    #[must_use]
    pub fn disk_ios(&self) -> Vec<Choice> {
        choices(&["threads", "native", "io_uring"], |value| match value {
            "threads" => tr("Threads"),
            "native" => tr("Native asynchronous I/O"),
            other => other.to_owned(),
        })
    }

    /// Whether the guest's discards reach the image (`discard` of `<driver>`).
    #[must_use]
    pub fn disk_discards(&self) -> Vec<Choice> {
        choices(&["unmap", "ignore"], |value| match value {
            "unmap" => tr("Give the space back"),
            "ignore" => tr("Ignore"),
            other => other.to_owned(),
        })
    }

    /// What is done with zeroes that the guest writes (`detect_zeroes` of `<driver>`).
    #[must_use]
    pub fn disk_zeroes(&self) -> Vec<Choice> {
        choices(&["off", "on", "unmap"], |value| match value {
            "off" => tr("Write them"),
            "on" => tr("Write them the short way"),
            "unmap" => tr("Give the space back"),
            other => other.to_owned(),
        })
    }

    /// Drives of the host whose medium a machine can have (`kind`: `cdrom`, `floppy`): device files.
    #[must_use]
    pub fn host_drives(&self, kind: &str) -> Vec<Choice> {
        let drives = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Storage {
                block, drive, medium, ..
            } if drive == kind => {
                let note = (*medium == Some(false)).then(|| tr("no medium"));
                Some(Choice::new(block.clone(), device.label()).noted(note))
            }
            _ => None,
        });
        drives.collect()
    }

    /// Disks of the host: device files.
    #[must_use]
    pub fn host_disks(&self) -> Vec<Choice> {
        self.host_drives("disk")
    }

    /// Kinds of controllers (`type` of `<controller>`).
    #[must_use]
    pub fn controller_types(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &[
                "scsi",
                "usb",
                "sata",
                "virtio-serial",
                "pci",
                "ide",
                "ccid",
                "fdc",
                "isa",
            ],
            Family::Xen => &["usb", "xenbus"],
            Family::Vmware | Family::Virtuozzo => &["scsi", "sata", "ide"],
            Family::VirtualBox => &["sata", "scsi", "ide", "usb"],
            Family::HyperV => &["scsi", "ide"],
            Family::Bhyve => &["sata", "usb", "pci"],
            Family::Container => &[],
            Family::Other => &["scsi", "sata", "ide", "usb"],
        };
        let all = choices(known, |value| match value {
            "virtio-serial" => tr("VirtIO serial"),
            "ccid" => tr("Smartcard (CCID)"),
            other => bus_name(other),
        });
        forbid(all, |kind| match (kind, self.family(), self.board()) {
            ("ide", Family::Qemu, Board::Q35) => self.bus_problem("ide"),
            (kind, Family::Qemu, Board::Isapc | Board::Microvm) if !matches!(kind, "fdc" | "isa" | "usb") => {
                Some(self.not_possible())
            }
            _ => None,
        })
    }

    /// Models of a kind of controller.
    #[must_use]
    pub fn controller_models(&self, kind: &str) -> Vec<Choice> {
        let known: &[&str] = match (kind, self.family()) {
            ("scsi", Family::Vmware) => &["vmpvscsi", "lsisas1068", "lsilogic", "buslogic"],
            ("scsi", Family::Qemu) if self.board() == Board::S390 => &["virtio-scsi"],
            ("scsi", Family::Qemu) if self.board() == Board::Pseries => &["virtio-scsi", "ibmvscsi"],
            ("scsi", Family::Qemu) => &[
                "virtio-scsi",
                "virtio-transitional",
                "virtio-non-transitional",
                "lsisas1068",
                "lsisas1078",
                "lsilogic",
                "vmpvscsi",
                "dc390",
                "am53c974",
            ],
            ("usb", Family::Xen) => &["qusb2", "qusb1"],
            ("usb", Family::Qemu) if self.kind.is_x86() => &[
                "qemu-xhci",
                "nec-xhci",
                "ich9-ehci1",
                "ehci",
                "piix3-uhci",
                "piix4-uhci",
                "none",
            ],
            ("usb", Family::Qemu) => &["qemu-xhci", "nec-xhci", "ehci", "pci-ohci", "none"],
            ("virtio-serial", Family::Qemu) => VIRTIO,
            ("pci", Family::Qemu) if self.board().has_pcie() => &[
                "pcie-root-port",
                "pcie-to-pci-bridge",
                "pcie-switch-upstream-port",
                "pcie-switch-downstream-port",
                "pcie-expander-bus",
                "dmi-to-pci-bridge",
                "pci-bridge",
            ],
            ("pci", Family::Qemu) => &["pci-bridge", "pci-expander-bus"],
            _ => &[],
        };
        let all = choices(known, |value| match value {
            "virtio-scsi" => "VirtIO SCSI".to_owned(),
            "qemu-xhci" => "USB 3 (xHCI)".to_owned(),
            "nec-xhci" => "USB 3 (NEC xHCI)".to_owned(),
            "ich9-ehci1" => "USB 2 (ICH9)".to_owned(),
            "ehci" => "USB 2 (EHCI)".to_owned(),
            "piix3-uhci" => "USB 1 (PIIX3)".to_owned(),
            "piix4-uhci" => "USB 1 (PIIX4)".to_owned(),
            "pci-ohci" => "USB 1 (OHCI)".to_owned(),
            "none" => tr("None"),
            "lsilogic" => "LSI Logic".to_owned(),
            "lsisas1068" => "LSI SAS 1068".to_owned(),
            "lsisas1078" => "LSI SAS 1078".to_owned(),
            "vmpvscsi" => "VMware PVSCSI".to_owned(),
            "buslogic" => "BusLogic".to_owned(),
            other => virtio_model(other),
        });
        self.card(all, &["none"])
    }

    /// How a folder of the host reaches the guest (`type` of a file system's `<driver>`).
    #[must_use]
    pub fn filesystem_drivers(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &["virtiofs", "path", "mtp"],
            Family::Container => &["path", "loop", "nbd"],
            _ => &[],
        };
        let all = self.ask("devices/filesystem", "driverType", known, |value| match value {
            "virtiofs" => "virtiofs".to_owned(),
            "path" => "9p".to_owned(),
            "loop" => tr("Loop device"),
            "nbd" => tr("Network block device"),
            "mtp" => tr("Media device (MTP)"),
            other => other.to_owned(),
        });
        let all = explain(all, |value| {
            let virtiofs = value == "virtiofs";
            virtiofs.then(|| tr("The host has no virtiofsd, or this version of QEMU no virtiofs."))
        });
        // `handle` stands in libvirt's list for ever; QEMU 4.0 dropped it.
        all.into_iter().filter(|choice| choice.value != "handle").collect()
    }
}

fn bus_name(value: &str) -> String {
    match value {
        "virtio" => "VirtIO".to_owned(),
        "scsi" => "SCSI".to_owned(),
        "sata" => "SATA".to_owned(),
        "ide" => "IDE".to_owned(),
        "usb" => "USB".to_owned(),
        "sd" => tr("SD card"),
        "fdc" => tr("Floppy controller"),
        "nvme" => "NVMe".to_owned(),
        "xen" => "Xen".to_owned(),
        "pci" => "PCI".to_owned(),
        "isa" => "ISA".to_owned(),
        other => other.to_owned(),
    }
}
