//! What is done with volumes.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::secret::{self, Purpose};
use super::{changed, done, invalid, owned, pool, volume as look_up, volume_in};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::job::Job;
use crate::model::storage::{Encryption, NewVolume, Resize, VolumeRef, Wipe, pool_kind};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::facts::handles;
use crate::virt::handle::{self, Handle, Pool, Volume};
use crate::virt::sys;

/// How often the growth of a new volume is looked at.
const TICK: Duration = Duration::from_millis(500);

/// Sizes of a volume in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// What a guest sees.
    pub(crate) capacity: u64,
    /// What it takes; with `physical` how long the file or device is.
    pub(crate) allocation: u64,
}

/// Sizes of a volume (`virStorageVolGetInfoFlags`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn sizes(
    connection: &Connection,
    volume: &Handle<Volume>,
    physical: bool,
    op: &'static str,
) -> Result<Sizes> {
    let flags = if physical { sys::VIR_STORAGE_VOL_GET_PHYSICAL } else { 0 };
    let mut about = MaybeUninit::<sys::virStorageVolInfo>::zeroed();
    // SAFETY: the volume lives, and the place is large enough.
    let told = unsafe { sys::virStorageVolGetInfoFlags(volume.as_ptr(), about.as_mut_ptr(), flags) };
    done(connection, told, op)?;
    // SAFETY: zeroed before, and filled by the call; plain numbers.
    let about = unsafe { about.assume_init() };
    Ok(Sizes {
        capacity: about.capacity,
        allocation: about.allocation,
    })
}

/// What libvirt says of a volume (`virStorageVolGetXMLDesc`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn xml(connection: &Connection, volume: &VolumeRef) -> Result<String> {
    const OP: &str = "read volume";
    let volume = look_up(connection, volume, OP)?;
    describe(connection, &volume, OP)
}

fn describe(connection: &Connection, volume: &Handle<Volume>, op: &'static str) -> Result<String> {
    // SAFETY: the volume lives; the answer is NULL or a string of ours.
    unsafe { owned(connection, sys::virStorageVolGetXMLDesc(volume.as_ptr(), 0), op) }
}

/// A volume as it is now.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn read(connection: &Connection, volume: &VolumeRef) -> Result<VolumeFact> {
    const OP: &str = "read volume";
    let volume = look_up(connection, volume, OP)?;
    fact(connection, &volume, OP)
}

/// What there is to say of a volume.
pub(super) fn fact(connection: &Connection, volume: &Handle<Volume>, op: &'static str) -> Result<VolumeFact> {
    let text = describe(connection, volume, op)?;
    VolumeFact::read(&text).map_err(|error| invalid(op, error.to_string()))
}

/// Makes a volume (`virStorageVolCreateXML`). libvirt cannot be stopped while it does; after a cancel the volume is removed
/// as soon as it is there.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Cancelled`. Nothing stays then.
pub(crate) fn create(connection: &Connection, new: &NewVolume, job: &Job) -> Result<VolumeFact> {
    const OP: &str = "create volume";
    let new = new.clone().in_pool(&super::pool::read(connection, &new.pool)?.kind);
    let made = make_secret(connection, &new)?;
    let secret = made.as_deref().or(match &new.encryption {
        Some(Encryption::Secret(uuid)) => Some(uuid),
        _ => None,
    });
    let flags = if new.preallocate {
        sys::VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA
    } else {
        0
    };
    let result = pool(connection, &new.pool, OP).and_then(|pool| {
        let text = c_string(&new.xml(secret), OP)?;
        let grown = growing(connection, &new.volume(), new.allocation.unwrap_or(0), job, || {
            // SAFETY: pool and text live during the call; the answer is NULL or a reference of ours.
            unsafe { Handle::<Volume>::from_owned(sys::virStorageVolCreateXML(pool.as_ptr(), text.as_ptr(), flags)) }
                .ok_or_else(|| connection.error(OP))
        });
        kept_unless_cancelled(connection, grown?, job, OP)
    });
    if let (Err(_), Some(uuid)) = (&result, &made) {
        secret::remove(connection, uuid);
    }
    changed(connection, &new.pool);
    result
}

