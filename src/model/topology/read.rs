//! From machines, networks and interfaces to nodes and links.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::{Column, FEW_ALIKE, FEW_MACHINES, Link, Node, Standing, Subject, Topology};
use crate::model::domain::NicInfo;

/// A machine, as far as its connections matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
    /// It runs.
    pub running: bool,
    /// What its network cards are plugged into; `None` where the definition is not known yet.
    pub plugs: Option<Vec<Target>>,
}

/// What a network card is plugged into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A virtual network.
    Network(String),
    /// A bridge of the host.
    Bridge(String),
    /// An interface of the host, without a bridge.
    Interface(String),
    /// The hypervisor's own networking.
    User,
    /// Something else, by libvirt's word.
    Other(String),
}

impl Target {
    /// Of a network card.
    #[must_use]
    pub fn of(nic: &NicInfo) -> Self {
        let source = || nic.source.clone().unwrap_or_default();
        match nic.kind.as_str() {
            "network" => Self::Network(source()),
            "bridge" => Self::Bridge(source()),
            "direct" => Self::Interface(source()),
            "user" => Self::User,
            other => Self::Other(other.to_owned()),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::Network(name) => Subject::Network(name.clone()),
            Self::Bridge(name) => Subject::Bridge(name.clone()),
            Self::Interface(name) => Subject::Interface(name.clone()),
            Self::User => Subject::User,
            Self::Other(word) => Subject::Other(word.clone()),
        }
    }
}

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Net {
    /// Name.
    pub name: String,
    /// It runs.
    pub active: bool,
    /// How packets leave, as libvirt calls it; `None` for an isolated one.
    pub forward: Option<String>,
    /// Its bridge.
    pub bridge: Option<String>,
    /// Interfaces of the host that its packets leave by; none for any.
    pub uplinks: Vec<String>,
    /// What is worth a line: mode and subnet.
    pub detail: String,
}

/// A bridge or interface of the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Port {
    /// Name.
    pub name: String,
    /// It is a bridge.
    pub bridge: bool,
    /// It is up; `None` where that is not known.
    pub active: Option<bool>,
    /// What is worth a line.
    pub detail: String,
    /// What is plugged into it.
    pub ports: Vec<String>,
}

