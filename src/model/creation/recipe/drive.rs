//! Disks and drives.

use super::machine::is_emulated;
use super::page::Page;
use super::{Guest, pick};
use crate::model::facts::{Board, Family, HostFacts};
use crate::model::xml::domain::free_target;
use crate::model::xml::escape;

/// A disk or drive of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model::creation) struct Drive {
    /// `disk`, `cdrom`, `floppy`.
    pub(in crate::model::creation) device: &'static str,
    /// Where its data is; `None` for an empty drive.
    pub(in crate::model::creation) path: Option<String>,
    /// Type and source where the machine reaches it by itself, over the network.
    pub(in crate::model::creation) remote: Option<(&'static str, String)>,
    /// It is a device of the host.
    pub(in crate::model::creation) block: bool,
    /// Format of the data.
    pub(in crate::model::creation) format: String,
    /// Space that the guest frees is given back.
    pub(in crate::model::creation) sparse: bool,
    /// Place in the order of booting.
    pub(in crate::model::creation) boot: Option<u32>,
    /// It is emptied, or removed, after the installation.
    pub(in crate::model::creation) temporary: bool,
}

/// The bus for a kind of drive.
pub(super) fn bus(facts: &HostFacts, guest: &Guest, device: &str) -> &'static str {
    let choices = facts.disk_buses(device);
    let preferred: &[&str] = match (device, facts.family(), facts.board()) {
        ("floppy", ..) => &["fdc"],
        ("cdrom", Family::Qemu, Board::Virt) => &["scsi", "usb", "sata"],
        ("cdrom", Family::Qemu, Board::Q35) => &["sata", "scsi", "usb"],
        ("cdrom", Family::Qemu, Board::Pseries | Board::S390) => &["scsi"],
        ("cdrom", Family::Xen, _) if matches!(facts.kind.machine.as_deref(), Some("xenpv" | "xenpvh")) => &["xen"],
        ("cdrom", Family::Xen, _) => &["ide", "xen"],
        ("cdrom", ..) => &["ide", "sata", "scsi", "usb"],
        (_, Family::Xen, _) => &["xen"],
        _ if guest.block => &["virtio", "scsi", "sata", "ide"],
        _ if guest.scsi => &["scsi", "sata", "ide"],
        _ => &["sata", "ide", "scsi", "usb"],
    };
    // Where the host tells of none, libvirt's own default is asked for.
    pick(&choices, preferred).unwrap_or(preferred[0])
}

/// Writes the drives, and tells the target of each. A drive that no bus has room for is left out.
pub(super) fn write(page: &mut Page, facts: &HostFacts, guest: &Guest, drives: &[Drive]) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    for drive in drives {
        let bus = bus(facts, guest, drive.device);
        let used: std::collections::HashSet<String> = targets.iter().cloned().collect();
        let Some(target) = free_target(bus, &used) else {
            continue;
        };
        let kind = match &drive.remote {
            Some((kind, _)) => kind,
            None if drive.block => "block",
            None => "file",
        };
        page.element(&format!("disk type='{kind}' device='{}'", drive.device), |page| {
            if is_emulated(facts) {
                let discard = if drive.sparse && drive.device == "disk" {
                    " discard='unmap'"
                } else {
                    ""
                };
                page.line(format!(
                    "<driver name='qemu' type='{}'{discard}/>",
                    escape(&drive.format)
                ));
            } else if facts.family() == Family::Xen {
                page.line(format!("<driver name='qemu' type='{}'/>", escape(&drive.format)));
            }
            if let Some((_, source)) = &drive.remote {
                source.lines().for_each(|line| page.line(line));
            } else if let Some(path) = &drive.path {
                let attribute = if drive.block { "dev" } else { "file" };
                page.line(format!("<source {attribute}='{}'/>", escape(path)));
            }
            page.line(format!("<target dev='{target}' bus='{bus}'/>"));
            if drive.device == "cdrom" {
                page.line("<readonly/>");
            }
            if let Some(place) = drive.boot {
                page.line(format!("<boot order='{place}'/>"));
            }
        });
        targets.push(target);
    }
    targets
}
