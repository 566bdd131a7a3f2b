//! The road from libvirt's callbacks to the main thread: a bounded queue that coalesces, and a drain below redraw priority.

mod fold;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use glib::MainContext;

use crate::model::event::HostEvent;
use crate::model::key::HostId;
use crate::virt::event_loop::host_priority;

/// Events that may wait, all hosts together.
const CAPACITY: usize = 65_536;

/// How long the drain may keep the main loop in one turn: a quarter of a frame.
const TURN: Duration = Duration::from_millis(4);

/// Events that are folded at a time; bounds the time for it to about a millisecond.
const FOLD: usize = 4_096;

/// Sizes of a piece that is delivered at once. Starts small, grows while delivering is quick.
const PIECE: std::ops::RangeInclusive<usize> = 16..=4_096;

/// Sees what is queued.
type Tap = Arc<dyn Fn(&HostEvent) + Send + Sync>;
/// Asks for a new list; false when nobody is there any more.
type Relist = Arc<dyn Fn() -> bool + Send + Sync>;

#[derive(Default)]
struct Queue {
    events: VecDeque<HostEvent>,
    /// Set while the receiver sleeps; taken by the first push, so a burst wakes it once.
    sleeping: Option<Waker>,
    receiver_gone: bool,
    senders_gone: bool,
    /// Who lists a host anew after an overflow.
    relist: HashMap<HostId, Relist>,
}

struct Shared {
    queue: Mutex<Queue>,
    capacity: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lives as long as any sender.
struct Sender(Arc<Shared>);

impl Drop for Sender {
    fn drop(&mut self) {
        let waker = {
            let mut queue = self.0.lock();
            queue.senders_gone = true;
            queue.sleeping.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The sending end; cheap to clone, usable from any thread and from inside libvirt's callbacks. Never blocks.
#[derive(Clone)]
pub struct EventSink {
    sender: Arc<Sender>,
    tap: Option<Tap>,
}

impl EventSink {
    /// Queues news. When the queue is full, events of the host that fills it are dropped and an [`HostEvent::Overflow`]
    /// takes their place; the session then lists anew. What a new list does not tell (how the connection stands, facts
    /// about the host, which machines respond) is kept.
    pub fn push(&self, event: HostEvent) {
        if let Some(tap) = &self.tap {
            tap(&event);
        }
        let shared = &self.sender.0;
        let (waker, relist) = {
            let mut queue = shared.lock();
            if queue.receiver_gone {
                return;
            }
            let crowd = if queue.events.len() >= shared.capacity {
                queue.make_room()
            } else {
                None
            };
            queue.events.push_back(event);
            let relist = crowd.and_then(|host| queue.relist.get(&host).cloned().map(|relist| (host, relist)));
            (queue.sleeping.take(), relist)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some((host, relist)) = relist
            && !relist()
        {
            shared.lock().relist.remove(&host);
        }
    }

    /// The same sink, whose events are also shown to `tap`: on any thread, perhaps under libvirt's locks, so it must
    /// neither wait nor call libvirt.
    pub(crate) fn tapped(&self, tap: impl Fn(&HostEvent) + Send + Sync + 'static) -> Self {
        Self {
            sender: Arc::clone(&self.sender),
            tap: Some(Arc::new(tap)),
        }
    }

    /// Has `relist` called, under the same conditions as a tap, after every overflow of `host`, until it returns false.
    /// Replaces whoever was registered before.
    pub(crate) fn on_overflow(&self, host: HostId, relist: impl Fn() -> bool + Send + Sync + 'static) {
        self.sender.0.lock().relist.insert(host, Arc::new(relist));
    }
}

impl fmt::Debug for EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventSink({} queued)", self.sender.0.lock().events.len())
    }
}

/// The receiving end, for the main thread. After it is gone pushed events are dropped.
pub struct EventStream {
    shared: Arc<Shared>,
    /// Folded and not delivered yet.
    ready: VecDeque<HostEvent>,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventStream({} ready)", self.ready.len())
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        let left = {
            let mut queue = self.shared.lock();
            queue.receiver_gone = true;
            std::mem::take(&mut queue.events)
        };
        drop(left);
    }
}

/// A new road.
#[must_use]
pub fn channel() -> (EventSink, EventStream) {
    channel_of(CAPACITY)
}

/// A road for `capacity` events (at least 2), for tests.
#[doc(hidden)]
#[must_use]
pub fn channel_of(capacity: usize) -> (EventSink, EventStream) {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        capacity: capacity.max(2),
    });
    let sink = EventSink {
        sender: Arc::new(Sender(shared.clone())),
        tap: None,
    };
    let ready = VecDeque::new();
    (sink, EventStream { shared, ready })
}

