//! Where the data of a disk are: each kind of source has its own attributes and elements.

use super::Domain;
use super::fields::disk;
use crate::model::xml::{NodeId, Refused};

/// Attributes of a `<source>`, each with the kinds that have it.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("file", &["file"]),
    ("fdgroup", &["file"]),
    ("dev", &["block", "vhostvdpa"]),
    ("dir", &["dir"]),
    ("protocol", &["network"]),
    ("name", &["network"]),
    ("query", &["network"]),
    ("tls", &["network"]),
    ("tlsHostname", &["network"]),
    ("pool", &["volume"]),
    ("volume", &["volume"]),
    ("mode", &["volume"]),
    ("type", &["nvme", "vhostuser"]),
    ("managed", &["nvme"]),
    ("namespace", &["nvme"]),
    ("path", &["vhostuser"]),
    ("startupPolicy", &["file", "block", "dir", "volume", "nvme"]),
    ("index", &[]),
];

/// Elements in a `<source>`, each with the kinds that have it.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("host", &["network"]),
    ("snapshot", &["network"]),
    ("config", &["network"]),
    ("auth", &["network"]),
    ("initiator", &["network"]),
    ("ssl", &["network"]),
    ("cookies", &["network"]),
    ("readahead", &["network"]),
    ("timeout", &["network"]),
    ("knownHosts", &["network"]),
    ("identity", &["network"]),
    ("reconnect", &["network", "vhostuser"]),
    ("address", &["nvme"]),
    ("reservations", &["block"]),
    ("seclabel", &["file", "block", "volume"]),
    ("encryption", &["file", "block", "dir", "network", "volume", "nvme"]),
    ("slices", &[]),
    ("dataStore", &[]),
];

/// The same for the protocols of network disks; what all have is not in it.
const OF_PROTOCOLS: &[(&str, &[&str])] = &[
    ("query", &["http", "https"]),
    ("tls", &["nbd", "vxhs"]),
    ("tlsHostname", &["nbd"]),
    ("snapshot", &["rbd"]),
    ("config", &["rbd"]),
    ("auth", &["rbd", "iscsi", "http", "https", "ftp", "ftps", "ssh"]),
    ("initiator", &["iscsi"]),
    ("ssl", &["https", "ftps"]),
    ("cookies", &["http", "https"]),
    (
        "readahead",
        &["http", "https", "ftp", "ftps", "ssh", "tftp", "sheepdog"],
    ),
    ("timeout", &["http", "https", "ftp", "ftps", "ssh", "tftp", "sheepdog"]),
    ("knownHosts", &["ssh"]),
    ("identity", &["ssh", "nfs"]),
    ("reconnect", &["nbd"]),
    (
        "encryption",
        &[
            "nbd", "gluster", "rbd", "iscsi", "http", "https", "ftp", "ftps", "ssh", "tftp", "sheepdog",
        ],
    ),
];

