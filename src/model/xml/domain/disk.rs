//! Disks: new ones, removed ones, and the bus that they hang on.

use std::collections::HashSet;

use super::fields::{device, disk};
use super::{DeviceKind, Domain, free_target, target};
use crate::i18n::{tr, tr_f};
use crate::model::xml::field::Field;
use crate::model::xml::scan::escape_attribute;
use crate::model::xml::{Document, NodeId, Refused};

/// What only disks on some buses can have: libvirt refuses it on others.
const OF_BUSES: &[(Field<String>, &[&str])] = &[
    (disk::MODEL, &["virtio"]),
    (disk::QUEUES.raw(), &["virtio"]),
    (disk::QUEUE_SIZE.raw(), &["virtio"]),
    (disk::IOTHREAD.raw(), &["virtio"]),
    (device::IOMMU.raw(), &["virtio"]),
    (device::ATS.raw(), &["virtio"]),
    (device::PACKED.raw(), &["virtio"]),
    (disk::REMOVABLE.raw(), &["usb", "scsi"]),
    (disk::ROTATION_RATE.raw(), &["scsi", "sata", "ide", "usb"]),
    (disk::WWN, &["scsi", "sata", "ide"]),
    (disk::VENDOR, &["scsi"]),
    (disk::PRODUCT, &["scsi"]),
];

impl Domain {
    /// All target names of disks.
    #[must_use]
    pub fn targets(&self) -> HashSet<String> {
        self.devices_of(DeviceKind::Disk)
            .filter_map(|disk| self.document().get(disk, disk::TARGET))
            .collect()
    }

    /// Files and devices of the host that are in CD-ROM and floppy drives.
    #[must_use]
    pub fn media(&self) -> Vec<String> {
        let document = self.document();
        let is_drive = |node: &NodeId| {
            let device = document.get(*node, disk::DEVICE);
            matches!(device.as_deref(), Some("cdrom" | "floppy"))
        };
        let drives = self.devices_of(DeviceKind::Disk).filter(is_drive);
        let medium = |node| {
            let says = |field| document.get(node, field).filter(|path: &String| path.starts_with('/'));
            says(disk::SOURCE_FILE).or_else(|| says(disk::SOURCE_DEV))
        };
        drives.filter_map(medium).collect()
    }

