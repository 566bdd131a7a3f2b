//! Applying an edited definition of a network: what is asked for, and what became of it.

use super::plan::NetworkChange;
use crate::model::error::VirtError;
use crate::model::xml::Conflict;

/// What is to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkWish {
    /// The definition that the user began with ([`super::NetworkDefinitions::base`]).
    pub base: String,
    /// What the user made of it.
    pub edited: String,
    /// Also change the running network, where it can follow.
    pub live: bool,
    /// Have libvirt check it against its schema (`VIR_NETWORK_DEFINE_VALIDATE`).
    pub validate: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum NetworkVerdict {
    /// It was done, in whole or in part.
    Done(Box<NetworkReport>),
    /// Others have changed the same places meanwhile, in another way. Nothing was written.
    Clash {
        /// The places.
        conflicts: Vec<Conflict>,
        /// The definition as it is now.
        current: String,
    },
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct NetworkReport {
    /// Each change.
    pub changes: Vec<NetworkApplied>,
    /// The definition of the next start, read back; empty where the network vanishes when it stops.
    pub definition: String,
    /// Changes of others came in between, and are kept.
    pub merged: bool,
}

impl NetworkReport {
    /// Something waits until the network is restarted.
    #[must_use]
    pub fn needs_restart(&self) -> bool {
        let waits = |applied: &NetworkApplied| matches!(&applied.outcome, NetworkOutcome::Restart(_));
        self.changes.iter().any(waits)
    }
}

/// One change.
#[derive(Debug, Clone)]
pub struct NetworkApplied {
    /// Which one.
    pub change: NetworkChange,
    /// What became of it.
    pub outcome: NetworkOutcome,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkOutcome {
    /// It holds now, and at later starts.
    Now,
    /// It is in the definition, and holds when the network starts the next time: it is off.
    NextStart,
    /// It is in the definition and waits until the network is restarted; the text says why.
    Restart(String),
    /// It failed, and is in no definition.
    Failed(VirtError),
}
