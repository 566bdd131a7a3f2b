//! What is left to do when a guest is installed: kept in the definition until it is done, because nobody may be watching.

use uuid::Uuid;

use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::general;
use crate::model::xml::{Refused, escape};

/// Namespace of the note in a definition.
pub const NAMESPACE: &str = "https://vireo-vm.github.io/ns/installation/1";
/// Its prefix.
pub const PREFIX: &str = "vireo-installation";
/// No guest restarts twice within so many seconds.
const ONE_RESTART: u64 = 20;
/// `VIR_DOMAIN_SHUTOFF_UNKNOWN`, which is all that a daemon knows after a restart, and `VIR_DOMAIN_SHUTOFF_SHUTDOWN`.
const ENDED: [i32; 2] = [0, 1];

/// What is left to do when the guest is installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installation {
    /// The machine that it is about; `None` until that has an identity. A note that came with a definition from elsewhere, or with
    /// a copy, names another one and counts for nothing.
    pub machine: Option<Uuid>,
    /// Restarts of the guest during which media stay in (Windows restarts while it installs).
    pub restarts: u32,
    /// Restarts so far after which the guest went on from its disk.
    pub seen: u32,
    /// When the last of them was counted, in seconds since 1970: several clients may watch a machine, and count it once.
    pub at: u64,
    /// Drives that are emptied, by their targets: `sda`. What is no drive for media stays as it is.
    pub media: Vec<String>,
    /// Volumes that are deleted: pool and name.
    pub files: Vec<(String, String)>,
    /// The first restart of the guest ends it, since it ran from a definition of its own: it is started again.
    pub restart: bool,
    /// The machine was started.
    pub begun: bool,
}

impl Installation {
    /// Whether a machine is off because its guest has ended by itself, by libvirt's reason number: whoever forces it off wants
    /// to try again, and one that was saved or has crashed is not installed.
    #[must_use]
    pub fn has_ended(reason: i32) -> bool {
        ENDED.contains(&reason)
    }

    /// The note for the definition.
    #[must_use]
    pub fn to_xml(&self) -> String {
        self.written(&format!("{PREFIX}:"), &format!(" xmlns:{PREFIX}='{NAMESPACE}'"))
    }

    /// The note as `virDomainSetMetadata` takes it, which adds the namespace itself.
    #[must_use]
    pub fn to_plain_xml(&self) -> String {
        self.written("", "")
    }

    fn written(&self, prefix: &str, namespace: &str) -> String {
        use std::fmt::Write;
        let word = |is: bool| if is { "yes" } else { "no" };
        let mut text = format!(
            "<{prefix}installation{namespace} restarts='{}' restart='{}' begun='{}'",
            self.restarts,
            word(self.restart),
            word(self.begun)
        );
        // Writing to a string cannot fail.
        if let Some(machine) = self.machine {
            let _ = write!(text, " machine='{machine}'");
        }
        if self.seen > 0 {
            let _ = write!(text, " seen='{}' at='{}'", self.seen, self.at);
        }
        text.push_str(">\n");
        for target in &self.media {
            let _ = writeln!(text, "  <{prefix}medium target='{}'/>", escape(target));
        }
        for (pool, name) in &self.files {
            let _ = writeln!(
                text,
                "  <{prefix}volume pool='{}' name='{}'/>",
                escape(pool),
                escape(name)
            );
        }
        text.push_str(&format!("</{prefix}installation>"));
        text
    }

    /// The note in a definition; `None` where nothing is left to do.
    #[must_use]
    pub fn read(domain: &Domain) -> Option<Self> {
        let note = domain.metadata(NAMESPACE)?;
        let document = domain.document();
        let said = |id, name: &str| document.attribute(id, name).map(std::borrow::Cow::into_owned);
        let named = |name: &'static str| {
            document
                .children(note)
                .filter(move |id| document.local_name(*id) == name)
        };
        let number = |name: &str| said(note, name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let count = |name: &str| u32::try_from(number(name)).unwrap_or(0);
        Some(Self {
            machine: said(note, "machine").and_then(|text| text.parse().ok()),
            restarts: count("restarts"),
            seen: count("seen"),
            at: number("at"),
            restart: said(note, "restart").as_deref() == Some("yes"),
            begun: said(note, "begun").as_deref() == Some("yes"),
            media: named("medium").filter_map(|id| said(id, "target")).collect(),
            files: named("volume")
                .filter_map(|id| Some((said(id, "pool")?, said(id, "name")?)))
                .collect(),
        })
    }

