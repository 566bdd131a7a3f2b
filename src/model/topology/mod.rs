//! What is connected with what on a host: machines, networks, bridges and interfaces in columns, each linked to what carries
//! its packets. Many machines with the same connections are one node until somebody wants to see them.

mod arrange;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use uuid::Uuid;

pub use read::{Machine, Net, Port, Target};

/// Machines are folded only where there are more than these.
const FEW_MACHINES: usize = 12;
/// Groups of at most this size stay open.
const FEW_ALIKE: usize = 3;

/// Where a node stands, from the guests to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Machines.
    Machines,
    /// Virtual networks.
    Networks,
    /// Bridges of the host.
    Bridges,
    /// Interfaces of the host, and what is beyond.
    Host,
}

impl Column {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Machines, Self::Networks, Self::Bridges, Self::Host];
}

/// What a node stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A machine.
    Machine(Uuid),
    /// Machines with the same connections; the text is what [`Topology::of`] knows the group by.
    Machines(String, Vec<Uuid>),
    /// A virtual network, by its name.
    Network(String),
    /// A bridge of the host.
    Bridge(String),
    /// An interface of the host.
    Interface(String),
    /// Networking in the hypervisor's own process, without any part of the host.
    User,
    /// Another kind of connection, by libvirt's word.
    Other(String),
    /// Whatever the host's own routes lead to.
    Outside,
    /// No connection at all.
    Nowhere,
}

/// How a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It runs, or is up.
    On,
    /// It is off, or down.
    Off,
    /// Definitions name it, the host does not have it.
    Missing,
    /// The host does not tell.
    Unknown,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub subject: Subject,
    /// Where it stands.
    pub column: Column,
    /// Its name as libvirt has it; empty where the subject says all.
    pub name: String,
    /// What else is worth a line: subnet, kind of interface.
    pub detail: String,
    /// How it is.
    pub standing: Standing,
    /// Of a group: how many of its machines run.
    pub running: usize,
}

/// A link between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    /// The one nearer to the guests, by its place in [`Topology::nodes`].
    pub from: usize,
    /// The other.
    pub to: usize,
    /// Packets can pass now.
    pub live: bool,
    /// How many there are between these two.
    pub count: usize,
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// The nodes, column by column, from top to bottom.
    pub nodes: Vec<Node>,
    /// The links.
    pub links: Vec<Link>,
}

impl Topology {
    /// The picture of a host. `open` names the groups whose machines are shown one by one.
    #[must_use]
    pub fn of(machines: &[Machine], networks: &[Net], ports: &[Port], open: &HashSet<String>) -> Self {
        arrange::arranged(read::Reader::new(networks, ports).read(machines, open))
    }

    /// Where a subject is.
    #[must_use]
    pub fn find(&self, subject: &Subject) -> Option<usize> {
        self.nodes.iter().position(|node| node.subject == *subject)
    }

    /// What a node is directly linked to, in the order of the nodes.
    pub fn neighbours(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let mut found: Vec<usize> = self
            .links
            .iter()
            .filter_map(|link| match (link.from == node, link.to == node) {
                (true, _) => Some(link.to),
                (_, true) => Some(link.from),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter()
    }

    /// All nodes on ways that lead through a node, itself included: towards the guests and towards the world, never back.
    #[must_use]
    pub fn way(&self, node: usize) -> HashSet<usize> {
        let mut found = HashSet::from([node]);
        for forward in [true, false] {
            let mut next = vec![node];
            while let Some(at) = next.pop() {
                for link in &self.links {
                    let (near, far) = if forward {
                        (link.from, link.to)
                    } else {
                        (link.to, link.from)
                    };
                    if near == at && found.insert(far) {
                        next.push(far);
                    }
                }
            }
        }
        found
    }

    /// The nodes of a column, from top to bottom.
    pub fn column(&self, column: Column) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.column == column).map(|(at, _)| at)
    }
}
