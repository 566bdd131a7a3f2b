//! Bringing machines from elsewhere, and taking them there: files are opened within bounds, converted by `qemu-img` on this
//! computer, and only then brought to the host.

mod archive;
mod convert;
mod export;
mod parcel;
mod program;
pub(crate) mod v2v;
mod workplace;

pub(crate) use export::{Export, Part, bundle, firmware};
pub(crate) use parcel::inspect;
pub(crate) use workplace::{Workplace, check_space, check_space_in};

use std::io;
use std::path::{Path, PathBuf};

use crate::model::conversion::Appliance;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;

/// The operations, as the user would say them.
pub(crate) const IMPORT: &str = "import";
pub(crate) const EXPORT: &str = "export";

type Result<T> = std::result::Result<T, VirtError>;

/// Something that is wrong with what the user gave, as a whole sentence.
fn invalid(op: &'static str, text: impl Into<String>) -> VirtError {
    VirtError::own(Kind::Invalid, op, text)
}

/// What the file system says, about a file.
fn io_error(op: &'static str, path: &Path, error: &io::Error) -> VirtError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => Kind::Invalid,
        io::ErrorKind::PermissionDenied => Kind::Denied,
        io::ErrorKind::Interrupted => Kind::Cancelled,
        _ => Kind::Other,
    };
    VirtError::own(kind, op, format!("{}: {error}", path.display()))
}

/// Does work that blocks on a thread of its own. The work goes on when the future is dropped, until a cancel.
///
/// # Errors
/// Those of the work.
pub(crate) async fn aside<T: Send + 'static>(
    op: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (reply, answer) = async_channel::bounded(1);
    let thread = std::thread::Builder::new().name("vireo-convert".into()).spawn(move || {
        let _ = reply.try_send(work());
    });
    let gone = |error: String| VirtError::own(Kind::Other, op, error);
    thread.map_err(|error| gone(error.to_string()))?;
    answer.recv().await.unwrap_or_else(|error| Err(gone(error.to_string())))
}

/// Converts the disks of an appliance into `folder`, under these names, and after them the settings of its firmware, where there is a
/// name for them.
///
/// # Errors
/// What is wrong with them, what `qemu-img` says; `Kind::Cancelled`.
pub(crate) fn convert(
    file: &Path,
    appliance: &Appliance,
    names: &[String],
    format: &str,
    folder: &Path,
    job: &Job,
) -> Result<Vec<PathBuf>> {
    let parcel = parcel::Parcel::open(file)?;
    let mut needed: u64 = 0;
    for disk in appliance.parts() {
        needed = needed.saturating_add(convert::needed(&parcel, disk, job)?);
    }
    check_space(needed)?;
    let mut made = Vec::new();
    for (number, (disk, name)) in appliance.parts().zip(names).enumerate() {
        let to = folder.join(name);
        let is_disk = number < appliance.disks.len();
        convert::disk(&parcel, disk, &to, if is_disk { format } else { "raw" }, job)?;
        made.push(to);
    }
    Ok(made)
}

#[cfg(test)]
mod tests;
