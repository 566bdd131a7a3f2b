//! Machines that come from elsewhere, or go there: what a file offers, what becomes of it here, and the bundle that an export
//! makes. Pure; carried out by `virt::conversion`. What a file says is a stranger's word: it is read within bounds, and what
//! would lead out of the file is refused.

mod bundle;
mod definition;
mod image;
mod left_out;
mod ovf;
mod plan;
mod trust;
mod v2v;

pub use bundle::{Bundle, BundleDisk, BundleFile, MANIFEST};
pub use definition::not_here;
pub use image::{Compression, HEAD, ImageFormat, danger, danger_above};
pub use left_out::{drivers, of_export};
pub use ovf::read as read_ovf;
pub use plan::{ImportWish, name, plan, pool, room, volumes, without_settings};
pub use trust::outside;
pub use v2v::{Converter, V2v};

use crate::model::storage::VolumeRef;

/// What a file offers: a machine of another program, a bundle, or only a disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appliance {
    /// Name that it has there; for a disk, that of the file.
    pub name: String,
    /// What is said about it.
    pub description: String,
    /// Processors.
    pub cpus: Option<u32>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// It starts with UEFI.
    pub efi: bool,
    /// What it says of its operating system: `Debian GNU/Linux 11 (64-bit)`.
    pub os: Option<String>,
    /// Its disks.
    pub disks: Vec<ApplianceDisk>,
    /// How many network cards it has; `None` where nothing is told.
    pub nics: Option<usize>,
    /// The settings of its firmware, where they come along: plain bytes.
    pub firmware: Option<ApplianceDisk>,
    /// The definition, where it comes from libvirt.
    pub definition: Option<String>,
    /// Why it may lack drivers here.
    pub foreign: Option<Foreign>,
    /// What of it is left out here, each a whole sentence, translated.
    pub left_out: Vec<String>,
}

impl Appliance {
    /// All that has to be brought to the host: its disks, then the settings of its firmware.
    pub fn parts(&self) -> impl Iterator<Item = &ApplianceDisk> {
        self.disks.iter().chain(&self.firmware)
    }
}

/// A guest that may not know the devices that it gets here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It is Windows, which has no virtio drivers.
    Windows,
    /// It comes from VMware, whose devices it was installed for.
    Vmware,
}

/// A disk of an appliance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplianceDisk {
    /// Name of its file.
    pub file: String,
    /// What it is, by its first bytes.
    pub format: ImageFormat,
    /// How its file is packed.
    pub compression: Option<Compression>,
    /// Bytes of its file.
    pub size: u64,
    /// Size that the guest sees in bytes, where it is told.
    pub capacity: Option<u64>,
    /// The disk that it is in the definition of a bundle: `vda`.
    pub target: Option<String>,
    /// SHA-256 of its file in hexadecimal digits, where it is told.
    pub sha256: Option<String>,
}

/// What a bundle of a machine would hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportPlan {
    /// Its disks by their targets.
    pub disks: Vec<(String, VolumeRef)>,
    /// Path of the settings of its firmware on the host, where they can be read.
    pub firmware: Option<String>,
    /// What is left out, each a whole sentence, translated.
    pub left_out: Vec<String>,
}

/// Whether a name may be that of a file of an appliance: one part, nothing hidden, nothing that leads elsewhere.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.starts_with('.')
        && !name.starts_with('-')
        && !name.contains(['/', '\\', '\0', ':'])
        && !name.chars().any(char::is_control)
}

/// The name of a machine as that of the folder that it is exported to.
#[must_use]
pub fn folder_name(machine: &str) -> String {
    let plain = |letter: char| {
        if letter == '/' || letter.is_control() {
            '-'
        } else {
            letter
        }
    };
    let name: String = machine.chars().map(plain).collect();
    match name.trim_start_matches('.') {
        "" => "machine".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
