//! The description of a machine in OVF (DMTF DSP0243), as VMware and VirtualBox write it.

use super::left_out::Extras;
use super::{Appliance, ApplianceDisk, Foreign, is_plain_name};
use crate::i18n::{tr, tr_f};
use crate::model::xml::{Document, NodeId};

/// Largest description.
const LARGEST: usize = 4 * 1024 * 1024;
/// Most disks of a machine.
const DISKS: usize = 64;
/// Numbers of CIM resource types.
const PROCESSOR: u64 = 3;
const MEMORY: u64 = 4;
const OTHER: u64 = 1;
const NETWORK: u64 = 10;
const FLOPPY: u64 = 14;
const CD: u64 = 15;
const DVD: u64 = 16;
const DISK: u64 = 17;
const SERIAL: u64 = 21;
const PARALLEL: u64 = 22;
const USB: u64 = 23;
/// VirtualBox's number.
const SOUND: u64 = 35;

/// Reads a description. Sizes of files and formats of images are not looked at.
///
/// # Errors
/// A whole sentence, translated.
pub fn read(text: &str) -> Result<Appliance, String> {
    if text.len() > LARGEST {
        return Err(tr("The description of the machine is too long."));
    }
    let reader = Reader(Document::parse(text).map_err(|error| {
        tr_f(
            "The description of the machine can’t be read: {reason}",
            &[("reason", &error.to_string())],
        )
    })?);
    reader.machine()
}

struct Reader(Document);

impl Reader {
    /// Elements with a local name, in whatever name space and depth.
    fn all(&self, from: NodeId, name: &str) -> Vec<NodeId> {
        let mut found = self.0.descendants(from);
        found.retain(|id| self.0.local_name(*id) == name);
        found
    }

    fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        self.0.children(parent).find(|id| self.0.local_name(*id) == name)
    }

    fn text(&self, parent: NodeId, name: &str) -> Option<String> {
        let text = self.0.text(self.child(parent, name)?).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn number(&self, parent: NodeId, name: &str) -> Option<u64> {
        self.text(parent, name)?.parse().ok()
    }

    /// An attribute in whatever name space.
    fn attribute(&self, id: NodeId, name: &str) -> Option<String> {
        let mut all = self.0.attributes(id);
        let local = |full: &str| full.rsplit(':').next() == Some(name);
        all.find(|(full, _)| local(full)).map(|(_, value)| value.into_owned())
    }

    fn machine(&self) -> Result<Appliance, String> {
        let root = self.0.root();
        if self.0.local_name(root) != "Envelope" {
            return Err(tr("This is not the description of a machine."));
        }
        let systems = self.all(root, "VirtualSystem");
        let [system] = systems[..] else {
            return Err(tr(
                "The file holds several machines or none. Only one at a time can be imported.",
            ));
        };
        let mut found = Appliance {
            name: self
                .text(system, "Name")
                .or_else(|| self.attribute(system, "id"))
                .unwrap_or_default(),
            description: self
                .child(system, "AnnotationSection")
                .and_then(|section| self.text(section, "Annotation"))
                .unwrap_or_default(),
            os: self.system_name(system),
            efi: self.is_efi(system),
            ..Appliance::default()
        };
        let hardware = self
            .child(system, "VirtualHardwareSection")
            .ok_or_else(|| tr("The description of the machine has no hardware."))?;
        self.hardware(hardware, &mut found)?;
        found.foreign = self.foreign(system, hardware);
        let extras = self.extras(system, hardware);
        found.left_out = extras.sentences();
        Ok(found)
    }

    fn system_name(&self, system: NodeId) -> Option<String> {
        let section = self.child(system, "OperatingSystemSection")?;
        self.text(section, "Description")
            .or_else(|| self.attribute(section, "osType"))
    }

    fn is_efi(&self, system: NodeId) -> bool {
        let vmware = self.all(system, "Config").into_iter().any(|id| {
            self.attribute(id, "key").as_deref() == Some("firmware")
                && self
                    .attribute(id, "value")
                    .is_some_and(|value| value.eq_ignore_ascii_case("efi"))
        });
        let virtualbox = self.all(system, "Firmware").into_iter().any(|id| {
            self.attribute(id, "type")
                .is_some_and(|kind| kind.to_ascii_uppercase().starts_with("EFI"))
        });
        vmware || virtualbox
    }

    fn foreign(&self, system: NodeId, hardware: NodeId) -> Option<Foreign> {
        let section = self.child(system, "OperatingSystemSection");
        let told = section.into_iter().flat_map(|section| {
            let kind = self.attribute(section, "osType");
            [kind, self.text(section, "Description")].into_iter().flatten()
        });
        let mut told = told.map(|text| text.to_ascii_lowercase());
        // `winNetEnterpriseGuest`, `windows9_64Guest`, `Microsoft Windows 10 (64-bit)`; no `darwin`.
        if told.any(|text| text.starts_with("win") || text.contains("windows")) {
            return Some(Foreign::Windows);
        }
        let kind = self
            .child(hardware, "System")
            .and_then(|id| self.text(id, "VirtualSystemType"));
        kind.is_some_and(|kind| kind.split_whitespace().any(|one| one.starts_with("vmx-")))
            .then_some(Foreign::Vmware)
    }

    fn extras(&self, system: NodeId, hardware: NodeId) -> Extras {
        let mut extras = Extras {
            snapshots: !self.all(system, "Snapshot").is_empty(),
            tpm: self.all(system, "TrustedPlatformModule").into_iter().any(|id| {
                self.attribute(id, "type")
                    .is_some_and(|kind| !kind.eq_ignore_ascii_case("none"))
            }),
            ..Extras::default()
        };
        for item in self.0.children(hardware) {
            let subtype = self
                .text(item, "ResourceSubType")
                .unwrap_or_default()
                .to_ascii_lowercase();
            match self.number(item, "ResourceType") {
                Some(NETWORK) => extras.nics += 1,
                Some(FLOPPY | CD | DVD) => extras.drives = true,
                Some(SERIAL | PARALLEL) => extras.ports = true,
                Some(USB) => extras.usb = true,
                Some(SOUND) => extras.sound = true,
                Some(OTHER) => {
                    extras.sound |= subtype.contains("soundcard");
                    extras.usb |= subtype.contains("usb");
                    extras.tpm |= subtype.contains("tpm");
                }
                _ => {}
            }
        }
        extras
    }

    fn hardware(&self, section: NodeId, found: &mut Appliance) -> Result<(), String> {
        let mut nics = 0;
        for item in self.0.children(section) {
            if !matches!(self.0.local_name(item), "Item" | "StorageItem" | "EthernetPortItem") {
                continue;
            }
            let count = self.number(item, "VirtualQuantity");
            match self.number(item, "ResourceType") {
                Some(PROCESSOR) => {
                    found.cpus = count
                        .and_then(|count| u32::try_from(count).ok())
                        .filter(|count| (1..=4096).contains(count))
                }
                Some(MEMORY) => {
                    let unit = self
                        .text(item, "AllocationUnits")
                        .unwrap_or_else(|| "byte * 2^20".into());
                    found.memory = count
                        .and_then(|count| bytes(count, &unit))
                        .filter(|bytes| *bytes < 1 << 50);
                }
                Some(NETWORK) => nics += 1,
                Some(DISK) => found.disks.push(self.disk(item)?),
                _ => {}
            }
            if found.disks.len() > DISKS {
                return Err(tr("The machine has too many disks."));
            }
        }
        found.nics = Some(nics);
        Ok(())
    }

    /// The disk that an item of the hardware refers to: `ovf:/disk/vmdisk1`, `ovf:/file/file1`.
    fn disk(&self, item: NodeId) -> Result<ApplianceDisk, String> {
        let missing = || tr("The description of the machine names a disk that it does not describe.");
        let resource = self.text(item, "HostResource").ok_or_else(missing)?;
        let (kind, id) = resource
            .trim_start_matches("ovf:")
            .trim_start_matches('/')
            .split_once('/')
            .ok_or_else(missing)?;
        let named = |element: &str, key: &str, id: &str| {
            let mut all = self.all(self.0.root(), element).into_iter();
            all.find(|node| self.attribute(*node, key).as_deref() == Some(id))
        };
        let disk = (kind == "disk").then(|| named("Disk", "diskId", id)).flatten();
        let file = match disk {
            Some(disk) => self.attribute(disk, "fileRef").ok_or_else(missing)?,
            None => id.to_owned(),
        };
        let file = named("File", "id", &file).ok_or_else(missing)?;
        let name = self.attribute(file, "href").ok_or_else(missing)?;
        if !is_plain_name(&name) {
            return Err(tr_f(
                "The description of the machine names a file elsewhere: {name}",
                &[("name", &name)],
            ));
        }
        if disk.is_some_and(|disk| self.attribute(disk, "parentRef").is_some()) {
            return Err(tr(
                "A disk of the machine builds on another one. Export it without snapshots.",
            ));
        }
        let capacity = disk.and_then(|disk| {
            let unit = self
                .attribute(disk, "capacityAllocationUnits")
                .unwrap_or_else(|| "byte".into());
            bytes(self.attribute(disk, "capacity")?.parse().ok()?, &unit)
        });
        Ok(ApplianceDisk {
            file: name,
            capacity,
            ..ApplianceDisk::default()
        })
    }
}

/// A number in a unit of OVF, in bytes: `byte * 2^20`, `MegaBytes`.
fn bytes(count: u64, unit: &str) -> Option<u64> {
    let unit: String = unit.to_ascii_lowercase().split_whitespace().collect();
    let factor = match unit.as_str() {
        "" | "byte" | "bytes" => 1,
        "kilobytes" | "kb" => 1 << 10,
        "megabytes" | "mb" => 1 << 20,
        "gigabytes" | "gb" => 1 << 30,
        power => {
            let power: u32 = power.strip_prefix("byte*2^")?.parse().ok()?;
            1_u64.checked_shl(power)?
        }
    };
    count.checked_mul(factor)
}