fn make_secret(connection: &Connection, new: &NewVolume) -> Result<Option<String>> {
    let Some(Encryption::Passphrase(passphrase)) = &new.encryption else {
        return Ok(None);
    };
    // The usage of a secret is unique on a host, and volumes of different pools may have the same name.
    let usage = format!("{}/{}", new.pool, new.name);
    let value = Zeroizing::new(passphrase.as_bytes().to_vec());
    secret::make(connection, &Purpose::Volume(&usage), &value).map(Some)
}

/// A new volume, unless the job was cancelled meanwhile: then it goes again.
fn kept_unless_cancelled(
    connection: &Connection,
    volume: Handle<Volume>,
    job: &Job,
    op: &'static str,
) -> Result<VolumeFact> {
    if let Err(cancelled) = job.check(op) {
        // SAFETY: the volume lives during the call.
        done(connection, unsafe { sys::virStorageVolDelete(volume.as_ptr(), 0) }, op)?;
        return Err(cancelled);
    }
    fact(connection, &volume, op)
}

/// Does `work`, which makes a volume, and tells twice a second how much of it is there. libvirt tells no progress of its own;
/// a volume that is being made is listed, where its pool can show it.
fn growing<T>(
    connection: &Connection,
    volume: &VolumeRef,
    total: u64,
    job: &Job,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    const OP: &str = "read progress";
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watch = move || {
            while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Ok(volume) = look_up(connection, volume, OP) else {
                    continue;
                };
                if let Ok(sizes) = sizes(connection, &volume, false, OP) {
                    job.progress(sizes.allocation.min(total), total);
                }
            }
        };
        if total > 0
            && let Err(error) = thread::Builder::new()
                .name("vireo-progress".into())
                .spawn_scoped(scope, watch)
        {
            tracing::warn!("no progress: {error}");
        }
        let result = work();
        drop(ended);
        result
    })
}

/// Gives a volume another size (`virStorageVolResize`).
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` for one that is smaller where that was not allowed.
pub(crate) fn resize(connection: &Connection, volume: &VolumeRef, wish: Resize) -> Result<()> {
    const OP: &str = "resize volume";
    let handle = look_up(connection, volume, OP)?;
    let now = sizes(connection, &handle, false, OP)?;
    if wish.capacity < now.capacity && !wish.shrink {
        return Err(invalid(
            OP,
            tr("A smaller volume loses what is at its end. That has to be allowed explicitly."),
        ));
    }
    let mut flags = 0;
    if wish.capacity < now.capacity {
        flags |= sys::VIR_STORAGE_VOL_RESIZE_SHRINK;
    }
    if wish.allocate {
        flags |= sys::VIR_STORAGE_VOL_RESIZE_ALLOCATE;
    }
    // SAFETY: the volume lives during the call.
    let resized = unsafe { sys::virStorageVolResize(handle.as_ptr(), wish.capacity, flags) };
    done(connection, resized, OP)?;
    changed(connection, &volume.pool);
    Ok(())
}

/// Makes a volume as a copy of another one (`virStorageVolCreateXMLFrom`), sharing its blocks where the file system can. The
/// pools may differ. As with [`create`], a cancel removes it as soon as libvirt has made it.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Cancelled`. Nothing stays then.
pub(crate) fn clone(connection: &Connection, from: &VolumeRef, new: &NewVolume, job: &Job) -> Result<VolumeFact> {
    const OP: &str = "copy volume";
    let source = look_up(connection, from, OP)?;
    let there = sizes(connection, &source, false, OP)?;
    let wanted = NewVolume {
        capacity: new.capacity.max(there.capacity),
        ..new.clone()
    };
    let wanted = wanted.in_pool(&super::pool::read(connection, &new.pool)?.kind);
    let made = make_secret(connection, &wanted)?;
    let secret = made.as_deref().or(match &new.encryption {
        Some(Encryption::Secret(uuid)) => Some(uuid),
        _ => None,
    });
    let result = pool(connection, &new.pool, OP).and_then(|pool| {
        let copied = growing(connection, &new.volume(), there.allocation, job, || {
            copy(connection, &pool, &wanted.xml(secret), &source, OP)
        });
        kept_unless_cancelled(connection, copied?, job, OP)
    });
    if let (Err(_), Some(uuid)) = (&result, &made) {
        secret::remove(connection, uuid);
    }
    changed(connection, &new.pool);
    result
}

