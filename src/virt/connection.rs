//! An open connection and what its threads share.

use std::collections::HashMap;
use std::ffi::CString;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::event::{HostEvent, Seq};
use crate::model::host::{Features, HostInfo};
use crate::model::key::{DomainKey, HostId};
use crate::model::uri::Uri;
use crate::virt::bridge::EventSink;
use crate::virt::error::{FROM_RPC, last_error};
use crate::virt::event::Subscriptions;
use crate::virt::event_loop::Plug;
use crate::virt::facts::Cache;
use crate::virt::handle::{Connect, Dom, Handle};
use crate::virt::polling::Polling;
use crate::virt::session::Control;
use crate::virt::sys;

pub(crate) type Result<T> = std::result::Result<T, VirtError>;

/// Locks, also after a panic elsewhere: what we keep under locks is valid after every single step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of every call that has no connection to go over.
pub(crate) fn unreachable(op: &'static str) -> VirtError {
    VirtError::own(Kind::Unreachable, op, "not connected to the host")
}

/// The text as C wants it.
///
/// # Errors
/// `Kind::Invalid` for a NUL inside.
pub(crate) fn c_string(text: &str, op: &'static str) -> Result<CString> {
    CString::new(text).map_err(|_| VirtError::own(Kind::Invalid, op, "the text contains a NUL character"))
}

type Refuse = Box<dyn Fn(VirtError) + Send>;

/// Calls that somebody waits for, so that they can be answered when the connection is gone and its thread is stuck.
#[derive(Default)]
struct Calls {
    next: u64,
    waiting: HashMap<u64, Refuse>,
    over: bool,
}

/// Who noticed that a hypervisor process hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witness {
    /// A poll for load figures.
    Statistics,
    /// A call for a definition.
    Definitions,
}

/// An open connection. The last reference must be dropped on a thread of the session, because that closes it.
pub(crate) struct Connection {
    /// Identity of the host.
    pub(crate) host: HostId,
    /// Number of the attempt that opened it; later ones are larger.
    pub(crate) generation: u64,
    /// Where news go.
    pub(crate) sink: EventSink,
    /// What is polled.
    pub(crate) polling: Arc<Polling>,
    clock: Arc<AtomicU64>,
    control: Sender<Control>,
    /// A second connection to the same URI sees the same machines.
    pub(crate) shared_world: bool,
    /// The host is this computer, as far as its URI tells.
    pub(crate) is_local: bool,
    /// Descriptors can be handed over: the daemon is beside us, at a socket in the file system.
    pub(crate) passes_descriptors: bool,
    info: Mutex<HostInfo>,
    closing: AtomicBool,
    calls: Mutex<Calls>,
    subscriptions: Mutex<Option<Subscriptions>>,
    domains: Mutex<HashMap<Uuid, Handle<Dom>>>,
    /// Machines whose hypervisor process hangs, by who says so.
    hanging: Mutex<HashMap<Uuid, [bool; 2]>>,
    facts: Arc<Cache>,
    /// Its socket, where a job that is cancelled must not wait for the host.
    plug: Option<Arc<Plug>>,
    handle: Handle<Connect>,
}

/// What a connection needs from its session.
pub(crate) struct Parts {
    pub(crate) host: HostId,
    pub(crate) generation: u64,
    pub(crate) sink: EventSink,
    pub(crate) polling: Arc<Polling>,
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) control: Sender<Control>,
    pub(crate) uri: String,
}

impl Connection {
    /// Wraps an open connection.
    pub(crate) fn new(handle: Handle<Connect>, parts: Parts, features: Features) -> Self {
        Self {
            host: parts.host,
            generation: parts.generation,
            sink: parts.sink,
            polling: parts.polling,
            clock: parts.clock,
            control: parts.control,
            shared_world: !is_private_world(&parts.uri),
            is_local: Uri::parse(&parts.uri).is_ok_and(|uri| !uri.is_remote()),
            passes_descriptors: Uri::parse(&parts.uri)
                .is_ok_and(|uri| !uri.is_remote() && uri.effective_transport() == "unix"),
            info: Mutex::new(HostInfo {
                features,
                ..HostInfo::default()
            }),
            closing: AtomicBool::new(false),
            calls: Mutex::default(),
            subscriptions: Mutex::new(None),
            domains: Mutex::default(),
            hanging: Mutex::default(),
            facts: Arc::default(),
            plug: None,
            handle,
        }
    }

    /// What was read of the host.
    pub(crate) fn facts(&self) -> &Arc<Cache> {
        &self.facts
    }

    /// Believes what another connection to the same host has read, and makes it doubtful, too.
    pub(crate) fn share_facts(&mut self, facts: Arc<Cache>) {
        self.facts = facts;
    }

