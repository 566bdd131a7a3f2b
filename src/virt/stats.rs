//! Load figures of one host: one bulk call a tick for all running machines, and nothing while nobody looks.
//!
//! Two threads per connection, both parked while no window shows figures. The *coordinator* keeps the time and never makes
//! a call that can hang on a guest; the *worker* makes the polls, and may be sacrificed: libvirt asks each hypervisor
//! process for most groups, and a process that is stopped holds the call for as long as it stays stopped.
//!
//! When a poll is overdue, the coordinator asks `virDomainGetControlInfo` of each running machine. libvirt answers that from
//! its own notes: a machine whose last command is unanswered for two seconds is the culprit. It goes to quarantine, that
//! is: `HostEvent::Responding` says so, it is left out of the next polls, and its control channel is looked at every two
//! seconds until it is free again (and at once when a window shows the host again; never while none does). The worker that
//! hangs is left behind, a new one polls the others, if need be on a further connection ([`post`]). When so many hang that no
//! more can be left behind, only figures are asked for that never wait for a guest, until one comes back. A poll that is
//! overdue with no culprit is just slow (a thin line): it is waited for.

mod call;
mod fallback;
mod post;
mod quarantine;
mod record;
mod worker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::model::error::Kind;
use crate::model::sample::{Interest, StatGroups};
use crate::virt::connection::{Connection, Result};
use crate::virt::polling::PollState;
use crate::virt::stats::call::Control;
pub(crate) use crate::virt::stats::fallback::disk;
pub(crate) use crate::virt::stats::post::{LOST_LIMIT, Open};
use crate::virt::stats::post::{PostId, Posts};
use crate::virt::stats::quarantine::{Quarantine, RECHECK};
use crate::virt::stats::worker::{Plan, Worker};

const OP: &str = "read statistics";
/// A poll without an answer for that long is looked into.
const PATIENCE: Duration = Duration::from_secs(3);
/// A command without an answer for that many milliseconds makes a machine a culprit.
const CULPRIT_MS: u64 = 2_000;
/// Shortest time between two polls, however often the interest changes.
const SHORTEST: Duration = Duration::from_millis(250);
/// Longest time between two polls of a host that answers with errors.
const LONGEST: Duration = Duration::from_secs(30);

/// The statistics of one connection. Dropping it ends them: at once for everybody else, and for the threads as soon as
/// libvirt lets them. Holds no connection, so any thread may drop it.
#[derive(Debug)]
pub(crate) struct Poller {
    inbox: Sender<Wake>,
    shared: Arc<Flags>,
}

/// What coordinator and workers share.
#[derive(Debug)]
struct Flags {
    stopping: AtomicBool,
    /// The poll whose answer counts; answers of workers that were left behind are thrown away.
    current: AtomicU64,
    /// The driver has bulk statistics.
    bulk: AtomicBool,
    /// Machines (with their instance) whose balloon was told to report.
    balloons: Mutex<HashMap<Uuid, u32>>,
}

/// Why the coordinator wakes.
enum Wake {
    /// Settings changed, or the end.
    Changed,
    /// A poll came back.
    Answer(u64, worker::Outcome),
    /// A further connection is open, or can't be.
    Post(Result<Arc<Connection>>),
}

impl Poller {
    /// Starts the coordinator. Nothing is polled until somebody is interested (`Connection::polling`). `resync` is called
    /// every tick where the driver has no events, to read the list anew; `open` opens a further connection; at most
    /// `lost_limit` polls may hang.
    pub(crate) fn start(
        connection: &Arc<Connection>,
        resync: Box<dyn Fn() + Send>,
        open: Open,
        lost_limit: usize,
    ) -> Self {
        let info = connection.info();
        let shared = Arc::new(Flags {
            stopping: AtomicBool::new(false),
            current: AtomicU64::new(0),
            bulk: AtomicBool::new(info.features.bulk_stats),
            balloons: Mutex::default(),
        });
        let (inbox, wakes) = mpsc::channel();
        let coordinator = Coordinator {
            connection: Arc::clone(connection),
            posts: Posts::new(connection, open, lost_limit),
            events: info.features.events,
            balloon: info.driver.eq_ignore_ascii_case("qemu") && !info.features.read_only,
            resync,
            shared: shared.clone(),
            answers: inbox.clone(),
            worker: None,
            running: None,
            quarantine: Quarantine::default(),
            next_tick: Instant::now(),
            last_start: None,
            failures: 0,
        };
        let spawned = thread::Builder::new()
            .name("stats".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || coordinator.run(&wakes));
        if let Err(error) = spawned {
            tracing::error!("no thread for statistics: {error}");
        }
        Self { inbox, shared }
    }

