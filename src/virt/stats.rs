//! Load figures of one host: one bulk call a tick for all running machines, and nothing while nobody looks.
//!
//! Two threads per connection, both parked while no window shows figures. The *coordinator* keeps the time and never makes
//! a call that can hang on a guest; the *worker* makes the polls, and may be sacrificed: libvirt asks each hypervisor
//! process for most groups, and a process that is stopped holds the call for as long as it stays stopped.
//!
//! When a poll is overdue, the coordinator asks `virDomainGetControlInfo` of each running machine. libvirt answers that from
//! its own notes: a machine whose last command is unanswered for two seconds is the culprit. It goes to quarantine, that
//! is: `HostEvent::Responding` says so, it is left out of the next polls, and its control channel is looked at every two
//! seconds until it is free again. The worker that hangs is left behind, a new one polls the others. As a daemon serves five
//! requests of a client at a time, at most [`LOST_LIMIT`] workers are left behind; then only groups are polled that never
//! wait for a guest, until one comes back. A poll that is overdue with no culprit is just slow (a thin line): it is waited for.

mod call;
mod fallback;
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
use crate::model::event::HostEvent;
use crate::model::sample::{Interest, StatGroups};
use crate::virt::connection::{Connection, PollState};
use crate::virt::stats::call::Control;
use crate::virt::stats::worker::{Plan, Worker};

const OP: &str = "read statistics";
/// A poll without an answer for that long is looked into.
const PATIENCE: Duration = Duration::from_secs(3);
/// A command without an answer for that many milliseconds makes a machine a culprit.
const CULPRIT_MS: u64 = 2_000;
/// Time between two looks at a machine in quarantine.
const RECHECK: Duration = Duration::from_secs(2);
/// Longest time a machine stays in quarantine although its channel looks free.
const PENANCE_LIMIT: Duration = Duration::from_secs(60);
/// Workers that may hang in a call at a time: two of a connection's five seats stay free.
const LOST_LIMIT: usize = 3;
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
}

impl Poller {
    /// Starts the coordinator. Nothing is polled until somebody is interested (`Connection::polling`). `resync` is called
    /// every tick where the driver has no events, to read the list anew.
    pub(crate) fn start(connection: &Arc<Connection>, resync: Box<dyn Fn() + Send>) -> Self {
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
            events: info.features.events,
            balloon: info.driver.eq_ignore_ascii_case("qemu") && !info.features.read_only,
            resync,
            shared: shared.clone(),
            answers: inbox.clone(),
            worker: None,
            running: None,
            lost: 0,
            quarantine: HashMap::new(),
            relapses: HashMap::new(),
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
    since: Instant,
    /// When to look into it (again).
    look_at: Instant,
}

struct Coordinator {
    connection: Arc<Connection>,
    /// The driver tells of changes by itself.
    events: bool,
    /// Balloons may be told to report.
    balloon: bool,
    resync: Box<dyn Fn() + Send>,
    shared: Arc<Flags>,
    answers: Sender<Wake>,
    worker: Option<Worker>,
    running: Option<Running>,
    /// Workers left behind in a call.
    lost: usize,
    /// Machines that do not answer, with the earliest time of release.
    quarantine: HashMap<Uuid, Instant>,
    /// How often a machine came back to quarantine, and when it was last released.
    relapses: HashMap<Uuid, (u32, Instant)>,
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
            let wanted = wants_anything(&interest);
            let now = Instant::now();
            if self.running.is_none() && now >= self.next_tick && (wanted || !self.events) {
                if !self.events {
                    (self.resync)();
                }
                self.next_tick = now + interval;
                if wanted {
                    self.start_poll(interest, now);
                }
            }
            if self.running.as_ref().is_some_and(|running| now >= running.look_at) {
                self.look_into_overdue_poll(wanted);
            }
            if !self.quarantine.is_empty() {
                if next_look.is_none_or(|at| now >= at) {
                    self.recheck_quarantine();
                    next_look = Some(now + RECHECK);
                }
            } else {
                next_look = None;
            }

            let mut until = next_look;
            if let Some(running) = &self.running {
                until = Some(until.map_or(running.look_at, |at| at.min(running.look_at)));
            } else if wanted || !self.events {
                until = Some(until.map_or(self.next_tick, |at| at.min(self.next_tick)));
            }
            let wake = match until {
                Some(at) => match wakes.recv_timeout(at.saturating_duration_since(Instant::now())) {
                    Ok(wake) => Some(wake),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match wakes.recv() {
                    Ok(wake) => Some(wake),
                    Err(_) => return,
                },
            };
            match wake {
                Some(Wake::Answer(number, outcome)) => {
                    let late = self.finish_poll(number, outcome, interval);
                    next_look = next_look.filter(|_| !late);
                }
                Some(Wake::Changed) => {
                    let now = Instant::now();
                    let earliest = self.last_start.map_or(now, |at| at + SHORTEST);
                    self.next_tick = self.next_tick.min(earliest.max(now));
                }
                None => {}
            }
        }
    }

