//! Making a volume of bytes from elsewhere, and a file of a volume.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::transfer::{self, Content};
use super::{changed, volume};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::job::Job;
use crate::model::storage::{Brought, NewVolume, Origin, Reach, VolumeRef, shown_address};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Volume};
use crate::virt::session::fuse::Fuse;
use crate::virt::storage::volume as volumes;

const OP: &str = "upload";

/// Makes a volume of what comes from elsewhere, exactly as large, and tells what it is. The caller has noted it in the
/// journal. A cancel or failure removes what was made.
///
/// # Errors
/// What libvirt, the network or the file system says, by remedy; `Kind::Cancelled`. Where the volume could not be removed
/// either, the message says that it stays.
pub(crate) fn bring(connection: &Connection, wish: &Brought, job: &Job) -> Result<VolumeFact> {
    let mut feed = transfer::feed(&wish.origin, job).map_err(|error| unreadable(&wish.origin, &error))?;
    job.check(OP)?;
    let target = &wish.volume;
    volumes::check_free(connection, target, OP)?;
    // Plain, whatever it is: the bytes make it an image, and the pool looks at them afterwards.
    let new = NewVolume {
        pool: target.pool.clone(),
        name: target.name.clone(),
        capacity: feed.length().unwrap_or(0),
        allocation: Some(0),
        ..NewVolume::default()
    };
    volumes::create(connection, &new, job)?;
    // Said ahead of any cancel: on a slow line the piece that is under way alone takes its time.
    connection.cleaning();
    let result = volume(connection, target, OP)
        .and_then(|volume| {
            // For jobs that have none for themselves: what they do besides may take its time.
            let _fuse = connection.plug().map(|plug| Fuse::new(job, plug, || {}));
            transfer::upload(connection, &volume, &mut *feed, Reach::default(), Content::Zeroes, job)
        })
        .and_then(|_| refreshed(connection, target))
        .and_then(|()| volumes::read(connection, target));
    result.map_err(|error| cleaned(connection, target, error))
}

/// Writes what comes from elsewhere over a volume that is there.
///
/// # Errors
/// As [`bring`]; what was written stays.
pub(crate) fn overwrite(connection: &Connection, wish: &Brought, reach: Reach, job: &Job) -> Result<u64> {
    let mut feed = transfer::feed(&wish.origin, job).map_err(|error| unreadable(&wish.origin, &error))?;
    let target = volume(connection, &wish.volume, OP)?;
    let written = transfer::upload(connection, &target, &mut *feed, reach, Content::Anything, job);
    changed(connection, &wish.volume.pool);
    written
}

/// libvirt looks at a pool anew after an upload, but some time later.
fn refreshed(connection: &Connection, target: &VolumeRef) -> Result<()> {
    match super::pool::refresh(connection, &target.pool) {
        // It is at it already, or something else is uploaded to the same pool.
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        Err(error) => {
            tracing::debug!("pool not refreshed: {error}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Removes what came to nothing; the error says so where that fails, too.
fn cleaned(connection: &Connection, target: &VolumeRef, error: VirtError) -> VirtError {
    let left = match volumes::remove(connection, target) {
        Ok(()) => return error,
        Err(left) => left,
    };
    tracing::warn!("an incomplete volume stays: {left}");
    let reason = if connection.is_pulled() {
        tr("The host does not answer, so the connection was closed.")
    } else {
        error.message
    };
    let names = [
        ("name", target.name.as_str()),
        ("pool", target.pool.as_str()),
        ("reason", &reason),
    ];
    // With that kind the journal keeps it in mind.
    VirtError::own(
        left.kind,
        OP,
        tr_f(
            "{reason}\nThe incomplete volume “{name}” stays in the pool “{pool}”.",
            &names,
        ),
    )
}

fn unreadable(origin: &Origin, error: &io::Error) -> VirtError {
    if error.kind() == io::ErrorKind::Interrupted {
        return VirtError::own(Kind::Cancelled, OP, "");
    }
    let name = match origin {
        Origin::Packed { from, .. } => return unreadable(from, error),
        Origin::File(path) => path.display().to_string(),
        Origin::Url { url, .. } => shown_address(url),
        Origin::Bytes(_) => String::new(),
    };
    VirtError::own(
        Kind::Other,
        OP,
        tr_f(
            "“{name}” cannot be read: {reason}",
            &[("name", &name), ("reason", &error.to_string())],
        ),
    )
}

/// Writes a volume to a file of this computer, which appears under its name when it is complete. Tells its length in bytes.
///
/// # Errors
/// What libvirt or the file system says; `Kind::Cancelled`. Nothing stays then, and a file that was there is as it was.
pub(crate) fn download(connection: &Connection, from: &VolumeRef, file: &Path, reach: Reach, job: &Job) -> Result<u64> {
    const OP: &str = "download";
    let source: Handle<Volume> = volume(connection, from, OP)?;
    let part = part_of(file);
    let place = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(|error| transfer::unwritable(&error))?;
    let result = transfer::download(connection, &source, &place, reach, job).and_then(|bytes| {
        place.sync_all().map_err(|error| transfer::unwritable(&error))?;
        fs::rename(&part, file).map_err(|error| transfer::unwritable(&error))?;
        Ok(bytes)
    });
    if result.is_err()
        && let Err(error) = fs::remove_file(&part)
    {
        tracing::warn!("an incomplete file stays: {error}");
    }
    result
}

/// The name of a file while it is written.
pub(crate) fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
    file.with_file_name(name)
}