    /// The guest has restarted and goes on from its disk, at this second since 1970. `None` where another client has counted
    /// that already; else whether it is installed now.
    pub fn count(&mut self, now: u64) -> Option<bool> {
        if self.seen > 0 && now.abs_diff(self.at) < ONE_RESTART {
            return None;
        }
        self.seen += 1;
        self.at = now;
        Some(self.seen > self.restarts)
    }

    /// Somebody has just seen to its going on, and starts the machine now: whoever sees it off meanwhile leaves it alone.
    #[must_use]
    pub fn is_going_on(&self, now: u64) -> bool {
        self.seen > 0 && !self.begun && now.abs_diff(self.at) < ONE_RESTART
    }

    /// The definition for what comes after the first restart, which has ended the guest since it ran from a definition of its
    /// own: media stay in for the restarts that are still to come. `None` where there are none. It has not begun before the
    /// machine is started: who sees it off until then, or after a start that failed, must not take the installation for ended.
    ///
    /// # Errors
    /// Where the definition does not allow it.
    pub fn go_on(&self, domain: &mut Domain, now: u64) -> Result<Option<Self>, Refused> {
        if !self.restart || self.restarts == 0 {
            return Ok(None);
        }
        forget_first(domain)?;
        let rest = Self {
            restart: false,
            begun: false,
            seen: 1,
            at: now,
            ..self.clone()
        };
        rest.note(domain)?;
        Ok(Some(rest))
    }

    /// Takes the note out of a definition that comes from elsewhere.
    ///
    /// # Errors
    /// Where the definition does not allow it.
    pub fn forget(domain: &mut Domain) -> Result<(), Refused> {
        domain.set_metadata(PREFIX, NAMESPACE, "")
    }

    /// Says in the note of a new machine that it is about this one.
    ///
    /// # Errors
    /// Where the definition does not allow it.
    pub fn adopt(domain: &mut Domain, machine: Uuid) -> Result<(), Refused> {
        match Self::read(domain) {
            Some(note) => Self {
                machine: Some(machine),
                ..note
            }
            .note(domain),
            None => Ok(()),
        }
    }

    /// Writes the note into a definition, in the place of an earlier one.
    ///
    /// # Errors
    /// Where the definition has no place for it.
    pub fn note(&self, domain: &mut Domain) -> Result<(), Refused> {
        domain.set_metadata(PREFIX, NAMESPACE, &self.to_xml())
    }

    /// The drives of a running machine that have media of the installation, as they are without them.
    pub fn ejected(&self, running: &mut Domain) -> Vec<String> {
        let mut drives = Vec::new();
        for target in &self.media {
            let Ok(disk) = running.disk(target) else { continue };
            let document = running.document_mut();
            let device = document.attribute(disk, "device").unwrap_or_default();
            let Some(source) = document.child(disk, "source").filter(|_| is_drive(&device)) else {
                continue;
            };
            document.remove(source);
            drives.push(document.source(disk));
        }
        drives
    }

    /// Changes a definition to that of the installed machine: media are out, and the note is gone.
    ///
    /// # Errors
    /// Where the definition does not allow it.
    pub fn finish(&self, domain: &mut Domain) -> Result<(), Refused> {
        for target in &self.media {
            // The user may have taken it out meanwhile.
            let Ok(disk) = domain.disk(target) else { continue };
            let document = domain.document();
            let device = document.attribute(disk, "device").unwrap_or_default();
            // The user may have given the target to a disk.
            if !is_drive(&device) {
                continue;
            }
            if let Some(source) = document.child(disk, "source") {
                domain.document_mut().remove(source);
            }
        }
        if self.restart {
            forget_first(domain)?;
        }
        domain.set_metadata(PREFIX, NAMESPACE, "")
    }
}

fn is_drive(device: &str) -> bool {
    matches!(device, "cdrom" | "floppy")
}

