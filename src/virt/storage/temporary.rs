//! A folder as a pool for a while: libvirt copies between volumes only.

use uuid::Uuid;

use super::pool as look_up;
use super::{invalid, volume, volume_in};
use crate::model::storage::VolumeRef;
use crate::model::xml::escape;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Handle, Pool};
use crate::virt::sys;

/// A pool that is there as long as this value, unless it was there before. Its files stay.
pub(crate) struct Temporary<'c> {
    connection: &'c Connection,
    pool: Option<Handle<Pool>>,
}

impl<'c> Temporary<'c> {
    /// Sees to it that the file at `path` is a volume, and tells which.
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Gone` where there is no such file.
    pub(crate) fn holding(connection: &'c Connection, path: &str) -> Result<(Self, VolumeRef)> {
        const OP: &str = "look into folder";
        if let Some((pool, volume)) = volume::at_path(connection, path)? {
            let found = VolumeRef::new(pool.name, volume.name);
            return Ok((Self { connection, pool: None }, found));
        }
        let (folder, file) = path.rsplit_once('/').ok_or_else(|| invalid(OP, path))?;
        let name = format!("vireo-{}", Uuid::new_v4().simple());
        let xml = format!(
            "<pool type='dir'><name>{name}</name><target><path>{}</path></target></pool>",
            escape(if folder.is_empty() { "/" } else { folder })
        );
        let xml = c_string(&xml, OP)?;
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let pool = unsafe {
            let raw = sys::virStoragePoolCreateXML(connection.handle().as_ptr(), xml.as_ptr(), 0);
            Handle::<Pool>::from_owned(raw)
        };
        let pool = pool.ok_or_else(|| connection.error(OP))?;
        let here = Self {
            connection,
            pool: Some(pool),
        };
        let inside = look_up(connection, &name, OP)?;
        volume_in(connection, &inside, file, OP)?;
        Ok((here, VolumeRef::new(name, file)))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            // SAFETY: the pool lives during the call. It is transient: stopped, it is gone, and its files stay.
            if unsafe { sys::virStoragePoolDestroy(pool.as_ptr()) } < 0 {
                tracing::warn!("a folder stays a pool: {}", self.connection.error("stop pool"));
            }
        }
    }
}
