//! Subscriptions to a host's events: values that deregister when dropped.

mod registry;
mod trampoline;

use std::collections::HashMap;
use std::ffi::c_int;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use crate::model::key::HostId;
use crate::virt::bridge::EventSink;
use crate::virt::error::last_error;
use crate::virt::handle::{Connect, Handle};
use crate::virt::sys;

use registry::{Hub, Target};

/// Why a connection ended: `virConnectCloseReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// An error of the transport.
    Error,
    /// The daemon went away.
    Eof,
    /// The peer did not answer keepalive messages.
    Keepalive,
    /// We asked for it.
    Client,
    /// A reason of a newer libvirt.
    Other(i32),
}

impl CloseReason {
    fn from_raw(raw: i32) -> Self {
        match raw {
            0 => Self::Error,
            1 => Self::Eof,
            2 => Self::Keepalive,
            3 => Self::Client,
            other => Self::Other(other),
        }
    }
}

/// A kind of event, by libvirt's number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    /// `virDomainEventID`
    Domain(c_int),
    /// `virNetworkEventID`
    Network(c_int),
    /// `virStoragePoolEventID`
    Pool(c_int),
    /// `virNodeDeviceEventID`
    Device(c_int),
    /// `virSecretEventID`
    Secret(c_int),
}

/// Machine lifecycle.
const LIFECYCLE: Topic = Topic::Domain(0);

/// The other kinds, those that change what the list shows first. The second of a pair tells the same with less and is
/// only for drivers without the first.
const TOPICS: [(Topic, Option<Topic>); 31] = {
    use Topic::{Device, Domain, Network, Pool, Secret};
    [
        (Domain(23), None),            // metadata
        (Domain(6), Some(Domain(4))),  // I/O error, with the reason
        (Domain(1), None),             // reboot
        (Domain(7), None),             // control error
        (Domain(11), None),            // wake-up
        (Domain(12), None),            // suspend to memory
        (Domain(14), None),            // suspend to disk
        (Domain(13), None),            // balloon
        (Domain(18), None),            // agent
        (Domain(21), None),            // job completed
        (Domain(16), Some(Domain(8))), // block job, by target
        (Domain(19), None),            // device added
        (Domain(15), None),            // device removed
        (Domain(22), None),            // device removal failed
        (Domain(9), None),             // disk change
        (Domain(10), None),            // tray
        (Domain(3), None),             // watchdog
        (Domain(2), None),             // clock
        (Domain(5), None),             // graphics
        (Domain(17), None),            // tunable
        (Domain(20), None),            // migration iteration
        (Domain(24), None),            // block threshold
        (Domain(25), None),            // memory failure
        (Domain(26), None),            // memory device size
        (Network(0), None),            // lifecycle
        (Pool(0), None),               // lifecycle
        (Pool(1), None),               // refresh
        (Device(0), None),             // lifecycle
        (Device(1), None),             // update
        (Secret(0), None),             // lifecycle
        (Secret(1), None),             // value changed
    ]
};

/// One kind of event that is registered.
struct Registration {
    topic: Topic,
    /// libvirt's number, to deregister.
    callback_id: c_int,
    /// Our number, that libvirt holds as opaque pointer.
    target: usize,
}

/// One subscriber to the events of a connection. Holds a reference to it: drop it (before the last handle of the connection)
/// on a thread of the session only. Several may live on one connection; each hears everything, and each goes alone. The
/// last to go deregisters: one round trip for each event id, none on a connection that is lost.
pub(crate) struct Subscriptions {
    shared: Arc<Shared>,
    target: Arc<Target>,
}

/// What is registered on one connection, for all its subscribers: libvirt takes the same callback for the same connection
/// and event only once.
struct Shared {
    connection: Handle<Connect>,
    hub: Arc<Hub>,
    progress: Mutex<Progress>,
}

