//! Reading a network's definition, and writing what was changed back into it.

use super::details::{Bridge, Dns, DnsDomain, Forward, ForwardMode, IpBlock, NetworkDetails, Rate, Traffic};
use super::part::{Part, put, read_all, write_all};
use crate::model::xml::field::Field;
use crate::model::xml::object::{Network, network, network_traffic as traffic};
use crate::model::xml::{Document, NodeId, Refused, XmlError, escape};

/// Namespace of what is handed to dnsmasq as it is.
pub(super) const DNSMASQ: &str = "http://libvirt.org/schemas/network/dnsmasq/1.0";

impl NetworkDetails {
    /// Reads a definition.
    ///
    /// # Errors
    /// Where it is none of a network.
    pub fn parse(xml: &str) -> Result<Self, XmlError> {
        Network::parse(xml).map(|network| Self::read(&network))
    }

    /// Reads a definition that was parsed.
    #[must_use]
    pub fn read(definition: &Network) -> Self {
        let document = definition.document();
        let root = document.root();
        Self {
            name: definition.get(network::NAME).unwrap_or_default(),
            uuid: definition.get(network::UUID),
            title: definition.get(network::TITLE),
            description: definition.get(network::DESCRIPTION),
            forward: Forward::read(definition),
            bridge: Bridge {
                name: definition.get(network::BRIDGE),
                stp: definition.get(network::STP),
                delay: definition.get(network::DELAY),
                zone: definition.get(network::ZONE),
                mac_table: definition.get(network::MAC_TABLE),
            },
            mtu: definition.get(network::MTU),
            mac: definition.get(network::MAC),
            guest_ipv6: definition.get(network::IPV6),
            domain: DnsDomain {
                name: definition.get(network::DOMAIN),
                local_only: definition.get(network::DOMAIN_LOCAL_ONLY),
                register: definition.get(network::DOMAIN_REGISTER),
            },
            dns: Dns::read(definition),
            ips: read_all(document, root),
            routes: read_all(document, root),
            traffic: Traffic::read(document, root),
            portgroups: read_all(document, root),
            dnsmasq: dnsmasq(document)
                .map(|options| {
                    let lines = options_of(document, options);
                    lines
                        .into_iter()
                        .filter_map(|id| document.attribute(id, "value").map(std::borrow::Cow::into_owned))
                        .collect()
                })
                .unwrap_or_default(),
        }
    }

    /// Writes these values into a definition: what differs is changed, everything else stays as it is.
    ///
    /// # Errors
    /// Where a value cannot be written.
    pub fn write(&self, definition: &mut Network) -> Result<(), Refused> {
        let document = definition.document_mut();
        let root = document.root();
        put(document, root, network::NAME, &Some(self.name.clone()))?;
        put(document, root, network::UUID, &self.uuid)?;
        put(document, root, network::TITLE, &self.title)?;
        put(document, root, network::DESCRIPTION, &self.description)?;
        self.forward.write(document)?;
        put(document, root, network::BRIDGE, &self.bridge.name)?;
        put(document, root, network::STP, &self.bridge.stp)?;
        put(document, root, network::DELAY, &self.bridge.delay)?;
        put(document, root, network::ZONE, &self.bridge.zone)?;
        put(document, root, network::MAC_TABLE, &self.bridge.mac_table)?;
        put(document, root, network::MTU, &self.mtu)?;
        put(document, root, network::MAC, &self.mac)?;
        put(document, root, network::IPV6, &self.guest_ipv6)?;
        put(document, root, network::DOMAIN, &self.domain.name)?;
        put(document, root, network::DOMAIN_LOCAL_ONLY, &self.domain.local_only)?;
        put(document, root, network::DOMAIN_REGISTER, &self.domain.register)?;
        self.dns.write(document)?;
        write_all(document, root, &self.ips)?;
        write_all(document, root, &self.routes)?;
        self.traffic.write(document, root)?;
        write_all(document, root, &self.portgroups)?;
        write_dnsmasq(document, &self.dnsmasq)
    }

    /// The definition of a new network with these values.
    ///
    /// # Errors
    /// Where a value cannot be written.
    pub fn to_xml(&self) -> Result<String, Refused> {
        let mut definition = Network::parse("<network>\n</network>\n")?;
        self.write(&mut definition)?;
        Ok(definition.document().to_string())
    }

    /// An edited definition: `xml` with these values.
    ///
    /// # Errors
    /// Where `xml` is no definition of a network or a value cannot be written.
    pub fn write_into(&self, xml: &str) -> Result<String, Refused> {
        let mut definition = Network::parse(xml)?;
        self.write(&mut definition)?;
        Ok(definition.document().to_string())
    }
}

