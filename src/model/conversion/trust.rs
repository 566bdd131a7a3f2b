//! A definition that comes from elsewhere is a stranger's word: what would run programs of the host, read or write its files, or
//! take its devices does not come along. What may come is listed; all else is left out.

mod device;

use std::path::{Component, Path};

use crate::model::cloning::{TEMPLATE_KEY, TEMPLATE_URI};
use crate::model::creation::{INSTALLATION_KEY, INSTALLATION_URI};
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};

/// What a definition may say.
const ROOT: [&str; 26] = [
    "name",
    "uuid",
    "title",
    "description",
    "metadata",
    "memory",
    "currentMemory",
    "maxMemory",
    "vcpu",
    "vcpus",
    "iothreads",
    "iothreadids",
    "defaultiothread",
    "cpu",
    "os",
    "features",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "on_lockfailure",
    "pm",
    "devices",
    "genid",
    "sysinfo",
    "keywrap",
];
/// Shares of the host's time and memory: not the guest's alone, but no way to anything else.
const SHARES: [&str; 7] = [
    "resource",
    "cputune",
    "numatune",
    "memtune",
    "blkiotune",
    "memoryBacking",
    "perf",
];
/// What it may say of how it starts.
const OS: [&str; 6] = ["type", "boot", "bootmenu", "firmware", "smbios", "bios"];
/// Devices that are nothing but the guest's, some of them once `device::tame` has been at them.
const DEVICES: [&str; 23] = [
    "disk",
    "controller",
    "interface",
    "input",
    "graphics",
    "video",
    "sound",
    "audio",
    "memballoon",
    "memory",
    "rng",
    "watchdog",
    "panic",
    "serial",
    "parallel",
    "console",
    "channel",
    "tpm",
    "redirdev",
    "vsock",
    "iommu",
    "hub",
    "nvram",
];
/// Kinds of network cards that take no more of the host than a place in a network.
const NETWORKS: [&str; 3] = ["direct", "internal", "vds"];
/// Folders of a host whose programs and firmware its administrator has put there.
const INSTALLED: [&str; 5] = [
    "/usr/",
    "/nix/store/",
    "/gnu/store/",
    "/run/libvirt/nix-emulators/",
    "/run/libvirt/nix-ovmf/",
];
/// Where libvirt keeps the settings of the firmwares of the system's machines.
const SETTINGS: &str = "/var/lib/libvirt/qemu/nvram";
/// The same below the home of a user.
const OWN_SETTINGS: &str = "/.config/libvirt/qemu/nvram";

/// What was left out of a definition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sifted {
    /// Names of elements that went, and of devices with what they had of the host: `filesystem`, `serial (log)`. Each once.
    pub(super) gone: Vec<String>,
    /// What the network cards were connected to that have no connection now: `direct`, `ethernet` …
    pub(super) cards: Vec<String>,
}

impl Sifted {
    fn note(&mut self, name: &str) {
        if !self.gone.iter().any(|known| known == name) {
            self.gone.push(name.to_owned());
        }
    }
}

/// Leaves out of a definition what is not the guest's alone. A network card that was connected to something else than a network
/// or bridge stays, as one of a network that isn't named.
///
/// # Errors
/// Where the definition does not allow it.
pub(super) fn sift(domain: &mut Domain) -> Result<Sifted, Refused> {
    let mut sifted = Sifted::default();
    let root = domain.document().root();
    keep(domain, root, &ROOT, &mut sifted);
    drop_doubles(domain, root, &mut sifted);
    forget_note(domain, INSTALLATION_KEY, INSTALLATION_URI)?;
    forget_note(domain, TEMPLATE_KEY, TEMPLATE_URI)?;
    drop_foreign(domain, &mut sifted);
    if let Some(os) = domain.document().child(root, "os") {
        let document = domain.document();
        let loader = document.child(os, "loader");
        let flash = loader.is_some_and(|loader| document.attribute(loader, "type").as_deref() == Some("pflash"));
        if flash && document.attribute(os, "firmware").is_none() {
            domain.document_mut().set_attribute(os, "firmware", "efi")?;
        }
        keep(domain, os, &OS, &mut sifted);
    }
    if let Some(devices) = domain.document().child(root, "devices") {
        keep(domain, devices, &DEVICES, &mut sifted);
        device::tame_all(domain, devices, &mut sifted)?;
    }
    // The other host's firmware and programs are nobody's loss here.
    sifted
        .gone
        .retain(|name| !matches!(name.as_str(), "loader" | "emulator"));
    Ok(sifted)
}

