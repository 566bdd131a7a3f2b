//! Disks, made into what a pool takes by `qemu-img`. It is told what each image is, and opens nothing that an image names.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use super::parcel::{self, Member, Parcel};
use super::program::{Bounds, run};
use super::workplace::RESERVE;
use super::{IMPORT, Result, invalid, io_error};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{ApplianceDisk, Compression, HEAD, ImageFormat, danger, danger_above};
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;

/// Largest disk that a guest may see: a small file can promise any.
const LARGEST: u64 = 64 << 40;

/// Converts a disk of a parcel.
pub(super) fn disk(parcel: &Parcel, disk: &ApplianceDisk, to: &Path, format: &str, job: &Job) -> Result<()> {
    let mut member = parcel.member(&disk.file)?.clone();
    if let Some(wanted) = &disk.sha256 {
        job.stage(tr_f("Checking {name}", &[("name", &disk.file)]));
        let sum = parcel::sum(parcel::bytes(&member)?, member.size, job);
        let sum = sum.map_err(|error| io_error(IMPORT, &member.path, &error))?;
        if !sum.eq_ignore_ascii_case(wanted) {
            return Err(parcel::changed(&disk.file));
        }
    }
    let mut own: Option<PathBuf> = None;
    // QEMU takes a part of a file only in whole sectors.
    let odd = member.offset > 0 && member.size % 512 != 0;
    if disk.compression.is_some() || odd {
        job.stage(tr_f("Unpacking {name}", &[("name", &disk.file)]));
        let path = to.with_extension("unpacked");
        own = Some(path.clone());
        unpack(&member, disk.compression, &path, job)?;
        let size = fs::metadata(&path)
            .map_err(|error| io_error(IMPORT, &path, &error))?
            .len();
        member = Member {
            name: member.name,
            path,
            offset: 0,
            size,
        };
    }
    let (head, tail) = parcel::ends(&member)?;
    let is = ImageFormat::of(&head, &tail);
    // Again: since it was looked at, the file may have become another.
    if let Some(text) = danger(is, &head) {
        return Err(invalid(IMPORT, format!("{}: {text}", disk.file)));
    }
    job.stage(tr_f("Converting {name}", &[("name", &disk.file)]));
    convert(IMPORT, &image(&member, is)?, to, format, job)?;
    if let Some(path) = own {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// Bytes that the converted disk takes on this computer, as far as that can be known before it is unpacked.
///
/// # Errors
/// What `qemu-img` says; `Kind::Cancelled`.
pub(super) fn needed(parcel: &Parcel, disk: &ApplianceDisk, job: &Job) -> Result<u64> {
    let member = parcel.member(&disk.file)?;
    let odd = member.offset > 0 && member.size % 512 != 0;
    let (head, tail) = parcel::ends(member)?;
    let is = ImageFormat::of(&head, &tail);
    if disk.compression.is_some() || odd || danger(is, &head).is_some() {
        return Ok(member.size);
    }
    let from = format!("json:{}", image(member, is)?);
    if size(IMPORT, &from, job)? > LARGEST {
        return Err(invalid(IMPORT, tr("The disk says that it is larger than 64 TiB.")));
    }
    let mut command = Command::new("qemu-img");
    command.args(["measure", "--output=json", "-O", "qcow2"]);
    command.arg(&from).stdin(Stdio::null());
    let mut text = Vec::new();
    run(IMPORT, &mut command, Bounds::WORK, job, |output| {
        output.take(64 * 1024).read_to_end(&mut text).map(|_| ())
    })?;
    let told: Value = serde_json::from_slice(&text).unwrap_or_default();
    Ok(told["required"].as_u64().unwrap_or(member.size))
}

/// How QEMU is told to open an image: as what it is, without anything that it builds on.
fn image(member: &Member, format: ImageFormat) -> Result<Value> {
    let path = written(IMPORT, &member.path)?;
    let file = json!({ "driver": "file", "filename": path, "auto-read-only": true, "read-only": true });
    let file = match member.offset {
        0 => file,
        offset => json!({ "driver": "raw", "offset": offset, "size": member.size, "file": file }),
    };
    Ok(layer(format.driver(), file, None))
}

/// A path as QEMU is told it: whole, so that no part of it is taken for a protocol.
fn written(op: &'static str, path: &Path) -> Result<String> {
    let whole = std::path::absolute(path).map_err(|error| io_error(op, path, &error))?;
    whole.into_os_string().into_string().map_err(|other| {
        let shown = other.to_string_lossy().into_owned();
        let text = tr_f(
            "The path {path} has letters that are none in Unicode. Rename the file or its folder first.",
            &[("path", &shown)],
        );
        invalid(op, text)
    })
}

/// An image in a file of this computer, on another one or none.
pub(super) fn layer(driver: &str, file: Value, backing: Option<Value>) -> Value {
    let mut image = json!({ "driver": driver, "file": file });
    if matches!(driver, "qcow2" | "vmdk") {
        image["backing"] = backing.unwrap_or(Value::Null);
    }
    image
}

/// Converts an image that is described to QEMU, and tells the size that a guest sees.
pub(super) fn convert(op: &'static str, from: &Value, to: &Path, format: &str, job: &Job) -> Result<u64> {
    let size = size_of(op, from, job)?;
    let from = format!("json:{from}");
    if size > LARGEST {
        return Err(invalid(op, tr("The disk says that it is larger than 64 TiB.")));
    }
    let mut command = Command::new("qemu-img");
    command.args(["convert", "-p", "-O", format]);
    if format == "qcow2" {
        command.args(["-o", "lazy_refcounts=on"]);
    }
    command.arg(&from).arg(written(op, to)?).stdin(Stdio::null());
    run(op, &mut command, Bounds::WORK, job, |output| {
        let mut piece = [0; 256];
        loop {
            match output.read(&mut piece)? {
                0 => return Ok(()),
                count => {
                    if let Some(part) = percent(&piece[..count]) {
                        // Of 100 %, with two places.
                        job.progress(part, 10_000);
                    }
                }
            }
        }
    })?;
    Ok(size)
}

/// The size that a guest sees of an image that is described to QEMU.
pub(super) fn size_of(op: &'static str, from: &Value, job: &Job) -> Result<u64> {
    // `info` opens nothing that an image builds on, and does not take it where it is named.
    let mut top = from.clone();
    if top.get("backing").is_some() {
        top["backing"] = Value::Null;
    }
    size(op, &format!("json:{top}"), job)
}

/// The last share in `    (12.34/100%)`, in hundredths of a percent.
fn percent(output: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(output);
    let (_, rest) = text.rsplit_once('(')?;
    let (share, _) = rest.split_once('/')?;
    let (whole, part) = share.split_once('.').unwrap_or((share, "0"));
    let part: u64 = part.get(..2).unwrap_or("0").parse().ok()?;
    Some(whole.parse::<u64>().ok()?.min(100) * 100 + part)
}

/// The size that a guest sees, and a look at whether QEMU takes it for whole.
fn size(op: &'static str, from: &str, job: &Job) -> Result<u64> {
    let mut command = Command::new("qemu-img");
    command.args(["info", "--output=json"]).arg(from).stdin(Stdio::null());
    let mut text = Vec::new();
    run(op, &mut command, Bounds::LOOK, job, |output| {
        output.take(1024 * 1024).read_to_end(&mut text).map(|_| ())
    })?;
    let info: Value = serde_json::from_slice(&text).unwrap_or_default();
    // An export brings all of the chain.
    let is_built = op == IMPORT && info.get("backing-filename").is_some();
    if is_built || !info["format-specific"]["data"]["data-file"].is_null() {
        return Err(invalid(
            op,
            tr(
                "This image builds on another one that is not in the file. Import the other one, or bring both together first.",
            ),
        ));
    }
    let size = info["virtual-size"].as_u64();
    size.ok_or_else(|| VirtError::own(Kind::Other, op, tr("This image is damaged.")))
}

/// Unpacks a member into a file of its own, as long as the disk of this computer has space.
fn unpack(member: &Member, how: Option<Compression>, to: &Path, job: &Job) -> Result<()> {
    let failed = |error: std::io::Error| io_error(IMPORT, to, &error);
    let mut file = File::create_new(to).map_err(failed)?;
    match how {
        None => copy(&mut parcel::bytes(member)?, &mut file, to, job).map_err(failed),
        Some(Compression::Gzip) => {
            copy(&mut MultiGzDecoder::new(parcel::bytes(member)?), &mut file, to, job).map_err(failed)
        }
        Some(_) if member.offset > 0 => Err(invalid(
            IMPORT,
            tr_f(
                "The file {name} is packed in a way that can’t be read within an archive.",
                &[("name", &member.name)],
            ),
        )),
        Some(other) => {
            let input = File::open(&member.path).map_err(|error| io_error(IMPORT, &member.path, &error))?;
            let mut command = Command::new(other.program());
            command.args(["-d", "-c"]).stdin(input);
            run(IMPORT, &mut command, Bounds::WORK, job, |output| {
                copy(output, &mut file, to, job)
            })
        }
    }
}

/// Copies, with holes where there is nothing.
fn copy(from: &mut dyn Read, to: &mut File, path: &Path, job: &Job) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom};
    let mut piece = vec![0; 1024 * 1024];
    let mut length: u64 = 0;
    loop {
        if job.is_cancelled() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let count = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        length += count as u64;
        if length > LARGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        if piece[..count].iter().all(|byte| *byte == 0) {
            to.seek(SeekFrom::Current(i64::try_from(count).unwrap_or(0)))?;
        } else {
            let about = rustix::fs::statvfs(path)?;
            if about.f_bavail.saturating_mul(about.f_frsize) < RESERVE {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            to.write_all(&piece[..count])?;
        }
        job.progress(length, 0);
    }
    to.set_len(length)
}

/// An image with those that it builds on, the topmost first: files that were brought here from a host, which may be a stranger.
///
/// # Errors
/// Where one names other files than those.
pub(super) fn chained(op: &'static str, chain: &[(PathBuf, ImageFormat)]) -> Result<Value> {
    let mut image: Option<Value> = None;
    for (path, format) in chain.iter().rev() {
        let failed = |error: std::io::Error| io_error(op, path, &error);
        let mut head = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
        if let Some(text) = danger_above(*format, &head, image.is_some()) {
            return Err(invalid(op, text));
        }
        let file = json!({ "driver": "file", "filename": written(op, path)?, "read-only": true });
        image = Some(layer(format.driver(), file, image));
    }
    Ok(image.unwrap_or_default())
}