impl EventStream {
    /// Calls `deliver` on `context`'s thread, below redraw priority, with what is queued, in order: at most 4 ms of it a
    /// turn. News that later news of the same turn makes void is left out. Ends, and drops `deliver`, when the last
    /// [`EventSink`] is gone and everything has been delivered. Call it on the thread that runs `context`.
    pub fn attach(mut self, context: &MainContext, mut deliver: impl FnMut(Vec<HostEvent>) + 'static) {
        let mut piece = *PIECE.start() * 4;
        // The handle may go: dropping it leaves the task running.
        drop(context.spawn_local_with_priority(host_priority(), async move {
            while poll_fn(|task| self.poll_ready(task)).await {
                self.turn(&mut piece, &mut deliver);
                next_turn().await;
            }
        }));
    }

    /// Waits for something to deliver; false at the end.
    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<bool> {
        if !self.ready.is_empty() {
            return Poll::Ready(true);
        }
        let mut queue = self.shared.lock();
        if !queue.events.is_empty() {
            Poll::Ready(true)
        } else if queue.senders_gone {
            Poll::Ready(false)
        } else {
            queue.sleeping = Some(task.waker().clone());
            Poll::Pending
        }
    }

    /// Delivers for one turn of the loop.
    fn turn(&mut self, piece: &mut usize, deliver: &mut impl FnMut(Vec<HostEvent>)) {
        let start = Instant::now();
        loop {
            if self.ready.is_empty() {
                self.refill();
            }
            let count = self.ready.len().min(*piece);
            if count == 0 {
                return;
            }
            let begun = Instant::now();
            deliver(self.ready.drain(..count).collect());
            let took = begun.elapsed();
            if took > TURN / 2 {
                *piece = (*piece / 2).max(*PIECE.start());
            } else if took < TURN / 8 && count == *piece {
                *piece = (*piece * 2).min(*PIECE.end());
            }
            if start.elapsed() + took > TURN {
                return;
            }
        }
    }

    /// Takes the next events over and folds them.
    fn refill(&mut self) {
        let taken: Vec<HostEvent> = {
            let mut queue = self.shared.lock();
            let count = queue.events.len().min(FOLD);
            queue.events.drain(..count).collect()
        };
        self.ready = fold::fold(taken);
    }
}

impl Queue {
    /// Replaces what is queued for the host with the most events by one `Overflow`; tells which host.
    fn make_room(&mut self) -> Option<HostId> {
        let mut counts: HashMap<HostId, usize> = HashMap::new();
        for event in &self.events {
            *counts.entry(event.host()).or_default() += 1;
        }
        let (crowd, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        // From the end, so that the newest of what is kept is the one kept.
        let mut kept = HashSet::new();
        let mut left: VecDeque<HostEvent> = VecDeque::with_capacity(self.events.len());
        for event in self.events.drain(..).rev() {
            if event.host() != crowd
                || match &event {
                    HostEvent::Connection { .. } | HostEvent::HostInfo { .. } | HostEvent::Responding { .. } => {
                        kept.insert((std::mem::discriminant(&event), event.uuid()))
                    }
                    _ => false,
                }
            {
                left.push_front(event);
            }
        }
        left.push_back(HostEvent::Overflow { host: crowd });
        tracing::warn!(host = %crowd, "more news than the main thread takes: listing anew");
        self.events = left;
        Some(crowd)
    }
}

/// Gives the loop a turn: completes when the task is polled again.
async fn next_turn() {
    let mut waited = false;
    poll_fn(|task| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
