//! A file that holds several, or one: an archive (OVA), a folder, an image. Only regular files with plain names are seen.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{IMPORT, Result, archive, invalid, io_error};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{
    Appliance, ApplianceDisk, Bundle, Compression, HEAD, ImageFormat, MANIFEST, danger, drivers, is_plain_name,
    read_ovf,
};
use crate::model::job::Job;

/// Most files that are looked at.
pub(super) const MEMBERS: usize = 1000;
/// Most bytes of the settings of a firmware: those of the largest have 64 MiB.
pub(super) const SETTINGS: u64 = 64 << 20;
/// Most bytes of a description.
const TEXT: u64 = 4 * 1024 * 1024;

/// A file within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// The file on disk that has its bytes.
    pub(super) path: PathBuf,
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// The files within.
pub(super) struct Parcel {
    members: Vec<Member>,
    /// What was opened is one image.
    single: bool,
    name: String,
}

/// What a file offers.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn inspect(file: &Path) -> Result<Appliance> {
    let parcel = Parcel::open(file)?;
    let mut appliance = parcel.described()?;
    let sums = parcel.sums()?;
    for disk in &mut appliance.disks {
        let member = parcel.member(&disk.file)?;
        disk.size = member.size;
        let (head, tail) = ends(member)?;
        disk.compression = Compression::of(&head);
        if disk.compression.is_none() {
            disk.format = ImageFormat::of(&head, &tail);
            if let Some(text) = danger(disk.format, &head) {
                return Err(invalid(IMPORT, format!("{}: {text}", disk.file)));
            }
        }
        let sum = sums.iter().find(|(name, _)| *name == disk.file);
        disk.sha256 = disk.sha256.take().or_else(|| sum.map(|(_, sum)| sum.clone()));
    }
    if let Some(settings) = &mut appliance.firmware {
        let member = parcel.member(&settings.file)?;
        settings.size = member.size;
        let (head, tail) = ends(member)?;
        if member.size > SETTINGS
            || Compression::of(&head).is_some()
            || ImageFormat::of(&head, &tail) != ImageFormat::Raw
        {
            return Err(changed(&settings.file));
        }
    }
    if let Some(foreign) = appliance.foreign {
        appliance.left_out.push(drivers(foreign, super::v2v::is_installed()));
    }
    Ok(appliance)
}

impl Parcel {
    /// Opens a file or folder.
    ///
    /// # Errors
    /// Those of the file system, and what is wrong with the archive.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |error: &std::io::Error| io_error(IMPORT, path, error);
        let about = fs::metadata(path).map_err(|error| failed(&error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let parcel = |members, single| Self { members, single, name };
        if about.is_dir() {
            return Ok(parcel(in_folder(path)?, false));
        }
        if !about.is_file() {
            return Err(invalid(IMPORT, tr("Only files and folders can be imported.")));
        }
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        if ending == "ovf" {
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            // Another description in the same folder is another machine.
            let mut members = in_folder(folder)?;
            members.retain(|member| member.name == own || !(is_description(&member.name) || member.name == MANIFEST));
            return Ok(parcel(members, false));
        }
        let mut file = File::open(path).map_err(|error| failed(&error))?;
        let mut head = [0; 512];
        let archive = file.read_exact(&mut head).is_ok() && head[257..262] == *b"ustar";
        if archive || ending == "ova" {
            return Ok(parcel(archive::members(path, &file)?, false));
        }
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let member = Member {
            name: own,
            path: path.to_owned(),
            offset: 0,
            size: about.len(),
        };
        Ok(parcel(vec![member], true))
    }

    /// The machine that the description within tells of; without one, a machine with this disk.
    fn described(&self) -> Result<Appliance> {
        if self.single {
            return Ok(Appliance {
                name: self.name.trim_end_matches(".qcow2").trim_end_matches(".img").to_owned(),
                disks: self.members.iter().map(plain_disk).collect(),
                ..Appliance::default()
            });
        }
        if let Some(list) = self.members.iter().find(|member| member.name == MANIFEST) {
            let bundle = Bundle::read(&text(list)?).map_err(|text| invalid(IMPORT, text))?;
            let definition = self.member(&bundle.definition)?;
            let xml = text(definition)?;
            if !format!("{:x}", Sha256::digest(xml.as_bytes())).eq_ignore_ascii_case(&bundle.definition_sha256) {
                return Err(changed(&bundle.definition));
            }
            return bundle.appliance(&xml).map_err(|text| invalid(IMPORT, text));
        }
        let mut described = self.members.iter().filter(|member| is_description(&member.name));
        match (described.next(), described.next()) {
            (Some(one), None) => read_ovf(&text(one)?).map_err(|text| invalid(IMPORT, text)),
            (None, _) => Err(invalid(IMPORT, tr("There is no description of a machine in it."))),
            _ => Err(invalid(
                IMPORT,
                tr("The file holds several machines or none. Only one at a time can be imported."),
            )),
        }
    }

    /// The sums of the manifest of an OVF: `SHA256(file)= digits`. Other kinds are not checked.
    fn sums(&self) -> Result<Vec<(String, String)>> {
        let Some(list) = self
            .members
            .iter()
            .find(|member| member.name.to_ascii_lowercase().ends_with(".mf"))
        else {
            return Ok(Vec::new());
        };
        let text = text(list)?;
        let line = |line: &str| {
            let (name, sum) = line
                .trim()
                .strip_prefix("SHA256")?
                .trim_start()
                .strip_prefix('(')?
                .split_once(')')?;
            let sum = sum.trim_start().strip_prefix('=')?.trim().to_ascii_lowercase();
            Some((name.to_owned(), sum))
        };
        Ok(text.lines().filter_map(line).collect())
    }

    /// The one image that was opened; `None` for what holds several files.
    pub(super) fn single(&self) -> Option<&Member> {
        self.members.first().filter(|_| self.single)
    }

    /// How many descriptions of machines there are.
    pub(super) fn descriptions(&self) -> usize {
        self.members
            .iter()
            .filter(|member| is_description(&member.name))
            .count()
    }

    /// A file by its name.
    pub(super) fn member(&self, name: &str) -> Result<&Member> {
        let missing = || invalid(IMPORT, tr_f("The file {name} is missing.", &[("name", name)]));
        self.members
            .iter()
            .find(|member| member.name == name)
            .ok_or_else(missing)
    }
}

/// A file whose sum is not the one that was noted.
pub(super) fn changed(name: &str) -> super::VirtError {
    let text = tr_f(
        "The file {name} is not what it was when the bundle was made: its checksum differs.",
        &[("name", name)],
    );
    invalid(IMPORT, text)
}

fn plain_disk(member: &Member) -> ApplianceDisk {
    ApplianceDisk {
        file: member.name.clone(),
        size: member.size,
        ..ApplianceDisk::default()
    }
}

fn is_description(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".ovf")
}

