//! The single truth about hosts and machines. Pure: no clock, no thread, no libvirt, no widget.
//!
//! Everything that happens enters through [`Store::apply`]; what changed comes out as a [`ChangeSet`].

mod apply;
mod change;
mod lifecycle;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use uuid::Uuid;

use crate::model::domain::{DomainDetails, DomainState, DomainSummary, GuestAddress};
use crate::model::error::VirtError;
use crate::model::event::{HostEvent, Seq};
use crate::model::history::History;
use crate::model::host::{ConnectionStatus, HostConfig, HostInfo};
use crate::model::key::{DomainKey, HostId};
use crate::model::load::{Load, Meter};
use crate::model::query::text::natural_key;
use crate::model::series::Sparkline;

pub use change::{Aspects, ChangeSet};

/// What was asked of a machine and is not answered yet; shown beside the true state, never in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pending {
    /// Start or restore.
    Starting,
    /// Pause.
    Pausing,
    /// Resume or wake up.
    Resuming,
    /// Shutdown was sent to the guest.
    ShuttingDown,
    /// Reboot was sent to the guest.
    Rebooting,
    /// Reset.
    Resetting,
    /// Force off.
    ForcingOff,
    /// Managed save.
    Saving,
    /// Core dump.
    Dumping,
    /// Some other change.
    Changing,
    /// Deletion.
    Deleting,
}

/// A machine as the store knows it.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Identity.
    pub key: DomainKey,
    /// Name; changed by [`Domain::rename`] only.
    pub name: String,
    /// The name as lists are sorted by it.
    pub(crate) name_order: Box<[u8]>,
    /// Number of the running instance.
    pub id: Option<u32>,
    /// State as the host last said.
    pub state: DomainState,
    /// libvirt's reason number for the state.
    pub reason: i32,
    /// Has a definition that outlives the running instance.
    pub persistent: bool,
    /// Starts with the host.
    pub autostart: bool,
    /// A saved memory image exists.
    pub managed_save: bool,
    /// What the definition says; `None` until it was read.
    pub details: Option<Rc<DomainDetails>>,
    /// Why the definition could not be read.
    pub details_error: Option<VirtError>,
    /// The definition changed since `details` was read.
    pub details_stale: bool,
    /// Asked and not answered.
    pub pending: Option<Pending>,
    /// The hypervisor process answers.
    pub responding: bool,
    /// Addresses of the guest.
    pub addresses: Vec<GuestAddress>,
    /// When it was seen to start, in seconds since 1970; `None` where that was before the connection, or nobody looked.
    /// libvirt does not keep it.
    pub started: Option<i64>,
    /// Load figures of the last poll.
    pub load: Load,
    /// Position of the newest news about state.
    pub seq: Seq,
}

impl Domain {
    /// A machine of which only the summary is known.
    #[must_use]
    pub fn new(summary: DomainSummary, seq: Seq) -> Self {
        Self {
            key: summary.key,
            name_order: natural_key(&summary.name).into(),
            name: summary.name,
            id: summary.id,
            state: summary.state,
            reason: summary.reason,
            persistent: summary.persistent,
            autostart: summary.autostart,
            managed_save: summary.managed_save,
            details: None,
            details_error: None,
            details_stale: false,
            pending: None,
            responding: true,
            addresses: Vec::new(),
            started: None,
            load: Load::default(),
            seq,
        }
    }

    /// Gives the machine another name.
    pub(crate) fn rename(&mut self, name: String) {
        if self.name != name {
            self.name_order = natural_key(&name).into();
            self.name = name;
        }
    }
}

/// A host as the store knows it.
#[derive(Debug, Clone)]
pub struct Host {
    /// What the user said about it.
    pub config: HostConfig,
    /// How the connection stands.
    pub status: ConnectionStatus,
    /// Facts; kept while the connection is lost.
    pub info: Option<HostInfo>,
    /// The list has arrived at least once.
    pub listed: bool,
    /// Its machines.
    pub domains: HashSet<Uuid>,
    /// How many of them run.
    pub running: usize,
}

impl Host {
    /// A host of which nothing but the configuration is known.
    #[must_use]
    pub fn new(config: HostConfig) -> Self {
        Self {
            config,
            status: ConnectionStatus::default(),
            info: None,
            listed: false,
            domains: HashSet::new(),
            running: 0,
        }
    }
}

/// How many machines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Running ones.
    pub running: usize,
    /// All.
    pub total: usize,
}

/// What the store keeps of a machine besides what it shows.
#[derive(Debug)]
struct Entry {
    domain: Domain,
    /// Position of the newest news about name, persistence, autostart and saved image.
    facts_seq: Seq,
    /// Position of the definition that `details` came from.
    details_seq: Seq,
    /// Position of the newest news that made `details` stale.
    details_mark: Seq,
    /// Number of the last list that held it.
    listing: u64,
    meter: Option<Box<Meter>>,
    sparkline: Option<Box<Sparkline>>,
    history: Option<Box<History>>,
}

/// What is known of a machine that is not in the store, so that an older answer cannot bring it back or set it running.
#[derive(Debug, Clone, Copy)]
enum Absent {
    /// Removed.
    Gone,
    /// Stopped before anything told whether it has a definition; the reason number.
    Stopped(i32),
}

#[derive(Debug)]
struct HostEntry {
    host: Host,
    /// The user ended the connection: late news are not for us.
    closed: bool,
    absent: HashMap<Uuid, (Seq, Absent)>,
    /// Answers asked before this say nothing about machines that we don't know.
    floor: Seq,
}