/// What a definition uses that is the host's and not the guest's alone, by the names of its elements: programs, files, devices.
#[must_use]
pub fn outside(domain: &Domain) -> Vec<String> {
    let mut copy = domain.clone();
    // What cannot be read is refused when it is defined.
    let mut found = sift(&mut copy).unwrap_or_default();
    let own_settings = has_own_settings(domain);
    let is_confined = is_confined(domain);
    found.gone.retain(|name| match name.as_str() {
        "nvram" => !own_settings,
        "seclabel" => !is_confined,
        name => !SHARES.contains(&name),
    });
    for kind in std::mem::take(&mut found.cards) {
        if !NETWORKS.contains(&kind.as_str()) {
            found.note(&format!("interface ({kind})"));
        }
    }
    for (parent, name) in [("os", "loader"), ("devices", "emulator")] {
        let document = domain.document();
        let mut all = grandchildren(domain, parent, name);
        if all.any(|id| !is_installed(document.text(id).trim())) {
            found.note(name);
        }
    }
    found.gone
}

/// The elements of this name in those below the root, as libvirt finds them: also in a second `<devices>`.
fn grandchildren<'d>(domain: &'d Domain, parent: &'d str, name: &'d str) -> impl Iterator<Item = NodeId> + 'd {
    let document = domain.document();
    let parents = document.children_named(document.root(), parent);
    parents.flat_map(move |parent| document.children_named(parent, name))
}

/// Whether this is no path, or one of what is installed on a host.
fn is_installed(path: &str) -> bool {
    path.is_empty() || (!climbs(path) && INSTALLED.iter().any(|folder| path.starts_with(folder)))
}

fn climbs(path: &str) -> bool {
    Path::new(path).components().any(|part| part == Component::ParentDir)
}

/// Whether the settings of the firmware are where libvirt itself keeps them, made of what is installed.
fn has_own_settings(domain: &Domain) -> bool {
    let document = domain.document();
    grandchildren(domain, "os", "nvram").all(|id| {
        let path = document.text(id);
        let path = path.trim();
        let is_own = path.rsplit_once('/').is_some_and(|(folder, _)| {
            folder == SETTINGS || (folder.starts_with('/') && folder.ends_with(OWN_SETTINGS))
        });
        (path.is_empty() || (is_own && !climbs(path)))
            && document.children(id).next().is_none()
            && is_installed(&said(domain, id, "template"))
    })
}

/// Whether all labels are what a host gives by itself.
fn is_confined(domain: &Domain) -> bool {
    let document = domain.document();
    let mut labels = document.children_named(document.root(), "seclabel");
    labels.all(|label| {
        let kind = document.attribute(label, "type");
        kind.is_none_or(|kind| kind == "dynamic") && document.child(label, "baselabel").is_none()
    })
}

fn said(domain: &Domain, node: NodeId, attribute: &str) -> String {
    domain
        .document()
        .attribute(node, attribute)
        .unwrap_or_default()
        .into_owned()
}

fn keep(domain: &mut Domain, parent: NodeId, names: &[&str], sifted: &mut Sifted) {
    let document = domain.document();
    let others: Vec<NodeId> = document
        .children(parent)
        .filter(|id| !names.iter().any(|name| document.is(*id, name)))
        .collect();
    for id in others {
        sifted.note(domain.document().local_name(id));
        domain.document_mut().remove(id);
    }
}

/// Leaves one of each element below the root: libvirt would read the devices of a second `<devices>`, too. Of tables for the
/// guest's firmware only the texts stay.
fn drop_doubles(domain: &mut Domain, root: NodeId, sifted: &mut Sifted) {
    let document = domain.document();
    let mut known: Vec<&str> = Vec::new();
    let mut doubles = Vec::new();
    for id in document.children(root) {
        let name = document.name(id);
        let is_file = name == "sysinfo" && document.attribute(id, "type").as_deref() != Some("smbios");
        if is_file || known.contains(&name) {
            doubles.push(id);
        } else {
            known.push(name);
        }
    }
    for id in doubles {
        sifted.note(domain.document().name(id));
        domain.document_mut().remove(id);
    }
}

/// Takes out all that a program has noted in the metadata under this name.
fn forget_note(domain: &mut Domain, key: &str, uri: &str) -> Result<(), Refused> {
    while domain.metadata(uri).is_some() {
        domain.set_metadata(key, uri, "")?;
    }
    Ok(())
}

/// Takes out elements and attributes of other namespaces, but for the metadata: libvirt does not look at prefixes everywhere.
fn drop_foreign(domain: &mut Domain, sifted: &mut Sifted) {
    let document = domain.document();
    let parts = document
        .children(document.root())
        .filter(|id| !document.is(*id, "metadata"));
    let all: Vec<NodeId> = parts.flat_map(|id| document.descendants(id)).collect();
    for id in all {
        let document = domain.document();
        if !document.contains(id) {
            continue;
        }
        let name = document.local_name(id);
        if !document.is(id, name) {
            sifted.note(name);
            domain.document_mut().remove(id);
            continue;
        }
        let attributes = document.attributes(id).map(|(name, _)| name);
        let foreign = attributes.filter(|name| name.contains(':') && !name.starts_with("xmlns:"));
        let foreign: Vec<String> = foreign.map(str::to_owned).collect();
        for name in foreign {
            sifted.note(&name);
            domain.document_mut().remove_attribute(id, &name);
        }
    }
}

#[cfg(test)]
mod tests;
