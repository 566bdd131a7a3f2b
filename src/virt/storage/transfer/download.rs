//! From a volume.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::{Line, PIECE, Pace, knows_no_holes};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::model::storage::Reach;
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Volume};
use crate::virt::storage::volume::sizes;
use crate::virt::sys;

const OP: &str = "download";
/// Bytes that are asked for at a time. libvirt's client takes off the socket whatever comes and keeps it until it is asked
/// for, without limit: with a quick host and a slow disk here, a whole image would be in memory.
const SHARE: u64 = 64 << 20;
/// What `virStreamRecvFlags` answers at a hole.
const AT_HOLE: i32 = -3;

/// Writes a volume to a new, empty file, and tells how many bytes it has (`virStorageVolDownload`).
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Cancelled`; where the file cannot be written. The caller removes the file then.
pub(crate) fn download(
    connection: &Connection,
    volume: &Handle<Volume>,
    file: &File,
    reach: Reach,
    job: &Job,
) -> Result<u64> {
    let whole = sizes(connection, volume, true, OP)?.allocation;
    let there = whole.saturating_sub(reach.offset);
    let total = reach.length.map_or(there, |length| length.min(there));
    let mut pace = Pace::new(job, total);
    let mut buffer = vec![0; PIECE];
    let mut sparse = true;
    let mut at = 0;
    while at < total {
        let share = Reach {
            offset: reach.offset + at,
            length: Some(SHARE.min(total - at)),
        };
        let line = open(connection, volume, share, &mut sparse)?;
        let got = receive(line, file, at, &mut pace, &mut buffer)?;
        if got == 0 {
            return Err(VirtError::own(
                Kind::Other,
                OP,
                tr("The volume became shorter while it was read: what came of it is not whole."),
            ));
        }
        at += got;
    }
    // A hole at the end is written by nobody.
    file.set_len(at).map_err(|error| unwritable(&error))?;
    job.progress(at, at);
    Ok(at)
}

fn open<'c>(connection: &'c Connection, volume: &Handle<Volume>, share: Reach, sparse: &mut bool) -> Result<Line<'c>> {
    let length = share.length.unwrap_or(0);
    let begin = |flags| -> Result<Line<'c>> {
        let mut line = Line::new(connection, OP)?;
        // SAFETY: both live during the call.
        let begun =
            unsafe { sys::virStorageVolDownload(volume.as_ptr(), line.stream.as_ptr(), share.offset, length, flags) };
        if begun < 0 {
            return Err(connection.error(OP));
        }
        line.open = true;
        Ok(line)
    };
    if *sparse {
        match begin(sys::VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM) {
            Err(error) if knows_no_holes(&error) => *sparse = false,
            result => return result,
        }
    }
    begin(0)
}

/// Receives one share, which begins at `from` in the file.
fn receive(line: Line<'_>, file: &File, from: u64, pace: &mut Pace<'_>, buffer: &mut [u8]) -> Result<u64> {
    let mut got = 0;
    loop {
        pace.job.check(OP)?;
        // SAFETY: the stream lives and blocks; the buffer has that many bytes.
        let count = unsafe {
            sys::virStreamRecvFlags(
                line.stream.as_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                sys::VIR_STREAM_RECV_STOP_AT_HOLE,
            )
        };
        let bytes = match count {
            0 => break,
            AT_HOLE => hole(&line)?,
            count => {
                let count = usize::try_from(count).map_err(|_| line.connection.error(OP))?;
                let piece = buffer.get(..count).unwrap_or_default();
                file.write_all_at(piece, from + got)
                    .map_err(|error| unwritable(&error))?;
                count as u64
            }
        };
        got += bytes;
        pace.advance(bytes);
    }
    line.finish(OP)?;
    Ok(got)
}

fn hole(line: &Line<'_>) -> Result<u64> {
    let mut bytes = 0;
    // SAFETY: the stream lives and the place is ours.
    if unsafe { sys::virStreamRecvHole(line.stream.as_ptr(), &raw mut bytes, 0) } < 0 {
        return Err(line.connection.error(OP));
    }
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// What is said where the file cannot be written.
pub(crate) fn unwritable(error: &io::Error) -> VirtError {
    VirtError::own(
        Kind::Other,
        OP,
        tr_f(
            "The file cannot be written: {reason}",
            &[("reason", &error.to_string())],
        ),
    )
}
