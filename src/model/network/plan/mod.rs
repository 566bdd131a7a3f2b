//! What an edited definition of a network changes, and what makes it real on one that runs.
//!
//! libvirt changes a running network by `virNetworkUpdate`, which knows addresses kept for machines, ranges of addresses, names,
//! texts and services of DNS, groups of ports, and interfaces that are handed out. Everything else holds when the
//! network starts the next time.

mod entry;
mod rest;

pub use entry::{Command, Section, Update};

use std::collections::HashSet;

use self::entry::{Entry, entries};
use crate::model::xml::object::Network;

/// When a change holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkTiming {
    /// At once, and at later starts.
    Now,
    /// When the network starts the next time: it is off.
    NextStart,
    /// Not before the network is restarted; the text says why.
    Restart(String),
}

/// One change, as a person would count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkChange {
    /// Where it is: `ip 192.168.122.0/24 host 52:54:00:00:00:01`. No two changes of a plan have the same.
    pub place: String,
    /// In the words of the user.
    pub title: String,
    /// What was there; `None` for nothing.
    pub before: Option<String>,
    /// What will be there.
    pub after: Option<String>,
    /// When it holds.
    pub timing: NetworkTiming,
    /// What makes it real on the running network, in this order; empty where it is so already, or where nothing can.
    pub updates: Vec<Update>,
}

/// What `edited` changes of `base`. `live` is the definition of the running network; without one it is off.
#[must_use]
pub fn plan(base: &Network, edited: &Network, live: Option<&Network>) -> Vec<NetworkChange> {
    let (old, new) = (entries(base), entries(edited));
    let running = live.map(entries);
    let mut changes = Vec::new();
    let mut seen = HashSet::new();
    for (place, before, after) in pairs(&old, &new) {
        if before.map(|entry| &entry.canonical) == after.map(|entry| &entry.canonical) || !seen.insert(place.clone()) {
            continue;
        }
        let Some(either) = after.or(before) else { continue };
        let mut change = NetworkChange {
            title: either.section.title(before.is_some(), after.is_some()),
            before: before.map(|entry| entry.text.clone()),
            after: after.map(|entry| entry.text.clone()),
            place,
            timing: NetworkTiming::NextStart,
            updates: Vec::new(),
        };
        if let Some(running) = &running {
            (change.timing, change.updates) = entry::make_real(running, before, after);
        }
        changes.push(change);
    }
    changes.extend(rest::changes(base, edited, live));
    changes
}

/// Entries of both sides that belong together, by their places; those of address blocks that only one side has belong to the
/// block.
fn pairs<'e>(old: &'e entry::Entries, new: &'e entry::Entries) -> Vec<(String, Option<&'e Entry>, Option<&'e Entry>)> {
    let common = |entry: &&Entry| match &entry.block {
        Some(block) => old.blocks.contains(block) && new.blocks.contains(block),
        None => true,
    };
    let mut all = Vec::new();
    for before in old.list.iter().filter(common) {
        let after = new.list.iter().find(|after| after.place == before.place);
        all.push((before.place.clone(), Some(before), after));
    }
    for after in new.list.iter().filter(common) {
        if !old.list.iter().any(|before| before.place == after.place) {
            all.push((after.place.clone(), None, Some(after)));
        }
    }
    all
}