/// What only the first start has, where that definition was kept because nobody started the machine: kernel and memory disk of
/// the installer, and the medium or network before the disks.
fn forget_first(domain: &mut Domain) -> Result<(), Refused> {
    let document = domain.document_mut();
    let root = document.root();
    if document.get(root, general::ON_REBOOT).as_deref() != Some("destroy") {
        return Ok(());
    }
    document.set(root, general::ON_REBOOT, Some("restart".to_owned()))?;
    for path in ["os/kernel", "os/initrd", "os/cmdline"] {
        if let Some(element) = document.find(root, path) {
            document.remove(element);
        }
    }
    let order = domain.boot_devices();
    let document = domain.document();
    let is_disk = |id: &crate::model::xml::NodeId| {
        document.is(*id, "disk") && document.attribute(*id, "device").is_none_or(|device| device == "disk")
    };
    let (mut disks, rest): (Vec<_>, Vec<_>) = order.iter().partition(|id| is_disk(id));
    if disks.is_empty() {
        return Ok(());
    }
    disks.extend(rest);
    domain.set_boot_devices(&disks)
}

/// A definition for the first start: a kernel in the place of the firmware, and the guest's first restart ends it.
///
/// # Errors
/// Where the definition does not allow it.
pub(super) fn with_kernel(xml: &str, kernel: &str, initrd: &str, arguments: &str) -> Result<String, Refused> {
    use crate::model::xml::domain::fields::os;
    let mut domain = Domain::parse(xml)?;
    let document = domain.document_mut();
    let root = document.root();
    document.set(root, os::KERNEL, Some(kernel.to_owned()))?;
    document.set(root, os::INITRD, Some(initrd.to_owned()))?;
    if !arguments.is_empty() {
        document.set(root, os::CMDLINE, Some(arguments.to_owned()))?;
    }
    document.set(root, general::ON_REBOOT, Some("destroy".to_owned()))?;
    Ok(domain.into_document().to_string())
}

/// A definition for the first start: this drive, or the network where none is named, comes first, and the guest's first
/// restart ends it.
///
/// # Errors
/// Where the definition does not allow it.
pub(super) fn first(xml: &str, target: Option<&str>) -> Result<String, Refused> {
    use crate::model::xml::domain::DeviceKind;
    let mut domain = Domain::parse(xml)?;
    let mut order = domain.boot_devices();
    let device = match target {
        Some(target) => Some(domain.disk(target)?),
        None => domain.devices_of(DeviceKind::Interface).next(),
    };
    if let Some(device) = device {
        order.retain(|other| *other != device);
        order.insert(0, device);
        domain.set_boot_devices(&order)?;
    }
    let document = domain.document_mut();
    document.set(document.root(), general::ON_REBOOT, Some("destroy".to_owned()))?;
    Ok(domain.into_document().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Domain {
        Domain::parse(
            "<domain type='qemu'><name>web</name><on_reboot>destroy</on_reboot><devices>\
             <disk type='file' device='disk'><source file='/data.img'/><target dev='sda'/></disk>\
             <disk type='file' device='cdrom'><source file='/guest.iso'/><target dev='sdb'/></disk></devices></domain>",
        )
        .unwrap()
    }

    fn note() -> Installation {
        Installation {
            restarts: 1,
            restart: true,
            begun: true,
            media: vec!["sda".to_owned(), "sdb".to_owned()],
            ..Installation::default()
        }
    }

    #[test]
    fn a_disk_at_the_target_of_a_medium_stays() {
        let mut domain = machine();
        note().finish(&mut domain).unwrap();
        let xml = domain.into_document().to_string();
        assert!(xml.contains("/data.img") && xml.contains("'sdb'"), "{xml}");
        assert!(!xml.contains("/guest.iso"), "{xml}");
    }

    #[test]
    fn a_machine_that_was_forced_off_or_saved_is_not_installed() {
        // virDomainShutoffReason: unknown, shutdown, destroyed, crashed, migrated, saved, failed, from snapshot, daemon.
        let ended: Vec<i32> = (0..9).filter(|reason| Installation::has_ended(*reason)).collect();
        assert_eq!(ended, [0, 1]);
    }

    #[test]
    fn an_installer_that_restarts_keeps_its_media_while_it_is_started_again() {
        let mut domain = machine();
        let rest = note().go_on(&mut domain, 100).unwrap().expect("a restart is to come");
        let read = Installation::read(&domain).unwrap();
        assert_eq!(read, rest);
        assert!(!read.begun, "off, it is not taken for installed");
        assert!(read.is_going_on(105), "somebody starts it");
        assert!(!read.is_going_on(200), "nobody did");
        let begun = Installation { begun: true, ..read };
        assert!(!begun.is_going_on(105), "its end is the end of the installation");
        assert!(!note().is_going_on(0));
    }
}
