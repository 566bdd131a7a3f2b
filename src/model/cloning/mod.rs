//! Copies of machines: what becomes of each disk, what must differ, and the plan of what will be made. Pure; the client reads
//! an [`Original`] and carries a [`ClonePlan`] out.

mod choice;
mod identity;
mod naming;
mod plan;

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

pub use choice::DiskChoice;
pub use naming::{COPIES, COPY};
pub use plan::{ClonePlan, CloneProblem, CopySource, PlannedCopy, PlannedMachine};

use crate::model::facts::{PoolFact, VolumeFact};

/// Namespace of the mark that makes a machine a template.
pub const TEMPLATE_URI: &str = "https://vireo-vm.github.io/ns/template/1";
/// Prefix under which libvirt stores the mark.
pub const TEMPLATE_KEY: &str = "vireo-template";
/// The mark.
pub const TEMPLATE_MARK: &str = "<template/>";

/// What becomes of a disk in a copy of its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It gets a whole copy.
    Clone,
    /// It gets a new image that holds only what is changed, and reads the rest from the original's.
    Linked,
    /// Both machines use the same.
    Share,
    /// The copy does not have it; a drive for media stays, and is empty.
    LeaveOut,
}

/// Where the image of a disk is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time, never a list")]
pub enum Lies {
    /// In a storage pool that runs.
    Pool {
        /// Its pool.
        pool: PoolFact,
        /// The volume.
        volume: VolumeFact,
    },
    /// A file of the host in a folder that is no pool: its folder can be one while it is copied.
    File(String),
    /// Somewhere that libvirt cannot copy from.
    Elsewhere,
    /// The drive is empty.
    Nowhere,
}

/// A disk of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalDisk {
    /// Its target: `vda`.
    pub target: String,
    /// `disk`, `cdrom`, `floppy`, `lun`.
    pub device: String,
    /// Where its image is.
    pub lies: Lies,
    /// Format as the definition says.
    pub format: Option<String>,
    /// The guest cannot write to it.
    pub is_readonly: bool,
    /// Several machines may write to it at once.
    pub is_shareable: bool,
    /// Its content is encrypted by the hypervisor.
    pub is_encrypted: bool,
}

/// A machine that is to be copied, with all that the plan has to know of its host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Original {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
    /// The definition of its next start, with passwords.
    pub definition: String,
    /// It runs, or is paused.
    pub is_active: bool,
    /// It has a saved memory image, which does not go along.
    pub is_saved: bool,
    /// It is a template.
    pub is_template: bool,
    /// Its disks.
    pub disks: Vec<OriginalDisk>,
    /// Names of all machines of the host.
    pub names: HashSet<String>,
    /// Pools of the host that run.
    pub pools: Vec<PoolFact>,
    /// Names of the volumes of each pool that matters.
    pub volumes: HashMap<String, HashSet<String>>,
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloning {
    /// Name of the copies: `{name}` is that of the original, `{n}` a number that is free.
    pub names: String,
    /// How many.
    pub count: u32,
    /// Title of the copies; empty for none: two machines with one title cannot be told apart.
    pub title: String,
    /// Description of the copies; `None` for that of the original.
    pub description: Option<String>,
    /// Disks are linked where that is possible and nothing else is said in `disks`.
    pub linked: bool,
    /// What becomes of single disks, by their targets.
    pub disks: HashMap<String, Fate>,
    /// Pool for the new images; `None` for that of each original.
    pub pool: Option<String>,
}

impl Default for Cloning {
    fn default() -> Self {
        Self {
            names: COPY.to_owned(),
            count: 1,
            title: String::new(),
            description: None,
            linked: false,
            disks: HashMap::new(),
            pool: None,
        }
    }
}

/// A machine that was made as a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloned {
    /// Its identity.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// What did not go as it should, for the user.
    pub notes: Vec<String>,
}