    /// Tells that `Connection::polling` changed. Returns at once.
    pub(crate) fn changed(&self) {
        self.wake(Wake::Changed);
    }

    fn wake(&self, wake: Wake) {
        // The coordinator ends only when we do, or when its thread could not start.
        let _ = self.inbox.send(wake);
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        self.shared.current.store(u64::MAX, Ordering::Release);
        self.wake(Wake::Changed);
    }
}

/// A poll that runs.
struct Running {
    number: u64,
    post: PostId,
    since: Instant,
    /// When to look into it (again).
    look_at: Instant,
}

struct Coordinator {
    connection: Arc<Connection>,
    posts: Posts,
    /// The driver tells of changes by itself.
    events: bool,
    /// Balloons may be told to report.
    balloon: bool,
    resync: Box<dyn Fn() + Send>,
    shared: Arc<Flags>,
    answers: Sender<Wake>,
    /// The worker that is free, with the post it works at.
    worker: Option<(PostId, Worker)>,
    running: Option<Running>,
    quarantine: Quarantine,
    next_tick: Instant,
    last_start: Option<Instant>,
    /// Polls in a row that failed.
    failures: u32,
}

impl Coordinator {
    fn run(mut self, wakes: &Receiver<Wake>) {
        let mut next_look: Option<Instant> = None;
        loop {
            if self.shared.stopping.load(Ordering::Acquire) {
                return;
            }
            let PollState { interest, interval } = self.connection.polling.get();
            let interval = interval.max(SHORTEST);
            let shown = interest.is_shown();
            let ticks = wants_figures(&interest) || (shown && !self.events);
            let now = Instant::now();
            if shown {
                if self.running.is_none() && now >= self.next_tick && ticks {
                    self.tick(interest, interval, now);
                }
                if self.running.as_ref().is_some_and(|running| now >= running.look_at) {
                    self.look_into_overdue_poll();
                }
                if self.quarantine.is_empty() {
                    next_look = None;
                } else if next_look.is_none_or(|at| now >= at) {
                    self.quarantine.recheck(&self.connection);
                    next_look = Some(now + RECHECK);
                }
            } else {
                // Nobody sees it: the next look is due as soon as somebody does.
                next_look = None;
            }

            let poll = match &self.running {
                Some(running) => Some(running.look_at),
                None => ticks.then_some(self.next_tick),
            };
            let until = [poll, next_look].into_iter().flatten().min().filter(|_| shown);
            let wake = match until {
                Some(at) => match wakes.recv_timeout(at.saturating_duration_since(Instant::now())) {
                    Ok(wake) => wake,
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match wakes.recv() {
                    Ok(wake) => wake,
                    Err(_) => return,
                },
            };
            match wake {
                Wake::Answer(number, outcome) => {
                    let late = self.finish_poll(number, outcome, interval);
                    next_look = next_look.filter(|_| !late);
                }
                Wake::Post(result) => self.man(result),
                Wake::Changed => {
                    let now = Instant::now();
                    let earliest = self.last_start.map_or(now, |at| at + SHORTEST);
                    self.next_tick = self.next_tick.min(earliest.max(now));
                }
            }
        }
    }

    /// What is due once an interval.
    fn tick(&mut self, interest: Interest, interval: Duration, now: Instant) {
        self.next_tick = now + interval;
        if !self.events {
            (self.resync)();
        }
        if wants_figures(&interest) {
            self.start_poll(interest, now);
        }
    }

    /// Hands a poll to a worker.
    fn start_poll(&mut self, interest: Interest, now: Instant) {
        let vacant = self.posts.vacant();
        if vacant.is_none() {
            self.posts.extend(&self.answers);
        }
        let harmless = vacant.is_none();
        let (post, connection) = vacant.unwrap_or_else(|| (0, Arc::clone(&self.connection)));
        let plan = Plan {
            number: self.shared.current.load(Ordering::Acquire).wrapping_add(1),
            list: interest.list,
            focused_groups: StatGroups::ALL,
            interest,
            without: self.quarantine.machines(),
            balloon: self.balloon && !harmless,
            harmless,
        };
        if self.worker.as_ref().is_none_or(|(at, _)| *at != post) {
            let worker = Worker::start(connection, self.shared.clone(), self.answers.clone());
            self.worker = worker.map(|worker| (post, worker));
        }
        let number = plan.number;
        // `stopping` may have set the largest number meanwhile; it stays.
        if self.shared.current.fetch_max(number, Ordering::AcqRel) > number {
            return;
        }
        if self.worker.as_ref().is_some_and(|(_, worker)| worker.poll(plan)) {
            self.last_start = Some(now);
            self.running = Some(Running {
                number,
                post,
                since: now,
                look_at: now + PATIENCE,
            });
        } else {
            self.worker = None;
        }
    }

    /// Sends a worker to a further connection.
    fn man(&mut self, opened: Result<Arc<Connection>>) {
        if let Some((post, connection)) = self.posts.opened(opened) {
            let worker = Worker::start(connection, self.shared.clone(), self.answers.clone());
            self.worker = worker.map(|worker| (post, worker));
            self.next_tick = Instant::now();
        }
    }

    /// Takes an answer in. True if it came from a worker that was left behind.
    fn finish_poll(&mut self, number: u64, outcome: worker::Outcome, interval: Duration) -> bool {
        let Some(running) = self.running.take_if(|running| running.number == number) else {
            self.posts.regain(number);
            return true;
        };
        match outcome {
            Ok(()) => self.failures = 0,
            Err(error) => {
                self.failures += 1;
                if error.kind != Kind::Unreachable || self.failures == 1 {
                    tracing::debug!(host = %self.connection.host, code = error.code, "no statistics: {}", error.message);
                }
                if running.post != 0 {
                    // Perhaps only this connection is broken.
                    self.worker = None;
                }
                self.next_tick = Instant::now() + (interval * self.failures.min(16)).min(LONGEST);
                return false;
            }
        }
        // A host or line so slow that a poll takes most of the interval gets as much time to breathe.
        let took = running.since.elapsed();
        if took > interval / 2 {
            self.next_tick = self.next_tick.max(Instant::now() + took.min(LONGEST));
        }
        false
    }

    /// Finds out who holds the poll; leaves the worker behind if somebody does.
    fn look_into_overdue_poll(&mut self) {
        let running = call::running(&self.connection).unwrap_or_default();
        let culprits: Vec<Uuid> = running
            .iter()
            .filter(|domain| matches!(call::control(domain), Ok(Control::Occupied(ms)) if ms >= CULPRIT_MS))
            .filter_map(call::uuid_of)
            .filter(|uuid| !self.quarantine.holds(*uuid))
            .collect();
        if culprits.is_empty() {
            if let Some(running) = &mut self.running {
                running.look_at = Instant::now() + PATIENCE;
            }
            return;
        }
        tracing::warn!(host = %self.connection.host, machines = culprits.len(), "statistics hang on machines that don't answer");
        for uuid in culprits {
            self.quarantine.confine(&self.connection, uuid);
        }
        self.worker = None;
        if let Some(running) = self.running.take() {
            self.posts.lose(running.number, running.post);
        }
        self.next_tick = Instant::now();
    }
}

/// Whether anything on screen shows figures.
fn wants_figures(interest: &Interest) -> bool {
    !interest.list.is_empty() || !interest.focused.is_empty()
}
