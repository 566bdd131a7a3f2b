//! virt-v2v, which gives a guest the drivers for its new devices: what it is told, and what it tells.

use std::ffi::OsString;
use std::path::Path;

use super::left_out::of_bundle;
use super::trust::sift;
use super::{Appliance, ApplianceDisk, ImageFormat};
use crate::i18n::tr;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, Domain};

/// Name under which virt-v2v leaves its files: what the machine is called may be no name of a file.
const NAME: &str = "machine";

/// What converts the disks of a machine from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Converter {
    /// `qemu-img`: the disks get another format, what is on them stays as it is.
    #[default]
    QemuImg,
    /// `virt-v2v`: the guest also gets drivers for the devices that it will have.
    VirtV2v,
}

/// A run of virt-v2v.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct V2v<'a> {
    /// What it reads: an OVA, the folder of an OVF, or one disk.
    pub from: &'a Path,
    /// The format of that disk; `None` for an OVA or OVF.
    pub disk: Option<ImageFormat>,
    /// Folder for what it makes.
    pub to: &'a Path,
    /// Format of the disks that it makes.
    pub format: &'a str,
}

impl V2v<'_> {
    /// What it is told. Paths are whole ones, so none is taken for an option.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let input = if self.disk.is_some() { "disk" } else { "ova" };
        let mut all: Vec<OsString> = vec!["--machine-readable".into(), "-i".into(), input.into()];
        if let Some(format) = self.disk {
            all.extend(["-if".into(), format.driver().into()]);
        }
        let plain = ["-o", "local", "-of", self.format, "-on", NAME, "-os"];
        all.extend(plain.map(OsString::from));
        all.extend([self.to.into(), self.from.into()]);
        all
    }

    /// Name of the definition that it leaves.
    #[must_use]
    pub fn definition() -> String {
        format!("{NAME}.xml")
    }

    /// How far it is, from a line of what it prints: done and total.
    #[must_use]
    pub fn progress(line: &str) -> Option<(u64, u64)> {
        let (done, total) = line.split_once('/')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u64>().ok()).flatten()
        };
        Some((number(done)?, number(total)?))
    }

    /// What it does now, from a line of what it prints: `[  12.3] Converting the guest`.
    #[must_use]
    pub fn stage(line: &str) -> Option<String> {
        let (_, rest) = line.strip_prefix('[')?.split_once(']')?;
        let text: String = rest.chars().filter(|letter| !letter.is_control()).take(100).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Why it failed, from what it said, without what is for its makers.
    #[must_use]
    pub fn reason(words: &str) -> &str {
        let begin = words.find("virt-v2v: error:").unwrap_or(0);
        let words = &words[begin..];
        let end = words.find("If reporting bugs").unwrap_or(words.len());
        words[..end].trim()
    }

    /// The machine that it made, with the names of its files, in the order of its disks.
    ///
    /// # Errors
    /// A whole sentence, translated.
    pub fn made(&self, definition: &str, original: &Appliance) -> Result<Appliance, String> {
        let broken = || tr("virt-v2v left something that can’t be read.");
        let mut domain = Domain::parse(definition).map_err(|_| broken())?;
        let mut disks = Vec::new();
        for node in domain.devices_of(DeviceKind::Disk) {
            let document = domain.document();
            let device = document.get(node, disk::DEVICE);
            if device.is_some_and(|device| device != "disk") {
                continue;
            }
            let path = document.get(node, disk::SOURCE_FILE).ok_or_else(broken)?;
            let name = Path::new(&path).file_name().and_then(|name| name.to_str());
            let name = name.filter(|name| name.starts_with(NAME)).ok_or_else(broken)?;
            let old = original.disks.get(disks.len());
            disks.push(ApplianceDisk {
                file: name.to_owned(),
                format: ImageFormat::named(self.format).unwrap_or_default(),
                capacity: old.and_then(|disk| disk.capacity),
                target: document.get(node, disk::TARGET),
                ..ApplianceDisk::default()
            });
        }
        if disks.len() != original.disks.len() {
            return Err(broken());
        }
        let sifted = sift(&mut domain).map_err(|refused| refused.0)?;
        Ok(Appliance {
            left_out: of_bundle(&domain, &sifted),
            definition: Some(domain.into_document().to_string()),
            disks,
            ..original.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virt_v2v_is_told_whole_paths_and_read_line_by_line() {
        let mut v2v = V2v {
            from: Path::new("/in/-x.ova"),
            disk: None,
            to: Path::new("/out"),
            format: "qcow2",
        };
        let words = |v2v: V2v<'_>| {
            let all: Vec<String> = v2v
                .arguments()
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect();
            all.join(" ")
        };
        assert_eq!(
            words(v2v),
            "--machine-readable -i ova -o local -of qcow2 -on machine -os /out /in/-x.ova"
        );
        v2v.disk = Some(ImageFormat::Vmdk);
        assert!(words(v2v).starts_with("--machine-readable -i disk -if vmdk -o local"));
        assert_eq!(V2v::progress("12/100"), Some((12, 100)));
        for line in [
            "[  3.1] 1/2",
            "1/2 done",
            "/",
            "-1/2",
            "1/",
            "99999999999999999999999/1",
        ] {
            assert_eq!(V2v::progress(line), None, "{line}");
        }
        assert_eq!(
            V2v::stage("[   0.0] Opening the source").as_deref(),
            Some("Opening the source")
        );
        assert_eq!(V2v::stage("Opening"), None);
        let said = "warning: x\nvirt-v2v: error: no root device found\n\nIf reporting bugs, run virt-v2v with debugging enabled";
        assert_eq!(V2v::reason(said), "virt-v2v: error: no root device found");
        assert_eq!(V2v::reason("killed"), "killed");
        let one = Appliance {
            disks: vec![ApplianceDisk::default()],
            ..Appliance::default()
        };
        let xml = |file: &str| {
            format!(
                "<domain type='kvm'><name>machine</name><devices><emulator>/evil</emulator><disk type='file' device='disk'><source file='{file}'/><target dev='vda' bus='virtio'/></disk>\
            <disk type='file' device='cdrom'><target dev='sda'/></disk></devices></domain>"
            )
        };
        let made = v2v.made(&xml("/out/machine-sda"), &one).unwrap();
        assert_eq!(
            (made.disks[0].file.as_str(), made.disks[0].target.as_deref()),
            ("machine-sda", Some("vda"))
        );
        assert!(!made.definition.unwrap().contains("evil"));
        assert!(v2v.made(&xml("/etc/shadow"), &one).is_err());
        assert!(
            v2v.made(&xml("/out/machine-sda"), &Appliance::default()).is_err(),
            "another number of disks"
        );
        assert!(v2v.made("<domain", &one).is_err());
    }
}
