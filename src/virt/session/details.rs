//! Reading definitions: those that something shows first, then the rest, one at a time.

use std::collections::{HashSet, VecDeque};
use std::ffi::CStr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::event::HostEvent;
use crate::model::xml::read_domain;
use crate::virt::connection::{Connection, Result, Witness, lock};
use crate::virt::session::STUCK;
use crate::virt::sys;

const OP: &str = "read definition";
/// Calls that may hang at once before reading stops: each holds a seat of the connection.
const LOST: usize = 2;
/// Pause between two definitions that nobody waits for: news of 10,000 machines shall not crowd the window's thread.
const PAUSE: Duration = Duration::from_millis(2);

#[derive(Default)]
struct State {
    first: VecDeque<Uuid>,
    rest: VecDeque<Uuid>,
    read: HashSet<Uuid>,
    /// Machines whose call has not come back.
    stuck: HashSet<Uuid>,
    running: bool,
    closed: bool,
    /// The machines of the list have been queued.
    seeded: bool,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// A call that was given up has come back.
    returned: Condvar,
}

/// The queue of definitions to read.
#[derive(Default)]
pub(super) struct Details(Arc<Queue>);

impl Details {
    /// Reads these first, replacing what an earlier call asked, then everything that was never read.
    pub(super) fn ask(&self, connection: &Arc<Connection>, uuids: Vec<Uuid>) {
        let mut state = lock(&self.0.state);
        if state.closed {
            return;
        }
        state.first = uuids.into();
        if !state.seeded {
            let known = connection.known_domains();
            state.seeded = !known.is_empty();
            state.rest = known.into();
        }
        if state.running || (state.first.is_empty() && state.rest.is_empty()) {
            return;
        }
        let (queue, connection) = (Arc::clone(&self.0), Arc::clone(connection));
        let started = thread::Builder::new()
            .name("vireo-details".into())
            .spawn(move || drive(&queue, &connection));
        match started {
            Ok(_) => state.running = true,
            Err(error) => tracing::error!("no thread can be started: {error}"),
        }
    }

    /// Whether a call hangs.
    pub(super) fn is_stuck(&self) -> bool {
        !lock(&self.0.state).stuck.is_empty()
    }

    /// Reads no more.
    pub(super) fn close(&self) {
        let mut state = lock(&self.0.state);
        state.closed = true;
        state.first.clear();
        state.rest.clear();
        self.0.returned.notify_all();
    }
}

/// The next machine and whether somebody waits for it.
fn next(queue: &Queue) -> Option<(Uuid, bool)> {
    let mut state = lock(&queue.state);
    // With too many calls that hang, go on when one of them has come back, whichever that is.
    while state.stuck.len() >= LOST && !state.closed {
        state = queue.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    loop {
        let (uuid, awaited) = match state.first.pop_front() {
            Some(uuid) => (uuid, true),
            None => match state.rest.pop_front() {
                Some(uuid) => (uuid, false),
                None => {
                    state.running = false;
                    return None;
                }
            },
        };
        if !state.stuck.contains(&uuid) && (state.read.insert(uuid) || awaited) {
            return Some((uuid, awaited));
        }
    }
}

/// Gives one machine after the other to a reader; leaves a reader that hangs and takes another.
fn drive(queue: &Arc<Queue>, connection: &Arc<Connection>) {
    let mut reader = None;
    while let Some((uuid, awaited)) = next(queue) {
        let current = match reader.take() {
            Some(reader) => reader,
            None => match Reader::start(queue, connection) {
                Ok(reader) => reader,
                Err(error) => {
                    tracing::error!("no thread can be started: {error}");
                    lock(&queue.state).running = false;
                    return;
                }
            },
        };
        match current.read(uuid) {
            Ok(()) => reader = Some(current),
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => {
                let mut state = lock(&queue.state);
                if current.done.try_recv().is_ok() {
                    // It has come back just now.
                    drop(state);
                    reader = Some(current);
                    continue;
                }
                state.stuck.insert(uuid);
                // Under the lock, so that the reader can take it back only afterwards.
                connection.note_hang(uuid, Witness::Definitions, true);
            }
        }
        if !awaited {
            thread::sleep(PAUSE);
        }
    }
}

struct Reader {
    work: Sender<Uuid>,
    done: Receiver<()>,
}

impl Reader {
    fn start(queue: &Arc<Queue>, connection: &Arc<Connection>) -> std::io::Result<Self> {
        let (work, inbox) = mpsc::channel::<Uuid>();
        let (report, done) = mpsc::channel();
        let (queue, connection) = (Arc::clone(queue), Arc::clone(connection));
        thread::Builder::new().name("vireo-reader".into()).spawn(move || {
            while let Ok(uuid) = inbox.recv() {
                if connection.is_closing() {
                    break;
                }
                if !connection.is_unresponsive(uuid) {
                    read(&connection, uuid);
                }
                {
                    // One step for who waits: it finds the report, or counts the call as stuck and this takes it back.
                    let mut state = lock(&queue.state);
                    let _ = report.send(());
                    if !state.stuck.remove(&uuid) {
                        continue;
                    }
                }
                queue.returned.notify_all();
                connection.note_hang(uuid, Witness::Definitions, false);
            }
        })?;
        Ok(Self { work, done })
    }

    fn read(&self, uuid: Uuid) -> std::result::Result<(), RecvTimeoutError> {
        self.work.send(uuid).map_err(|_| RecvTimeoutError::Disconnected)?;
        self.done.recv_timeout(STUCK)
    }
}

fn read(connection: &Connection, uuid: Uuid) {
    let seq = connection.now();
    let details = xml(connection, uuid, 0, OP).and_then(|xml| {
        read_domain(&xml)
            .map(Box::new)
            .map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))
    });
    if let Err(error) = &details
        && matches!(error.kind, Kind::Gone | Kind::Unreachable)
    {
        tracing::debug!(%uuid, "definition not read: {}", error.message);
        return;
    }
    connection.sink.push(HostEvent::Details {
        key: connection.key(uuid),
        seq,
        details,
    });
}

/// The definition of a machine (`virDomainGetXMLDesc`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn xml(connection: &Connection, uuid: Uuid, flags: u32, op: &'static str) -> Result<String> {
    let mut raw = std::ptr::null_mut();
    connection.on_domain(uuid, op, |domain| {
        // SAFETY: the machine lives during the call; the answer is NULL or a string of ours.
        raw = unsafe { sys::virDomainGetXMLDesc(domain, flags) };
        if raw.is_null() { -1 } else { 0 }
    })?;
    // SAFETY: not null, see above; freed once, after the copy.
    unsafe {
        let xml = CStr::from_ptr(raw).to_string_lossy().into_owned();
        libc::free(raw.cast());
        Ok(xml)
    }
}
