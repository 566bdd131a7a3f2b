//! Storage pools and volumes: what is done with them. What there is, is read by [`facts`](crate::virt::facts).
//!
//! Everything here blocks, on a thread of the host.

pub(crate) mod bring;
pub(crate) mod fetch;
pub(crate) mod pool;
pub(crate) mod rename;
pub(crate) mod secret;
pub(crate) mod temporary;
pub(crate) mod transfer;
pub(crate) mod volume;

use crate::model::error::{Kind, VirtError};
use crate::model::event::{HostEvent, ObjectKind};
use crate::model::storage::VolumeRef;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::facts::owned;
use crate::virt::handle::{Handle, Pool, Volume};
use crate::virt::sys;

/// A pool by its name (`virStoragePoolLookupByName`).
///
/// # Errors
/// `Kind::Gone`, or what libvirt says.
pub(crate) fn pool(connection: &Connection, name: &str, op: &'static str) -> Result<Handle<Pool>> {
    let name = c_string(name, op)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let pool = unsafe {
        let raw = sys::virStoragePoolLookupByName(connection.handle().as_ptr(), name.as_ptr());
        Handle::<Pool>::from_owned(raw)
    };
    pool.ok_or_else(|| connection.error(op))
}

/// A volume by pool and name (`virStorageVolLookupByName`).
///
/// # Errors
/// `Kind::Gone`, or what libvirt says: a pool that is off has none.
pub(crate) fn volume(connection: &Connection, volume: &VolumeRef, op: &'static str) -> Result<Handle<Volume>> {
    let pool = pool(connection, &volume.pool, op)?;
    volume_in(connection, &pool, &volume.name, op)
}

/// A volume of a pool that was looked up before.
///
/// # Errors
/// As [`volume`].
pub(crate) fn volume_in(
    connection: &Connection,
    pool: &Handle<Pool>,
    name: &str,
    op: &'static str,
) -> Result<Handle<Volume>> {
    let name = c_string(name, op)?;
    // SAFETY: pool and name live during the call; the answer is NULL or a reference of ours.
    let volume = unsafe {
        let raw = sys::virStorageVolLookupByName(pool.as_ptr(), name.as_ptr());
        Handle::<Volume>::from_owned(raw)
    };
    volume.ok_or_else(|| connection.error(op))
}

/// What a call answered: below 0 is a failure.
///
/// # Errors
/// That of the call.
fn done(connection: &Connection, result: i32, op: &'static str) -> Result<()> {
    match result {
        ..0 => Err(connection.error(op)),
        _ => Ok(()),
    }
}

/// Tells everybody that what a pool holds has changed: no event of libvirt tells of volumes.
pub(crate) fn changed(connection: &Connection, pool: &str) {
    connection.facts().doubt(ObjectKind::StoragePool);
    connection.sink.push(HostEvent::Object {
        host: connection.host,
        kind: ObjectKind::StoragePool,
        name: pool.to_owned(),
        event: -1,
        detail: 0,
    });
}

/// Something that the user gave and that cannot be.
fn invalid(op: &'static str, message: impl Into<String>) -> VirtError {
    VirtError::own(Kind::Invalid, op, message)
}
