//! What lies where in an archive (an OVA is a tar). Its headers are walked, nothing is unpacked, and what a header can make us
//! read into memory is bounded.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tar::{EntryType, Header};

use super::parcel::{MEMBERS, Member, too_many};
use super::{IMPORT, Result, invalid, io_error};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::is_plain_name;
use crate::model::error::VirtError;

/// Unit of an archive in bytes.
const BLOCK: usize = 512;
/// Most bytes of a long name or of further words about a file.
const WORDS: u64 = 64 * 1024;

/// What further headers say of the file that comes next.
#[derive(Default)]
struct Further {
    name: Option<String>,
    size: Option<u64>,
}

/// The files of an archive.
///
/// # Errors
/// What is wrong with it.
pub(super) fn members(path: &Path, file: &File) -> Result<Vec<Member>> {
    let failed = |error: io::Error| io_error(IMPORT, path, &error);
    let length = file.metadata().map_err(failed)?.len();
    let mut members: Vec<Member> = Vec::new();
    let mut further = Further::default();
    let mut at: u64 = 0;
    let mut headers = 0;
    while at < length {
        let mut block = [0; BLOCK];
        file.read_exact_at(&mut block, at).map_err(|_| cut())?;
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let header = Header::from_byte_slice(&block);
        check(header, &block)?;
        let own = header.entry_size().map_err(|error| broken(&error.to_string()))?;
        let kind = header.entry_type();
        let is_further = matches!(
            kind,
            EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName | EntryType::GNULongLink
        );
        let size = further.size.filter(|_| !is_further).unwrap_or(own);
        let begin = at + BLOCK as u64;
        if begin.checked_add(size).is_none_or(|end| end > length) {
            return Err(cut());
        }
        // Not beyond the length by more than a block.
        at = begin + size.next_multiple_of(BLOCK as u64);
        headers += 1;
        if headers > 4 * MEMBERS {
            return Err(too_many());
        }
        match kind {
            EntryType::XHeader => further.read(&words(file, begin, size)?),
            EntryType::GNULongName => {
                let name = words(file, begin, size)?;
                let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
                further.name = Some(String::from_utf8_lossy(name).into_owned());
            }
            EntryType::XGlobalHeader | EntryType::GNULongLink => {}
            _ => {
                let header_name = || String::from_utf8_lossy(&header.path_bytes()).into_owned();
                let name = std::mem::take(&mut further).name.unwrap_or_else(header_name);
                members.extend(member(path, &name, kind, (begin, size), &members)?);
            }
        }
        if members.len() > MEMBERS {
            return Err(too_many());
        }
    }
    Ok(members)
}

/// A file of the archive; `None` for a folder.
fn member(
    path: &Path,
    name: &str,
    kind: EntryType,
    (offset, size): (u64, u64),
    others: &[Member],
) -> Result<Option<Member>> {
    let name = name.strip_prefix("./").unwrap_or(name).to_owned();
    if kind.is_dir() || name.is_empty() {
        return Ok(None);
    }
    if !(kind.is_file() || kind.is_contiguous()) || !is_plain_name(&name) {
        let text = tr_f(
            "The archive holds something that is no plain file: {name}",
            &[("name", &name)],
        );
        return Err(invalid(IMPORT, text));
    }
    if others.iter().any(|other| other.name == name) {
        return Err(broken(&name));
    }
    let path = path.to_owned();
    Ok(Some(Member {
        name,
        path,
        offset,
        size,
    }))
}

fn check(header: &Header, block: &[u8; BLOCK]) -> Result<()> {
    // The sum itself counts as spaces.
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let own: u32 = block[148..156].iter().map(|byte| u32::from(*byte)).sum();
    let told = header.cksum().map_err(|error| broken(&error.to_string()))?;
    if sum - own + 8 * u32::from(b' ') == told {
        return Ok(());
    }
    Err(broken(&tr("a checksum differs")))
}

fn words(file: &File, at: u64, size: u64) -> Result<Vec<u8>> {
    if size > WORDS {
        return Err(broken(&tr("a name is too long")));
    }
    let mut words = vec![0; usize::try_from(size).unwrap_or(0)];
    file.read_exact_at(&mut words, at).map_err(|_| cut())?;
    Ok(words)
}

impl Further {
    /// Reads records of POSIX.1-2001: `length key=value\n`. What can't be read says nothing.
    fn read(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&records[..space]).ok();
            let length = length.and_then(|text| text.parse::<usize>().ok());
            let Some(length) = length.filter(|length| (space + 1..=records.len()).contains(length)) else {
                return;
            };
            let record = String::from_utf8_lossy(&records[space + 1..length]);
            match record.trim_end_matches('\n').split_once('=') {
                Some(("path", name)) => self.name = Some(name.to_owned()),
                Some(("size", size)) => self.size = size.parse().ok(),
                _ => {}
            }
            records = &records[length..];
        }
    }
}

fn broken(reason: &str) -> VirtError {
    invalid(IMPORT, tr_f("The archive is damaged: {reason}", &[("reason", reason)]))
}

fn cut() -> VirtError {
    broken(&tr("it ends too early"))
}