    /// Can be ended by this.
    pub(crate) fn set_plug(&mut self, plug: Arc<Plug>) {
        self.plug = Some(plug);
    }

    /// What ends a call that hangs on it; `None` for a connection that others use as well.
    pub(crate) fn plug(&self) -> Option<Arc<Plug>> {
        self.plug.clone()
    }

    /// From now on a cancelled job has something to remove: the host gets more time for that.
    pub(crate) fn cleaning(&self) {
        if let Some(plug) = &self.plug {
            plug.cleaning();
        }
    }

    /// Whether it was ended because the host did not answer after a cancel.
    pub(crate) fn is_pulled(&self) -> bool {
        self.plug.as_ref().is_some_and(|plug| plug.is_pulled())
    }

    /// The connection itself, for a call.
    pub(crate) fn handle(&self) -> &Handle<Connect> {
        &self.handle
    }

    /// Identity of a machine on this host.
    pub(crate) fn key(&self, uuid: Uuid) -> DomainKey {
        DomainKey::new(self.host, uuid)
    }

    /// Position in the host's stream of news, to note *before* a question is asked.
    pub(crate) fn now(&self) -> Seq {
        self.clock.load(Ordering::SeqCst)
    }

    /// The counter that events take their position from.
    pub(crate) fn clock(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.clock)
    }

    /// Facts as far as they are known.
    pub(crate) fn info(&self) -> HostInfo {
        lock(&self.info).clone()
    }

    /// Sets what was learnt while opening, before anybody shares the connection.
    pub(crate) fn set_features(&mut self, features: Features) {
        self.info.get_mut().unwrap_or_else(PoisonError::into_inner).features = features;
    }

    /// Changes the facts and tells the world.
    pub(crate) fn update_info(&self, change: impl FnOnce(&mut HostInfo)) {
        let info = {
            let mut info = lock(&self.info);
            change(&mut info);
            info.clone()
        };
        self.sink.push(HostEvent::HostInfo { host: self.host, info });
    }

    /// Whether the connection was lost or is being closed: its threads should end.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Keeps subscriptions until the connection is closed.
    pub(crate) fn keep(&self, subscriptions: Subscriptions) {
        let kept = if self.is_closing() {
            Some(subscriptions)
        } else {
            lock(&self.subscriptions).replace(subscriptions)
        };
        drop(kept);
    }

    /// Registers who waits for a call. `None` when it is too late.
    pub(crate) fn expect(&self, refuse: Refuse) -> Option<u64> {
        let mut calls = lock(&self.calls);
        if calls.over {
            return None;
        }
        calls.next += 1;
        let id = calls.next;
        calls.waiting.insert(id, refuse);
        Some(id)
    }

    /// The call was answered.
    pub(crate) fn answered(&self, id: u64) {
        let refuse = lock(&self.calls).waiting.remove(&id);
        drop(refuse);
    }

    /// Answers everybody who waits and tells the threads to end. Doesn't call libvirt: works while the connection hangs.
    pub(crate) fn give_up(&self, error: &VirtError) {
        self.closing.store(true, Ordering::SeqCst);
        let waiting = {
            let mut calls = lock(&self.calls);
            calls.over = true;
            std::mem::take(&mut calls.waiting)
        };
        for refuse in waiting.values() {
            refuse(error.clone());
        }
    }

    /// Ends the subscriptions and releases the machines. May wait for the host: only on a thread that may be lost.
    pub(crate) fn release(&self) {
        let subscriptions = lock(&self.subscriptions).take();
        drop(subscriptions);
        let domains = std::mem::take(&mut *lock(&self.domains));
        drop(domains);
    }

    /// The error of the call that just failed here; notices when it means the end of the connection. A host that is there
    /// reports its protocol's limits (a list too long for a reply) under the same domain as a broken line.
    pub(crate) fn error(&self, op: &'static str) -> VirtError {
        let mut error = last_error(op);
        if error.domain == FROM_RPC {
            if !self.is_alive() {
                error.kind = Kind::Unreachable;
                self.lost(error.clone());
            } else if error.kind == Kind::Unreachable {
                error.kind = Kind::Other;
            }
        }
        error
    }

    /// Registers what [`Subscriptions::new`] left out, one round trip after the other.
    pub(crate) fn subscribe_rest(&self) {
        while !self.is_closing() {
            let more = lock(&self.subscriptions).as_mut().is_some_and(Subscriptions::add_next);
            if !more {
                break;
            }
        }
        // An end before the close callback was registered is told by nobody.
        if !self.is_closing() && !self.is_alive() {
            self.lost(unreachable("connect"));
        }
    }

    /// Tells the supervisor something.
    pub(crate) fn tell(&self, control: Control) {
        let _ = self.control.send(control);
    }

    /// Tells the supervisor that the connection is of no use any more.
    pub(crate) fn lost(&self, error: VirtError) {
        self.tell(Control::Lost {
            generation: self.generation,
            error,
        });
    }

    /// What libvirt itself thinks (`virConnectIsAlive`); doesn't ask the host.
    pub(crate) fn is_alive(&self) -> bool {
        // SAFETY: the connection lives as long as `self`.
        unsafe { sys::virConnectIsAlive(self.handle.as_ptr()) != 0 }
    }

    /// The machine, kept from the last list or looked up (`virDomainLookupByUUID`).
    ///
    /// # Errors
    /// `Kind::Gone`, or what libvirt says.
    pub(crate) fn domain(&self, uuid: Uuid, op: &'static str) -> Result<Handle<Dom>> {
        if self.is_closing() {
            return Err(unreachable(op));
        }
        if let Some(handle) = lock(&self.domains).get(&uuid) {
            return Ok(handle.clone());
        }
        let handle = self.look_up(uuid, op)?;
        lock(&self.domains).insert(uuid, handle.clone());
        Ok(handle)
    }

    /// The machine as it is now, with its present name and number.
    ///
    /// # Errors
    /// `Kind::Gone`, or what libvirt says.
    pub(crate) fn look_up(&self, uuid: Uuid, op: &'static str) -> Result<Handle<Dom>> {
        // SAFETY: the connection lives; a UUID is 16 bytes; the answer is NULL or a reference of ours.
        let handle = unsafe {
            let raw = sys::virDomainLookupByUUID(self.handle.as_ptr(), uuid.as_bytes().as_ptr());
            Handle::<Dom>::from_owned(raw)
        };
        handle.ok_or_else(|| self.error(op))
    }

    /// Notes whether the hypervisor process of a machine hangs, and tells when that is new.
    pub(crate) fn note_hang(&self, uuid: Uuid, witness: Witness, hangs: bool) {
        // Under the lock up to the end, so that news of two threads keep their order; pushing never waits.
        let mut hanging = lock(&self.hanging);
        let before = hanging.get(&uuid).copied().unwrap_or_default();
        let mut now = before;
        now[witness as usize] = hangs;
        if now == [false; 2] {
            hanging.remove(&uuid);
        } else {
            hanging.insert(uuid, now);
        }
        if before.contains(&true) != now.contains(&true) && !self.is_closing() {
            self.sink.push(HostEvent::Responding {
                key: self.key(uuid),
                responding: !hangs,
            });
        }
    }

    /// Tells again which machines hang: whoever lost news may have lost that.
    pub(crate) fn tell_hangs(&self) {
        for &uuid in lock(&self.hanging).keys() {
            self.sink.push(HostEvent::Responding {
                key: self.key(uuid),
                responding: false,
            });
        }
    }

    /// Whether the hypervisor process of a machine is known to hang: calls that ask it would, too.
    pub(crate) fn is_unresponsive(&self, uuid: Uuid) -> bool {
        lock(&self.hanging).contains_key(&uuid)
    }

    /// Replaces the kept machines by those of a fresh list.
    pub(crate) fn keep_domains(&self, domains: impl Iterator<Item = (Uuid, Handle<Dom>)>) {
        let domains: HashMap<_, _> = domains.collect();
        let old = std::mem::replace(&mut *lock(&self.domains), domains);
        drop(old);
    }

    /// Looks the machine up anew the next time.
    pub(crate) fn forget(&self, uuid: Uuid) {
        let old = lock(&self.domains).remove(&uuid);
        drop(old);
    }

    /// UUIDs of the kept machines.
    pub(crate) fn known_domains(&self) -> Vec<Uuid> {
        lock(&self.domains).keys().copied().collect()
    }

    /// Calls `call` with the machine; a negative result is an error.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub(crate) fn on_domain(
        &self,
        uuid: Uuid,
        op: &'static str,
        call: impl FnOnce(sys::virDomainPtr) -> i32,
    ) -> Result<i32> {
        let domain = self.domain(uuid, op)?;
        let result = call(domain.as_ptr());
        if result < 0 {
            let error = self.error(op);
            if error.kind == Kind::Gone {
                self.forget(uuid);
            }
            return Err(error);
        }
        Ok(result)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.release();
        let _ = self.control.send(Control::Released {
            generation: self.generation,
        });
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({}, {})", self.host, self.generation)
    }
}

/// Whether every connection to this URI makes a world of its own: the test driver on a file, inside this process.
fn is_private_world(uri: &str) -> bool {
    uri.starts_with("test:///") && uri != "test:///default"
}
