//! virt-v2v, run on this computer: it starts a small machine of its own to look into the guest's disks.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::parcel::{self, Member, Parcel};
use super::program::{Bounds, run};
use super::{IMPORT, Result, check_space, invalid, io_error};
use crate::i18n::tr;
use crate::model::conversion::{Appliance, ImageFormat, V2v, danger};
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;

/// Name of the program.
const PROGRAM: &str = "virt-v2v";
/// Longest line of what it prints that is read as a whole.
const LINE: usize = 1000;
/// Longest definition that is taken from it.
const TEXT: u64 = 4 << 20;

/// Whether it is installed on this computer.
#[must_use]
pub(crate) fn is_installed() -> bool {
    glib::find_program_in_path(PROGRAM).is_some()
}

/// Converts a machine of another program, and tells what came of it and the files, in the order of its disks.
///
/// # Errors
/// `Kind::Unsupported` where it isn't installed, or doesn't read such files; what it says; `Kind::Cancelled`.
pub(crate) fn convert(
    file: &Path,
    appliance: &Appliance,
    format: &str,
    folder: &Path,
    job: &Job,
) -> Result<(Appliance, Vec<PathBuf>)> {
    // Since it was looked at, the file may have become another.
    if parcel::inspect(file)?.disks != appliance.disks {
        return Err(invalid(IMPORT, tr("The file has changed meanwhile. Open it again.")));
    }
    let whole = |path: &Path| std::path::absolute(path).map_err(|error| io_error(IMPORT, path, &error));
    let (from, disk) = source(file, appliance)?;
    let (from, to) = (whole(&from)?, whole(folder)?);
    let needed = appliance
        .disks
        .iter()
        .map(|disk| disk.size)
        .fold(0, u64::saturating_add);
    // It unpacks an archive first.
    check_space(needed.saturating_mul(2))?;
    let work = folder.join("tmp");
    fs::create_dir(&work).map_err(|error| io_error(IMPORT, &work, &error))?;
    let v2v = V2v {
        from: &from,
        disk,
        to: &to,
        format,
    };
    let mut command = Command::new(PROGRAM);
    command.args(v2v.arguments()).stdin(Stdio::null());
    command.env("VIRT_V2V_TMPDIR", &work).env("LIBGUESTFS_CACHEDIR", &work);
    // Its own machine needs no service.
    command.env("LIBGUESTFS_BACKEND", "direct");
    job.stage(tr("Converting with virt-v2v"));
    let done = run(IMPORT, &mut command, Bounds::NONE, job, |output| {
        lines(output, |line| match (V2v::progress(line), V2v::stage(line)) {
            (Some((done, total)), _) => job.progress(done, total),
            (None, Some(stage)) => job.stage(format!("{PROGRAM}: {stage}")),
            _ => tracing::debug!(line, "virt-v2v says"),
        })
    });
    done.map_err(|error| match error.kind {
        Kind::Other => VirtError::own(Kind::Other, IMPORT, V2v::reason(&error.message)),
        _ => error,
    })?;
    let _ = fs::remove_dir_all(&work);
    let path = folder.join(V2v::definition());
    let failed = |error: std::io::Error| io_error(IMPORT, &path, &error);
    let mut text = String::new();
    let mut definition = File::open(&path).map_err(failed)?.take(TEXT);
    definition.read_to_string(&mut text).map_err(failed)?;
    let made = v2v.made(&text, appliance).map_err(|text| invalid(IMPORT, text))?;
    let mut files = Vec::new();
    for disk in &made.disks {
        let path = folder.join(&disk.file);
        check(&path, disk.format)?;
        files.push(path);
    }
    Ok((made, files))
}

/// What virt-v2v is to read, and the format of a single disk.
fn source(file: &Path, appliance: &Appliance) -> Result<(PathBuf, Option<ImageFormat>)> {
    let cannot = || VirtError::own(Kind::Unsupported, IMPORT, tr("virt-v2v can’t read this file."));
    let parcel = Parcel::open(file)?;
    if appliance.definition.is_some() {
        return Err(cannot());
    }
    if let Some(disk) = parcel.single() {
        let packed = appliance.disks.iter().any(|disk| disk.compression.is_some());
        return match packed {
            true => Err(cannot()),
            false => Ok((disk.path.clone(), appliance.disks.first().map(|disk| disk.format))),
        };
    }
    if file
        .extension()
        .is_none_or(|ending| !ending.eq_ignore_ascii_case("ovf"))
    {
        return Ok((file.to_owned(), None));
    }
    // It takes the folder, and whichever description it finds there first.
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match Parcel::open(folder)?.descriptions() {
        1 => Ok((folder.to_owned(), None)),
        _ => Err(cannot()),
    }
}

/// What it made is one whole file.
fn check(path: &Path, format: ImageFormat) -> Result<()> {
    let about = fs::symlink_metadata(path).map_err(|error| io_error(IMPORT, path, &error))?;
    let broken = || invalid(IMPORT, tr("virt-v2v left something that can’t be read."));
    if !about.is_file() {
        return Err(broken());
    }
    let member = Member {
        name: String::new(),
        path: path.to_owned(),
        offset: 0,
        size: about.len(),
    };
    match danger(format, &parcel::ends(&member)?.0) {
        Some(_) => Err(broken()),
        None => Ok(()),
    }
}

/// Hands on what a program prints line by line.
fn lines(output: &mut dyn Read, mut take: impl FnMut(&str)) -> std::io::Result<()> {
    let mut line = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let count = output.read(&mut piece)?;
        for byte in &piece[..count] {
            match byte {
                b'\n' | b'\r' => {
                    take(&String::from_utf8_lossy(&line));
                    line.clear();
                }
                byte if line.len() < LINE => line.push(*byte),
                _ => {}
            }
        }
        if count == 0 {
            return Ok(());
        }
    }
}
