//! Volumes that a definition names by their path.

use std::mem::MaybeUninit;

use uuid::Uuid;

use super::lives;
use crate::i18n::tr;
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::apply::disk_source;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Handle, Pool, Stream, Volume};
use crate::virt::session::details::xml;
use crate::virt::sys;

const OP: &str = "resize disk";
/// Firmware keeps its variables in far less; a larger file is something else.
pub(super) const LARGEST: usize = 64 << 20;

fn by_path(connection: &Connection, path: &str, op: &'static str) -> Result<Handle<Volume>> {
    let path = c_string(path, op)?;
    // SAFETY: connection and path live during the call; the answer is NULL or a reference of ours.
    let volume = unsafe {
        let raw = sys::virStorageVolLookupByPath(connection.handle().as_ptr(), path.as_ptr());
        Handle::<Volume>::from_owned(raw)
    };
    volume.ok_or_else(|| connection.error(op))
}

fn by_name(connection: &Connection, pool: &str, name: &str, op: &'static str) -> Result<Handle<Volume>> {
    let (pool, name) = (c_string(pool, op)?, c_string(name, op)?);
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let pool = unsafe {
        let raw = sys::virStoragePoolLookupByName(connection.handle().as_ptr(), pool.as_ptr());
        Handle::<Pool>::from_owned(raw)
    }
    .ok_or_else(|| connection.error(op))?;
    // SAFETY: pool and name live during the call; the answer is NULL or a reference of ours.
    let volume = unsafe {
        let raw = sys::virStorageVolLookupByName(pool.as_ptr(), name.as_ptr());
        Handle::<Volume>::from_owned(raw)
    };
    volume.ok_or_else(|| connection.error(op))
}

/// All bytes of a small volume (`virStorageVolDownload`); `None` where it is no volume, cannot be read or is large.
pub(super) fn read(connection: &Connection, path: &str) -> Option<Vec<u8>> {
    const OP: &str = "read volume";
    let volume = by_path(connection, path, OP).ok()?;
    // SAFETY: the connection lives; the answer is NULL or a reference of ours.
    let stream = unsafe { Handle::<Stream>::from_owned(sys::virStreamNew(connection.handle().as_ptr(), 0)) }?;
    // SAFETY: both live during the call; length 0 means to the end.
    if unsafe { sys::virStorageVolDownload(volume.as_ptr(), stream.as_ptr(), 0, 0, 0) } < 0 {
        return None;
    }
    let mut bytes = Vec::new();
    let mut piece = vec![0_u8; 256 * 1024];
    loop {
        // SAFETY: the stream lives and blocks; the buffer has that many bytes.
        let count = unsafe { sys::virStreamRecv(stream.as_ptr(), piece.as_mut_ptr().cast(), piece.len()) };
        match usize::try_from(count) {
            // SAFETY: the stream lives and is at its end.
            Ok(0) => return (unsafe { sys::virStreamFinish(stream.as_ptr()) } == 0).then_some(bytes),
            Ok(count) if bytes.len() + count <= LARGEST => bytes.extend_from_slice(piece.get(..count)?),
            _ => {
                // SAFETY: the stream lives and is not finished.
                unsafe { sys::virStreamAbort(stream.as_ptr()) };
                return None;
            }
        }
    }
}

fn smaller() -> VirtError {
    VirtError::own(
        Kind::Invalid,
        OP,
        tr("A disk can only grow: making it smaller would cut off what is at its end."),
    )
}

/// Gives a disk another size in bytes, a larger one: of a running machine by `virDomainBlockResize`, else by
/// `virStorageVolResize`, which needs its image to be in a storage pool that runs.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` for a size that is smaller.
pub(crate) fn resize_disk(connection: &Connection, uuid: Uuid, target: &str, bytes: u64) -> Result<()> {
    let (is_persistent, is_active) = lives(connection, uuid)?;
    let read = |flags| -> Result<Domain> {
        let text = xml(connection, uuid, flags, OP)?;
        Domain::parse(&text).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))
    };
    if is_active && read(0)?.disk(target).is_ok() {
        return resize_running(connection, uuid, target, bytes);
    }
    let flags = if is_persistent { sys::VIR_DOMAIN_XML_INACTIVE } else { 0 };
    let volume = match disk_source(&read(flags)?, target) {
        Some((Some(pool), name)) => by_name(connection, &pool, &name, OP)?,
        Some((None, path)) => by_path(connection, &path, OP).map_err(|error| match error.kind {
            Kind::Gone => VirtError {
                message: tr(
                    "The image is in no storage pool that runs, so its size can change only while the machine runs.",
                ),
                ..error
            },
            _ => error,
        })?,
        None => {
            return Err(VirtError::own(
                Kind::Invalid,
                OP,
                tr("The disk has no image of its own."),
            ));
        }
    };
    let mut about = MaybeUninit::<sys::virStorageVolInfo>::zeroed();
    // SAFETY: the volume lives, and the place is large enough.
    if unsafe { sys::virStorageVolGetInfo(volume.as_ptr(), about.as_mut_ptr()) } < 0 {
        return Err(connection.error(OP));
    }
    // SAFETY: zeroed before, and filled by the call; plain numbers.
    let capacity = unsafe { about.assume_init() }.capacity;
    if bytes < capacity {
        return Err(smaller());
    }
    // SAFETY: the volume lives during the call.
    match unsafe { sys::virStorageVolResize(volume.as_ptr(), bytes, 0) } {
        0 => Ok(()),
        _ => Err(connection.error(OP)),
    }
}

fn resize_running(connection: &Connection, uuid: Uuid, target: &str, bytes: u64) -> Result<()> {
    let target = c_string(target, OP)?;
    let mut about = MaybeUninit::<sys::virDomainBlockInfo>::zeroed();
    connection.on_domain(uuid, OP, |domain| {
        // SAFETY: machine and text live during the call, and the place is large enough.
        unsafe { sys::virDomainGetBlockInfo(domain, target.as_ptr(), about.as_mut_ptr(), 0) }
    })?;
    // SAFETY: zeroed before, and filled by the call; plain numbers.
    if bytes < unsafe { about.assume_init() }.capacity {
        return Err(smaller());
    }
    connection
        .on_domain(uuid, OP, |domain| {
            // SAFETY: machine and text live during the call.
            unsafe { sys::virDomainBlockResize(domain, target.as_ptr(), bytes, sys::VIR_DOMAIN_BLOCK_RESIZE_BYTES) }
        })
        .map(drop)
}
