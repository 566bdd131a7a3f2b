//! Network cards of running machines, and how they get back into a network that was restarted: its bridge is a new one then,
//! which no cable hangs in.

use uuid::Uuid;

use super::details::{ForwardMode, NetworkDetails};
use crate::model::error::VirtError;
use crate::model::xml::domain::Domain;
use crate::model::xml::object::{Network, network};
use crate::model::xml::{Document, NodeId, Place, Refused};

/// What a network that cards only pass through has of the other: what libvirt does not let a card change.
const SHARED: [&str; 5] = ["mtu", "port", "portgroup", "vlan", "virtualport"];

/// A network card of a running machine that is plugged into a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkCard {
    /// The machine.
    pub machine: Uuid,
    /// Its name.
    pub name: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// The card as the running machine has it.
    xml: String,
}

/// What became of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replugged {
    /// The machine; `None` for one that this connection does not show, such as a container of another driver.
    pub machine: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// Why it is not plugged in again.
    pub failure: Option<VirtError>,
}

impl NetworkCard {
    /// The cards of a running machine in the network of this name.
    #[must_use]
    pub fn of(definition: &Domain, network: &str) -> Vec<Self> {
        let document = definition.document();
        let name = document.value(document.root(), "name").unwrap_or_default();
        let devices = document.child(document.root(), "devices");
        let (Some(machine), Some(devices)) = (definition.uuid(), devices) else {
            return Vec::new();
        };
        let is_in = |id: &NodeId| {
            let source = document.child(*id, "source");
            document.attribute(*id, "type").as_deref() == Some("network")
                && source
                    .and_then(|source| document.attribute(source, "network"))
                    .as_deref()
                    == Some(network)
        };
        let card = |id: NodeId| Self {
            machine,
            name: name.clone(),
            mac: document
                .child(id, "mac")
                .and_then(|mac| document.attribute(mac, "address"))
                .map(std::borrow::Cow::into_owned),
            xml: document.source(id),
        };
        document
            .children_named(devices, "interface")
            .filter(is_in)
            .map(card)
            .collect()
    }

    /// The card as it would be in the network of this name, for `virDomainUpdateDeviceFlags`.
    ///
    /// # Errors
    /// Where the name cannot be written.
    pub fn in_network(&self, network: &str) -> Result<String, Refused> {
        let mut document = Document::parse(&self.xml)?;
        let root = document.root();
        if let Some(source) = document.child(root, "source") {
            document.set_attribute(source, "network", network)?;
            // Those of the plug that it had.
            document.remove_attribute(source, "portid");
            document.remove_attribute(source, "bridge");
        }
        Ok(document.to_string())
    }

    /// What became of it.
    #[must_use]
    pub fn replugged(self, failure: Option<VirtError>) -> Replugged {
        Replugged {
            machine: Some(self.machine),
            name: self.name,
            mac: self.mac,
            failure,
        }
    }
}

/// Whether the cards in a network lose their cables when it stops: its bridge goes with it.
#[must_use]
pub fn unplugs_when_stopped(details: &NetworkDetails) -> bool {
    details.forward.mode.is_none_or(ForwardMode::has_own_bridge)
}

/// The definition of a network without addresses or a way out, which cards pass through on their way back into `running`:
/// libvirt plugs a card only where its bridge is another one than before.
///
/// # Errors
/// Where the name cannot be written.
pub fn detour(running: &Network, name: &str) -> Result<String, Refused> {
    let mut definition = running.clone();
    let document = definition.document_mut();
    let root = document.root();
    let others: Vec<NodeId> = document
        .children(root)
        .filter(|id| !SHARED.contains(&document.local_name(*id)))
        .collect();
    for id in others {
        document.remove(id);
    }
    document.remove_attribute(root, "connections");
    document.insert(root, Place::First, "<bridge stp='off' delay='0'/>")?;
    definition.set(network::NAME, Some(name.to_owned()))?;
    Ok(definition.document().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_keeps_all_but_its_plug_on_its_way_back() {
        let xml = "<domain type='kvm'><name>web</name><uuid>06578fc1-c686-46fa-bc2c-83893b466a6b</uuid><devices>\
            <interface type='network'><mac address='52:54:00:00:00:01'/>\
            <source network='lab' portgroup='g' portid='p' bridge='virbr7'/><target dev='vnet3'/><alias name='net0'/>\
            <bandwidth><inbound average='1000'/></bandwidth></interface>\
            <interface type='network'><source network='other'/></interface>\
            <interface type='bridge'><source bridge='lab'/></interface></devices></domain>";
        let domain = Domain::parse(xml).expect("a machine");
        let cards = NetworkCard::of(&domain, "lab");
        assert_eq!(cards.len(), 1);
        assert_eq!(
            (cards[0].name.as_str(), cards[0].mac.as_deref()),
            ("web", Some("52:54:00:00:00:01"))
        );
        assert_eq!(
            cards[0].in_network("<&'").expect("a card"),
            "<interface type='network'><mac address='52:54:00:00:00:01'/>\
             <source network='&lt;&amp;&apos;' portgroup='g'/><target dev='vnet3'/><alias name='net0'/>\
             <bandwidth><inbound average='1000'/></bandwidth></interface>"
        );
    }

    #[test]
    fn the_detour_keeps_cards_apart_as_the_network_does_and_leads_nowhere() {
        let running = Network::parse(
            "<network connections='2'><name>lab</name><uuid>06578fc1-c686-46fa-bc2c-83893b466a6b</uuid>\
             <forward mode='nat'/><bridge name='virbr7' stp='on' delay='0'/><mtu size='1400'/><domain name='lab'/>\
             <ip address='10.0.0.1' prefix='24'/><port isolated='yes'/>\
             <portgroup name='g'><bandwidth><inbound average='1'/></bandwidth></portgroup></network>",
        );
        let text = detour(&running.expect("a network"), "vireo-x").expect("a definition");
        let details = NetworkDetails::parse(&text).expect("a network");
        assert_eq!((details.name.as_str(), details.uuid.as_deref()), ("vireo-x", None));
        assert_eq!(details.forward.mode, Some(ForwardMode::Isolated));
        assert_eq!((details.bridge.name.as_deref(), details.mtu), (None, Some(1400)));
        assert!(details.ips.is_empty() && details.domain.name.is_none());
        assert_eq!((details.traffic.isolated, details.portgroups.len()), (Some(true), 1));
        assert!(!text.contains("connections"), "{text}");
    }
}