/// How far registration has come.
#[derive(Default)]
struct Progress {
    registrations: Vec<Registration>,
    /// Our number for the close callback.
    close: Option<usize>,
    close_tried: bool,
    lifecycle: bool,
    /// Index of the next of [`TOPICS`].
    next: usize,
    missing: Vec<Topic>,
}

/// The connections with subscribers, by address; an entry's connection lives as long as the entry can be upgraded.
static SHARED: LazyLock<Mutex<HashMap<usize, Weak<Shared>>>> = LazyLock::new(Mutex::default);

/// Registers everything: [`Subscriptions::new`], then [`Subscriptions::add_next`] until nothing is left. Some 33 round
/// trips on a remote connection; on a slow one call the two steps apart and list the machines between them.
#[cfg(test)]
pub(crate) fn subscribe_all(
    connection: &Handle<Connect>,
    host: HostId,
    clock: Arc<AtomicU64>,
    sink: EventSink,
    closed: impl Fn(CloseReason) + Send + Sync + 'static,
) -> Subscriptions {
    let mut subscriptions = Subscriptions::new(connection, host, clock, sink, closed);
    while subscriptions.add_next() {}
    subscriptions
}

impl Subscriptions {
    /// Registers what must be in place before the first listing: machine lifecycle, one round trip. Each event takes the next number of `clock` as its [`crate::model::event::Seq`] and goes to `sink`.
    ///
    /// `closed` runs on any thread, perhaps inside a libvirt call and under its locks: it may do no more than send to a
    /// channel without blocking. It must hold no handle of libvirt.
    pub(crate) fn new(
        connection: &Handle<Connect>,
        host: HostId,
        clock: Arc<AtomicU64>,
        sink: EventSink,
        closed: impl Fn(CloseReason) + Send + Sync + 'static,
    ) -> Self {
        let target = Arc::new(Target {
            host,
            clock,
            sink,
            closed: Box::new(closed),
        });
        let shared = Shared::of(connection);
        shared.hub.add(&target);
        shared.begin();
        Self { shared, target }
    }

    /// Registers one more kind of event, the close callback first: one round trip. Returns false when all have been tried.
    /// What the driver does not support is noted and left out.
    pub(crate) fn add_next(&mut self) -> bool {
        let mut progress = self.shared.progress();
        if !std::mem::replace(&mut progress.close_tried, true) {
            progress.close = self.shared.register_close();
            return true;
        }
        let Some((topic, lesser)) = TOPICS.get(progress.next).copied() else {
            return false;
        };
        progress.next += 1;
        if !self.shared.register(&mut progress, topic)
            && let Some(lesser) = lesser
        {
            self.shared.register(&mut progress, lesser);
        }
        if progress.next < TOPICS.len() {
            return true;
        }
        if !progress.missing.is_empty() {
            tracing::debug!(host = %self.target.host, missing = ?progress.missing, "some events are not supported");
        }
        false
    }

    /// Whether machine lifecycle events arrive; otherwise the list has to be polled.
    pub(crate) fn lifecycle(&self) -> bool {
        self.shared.progress().lifecycle
    }
}