impl Domain {
    /// Gives a disk another kind of source (`file`, `block`, `dir`, `network`, `volume`, `nvme`, `vhostuser`, `vhostvdpa`):
    /// what belongs to the old kind goes, and what the new one cannot be without comes, to be filled in.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_disk_source(&mut self, node: NodeId, kind: &str) -> Result<(), Refused> {
        let old = self.document().get(node, disk::TYPE);
        if old.as_deref().unwrap_or("file") == kind {
            return Ok(());
        }
        self.forget_disk_chain(node);
        self.drop_elements(node, &[("auth", &[])], kind);
        let document = self.document_mut();
        document.set(node, disk::TYPE, Some(kind.to_owned()))?;
        if let Some(source) = document.child(node, "source") {
            for (name, kinds) in ATTRIBUTES {
                if !kinds.contains(&kind) {
                    document.remove_attribute(source, name);
                }
            }
            // What one means to one kind, it does not to another.
            for name in ["dev", "type"] {
                document.remove_attribute(source, name);
            }
            self.drop_elements(source, ELEMENTS, kind);
        }
        let format = self.document().get(node, disk::FORMAT);
        let document = self.document_mut();
        match (kind, format.as_deref()) {
            ("dir", _) => {
                // QEMU makes a disk of a folder for reading only.
                document.set(node, disk::FORMAT, Some("fat".to_owned()))?;
                document.set(node, disk::READONLY, Some(true))?;
            }
            ("vhostuser", _) | (_, Some("fat")) => document.set(node, disk::FORMAT, Some("raw".to_owned()))?,
            _ => {}
        }
        match kind {
            "network" => {
                document.set(node, disk::SOURCE_PROTOCOL, Some("nbd".to_owned()))?;
                document.set(node, disk::SOURCE_HOST, Some("localhost".to_owned()))?;
            }
            "vhostuser" => {
                let source = self.disk_source(node)?;
                self.document_mut().set_attribute(source, "type", "unix")?;
                self.document_mut()
                    .set_attribute(source, "path", "/run/vhost-user.sock")?;
                self.share_memory()?;
            }
            "vhostvdpa" => document.set(node, disk::SOURCE_DEV, Some("/dev/vhost-vdpa-0".to_owned()))?,
            _ => self.drop_bare_source(node),
        }
        Ok(())
    }

    /// Gives a network disk another protocol: what the new one does not have goes, and the port, which was the old one's.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_disk_protocol(&mut self, node: NodeId, protocol: &str) -> Result<(), Refused> {
        if self.document().get(node, disk::SOURCE_PROTOCOL).as_deref() == Some(protocol) {
            return Ok(());
        }
        self.forget_disk_chain(node);
        self.drop_elements(node, &[("auth", &[])], protocol);
        let source = self.disk_source(node)?;
        self.drop_elements(source, OF_PROTOCOLS, protocol);
        let document = self.document_mut();
        // Who asks is written in another way by each protocol, and with another kind of secret.
        for name in ["identity", "auth"] {
            if let Some(old) = document.child(source, name) {
                document.remove(old);
            }
        }
        for (name, protocols) in OF_PROTOCOLS {
            if !protocols.contains(&protocol) {
                document.remove_attribute(source, name);
            }
        }
        document.set_attribute(source, "protocol", protocol)?;
        let hosts: Vec<_> = document.children_named(source, "host").collect();
        let many = matches!(protocol, "rbd" | "gluster");
        for (number, host) in hosts.iter().enumerate() {
            document.remove_attribute(*host, "port");
            if number > 0 && !many {
                document.remove(*host);
            }
        }
        if hosts.is_empty() {
            document.set(node, disk::SOURCE_HOST, Some("localhost".to_owned()))?;
        }
        if document.attribute(source, "name").is_none() && protocol != "nbd" {
            document.set_attribute(source, "name", "")?;
        }
        Ok(())
    }

    /// Says how many seconds the program at the other end of a device's vhost-user socket is waited for when it went away;
    /// `None` for not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn set_reconnect(&mut self, node: NodeId, seconds: Option<u64>) -> Result<(), Refused> {
        let document = self.document_mut();
        let Some(source) = document.child(node, "source") else {
            return Ok(());
        };
        if let Some(old) = document.child(source, "reconnect") {
            document.remove(old);
        }
        match seconds {
            Some(seconds) => document
                .insert_ordered(source, &format!("<reconnect enabled='yes' timeout='{seconds}'/>"))
                .map(drop),
            None => Ok(()),
        }
    }

    /// Forgets what is written about the images below the one that a disk had: they are not those of another one.
    pub fn forget_disk_chain(&mut self, node: NodeId) {
        let document = self.document_mut();
        for name in ["backingStore", "mirror"] {
            while let Some(old) = document.child(node, name) {
                document.remove(old);
            }
        }
    }

    /// The `<source>` of a disk, made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn disk_source(&mut self, node: NodeId) -> Result<NodeId, Refused> {
        let document = self.document_mut();
        match document.child(node, "source") {
            Some(source) => Ok(source),
            None => document.insert_ordered(node, "<source/>"),
        }
    }

    /// Lets helpers on the host see the machine's memory, which virtiofs and vhost-user need, that of each NUMA cell, too.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn share_memory(&mut self) -> Result<(), Refused> {
        self.set_shared_memory(true)?;
        let document = self.document_mut();
        let root = document.root();
        // A cell that says otherwise for itself would stay private.
        let numa = document.find(root, "cpu/numa");
        let cells: Vec<_> = numa
            .into_iter()
            .flat_map(|numa| document.children_named(numa, "cell"))
            .collect();
        for cell in cells {
            if document.attribute(cell, "memAccess").as_deref() == Some("private") {
                document.set_attribute(cell, "memAccess", "shared")?;
            }
        }
        Ok(())
    }

    /// Whether helpers on the host see the machine's memory.
    #[must_use]
    pub fn shares_memory(&self) -> bool {
        use super::fields::memory;
        let document = self.document();
        let root = document.root();
        let shared = document.get(root, memory::ACCESS).as_deref() == Some("shared");
        let numa = document.find(root, "cpu/numa");
        let mut cells = numa
            .into_iter()
            .flat_map(|numa| document.children_named(numa, "cell"))
            .map(|cell| document.attribute(cell, "memAccess").map(|access| access == "shared"))
            .peekable();
        match cells.peek() {
            Some(_) => cells.all(|said| said.unwrap_or(shared)),
            None => shared,
        }
    }

    fn drop_elements(&mut self, source: NodeId, table: &[(&str, &[&str])], kind: &str) {
        let document = self.document_mut();
        for (name, kinds) in table {
            if kinds.contains(&kind) {
                continue;
            }
            while let Some(old) = document.child(source, name) {
                document.remove(old);
            }
        }
    }

    fn drop_bare_source(&mut self, node: NodeId) {
        let document = self.document_mut();
        if let Some(source) = document.child(node, "source")
            && document.is_bare_element(source)
        {
            document.remove(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::DeviceKind;

    fn machine(disk: &str) -> (Domain, NodeId) {
        let text = format!("<domain type='kvm'><devices>{disk}</devices></domain>");
        let domain = Domain::parse(&text).expect("a machine");
        let node = domain.devices_of(DeviceKind::Disk).next().expect("a disk");
        (domain, node)
    }

    fn source(domain: &Domain, node: NodeId) -> String {
        domain.document().source(node)
    }

    #[test]
    fn another_kind_of_source_takes_nothing_of_the_old_one_along() {
        let (mut domain, disk) = machine(
            "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/a' startupPolicy='optional' x='1'>\
             <seclabel model='dac' relabel='no'/></source><backingStore type='file'><format type='raw'/><source file='/b'/></backingStore>\
             <target dev='vda' bus='virtio'/></disk>",
        );
        domain.set_disk_source(disk, "block").expect("possible");
        assert_eq!(
            source(&domain, disk),
            "<disk type='block'><driver name='qemu' type='qcow2'/><source startupPolicy='optional' x='1'>\
             <seclabel model='dac' relabel='no'/></source><target dev='vda' bus='virtio'/></disk>"
        );
        domain.set_disk_source(disk, "network").expect("possible");
        assert_eq!(
            source(&domain, disk),
            "<disk type='network'><driver name='qemu' type='qcow2'/><source x='1' protocol='nbd'><host name='localhost'/></source>\
             <target dev='vda' bus='virtio'/></disk>"
        );
    }

    #[test]
    fn a_folder_is_shown_as_a_fat_disk_and_a_file_no_more() {
        let (mut domain, disk) =
            machine("<disk type='file'><driver name='qemu' type='qcow2'/><source file='/a'/></disk>");
        domain.set_disk_source(disk, "dir").expect("possible");
        assert_eq!(
            source(&domain, disk),
            "<disk type='dir'><driver name='qemu' type='fat'/><readonly/></disk>"
        );
        domain.set_disk_source(disk, "file").expect("possible");
        assert_eq!(
            source(&domain, disk),
            "<disk type='file'><driver name='qemu' type='raw'/><readonly/></disk>"
        );
    }

    #[test]
    fn another_protocol_keeps_the_server_and_drops_what_only_the_old_one_has() {
        let (mut domain, disk) = machine(
            "<disk type='network'><source protocol='rbd' name='p/i'><host name='a' port='1'/><host name='b'/><snapshot name='s'/>\
             <auth username='u'><secret type='ceph' usage='k'/></auth></source></disk>",
        );
        domain.set_disk_protocol(disk, "https").expect("possible");
        assert_eq!(
            source(&domain, disk),
            "<disk type='network'><source protocol='https' name='p/i'><host name='a'/></source></disk>"
        );
    }

    #[test]
    fn memory_is_shared_where_cells_said_it_is_not() {
        let text = "<domain type='kvm'><memoryBacking><hugepages/></memoryBacking>\
             <cpu><numa><cell id='0' memAccess='private'/><cell id='1'/></numa></cpu></domain>";
        let mut domain = Domain::parse(text).expect("a machine");
        assert!(!domain.shares_memory());
        domain.share_memory().expect("possible");
        assert!(domain.shares_memory());
        let expected = text
            .replace(
                "<hugepages/>",
                "<hugepages/><source type='memfd'/><access mode='shared'/>",
            )
            .replace("'private'", "'shared'");
        assert_eq!(domain.document().to_string(), expected);
        let mut plain = Domain::parse("<domain type='kvm'/>").expect("a machine");
        plain.share_memory().expect("possible");
        let backing = plain.document().value(plain.document().root(), "memoryBacking");
        assert_eq!(backing.as_deref(), Some(""));
        assert!(
            plain.document().to_string().contains("<source type='memfd'/>"),
            "{}",
            plain.document().to_string()
        );
    }
}
