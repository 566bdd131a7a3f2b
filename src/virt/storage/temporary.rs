//! A folder as a pool for a while: libvirt copies between volumes only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::{invalid, volume, volume_in};
use super::{pool as look_up, pool::refresh};
use crate::model::error::Kind;
use crate::model::journal::Made;
use crate::model::key::HostId;
use crate::model::storage::VolumeRef;
use crate::model::xml::escape;
use crate::virt::connection::{Connection, Result, c_string, lock};
use crate::virt::handle::{Handle, Pool};
use crate::virt::sys;

const OP: &str = "look into folder";

/// A folder that is a pool now. libvirt allows one pool for a folder, so jobs that look into the same one share it.
struct Window {
    pool: String,
    users: usize,
}

/// The folders of a host that are pools now.
type Windows = Arc<Mutex<HashMap<String, Window>>>;

/// Those of a host. Each has a lock of its own, which is held while its host is asked.
fn windows(host: HostId) -> Windows {
    static ALL: Mutex<Option<HashMap<HostId, Windows>>> = Mutex::new(None);
    let mut all = lock(&ALL);
    Arc::clone(all.get_or_insert_default().entry(host).or_default())
}

/// A pool that is there as long as this value, unless it was there before. Its files stay.
pub(crate) struct Temporary<'c> {
    connection: &'c Connection,
    /// Its folder, where it is ours.
    folder: Option<String>,
}

impl<'c> Temporary<'c> {
    /// Sees to it that the file at `path` is a volume, and tells which. `note` is told of a pool before it is made.
    ///
    /// # Errors
    /// What libvirt says, by remedy: `Kind::Gone` where there is no such file.
    pub(crate) fn holding(
        connection: &'c Connection,
        path: &str,
        note: &mut dyn FnMut(Made) -> Result<()>,
    ) -> Result<(Self, VolumeRef)> {
        let windows = windows(connection.host);
        let mut open = lock(&windows);
        if let Some((pool, volume)) = volume::at_path(connection, path)? {
            let ours = open.iter_mut().find(|(_, window)| window.pool == pool.name);
            let folder = ours.map(|(folder, window)| {
                window.users += 1;
                folder.clone()
            });
            return Ok((Self { connection, folder }, VolumeRef::new(pool.name, volume.name)));
        }
        let (folder, file) = path.rsplit_once('/').ok_or_else(|| invalid(OP, path))?;
        let folder = if folder.is_empty() { "/" } else { folder };
        let pool = if let Some(window) = open.get_mut(folder) {
            // It came after the pool had looked.
            refresh(connection, &window.pool)?;
            window.users += 1;
            window.pool.clone()
        } else {
            let name = format!("vireo-{}", Uuid::new_v4().simple());
            note(Made::Pool { name: name.clone() })?;
            if let Err(error) = make(connection, &name, folder) {
                // Somebody else's pool may be there since.
                return match volume::at_path(connection, path)? {
                    Some((pool, volume)) => {
                        let found = VolumeRef::new(pool.name, volume.name);
                        Ok((
                            Self {
                                connection,
                                folder: None,
                            },
                            found,
                        ))
                    }
                    None => Err(error),
                };
            }
            let window = Window {
                pool: name.clone(),
                users: 1,
            };
            open.insert(folder.to_owned(), window);
            name
        };
        drop(open);
        let here = Self {
            connection,
            folder: Some(folder.to_owned()),
        };
        let inside = look_up(connection, &pool, OP)?;
        volume_in(connection, &inside, file, OP)?;
        Ok((here, VolumeRef::new(pool, file)))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        let Some(folder) = &self.folder else { return };
        let windows = windows(self.connection.host);
        let mut open = lock(&windows);
        let Some(window) = open.get_mut(folder) else { return };
        window.users -= 1;
        if window.users > 0 {
            return;
        }
        if let Err(error) = close(self.connection, &window.pool) {
            tracing::warn!("a folder stays a pool: {error}");
        }
        open.remove(folder);
    }
}

fn make(connection: &Connection, name: &str, folder: &str) -> Result<()> {
    let xml = format!(
        "<pool type='dir'><name>{name}</name><target><path>{}</path></target></pool>",
        escape(folder)
    );
    let xml = c_string(&xml, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let pool = unsafe {
        let raw = sys::virStoragePoolCreateXML(connection.handle().as_ptr(), xml.as_ptr(), 0);
        Handle::<Pool>::from_owned(raw)
    };
    pool.map(drop).ok_or_else(|| connection.error(OP))
}

/// Lets a folder be one again; a pool that is gone is fine. It is transient: stopped, it is gone, and its files stay.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn close(connection: &Connection, name: &str) -> Result<()> {
    let pool = match look_up(connection, name, OP) {
        Err(error) if error.kind == Kind::Gone => return Ok(()),
        pool => pool?,
    };
    // SAFETY: the pool lives during the call.
    match unsafe { sys::virStoragePoolDestroy(pool.as_ptr()) } {
        0 => Ok(()),
        _ => Err(connection.error("stop pool")),
    }
}

/// Deletes a file of the host that the caller has made itself; one that is gone is fine.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn remove_file(connection: &Connection, path: &str) -> Result<()> {
    match Temporary::holding(connection, path, &mut |_| Ok(())) {
        Err(error) if error.kind == Kind::Gone => Ok(()),
        Err(error) => Err(error),
        Ok((folder, file)) => {
            let removed = volume::remove(connection, &file);
            drop(folder);
            removed
        }
    }
}
