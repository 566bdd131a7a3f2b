//! What a network is and has at the moment.

use uuid::Uuid;

use super::details::Rate;
use crate::model::xml::domain::Domain;
use crate::model::xml::{Document, NodeId, XmlError};

/// The definitions of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkDefinitions {
    /// That of the next start; `None` where the network vanishes when it stops.
    pub persistent: Option<String>,
    /// That of the running network; `None` while it is off.
    pub live: Option<String>,
    /// It starts with the host.
    pub autostart: bool,
}

impl NetworkDefinitions {
    /// What an editor begins with: the definition of the next start, that of the running one where there is no other.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        self.persistent.as_deref().or(self.live.as_deref())
    }
}

/// An address that was lent (`virNetworkDHCPLease`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lease {
    /// Interface of the host that it was lent on: the bridge.
    pub interface: String,
    /// When it ends, in seconds since 1970; `None` for never.
    pub expires: Option<i64>,
    /// It is an IPv6 address.
    pub is_ipv6: bool,
    /// Hardware address.
    pub mac: Option<String>,
    /// Identity association, for IPv6.
    pub iaid: Option<String>,
    /// The address.
    pub ip: String,
    /// Length of the prefix.
    pub prefix: u32,
    /// Name that the guest gave.
    pub hostname: Option<String>,
    /// Client identity or DUID.
    pub client_id: Option<String>,
}

/// A port of a network (`virNetworkPort`): the plug of one interface of one machine that runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkPort {
    /// Identity.
    pub uuid: String,
    /// Machine.
    pub machine: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// Group.
    pub group: Option<String>,
    /// How it is plugged: `network`, `bridge`, `direct`, `hostdev-pci`.
    pub plug: Option<String>,
    /// Bridge or interface of the host.
    pub device: Option<String>,
    /// Limit of what the machine receives.
    pub inbound: Rate,
    /// Limit of what it sends.
    pub outbound: Rate,
}

impl NetworkPort {
    /// Reads a port's description (`virNetworkPortGetXMLDesc`).
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let document = Document::parse(xml)?;
        let root = document.root();
        let attribute = |path: &str, name: &str| said(&document, root, path, name);
        let rate = |path: &str| Rate {
            average: number(&document, root, path, "average"),
            peak: number(&document, root, path, "peak"),
            burst: number(&document, root, path, "burst"),
        };
        Ok(Self {
            uuid: document.value(root, "uuid").unwrap_or_default(),
            machine: document.value(root, "owner/uuid").and_then(|uuid| uuid.parse().ok()),
            name: document.value(root, "owner/name").unwrap_or_default(),
            mac: attribute("mac", "address"),
            group: document.value(root, "group").filter(|group| !group.is_empty()),
            plug: attribute("plug", "type"),
            device: attribute("plug", "bridge").or_else(|| attribute("plug", "dev")),
            inbound: rate("bandwidth/inbound"),
            outbound: rate("bandwidth/outbound"),
        })
    }
}

fn said(document: &Document, from: NodeId, path: &str, name: &str) -> Option<String> {
    let element = document.find(from, path)?;
    let value = document.attribute(element, name)?.into_owned();
    (!value.is_empty()).then_some(value)
}

fn number(document: &Document, from: NodeId, path: &str, name: &str) -> Option<u64> {
    said(document, from, path, name)?.parse().ok()
}

/// What an interface of a machine is plugged into.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttachmentKind {
    /// A virtual network, by its name.
    Network(String),
    /// A bridge of the host, by its name.
    Bridge(String),
    /// An interface of the host (macvtap), by its name.
    Direct(String),
    /// Something else: libvirt's word (`user`, `ethernet`, `hostdev`, `vhostuser`, …).
    Other(String),
}

/// An interface of a machine and what it is plugged into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The machine.
    pub machine: Uuid,
    /// Its name.
    pub name: String,
    /// The machine runs: this is what holds now. Else it is what will hold.
    pub active: bool,
    /// Hardware address.
    pub mac: Option<String>,
    /// What it is plugged into.
    pub kind: AttachmentKind,
    /// The bridge that this comes to, while the machine runs.
    pub bridge: Option<String>,
    /// Group of ports.
    pub portgroup: Option<String>,
    /// Device of the host: `vnet0`.
    pub device: Option<String>,
    /// The link is down.
    pub link_down: bool,
    /// Packet filter.
    pub filter: Option<String>,
    /// What the guest sees: `virtio`.
    pub model: Option<String>,
}

impl Attachment {
    /// Reads the interfaces of a machine's definition.
    #[must_use]
    pub fn of(definition: &Domain, active: bool) -> Vec<Self> {
        let document = definition.document();
        let Some(machine) = definition.uuid() else {
            return Vec::new();
        };
        let name = document.value(document.root(), "name").unwrap_or_default();
        let Some(devices) = document.child(document.root(), "devices") else {
            return Vec::new();
        };
        let interfaces = document.children_named(devices, "interface");
        let read = |id| {
            let attribute = |path: &str, name: &str| said(document, id, path, name);
            let word = document.attribute(id, "type").unwrap_or_default().into_owned();
            let kind = match word.as_str() {
                "network" => AttachmentKind::Network(attribute("source", "network").unwrap_or_default()),
                "bridge" => AttachmentKind::Bridge(attribute("source", "bridge").unwrap_or_default()),
                "direct" => AttachmentKind::Direct(attribute("source", "dev").unwrap_or_default()),
                _ => AttachmentKind::Other(word),
            };
            Self {
                machine,
                name: name.clone(),
                active,
                mac: attribute("mac", "address"),
                kind,
                bridge: attribute("source", "bridge"),
                portgroup: attribute("source", "portgroup"),
                device: attribute("target", "dev"),
                link_down: attribute("link", "state").as_deref() == Some("down"),
                filter: attribute("filterref", "filter"),
                model: attribute("model", "type"),
            }
        };
        interfaces.map(read).collect()
    }

    /// Name of the virtual network, where it is plugged into one.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        match &self.kind {
            AttachmentKind::Network(name) => Some(name),
            _ => None,
        }
    }
}
