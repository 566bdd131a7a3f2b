//! Networks that machines can be connected to.

use std::collections::HashSet;

use ipnet::IpNet;
use uuid::Uuid;

use crate::model::network::{IpBlock, NetworkDetails};
use crate::model::xml::object::{Network, network};
use crate::model::xml::{Document, XmlError};

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkFact {
    /// Name.
    pub name: String,
    /// Identity; `None` where the definition tells none.
    pub uuid: Option<Uuid>,
    /// It has a definition that outlives it; one without vanishes when it stops.
    pub persistent: bool,
    /// The host's addresses in it, with their subnets.
    pub addresses: Vec<IpNet>,
    /// It lends addresses.
    pub dhcp: bool,
    /// Title.
    pub title: Option<String>,
    /// It runs: machines that need it can start.
    pub active: bool,
    /// It starts with the host.
    pub autostart: bool,
    /// How packets leave: `nat`, `route`, `bridge` …; `None` for an isolated network.
    pub forward: Option<String>,
    /// The bridge of the host.
    pub bridge: Option<String>,
    /// Groups of ports.
    pub portgroups: Vec<PortGroup>,
}

/// A group of ports of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortGroup {
    /// Name.
    pub name: String,
    /// It is the one that interfaces get that name none.
    pub is_default: bool,
}

/// A network interface of the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostInterface {
    /// Name.
    pub name: String,
    /// Kind: `ethernet`, `bridge`, `bond`, `vlan`.
    pub kind: String,
    /// It is up.
    pub active: bool,
    /// Hardware address.
    pub mac: Option<String>,
}

impl NetworkFact {
    /// Reads a network's definition.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str, active: bool, autostart: bool) -> Result<Self, XmlError> {
        let definition = Network::parse(xml)?;
        let details = NetworkDetails::read(&definition);
        let document = definition.document();
        let mut names = HashSet::new();
        let portgroups = definition.portgroups().into_iter().filter_map(|id| {
            let name = document.attribute(id, "name")?.into_owned();
            let is_default = document.attribute(id, "default").as_deref() == Some("yes");
            names.insert(name.clone()).then_some(PortGroup { name, is_default })
        });
        let forwards = document.child(document.root(), "forward").is_some();
        Ok(Self {
            portgroups: portgroups.collect(),
            name: definition.get(network::NAME).unwrap_or_default(),
            uuid: details.uuid.as_deref().and_then(|uuid| uuid.parse().ok()),
            persistent: true,
            addresses: details.ips.iter().filter_map(IpBlock::net).collect(),
            dhcp: details.ips.iter().any(|block| block.dhcp.is_some()),
            title: details.title,
            active,
            autostart,
            // libvirt's default where the element says nothing.
            forward: definition
                .get(network::FORWARD)
                .or_else(|| forwards.then(|| "nat".to_owned())),
            bridge: definition.get(network::BRIDGE),
        })
    }
}

impl HostInterface {
    /// Reads an interface's description (`virInterfaceGetXMLDesc`).
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str, active: bool) -> Result<Self, XmlError> {
        let document = Document::parse(xml)?;
        let root = document.root();
        let said = |name: &str| document.attribute(root, name).map(std::borrow::Cow::into_owned);
        let mac = document
            .child(root, "mac")
            .and_then(|mac| document.attribute(mac, "address"))
            .map(std::borrow::Cow::into_owned);
        Ok(Self {
            name: said("name").unwrap_or_default(),
            kind: said("type").unwrap_or_default(),
            active,
            mac,
        })
    }
}