pub(super) fn too_many() -> super::VirtError {
    invalid(IMPORT, tr("There are too many files in it."))
}

fn in_folder(folder: &Path) -> Result<Vec<Member>> {
    let failed = |error: &std::io::Error| io_error(IMPORT, folder, error);
    let mut members = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        // Of the entry itself: a link could lead anywhere.
        let Ok(about) = entry.metadata() else { continue };
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if about.is_file() && is_plain_name(&name) {
            members.push(Member {
                name,
                path: entry.path(),
                offset: 0,
                size: about.len(),
            });
        }
        if members.len() > MEMBERS {
            return Err(too_many());
        }
    }
    Ok(members)
}

/// The bytes of a member.
pub(super) fn bytes(member: &Member) -> Result<impl Read + use<>> {
    let failed = |error: std::io::Error| io_error(IMPORT, &member.path, &error);
    let mut file = File::open(&member.path).map_err(failed)?;
    file.seek(SeekFrom::Start(member.offset)).map_err(failed)?;
    Ok(file.take(member.size))
}

/// A member as text.
fn text(member: &Member) -> Result<String> {
    let failed = |error: std::io::Error| io_error(IMPORT, &member.path, &error);
    if member.size > TEXT {
        return Err(invalid(IMPORT, tr("The description of the machine is too long.")));
    }
    let mut text = String::new();
    bytes(member)?.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// The first bytes of a member, and its last 512.
pub(super) fn ends(member: &Member) -> Result<(Vec<u8>, Vec<u8>)> {
    let failed = |error: std::io::Error| io_error(IMPORT, &member.path, &error);
    let mut head = Vec::new();
    bytes(member)?
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(failed)?;
    let mut tail = Vec::new();
    if member.size >= 512 {
        let mut file = File::open(&member.path).map_err(failed)?;
        file.seek(SeekFrom::Start(member.offset + member.size - 512))
            .map_err(failed)?;
        file.take(512).read_to_end(&mut tail).map_err(failed)?;
    }
    Ok((head, tail))
}

/// The SHA-256 of what is read, in hexadecimal digits.
///
/// # Errors
/// Those of reading; `ErrorKind::Interrupted` after a cancel.
pub(super) fn sum(mut from: impl Read, total: u64, job: &Job) -> std::io::Result<String> {
    let mut sum = Sha256::new();
    let mut piece = vec![0; 1024 * 1024];
    let mut done = 0;
    loop {
        if job.is_cancelled() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        match from.read(&mut piece)? {
            0 => return Ok(format!("{:x}", sum.finalize())),
            count => {
                sum.update(&piece[..count]);
                done += count as u64;
                job.progress(done, total);
            }
        }
    }
}
