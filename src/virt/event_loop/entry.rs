//! One handle or timeout of libvirt: what to call, and the rules for when.

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use glib::IOCondition;

use crate::virt::sys;

/// A call that takes longer than this is worth a line in the log: it is time the window does not move.
const SLOW_CALL: Duration = Duration::from_millis(5);

type HandleCallback = unsafe extern "C" fn(c_int, c_int, c_int, *mut c_void);
type TimeoutCallback = unsafe extern "C" fn(c_int, *mut c_void);

/// What is watched.
pub(super) enum Kind {
    /// A file descriptor.
    Handle {
        /// The descriptor; libvirt's, not ours.
        fd: c_int,
        /// What to call.
        callback: HandleCallback,
    },
    /// A timer.
    Timeout {
        /// What to call.
        callback: TimeoutCallback,
    },
}

/// libvirt's pointer that its callback gets back.
struct Opaque(*mut c_void);

// SAFETY: we never look behind the pointer. libvirt registers from any thread and expects its callback and its free
// function on the loop's thread with this pointer, so it must be prepared for that itself.
unsafe impl Send for Opaque {}
// SAFETY: as above.
unsafe impl Sync for Opaque {}

/// One registration. Shared by the table and by its GLib source; the data behind `opaque` is freed by
/// [`Entry::release`], not by `Drop`, which may run on any thread.
pub(super) struct Entry {
    /// The watch or timer number.
    pub(super) id: c_int,
    /// Its name in profiles and logs.
    pub(super) name: String,
    pub(super) kind: Kind,
    opaque: Opaque,
    free: sys::virFreeCallback,
    removed: AtomicBool,
    /// Calls of the callback that have not returned; more than one when a callback runs a nested loop.
    depth: AtomicU32,
    freed: AtomicBool,
}

impl Entry {
    pub(super) fn new(id: c_int, kind: Kind, opaque: *mut c_void, free: sys::virFreeCallback) -> Self {
        let name = match kind {
            Kind::Handle { fd, .. } => format!("libvirt handle {id} (fd {fd})"),
            Kind::Timeout { .. } => format!("libvirt timeout {id}"),
        };
        Self {
            id,
            name,
            kind,
            opaque: Opaque(opaque),
            free,
            removed: AtomicBool::new(false),
            depth: AtomicU32::new(0),
            freed: AtomicBool::new(false),
        }
    }

    /// Forbids further calls. Any thread.
    pub(super) fn mark_removed(&self) {
        self.removed.store(true, Ordering::SeqCst);
    }

    /// Calls the callback unless the entry was removed; `condition` only counts for handles. Returns whether the data
    /// was freed afterwards because the entry was removed meanwhile. On the context's thread only.
    pub(super) fn dispatch(&self, condition: IOCondition) -> bool {
        if self.removed.load(Ordering::SeqCst) {
            return false;
        }
        self.depth.fetch_add(1, Ordering::SeqCst);
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| match self.kind {
            // SAFETY: registered with this pointer, and not freed: `release` waits for `depth` to fall to 0.
            Kind::Handle { fd, callback } => unsafe {
                callback(self.id, fd, events_of(condition), self.opaque.0);
            },
            // SAFETY: as above.
            Kind::Timeout { callback } => unsafe { callback(self.id, self.opaque.0) },
        }));
        let took = start.elapsed();
        if outcome.is_err() {
            tracing::error!("{} panicked", self.name);
        }
        if took > SLOW_CALL {
            tracing::warn!(ms = took.as_millis(), "{} blocked the main loop", self.name);
        }
        self.depth.fetch_sub(1, Ordering::SeqCst);
        self.removed.load(Ordering::SeqCst) && self.release()
    }

    /// Frees libvirt's data, once, if no call is in progress. On the context's thread, with no lock held and not below a
    /// callback of this entry. Returns whether it was done now.
    pub(super) fn release(&self) -> bool {
        if self.depth.load(Ordering::SeqCst) > 0 || self.freed.swap(true, Ordering::SeqCst) {
            return false;
        }
        if let Some(free) = self.free {
            // SAFETY: the pair that libvirt registered; `freed` makes this the only call, `depth` the last.
            let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { free(self.opaque.0) }));
            if outcome.is_err() {
                tracing::error!("freeing {} panicked", self.name);
            }
        }
        true
    }
}

/// `virEventHandleType` for what `poll` says. A descriptor that is not open is an error: nobody else would stop the
/// loop from spinning on it.
fn events_of(condition: IOCondition) -> c_int {
    [
        (IOCondition::IN, sys::VIR_EVENT_HANDLE_READABLE),
        (IOCondition::OUT, sys::VIR_EVENT_HANDLE_WRITABLE),
        (IOCondition::ERR | IOCondition::NVAL, sys::VIR_EVENT_HANDLE_ERROR),
        (IOCondition::HUP, sys::VIR_EVENT_HANDLE_HANGUP),
    ]
    .into_iter()
    .filter(|(bits, _)| condition.intersects(*bits))
    .fold(0, |events, (_, bit)| events | bit as c_int)
}

/// What to poll for: hang-up and errors always, because `poll` wakes for them in any case and a callback that is not
/// told would leave the loop spinning.
pub(super) fn condition_of(events: c_int) -> IOCondition {
    let mut condition = IOCondition::HUP | IOCondition::ERR | IOCondition::NVAL;
    if events & sys::VIR_EVENT_HANDLE_READABLE as c_int != 0 {
        condition |= IOCondition::IN;
    }
    if events & sys::VIR_EVENT_HANDLE_WRITABLE as c_int != 0 {
        condition |= IOCondition::OUT;
    }
    condition
}