/// Copies, with shared blocks first: libvirt refuses that where the file system cannot, before anything was written.
fn copy(
    connection: &Connection,
    pool: &Handle<Pool>,
    xml: &str,
    source: &Handle<Volume>,
    op: &'static str,
) -> Result<Handle<Volume>> {
    let text = c_string(xml, op)?;
    let call = |flags| {
        // SAFETY: pool, text and source live during the call; the answer is NULL or a reference of ours.
        unsafe {
            let raw = sys::virStorageVolCreateXMLFrom(pool.as_ptr(), text.as_ptr(), source.as_ptr(), flags);
            Handle::<Volume>::from_owned(raw)
        }
        .ok_or_else(|| connection.error(op))
    };
    match call(sys::VIR_STORAGE_VOL_CREATE_REFLINK) {
        Err(error) if !matches!(error.kind, Kind::Unreachable | Kind::Denied | Kind::Gone) => call(0),
        result => result,
    }
}

/// Overwrites what a volume holds (`virStorageVolWipePattern`). libvirt cannot be stopped while it does.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn wipe(connection: &Connection, volume: &VolumeRef, how: Wipe) -> Result<()> {
    const OP: &str = "wipe volume";
    let handle = look_up(connection, volume, OP)?;
    let algorithm = match how {
        Wipe::Zero => sys::VIR_STORAGE_VOL_WIPE_ALG_ZERO,
        Wipe::Nnsa => sys::VIR_STORAGE_VOL_WIPE_ALG_NNSA,
        Wipe::Dod => sys::VIR_STORAGE_VOL_WIPE_ALG_DOD,
        Wipe::Bsi => sys::VIR_STORAGE_VOL_WIPE_ALG_BSI,
        Wipe::Gutmann => sys::VIR_STORAGE_VOL_WIPE_ALG_GUTMANN,
        Wipe::Schneier => sys::VIR_STORAGE_VOL_WIPE_ALG_SCHNEIER,
        Wipe::Pfitzner7 => sys::VIR_STORAGE_VOL_WIPE_ALG_PFITZNER7,
        Wipe::Pfitzner33 => sys::VIR_STORAGE_VOL_WIPE_ALG_PFITZNER33,
        Wipe::Random => sys::VIR_STORAGE_VOL_WIPE_ALG_RANDOM,
        Wipe::Trim => sys::VIR_STORAGE_VOL_WIPE_ALG_TRIM,
    };
    // SAFETY: the volume lives during the call.
    let wiped = unsafe { sys::virStorageVolWipePattern(handle.as_ptr(), algorithm, 0) };
    done(connection, wiped, OP)?;
    changed(connection, &volume.pool);
    Ok(())
}

/// Deletes a volume that the caller has made itself and that nobody can use yet (`virStorageVolDelete`); one that is gone is
/// fine. What a user deletes goes through [`facts::delete_volumes`](crate::virt::facts::delete_volumes), which asks who uses it.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn remove(connection: &Connection, volume: &VolumeRef) -> Result<()> {
    const OP: &str = "delete volume";
    let handle = match look_up(connection, volume, OP) {
        Ok(handle) => handle,
        Err(error) if error.kind == Kind::Gone => return Ok(()),
        Err(error) => return Err(error),
    };
    // SAFETY: the volume lives during the call.
    done(connection, unsafe { sys::virStorageVolDelete(handle.as_ptr(), 0) }, OP)?;
    changed(connection, &volume.pool);
    Ok(())
}

/// Reads what these volumes of a pool are, for lines of a list that are seen. Those that are gone are left out.
///
/// # Errors
/// What libvirt says, by remedy: of the pool, or where the host cannot be reached.
pub(crate) fn describe_all(connection: &Connection, pool_name: &str, names: &[String]) -> Result<Vec<VolumeFact>> {
    const OP: &str = "read volumes";
    let pool = pool(connection, pool_name, OP)?;
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        match volume_in(connection, &pool, name, OP).and_then(|volume| fact(connection, &volume, OP)) {
            Ok(volume) => found.push(volume),
            Err(
                error @ VirtError {
                    kind: Kind::Unreachable,
                    ..
                },
            ) => return Err(error),
            Err(error) => tracing::debug!("a volume cannot be read: {error}"),
        }
    }
    Ok(found)
}