    /// The disk with this target name.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn disk(&self, name: &str) -> Result<NodeId, Refused> {
        let mut found = self
            .devices_of(DeviceKind::Disk)
            .filter(|disk| self.document().get(*disk, disk::TARGET).as_deref() == Some(name));
        match (found.next(), found.next()) {
            (Some(disk), None) => Ok(disk),
            (None, _) => Err(Refused(tr_f("There is no disk {target}.", &[("target", name)]))),
            _ => Err(Refused(tr_f(
                "There is more than one disk {target}.",
                &[("target", name)],
            ))),
        }
    }

    /// Adds a disk in a file. The bus is the one that the machine's disks use already, else the best that its hypervisor
    /// has; the format follows from the name of the file, because what the file holds may be the guest's own making.
    ///
    /// # Errors
    /// Where no target name is free.
    pub fn add_disk_file(&mut self, file: &str) -> Result<NodeId, Refused> {
        if file.is_empty() {
            return Err(Refused(tr("The file has no name.")));
        }
        if let Some(c) = file.chars().find(|c| c.is_control()) {
            let shown = c.escape_default().to_string();
            return Err(Refused(tr_f(
                "A name cannot contain “{character}”.",
                &[("character", &shown)],
            )));
        }
        let bus = self.usual_bus();
        let used = self.targets();
        let (bus, name) = match free_target(&bus, &used) {
            Some(name) => (bus, name),
            None => {
                let other = if self.is_virtio() { "virtio" } else { "scsi" };
                let name = free_target(other, &used).ok_or_else(|| Refused(tr("No name for another disk is free.")))?;
                (other.to_owned(), name)
            }
        };
        let driver = match self.hypervisor().as_str() {
            "kvm" | "qemu" | "hvf" | "nvmm" => format!("  <driver name='qemu' type='{}'/>\n", format_of(file)),
            _ => String::new(),
        };
        let file = escape_attribute(file, '\'');
        let xml = format!(
            "<disk type='file' device='disk'>\n{driver}  <source file='{file}'/>\n  <target dev='{name}' bus='{bus}'/>\n</disk>"
        );
        if bus == "scsi" {
            self.ensure_scsi_controller()?;
        }
        self.put_device(&xml)
    }

    /// Removes the disk with this target name.
    ///
    /// # Errors
    /// As [`Domain::disk`].
    pub fn remove_disk(&mut self, name: &str) -> Result<(), Refused> {
        let disk = self.disk(name)?;
        self.remove_device(disk)
    }

    /// Adds a disk or drive without a source: `device` and `bus` as libvirt names them, `kind` the kind of source that it is
    /// to get.
    ///
    /// # Errors
    /// Where no target name is free.
    pub fn add_drive(&mut self, device: &str, bus: &str, kind: &str, format: &str) -> Result<NodeId, Refused> {
        let used = self.targets();
        let name = free_target(bus, &used).ok_or_else(|| Refused(tr("No name for another disk is free.")))?;
        let discard = if device == "disk" { " discard='unmap'" } else { "" };
        let driver = match self.is_virtio() {
            true => format!("  <driver name='qemu' type='{format}'{discard}/>\n"),
            false => String::new(),
        };
        let readonly = if device == "cdrom" { "  <readonly/>\n" } else { "" };
        let xml = format!(
            "<disk type='{kind}' device='{device}'>\n{driver}  <target dev='{name}' bus='{bus}'/>\n{readonly}</disk>"
        );
        if bus == "scsi" {
            self.ensure_scsi_controller()?;
        }
        self.put_device(&xml)
    }

    /// Makes another kind of drive of a disk (`disk`, `cdrom`, `floppy`, `lun`). `buses` are those that the new kind can be
    /// on, best first: it moves where it has to.
    ///
    /// # Errors
    /// Where no target name is free.
    pub fn set_disk_device(&mut self, node: NodeId, kind: &str, buses: &[String]) -> Result<(), Refused> {
        let document = self.document_mut();
        let old = document.get(node, disk::DEVICE).unwrap_or_else(|| "disk".to_owned());
        if old == kind {
            return Ok(());
        }
        document.set(node, disk::DEVICE, Some(kind.to_owned()))?;
        if old == "cdrom" || kind == "cdrom" {
            document.set(node, disk::READONLY, Some(kind == "cdrom"))?;
        }
        document.set(node, disk::RAW_IO, None)?;
        document.set(node, disk::SG_IO, None)?;
        if !matches!(kind, "cdrom" | "floppy") {
            document.set(node, disk::TRAY, None)?;
        }
        if kind == "lun" {
            document.set(node, disk::FORMAT, Some("raw".to_owned()))?;
            let source = self.document().get(node, disk::TYPE).unwrap_or_default();
            if !matches!(source.as_str(), "block" | "network" | "volume") {
                self.set_disk_source(node, "block")?;
            }
        }
        let bus = self.document().get(node, disk::BUS);
        match buses.first() {
            Some(first) if !bus.is_some_and(|bus| buses.contains(&bus)) => self.set_disk_bus(node, first),
            _ => Ok(()),
        }
    }

    /// Puts a disk on another bus: with a free target name of that bus, and without the address that it had on the old one
    /// and what only that one has.
    ///
    /// # Errors
    /// Where no target name is free.
    pub fn set_disk_bus(&mut self, node: NodeId, bus: &str) -> Result<(), Refused> {
        if self.document().get(node, disk::BUS).as_deref() == Some(bus) {
            return Ok(());
        }
        let old = self.document().get(node, disk::TARGET).unwrap_or_default();
        let mut used = self.targets();
        used.remove(&old);
        let fits = old
            .strip_prefix(target::prefix(bus))
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase()));
        let name = match fits && !used.contains(&old) {
            true => old,
            false => free_target(bus, &used).ok_or_else(|| Refused(tr("No name for another disk is free.")))?,
        };
        let document = self.document_mut();
        document.set(node, disk::BUS, Some(bus.to_owned()))?;
        document.set(node, disk::TARGET, Some(name))?;
        if let Some(address) = document.child(node, "address") {
            document.remove(address);
        }
        for (field, buses) in OF_BUSES {
            if !buses.contains(&bus) {
                document.set(node, *field, None)?;
            }
        }
        if bus == "scsi" {
            self.ensure_scsi_controller()?;
        }
        Ok(())
    }

    /// Adds a virtio SCSI controller where there is no SCSI controller: libvirt would add one of a model that few guests
    /// have a driver for.
    ///
    /// # Errors
    /// Where the definition cannot hold it.
    pub fn ensure_scsi_controller(&mut self) -> Result<(), Refused> {
        let document = self.document();
        let is_scsi = |id| document.attribute(id, "type").as_deref() == Some("scsi");
        if !self.is_virtio() || self.devices_of(DeviceKind::Controller).any(is_scsi) {
            return Ok(());
        }
        self.put_device("<controller type='scsi' index='0' model='virtio-scsi'/>")
            .map(drop)
    }

    /// The bus of the first disk that is one, else what fits the hypervisor.
    #[must_use]
    pub fn usual_bus(&self) -> String {
        let document = self.document();
        let is_disk = |id: &NodeId| {
            let device = document.get(*id, disk::DEVICE).unwrap_or_else(|| "disk".to_owned());
            let bus = document.get(*id, disk::BUS);
            // A stick is no place for further disks.
            matches!(device.as_str(), "disk" | "lun") && !matches!(bus.as_deref(), None | Some("usb" | "sd" | "fdc"))
        };
        if let Some(bus) = self
            .devices_of(DeviceKind::Disk)
            .find(is_disk)
            .and_then(|id| document.get(id, disk::BUS))
        {
            return bus;
        }
        match self.hypervisor().as_str() {
            "xen" => "xen",
            "vmware" | "hyperv" => "scsi",
            "bhyve" | "vbox" | "parallels" | "vz" => "sata",
            _ => "virtio",
        }
        .to_owned()
    }

    pub(crate) fn is_virtio(&self) -> bool {
        matches!(self.hypervisor().as_str(), "kvm" | "qemu" | "hvf" | "nvmm")
    }

    /// Refuses a new disk whose target name is taken.
    pub(super) fn check_new_disk(&self, fragment: &Document) -> Result<(), Refused> {
        match fragment.get(fragment.root(), disk::TARGET) {
            Some(name) if self.targets().contains(&name) => {
                Err(Refused(tr_f("There is a disk {target} already.", &[("target", &name)])))
            }
            Some(name) if !name.is_empty() => Ok(()),
            _ => Err(Refused(tr("The disk has no target: <target dev='…'/> is missing."))),
        }
    }
}

