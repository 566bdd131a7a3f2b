//! What must not be the same in two machines.

use uuid::Uuid;

use super::{TEMPLATE_KEY, TEMPLATE_URI};
use crate::i18n::tr;
use crate::model::creation::Installation;
use crate::model::xml::domain::fields::{general, interface, os, vsock};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused};

/// Devices with a source or log on the host that belongs to one machine.
const PORTS: [DeviceKind; 4] = [
    DeviceKind::Serial,
    DeviceKind::Parallel,
    DeviceKind::Console,
    DeviceKind::Channel,
];

impl Domain {
    /// Makes the definition that of a new machine: name, identity, hardware addresses, what the host names after the machine.
    /// Tells the new identity and, where the firmware keeps its settings in a file, from which file to which they go.
    ///
    /// # Errors
    /// Where the definition cannot hold it.
    pub fn become_copy(&mut self, old: &str, new: &str) -> Result<(Uuid, Option<(String, String)>), Refused> {
        self.set_name(new)?;
        let uuid = self.set_new_uuid()?;
        self.set_metadata(TEMPLATE_KEY, TEMPLATE_URI, "")?;
        Installation::forget(self)?;
        self.renew_smbios(uuid)?;
        self.renew_generation()?;
        let interfaces: Vec<NodeId> = self.devices_of(DeviceKind::Interface).collect();
        for node in interfaces {
            self.renew_interface(node)?;
        }
        let sockets: Vec<NodeId> = self.devices_of(DeviceKind::Vsock).collect();
        for node in sockets {
            let document = self.document_mut();
            document.set(node, vsock::CID_AUTO, Some(true))?;
            document.set::<u64>(node, vsock::CID, None)?;
        }
        for kind in PORTS {
            let nodes: Vec<NodeId> = self.devices_of(kind).collect();
            for node in nodes {
                self.renew_port(node, old, new)?;
            }
        }
        let screens: Vec<NodeId> = self.devices_of(DeviceKind::Graphics).collect();
        for node in screens {
            self.renew_screen(node)?;
        }
        let nvram = self.renew_nvram(old, new)?;
        Ok((uuid, nvram))
    }

    /// The identity that the guest's firmware shows must be that of the machine.
    fn renew_smbios(&mut self, uuid: Uuid) -> Result<(), Refused> {
        let document = self.document_mut();
        let Some(system) = document.find(document.root(), "sysinfo/system") else {
            return Ok(());
        };
        let entries: Vec<NodeId> = document.children_named(system, "entry").collect();
        for entry in entries {
            if document.attribute(entry, "name").as_deref() == Some("uuid") {
                document.set_text(entry, &uuid.to_string())?;
            }
        }
        Ok(())
    }

    /// Tells the guest that it is another one now.
    fn renew_generation(&mut self) -> Result<(), Refused> {
        let document = self.document_mut();
        let root = document.root();
        if document.child(root, "genid").is_none() {
            return Ok(());
        }
        document.set(root, general::GENID, Some(Uuid::new_v4().to_string()))
    }

    fn renew_interface(&mut self, node: NodeId) -> Result<(), Refused> {
        let mac = self.new_mac();
        let document = self.document_mut();
        document.set(node, interface::MAC, Some(mac))?;
        // The host has each name once. One that libvirt gave is not in the definition of the next start.
        if let Some(target) = document.child(node, "target") {
            document.remove_attribute(target, "dev");
            if document.attributes(target).next().is_none() {
                document.remove(target);
            }
        }
        // So has a virtual switch each port.
        if let Some(port) = document.find(node, "virtualport/parameters") {
            document.remove_attribute(port, "interfaceid");
        }
        Ok(())
    }

    /// Files and sockets of ports, and their logs.
    fn renew_port(&mut self, node: NodeId, old: &str, new: &str) -> Result<(), Refused> {
        let document = self.document_mut();
        let kind = document.attribute(node, "type").unwrap_or_default().into_owned();
        if matches!(kind.as_str(), "file" | "unix") {
            let sources: Vec<NodeId> = document.children_named(node, "source").collect();
            for source in sources {
                // Somebody else's socket stays: the machine connects to it.
                if document.attribute(source, "mode").as_deref() == Some("connect") {
                    continue;
                }
                if let Some(path) = document.attribute(source, "path").map(std::borrow::Cow::into_owned) {
                    document.set_attribute(source, "path", &renamed(&path, old, new))?;
                }
            }
        }
        if let Some(log) = document.child(node, "log")
            && let Some(path) = document.attribute(log, "file").map(std::borrow::Cow::into_owned)
        {
            document.set_attribute(log, "file", &renamed(&path, old, new))?;
        }
        Ok(())
    }

