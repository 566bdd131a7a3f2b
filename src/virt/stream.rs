//! Text consoles: a libvirt stream on one side, two bounded queues on the other.
//!
//! The stream is non-blocking and watched by our event loop, so libvirt's callback comes on the main thread. It does two
//! things there: it disarms itself (a local call) and wakes the console's own thread; receiving, sending, finishing and
//! freeing happen on that thread. `virStreamSend` writes to the socket and `virStreamFinish` waits for the daemon: neither
//! belongs on the main thread. Arming anew after the work makes the callback fire once per batch, not once per turn of the
//! main loop for as long as data waits.
//!
//! libvirt's client takes stream data off the socket as it comes and queues it without limit, whether or not we ask for
//! READABLE: leaving the data there slows no guest, it only moves the memory. So a reader that does not keep up for
//! [`PATIENCE`] loses the oldest output, as a terminal's scrollback would, and is told how much.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use libc::{c_int, c_void};
use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, c_string};
use crate::virt::error::last_error;
use crate::virt::handle::{Handle, Stream};
use crate::virt::sys;

const OP: &str = "open console";
/// Largest piece handed to the reader.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the reader.
const PIECES: usize = 8;
/// Bytes that wait for the guest.
const INPUT_LIMIT: usize = 1024 * 1024;
/// Newest output kept for a reader that fell behind.
const TAIL: usize = 512 * 1024;
/// How long a reader may take for a piece before output is skipped.
const PATIENCE: Duration = Duration::from_millis(1000);
/// How often a silent stream looks whether its connection still lives; costs no network.
const ALIVE_CHECK: Duration = Duration::from_secs(2);

const READABLE: c_int = sys::VIR_STREAM_EVENT_READABLE as c_int;
const WRITABLE: c_int = sys::VIR_STREAM_EVENT_WRITABLE as c_int;
/// libvirt's "would block".
const AGAIN: c_int = -2;

/// An open text console. Dropping it closes the stream, on the console's own thread.
#[derive(Debug)]
pub struct ConsoleStream {
    /// What the guest writes, in pieces of at most 64 KiB; bounded. Closed at the end of the stream; the last item is the
    /// error if there was one.
    pub output: async_channel::Receiver<Result<Vec<u8>, VirtError>>,
    shared: Arc<Shared>,
}

impl ConsoleStream {
    /// Queues bytes for the guest; never blocks. Returns false when the stream has ended or its queue (1 MiB) is full; then
    /// nothing of `bytes` was queued.
    pub fn write(&self, bytes: &[u8]) -> bool {
        if self.shared.ended.load(Ordering::Acquire) {
            return false;
        }
        {
            let mut input = self.shared.input();
            if input.len() + bytes.len() > INPUT_LIMIT {
                return false;
            }
            input.extend(bytes);
        }
        self.shared.notify();
        true
    }
}

impl Drop for ConsoleStream {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.notify();
    }
}

/// What the main thread, the console's thread and its owner share. Holds no libvirt object: the last owner may be any thread.
#[derive(Debug, Default)]
struct Shared {
    readable: AtomicBool,
    writable: AtomicBool,
    /// The owner let go.
    closed: AtomicBool,
    /// The thread is done.
    ended: AtomicBool,
    input: Mutex<VecDeque<u8>>,
    thread: Mutex<Option<Thread>>,
}

impl Shared {
    fn input(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self) {
        if let Some(thread) = &*self.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.unpark();
        }
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.notify();
    }
}

/// Opens by the id that libvirt's callback carries.
static OPEN: LazyLock<Mutex<HashMap<usize, Arc<Shared>>>> = LazyLock::new(Mutex::default);
static NEXT_ID: AtomicUsize = AtomicUsize::new(1);

fn open_streams() -> MutexGuard<'static, HashMap<usize, Arc<Shared>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes the console's thread. Main thread.
unsafe extern "C" fn on_event(stream: sys::virStreamPtr, events: c_int, opaque: *mut c_void) {
    // SAFETY: libvirt lends a live stream for the length of the callback and holds no lock of it. Local: no network.
    unsafe { sys::virStreamEventUpdateCallback(stream, 0) };
    let shared = open_streams().get(&(opaque as usize)).cloned();
    if let Some(shared) = shared {
        if events & WRITABLE != 0 {
            shared.writable.store(true, Ordering::Release);
        }
        if events & !WRITABLE != 0 {
            shared.readable.store(true, Ordering::Release);
        }
        shared.notify();
    }
}

/// Forgets the id. Any thread, with libvirt's stream lock held.
unsafe extern "C" fn on_free(opaque: *mut c_void) {
    let forgotten = open_streams().remove(&(opaque as usize));
    drop(forgotten);
}

/// Opens a console of the running machine `uuid` (`virDomainOpenConsole`): two round trips. Call it on a thread of the host.
///
/// # Errors
/// `Kind::Busy` when another client has it and not `force`; else what libvirt says.
pub(crate) fn open(
    connection: &Arc<Connection>,
    uuid: Uuid,
    alias: Option<&str>,
    force: bool,
) -> Result<ConsoleStream, VirtError> {
    let alias = alias.map(|alias| c_string(alias, OP)).transpose()?;
    let domain = connection.domain(uuid, OP)?;
    // SAFETY: the connection lives; the result is ours.
    let stream = unsafe {
        let raw = sys::virStreamNew(connection.handle().as_ptr(), sys::VIR_STREAM_NONBLOCK);
        Handle::<Stream>::from_owned(raw)
    }
    .ok_or_else(|| connection.error(OP))?;
    let flags = if force { sys::VIR_DOMAIN_CONSOLE_FORCE } else { 0 };
    let name = alias.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    // SAFETY: machine and stream live, the name is NULL or a C string.
    if unsafe { sys::virDomainOpenConsole(domain.as_ptr(), name, stream.as_ptr(), flags) } < 0 {
        let mut error = connection.error(OP);
        // The code for "Active console session exists for this domain" is OPERATION_FAILED.
        if error.code == sys::VIR_ERR_OPERATION_FAILED as i32 && !force {
            error.kind = Kind::Busy;
        }
        return Err(error);
    }
    watch(Arc::clone(connection), stream)
}

/// Registers the callback and starts the thread.
fn watch(connection: Arc<Connection>, stream: Handle<Stream>) -> Result<ConsoleStream, VirtError> {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let shared = Arc::new(Shared::default());
    open_streams().insert(id, shared.clone());
    // SAFETY: the stream lives; the opaque is a number that the callbacks look up, so it never dangles.
    let added =
        unsafe { sys::virStreamEventAddCallback(stream.as_ptr(), 0, Some(on_event), id as *mut c_void, Some(on_free)) };
    if added < 0 {
        open_streams().remove(&id);
        let error = last_error(OP);
        // SAFETY: the stream lives and is not finished.
        unsafe { sys::virStreamAbort(stream.as_ptr()) };
        return Err(error);
    }
    let (sender, output) = async_channel::bounded(PIECES);
    let pump = Pump {
        stream,
        connection,
        shared: shared.clone(),
        output: sender,
        sending: None,
        tail: Tail::default(),
        armed: 0,
    };
    thread::Builder::new()
        .name(format!("console-{id}"))
        .stack_size(256 * 1024)
        .spawn(move || pump.run())
        .map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))?;
    Ok(ConsoleStream { output, shared })
}

type Piece = Result<Vec<u8>, VirtError>;
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

/// The console's thread.
struct Pump {
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
    fn run(mut self) {
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
