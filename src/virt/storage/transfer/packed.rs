//! Images that come compressed, unpacked on their way: gzip, xz, bzip2, Zstandard. The decoders are written in Rust, since what
//! they read is a stranger's, and take little memory whatever it asks for.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Feed, Piece};
use crate::i18n::{tr, tr_f};

/// What a decoder may keep: `xz -9` needs 65 MiB, `zstd --long` 128 MiB.
const MEMORY: u32 = 160 << 20;
/// Zeroes are told apart from data in pieces of this size.
const BLOCK: usize = 64 << 10;
/// Zeroes are told of at the latest after so many bytes, so that a cancel is heard.
const STRETCH: u64 = 64 << 20;
/// So many bytes tell what something is.
const MARK: usize = 6;
/// No image of a disk is larger, in bytes: 64 TiB.
const LARGEST: u64 = 64 << 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Xz,
    Bzip2,
    Zstd,
}

fn packing(mark: &[u8]) -> Option<Packing> {
    Some(match mark {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Packing::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Packing::Bzip2,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        _ => return None,
    })
}

/// What comes packed, as bytes in a row.
struct Source {
    feed: Box<dyn Feed>,
    /// What was read and not taken yet.
    ahead: Vec<u8>,
    taken: usize,
    /// Zeroes that come after that.
    hole: u64,
    is_over: bool,
    read: u64,
    /// Readers try again after `Interrupted`, by which a feed tells of a cancel.
    is_cancelled: bool,
}

impl Source {
    fn new(feed: Box<dyn Feed>) -> Self {
        Self {
            feed,
            ahead: Vec::new(),
            taken: 0,
            hole: 0,
            is_over: false,
            read: 0,
            is_cancelled: false,
        }
    }

