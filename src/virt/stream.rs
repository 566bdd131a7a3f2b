//! Text consoles: a libvirt stream on one side, two bounded queues on the other.
//!
//! The stream is non-blocking and watched by our event loop, so libvirt's callback comes on the main thread. It does two
//! things there: it disarms itself (a local call) and wakes the console's own thread; receiving, sending, finishing and
//! freeing happen on that thread. `virStreamSend` writes to the socket and `virStreamFinish` waits for the daemon: neither
//! belongs on the main thread. Arming anew after the work makes the callback fire once per batch, not once per turn of the
//! main loop for as long as data waits.
//!
//! libvirt's client takes stream data off the socket as it comes and queues it without limit, whether or not we ask for
//! READABLE: leaving the data there slows no guest, it only moves the memory, and its protocol has no window of a stream's
//! own. Only leaving the whole socket alone would hold the guest back, but with it every event, reply and keepalive of the
//! host. So a reader that does not keep up for [`PATIENCE`] loses the oldest output, as a terminal's scrollback would, and is
//! told how much.

mod pump;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::Duration;

use libc::{c_int, c_void};
use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, c_string};
use crate::virt::error::last_error;
use crate::virt::handle::{Handle, Stream};
use crate::virt::stream::pump::Pump;
use crate::virt::sys;

const OP: &str = "open console";
/// Pieces that wait for the reader.
const PIECES: usize = 8;
/// Bytes that wait for the guest.
const INPUT_LIMIT: usize = 1024 * 1024;
/// How long a reader may take for a piece before output is skipped.
const PATIENCE: Duration = Duration::from_millis(1000);

const WRITABLE: c_int = sys::VIR_STREAM_EVENT_WRITABLE as c_int;

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
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let (hand_over, work) = mpsc::sync_channel::<Pump>(1);
    // Before everything else: when there is no thread, there is nothing to take back. It ends when nothing comes of the rest.
    thread::Builder::new()
        .name(format!("console-{id}"))
        .stack_size(256 * 1024)
        .spawn(move || work.into_iter().for_each(Pump::run))
        .map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))?;
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
    let (console, pump) = watch(id, connection, stream)?;
    hand_over
        .send(pump)
        .map_err(|_| VirtError::own(Kind::Other, OP, "the console's thread ended"))?;
    Ok(console)
}

/// Registers the callback.
fn watch(id: usize, connection: &Arc<Connection>, stream: Handle<Stream>) -> Result<(ConsoleStream, Pump), VirtError> {
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
    let pump = Pump::new(stream, Arc::clone(connection), shared.clone(), sender);
    Ok((ConsoleStream { output, shared }, pump))
}