impl Domain {
    /// Gives a disk the format that the name of its image tells, where it tells one. The image itself is not asked: what it
    /// holds may be the guest's own making.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn follow_name(&mut self, node: NodeId, file: &str) -> Result<(), Refused> {
        let told = format_of(file);
        let name = file.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let is_plain = [".img", ".raw", ".iso"].iter().any(|ending| name.ends_with(ending));
        let old = self.document().get(node, disk::FORMAT);
        // A definition that says no format leaves it to the hypervisor.
        if old.is_none() || (told == "raw" && !is_plain) {
            return Ok(());
        }
        self.document_mut().set(node, disk::FORMAT, Some(told.to_owned()))
    }
}

/// The image format that a file's name tells; `raw` otherwise.
pub(super) fn format_of(file: &str) -> &'static str {
    let ending = file
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "qcow2" => "qcow2",
        "qcow" => "qcow",
        "qed" => "qed",
        "vmdk" => "vmdk",
        "vdi" => "vdi",
        "vhd" | "vpc" => "vpc",
        "vhdx" => "vhdx",
        _ => "raw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_follows_the_name_of_the_image_where_it_tells_one() {
        for (old, file, new) in [
            ("raw", "/a.qcow2", "qcow2"),
            ("qcow2", "/a.img", "raw"),
            ("qcow2", "/a", "qcow2"),
            ("qcow2", "/dev/vg/system", "qcow2"),
        ] {
            let (mut domain, node) = machine(&format!("<disk><driver type='{old}'/></disk>"));
            domain.follow_name(node, file).expect("possible");
            assert_eq!(
                domain.document().get(node, disk::FORMAT).as_deref(),
                Some(new),
                "{file}"
            );
        }
        let (mut domain, node) = machine("<disk/>");
        domain.follow_name(node, "/a.qcow2").expect("possible");
        assert_eq!(domain.document().source(node), "<disk/>");
    }

    fn machine(disk: &str) -> (Domain, NodeId) {
        let text = format!("<domain type='kvm'><devices>{disk}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Disk).next().expect("a disk");
        (domain, node)
    }

    #[test]
    fn another_bus_drops_what_only_the_old_one_has() {
        let (mut domain, disk) = machine(
            "<disk type='file' model='virtio-transitional'><driver name='qemu' queues='4' iothread='1' cache='none'/>\
             <source file='/a'/><target dev='vda' bus='virtio'/><serial>S</serial><boot order='1'/></disk>",
        );
        domain.set_disk_bus(disk, "sata").expect("possible");
        assert_eq!(
            domain.document().source(disk),
            "<disk type='file'><driver name='qemu' cache='none'/><source file='/a'/><target dev='sda' bus='sata'/>\
             <serial>S</serial><boot order='1'/></disk>"
        );
    }

    #[test]
    fn a_disk_becomes_a_drive_on_a_bus_that_drives_can_be_on() {
        let (mut domain, disk) =
            machine("<disk type='file' device='disk'><source file='/a.iso'/><target dev='vda' bus='virtio'/></disk>");
        let buses = ["sata".to_owned(), "scsi".to_owned()];
        domain.set_disk_device(disk, "cdrom", &buses).expect("possible");
        assert_eq!(
            domain.document().source(disk),
            "<disk type='file' device='cdrom'><source file='/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>"
        );
        domain.set_disk_device(disk, "disk", &buses).expect("possible");
        assert_eq!(
            domain.document().source(disk),
            "<disk type='file' device='disk'><source file='/a.iso'/><target dev='sda' bus='sata'/></disk>"
        );
    }

    #[test]
    fn a_unit_of_the_host_is_a_raw_block_device() {
        let (mut domain, disk) = machine(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a'/><target dev='sda' bus='sata'/></disk>",
        );
        domain
            .set_disk_device(disk, "lun", &["scsi".to_owned()])
            .expect("possible");
        assert_eq!(
            domain.document().source(disk),
            "<disk type='block' device='lun'><driver name='qemu' type='raw'/><target dev='sda' bus='scsi'/></disk>"
        );
        assert_eq!(domain.devices_of(DeviceKind::Controller).count(), 1);
    }
}
