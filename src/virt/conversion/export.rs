//! Making a bundle of a machine.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{EXPORT, Result, convert, invalid, io_error, parcel};
use crate::i18n::tr_f;
use crate::model::conversion::{Bundle, BundleDisk, MANIFEST};
use crate::model::job::Job;

/// A folder that becomes a bundle. Dropped before it is whole, it goes.
#[derive(Debug)]
pub(crate) struct Export {
    folder: PathBuf,
    whole: bool,
}

/// A disk, brought here.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The disk in the definition.
    pub(crate) target: String,
    /// Its image and those that it builds on, the topmost first, each with QEMU's driver.
    pub(crate) chain: Vec<(PathBuf, String)>,
}

impl Export {
    /// Makes the folder, which must not be there: nothing is overwritten.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let made = fs::DirBuilder::new().mode(0o700).create(folder);
        made.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                let shown = folder.display().to_string();
                invalid(EXPORT, tr_f("{path} is there already.", &[("path", &shown)]))
            }
            _ => io_error(EXPORT, folder, &error),
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            whole: false,
        })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, "a bundle that is not whole stays");
        }
    }
}

/// Fills the folder; the list comes last, so that a folder without it is never taken for a bundle.
///
/// # Errors
/// What `qemu-img` or the file system says; `Kind::Cancelled`.
pub(crate) fn bundle(mut export: Export, name: &str, definition: &str, parts: &[Part], job: &Job) -> Result<PathBuf> {
    let mut bundle = Bundle::new(name);
    for part in parts {
        let file = format!("{}.qcow2", part.target);
        let path = export.folder.join(&file);
        job.stage(tr_f("Converting {name}", &[("name", &file)]));
        let capacity = convert::convert(EXPORT, &convert::chained(&part.chain), &path, "qcow2", job)?;
        for (brought, _) in &part.chain {
            let _ = fs::remove_file(brought);
        }
        let failed = |error: std::io::Error| io_error(EXPORT, &path, &error);
        let made = File::open(&path).map_err(failed)?;
        let size = made.metadata().map_err(failed)?.len();
        job.stage(tr_f("Checking {name}", &[("name", &file)]));
        let sha256 = parcel::sum(made, size, job).map_err(failed)?;
        bundle.disks.push(BundleDisk {
            target: part.target.clone(),
            file,
            size,
            capacity,
            sha256,
        });
    }
    bundle.definition_sha256 = format!("{:x}", Sha256::digest(definition.as_bytes()));
    write(&export.folder.join(&bundle.definition), definition)?;
    let list = serde_json::to_string_pretty(&bundle).unwrap_or_default() + "\n";
    write(&export.folder.join(MANIFEST), &list)?;
    export.whole = true;
    Ok(export.folder.clone())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| io_error(EXPORT, path, &error);
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_data().map_err(failed)
}
