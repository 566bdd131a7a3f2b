//! Makes a small medium: some files in its root, under the names that Linux (Rock Ridge), Windows (Joliet) and everything else
//! (ISO 9660 level 1) read.

use super::{FIRST, SECTOR};

/// A file of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Its name: letters, digits, `-`, `_` and `.`, at most 64.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// A name or the whole is more than such a medium holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than a small medium holds")]
pub struct TooMuch;

/// Most bytes of all files: what is made here is kept in memory.
const LARGEST: usize = 64 * 1024 * 1024;
/// 1 January 2000, so that the same files make the same bytes.
const DATE: [u8; 7] = [100, 1, 1, 0, 0, 0, 0];
const LONG_DATE: &[u8; 17] = b"2000010100000000\0";

/// Sectors of the path tables: two orders of bytes for each of the two trees.
const PATHS: [usize; 4] = [FIRST + 3, FIRST + 4, FIRST + 5, FIRST + 6];
const ROOT: usize = FIRST + 7;

/// Which of the two trees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tree {
    Primary,
    Joliet,
}

struct Entry<'a> {
    file: File<'a>,
    short: String,
    sector: usize,
}

/// The bytes of a medium with these files and this label (at most 16 characters).
///
/// # Errors
/// [`TooMuch`] for a label or a name that is too long, an empty name, and more than 64 MiB.
pub fn image(label: &str, files: &[File<'_>]) -> Result<Vec<u8>, TooMuch> {
    let size: usize = files.iter().map(|file| file.bytes.len()).sum();
    let fits = |file: &File<'_>| (1..=64).contains(&file.name.len()) && file.name.is_ascii();
    if label.len() > 16 || !label.is_ascii() || size > LARGEST || files.len() > 1000 || !files.iter().all(fits) {
        return Err(TooMuch);
    }
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for file in files {
        let short = short_name(file.name, entries.len());
        entries.push(Entry {
            file: *file,
            short,
            sector: 0,
        });
    }
    // A directory takes as many sectors wherever its files are.
    let primary = directory(&entries, Tree::Primary, ROOT, 0).len();
    let joliet_at = ROOT + primary / SECTOR;
    let joliet = directory(&entries, Tree::Joliet, joliet_at, 0).len();
    let mut sector = joliet_at + joliet / SECTOR;
    for entry in &mut entries {
        entry.sector = sector;
        sector += entry.file.bytes.len().div_ceil(SECTOR);
    }
    let mut bytes = vec![0; FIRST * SECTOR];
    bytes.extend(descriptor(label, Tree::Primary, sector, ROOT, primary));
    bytes.extend(descriptor(label, Tree::Joliet, sector, joliet_at, joliet));
    bytes.extend(padded(b"\xffCD001\x01".to_vec()));
    for (at, big) in [(ROOT, false), (ROOT, true), (joliet_at, false), (joliet_at, true)] {
        bytes.extend(padded(path_table(at, big)));
    }
    bytes.extend(directory(&entries, Tree::Primary, ROOT, primary));
    bytes.extend(directory(&entries, Tree::Joliet, joliet_at, joliet));
    for entry in &entries {
        bytes.extend_from_slice(entry.file.bytes);
        bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
    }
    Ok(bytes)
}

/// A name of level 1, made unique by its number where it had to be changed: `USER_000.`.
fn short_name(name: &str, number: usize) -> String {
    let clean = |text: &str, most: usize| -> String {
        let letters = text.chars().map(|letter| match letter.is_ascii_alphanumeric() {
            true => letter.to_ascii_uppercase(),
            false => '_',
        });
        letters.take(most).collect()
    };
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let (short, short_end) = (clean(stem, 8), clean(end, 3));
    if short.eq_ignore_ascii_case(stem) && short_end.eq_ignore_ascii_case(end) && !short.is_empty() {
        return format!("{short}.{short_end};1");
    }
    format!("{}{number:04}.{short_end};1", clean(stem, 4))
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
    bytes
}

/// A number in both orders of bytes.
fn both(number: usize) -> [u8; 8] {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// A small number in both orders of bytes.
fn both_short(number: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (number.to_le_bytes(), number.to_be_bytes());
    [a, b, c, d]
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

fn descriptor(label: &str, tree: Tree, sectors: usize, root: usize, root_size: usize) -> Vec<u8> {
    let mut bytes = vec![0; SECTOR];
    let joliet = tree == Tree::Joliet;
    put(&mut bytes, 0, if joliet { b"\x02CD001\x01" } else { b"\x01CD001\x01" });
    // All texts are filled with spaces: system, label, volume set, publisher, preparer, application, three files.
    let space: &[u8] = if joliet { b"\0 " } else { b" " };
    for (from, to) in [(8, 72), (190, 813)] {
        for at in (from..to).step_by(space.len()) {
            let end = (at + space.len()).min(to);
            put(&mut bytes, at, &space[..end - at]);
        }
    }
    let name = if joliet { wide(label) } else { label.as_bytes().to_vec() };
    put(&mut bytes, 40, &name);
    put(&mut bytes, 80, &both(sectors));
    if joliet {
        put(&mut bytes, 88, b"%/E");
    }
    put(&mut bytes, 120, &both_short(1));
    put(&mut bytes, 124, &both_short(1));
    put(&mut bytes, 128, &both_short(2048));
    put(&mut bytes, 132, &both(path_table(root, false).len()));
    let tables = if joliet { &PATHS[2..] } else { &PATHS[..2] };
    put(&mut bytes, 140, &both(tables[0])[..4]);
    put(&mut bytes, 148, &both(tables[1])[4..]);
    put(&mut bytes, 156, &record(&[0], root, root_size, true, &[]));
    for at in [813, 830, 847, 864] {
        put(&mut bytes, at, LONG_DATE);
    }
    bytes[881] = 1;
    bytes
}

/// The table of directories: the root alone.
fn path_table(root: usize, big: bool) -> Vec<u8> {
    let at = both(root);
    let mut bytes = vec![1, 0];
    bytes.extend(if big { &at[4..] } else { &at[..4] });
    bytes.extend(if big { [0, 1] } else { [1, 0] });
    bytes.extend([0, 0]);
    bytes
}

/// A record of a directory, with what Rock Ridge adds.
fn record(name: &[u8], sector: usize, size: usize, folder: bool, rock: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend(both(sector));
    bytes.extend(both(size));
    bytes.extend(DATE);
    bytes.extend([if folder { 2 } else { 0 }, 0, 0]);
    bytes.extend(both_short(1));
    bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    bytes.extend(name);
    if name.len().is_multiple_of(2) {
        bytes.push(0);
    }
    bytes.extend(rock);
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes[0] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    bytes
}

/// Rights of a file: all may read.
fn rights(mode: usize, links: usize) -> Vec<u8> {
    let mut bytes = b"PX\x24\x01".to_vec();
    for value in [mode, links, 0, 0] {
        bytes.extend(both(value));
    }
    bytes
}

fn directory(entries: &[Entry<'_>], tree: Tree, at: usize, size: usize) -> Vec<u8> {
    let primary = tree == Tree::Primary;
    let (mut own, mut parent) = (Vec::new(), Vec::new());
    if primary {
        // "SP" says that Rock Ridge is used, "ER" which version; Linux takes Joliet's names without it.
        own = b"SP\x07\x01\xbe\xef\0".to_vec();
        own.extend(rights(0o040_555, 2));
        own.extend(b"ER\x12\x01\x0a\0\0\x01RRIP_1991A");
        parent = rights(0o040_555, 2);
    }
    let mut records = vec![
        record(&[0], at, size, true, &own),
        record(&[1], at, size, true, &parent),
    ];
    let mut named: Vec<(Vec<u8>, &Entry<'_>)> = entries
        .iter()
        .map(|entry| match tree {
            Tree::Primary => (entry.short.clone().into_bytes(), entry),
            Tree::Joliet => (wide(entry.file.name), entry),
        })
        .collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, entry) in named {
        let mut rock = Vec::new();
        if primary {
            rock.extend(b"NM");
            rock.extend([u8::try_from(5 + entry.file.name.len()).unwrap_or(u8::MAX), 1, 0]);
            rock.extend(entry.file.name.as_bytes());
            rock.extend(rights(0o100_444, 1));
        }
        records.push(record(&name, entry.sector, entry.file.bytes.len(), false, &rock));
    }
    let mut bytes: Vec<u8> = Vec::new();
    for record in records {
        // A record never stands in two sectors.
        if bytes.len() % SECTOR + record.len() > SECTOR {
            bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
        }
        bytes.extend(record);
    }
    padded(bytes)
}
