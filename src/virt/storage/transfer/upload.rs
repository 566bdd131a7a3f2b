//! To a volume.

use std::io;

use super::{Feed, Line, PIECE, Pace, Piece, knows_no_holes};
use crate::i18n::tr_f;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::model::storage::Reach;
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Volume};
use crate::virt::sys;

const OP: &str = "upload";

/// What a volume holds before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing but zeroes: it was made just now. Holes may be left out.
    Zeroes,
    /// Anything: what is a hole in the new content has to be written over.
    Anything,
}

/// Writes what `feed` gives to a volume and tells how many bytes that was (`virStorageVolUpload`).
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Cancelled`; where the bytes cannot be read. What was written stays in the volume.
pub(crate) fn upload(
    connection: &Connection,
    volume: &Handle<Volume>,
    feed: &mut dyn Feed,
    reach: Reach,
    before: Content,
    job: &Job,
) -> Result<u64> {
    let (line, sparse) = open(connection, volume, reach, before)?;
    let total = reach.length.or_else(|| feed.length()).unwrap_or(0);
    let mut pace = Pace::new(job, total);
    let mut buffer = vec![0; PIECE];
    loop {
        job.check(OP)?;
        pace.source = feed.position();
        match feed.next(&mut buffer).map_err(|error| unreadable(&error))? {
            Piece::Data(count) => {
                send(&line, buffer.get(..count).unwrap_or_default())?;
                pace.advance(count as u64);
            }
            Piece::Hole(bytes) if sparse => {
                send_hole(&line, bytes)?;
                pace.advance(bytes);
            }
            Piece::Hole(bytes) => send_zeroes(&line, bytes, &mut pace, &mut buffer)?,
            Piece::End => break,
        }
    }
    job.check(OP)?;
    let sent = pace.done;
    line.finish(OP)?;
    job.progress(sent, sent);
    Ok(sent)
}

/// Opens the stream; the second value is whether holes can be sent as such.
fn open<'c>(
    connection: &'c Connection,
    volume: &Handle<Volume>,
    reach: Reach,
    before: Content,
) -> Result<(Line<'c>, bool)> {
    let length = reach.length.unwrap_or(0);
    let begin = |flags| -> Result<Line<'c>> {
        let mut line = Line::new(connection, OP)?;
        // SAFETY: both live during the call; length 0 means to the end.
        let begun =
            unsafe { sys::virStorageVolUpload(volume.as_ptr(), line.stream.as_ptr(), reach.offset, length, flags) };
        if begun < 0 {
            return Err(connection.error(OP));
        }
        line.open = true;
        Ok(line)
    };
    if before == Content::Anything {
        return Ok((begin(0)?, false));
    }
    match begin(sys::VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM) {
        Ok(line) => Ok((line, true)),
        Err(error) if knows_no_holes(&error) => Ok((begin(0)?, false)),
        Err(error) => Err(error),
    }
}

fn send(line: &Line<'_>, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the stream lives and blocks; the bytes live during the call.
        let sent = unsafe { sys::virStreamSend(line.stream.as_ptr(), bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(sent) {
            Ok(sent) if sent > 0 => bytes = bytes.get(sent..).unwrap_or_default(),
            _ => return Err(line.connection.error(OP)),
        }
    }
    Ok(())
}

fn send_hole(line: &Line<'_>, bytes: u64) -> Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    // SAFETY: the stream lives and blocks.
    match unsafe { sys::virStreamSendHole(line.stream.as_ptr(), bytes, 0) } {
        0 => Ok(()),
        _ => Err(line.connection.error(OP)),
    }
}

fn send_zeroes(line: &Line<'_>, bytes: u64, pace: &mut Pace<'_>, buffer: &mut [u8]) -> Result<()> {
    buffer.fill(0);
    let mut left = bytes;
    while left > 0 {
        pace.job.check(OP)?;
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        send(line, buffer.get(..count).unwrap_or_default())?;
        pace.advance(count as u64);
        left -= count as u64;
    }
    Ok(())
}

/// What is said where the bytes cannot be read.
fn unreadable(error: &io::Error) -> VirtError {
    if error.kind() == io::ErrorKind::Interrupted {
        return VirtError::own(Kind::Cancelled, OP, "");
    }
    VirtError::own(
        Kind::Other,
        OP,
        tr_f("The source cannot be read: {reason}", &[("reason", &error.to_string())]),
    )
}
