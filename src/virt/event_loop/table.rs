//! The registered handles and timeouts, and their GLib sources.

use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use glib::{ControlFlow, IOCondition, MainContext, Priority, Source};

use super::entry::{Entry, Kind, condition_of};
use super::gate::Gate;
use super::host_priority;
use crate::virt::sys;

/// An interval of a timeout.
fn milliseconds(interval: c_int) -> Duration {
    Duration::from_millis(interval.unsigned_abs().into())
}

/// Numbers of one kind of entry; watches and timers are counted apart, as libvirt's own loop does.
#[derive(Default)]
struct Slots {
    last_id: c_int,
    live: HashMap<c_int, Slot>,
}

struct Slot {
    entry: Arc<Entry>,
    /// None while disabled, except for a handle with a gate.
    source: Option<Source>,
    /// Where a handle is watched.
    gate: Option<Gate>,
    /// When a timeout is due, and when its source fires next: earlier, if the timeout was put off meanwhile.
    due: Option<(Instant, Instant)>,
    /// Events of a handle, interval of a timeout.
    setting: c_int,
}

#[derive(Default)]
struct State {
    handles: Slots,
    timeouts: Slots,
    /// Added and not yet freed.
    outstanding: usize,
    waiting: Vec<Waker>,
}

struct Inner {
    context: MainContext,
    state: Mutex<State>,
}

/// The handles and timeouts of a loop on one context. Methods may be called from any thread; callbacks and free functions
/// run on the context's thread, never under the lock. Public for tests, which use it without libvirt.
#[doc(hidden)]
#[derive(Clone)]
pub struct Table(Arc<Inner>);

impl Table {
    /// An empty table on `context`.
    #[must_use]
    pub fn new(context: &MainContext) -> Self {
        Self(Arc::new(Inner {
            context: context.clone(),
            state: Mutex::default(),
        }))
    }

