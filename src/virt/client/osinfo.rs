//! Operating systems, and what is on the media of a host.

pub use crate::virt::osinfo::{all, recognise, recognise_tree, unattended};

use super::{HostClient, Result};
use crate::model::error::Kind;
use crate::model::os::Recognised;
use crate::virt::osinfo::{recognise_head, volume};
use crate::virt::session::Crew;

impl HostClient {
    /// What a volume of a host holds, by its path: as [`recognise`], with only the first 64 KiB read over the connection
    /// (`virStorageVolDownload`). `None` where it can't be told.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn recognise_volume(&self, path: String) -> Result<Option<Recognised>> {
        let asked = path.clone();
        let head = self.0.0.run(Crew::Queries, None, volume::OP, move |connection| {
            volume::head(connection, &asked)
        });
        let head = match head.await {
            Ok(head) => head,
            // A block device or a folder is no stream of bytes, a path outside of the pools can't be read: the name is left.
            Err(error) if matches!(error.kind, Kind::Unsupported | Kind::Invalid | Kind::Gone | Kind::Other) => {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(recognise_head(head, path).await)
    }
}
