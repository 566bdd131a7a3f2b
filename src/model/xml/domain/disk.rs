//! Disks: new ones, removed ones, and the bus that they hang on.

use std::collections::HashSet;

use super::fields::disk;
use super::{DeviceKind, Domain, free_target, target};
use crate::i18n::{tr, tr_f};
use crate::model::xml::scan::escape_attribute;
use crate::model::xml::{Document, NodeId, Refused};

impl Domain {
    /// All target names of disks.
    #[must_use]
    pub fn targets(&self) -> HashSet<String> {
        self.devices_of(DeviceKind::Disk)
            .filter_map(|disk| self.document().get(disk, disk::TARGET))
            .collect()
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

    /// Puts a disk on another bus: with a free target name of that bus, and without the address that it had on the old one.
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
        if bus == "scsi" {
            self.ensure_scsi_controller()?;
        }
        Ok(())
    }

    /// Adds a virtio SCSI controller where there is no SCSI controller: libvirt would add one of a model that few guests
    /// have a driver for.
    fn ensure_scsi_controller(&mut self) -> Result<(), Refused> {
        let document = self.document();
        let is_scsi = |id| document.attribute(id, "type").as_deref() == Some("scsi");
        if !self.is_virtio() || self.devices_of(DeviceKind::Controller).any(is_scsi) {
            return Ok(());
        }
        self.put_device("<controller type='scsi' index='0' model='virtio-scsi'/>")
            .map(drop)
    }

    /// The bus of the first disk that is one, else what fits the hypervisor.
    fn usual_bus(&self) -> String {
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

    pub(super) fn is_virtio(&self) -> bool {
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

/// The image format that a file's name tells; `raw` otherwise.
fn format_of(file: &str) -> &'static str {
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
