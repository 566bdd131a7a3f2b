//! Lanes: small crews of threads that run work in order for one machine and side by side for different ones.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

/// A piece of work; gets what all work of the lane shares.
pub(crate) type Work<C> = Box<dyn FnOnce(&Arc<C>) + Send>;

struct Entry<C> {
    key: Option<Uuid>,
    work: Work<C>,
}

struct State<C> {
    queue: VecDeque<Entry<C>>,
    /// Machines at work now, with the moment their work began.
    busy: HashMap<Uuid, Instant>,
    threads: usize,
    resting: usize,
    closed: bool,
}

struct Inner<C> {
    name: String,
    limit: usize,
    linger: Duration,
    state: Mutex<State<C>>,
    wake: Condvar,
}

/// A queue with at most `limit` threads. They start with the first work and end after `linger` without any.
///
/// Threads own a reference to the shared context while they live, so it is released on one of them, never by
/// whoever queues.
pub(crate) struct Lane<C> {
    context: Arc<C>,
    inner: Arc<Inner<C>>,
}

impl<C> Inner<C> {
    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Send + Sync + 'static> Lane<C> {
    /// A lane without threads yet. `name` shows up in the system's list of threads (15 bytes of it).
    pub(crate) fn new(name: impl Into<String>, limit: usize, linger: Duration, context: Arc<C>) -> Self {
        Self {
            context,
            inner: Arc::new(Inner {
                name: name.into(),
                limit: limit.max(1),
                linger,
                state: Mutex::new(State {
                    queue: VecDeque::new(),
                    busy: HashMap::new(),
                    threads: 0,
                    resting: 0,
                    closed: false,
                }),
                wake: Condvar::new(),
            }),
        }
    }

    /// Queues work. Work of one key runs in order and never twice at once; work without a key is free. Returns false,
    /// and drops the work here, when the lane is closed or no thread can be had.
    pub(crate) fn submit(&self, key: Option<Uuid>, work: Work<C>) -> bool {
        let mut state = self.inner.lock();
        if state.closed {
            return false;
        }
        state.queue.push_back(Entry { key, work });
        self.inner.wake.notify_one();
        // A thread that was woken still counts as resting until it runs: work beyond the first needs one of its own.
        if state.queue.len() > state.resting && state.threads < self.inner.limit {
            let (inner, context) = (Arc::clone(&self.inner), Arc::clone(&self.context));
            let started = thread::Builder::new()
                .name(self.inner.name.clone())
                .spawn(move || run(&inner, &context));
            match started {
                Ok(_) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    tracing::error!(lane = self.inner.name, "no thread can be started: {error}");
                    state.queue.pop_back();
                    return false;
                }
                Err(_) => {}
            }
        }
        true
    }

    /// Whether work for this machine runs or waits.
    pub(crate) fn is_busy(&self, key: Uuid) -> bool {
        let state = self.inner.lock();
        state.busy.contains_key(&key) || state.queue.iter().any(|entry| entry.key == Some(key))
    }

    /// Whether some machine's work has been running for longer than `limit`.
    pub(crate) fn is_stuck(&self, limit: Duration) -> bool {
        self.inner.lock().busy.values().any(|began| began.elapsed() > limit)
    }

    /// Takes no more work, drops what waits, sends the threads home. Work that runs is not interrupted.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut state = self.inner.lock();
            state.closed = true;
            std::mem::take(&mut state.queue)
        };
        self.inner.wake.notify_all();
        drop(waiting);
    }
}

impl<C> Drop for Lane<C> {
    fn drop(&mut self) {
        self.inner.lock().closed = true;
        self.inner.wake.notify_all();
    }
}

