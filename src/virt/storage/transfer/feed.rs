//! Where the bytes of an upload come from.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::SeekFrom as Look;

use crate::model::job::Job;
use crate::model::storage::Origin;
use crate::virt::storage::fetch::Fetch;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// So many bytes were written to the buffer.
    Data(usize),
    /// So many bytes are zero.
    Hole(u64),
    /// That was all.
    End,
}

/// Something that bytes come from.
pub(crate) trait Feed {
    /// How many bytes there are; `None` where nobody knows before the end.
    fn length(&self) -> Option<u64>;

    /// How far it is, and how far it will go, where its length does not tell: a packed image is longer than what is read.
    fn position(&self) -> Option<(u64, u64)> {
        None
    }

    /// Gets the next piece.
    ///
    /// # Errors
    /// Where it cannot be read. `ErrorKind::Interrupted` where the job was cancelled.
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece>;
}

/// Opens where bytes come from. Blocks: a file may lie on a slow disk, a server may think.
///
/// # Errors
/// Where it cannot be opened.
pub(crate) fn feed(origin: &Origin, job: &Job) -> io::Result<Box<dyn Feed>> {
    match origin {
        Origin::File(path) => Ok(Box::new(FileFeed::open(path)?)),
        Origin::Bytes(bytes) => Ok(Box::new(BytesFeed {
            bytes: Arc::clone(bytes),
            at: 0,
        })),
        Origin::Packed { from, room } => super::packed::unpacked(feed(from, job)?, *room),
        Origin::Url { url, checksum } => Ok(Box::new(Fetch::open(url, checksum.clone(), job)?)),
    }
}

/// A file of this computer.
struct FileFeed {
    file: File,
    length: u64,
    at: u64,
    /// Where the data end that are read now.
    data_until: u64,
}

impl FileFeed {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        // A device has no length of its own.
        let length = if about.is_file() {
            about.len()
        } else {
            file.seek(SeekFrom::End(0))?
        };
        Ok(Self {
            file,
            length,
            at: 0,
            data_until: 0,
        })
    }

    /// Finds out what is at the present place: a hole of so many bytes, or data.
    fn look(&mut self) -> u64 {
        let seek = |look| rustix::fs::seek(&self.file, look);
        match seek(Look::Data(self.at)) {
            Ok(data) if data > self.at => data.min(self.length) - self.at,
            Ok(_) => {
                let end = seek(Look::Hole(self.at)).unwrap_or(self.length);
                self.data_until = end.clamp(self.at + 1, self.length);
                0
            }
            // From here to the end is nothing but a hole.
            Err(rustix::io::Errno::NXIO) => self.length - self.at,
            // A file system or device without holes.
            Err(_) => {
                self.data_until = self.length;
                0
            }
        }
    }
}

impl Feed for FileFeed {
    fn length(&self) -> Option<u64> {
        Some(self.length)
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        if self.at >= self.length {
            return Ok(Piece::End);
        }
        if self.at >= self.data_until {
            let hole = self.look();
            if hole > 0 {
                self.at += hole;
                return Ok(Piece::Hole(hole));
            }
        }
        let left = usize::try_from(self.data_until - self.at).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let place = buffer.get_mut(..wanted).unwrap_or_default();
        let count = self.file.read_at(place, self.at)?;
        if count == 0 {
            // It became shorter while it was read: what was announced is not there.
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        self.at += count as u64;
        Ok(Piece::Data(count))
    }
}

/// Bytes that are known.
struct BytesFeed {
    bytes: Arc<[u8]>,
    at: usize,
}

impl Feed for BytesFeed {
    fn length(&self) -> Option<u64> {
        Some(self.bytes.len() as u64)
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        let count = self.bytes.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += count;
        Ok(if count == 0 { Piece::End } else { Piece::Data(count) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn walk(mut feed: impl Feed) -> Vec<Piece> {
        let mut buffer = vec![0; 64 * 1024];
        let mut pieces = Vec::new();
        loop {
            let piece = feed.next(&mut buffer).unwrap();
            match (pieces.last_mut(), piece) {
                (_, Piece::End) => return pieces,
                (Some(Piece::Data(sum)), Piece::Data(count)) => *sum += count,
                _ => pieces.push(piece),
            }
        }
    }

    #[test]
    fn holes_of_a_file_are_found_wherever_they_are() {
        const MIB: u64 = 1 << 20;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(4 * MIB).unwrap();
        file.seek(SeekFrom::Start(MIB)).unwrap();
        file.write_all(&vec![7; MIB as usize]).unwrap();
        file.flush().unwrap();
        let pieces = walk(FileFeed::open(file.path()).unwrap());
        assert_eq!(
            pieces,
            [Piece::Hole(MIB), Piece::Data(MIB as usize), Piece::Hole(2 * MIB)]
        );
    }

    #[test]
    fn an_empty_file_has_no_piece_and_a_folder_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(walk(FileFeed::open(file.path()).unwrap()).is_empty());
        assert!(FileFeed::open(Path::new("/")).is_err());
    }

    #[test]
    fn a_file_that_becomes_shorter_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[1; 200_000]).unwrap();
        let mut feed = FileFeed::open(file.path()).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        feed.next(&mut buffer).unwrap();
        file.as_file().set_len(10).unwrap();
        let all: io::Result<Vec<Piece>> = (0..4).map(|_| feed.next(&mut buffer)).collect();
        assert_eq!(all.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
