//! What an application of news changed.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::model::event::ObjectKind;
use crate::model::key::{DomainKey, HostId};

/// Which aspects of a machine changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aspects {
    /// State, reason, id, pending mark, responding.
    pub state: bool,
    /// Name, title, tags, autostart, definition (also that it is stale now) …
    pub identity: bool,
    /// Load figures.
    pub load: bool,
    /// Addresses.
    pub addresses: bool,
}

impl Aspects {
    /// Everything.
    pub const ALL: Self = Self {
        state: true,
        identity: true,
        load: true,
        addresses: true,
    };

    /// State alone.
    pub const STATE: Self = Self {
        state: true,
        identity: false,
        load: false,
        addresses: false,
    };

    /// Identity alone.
    pub const IDENTITY: Self = Self {
        state: false,
        identity: true,
        load: false,
        addresses: false,
    };

    /// Load alone.
    pub const LOAD: Self = Self {
        state: false,
        identity: false,
        load: true,
        addresses: false,
    };

    /// Addresses alone.
    pub const ADDRESSES: Self = Self {
        state: false,
        identity: false,
        load: false,
        addresses: true,
    };

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Both together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            state: self.state || other.state,
            identity: self.identity || other.identity,
            load: self.load || other.load,
            addresses: self.addresses || other.addresses,
        }
    }
}

/// What an application of news changed. A machine stands in at most one of `added`, `removed` and `changed`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Hosts whose configuration, status, facts or counts changed (added and removed ones included).
    pub hosts: HashSet<HostId>,
    /// New machines.
    pub added: IndexSet<DomainKey>,
    /// Machines that are gone.
    pub removed: IndexSet<DomainKey>,
    /// Machines of which something changed.
    pub changed: HashMap<DomainKey, Aspects>,
    /// Machines whose guest has restarted.
    pub restarted: HashSet<DomainKey>,
    /// Hosts of which networks, pools, devices or secrets changed. The store keeps none: who shows them reads them anew.
    pub objects: HashSet<(HostId, ObjectKind)>,
}

impl ChangeSet {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.restarted.is_empty()
            && self.objects.is_empty()
    }

    /// Adds a later change: the result describes the way from before `self` to after `later`.
    pub fn merge(&mut self, later: Self) {
        self.hosts.extend(later.hosts);
        self.objects.extend(later.objects);
        self.restarted.extend(later.restarted);
        for key in later.removed {
            self.note_removed(key);
        }
        for key in later.added {
            self.note_added(key);
        }
        for (key, aspects) in later.changed {
            self.note_changed(key, aspects);
        }
    }

    pub(super) fn note_host(&mut self, host: HostId) {
        self.hosts.insert(host);
    }

    pub(super) fn note_added(&mut self, key: DomainKey) {
        if self.removed.swap_remove(&key) {
            self.changed.insert(key, Aspects::ALL);
        } else {
            self.added.insert(key);
        }
    }

    pub(super) fn note_removed(&mut self, key: DomainKey) {
        self.changed.remove(&key);
        if !self.added.swap_remove(&key) {
            self.removed.insert(key);
        }
    }

    pub(super) fn note_changed(&mut self, key: DomainKey, aspects: Aspects) {
        if !aspects.is_empty() && !self.added.contains(&key) {
            let known = self.changed.entry(key).or_default();
            *known = known.union(aspects);
        }
    }
}
