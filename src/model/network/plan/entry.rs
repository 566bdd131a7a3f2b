//! What `virNetworkUpdate` can change: the entries of a definition, one by one.

use super::NetworkTiming;
use crate::i18n::tr;
use crate::model::network::document::blocks;
use crate::model::xml::object::{Network, network_forward, network_portgroup};
use crate::model::xml::{Document, NodeId};

/// A section of a definition that `virNetworkUpdate` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// An address that is kept for a machine.
    DhcpHost,
    /// Addresses that are lent.
    DhcpRange,
    /// An interface that is handed out.
    ForwardInterface,
    /// A group of ports.
    PortGroup,
    /// Names of an address.
    DnsHost,
    /// A text in DNS.
    DnsTxt,
    /// A service in DNS.
    DnsSrv,
}

/// What `virNetworkUpdate` does with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Puts it last.
    Add,
    /// Takes it away.
    Delete,
    /// Puts it in the place of the one with its identity.
    Modify,
}

/// One call of `virNetworkUpdate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// What is done.
    pub command: Command,
    /// Where.
    pub section: Section,
    /// In which address block of the definition, counted from 0; `None` where that does not matter.
    pub block: Option<usize>,
    /// The entry.
    pub xml: String,
    /// What undoes it: the command and the entry.
    pub back: (Command, String),
}

impl Section {
    /// What a person calls a change of such an entry.
    pub(super) fn title(self, was: bool, is: bool) -> String {
        match (self, was, is) {
            (Self::DhcpHost, false, _) => tr("New reserved address"),
            (Self::DhcpHost, _, false) => tr("Reserved address removed"),
            (Self::DhcpHost, ..) => tr("Reserved address"),
            (Self::DhcpRange, false, _) => tr("New DHCP range"),
            (Self::DhcpRange, _, false) => tr("DHCP range removed"),
            (Self::DhcpRange, ..) => tr("DHCP range"),
            (Self::ForwardInterface, false, _) => tr("New interface in the pool"),
            (Self::ForwardInterface, ..) => tr("Interface removed from the pool"),
            (Self::PortGroup, false, _) => tr("New port group"),
            (Self::PortGroup, _, false) => tr("Port group removed"),
            (Self::PortGroup, ..) => tr("Port group"),
            (Self::DnsHost, false, _) => tr("New DNS name"),
            (Self::DnsHost, _, false) => tr("DNS name removed"),
            (Self::DnsHost, ..) => tr("DNS name"),
            (Self::DnsTxt, false, _) => tr("New DNS text"),
            (Self::DnsTxt, _, false) => tr("DNS text removed"),
            (Self::DnsTxt, ..) => tr("DNS text"),
            (Self::DnsSrv, false, _) => tr("New DNS service"),
            (Self::DnsSrv, _, false) => tr("DNS service removed"),
            (Self::DnsSrv, ..) => tr("DNS service"),
        }
    }
}

/// One entry.
pub(super) struct Entry {
    pub(super) section: Section,
    /// The subnet of its address block.
    pub(super) block: Option<String>,
    /// What makes it itself in the definition.
    pub(super) place: String,
    /// What it says, for people.
    pub(super) text: String,
    /// The element, without layout.
    pub(super) canonical: String,
    xml: String,
    /// The name that it gives: two of one name confuse libvirt.
    name: Option<String>,
}

/// The entries of a definition.
pub(super) struct Entries {
    pub(super) list: Vec<Entry>,
    /// Its address blocks by their subnets, in its order.
    pub(super) blocks: Vec<String>,
}

/// All entries of a definition.
pub(super) fn entries(definition: &Network) -> Entries {
    let document = definition.document();
    let root = document.root();
    let mut found = Entries {
        list: Vec::new(),
        blocks: Vec::new(),
    };
    for (id, block) in blocks(definition) {
        // What has no address is told by its text.
        let subnet = block
            .net()
            .map_or_else(|| block.address_text(), |net| net.trunc().to_string());
        if let Some(dhcp) = document.child(id, "dhcp") {
            found.add(document, dhcp, "range", Section::DhcpRange, Some(&subnet));
            found.add(document, dhcp, "host", Section::DhcpHost, Some(&subnet));
        }
        found.blocks.push(subnet);
    }
    if let Some(dns) = document.child(root, "dns") {
        found.add(document, dns, "txt", Section::DnsTxt, None);
        found.add(document, dns, "host", Section::DnsHost, None);
        found.add(document, dns, "srv", Section::DnsSrv, None);
    }
    if let Some(forward) = document.child(root, "forward") {
        found.add(document, forward, "interface", Section::ForwardInterface, None);
    }
    found.add(document, root, "portgroup", Section::PortGroup, None);
    found
}

