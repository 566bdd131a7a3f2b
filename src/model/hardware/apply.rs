//! Applying an edited definition: what is asked for, and what became of it, change by change.

mod course;
mod disk;
mod overrule;
mod preparation;
mod readback;
mod refusal;

pub use course::{Defined, Fate, Redefined, Task};
pub use disk::disk_source;
pub use overrule::overrule;
pub use preparation::{Prepared, Ready, prepare};
pub use readback::read_back;
pub use refusal::{Remedy, named, remedy};

use std::path::PathBuf;

use super::plan::Change;
use crate::model::error::VirtError;
use crate::model::xml::{Conflict, Difference};

/// The definitions of a machine, as an editor needs them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definitions {
    /// That of the next start; `None` where the machine is transient.
    pub persistent: Option<String>,
    /// That of the running machine; `None` while it is off.
    pub live: Option<String>,
    /// Why they cannot be edited: they were read without passwords then, which a define would wipe.
    pub locked: Option<String>,
}

/// What is to be applied.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The persistent definition that the user began with, with its passwords; that of the running machine where it is
    /// transient.
    pub base: String,
    /// What the user made of it.
    pub edited: String,
    /// Also change the running machine, where it can follow.
    pub live: bool,
    /// Have libvirt check it against its schema (`VIR_DOMAIN_DEFINE_VALIDATE`).
    pub validate: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It was done, in whole or in part.
    Done(Box<Report>),
    /// Others have changed the same places meanwhile, in another way. Nothing was written.
    Clash {
        /// The places.
        conflicts: Vec<Conflict>,
        /// The persistent definition as it is now.
        current: String,
    },
    /// libvirt's schema refuses the definition, and libvirt might take it all the same. Nothing was written.
    Invalid {
        /// libvirt's words.
        error: VirtError,
        /// What it names, where that could be found in its words: an element, an attribute.
        named: Option<String>,
    },
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Each change.
    pub changes: Vec<Applied>,
    /// The persistent definition, read back; empty where the machine is transient.
    pub definition: String,
    /// Changes of others came in between, and are kept.
    pub merged: bool,
    /// What libvirt has made otherwise than it was asked: left out, or written in another way.
    pub dropped: Vec<Difference>,
    /// What libvirt has added by itself.
    pub added: Vec<Difference>,
    /// The machine is off and has a saved state: its next start goes on with the hardware that it had then, and what was
    /// changed holds from the start after that, or when the saved state is discarded.
    pub is_saved: bool,
    /// Where the definition that was replaced is kept, which is done before the machine's firmware, type or name changes.
    pub backup: Option<PathBuf>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Which one.
    pub change: Change,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds now, and at later starts.
    Now,
    /// It is in the definition and waits for the next start; the text says why, empty where the machine is off.
    NextStart(String),
    /// The guest was asked to let go of the device with this alias; its answer comes as
    /// [`crate::model::event::DomainNews::DeviceRemoved`], or never.
    Waiting(String),
    /// It failed, and is in no definition.
    Failed(VirtError),
}
