//! Snapshots and checkpoints.

use super::object;
use crate::model::xml::field::fields;
use crate::model::xml::{Document, NodeId};

object! {
    /// A snapshot of a machine.
    Snapshot = "domainsnapshot"
}

object! {
    /// A checkpoint: what an incremental backup counts from.
    Checkpoint = "domaincheckpoint"
}

fields! {
    /// Fields of a snapshot.
    snapshot {
        /// Name.
        NAME: String = Text, "name";
        /// Description.
        DESCRIPTION: String = Text, "description";
        /// State of the machine when it was made.
        STATE: String = Text, "state";
        /// When that was, in seconds since 1970.
        CREATED: u64 = Number, "creationTime";
        /// The one that it builds on.
        PARENT: String = Text, "parent/name";
        /// Where memory is: `no`, `internal`, `external`.
        MEMORY: String = Text, "memory/@snapshot";
        /// File of the memory.
        MEMORY_FILE: String = Text, "memory/@file";
        /// Name that the machine had.
        DOMAIN_NAME: String = Text, "domain/name";
        /// Identity of the machine.
        DOMAIN_UUID: String = Text, "domain/uuid";
    }
}

fields! {
    /// Fields of a checkpoint.
    checkpoint {
        /// Name.
        NAME: String = Text, "name";
        /// Description.
        DESCRIPTION: String = Text, "description";
        /// When it was made, in seconds since 1970.
        CREATED: u64 = Number, "creationTime";
        /// The one that it builds on.
        PARENT: String = Text, "parent/name";
        /// Name that the machine had.
        DOMAIN_NAME: String = Text, "domain/name";
        /// Identity of the machine.
        DOMAIN_UUID: String = Text, "domain/uuid";
    }
}

fn disks(document: &Document) -> Vec<NodeId> {
    let disks = document.child(document.root(), "disks");
    disks
        .into_iter()
        .flat_map(|disks| document.children_named(disks, "disk"))
        .collect()
}

impl Snapshot {
    /// The disks that it is about, each with `name`, `snapshot` and where that lies.
    #[must_use]
    pub fn disks(&self) -> Vec<NodeId> {
        disks(self.document())
    }
}

impl Checkpoint {
    /// The disks that it is about, each with `name`, `checkpoint` and `bitmap`.
    #[must_use]
    pub fn disks(&self) -> Vec<NodeId> {
        disks(self.document())
    }
}