/// The single truth.
#[derive(Debug)]
pub struct Store {
    hosts: IndexMap<HostId, HostEntry>,
    domains: HashMap<DomainKey, Entry>,
    listings: u64,
    tick_ns: u64,
    clock: i64,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            hosts: IndexMap::new(),
            domains: HashMap::new(),
            listings: 0,
            tick_ns: 2_000_000_000,
            clock: 0,
        }
    }
}

impl Store {
    /// Takes one piece of news in. What is older than what is known changes nothing.
    pub fn apply(&mut self, event: HostEvent) -> ChangeSet {
        let mut changes = ChangeSet::default();
        self.apply_into(event, &mut changes);
        changes
    }

    /// Takes a batch of news in, in order; cheaper than merging the change sets of each.
    pub fn apply_all(&mut self, events: impl IntoIterator<Item = HostEvent>) -> ChangeSet {
        let mut changes = ChangeSet::default();
        for event in events {
            self.apply_into(event, &mut changes);
        }
        changes
    }

    /// All hosts in the user's order.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values().map(|entry| &entry.host)
    }

    /// One host.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(&id).map(|entry| &entry.host)
    }

    /// One machine.
    #[must_use]
    pub fn domain(&self, key: DomainKey) -> Option<&Domain> {
        self.domains.get(&key).map(|entry| &entry.domain)
    }

    /// All machines of all hosts, in no order.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.values().map(|entry| &entry.domain)
    }

    /// Whether what is shown of a host may be out of date: it has machines but no connection.
    #[must_use]
    pub fn is_stale(&self, id: HostId) -> bool {
        self.host(id)
            .is_some_and(|host| !host.status.is_connected() && !host.domains.is_empty())
    }

    /// Machines of one host; zero for an unknown one.
    #[must_use]
    pub fn counts(&self, id: HostId) -> Counts {
        self.host(id).map_or_else(Counts::default, |host| Counts {
            running: host.running,
            total: host.domains.len(),
        })
    }

    /// Machines of all hosts.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.hosts().fold(Counts::default(), |sum, host| Counts {
            running: sum.running + host.running,
            total: sum.total + host.domains.len(),
        })
    }

    /// Whether the definition of a machine should be read (again).
    #[must_use]
    pub fn wants_details(&self, key: DomainKey) -> bool {
        self.domain(key)
            .is_some_and(|domain| domain.details_stale || (domain.details.is_none() && domain.details_error.is_none()))
    }

    /// The last CPU figures of a running machine.
    #[must_use]
    pub fn sparkline(&self, key: DomainKey) -> Option<&Sparkline> {
        self.domains.get(&key)?.sparkline.as_deref()
    }

    /// The last hour of a machine for which [`keep_history`](Self::keep_history) was called.
    #[must_use]
    pub fn history(&self, key: DomainKey) -> Option<&History> {
        self.domains.get(&key)?.history.as_deref()
    }

    /// Begins or ends keeping an hour of detailed figures of a machine.
    pub fn keep_history(&mut self, key: DomainKey, keep: bool) {
        let capacity = (3_600_000_000_000 / self.tick_ns.max(1)).clamp(360, 3600) as usize;
        if let Some(entry) = self.domains.get_mut(&key) {
            if !keep {
                entry.history = None;
            } else if entry.history.is_none() {
                entry.history = Some(Box::new(History::new(capacity)));
            }
        }
    }

    /// The time of day at which the next news arrive, in seconds since 1970.
    pub fn set_clock(&mut self, seconds: i64) {
        self.clock = seconds;
    }

    /// Says how much time lies between two polls (2 s at first); three times that is a gap in the figures.
    pub fn set_poll_interval(&mut self, interval: std::time::Duration) {
        self.tick_ns = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX / 4).max(1);
    }

    /// Adds a host, or changes what the user said about it. Another URI means another host: its machines are forgotten.
    pub fn put_host(&mut self, config: HostConfig) -> ChangeSet {
        let mut changes = ChangeSet::default();
        let id = config.id;
        match self.hosts.get_mut(&id) {
            None => {
                let entry = HostEntry {
                    host: Host::new(config),
                    closed: false,
                    absent: HashMap::new(),
                    floor: 0,
                };
                self.hosts.insert(id, entry);
                changes.note_host(id);
            }
            Some(entry) if entry.host.config != config => {
                let moved = entry.host.config.uri != config.uri;
                entry.host.config = config;
                if moved {
                    self.clear_host(id, &mut changes);
                }
                changes.note_host(id);
            }
            Some(_) => {}
        }
        changes
    }

    /// Forgets a host and all its machines.
    pub fn remove_host(&mut self, id: HostId) -> ChangeSet {
        let mut changes = ChangeSet::default();
        self.clear_host(id, &mut changes);
        if self.hosts.shift_remove(&id).is_some() {
            changes.note_host(id);
        }
        changes
    }

    /// Sets or clears the mark of what was asked.
    pub fn set_pending(&mut self, key: DomainKey, pending: Option<Pending>) -> ChangeSet {
        let mut changes = ChangeSet::default();
        if let Some(entry) = self.domains.get_mut(&key)
            && entry.domain.pending != pending
        {
            entry.domain.pending = pending;
            changes.note_changed(key, Aspects::STATE);
        }
        changes
    }
}
