//! A folder for files that are converted, gone when it is dropped.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{IMPORT, Result, io_error};
use crate::i18n::tr_f;
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::size;

/// Space that is left on the disk of this computer whatever is unpacked or converted.
pub(super) const RESERVE: u64 = 1 << 30;

/// Where folders for conversions are made.
fn home() -> PathBuf {
    glib::user_cache_dir().join("vireo")
}

/// Checks that so many bytes can be converted on this computer.
///
/// # Errors
/// `Kind::Other` with what there is.
pub(crate) fn check_space(needed: u64) -> Result<()> {
    check_space_in(IMPORT, &home(), needed)
}

/// Checks that a folder, which may not be there yet, takes so many bytes.
///
/// # Errors
/// `Kind::Other` with what there is.
pub(crate) fn check_space_in(op: &'static str, folder: &Path, needed: u64) -> Result<()> {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    // What is not there yet will be on the disk of the folder above.
    let about = whole.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok());
    let Some(about) = about else { return Ok(()) };
    let space = about.f_bavail.saturating_mul(about.f_frsize).saturating_sub(RESERVE);
    if needed <= space {
        return Ok(());
    }
    let (needed, space, shown) = (size::about(needed), size::about(space), folder.display().to_string());
    let text = tr_f(
        "Converting the disks needs {needed} in {folder}, where only {space} can be used.",
        &[("needed", &needed), ("folder", &shown), ("space", &space)],
    );
    Err(VirtError::own(Kind::Other, op, text))
}

/// The folder; only the user may look into it.
#[derive(Debug)]
pub(crate) struct Workplace(PathBuf);

impl Workplace {
    /// Makes one below the user's cache: images are too large for the memory that `/tmp` often is. `note` is told what is made,
    /// before it is.
    ///
    /// # Errors
    /// Those of the file system, and of `note`.
    pub(crate) fn new(op: &'static str, note: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let path = home().join(format!("convert-{}", Uuid::new_v4()));
        note(&path)?;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| io_error(op, &path, &error))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "files of a conversion stay");
        }
    }
}
