//! A definition that comes from elsewhere is a stranger's word: what would run programs of the host, read or write its files, or
//! take its devices does not come along. What may come is listed; all else is left out.

use crate::model::cloning::{TEMPLATE_KEY, TEMPLATE_URI};
use crate::model::creation::Installation;
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};

/// What a definition may say.
const ROOT: [&str; 24] = [
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
const SHARES: [&str; 9] = [
    "resource",
    "cputune",
    "numatune",
    "memtune",
    "blkiotune",
    "memoryBacking",
    "perf",
    "hub",
    "memory",
];
/// What it may say of how it starts.
const OS: [&str; 6] = ["type", "boot", "bootmenu", "firmware", "smbios", "bios"];
/// Devices that are nothing but the guest's.
const DEVICES: [&str; 19] = [
    "disk",
    "controller",
    "interface",
    "input",
    "graphics",
    "video",
    "sound",
    "memballoon",
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
];

/// Leaves out of a definition what is not the guest's alone. Tells the names of what went, each once.
///
/// # Errors
/// Where the definition does not allow it.
pub(super) fn sift(domain: &mut Domain) -> Result<Vec<String>, Refused> {
    let mut gone = Vec::new();
    Installation::forget(domain)?;
    domain.set_metadata(TEMPLATE_KEY, TEMPLATE_URI, "")?;
    let root = domain.document().root();
    keep(domain, root, &ROOT, &mut gone);
    if let Some(sysinfo) = domain.document().child(root, "sysinfo")
        && said(domain, sysinfo, "type") != "smbios"
    {
        domain.document_mut().remove(sysinfo);
        gone.push("sysinfo".to_owned());
    }
    if let Some(os) = domain.document().child(root, "os") {
        let document = domain.document();
        let loader = document.child(os, "loader");
        let flash = loader.is_some_and(|loader| document.attribute(loader, "type").as_deref() == Some("pflash"));
        if flash && document.attribute(os, "firmware").is_none() {
            domain.document_mut().set_attribute(os, "firmware", "efi")?;
        }
        keep(domain, os, &OS, &mut gone);
    }
    if let Some(devices) = domain.document().child(root, "devices") {
        keep(domain, devices, &DEVICES, &mut gone);
        let all: Vec<NodeId> = domain.document().children(devices).collect();
        for device in all {
            let name = domain.document().local_name(device).to_owned();
            if !tame(domain, device, &name)? {
                domain.document_mut().remove(device);
                note(&mut gone, name);
            }
        }
    }
    // The other host's firmware and programs are nobody's loss here.
    gone.retain(|name| !matches!(name.as_str(), "loader" | "emulator"));
    Ok(gone)
}

/// What a definition uses that is the host's and not the guest's alone, by the names of its elements: programs, files, devices.
#[must_use]
pub fn outside(domain: &Domain) -> Vec<String> {
    let mut copy = domain.clone();
    // What cannot be read is refused when it is defined.
    let mut found = sift(&mut copy).unwrap_or_default();
    let document = domain.document();
    let label = document.child(document.root(), "seclabel");
    let is_confined = label.is_none_or(|label| document.attribute(label, "type").as_deref() != Some("none"));
    found.retain(|name| !SHARES.contains(&name.as_str()) && (name != "seclabel" || !is_confined));
    let program = document.find(document.root(), "devices/emulator");
    let program = program.map(|id| document.text(id).trim().to_owned());
    if program.is_some_and(|path| !path.is_empty() && !path.starts_with("/usr/")) {
        note(&mut found, "emulator".to_owned());
    }
    found
}

fn said(domain: &Domain, node: NodeId, attribute: &str) -> String {
    domain
        .document()
        .attribute(node, attribute)
        .unwrap_or_default()
        .into_owned()
}

fn note(gone: &mut Vec<String>, name: String) {
    if !gone.contains(&name) {
        gone.push(name);
    }
}

fn keep(domain: &mut Domain, parent: NodeId, names: &[&str], gone: &mut Vec<String>) {
    let document = domain.document();
    let others: Vec<NodeId> = document
        .children(parent)
        .filter(|id| !names.iter().any(|name| document.is(*id, name)))
        .collect();
    for id in others {
        note(gone, domain.document().local_name(id).to_owned());
        domain.document_mut().remove(id);
    }
}

/// Takes out of a device what is the host's; false where nothing of it can stay.
fn tame(domain: &mut Domain, device: NodeId, name: &str) -> Result<bool, Refused> {
    let kind = said(domain, device, "type");
    match name {
        "disk" => {
            drop_children(domain, device, &["backingStore", "mirror", "encryption", "auth"]);
            for attribute in ["rawio", "sgio"] {
                domain.document_mut().remove_attribute(device, attribute);
            }
            if let Some(source) = domain.document().child(device, "source") {
                let inside: Vec<NodeId> = domain.document().children(source).collect();
                for id in inside {
                    domain.document_mut().remove(id);
                }
            }
        }
        "interface" => {
            drop_children(domain, device, &["script", "downscript", "backend"]);
            return Ok(matches!(kind.as_str(), "network" | "user" | "bridge"));
        }
        "input" => return Ok(matches!(kind.as_str(), "mouse" | "tablet" | "keyboard")),
        "graphics" => {
            drop_children(domain, device, &["listen", "gl"]);
            for attribute in ["listen", "socket", "passwd"] {
                domain.document_mut().remove_attribute(device, attribute);
            }
            return Ok(matches!(kind.as_str(), "vnc" | "spice"));
        }
        "video" => {
            let model = domain.document().child(device, "model");
            if let Some(model) = model {
                drop_children(domain, model, &["acceleration"]);
            }
        }
        "sound" => drop_children(domain, device, &["audio"]),
        "rng" => {
            let document = domain.document();
            let backend = document.child(device, "backend");
            return Ok(backend.is_some_and(|backend| match &*said(domain, backend, "model") {
                "builtin" => true,
                "random" => matches!(document.text(backend).trim(), "" | "/dev/urandom" | "/dev/random"),
                _ => false,
            }));
        }
        "serial" | "parallel" | "console" => {
            drop_children(domain, device, &["log", "source", "protocol"]);
            domain.document_mut().set_attribute(device, "type", "pty")?;
        }
        "channel" => {
            drop_children(domain, device, &["log", "protocol"]);
            if kind == "unix" {
                drop_children(domain, device, &["source"]);
            }
            return Ok(matches!(
                kind.as_str(),
                "unix" | "spicevmc" | "spiceport" | "qemu-vdagent"
            ));
        }
        "tpm" => {
            let Some(backend) = domain.document().child(device, "backend") else {
                return Ok(false);
            };
            drop_children(domain, backend, &["source", "encryption", "device"]);
            return Ok(said(domain, backend, "type") == "emulator");
        }
        "redirdev" => return Ok(kind == "spicevmc"),
        _ => {}
    }
    Ok(true)
}

fn drop_children(domain: &mut Domain, parent: NodeId, names: &[&str]) {
    let document = domain.document();
    let all: Vec<NodeId> = document
        .children(parent)
        .filter(|id| names.iter().any(|name| document.is(*id, name)))
        .collect();
    for id in all {
        domain.document_mut().remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>x</name>\
        <memory>1024</memory><memoryBacking><hugepages/></memoryBacking><seclabel type='none'/>\
        <metadata><i:installation xmlns:i='https://vireo-vm.github.io/ns/installation/1' begun='yes'>\
        <i:volume pool='default' name='prod.qcow2'/></i:installation></metadata>\
        <os><type>hvm</type><loader type='pflash'>/evil.fd</loader><kernel>/etc/shadow</kernel></os>\
        <sysinfo type='fwcfg'><entry name='a' file='/etc/shadow'/></sysinfo>\
        <devices><emulator>/tmp/evil</emulator>\
        <disk type='file' device='disk' rawio='yes'><source file='/a'><reservations managed='no'><source type='unix' path='/run/x'/></reservations></source>\
        <backingStore type='file'><source file='/etc/shadow'/></backingStore><target dev='vda'/></disk>\
        <interface type='ethernet'><script path='/tmp/evil'/></interface>\
        <interface type='network'><source network='default'/><script path='/tmp/evil'/></interface>\
        <filesystem type='mount'><source dir='/'/><target dir='x'/></filesystem>\
        <hostdev mode='subsystem' type='usb'/>\
        <serial type='file'><source path='/etc/passwd'/><log file='/etc/passwd'/></serial>\
        <channel type='unix'><source mode='bind' path='/run/evil'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\
        <channel type='pipe'><source path='/etc/passwd'/></channel>\
        <rng model='virtio'><backend model='random'>/etc/shadow</backend></rng>\
        <tpm model='tpm-crb'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>\
        <graphics type='vnc' socket='/tmp/evil'/></devices>\
        <qemu:commandline><qemu:arg value='-evil'/></qemu:commandline></domain>";

    #[test]
    fn a_definition_from_elsewhere_brings_no_programs_files_or_devices_of_the_host() {
        let mut domain = Domain::parse(HOSTILE).unwrap();
        let gone = sift(&mut domain).unwrap();
        let text = domain.document().to_string();
        for word in [
            "evil",
            "/etc/",
            "/dev/tpm",
            "/run/",
            "prod",
            "seclabel",
            "hostdev",
            "rawio",
            "hugepages",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        for word in ["firmware=\"efi\"", "firmware='efi'"] {
            if text.contains(word) {
                assert!(
                    text.contains("guest_agent") && text.contains("network='default'"),
                    "{text}"
                );
                assert!(
                    gone.contains(&"filesystem".to_owned()) && gone.contains(&"commandline".to_owned()),
                    "{gone:?}"
                );
                return;
            }
        }
        panic!("UEFI is lost: {text}");
    }
}