    /// Gets the next piece behind what is ahead.
    fn more(&mut self) -> io::Result<()> {
        let from = self.ahead.len();
        self.ahead.resize(from + super::PIECE, 0);
        let piece = self.feed.next(self.ahead.get_mut(from..).unwrap_or_default());
        let count = match &piece {
            Ok(Piece::Data(count)) => *count,
            _ => 0,
        };
        self.ahead.truncate(from + count);
        match piece {
            Ok(Piece::Data(_)) => self.read += count as u64,
            Ok(Piece::Hole(bytes)) => {
                self.hole += bytes;
                self.read += bytes;
            }
            Ok(Piece::End) => self.is_over = true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.is_cancelled = true;
                return Err(io::Error::other("cancelled"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What it begins with, without taking it.
    fn mark(&mut self) -> io::Result<&[u8]> {
        while self.ahead.len() < MARK && self.hole == 0 && !self.is_over {
            self.more()?;
        }
        Ok(&self.ahead)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ahead.len() && self.hole == 0 && !self.is_over {
            self.ahead.clear();
            self.taken = 0;
            self.more()?;
        }
        let rest = self.ahead.get(self.taken..).unwrap_or_default();
        if rest.is_empty() && self.hole > 0 {
            let count = usize::try_from(self.hole).unwrap_or(usize::MAX).min(buffer.len());
            buffer.get_mut(..count).unwrap_or_default().fill(0);
            self.hole -= count as u64;
            return Ok(count);
        }
        let count = (&*rest).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

/// The source in two hands: the decoder's, and that of whoever asks how far it is.
#[derive(Clone)]
struct Shared(Rc<RefCell<Source>>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

/// Zstandard: frames one after the other, among them some that hold no data.
struct Frames {
    source: BufReader<Shared>,
    decoder: FrameDecoder,
    has_begun: bool,
}

impl Frames {
    fn new(source: BufReader<Shared>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(u64::from(MEMORY));
        Self {
            source,
            decoder,
            has_begun: false,
        }
    }

    /// Goes to the next frame with data; `false` at the end.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.has_begun = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.source).take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
        }
        Ok(false)
    }

    fn end(&mut self) -> io::Result<()> {
        self.has_begun = false;
        let (told, found) = (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        );
        match told {
            Some(told) if found != Some(told) => Err(io::Error::other(tr("The checksum is wrong."))),
            _ => Ok(()),
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.has_begun && self.decoder.is_finished() && self.decoder.can_collect() == 0 {
                self.end()?;
            }
            if !self.has_begun && !self.begin()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| io::Error::other(error.to_string()))?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
        }
    }
}

/// What was packed, as it comes out.
struct Unpacked {
    source: Shared,
    decoder: Box<dyn Read>,
    /// Bytes that were unpacked and not handed on.
    block: Vec<u8>,
    /// Data that the place has room for.
    room: Option<u64>,
    data: u64,
    all: u64,
}

/// What unpacks a feed, or hands it on where it is not packed. No more data comes out than there is `room` for, in bytes; zeroes
/// take none.
///
/// # Errors
/// Those of the feed.
pub(super) fn unpacked(feed: Box<dyn Feed>, room: Option<u64>) -> io::Result<Box<dyn Feed>> {
    let mut source = Source::new(feed);
    let found = source.mark().map(packing);
    let packing = match found {
        Ok(packing) => packing,
        Err(_) if source.is_cancelled => return Err(io::Error::from(io::ErrorKind::Interrupted)),
        Err(error) => return Err(error),
    };
    let source = Shared(Rc::new(RefCell::new(source)));
    let inner = BufReader::with_capacity(BLOCK, source.clone());
    let decoder: Box<dyn Read> = match packing {
        None => return Ok(Box::new(Plain(source))),
        Some(Packing::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(inner)),
        Some(Packing::Xz) => Box::new(lzma_rust2::XzReader::new_mem_limit(inner, true, MEMORY / 1024)),
        Some(Packing::Bzip2) => Box::new(bzip2::bufread::MultiBzDecoder::new(inner)),
        Some(Packing::Zstd) => Box::new(Frames::new(inner)),
    };
    Ok(Box::new(Unpacked {
        source,
        decoder,
        block: Vec::new(),
        room,
        data: 0,
        all: 0,
    }))
}

/// What only seemed to be packed.
struct Plain(Shared);

impl Feed for Plain {
    fn length(&self) -> Option<u64> {
        self.0.0.borrow().feed.length()
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        let mut source = self.0.0.borrow_mut();
        if source.taken < source.ahead.len() {
            return source.read(buffer).map(Piece::Data);
        }
        match std::mem::take(&mut source.hole) {
            0 if source.is_over => Ok(Piece::End),
            0 => source.feed.next(buffer),
            hole => Ok(Piece::Hole(hole)),
        }
    }
}

impl Unpacked {
    /// Unpacks the next block, which is short at the end only.
    fn advance(&mut self) -> io::Result<()> {
        self.block.clear();
        let read = (&mut self.decoder).take(BLOCK as u64).read_to_end(&mut self.block);
        if let Err(error) = read {
            if self.source.0.borrow().is_cancelled {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            let text = tr_f(
                "The image cannot be unpacked: {reason}",
                &[("reason", &error.to_string())],
            );
            return Err(io::Error::other(text));
        }
        self.all += self.block.len() as u64;
        if self.all > LARGEST {
            return Err(io::Error::other(tr("What is in the image is larger than any disk.")));
        }
        Ok(())
    }

    /// Takes what comes after the end: only there a download tells whether its checksum is right.
    fn drain(&mut self) -> io::Result<()> {
        let drained = io::copy(&mut self.source, &mut io::sink());
        match drained {
            Err(_) if self.source.0.borrow().is_cancelled => Err(io::Error::from(io::ErrorKind::Interrupted)),
            drained => drained.map(drop),
        }
    }
}

impl Feed for Unpacked {
    fn length(&self) -> Option<u64> {
        None
    }

    fn position(&self) -> Option<(u64, u64)> {
        let source = self.source.0.borrow();
        Some((source.read, source.feed.length()?))
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        let mut hole = 0;
        loop {
            if self.block.is_empty() {
                self.advance()?;
            }
            if self.block.is_empty() {
                self.drain()?;
                return Ok(if hole > 0 { Piece::Hole(hole) } else { Piece::End });
            }
            let is_hole = self.block.iter().all(|byte| *byte == 0);
            if is_hole && hole < STRETCH {
                hole += self.block.len() as u64;
                self.block.clear();
                continue;
            }
            if hole > 0 {
                return Ok(Piece::Hole(hole));
            }
            let count = self.block.len().min(buffer.len());
            let place = buffer.get_mut(..count).unwrap_or_default();
            place.copy_from_slice(self.block.get(..count).unwrap_or_default());
            self.block.drain(..count);
            self.data += count as u64;
            if self.room.is_some_and(|room| self.data > room) {
                return Err(io::Error::other(tr(
                    "There is not enough space in the storage pool for what is in the image.",
                )));
            }
            return Ok(Piece::Data(count));
        }
    }
}

#[cfg(test)]
mod tests;
