//! The thread of a console: what the guest writes to its reader, what was typed to the guest.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use libc::c_int;

use crate::model::error::{Kind, VirtError};
use crate::virt::connection::Connection;
use crate::virt::error::last_error;
use crate::virt::handle::{Handle, Stream};
use crate::virt::stream::{OP, PATIENCE, Shared, WRITABLE};
use crate::virt::sys;

/// Largest piece handed to the reader.
const PIECE: usize = 64 * 1024;
/// Newest output kept for a reader that fell behind.
const TAIL: usize = 512 * 1024;
/// How often a silent stream looks whether its connection still lives; costs no network.
const ALIVE_CHECK: Duration = Duration::from_secs(2);
const READABLE: c_int = sys::VIR_STREAM_EVENT_READABLE as c_int;
/// libvirt's "would block".
const AGAIN: c_int = -2;

/// What the reader gets at a time.
pub(super) type Piece = Result<Vec<u8>, VirtError>;
type Sending = Pin<Box<dyn Future<Output = Result<(), async_channel::SendError<Piece>>> + Send>>;

/// The newest output while the reader is behind.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    skipped: u64,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(TAIL);
        self.bytes.drain(..excess);
        self.skipped += excess as u64;
    }

    /// The next piece for the reader. What was skipped is said first, after CAN, which ends a cut escape sequence.
    fn take(&mut self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        let mut piece = Vec::new();
        if self.skipped > 0 {
            piece.extend_from_slice(format!("\x18\r\n[… {} KiB …]\r\n", self.skipped.div_ceil(1024)).as_bytes());
            self.skipped = 0;
        }
        let room = (PIECE - piece.len()).min(self.bytes.len());
        piece.extend(self.bytes.drain(..room));
        Some(piece)
    }
}

/// Why the loop ended.
enum End {
    /// The owner let go.
    Closed,
    /// The guest's end closed.
    Finished,
    /// libvirt reported an error.
    Failed(VirtError),
}

/// What the console's thread does.
pub(super) struct Pump {
    stream: Handle<Stream>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
    output: async_channel::Sender<Piece>,
    sending: Option<(Sending, Instant)>,
    tail: Tail,
    /// Mask we asked for since the callback last disarmed itself.
    armed: c_int,
}

impl Pump {
    /// The work of a console whose callback is registered and not armed.
    pub(super) fn new(
        stream: Handle<Stream>,
        connection: Arc<Connection>,
        shared: Arc<Shared>,
        output: async_channel::Sender<Piece>,
    ) -> Self {
        Self {
            stream,
            connection,
            shared,
            output,
            sending: None,
            tail: Tail::default(),
            armed: 0,
        }
    }

    /// Does it, to the end of the stream or of its owner's interest.
    pub(super) fn run(mut self) {
        *self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
        let end = self.pump();
        self.shared.ended.store(true, Ordering::Release);
        // SAFETY: the stream lives; finishing or aborting ends its use, and freeing is the handle's.
        unsafe {
            sys::virStreamEventRemoveCallback(self.stream.as_ptr());
            match end {
                End::Finished => sys::virStreamFinish(self.stream.as_ptr()),
                End::Closed | End::Failed(_) => sys::virStreamAbort(self.stream.as_ptr()),
            };
        }
        self.deliver_rest(end);
    }