    /// Hands a poll to the worker.
    fn start_poll(&mut self, interest: Interest, now: Instant) {
        let mut plan = Plan {
            number: self.shared.current.load(Ordering::Acquire).wrapping_add(1),
            list: interest.list,
            focused_groups: StatGroups::ALL,
            interest,
            without: self.quarantine.keys().copied().collect(),
            balloon: self.balloon,
        };
        if self.lost >= LOST_LIMIT {
            let harmless = StatGroups {
                net: true,
                ..StatGroups::default()
            };
            plan.list = StatGroups {
                net: plan.list.net,
                ..StatGroups::default()
            };
            plan.focused_groups = harmless;
            plan.balloon = false;
        }
        if self.worker.is_none() {
            self.worker = Worker::start(Arc::clone(&self.connection), self.shared.clone(), self.answers.clone());
        }
        let number = plan.number;
        // `stopping` may have set the largest number meanwhile; it stays.
        if self.shared.current.fetch_max(number, Ordering::AcqRel) > number {
            return;
        }
        if self.worker.as_ref().is_some_and(|worker| worker.poll(plan)) {
            self.last_start = Some(now);
            self.running = Some(Running {
                number,
                since: now,
                look_at: now + PATIENCE,
            });
        } else {
            self.worker = None;
        }
    }

    /// Takes an answer in. True if it came from a worker that was left behind.
    fn finish_poll(&mut self, number: u64, outcome: worker::Outcome, interval: Duration) -> bool {
        let Some(running) = self.running.take_if(|running| running.number == number) else {
            self.lost = self.lost.saturating_sub(1);
            return true;
        };
        match outcome {
            Ok(()) => self.failures = 0,
            Err(error) => {
                self.failures += 1;
                if error.kind != Kind::Unreachable || self.failures == 1 {
                    tracing::debug!(host = %self.connection.host, code = error.code, "no statistics: {}", error.message);
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
    fn look_into_overdue_poll(&mut self, wanted: bool) {
        let culprits = match call::running(&self.connection) {
            Ok(domains) => domains
                .iter()
                .filter(|domain| matches!(call::control(domain), Ok(Control::Occupied(ms)) if ms >= CULPRIT_MS))
                .filter_map(call::uuid_of)
                .collect(),
            Err(_) => Vec::new(),
        };
        let fresh: Vec<Uuid> = culprits
            .into_iter()
            .filter(|uuid| !self.quarantine.contains_key(uuid))
            .collect();
        let Some(running) = &mut self.running else { return };
        if fresh.is_empty() {
            running.look_at = Instant::now() + PATIENCE;
            return;
        }
        tracing::warn!(host = %self.connection.host, machines = fresh.len(), "statistics hang on machines that don't answer");
        for uuid in fresh {
            self.confine(uuid);
        }
        self.worker = None;
        self.running = None;
        self.lost += 1;
        if wanted {
            self.next_tick = Instant::now();
        }
    }

    /// Puts a machine in quarantine.
    fn confine(&mut self, uuid: Uuid) {
        let now = Instant::now();
        let relapses = match self.relapses.get(&uuid) {
            Some((count, released)) if released.elapsed() < PENANCE_LIMIT => count + 1,
            _ => 0,
        };
        self.relapses.insert(uuid, (relapses, now));
        let penance = if relapses == 0 {
            Duration::ZERO
        } else {
            (RECHECK * 2_u32.saturating_pow(relapses.min(8))).min(PENANCE_LIMIT)
        };
        self.quarantine.insert(uuid, now + penance);
        self.tell(uuid, false);
    }

    /// Releases machines that answer again, are off or gone.
    fn recheck_quarantine(&mut self) {
        let now = Instant::now();
        let mut free = Vec::new();
        for (&uuid, &not_before) in &self.quarantine {
            if now < not_before {
                continue;
            }
            match self
                .connection
                .look_up(uuid, OP)
                .and_then(|domain| call::control(&domain))
            {
                Ok(Control::Occupied(_)) => {}
                Ok(Control::Free) => free.push(uuid),
                Err(error) if error.kind == Kind::Unreachable => return,
                // Off ("domain is not running") or gone.
                Err(_) => free.push(uuid),
            }
        }
        for uuid in free {
            self.quarantine.remove(&uuid);
            if let Some((_, released)) = self.relapses.get_mut(&uuid) {
                *released = now;
            }
            self.tell(uuid, true);
        }
        self.relapses
            .retain(|uuid, (_, released)| self.quarantine.contains_key(uuid) || released.elapsed() < PENANCE_LIMIT);
    }

    fn tell(&self, uuid: Uuid, responding: bool) {
        self.connection.set_unresponsive(uuid, !responding);
        if !self.shared.stopping.load(Ordering::Acquire) {
            self.connection.sink.push(HostEvent::Responding {
                key: self.connection.key(uuid),
                responding,
            });
        }
    }
}

/// Whether anything on screen shows figures.
fn wants_anything(interest: &Interest) -> bool {
    !interest.list.is_empty() || !interest.focused.is_empty()
}
