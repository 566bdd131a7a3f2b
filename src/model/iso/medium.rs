//! Reads a medium: what its descriptors say, and files of it. What is read comes from a stranger: every number is checked, and
//! nothing larger than asked for is taken into memory.

use std::io::{self, Read, Seek, SeekFrom};

use super::{FIRST, SECTOR};

/// Descriptors that are looked at: a medium has three or four.
const DESCRIPTORS: usize = 16;
/// Most bytes of a directory.
const DIRECTORY: u64 = 4 * 1024 * 1024;
/// Deepest path.
const DEPTH: usize = 16;

/// Where a medium is read from.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// What the descriptors of a medium say. Empty texts are not told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Medium {
    /// Label.
    pub volume: String,
    /// System that it is for: `LINUX`.
    pub system: String,
    /// Publisher.
    pub publisher: String,
    /// Program that made it.
    pub application: String,
    /// Bytes of the volume.
    pub size: u64,
    /// It can be started (El Torito).
    pub bootable: bool,
    root: Extent,
}

/// A run of bytes of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Extent {
    sector: u32,
    size: u32,
    folder: bool,
}

impl Medium {
    /// Reads the descriptors from the first bytes of a medium (64 KiB are enough); `None` for what is no ISO 9660.
    #[must_use]
    pub fn parse(head: &[u8]) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut bootable = false;
        for number in FIRST..FIRST + DESCRIPTORS {
            let Some(sector) = head.get(number * SECTOR..(number + 1) * SECTOR) else {
                break;
            };
            if sector.get(1..6)? != b"CD001" {
                break;
            }
            match sector.first()? {
                0 => {
                    bootable |= sector
                        .get(7..)
                        .is_some_and(|rest| rest.starts_with(b"EL TORITO SPECIFICATION"))
                }
                1 if found.is_none() => found = Some(Self::primary(sector)?),
                255 => break,
                _ => {}
            }
        }
        found.map(|medium| Self { bootable, ..medium })
    }

    fn primary(sector: &[u8]) -> Option<Self> {
        let block = u64::from(u16::from_le_bytes(sector.get(128..130)?.try_into().ok()?));
        let blocks = u64::from(u32::from_le_bytes(sector.get(80..84)?.try_into().ok()?));
        Some(Self {
            system: text(sector.get(8..40)?),
            volume: text(sector.get(40..72)?),
            publisher: text(sector.get(318..446)?),
            application: text(sector.get(574..702)?),
            size: blocks * block,
            bootable: false,
            root: extent(sector.get(156..190)?)?,
        })
    }

    /// Reads the descriptors from a file or device.
    ///
    /// # Errors
    /// Those of reading.
    pub fn read(source: &mut impl Source) -> io::Result<Option<Self>> {
        source.seek(SeekFrom::Start(0))?;
        let mut head = Vec::new();
        source
            .take(((FIRST + DESCRIPTORS) * SECTOR) as u64)
            .read_to_end(&mut head)?;
        Ok(Self::parse(&head))
    }

    /// Reads a file of the medium by its path, in whatever case it is written: `install.amd/vmlinuz`. `None` where there is
    /// none, or where it is larger than `most` bytes.
    ///
    /// # Errors
    /// Those of reading.
    pub fn file(&self, source: &mut impl Source, path: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if parts.len() > DEPTH || parts.is_empty() {
            return Ok(None);
        }
        let mut at = self.root;
        for part in parts {
            if !at.folder {
                return Ok(None);
            }
            let Some(directory) = bytes(source, at, DIRECTORY)? else {
                return Ok(None);
            };
            match entries(&directory).find(|(name, _)| name.eq_ignore_ascii_case(part)) {
                Some((_, next)) => at = next,
                None => return Ok(None),
            }
        }
        if at.folder {
            return Ok(None);
        }
        bytes(source, at, most)
    }

    /// Names of what stands in the root.
    ///
    /// # Errors
    /// Those of reading.
    pub fn names(&self, source: &mut impl Source) -> io::Result<Vec<String>> {
        let directory = bytes(source, self.root, DIRECTORY)?.unwrap_or_default();
        Ok(entries(&directory).map(|(name, _)| name).collect())
    }
}

fn text(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes)
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    text.trim_end().to_owned()
}

/// The extent in a record of a directory.
fn extent(record: &[u8]) -> Option<Extent> {
    Some(Extent {
        sector: u32::from_le_bytes(record.get(2..6)?.try_into().ok()?),
        size: u32::from_le_bytes(record.get(10..14)?.try_into().ok()?),
        folder: record.get(25)? & 2 != 0,
    })
}

fn bytes(source: &mut impl Source, at: Extent, most: u64) -> io::Result<Option<Vec<u8>>> {
    if u64::from(at.size) > most {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(u64::from(at.sector) * SECTOR as u64))?;
    let mut found = Vec::new();
    source.take(u64::from(at.size)).read_to_end(&mut found)?;
    Ok((found.len() as u64 == u64::from(at.size)).then_some(found))
}

/// Entries of a directory, without itself and its parent; under their Rock Ridge names where they have one.
fn entries(directory: &[u8]) -> impl Iterator<Item = (String, Extent)> {
    directory.chunks(SECTOR).flat_map(|sector| {
        let mut rest = sector;
        std::iter::from_fn(move || {
            let length = usize::from(*rest.first()?);
            if length < 34 {
                return None;
            }
            let (record, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(record)
        })
        .filter_map(entry)
    })
}

fn entry(record: &[u8]) -> Option<(String, Extent)> {
    let length = usize::from(*record.get(32)?);
    let plain = record.get(33..33 + length)?;
    if plain == [0] || plain == [1] {
        return None;
    }
    let rock = record.get(33 + length + (length + 1) % 2..).unwrap_or_default();
    let name = rock_name(rock).unwrap_or_else(|| {
        let plain = String::from_utf8_lossy(plain);
        let plain = plain.split(';').next().unwrap_or_default();
        plain.trim_end_matches('.').to_owned()
    });
    Some((name, extent(record)?))
}

/// The name that Rock Ridge gives; `None` without.
fn rock_name(mut rest: &[u8]) -> Option<String> {
    let mut name: Option<Vec<u8>> = None;
    while let [first, second, length, _, ..] = rest {
        let (field, after) = rest.split_at_checked(usize::from(*length).max(4))?;
        if [*first, *second] == *b"NM" {
            name.get_or_insert_default().extend(field.get(5..).unwrap_or_default());
        }
        rest = after;
    }
    name.map(|name| String::from_utf8_lossy(&name).into_owned())
}
