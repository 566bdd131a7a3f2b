//! How much a machine gets where the user has not said, and what it is called.

use super::Surroundings;
use super::order::Order;
use crate::model::os::Os;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// For systems of which the database tells nothing.
const MEMORY: u64 = 2 * GIB;
const STORAGE: u64 = 20 * GIB;
const CPUS: u32 = 2;
/// Containers share the host's memory; this is a limit.
const CONTAINER: u64 = GIB;

/// Memory, processors and storage of a machine: what the user wants, else what its system likes and the host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommended {
    /// Memory in bytes.
    pub memory: u64,
    /// Processors.
    pub cpus: u32,
    /// Storage in bytes.
    pub storage: u64,
    /// The least memory that its system runs with, if that is known.
    pub least_memory: Option<u64>,
    /// The least storage, if that is known.
    pub least_storage: Option<u64>,
    /// Memory of the host, if it tells.
    pub host_memory: Option<u64>,
    /// Most processors that it can have, if the host tells: those of the host and what the machine type takes.
    pub host_cpus: Option<u32>,
}

/// What an order gets where it says nothing itself.
#[must_use]
pub fn amounts(order: &Order, around: &Surroundings<'_>) -> Recommended {
    let facts = around.facts;
    let arch = facts.kind.arch.as_deref().unwrap_or("x86_64");
    let likes = around.os.map(|os| os.recommended(arch)).unwrap_or_default();
    let least = around.os.map(|os| os.minimum(arch)).unwrap_or_default();
    let host_memory = facts
        .node
        .as_ref()
        .map(|node| node.memory_kib * 1024)
        .filter(|bytes| *bytes > 0);
    let processors = facts.node.as_ref().map(|node| node.cpus).filter(|cpus| *cpus > 0);
    let most = facts.max_vcpus().and_then(|most| u32::try_from(most).ok());
    let host_cpus = processors.into_iter().chain(most).min();
    let usual = if facts.is_container() { CONTAINER } else { MEMORY };
    // More than half of the host would leave too little for the host itself.
    let half = host_memory.map_or(u64::MAX, |bytes| bytes / 2 / MIB * MIB);
    let memory = likes.memory.unwrap_or(usual.max(least.memory.unwrap_or(0))).min(half);
    let cpus = likes.cpus.unwrap_or(CPUS).max(CPUS).min(host_cpus.unwrap_or(u32::MAX));
    Recommended {
        memory: order
            .memory
            .unwrap_or(memory.max(least.memory.unwrap_or(0)).max(64 * MIB)),
        cpus: order.cpus.unwrap_or(cpus.max(least.cpus.unwrap_or(1)).max(1)),
        storage: likes.storage.unwrap_or(STORAGE).max(least.storage.unwrap_or(0)),
        least_memory: least.memory,
        least_storage: least.storage,
        host_memory,
        host_cpus,
    }
}

/// A name after the operating system that none of the machines has: `debian12`, `debian12-2`.
#[must_use]
pub fn suggested_name(os: Option<&Os>, container: bool, taken: &[String]) -> String {
    let usual = if container { "container" } else { "machine" };
    let stem = os
        .map(|os| os.short_id.as_str())
        .filter(|id| !id.is_empty())
        .unwrap_or(usual);
    let names = (1_u32..).map(|number| match number {
        1 => stem.to_owned(),
        number => format!("{stem}-{number}"),
    });
    let mut free = names.filter(|name| !taken.contains(name));
    free.next().unwrap_or_default()
}
