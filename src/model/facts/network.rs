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
    /// Interfaces of the host that packets leave by, or that are handed out; none for any.
    pub uplinks: Vec<String>,
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
    /// Of a bridge or bond: what is plugged into it.
    pub ports: Vec<String>,
    /// Addresses with the lengths of their prefixes: `192.0.2.7/24`.
    pub addresses: Vec<String>,
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
            uplinks: uplinks(&definition),
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
            ports: ports(&document),
            addresses: addresses(&document),
        })
    }
}

fn uplinks(definition: &Network) -> Vec<String> {
    let document = definition.document();
    let Some(forward) = document.child(document.root(), "forward") else {
        return Vec::new();
    };
    let handed_out = document.children_named(forward, "interface");
    let devices = std::iter::once(forward).chain(handed_out);
    let mut names: Vec<String> = Vec::new();
    for device in devices {
        // libvirt repeats the first of the list as the attribute.
        if let Some(name) = document.attribute(device, "dev").map(std::borrow::Cow::into_owned)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

fn ports(document: &Document) -> Vec<String> {
    let root = document.root();
    let holders = ["bridge", "bond"]
        .into_iter()
        .filter_map(|name| document.child(root, name));
    holders
        .flat_map(|holder| document.children_named(holder, "interface"))
        .filter_map(|port| document.attribute(port, "name").map(std::borrow::Cow::into_owned))
        .collect()
}

fn addresses(document: &Document) -> Vec<String> {
    let families = document.children_named(document.root(), "protocol");
    let found = families.flat_map(|family| document.children_named(family, "ip"));
    found
        .filter_map(|ip| {
            let address = document.attribute(ip, "address")?;
            let prefix = document.attribute(ip, "prefix");
            Some(prefix.map_or_else(|| address.to_string(), |prefix| format!("{address}/{prefix}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_says_where_it_leads_and_what_it_serves() {
        let xml = "<network><name>n</name><forward mode='nat' dev='eth0'><interface dev='eth0'/><interface dev='eth1'/></forward>\
                   <ip address='10.1.2.1' netmask='255.255.255.128'/><ip family='ipv6' address='fd00:1::1' prefix='64'/></network>";
        let fact = NetworkFact::read(xml, true, false).expect("a network");
        assert_eq!(fact.uplinks, ["eth0", "eth1"]);
        let addresses: Vec<String> = fact.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["10.1.2.1/25", "fd00:1::1/64"]);
    }

    #[test]
    fn a_bridge_says_what_is_plugged_into_it() {
        let xml = "<interface type='bridge' name='br0'><protocol family='ipv4'><ip address='192.0.2.7' prefix='24'/></protocol>\
                   <bridge><interface type='ethernet' name='eth0'/><interface type='ethernet' name='vnet3'/></bridge></interface>";
        let bridge = HostInterface::read(xml, true).expect("an interface");
        assert_eq!(bridge.ports, ["eth0", "vnet3"]);
        assert_eq!(bridge.addresses, ["192.0.2.7/24"]);
    }
}