    /// A port of the host can be listened at once only.
    fn renew_screen(&mut self, node: NodeId) -> Result<(), Refused> {
        let document = self.document_mut();
        let listens = document.attribute(node, "port").is_some_and(|port| port != "-1")
            || document.attribute(node, "tlsPort").is_some_and(|port| port != "-1");
        if listens {
            document.remove_attribute(node, "port");
            document.remove_attribute(node, "tlsPort");
            document.set_attribute(node, "autoport", "yes")?;
        }
        Ok(())
    }

    fn renew_nvram(&mut self, old: &str, new: &str) -> Result<Option<(String, String)>, Refused> {
        let document = self.document_mut();
        let root = document.root();
        let Some(from) = document
            .get(root, os::NVRAM)
            .filter(|path: &String| path.starts_with('/'))
        else {
            return Ok(None);
        };
        let to = renamed(&from, old, new);
        document.set(root, os::NVRAM, Some(to.clone()))?;
        Ok(Some((from, to)))
    }

    /// What cannot be the same in a copy, and what both share.
    pub(super) fn notes_of_copy(&self) -> Vec<String> {
        let has = |kind| self.devices_of(kind).next().is_some();
        let mut notes = Vec::new();
        if has(DeviceKind::Tpm) {
            notes.push(tr(
                "The keys of the TPM stay with the original: a guest that encrypts its disk with them asks for its recovery key.",
            ));
        }
        if has(DeviceKind::Hostdev) {
            notes.push(tr("Devices of the host can be used by one machine at a time only."));
        }
        if has(DeviceKind::Filesystem) {
            notes.push(tr("Folders of the host are shared with the original."));
        }
        notes
    }
}

/// The path with the machine's name replaced in its last part, or put in front of it.
fn renamed(path: &str, old: &str, new: &str) -> String {
    let new = new.replace('/', "-");
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let file = match file.strip_prefix(old) {
        Some(rest) if !rest.starts_with(char::is_alphanumeric) => format!("{new}{rest}"),
        _ => format!("{new}-{file}"),
    };
    format!("{folder}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = "<domain type='kvm'><name>web</name><uuid>11111111-1111-4111-8111-111111111111</uuid>\
        <genid>22222222-2222-4222-8222-222222222222</genid>\
        <metadata><vireo-template:template xmlns:vireo-template='https://vireo-vm.github.io/ns/template/1'/>\
        <other:x xmlns:other='urn:x'/></metadata>\
        <os><type>hvm</type><nvram template='/usr/vars.fd'>/var/nvram/web_VARS.fd</nvram></os>\
        <sysinfo type='smbios'><system><entry name='uuid'>11111111-1111-4111-8111-111111111111</entry></system></sysinfo>\
        <devices><interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/>\
        <target dev='web0'/></interface>\
        <serial type='file'><source path='/var/log/web.log'/><target port='0'/></serial>\
        <console type='unix'><source mode='bind' path='/run/console'/></console>\
        <channel type='unix'><source mode='connect' path='/run/web'/></channel>\
        <graphics type='vnc' port='5901' autoport='no'/>\
        <vsock><cid auto='no' address='7'/></vsock></devices></domain>";

    #[test]
    fn nothing_of_the_identity_is_the_same_and_the_rest_stays() {
        let mut copy = Domain::parse(ORIGINAL).unwrap();
        let (uuid, nvram) = copy.become_copy("web", "web-1").unwrap();
        let text = copy.document().to_string();
        for gone in [
            "1111-4111",
            "2222-4222",
            "00:00:01",
            "web0",
            "5901",
            "'7'",
            "vireo-template",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert_eq!(text.matches(&uuid.to_string()).count(), 2, "{text}");
        for kept in [
            "urn:x",
            "<name>web-1</name>",
            "/var/log/web-1.log",
            "/run/web-1-console",
            "mode='connect' path='/run/web'",
            "autoport='yes'",
            "template='/usr/vars.fd'",
            "<cid auto='yes'/>",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        let expected = (
            "/var/nvram/web_VARS.fd".to_owned(),
            "/var/nvram/web-1_VARS.fd".to_owned(),
        );
        assert_eq!(nvram, Some(expected));
        assert!(text.contains("/var/nvram/web-1_VARS.fd"));
    }

    #[test]
    fn names_of_files_follow_the_machine() {
        assert_eq!(renamed("/a/web.log", "web", "b"), "/a/b.log");
        assert_eq!(renamed("/a/webs.log", "web", "b"), "/a/b-webs.log");
        assert_eq!(renamed("/a/console", "web", "b/c"), "/a/b-c-console");
    }
}
