//! The order of boot devices: a number on each device, or the older list of classes in `<os>`. libvirt takes one of both.

use super::fields::{disk, interface};
use super::{DeviceKind, Domain};
use crate::i18n::{tr, tr_f};
use crate::model::xml::{NodeId, Place, Refused};

/// Classes of the older list.
const CLASSES: &[&str] = &["fd", "hd", "cdrom", "network"];

/// Kinds of devices that can carry a number.
const BOOTABLE: &[DeviceKind] = &[
    DeviceKind::Disk,
    DeviceKind::Interface,
    DeviceKind::Hostdev,
    DeviceKind::Redirdev,
];

impl Domain {
    /// The devices with a number, in the order of booting.
    #[must_use]
    pub fn boot_devices(&self) -> Vec<NodeId> {
        let document = self.document();
        let order = |node| {
            let boot = document.child(node, "boot")?;
            let order: u64 = document.attribute(boot, "order")?.trim().parse().ok()?;
            Some((order, node))
        };
        let mut found: Vec<_> = self.bootable().into_iter().filter_map(order).collect();
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, node)| node).collect()
    }

    /// The classes of the older list (`hd`, `cdrom`, `network`, `fd`).
    #[must_use]
    pub fn boot_classes(&self) -> Vec<String> {
        let document = self.document();
        let Some(os) = self.child("os") else { return Vec::new() };
        let classes = document
            .children_named(os, "boot")
            .filter_map(|id| document.attribute(id, "dev"));
        classes.map(std::borrow::Cow::into_owned).collect()
    }

    /// Sets the order. Each entry is a class (`hd`, `cdrom`, `network`, `fd`), the target name of a disk, or the hardware
    /// address of an interface. The form that the definition has is kept; numbers on devices come where a device is named.
    /// There a class means the first device of it, as it does to QEMU.
    ///
    /// # Errors
    /// Where an entry names nothing or comes twice, or the machine does not boot from devices.
    pub fn set_boot(&mut self, entries: &[String]) -> Result<(), Refused> {
        if entries.is_empty() {
            return Err(Refused(tr("The boot order is empty.")));
        }
        if let Some(twice) = entries
            .iter()
            .enumerate()
            .find(|(at, entry)| entries[..*at].contains(entry))
        {
            return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", twice.1)])));
        }
        self.check_boots_from_devices()?;
        let all_classes = entries.iter().all(|entry| CLASSES.contains(&entry.as_str()));
        let has_numbers = self
            .bootable()
            .iter()
            .any(|id| self.document().child(*id, "boot").is_some());
        if all_classes && !has_numbers {
            return self.set_boot_classes(entries);
        }
        let mut devices = Vec::new();
        for entry in entries {
            let device = self.boot_device(entry)?;
            if devices.contains(&device) {
                return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", entry)])));
            }
            devices.push(device);
        }
        self.set_boot_devices(&devices)
    }

    /// Gives these devices, and no others, numbers in this order. The older list goes.
    ///
    /// # Errors
    /// Where XML cannot hold it.
    pub fn set_boot_devices(&mut self, devices: &[NodeId]) -> Result<(), Refused> {
        for device in self.bootable() {
            if let Some(boot) = self.document().child(device, "boot")
                && !devices.contains(&device)
            {
                self.document_mut().remove(boot);
            }
        }
        for (at, device) in devices.iter().enumerate() {
            let order = (at + 1).to_string();
            let document = self.document_mut();
            match document.child(*device, "boot") {
                Some(boot) => document.set_attribute(boot, "order", &order)?,
                None => drop(document.insert_ordered(*device, &format!("<boot order='{order}'/>"))?),
            }
        }
        let Some(os) = self.child("os") else { return Ok(()) };
        while let Some(boot) = self.document().child(os, "boot") {
            self.document_mut().remove(boot);
        }
        Ok(())
    }

    fn set_boot_classes(&mut self, classes: &[String]) -> Result<(), Refused> {
        let os = self.ensure("os")?;
        let document = self.document_mut();
        let known: Vec<_> = document.children_named(os, "boot").collect();
        for (at, class) in classes.iter().enumerate() {
            match known.get(at) {
                Some(boot) => document.set_attribute(*boot, "dev", class)?,
                None => {
                    let xml = format!("<boot dev='{class}'/>");
                    let last = document.children_named(os, "boot").last();
                    match last {
                        Some(last) => drop(document.insert(os, Place::After(last), &xml)?),
                        None => drop(document.insert_ordered(os, &xml)?),
                    }
                }
            }
        }
        for boot in known.into_iter().skip(classes.len()) {
            document.remove(boot);
        }
        Ok(())
    }

    fn bootable(&self) -> Vec<NodeId> {
        self.devices()
            .filter(|device| BOOTABLE.contains(&device.kind))
            .map(|device| device.node)
            .collect()
    }

    fn boot_device(&self, entry: &str) -> Result<NodeId, Refused> {
        let document = self.document();
        let device_of = |id: &NodeId| document.get(*id, disk::DEVICE).unwrap_or_else(|| "disk".to_owned());
        let disk = |device: &'static str| self.devices_of(DeviceKind::Disk).find(|id| device_of(id) == device);
        let found = match entry {
            "hd" => disk("disk").or_else(|| disk("lun")),
            "cdrom" => disk("cdrom"),
            "fd" => disk("floppy"),
            "network" => self.devices_of(DeviceKind::Interface).next(),
            _ => {
                let disk = self
                    .devices_of(DeviceKind::Disk)
                    .find(|id| document.get(*id, disk::TARGET).as_deref() == Some(entry));
                let mac = super::nic::normal_mac(entry);
                let nic = self.devices_of(DeviceKind::Interface).find(|id| {
                    mac.is_some()
                        && document
                            .get(*id, interface::MAC)
                            .and_then(|own| super::nic::normal_mac(&own))
                            == mac
                });
                disk.or(nic)
            }
        };
        found.ok_or_else(|| Refused(tr_f("There is no device “{entry}” to boot from.", &[("entry", entry)])))
    }

    fn check_boots_from_devices(&self) -> Result<(), Refused> {
        let kind = self.child("os").and_then(|os| self.document().value(os, "type"));
        match kind.as_deref() {
            None | Some("hvm") => {}
            Some("exe") => return Err(Refused(tr("A container does not boot from devices."))),
            Some(_) => return Err(Refused(tr("A paravirtual machine does not boot from devices."))),
        }
        if self.child("bootloader").is_some() {
            return Err(Refused(tr(
                "A boot loader of the host starts this machine: it does not boot from devices.",
            )));
        }
        Ok(())
    }
}
