//! The single truth about hosts and machines. Pure: no clock, no thread, no libvirt, no widget.
//!
//! Everything that happens enters through [`Store::apply`]; what changed comes out as a [`ChangeSet`].

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use uuid::Uuid;

use crate::model::domain::{DomainDetails, DomainState, GuestAddress};
use crate::model::error::VirtError;
use crate::model::event::{HostEvent, Seq};
use crate::model::host::{ConnectionStatus, HostConfig, HostInfo};
use crate::model::key::{DomainKey, HostId};
use crate::model::load::Load;

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
}

/// A machine as the store knows it.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Identity.
    pub key: DomainKey,
    /// Name.
    pub name: String,
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
    /// Load figures of the last poll.
    pub load: Load,
    /// Position of the newest news about state.
    pub seq: Seq,
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
}

/// Which aspects of a machine changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aspects {
    /// State, reason, id, pending mark, responding.
    pub state: bool,
    /// Name, title, tags, autostart, definition …
    pub identity: bool,
    /// Load figures.
    pub load: bool,
    /// Addresses.
    pub addresses: bool,
}

/// What an application of news changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Hosts whose configuration, status, facts or counts changed (added and removed ones included).
    pub hosts: HashSet<HostId>,
    /// New machines.
    pub added: Vec<DomainKey>,
    /// Machines that are gone.
    pub removed: Vec<DomainKey>,
    /// Machines of which something changed.
    pub changed: HashMap<DomainKey, Aspects>,
}

/// The single truth.
#[derive(Debug, Default)]
pub struct Store {
    hosts: IndexMap<HostId, Host>,
    domains: HashMap<DomainKey, Domain>,
}

impl Store {
    /// Takes one piece of news in.
    pub fn apply(&mut self, event: HostEvent) -> ChangeSet {
        let _ = event;
        ChangeSet::default()
    }

    /// All hosts in the user's order.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }

    /// One host.
    #[must_use]
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(&id)
    }

    /// One machine.
    #[must_use]
    pub fn domain(&self, key: DomainKey) -> Option<&Domain> {
        self.domains.get(&key)
    }

    /// All machines of all hosts, in no order.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.values()
    }

    /// Adds a host, or changes what the user said about it.
    pub fn put_host(&mut self, config: HostConfig) -> ChangeSet {
        let _ = config;
        ChangeSet::default()
    }

    /// Forgets a host and all its machines.
    pub fn remove_host(&mut self, id: HostId) -> ChangeSet {
        let _ = id;
        ChangeSet::default()
    }

    /// Sets or clears the mark of what was asked.
    pub fn set_pending(&mut self, key: DomainKey, pending: Option<Pending>) -> ChangeSet {
        let _ = (key, pending);
        ChangeSet::default()
    }
}