fn run<C>(inner: &Inner<C>, context: &Arc<C>) {
    let mut state = inner.lock();
    loop {
        let next = state
            .queue
            .iter()
            .position(|entry| entry.key.is_none_or(|key| !state.busy.contains_key(&key)));
        if let Some(entry) = next.and_then(|at| state.queue.remove(at)) {
            if let Some(key) = entry.key {
                state.busy.insert(key, Instant::now());
            }
            drop(state);
            if catch_unwind(AssertUnwindSafe(|| (entry.work)(context))).is_err() {
                tracing::error!(lane = inner.name, "work panicked");
            }
            state = inner.lock();
            if let Some(key) = entry.key {
                state.busy.remove(&key);
            }
            continue;
        }
        if state.closed {
            break;
        }
        state.resting += 1;
        let (guard, timeout) = inner
            .wake
            .wait_timeout(state, inner.linger)
            .unwrap_or_else(PoisonError::into_inner);
        state = guard;
        state.resting -= 1;
        if timeout.timed_out() && state.queue.is_empty() {
            break;
        }
        // Not quite idle but nothing to take: all that waits belongs to machines at work on other threads, which take
        // it up when they are done.
        if timeout.timed_out()
            && state
                .queue
                .iter()
                .all(|entry| entry.key.is_some_and(|key| state.busy.contains_key(&key)))
        {
            break;
        }
    }
    state.threads -= 1;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn lane(limit: usize) -> Lane<()> {
        Lane::new("test-lane", limit, Duration::from_millis(50), Arc::new(()))
    }

    #[test]
    fn work_of_one_machine_runs_in_order() {
        let lane = lane(3);
        let key = Uuid::new_v4();
        let (tx, rx) = mpsc::channel();
        for number in 0..100 {
            let tx = tx.clone();
            lane.submit(Some(key), Box::new(move |_| tx.send(number).unwrap()));
        }
        let got: Vec<i32> = (0..100).map(|_| rx.recv_timeout(SOON).unwrap()).collect();
        assert_eq!(got, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn stuck_machine_does_not_hold_up_another() {
        let lane = lane(2);
        let (release, stuck) = mpsc::channel::<()>();
        let (tx, rx) = mpsc::channel();
        let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
        lane.submit(Some(one), Box::new(move |_| stuck.recv().unwrap()));
        let again = tx.clone();
        lane.submit(Some(one), Box::new(move |_| again.send("one").unwrap()));
        lane.submit(Some(two), Box::new(move |_| tx.send("two").unwrap()));
        assert_eq!(rx.recv_timeout(SOON), Ok("two"));
        assert!(lane.is_busy(one));
        release.send(()).unwrap();
        assert_eq!(rx.recv_timeout(SOON), Ok("one"));
    }

    #[test]
    fn work_that_comes_at_once_after_other_work_does_not_wait_for_it() {
        for _ in 0..50 {
            let lane = Lane::new("test-lane", 2, Duration::from_secs(600), Arc::new(()));
            lane.submit(None, Box::new(|_| ()));
            let until = Instant::now() + SOON;
            while lane.inner.lock().resting == 0 {
                assert!(Instant::now() < until, "the thread does not rest");
                thread::yield_now();
            }
            let (release, stuck) = mpsc::channel::<()>();
            let (tx, rx) = mpsc::channel();
            lane.submit(Some(Uuid::new_v4()), Box::new(move |_| assert!(stuck.recv().is_err())));
            lane.submit(Some(Uuid::new_v4()), Box::new(move |_| tx.send(()).unwrap()));
            assert_eq!(rx.recv_timeout(SOON), Ok(()), "waits behind a machine that hangs");
            drop(release);
        }
    }

    #[test]
    fn never_more_at_once_than_the_limit() {
        let lane = lane(3);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (tx, rx) = mpsc::channel();
        for _ in 0..50 {
            let (now, most, tx) = (Arc::clone(&now), Arc::clone(&most), tx.clone());
            lane.submit(
                Some(Uuid::new_v4()),
                Box::new(move |_| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                    tx.send(()).unwrap();
                }),
            );
        }
        (0..50).for_each(|_| rx.recv_timeout(SOON).unwrap());
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn work_that_panics_takes_nothing_with_it() {
        let lane = lane(1);
        let key = Uuid::new_v4();
        let (tx, rx) = mpsc::channel();
        lane.submit(Some(key), Box::new(|_| panic!("on purpose")));
        lane.submit(Some(key), Box::new(move |_| tx.send(()).unwrap()));
        assert_eq!(rx.recv_timeout(SOON), Ok(()));
    }

    #[test]
    fn closed_lane_drops_what_waits_and_ends_its_threads() {
        let context = Arc::new(());
        let lane = Lane::new("test-lane", 1, Duration::from_secs(600), Arc::clone(&context));
        let (began_tx, began) = mpsc::channel();
        let (release, stuck) = mpsc::channel::<()>();
        let (tx, rx) = mpsc::channel::<()>();
        lane.submit(
            None,
            Box::new(move |_| {
                began_tx.send(()).unwrap();
                let _ = stuck.recv();
            }),
        );
        began.recv_timeout(SOON).unwrap();
        lane.submit(None, Box::new(move |_| tx.send(()).unwrap()));
        lane.close();
        assert_eq!(rx.recv_timeout(SOON), Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(!lane.submit(None, Box::new(|_| ())));
        release.send(()).unwrap();
        drop(lane);
        let until = Instant::now() + SOON;
        while Arc::strong_count(&context) > 1 {
            assert!(Instant::now() < until, "a thread still holds the context");
            thread::yield_now();
        }
    }

    #[test]
    fn idle_threads_end() {
        let context = Arc::new(());
        let lane = Lane::new("test-lane", 2, Duration::from_millis(1), Arc::clone(&context));
        let (tx, rx) = mpsc::channel();
        lane.submit(None, Box::new(move |_| tx.send(()).unwrap()));
        rx.recv_timeout(SOON).unwrap();
        let until = Instant::now() + SOON;
        while Arc::strong_count(&context) > 2 {
            assert!(Instant::now() < until, "an idle thread stays");
            thread::yield_now();
        }
    }
}
