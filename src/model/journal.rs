//! What long work has made so far, written down before it is made, so that after a crash somebody can say what was left
//! half-done. `virt::journal` keeps the entries on this computer; these are the values.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::key::HostId;
use crate::model::storage::VolumeRef;

/// One thing that a job makes, and that is half-done until the job has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Made {
    /// A volume of a storage pool.
    Volume {
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
    },
    /// The definition of a machine.
    Domain {
        /// Its identity.
        uuid: Uuid,
        /// Its name.
        name: String,
    },
    /// A file on this computer.
    File {
        /// Its path.
        path: String,
    },
    /// A file on the host that is in no pool.
    HostFile {
        /// Its path there.
        path: String,
    },
    /// A folder that is a storage pool for the time of the job; its files are not of the job.
    Pool {
        /// Name of the pool.
        name: String,
    },
    /// A network that the cards of another one pass through while that one is restarted. It goes when all of them are back.
    Detour {
        /// Its name.
        name: String,
        /// The network that is restarted.
        network: Uuid,
    },
    /// A folder on this computer with everything in it, under a name that nobody else gives.
    Folder {
        /// Its path.
        path: String,
    },
}

impl Made {
    /// A volume.
    #[must_use]
    pub fn of(volume: &VolumeRef) -> Self {
        Self::Volume {
            pool: volume.pool.clone(),
            name: volume.name.clone(),
        }
    }

    /// A folder of this computer.
    #[must_use]
    pub fn folder(path: &std::path::Path) -> Self {
        Self::Folder {
            path: path.display().to_string(),
        }
    }
}

/// A job as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done, in the words of the user: "Creating web".
    pub title: String,
    /// The host, for finding it again in the list.
    pub host: HostId,
    /// Its address: a host that was not saved has another identity the next time.
    pub uri: String,
    /// Seconds since 1970 when it began.
    pub started: u64,
    /// What it has made or was about to make, in that order.
    pub made: Vec<Made>,
}
