//! Bringing bytes to volumes and taking them from there, over a stream of libvirt. Holes stay holes where the service can do
//! that (libvirt 3.4), and nothing is kept in memory but one piece.

mod download;
mod feed;
mod packed;
mod upload;

use std::time::{Duration, Instant};

pub(crate) use download::{download, unwritable};
pub(crate) use feed::{Feed, Piece, feed};
pub(crate) use upload::{Content, upload};

use crate::model::error::Kind;
use crate::model::error::VirtError;
use crate::model::job::Job;
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Stream};
use crate::virt::sys;

/// Bytes of a piece: what one message of libvirt's protocol takes.
const PIECE: usize = 262_120;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(250);

/// An open stream. Dropped unfinished, it is aborted.
struct Line<'c> {
    connection: &'c Connection,
    stream: Handle<Stream>,
    open: bool,
}

impl<'c> Line<'c> {
    fn new(connection: &'c Connection, op: &'static str) -> Result<Self> {
        // SAFETY: the connection lives; the answer is NULL or a reference of ours. It blocks, which is right on a thread of a job.
        let stream = unsafe { Handle::<Stream>::from_owned(sys::virStreamNew(connection.handle().as_ptr(), 0)) };
        Ok(Self {
            connection,
            stream: stream.ok_or_else(|| connection.error(op))?,
            open: false,
        })
    }

    /// Ends it well: the service has everything then (`virStreamFinish`).
    fn finish(mut self, op: &'static str) -> Result<()> {
        self.open = false;
        // SAFETY: the stream lives and is open.
        match unsafe { sys::virStreamFinish(self.stream.as_ptr()) } {
            0 => Ok(()),
            _ => Err(self.connection.error(op)),
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if self.open {
            // SAFETY: the stream lives and is not finished.
            unsafe { sys::virStreamAbort(self.stream.as_ptr()) };
        }
    }
}

/// Whether the service does not know holes in streams.
fn knows_no_holes(error: &VirtError) -> bool {
    matches!(error.kind, Kind::Unsupported | Kind::Invalid)
}

/// Tells progress a few times a second.
struct Pace<'j> {
    job: &'j Job,
    total: u64,
    done: u64,
    told: Option<Instant>,
    /// How far the source is, where that tells more.
    source: Option<(u64, u64)>,
}

impl<'j> Pace<'j> {
    fn new(job: &'j Job, total: u64) -> Self {
        Self {
            job,
            total,
            done: 0,
            told: None,
            source: None,
        }
    }

    fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        if self.told.is_none_or(|told| told.elapsed() >= TICK) {
            self.told = Some(Instant::now());
            let (done, total) = self.source.unwrap_or((self.done, self.total));
            self.job.progress(done, total);
        }
    }
}
