//! Who gets an event. libvirt holds a number as its opaque pointer, and the number leads here: a late event finds nothing
//! instead of freed memory, and libvirt never holds anything that could call it back.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use super::CloseReason;
use crate::model::event::{HostEvent, Seq};
use crate::model::key::HostId;
use crate::virt::bridge::EventSink;

/// Where the events of one subscription go.
pub(super) struct Target {
    pub(super) host: HostId,
    pub(super) clock: Arc<AtomicU64>,
    pub(super) sink: EventSink,
    pub(super) closed: Box<dyn Fn(CloseReason) + Send + Sync>,
}

impl Target {
    /// Numbers an event and queues it.
    pub(super) fn push(&self, event: impl FnOnce(HostId, Seq) -> HostEvent) {
        let seq = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        self.sink.push(event(self.host, seq));
    }
}

/// The subscribers of one connection.
#[derive(Default)]
pub(super) struct Hub(RwLock<Vec<Arc<Target>>>);

impl Hub {
    /// One more subscriber.
    pub(super) fn add(&self, target: &Arc<Target>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(target.clone());
    }

    /// One less. Waits for an event that is being queued; afterwards none comes.
    pub(super) fn remove(&self, target: &Arc<Target>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| !Arc::ptr_eq(other, target));
    }

    /// Calls `body`, which must not wait for anything, for each.
    pub(super) fn each(&self, body: impl FnMut(&Arc<Target>)) {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .for_each(body);
    }
}

static HUBS: LazyLock<RwLock<HashMap<usize, Arc<Hub>>>> = LazyLock::new(RwLock::default);

/// A new number for `hub`.
pub(super) fn add(hub: &Arc<Hub>) -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    HUBS.write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(id, hub.clone());
    id
}

/// Forgets a number; it may be forgotten already.
pub(super) fn remove(id: usize) {
    let hub = HUBS.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    // Outside the lock: it may be the last one, and it owns closures of the callers.
    drop(hub);
}

/// Whom the number stands for.
pub(super) fn find(opaque: *mut c_void) -> Option<Arc<Hub>> {
    HUBS.read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&opaque.addr())
        .cloned()
}

/// The number in the shape that libvirt wants. Never dereferenced.
pub(super) fn opaque(id: usize) -> *mut c_void {
    std::ptr::without_provenance_mut(id)
}