impl Forward {
    fn read(definition: &Network) -> Self {
        let document = definition.document();
        let forward = document.child(document.root(), "forward");
        let mode = match (forward, definition.get(network::FORWARD)) {
            (None, _) => Some(ForwardMode::Isolated),
            (Some(_), None) => Some(ForwardMode::Nat),
            // libvirt's word for an isolated network, which it never writes.
            (Some(_), Some(word)) if word == "none" => Some(ForwardMode::Isolated),
            (Some(_), Some(word)) => ForwardMode::from_word(&word),
        };
        Self {
            mode,
            dev: definition.get(network::FORWARD_DEV),
            nat_ipv6: definition.get(network::NAT_IPV6),
            nat_start: definition.get(network::NAT_START),
            nat_end: definition.get(network::NAT_END),
            nat_port_start: definition.get(network::NAT_PORT_START),
            nat_port_end: definition.get(network::NAT_PORT_END),
            managed: definition.get(network::FORWARD_MANAGED),
            driver: definition.get(network::FORWARD_DRIVER),
            pf: definition.get(network::FORWARD_PF),
            interfaces: forward.map(|id| read_all(document, id)).unwrap_or_default(),
            addresses: forward.map(|id| read_all(document, id)).unwrap_or_default(),
        }
    }

    fn write(&self, document: &mut Document) -> Result<(), Refused> {
        let root = document.root();
        let forward = document.child(root, "forward");
        if self.mode == Some(ForwardMode::Isolated) {
            if let Some(forward) = forward {
                document.remove(forward);
            }
            return Ok(());
        }
        let said = forward.and_then(|_| document.get(root, network::FORWARD));
        let word = self.mode.and_then(ForwardMode::word);
        let is_default = forward.is_some() && said.is_none() && self.mode == Some(ForwardMode::Nat);
        if word.is_some() && said.as_deref() != word && !is_default {
            document.set(root, network::FORWARD, word.map(str::to_owned))?;
        }
        let Some(forward) = document.child(root, "forward") else {
            return Ok(());
        };
        if word.is_some_and(|word| word != "nat")
            && let Some(nat) = document.child(forward, "nat")
        {
            document.remove(nat);
        } else {
            put(document, root, network::NAT_IPV6, &self.nat_ipv6)?;
            put(document, root, network::NAT_START, &self.nat_start)?;
            put(document, root, network::NAT_END, &self.nat_end)?;
            put(document, root, network::NAT_PORT_START, &self.nat_port_start)?;
            put(document, root, network::NAT_PORT_END, &self.nat_port_end)?;
        }
        put(document, root, network::FORWARD_DEV, &self.dev)?;
        put(document, root, network::FORWARD_MANAGED, &self.managed)?;
        put(document, root, network::FORWARD_DRIVER, &self.driver)?;
        put(document, root, network::FORWARD_PF, &self.pf)?;
        write_all(document, forward, &self.interfaces)?;
        write_addresses(document, forward, &self.addresses)
    }
}

fn write_addresses(
    document: &mut Document,
    forward: NodeId,
    addresses: &[super::details::ForwardAddress],
) -> Result<(), Refused> {
    write_all(document, forward, addresses)?;
    for id in super::part::nodes::<super::details::ForwardAddress>(document, forward) {
        // The only type there is.
        if document.attribute(id, "type").is_none() {
            document.set_attribute(id, "type", "pci")?;
        }
    }
    Ok(())
}

impl Dns {
    fn read(definition: &Network) -> Self {
        let document = definition.document();
        let dns = document.child(document.root(), "dns");
        Self {
            enable: definition.get(network::DNS),
            forward_plain_names: definition.get(network::DNS_PLAIN_NAMES),
            forwarders: dns.map(|id| read_all(document, id)).unwrap_or_default(),
            txts: dns.map(|id| read_all(document, id)).unwrap_or_default(),
            hosts: dns.map(|id| read_all(document, id)).unwrap_or_default(),
            srvs: dns.map(|id| read_all(document, id)).unwrap_or_default(),
        }
    }

    fn write(&self, document: &mut Document) -> Result<(), Refused> {
        let root = document.root();
        put(document, root, network::DNS, &self.enable)?;
        put(document, root, network::DNS_PLAIN_NAMES, &self.forward_plain_names)?;
        let is_empty =
            self.forwarders.is_empty() && self.txts.is_empty() && self.hosts.is_empty() && self.srvs.is_empty();
        let dns = match document.child(root, "dns") {
            Some(dns) => dns,
            None if is_empty => return Ok(()),
            None => document.insert_ordered(root, "<dns/>")?,
        };
        let was_bare = document.is_bare_element(dns);
        write_all(document, dns, &self.forwarders)?;
        write_all(document, dns, &self.txts)?;
        write_all(document, dns, &self.hosts)?;
        write_all(document, dns, &self.srvs)?;
        if !was_bare && document.is_bare_element(dns) {
            document.remove(dns);
        }
        Ok(())
    }
}

const RATES: [[Field<u64>; 3]; 2] = [
    [traffic::INBOUND_AVERAGE, traffic::INBOUND_PEAK, traffic::INBOUND_BURST],
    [
        traffic::OUTBOUND_AVERAGE,
        traffic::OUTBOUND_PEAK,
        traffic::OUTBOUND_BURST,
    ],
];