/// Names of the volumes of a pool, with their paths where a path is also the key (`virStoragePoolListAllVolumes`): one round
/// trip, however many there are. Nothing else is known of them then.
///
/// # Errors
/// What libvirt says, by remedy: a pool that is off has none.
pub(crate) fn names(connection: &Connection, pool_name: &str) -> Result<Vec<VolumeFact>> {
    const OP: &str = "list volumes";
    let inside = pool(connection, pool_name, OP)?;
    let about = super::pool::read(connection, pool_name)?;
    let kind = pool_kind(&about.kind);
    let mut raw: *mut sys::virStorageVolPtr = ptr::null_mut();
    // SAFETY: the pool lives and `raw` is a place for the answer, which is ours.
    let listed = unsafe {
        let count = sys::virStoragePoolListAllVolumes(inside.as_ptr(), &raw mut raw, 0);
        done(connection, count, OP)?;
        handles::<handle::Volume>(raw, count)
    };
    let text = |raw: *const c_char| {
        // SAFETY: the name or key lives as long as its volume, and is copied.
        (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned())
    };
    let one = |volume: &Handle<Volume>| {
        // SAFETY: the volume lives; neither call asks the host.
        let (name, key) = unsafe {
            let raw = volume.as_ptr();
            (sys::virStorageVolGetName(raw), sys::virStorageVolGetKey(raw))
        };
        Some(VolumeFact {
            name: text(name)?,
            path: text(key)
                .filter(|_| kind.is_some_and(|kind| kind.key_is_path))
                .unwrap_or_default(),
            ..VolumeFact::default()
        })
    };
    Ok(listed.iter().filter_map(one).collect())
}

/// The volume with this path and its pool; `None` where no pool that runs has it.
///
/// # Errors
/// Where the host cannot be asked.
pub(crate) fn at_path(connection: &Connection, path: &str) -> Result<Option<(PoolFact, VolumeFact)>> {
    const OP: &str = "read volume";
    let text = c_string(path, OP)?;
    // SAFETY: connection and path live during the call; the answer is NULL or a reference of ours.
    let found = unsafe {
        let raw = sys::virStorageVolLookupByPath(connection.handle().as_ptr(), text.as_ptr());
        Handle::<Volume>::from_owned(raw)
    };
    let Some(found) = found else {
        let error = connection.error(OP);
        return match error.kind {
            Kind::Unreachable | Kind::Unsupported | Kind::Denied => Err(error),
            _ => Ok(None),
        };
    };
    // SAFETY: the volume lives during the call; the answer is NULL or a reference of ours.
    let pool = unsafe { Handle::<Pool>::from_owned(sys::virStoragePoolLookupByVolume(found.as_ptr())) };
    let pool = pool.ok_or_else(|| connection.error(OP))?;
    let about = super::pool::fact(connection, &pool, OP)?;
    Ok(Some((about, fact(connection, &found, OP)?)))
}

/// Whether a pool has a volume of this name.
///
/// # Errors
/// Where the pool cannot be asked.
pub(crate) fn is_there(connection: &Connection, volume: &VolumeRef) -> Result<bool> {
    const OP: &str = "read volume";
    let inside = pool(connection, &volume.pool, OP)?;
    match volume_in(connection, &inside, &volume.name, OP) {
        Ok(_) => Ok(true),
        Err(error) if error.kind == Kind::Gone => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is said of a name that is taken.
pub(crate) fn taken(volume: &VolumeRef) -> String {
    tr_f(
        "There is a volume “{name}” in the pool “{pool}” already.",
        &[("name", &volume.name), ("pool", &volume.pool)],
    )
}

/// Refuses a name that is taken: what is there is somebody's.
///
/// # Errors
/// `Kind::Invalid` for such a name; where the pool cannot be asked.
pub(crate) fn check_free(connection: &Connection, volume: &VolumeRef, op: &'static str) -> Result<()> {
    if is_there(connection, volume)? {
        return Err(invalid(op, taken(volume)));
    }
    Ok(())
}