impl Entries {
    fn add(&mut self, document: &Document, parent: NodeId, name: &str, section: Section, block: Option<&str>) {
        for id in document.children_named(parent, name) {
            let mut place = format!("{name} {}", key(document, id, section));
            if let Some(block) = block {
                place = format!("ip {block} {place}");
            }
            // Two that nothing tells apart are two still.
            while self.list.iter().any(|entry| entry.place == place) {
                place.push('+');
            }
            self.list.push(Entry {
                section,
                block: block.map(str::to_owned),
                place,
                text: text(document, id),
                canonical: document.canonical(id),
                xml: document.source(id),
                name: document.attribute(id, "name").map(std::borrow::Cow::into_owned),
            });
        }
    }
}

fn key(document: &Document, id: NodeId, section: Section) -> String {
    let attribute = |name: &str| document.attribute(id, name).unwrap_or_default().into_owned();
    let first = |names: &[&str]| names.iter().map(|name| attribute(name)).find(|value| !value.is_empty());
    match section {
        Section::DhcpHost => first(&["mac", "id", "name"]).unwrap_or_default().to_lowercase(),
        Section::DhcpRange => format!("{}-{}", attribute("start"), attribute("end")),
        Section::ForwardInterface => document.get(id, network_forward::DEV).unwrap_or_default(),
        Section::PortGroup => document.get(id, network_portgroup::NAME).unwrap_or_default(),
        Section::DnsHost => attribute("ip"),
        Section::DnsTxt => attribute("name"),
        Section::DnsSrv => ["service", "protocol", "domain", "target", "port"]
            .map(attribute)
            .join(" "),
    }
}

/// What an element says: its values, one after the other.
fn text(document: &Document, id: NodeId) -> String {
    let mut words = Vec::new();
    for id in document.descendants(id) {
        words.extend(document.attributes(id).map(|(_, value)| value.into_owned()));
        let said = document.text(id);
        if !said.trim().is_empty() {
            words.push(said.trim().to_owned());
        }
    }
    words.join(", ")
}

/// The calls that bring a running network from one entry to another, and when the change holds.
pub(super) fn make_real(
    running: &Entries,
    before: Option<&Entry>,
    after: Option<&Entry>,
) -> (NetworkTiming, Vec<Update>) {
    let Some(either) = after.or(before) else {
        return (NetworkTiming::Now, Vec::new());
    };
    let block = match &either.block {
        None => None,
        Some(subnet) => match running.blocks.iter().position(|known| known == subnet) {
            Some(at) => Some(at),
            None => {
                let why = tr("The running network does not have this subnet yet.");
                return (NetworkTiming::Restart(why), Vec::new());
            }
        },
    };
    let there = running.list.iter().find(|entry| entry.place == either.place);
    let update = |command, entry: &Entry, back| Update {
        command,
        section: either.section,
        block,
        xml: entry.xml.clone(),
        back,
    };
    let delete = |old: &Entry| update(Command::Delete, old, (Command::Add, old.xml.clone()));
    let add = |new: &Entry| update(Command::Add, new, (Command::Delete, new.xml.clone()));
    let updates = match (there, after) {
        (Some(there), Some(after)) if there.canonical == after.canonical => Vec::new(),
        (Some(there), Some(after)) if is_modifiable(running, there, after) => {
            vec![update(Command::Modify, after, (Command::Modify, there.xml.clone()))]
        }
        (Some(there), Some(after)) => vec![delete(there), add(after)],
        (None, Some(after)) => vec![add(after)],
        (Some(there), None) => vec![delete(there)],
        (None, None) => Vec::new(),
    };
    (NetworkTiming::Now, updates)
}

/// Whether libvirt can put the new entry in the place of the old one. It looks for a reserved address by hardware address *or*
/// name, and takes the first.
fn is_modifiable(running: &Entries, there: &Entry, after: &Entry) -> bool {
    match there.section {
        Section::PortGroup => true,
        Section::DhcpHost => {
            let is_other = |entry: &&Entry| entry.section == Section::DhcpHost && entry.place != there.place;
            let mut others = running.list.iter().filter(is_other);
            !there.place.ends_with('+') && (after.name.is_none() || others.all(|other| other.name != after.name))
        }
        _ => false,
    }
}