impl Traffic {
    pub(super) fn read(document: &Document, id: NodeId) -> Self {
        let rate = |[average, peak, burst]: [Field<u64>; 3]| Rate {
            average: document.get(id, average),
            peak: document.get(id, peak),
            burst: document.get(id, burst),
        };
        let parameters = document.find(id, "virtualport/parameters");
        let parameters = parameters.map(|id| {
            let all = document.attributes(id);
            all.map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
        });
        Self {
            inbound: rate(RATES[0]),
            outbound: rate(RATES[1]),
            trunk: document.get(id, traffic::TRUNK),
            tags: document
                .child(id, "vlan")
                .map(|vlan| read_all(document, vlan))
                .unwrap_or_default(),
            virtualport: document.get(id, traffic::VIRTUALPORT),
            parameters: parameters.unwrap_or_default(),
            isolated: document.get(id, traffic::ISOLATED),
            trust: document.get(id, traffic::TRUST),
        }
    }

    pub(super) fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        for ([average, peak, burst], rate) in RATES.into_iter().zip([self.inbound, self.outbound]) {
            put(document, id, average, &rate.average)?;
            put(document, id, peak, &rate.peak)?;
            put(document, id, burst, &rate.burst)?;
        }
        put(document, id, traffic::TRUNK, &self.trunk)?;
        let vlan = match document.child(id, "vlan") {
            None if !self.tags.is_empty() => Some(document.insert_ordered(id, "<vlan/>")?),
            vlan => vlan,
        };
        if let Some(vlan) = vlan {
            write_all(document, vlan, &self.tags)?;
            if self.tags.is_empty() {
                // A VLAN without a number is none to libvirt.
                document.remove(vlan);
            }
        }
        put(document, id, traffic::VIRTUALPORT, &self.virtualport)?;
        self.write_parameters(document, id)?;
        put(document, id, traffic::ISOLATED, &self.isolated)?;
        put(document, id, traffic::TRUST, &self.trust)
    }

    fn write_parameters(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        if Self::read(document, id).parameters == self.parameters {
            return Ok(());
        }
        let port = match document.child(id, "virtualport") {
            Some(port) => port,
            None => document.insert_ordered(id, "<virtualport/>")?,
        };
        let place = match document.child(port, "parameters") {
            Some(place) => place,
            None => document.insert_ordered(port, "<parameters/>")?,
        };
        let old: Vec<String> = document.attributes(place).map(|(name, _)| name.to_owned()).collect();
        for name in old.iter().filter(|name| !self.parameters.contains_key(*name)) {
            document.remove_attribute(place, name);
        }
        for (name, value) in &self.parameters {
            document.set_attribute(place, name, value)?;
        }
        for bare in [place, port] {
            if document.is_bare_element(bare) {
                document.remove(bare);
            }
        }
        Ok(())
    }
}

/// The element that holds lines for dnsmasq.
fn dnsmasq(document: &Document) -> Option<NodeId> {
    document
        .children(document.root())
        .find(|id| document.local_name(*id) == "options" && document.namespace(*id).as_deref() == Some(DNSMASQ))
}

fn options_of(document: &Document, options: NodeId) -> Vec<NodeId> {
    let is_option = |id: &NodeId| document.local_name(*id) == "option";
    document.children(options).filter(is_option).collect()
}

fn write_dnsmasq(document: &mut Document, lines: &[String]) -> Result<(), Refused> {
    let there = dnsmasq(document);
    let nodes = there.map(|options| options_of(document, options)).unwrap_or_default();
    let said: Vec<String> = nodes
        .iter()
        .filter_map(|id| document.attribute(*id, "value").map(std::borrow::Cow::into_owned))
        .collect();
    if said == lines {
        return Ok(());
    }
    if lines.is_empty() {
        if let Some(options) = there {
            document.remove(options);
        }
        return Ok(());
    }
    let options = match there {
        Some(options) => options,
        None => {
            let root = document.root();
            let empty = format!("<dnsmasq:options xmlns:dnsmasq='{DNSMASQ}'/>");
            document.insert(root, crate::model::xml::Place::Last, &empty)?
        }
    };
    let prefix = document
        .name(options)
        .strip_suffix("options")
        .unwrap_or_default()
        .to_owned();
    for id in nodes {
        document.remove(id);
    }
    for line in lines {
        let line = format!("<{prefix}option value='{}'/>", escape(line));
        document.insert(options, crate::model::xml::Place::Last, &line)?;
    }
    Ok(())
}

/// The address blocks of a definition, by their place in it: what `virNetworkUpdate` counts.
pub(super) fn blocks(definition: &Network) -> Vec<(NodeId, IpBlock)> {
    let document = definition.document();
    let all = definition.ips().into_iter();
    all.map(|id| (id, IpBlock::read(document, id))).collect()
}
