//! Making a bundle of a machine.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{EXPORT, Result, convert, invalid, io_error, parcel};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{Bundle, BundleDisk, BundleFile, HEAD, ImageFormat, MANIFEST};
use crate::model::error::VirtError;
use crate::model::job::Job;

/// A folder that becomes a bundle: until it is whole it has another name beside. Dropped before, it goes.
#[derive(Debug)]
pub(crate) struct Export {
    folder: PathBuf,
    part: PathBuf,
    whole: bool,
}

/// A disk, brought here.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The disk in the definition.
    pub(crate) target: String,
    /// Its image and those that it builds on, the topmost first, each with its format.
    pub(crate) chain: Vec<(PathBuf, ImageFormat)>,
}

impl Export {
    /// Makes the folder, whose name must be free: nothing is overwritten. `note` is told what is made, before it is.
    ///
    /// # Errors
    /// Those of the file system, and of `note`.
    pub(crate) fn new(folder: &Path, note: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        if fs::symlink_metadata(folder).is_ok() {
            return Err(taken(folder));
        }
        let folder = std::path::absolute(folder).map_err(|error| io_error(EXPORT, folder, &error))?;
        let mut name = OsString::from(".");
        name.push(folder.file_name().unwrap_or_default());
        name.push(format!(".{}.part", Uuid::new_v4().simple()));
        let part = folder.with_file_name(name);
        note(&part)?;
        let made = fs::DirBuilder::new().mode(0o700).create(&part);
        made.map_err(|error| io_error(EXPORT, &folder, &error))?;
        Ok(Self {
            folder,
            part,
            whole: false,
        })
    }

    /// Where it is made.
    pub(crate) fn place(&self) -> &Path {
        &self.part
    }

    /// Gives it its name.
    fn finish(mut self) -> Result<PathBuf> {
        let named = rustix::fs::renameat_with(CWD, &self.part, CWD, &self.folder, RenameFlags::NOREPLACE);
        match named {
            Ok(()) => {}
            Err(Errno::EXIST) => return Err(taken(&self.folder)),
            // A file system that can't do it at once.
            Err(_) if fs::symlink_metadata(&self.folder).is_err() => {
                fs::rename(&self.part, &self.folder).map_err(|error| io_error(EXPORT, &self.folder, &error))?;
            }
            Err(_) => return Err(taken(&self.folder)),
        }
        self.whole = true;
        Ok(self.folder.clone())
    }
}

fn taken(folder: &Path) -> VirtError {
    let shown = folder.display().to_string();
    invalid(EXPORT, tr_f("{path} is there already.", &[("path", &shown)]))
}

impl Drop for Export {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = fs::remove_dir_all(&self.part)
        {
            tracing::warn!(%error, "a bundle that is not whole stays");
        }
    }
}

/// Makes the settings of a firmware, which were brought to `path`, plain bytes.
///
/// # Errors
/// Where they are none; what `qemu-img` or the file system says; `Kind::Cancelled`.
pub(crate) fn firmware(path: &Path, job: &Job) -> Result<()> {
    let failed = |error: std::io::Error| io_error(EXPORT, path, &error);
    let mut head = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    file.take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
    let format = match ImageFormat::of(&head, &[]) {
        ImageFormat::Qcow2 => ImageFormat::Qcow2,
        _ => ImageFormat::Raw,
    };
    let plain = path.with_extension("plain");
    let size = match format {
        ImageFormat::Qcow2 => {
            let chain = convert::chained(EXPORT, &[(path.to_owned(), format)])?;
            let size = convert::size_of(EXPORT, &chain, job)?;
            if size <= parcel::SETTINGS {
                convert::convert(EXPORT, &chain, &plain, "raw", job)?;
                fs::rename(&plain, path).map_err(failed)?;
            }
            size
        }
        _ => length,
    };
    if size > parcel::SETTINGS {
        return Err(invalid(EXPORT, tr("The settings of the firmware are too large.")));
    }
    Ok(())
}

/// Fills the folder; the list comes last, so that a folder without it is never taken for a bundle.
///
/// # Errors
/// What `qemu-img` or the file system says; `Kind::Cancelled`.
pub(crate) fn bundle(
    export: Export,
    name: &str,
    definition: &str,
    parts: &[Part],
    firmware: Option<String>,
    job: &Job,
) -> Result<PathBuf> {
    let mut bundle = Bundle::new(name);
    for part in parts {
        let file = format!("{}.qcow2", part.target);
        let path = export.part.join(&file);
        job.stage(tr_f("Converting {name}", &[("name", &file)]));
        let chain = convert::chained(EXPORT, &part.chain)?;
        let capacity = convert::convert(EXPORT, &chain, &path, "qcow2", job)?;
        for (brought, _) in &part.chain {
            let _ = fs::remove_file(brought);
        }
        let (size, sha256) = summed(&path, &file, job)?;
        bundle.disks.push(BundleDisk {
            target: part.target.clone(),
            file,
            size,
            capacity,
            sha256,
        });
    }
    if let Some(file) = firmware {
        let (size, sha256) = summed(&export.part.join(&file), &file, job)?;
        bundle.firmware = Some(BundleFile { file, size, sha256 });
    }
    bundle.definition_sha256 = format!("{:x}", Sha256::digest(definition.as_bytes()));
    write(&export.part.join(&bundle.definition), definition)?;
    let list = serde_json::to_string_pretty(&bundle).unwrap_or_default() + "\n";
    write(&export.part.join(MANIFEST), &list)?;
    export.finish()
}

/// Length and checksum of a file that was made.
fn summed(path: &Path, name: &str, job: &Job) -> Result<(u64, String)> {
    let failed = |error: std::io::Error| io_error(EXPORT, path, &error);
    let made = File::open(path).map_err(failed)?;
    let size = made.metadata().map_err(failed)?.len();
    job.stage(tr_f("Checking {name}", &[("name", name)]));
    Ok((size, parcel::sum(made, size, job).map_err(failed)?))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| io_error(EXPORT, path, &error);
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_data().map_err(failed)
}