    /// Hands over what is left, waiting for the reader: the daemon is done with us by now.
    fn deliver_rest(mut self, end: End) {
        if matches!(end, End::Closed) {
            return;
        }
        let waker = Waker::from(self.shared.clone());
        while !self.shared.closed.load(Ordering::Acquire) {
            if let Some((sending, _)) = &mut self.sending {
                match sending.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Pending => thread::park(),
                    Poll::Ready(Ok(())) => self.sending = None,
                    Poll::Ready(Err(_)) => return,
                }
            } else if let Some(piece) = self.tail.take() {
                self.start_sending(Ok(piece));
            } else {
                break;
            }
        }
        if let End::Failed(error) = end {
            self.start_sending(Err(error));
            while let Some((sending, _)) = &mut self.sending
                && !self.shared.closed.load(Ordering::Acquire)
            {
                match sending.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Pending => thread::park(),
                    Poll::Ready(_) => self.sending = None,
                }
            }
        }
    }

    fn start_sending(&mut self, piece: Piece) {
        let output = self.output.clone();
        self.sending = Some((Box::pin(async move { output.send(piece).await }), Instant::now()));
    }

    fn pump(&mut self) -> End {
        let waker = Waker::from(self.shared.clone());
        // The first look: data may have come between opening and arming.
        let mut readable = true;
        let mut writable = true;
        loop {
            if self.shared.closed.load(Ordering::Acquire) {
                return End::Closed;
            }
            let (read, write) = (
                self.shared.readable.swap(false, Ordering::AcqRel),
                self.shared.writable.swap(false, Ordering::AcqRel),
            );
            if read || write {
                self.armed = 0;
            }
            readable |= read;
            writable |= write;

            let mut behind = false;
            let mut wait = ALIVE_CHECK;
            if let Some((sending, since)) = &mut self.sending {
                match sending.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(Ok(())) => self.sending = None,
                    Poll::Ready(Err(_)) => return End::Closed,
                    Poll::Pending => {
                        behind = since.elapsed() >= PATIENCE;
                        if !behind {
                            wait = PATIENCE.saturating_sub(since.elapsed());
                        }
                    }
                }
            }
            if self.sending.is_none()
                && let Some(piece) = self.tail.take()
            {
                self.start_sending(Ok(piece));
                continue;
            }
            if readable && (self.sending.is_none() || behind) {
                match self.receive() {
                    Ok(Some(piece)) if behind => self.tail.push(&piece),
                    Ok(Some(piece)) => self.start_sending(Ok(piece)),
                    Ok(None) => readable = false,
                    Err(end) => return end,
                }
                if readable {
                    continue;
                }
            }
            if writable && let Err(end) = self.send(&mut writable) {
                return end;
            }
            self.arm(readable, writable);
            let started = Instant::now();
            thread::park_timeout(wait);
            if started.elapsed() >= ALIVE_CHECK && !self.connection.is_alive() {
                return End::Failed(VirtError::own(Kind::Unreachable, OP, "the connection was lost"));
            }
        }
    }

    /// Asks to be told of what we cannot go on without; only WRITABLE while data waits, as libvirt spins on it.
    fn arm(&mut self, readable: bool, writable: bool) {
        let mut mask = 0;
        if !readable {
            mask |= READABLE;
        }
        if !writable && !self.shared.input().is_empty() {
            mask |= WRITABLE;
        }
        if mask != self.armed {
            // SAFETY: the stream lives and has our callback. Local: no network.
            unsafe { sys::virStreamEventUpdateCallback(self.stream.as_ptr(), mask) };
            self.armed = mask;
        }
    }

    /// What the guest wrote; `None` when nothing waits.
    fn receive(&self) -> Result<Option<Vec<u8>>, End> {
        let mut buffer = vec![0_u8; PIECE];
        // SAFETY: the stream lives, the buffer has that many bytes.
        let received = unsafe { sys::virStreamRecv(self.stream.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
        match received {
            AGAIN => Ok(None),
            0 => Err(End::Finished),
            length => match usize::try_from(length) {
                Ok(length) => {
                    buffer.truncate(length);
                    buffer.shrink_to_fit();
                    Ok(Some(buffer))
                }
                Err(_) => Err(End::Failed(last_error("read console"))),
            },
        }
    }

    /// Sends what waits, until nothing does or libvirt takes no more.
    fn send(&self, writable: &mut bool) -> Result<(), End> {
        loop {
            let chunk: Vec<u8> = {
                let input = self.shared.input();
                input.iter().take(PIECE).copied().collect()
            };
            if chunk.is_empty() || self.shared.closed.load(Ordering::Acquire) {
                return Ok(());
            }
            // SAFETY: the stream lives, the chunk has that many bytes.
            let sent = unsafe { sys::virStreamSend(self.stream.as_ptr(), chunk.as_ptr().cast(), chunk.len()) };
            match usize::try_from(sent) {
                Ok(sent) => drop(self.shared.input().drain(..sent.min(chunk.len()))),
                Err(_) if sent == AGAIN => {
                    *writable = false;
                    return Ok(());
                }
                Err(_) => return Err(End::Failed(last_error("write console"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_that_fell_behind_gets_the_newest_output_and_is_told() {
        let mut tail = Tail::default();
        assert_eq!(tail.take(), None);
        for _ in 0..3 {
            tail.push(&vec![b'a'; TAIL]);
        }
        tail.push(b"end");
        assert_eq!(tail.bytes.len(), TAIL);
        let first = tail.take().unwrap();
        assert!(first.starts_with("\x18\r\n[… 1025 KiB …]\r\n".as_bytes()));
        assert!(first.len() <= PIECE);
        let mut last = first;
        while let Some(piece) = tail.take() {
            last = piece;
        }
        assert!(last.ends_with(b"end"));
    }
}