impl Shared {
    /// What is registered on `connection`, or will be.
    fn of(connection: &Handle<Connect>) -> Arc<Self> {
        let mut all = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = all.entry(connection.as_ptr().addr()).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let shared = Arc::new(Self {
                connection: connection.clone(),
                hub: Arc::default(),
                progress: Mutex::default(),
            });
            *entry = Arc::downgrade(&shared);
            shared
        })
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers what comes before everything else, if it is not registered.
    fn begin(&self) {
        let mut progress = self.progress();
        if !progress.lifecycle {
            progress.lifecycle = self.register(&mut progress, LIFECYCLE);
        }
    }

    /// `virConnect…EventRegisterAny`
    fn register(&self, progress: &mut Progress, topic: Topic) -> bool {
        let target = registry::add(&self.hub);
        let (conn, opaque) = (self.connection.as_ptr(), registry::opaque(target));
        let free: sys::virFreeCallback = Some(trampoline::free);
        let all = std::ptr::null_mut::<std::ffi::c_void>();
        // SAFETY: the connection lives; null stands for all objects; each callback has the signature of its event id (see
        // `trampoline`); the opaque pointer is a number that nobody dereferences.
        let callback_id = unsafe {
            match topic {
                Topic::Domain(id) => {
                    sys::virConnectDomainEventRegisterAny(conn, all.cast(), id, trampoline::domain(id), opaque, free)
                }
                Topic::Network(id) => {
                    sys::virConnectNetworkEventRegisterAny(conn, all.cast(), id, trampoline::network(id), opaque, free)
                }
                Topic::Pool(id) => {
                    sys::virConnectStoragePoolEventRegisterAny(conn, all.cast(), id, trampoline::pool(id), opaque, free)
                }
                Topic::Device(id) => sys::virConnectNodeDeviceEventRegisterAny(
                    conn,
                    all.cast(),
                    id,
                    trampoline::device(id),
                    opaque,
                    free,
                ),
                Topic::Secret(id) => {
                    sys::virConnectSecretEventRegisterAny(conn, all.cast(), id, trampoline::secret(id), opaque, free)
                }
            }
        };
        if callback_id < 0 {
            // libvirt frees nothing after a failure.
            registry::remove(target);
            progress.missing.push(topic);
            return false;
        }
        progress.registrations.push(Registration {
            topic,
            callback_id,
            target,
        });
        true
    }

    /// `virConnectRegisterCloseCallback`
    fn register_close(&self) -> Option<usize> {
        let target = registry::add(&self.hub);
        // SAFETY: the connection lives; the opaque pointer is a number that nobody dereferences.
        let result = unsafe {
            sys::virConnectRegisterCloseCallback(
                self.connection.as_ptr(),
                Some(trampoline::closed),
                registry::opaque(target),
                Some(trampoline::free),
            )
        };
        if result == 0 {
            return Some(target);
        }
        registry::remove(target);
        tracing::debug!("{}", last_error("register close callback").message);
        None
    }
}

impl Registration {
    /// `virConnect…EventDeregisterAny`
    fn deregister(&self, connection: &Handle<Connect>) -> bool {
        let (conn, id) = (connection.as_ptr(), self.callback_id);
        // SAFETY: the connection lives, the number came from it.
        let result = unsafe {
            match self.topic {
                Topic::Domain(_) => sys::virConnectDomainEventDeregisterAny(conn, id),
                Topic::Network(_) => sys::virConnectNetworkEventDeregisterAny(conn, id),
                Topic::Pool(_) => sys::virConnectStoragePoolEventDeregisterAny(conn, id),
                Topic::Device(_) => sys::virConnectNodeDeviceEventDeregisterAny(conn, id),
                Topic::Secret(_) => sys::virConnectSecretEventDeregisterAny(conn, id),
            }
        };
        result >= 0
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        // Silent from here on, whatever is on its way in libvirt.
        self.shared.hub.remove(&self.target);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        SHARED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, shared| shared.strong_count() > 0);
        let progress = self.progress.get_mut().unwrap_or_else(PoisonError::into_inner);
        for registration in &progress.registrations {
            if !registration.deregister(&self.connection) {
                tracing::debug!(topic = ?registration.topic, "could not deregister");
            }
            // libvirt has done so unless it failed.
            registry::remove(registration.target);
        }
        if let Some(close) = progress.close {
            // SAFETY: the connection lives, and the callback is the one registered by us.
            let result =
                unsafe { sys::virConnectUnregisterCloseCallback(self.connection.as_ptr(), Some(trampoline::closed)) };
            if result < 0 {
                tracing::debug!("could not unregister the close callback");
            }
            registry::remove(close);
        }
    }
}

impl fmt::Debug for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = self.shared.progress();
        f.debug_struct("Subscriptions")
            .field("host", &self.target.host)
            .field("registered", &progress.registrations.len())
            .field("missing", &progress.missing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