    /// Watches `fd` for `events` (`virEventHandleType`; 0 registers without watching). Returns the watch number, or −1
    /// for a descriptor that is not open or a missing callback.
    ///
    /// # Safety
    /// `callback` and `free` must be callable with `opaque` on the context's thread until `free` has been called.
    pub unsafe fn add_handle(
        &self,
        fd: c_int,
        events: c_int,
        callback: sys::virEventHandleCallback,
        opaque: *mut c_void,
        free: sys::virFreeCallback,
    ) -> c_int {
        let Some(callback) = callback else { return -1 };
        // SAFETY: asks for flags only; any number is allowed.
        if fd < 0 || unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            return -1;
        }
        let kind = Kind::Handle { fd, callback };
        self.add(|state| &mut state.handles, kind, events, opaque, free)
    }

    /// Calls back every `interval_ms` milliseconds; 0: on every turn of the loop; −1: registers without calling. Returns
    /// the timer number, or −1 for a missing callback.
    ///
    /// # Safety
    /// As [`Table::add_handle`].
    pub unsafe fn add_timeout(
        &self,
        interval_ms: c_int,
        callback: sys::virEventTimeoutCallback,
        opaque: *mut c_void,
        free: sys::virFreeCallback,
    ) -> c_int {
        let Some(callback) = callback else { return -1 };
        let kind = Kind::Timeout { callback };
        self.add(|state| &mut state.timeouts, kind, interval_ms, opaque, free)
    }

    /// Changes the events of a handle; 0 stops watching. Unknown and removed numbers are ignored.
    pub fn update_handle(&self, watch: c_int, events: c_int) {
        let mut state = self.lock();
        let Some(slot) = state.handles.live.get_mut(&watch) else {
            return;
        };
        // Each synchronous call of libvirt does this twice; usually nothing changes.
        if condition_of(slot.setting) != condition_of(events) || (slot.setting == 0) != (events == 0) {
            let was = std::mem::replace(&mut slot.setting, events);
            self.arm(slot, was);
        }
    }

    /// Changes the interval of a timeout and starts it anew. Unknown and removed numbers are ignored.
    pub fn update_timeout(&self, timer: c_int, interval_ms: c_int) {
        let mut state = self.lock();
        let Some(slot) = state.timeouts.live.get_mut(&timer) else {
            return;
        };
        let was = std::mem::replace(&mut slot.setting, interval_ms);
        // A positive interval counts from now on, even if it is the same.
        if interval_ms > 0 {
            let end = Instant::now() + milliseconds(interval_ms);
            // Keepalive puts its timer off with each message that comes: the source finds out when it fires.
            match &mut slot.due {
                Some((due, fires)) if *fires <= end => *due = end,
                _ => self.arm(slot, was),
            }
        } else if was != interval_ms {
            self.arm(slot, was);
        }
    }

    /// Removes a handle; its data is freed soon after on the context's thread. Returns −1 for an unknown number.
    pub fn remove_handle(&self, watch: c_int) -> c_int {
        self.remove(|state| &mut state.handles, watch)
    }

    /// Removes a timeout; as [`Table::remove_handle`].
    pub fn remove_timeout(&self, timer: c_int) -> c_int {
        self.remove(|state| &mut state.timeouts, timer)
    }

    /// Entries that are registered, or removed and not freed yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.lock().outstanding
    }

    /// Completes when [`Table::pending`] is 0.
    pub async fn drained(&self) {
        poll_fn(|task| {
            let mut state = self.lock();
            if state.outstanding == 0 {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(task.waker())) {
                state.waiting.push(task.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Lets the next numbers of both kinds follow `id`, to try what happens at the end of the range.
    pub fn set_last_id(&self, id: c_int) {
        let mut state = self.lock();
        state.handles.last_id = id;
        state.timeouts.last_id = id;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(
        &self,
        slots: impl Fn(&mut State) -> &mut Slots,
        kind: Kind,
        setting: c_int,
        opaque: *mut c_void,
        free: sys::virFreeCallback,
    ) -> c_int {
        let mut state = self.lock();
        let id = slots(&mut state).next_id();
        let mut slot = Slot {
            entry: Arc::new(Entry::new(id, kind, opaque, free)),
            source: None,
            gate: None,
            due: None,
            setting,
        };
        self.arm(&mut slot, 0);
        slots(&mut state).live.insert(id, slot);
        state.outstanding += 1;
        id
    }

    fn remove(&self, slots: impl Fn(&mut State) -> &mut Slots, id: c_int) -> c_int {
        let Some(slot) = slots(&mut self.lock()).live.remove(&id) else {
            return -1;
        };
        slot.entry.mark_removed();
        if let Some(source) = slot.source {
            source.destroy();
        }
        // libvirt holds locks while it removes, so its free function has to wait for a clean stack. At high priority:
        // whatever keeps the loop busy must not keep dead data.
        let (table, entry) = (self.clone(), slot.entry);
        let reaper = glib::source::idle_source_new(Some("libvirt reaper"), Priority::HIGH, move || {
            if entry.release() {
                table.freed();
            }
            ControlFlow::Break
        });
        reaper.attach(Some(&self.0.context));
        0
    }

    /// Makes a slot follow its setting; `was` is the one before.
    fn arm(&self, slot: &mut Slot, was: c_int) {
        if let Kind::Handle { fd, .. } = slot.entry.kind
            && self.arm_gate(slot, fd, was)
        {
            return;
        }
        if let Some(source) = slot.source.take() {
            source.destroy();
        }
        slot.due = None;
        let call = self.call(slot);
        let name = Some(slot.entry.name.as_str());
        let source = match (&slot.entry.kind, slot.setting) {
            (Kind::Handle { .. }, 0) => return,
            (Kind::Handle { fd, .. }, events) => {
                glib_unix::fd_source_new(*fd, condition_of(events), name, host_priority(), move |_, condition| {
                    call(condition)
                })
            }
            (Kind::Timeout { .. }, ..=-1) => return,
            (Kind::Timeout { .. }, 0) => {
                glib::source::idle_source_new(name, host_priority(), move || call(IOCondition::empty()))
            }
            (Kind::Timeout { .. }, interval) => {
                return self.fire_at(slot, milliseconds(interval));
            }
        };
        source.attach(Some(&self.0.context));
        slot.source = Some(source);
    }

    /// Gives a timeout that is due after `wait` a source that fires then.
    fn fire_at(&self, slot: &mut Slot, wait: Duration) {
        if let Some(source) = slot.source.take() {
            source.destroy();
        }
        let (table, entry) = (self.clone(), slot.entry.clone());
        let name = Some(slot.entry.name.as_str());
        // Keepalive must not be late because frames are drawn, and it is rare.
        let source = glib::source::timeout_source_new(wait, name, Priority::DEFAULT, move || {
            if table.is_due(&entry) && entry.dispatch(IOCondition::empty()) {
                table.freed();
            }
            ControlFlow::Break
        });
        source.attach(Some(&self.0.context));
        slot.source = Some(source);
        let end = Instant::now() + wait;
        slot.due = Some((end, end));
    }

    /// Whether a timeout whose source fires is due, and not put off. Sees to it that it fires again.
    fn is_due(&self, entry: &Arc<Entry>) -> bool {
        /// GLib counts in milliseconds.
        const GRAIN: Duration = Duration::from_millis(1);
        let mut state = self.lock();
        let Some(slot) = state.timeouts.live.get_mut(&entry.id) else {
            return false;
        };
        let Some((due, _)) = slot.due.filter(|_| Arc::ptr_eq(&slot.entry, entry)) else {
            return false;
        };
        let left = due.saturating_duration_since(Instant::now());
        let is_due = left < GRAIN;
        self.fire_at(slot, if is_due { milliseconds(slot.setting) } else { left });
        is_due
    }

    /// Changes what the gate of a handle watches for; makes it with the first thing to watch for. False when the
    /// descriptor can't be watched so: then it gets a source of its own, which also tells of a closed one.
    fn arm_gate(&self, slot: &mut Slot, fd: c_int, was: c_int) -> bool {
        let wanted = |events: c_int| (events != 0).then(|| condition_of(events));
        if let Some(gate) = &slot.gate {
            if gate.set(wanted(was), wanted(slot.setting)).is_ok() {
                return true;
            }
            slot.gate = None;
            return false;
        }
        if slot.source.is_some() || slot.setting == 0 {
            return false;
        }
        let Ok(gate) = Gate::new(fd) else { return false };
        if gate.set(None, wanted(slot.setting)).is_err() {
            return false;
        }
        let (call, watched) = (self.call(slot), gate.clone());
        let name = Some(slot.entry.name.as_str());
        let source = glib_unix::fd_source_new(gate.as_raw_fd(), IOCondition::IN, name, host_priority(), move |_, _| {
            watched.ready().map_or(ControlFlow::Continue, &call)
        });
        source.attach(Some(&self.0.context));
        slot.source = Some(source);
        slot.gate = Some(gate);
        true
    }

    /// What the source of a slot does.
    fn call(&self, slot: &Slot) -> impl Fn(IOCondition) -> ControlFlow + Send + use<> {
        let (table, entry) = (self.clone(), slot.entry.clone());
        move |condition| {
            if entry.dispatch(condition) {
                table.freed();
            }
            ControlFlow::Continue
        }
    }

    /// Counts one free and wakes who waits for the last.
    fn freed(&self) {
        let woken = {
            let mut state = self.lock();
            state.outstanding = state.outstanding.saturating_sub(1);
            if state.outstanding > 0 {
                return;
            }
            std::mem::take(&mut state.waiting)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Table")
            .field("handles", &state.handles.live.len())
            .field("timeouts", &state.timeouts.live.len())
            .field("outstanding", &state.outstanding)
            .finish()
    }
}

impl Slots {
    /// A positive number that no live entry has.
    fn next_id(&mut self) -> c_int {
        loop {
            self.last_id = self.last_id.checked_add(1).filter(|id| *id > 0).unwrap_or(1);
            if !self.live.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }
}
