//! What an export makes: a folder with the definition of a machine, its disks, and a list of both with their sums.

use serde::{Deserialize, Serialize};

use super::trust::sift;
use super::{Appliance, ApplianceDisk, ImageFormat, is_plain_name, left_out};
use crate::i18n::{tr, tr_f};
use crate::model::xml::domain::Domain;

/// Name of the list.
pub const MANIFEST: &str = "machine.json";
/// The version that is written.
const VERSION: u32 = 1;

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bundle {
    /// Version of this format.
    pub version: u32,
    /// Name of the machine.
    pub name: String,
    /// File with the definition, and its SHA-256.
    pub definition: String,
    /// As `definition`.
    pub definition_sha256: String,
    /// Its disks.
    pub disks: Vec<BundleDisk>,
    /// The settings of its firmware, such as its boot entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<BundleFile>,
}

/// A file of a bundle that is taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleFile {
    /// Its name.
    pub file: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// A disk of a bundle; all are qcow2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BundleDisk {
    /// The disk in the definition: `vda`.
    pub target: String,
    /// Its file.
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// Size that the guest sees, in bytes.
    pub capacity: u64,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
}

impl Bundle {
    /// A list to be filled.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            definition: "machine.xml".to_owned(),
            definition_sha256: String::new(),
            disks: Vec::new(),
            firmware: None,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// A whole sentence, translated.
    pub fn read(text: &str) -> Result<Self, String> {
        let bundle: Self = serde_json::from_str(text).map_err(|error| {
            tr_f(
                "The list of the bundle can’t be read: {reason}",
                &[("reason", &error.to_string())],
            )
        })?;
        if bundle.version != VERSION {
            return Err(tr("The bundle was made by a newer version."));
        }
        let firmware = bundle.firmware.iter().map(|file| &file.file);
        let disks = bundle.disks.iter().map(|disk| &disk.file);
        let names = || disks.clone().chain(firmware.clone()).chain([&bundle.definition]);
        if let Some(name) = names().find(|name| !is_plain_name(name)) {
            return Err(tr_f(
                "The list of the bundle names a file elsewhere: {name}",
                &[("name", name)],
            ));
        }
        Ok(bundle)
    }

    /// What it offers, with the definition, whose sum is checked by whoever reads it.
    ///
    /// # Errors
    /// A whole sentence, translated.
    pub fn appliance(&self, definition: &str) -> Result<Appliance, String> {
        let mut domain = Domain::parse(definition).map_err(|error| {
            tr_f(
                "The definition of the bundle can’t be read: {reason}",
                &[("reason", &error.to_string())],
            )
        })?;
        let mut sifted = sift(&mut domain).map_err(|refused| refused.0)?;
        if self.firmware.is_some() {
            sifted.gone.retain(|name| name != "nvram");
        }
        let targets = domain.targets();
        if let Some(disk) = self.disks.iter().find(|disk| !targets.contains(&disk.target)) {
            return Err(tr_f(
                "The definition of the bundle has no disk {name}.",
                &[("name", &disk.target)],
            ));
        }
        Ok(Appliance {
            name: self.name.clone(),
            memory: domain.memory_kib().and_then(|kib| kib.checked_mul(1024)),
            disks: self
                .disks
                .iter()
                .map(|disk| ApplianceDisk {
                    file: disk.file.clone(),
                    format: ImageFormat::Qcow2,
                    size: disk.size,
                    capacity: Some(disk.capacity),
                    target: Some(disk.target.clone()),
                    sha256: Some(disk.sha256.clone()),
                    compression: None,
                })
                .collect(),
            left_out: left_out::of_bundle(&domain, &sifted),
            firmware: self.firmware.as_ref().map(|file| ApplianceDisk {
                file: file.file.clone(),
                size: file.size,
                capacity: Some(file.size),
                sha256: Some(file.sha256.clone()),
                ..ApplianceDisk::default()
            }),
            cpus: u32::try_from(domain.max_vcpus()).ok(),
            definition: Some(domain.into_document().to_string()),
            ..Appliance::default()
        })
    }
}