/// Gathers the picture.
pub(super) struct Reader<'a> {
    networks: &'a [Net],
    ports: &'a [Port],
    topology: Topology,
    places: HashMap<Subject, usize>,
    links: BTreeMap<(usize, usize), (bool, usize)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(networks: &'a [Net], ports: &'a [Port]) -> Self {
        Self {
            networks,
            ports,
            topology: Topology::default(),
            places: HashMap::new(),
            links: BTreeMap::new(),
        }
    }

    pub(super) fn read(mut self, machines: &[Machine], open: &HashSet<String>) -> Topology {
        for network in self.networks {
            self.network(network);
        }
        for port in self.ports {
            self.port(port);
        }
        self.machines(machines, open);
        let links = self.links.into_iter();
        self.topology.links = links
            .map(|((from, to), (live, count))| Link { from, to, live, count })
            .collect();
        self.topology
    }

    fn node(&mut self, subject: &Subject, column: Column, standing: Standing) -> usize {
        if let Some(place) = self.places.get(subject) {
            return *place;
        }
        let name = match subject {
            Subject::Network(name) | Subject::Bridge(name) | Subject::Interface(name) | Subject::Other(name) => {
                name.clone()
            }
            _ => String::new(),
        };
        let place = self.topology.nodes.len();
        self.topology.nodes.push(Node {
            subject: subject.clone(),
            column,
            name,
            detail: String::new(),
            standing,
            running: 0,
        });
        self.places.insert(subject.clone(), place);
        place
    }

    fn link(&mut self, from: usize, to: usize, live: bool) {
        let link = self.links.entry((from, to)).or_insert((false, 0));
        link.0 |= live;
        link.1 += 1;
    }

    fn network(&mut self, network: &Net) {
        let standing = if network.active { Standing::On } else { Standing::Off };
        let place = self.node(&Subject::Network(network.name.clone()), Column::Networks, standing);
        self.topology.nodes[place].detail.clone_from(&network.detail);
        let own = !matches!(
            network.forward.as_deref(),
            Some("bridge" | "private" | "vepa" | "passthrough" | "hostdev")
        );
        let mut from = place;
        if let Some(bridge) = &network.bridge {
            // A bridge of libvirt's own is there while its network runs.
            let known = if own { standing } else { self.standing_of(bridge) };
            let bridge = self.node(&Subject::Bridge(bridge.clone()), Column::Bridges, known);
            self.link(from, bridge, network.active);
            from = bridge;
        }
        for uplink in &network.uplinks {
            let known = self.standing_of(uplink);
            let uplink = self.node(&Subject::Interface(uplink.clone()), Column::Host, known);
            self.link(from, uplink, network.active);
        }
        if network.uplinks.is_empty() && own && network.forward.is_some() {
            let outside = self.node(&Subject::Outside, Column::Host, Standing::On);
            self.link(from, outside, network.active);
        }
    }

    fn standing_of(&self, name: &str) -> Standing {
        match self.ports.iter().find(|port| port.name == name) {
            Some(port) => match port.active {
                Some(true) => Standing::On,
                Some(false) => Standing::Off,
                None => Standing::Unknown,
            },
            // Where the host lists no interfaces at all, nothing can be said.
            None if self.ports.is_empty() => Standing::Unknown,
            None => Standing::Missing,
        }
    }

    fn port(&mut self, port: &Port) {
        // Ends of guests' cables are seen as links.
        let standing = self.standing_of(&port.name);
        let place = self.subject_of(&port.name);
        if port.bridge || self.places.contains_key(&place) {
            let column = if port.bridge { Column::Bridges } else { Column::Host };
            let place = self.node(&place, column, standing);
            let detail = &mut self.topology.nodes[place].detail;
            if detail.is_empty() {
                detail.clone_from(&port.detail);
            }
            for below in &port.ports {
                let known = self.standing_of(below);
                let below = self.node(&Subject::Interface(below.clone()), Column::Host, known);
                self.link(place, below, standing == Standing::On && known != Standing::Off);
            }
        } else {
            let place = self.node(&place, Column::Host, standing);
            self.topology.nodes[place].detail.clone_from(&port.detail);
        }
    }

    fn subject_of(&self, name: &str) -> Subject {
        let is_bridge = self.ports.iter().any(|port| port.name == name && port.bridge);
        match is_bridge {
            true => Subject::Bridge(name.to_owned()),
            false => Subject::Interface(name.to_owned()),
        }
    }

    fn machines(&mut self, machines: &[Machine], open: &HashSet<String>) {
        let mut alike: BTreeMap<Vec<Target>, Vec<&Machine>> = BTreeMap::new();
        for machine in machines {
            let Some(plugs) = &machine.plugs else { continue };
            let mut plugs = plugs.clone();
            plugs.sort();
            alike.entry(plugs).or_default().push(machine);
        }
        for (targets, machines_alike) in alike {
            let places = self.targets(&targets);
            let key = format!("{targets:?}");
            let folded = machines.len() > FEW_MACHINES && machines_alike.len() > FEW_ALIKE && !open.contains(&key);
            if folded {
                self.group(key, &machines_alike, &places);
            } else {
                for machine in machines_alike {
                    self.machine(machine, &places);
                }
            }
        }
    }

    /// The nodes that machines are plugged into.
    fn targets(&mut self, targets: &[Target]) -> Vec<usize> {
        if targets.is_empty() {
            return vec![self.node(&Subject::Nowhere, Column::Networks, Standing::Off)];
        }
        let mut places = Vec::new();
        for target in targets {
            let (subject, column, standing) = match target {
                Target::Network(_) => (target.subject(), Column::Networks, Standing::Missing),
                Target::Bridge(name) => (target.subject(), Column::Bridges, self.standing_of(name)),
                Target::Interface(name) => (self.subject_of(name), Column::Host, self.standing_of(name)),
                Target::User => (Subject::User, Column::Networks, Standing::On),
                Target::Other(_) => (target.subject(), Column::Networks, Standing::Unknown),
            };
            let place = self.node(&subject, column, standing);
            if subject == Subject::User {
                let outside = self.node(&Subject::Outside, Column::Host, Standing::On);
                self.links.entry((place, outside)).or_insert((true, 1));
            }
            places.push(place);
        }
        places
    }

    fn machine(&mut self, machine: &Machine, targets: &[usize]) {
        let standing = if machine.running { Standing::On } else { Standing::Off };
        let place = self.node(&Subject::Machine(machine.uuid), Column::Machines, standing);
        self.topology.nodes[place].name.clone_from(&machine.name);
        for target in targets {
            let live = machine.running && self.is_on(*target);
            self.link(place, *target, live);
        }
    }

    fn group(&mut self, key: String, machines: &[&Machine], targets: &[usize]) {
        let running = machines.iter().filter(|machine| machine.running).count();
        let uuids = machines.iter().map(|machine| machine.uuid).collect();
        let standing = if running > 0 { Standing::On } else { Standing::Off };
        let place = self.node(&Subject::Machines(key, uuids), Column::Machines, standing);
        self.topology.nodes[place].running = running;
        for target in targets {
            let live = running > 0 && self.is_on(*target);
            let link = self.links.entry((place, *target)).or_insert((live, 0));
            link.1 += machines.len();
        }
    }

    fn is_on(&self, place: usize) -> bool {
        matches!(self.topology.nodes[place].standing, Standing::On | Standing::Unknown)
    }
}
