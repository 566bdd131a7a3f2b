//! A folder for files that are converted, gone when it is dropped.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Result, io_error};

/// The folder; only the user may look into it.
#[derive(Debug)]
pub(crate) struct Workplace(PathBuf);

impl Workplace {
    /// Makes one below the user's cache: images are too large for the memory that `/tmp` often is.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn new(op: &'static str) -> Result<Self> {
        let path = glib::user_cache_dir()
            .join("vireo")
            .join(format!("convert-{}", Uuid::new_v4()));
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
