//! The supervisor: one thread per host that decides when to connect, and never calls libvirt itself.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::host::ConnectionStatus;
use crate::virt::auth::{self, Conversation};
use crate::virt::clock::since_start_ms;
use crate::virt::connection::{Connection, lock, unreachable};
use crate::virt::session::backoff::Backoff;
use crate::virt::session::{Control, Link, Session, follow, opening};

/// A host that doesn't answer a check in this time counts as lost: earlier than keepalive would tell.
const CHECK_LIMIT: Duration = Duration::from_millis(2500);
/// How long an orderly close may take before it goes on alone.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// The same where the ssh that the connection goes over is to be ended afterwards.
const CLOSE_LIMIT_OF_SSH: Duration = Duration::from_secs(1);
/// A connection that held this long proves the host well: the next loss begins with the shortest wait.
const PROVEN: Duration = Duration::from_secs(10);

enum Phase {
    Opening {
        attempt: u64,
        until: Instant,
        talk: Arc<Conversation>,
    },
    Waiting {
        until: Instant,
    },
    Connected {
        generation: u64,
        since: Instant,
        check: Option<Instant>,
        /// When to ask libvirt what it thinks of the connection; `None` without keepalive.
        pulse: Option<Instant>,
    },
    /// Nothing happens until somebody says so.
    Resting,
}

struct Supervisor {
    session: Arc<Session>,
    phase: Phase,
    backoff: Backoff,
    attempts: u64,
    /// Attempts given up whose threads still hang.
    hung: usize,
    was_connected: bool,
    /// When to read the machines again that others changed.
    follow_at: Option<Instant>,
    gather: Duration,
    /// When to read the list again.
    relist_at: Option<Instant>,
    listed_at: Instant,
}

/// Starts the supervisor. `over` is dropped when it ends.
pub(super) fn spawn(
    session: &Arc<Session>,
    inbox: Receiver<Control>,
    over: async_channel::Sender<()>,
) -> std::io::Result<()> {
    let session = Arc::clone(session);
    thread::Builder::new().name("vireo-host".into()).spawn(move || {
        let mut supervisor = Supervisor {
            session,
            phase: Phase::Resting,
            backoff: Backoff::default(),
            attempts: 0,
            hung: 0,
            was_connected: false,
            follow_at: None,
            gather: follow::GATHER,
            relist_at: None,
            listed_at: Instant::now(),
        };
        supervisor.open();
        supervisor.supervise(&inbox);
        supervisor.end(&inbox);
        drop(over);
    })?;
    Ok(())
}

impl Supervisor {
    fn supervise(&mut self, inbox: &Receiver<Control>) {
        loop {
            let message = match self.deadline() {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(until) => inbox.recv_timeout(until.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(Control::Disconnect) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => self.due(),
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let times = [self.phase_deadline(), self.follow_at, self.relist_at];
        times.into_iter().flatten().min()
    }

    fn due(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.follow_at) {
            self.follow_at = None;
            let machines = self.session.changed.take();
            self.gather = if machines.len() > follow::MANY {
                follow::GATHER_MANY
            } else {
                follow::GATHER
            };
            self.session.follow(machines);
        }
        if is_due(self.relist_at) {
            self.listed_at = now;
            self.session.resync();
            self.plan_relist();
        }
        if is_due(self.phase_deadline()) {
            self.timed_out();
        }
    }

    /// Only while connected and shown: nobody is woken for a host that nobody sees.
    fn plan_relist(&mut self) {
        let wanted = matches!(self.phase, Phase::Connected { .. }) && self.session.is_shown();
        self.relist_at = wanted.then(|| self.listed_at + self.session.limits.relist);
    }

    fn phase_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Opening { until, .. } | Phase::Waiting { until } => Some(until),
            Phase::Connected { check, pulse, .. } => [check, pulse].into_iter().flatten().min(),
            Phase::Resting => None,
        }
    }

    fn handle(&mut self, message: Control) {
        match message {
            Control::Opened { attempt, result } => self.opened(attempt, result),
            Control::Lost { generation, error } => {
                if matches!(self.phase, Phase::Connected { generation: now, .. } if now == generation) {
                    self.lost(error);
                }
            }
            Control::Alive { generation: answered } => {
                if let Phase::Connected { generation, check, .. } = &mut self.phase
                    && *generation == answered
                {
                    *check = None;
                }
            }
            Control::Reconnect => {
                if matches!(self.phase, Phase::Waiting { .. } | Phase::Resting) {
                    self.open();
                }
            }
            Control::CheckAlive => self.check(),
            Control::Changed => {
                self.follow_at.get_or_insert_with(|| Instant::now() + self.gather);
            }
            Control::Relist => {
                self.listed_at = Instant::now();
                self.session.resync();
                self.plan_relist();
            }
            Control::Interest => self.plan_relist(),
            Control::Released { .. } | Control::Disconnect => {}
        }
    }

    fn timed_out(&mut self) {
        match &self.phase {
            Phase::Waiting { .. } => self.open(),
            Phase::Opening { talk, .. } => {
                // While the user is thinking the host is not late, and afterwards it gets all its time.
                let limit = self.session.limits.open;
                let now = Instant::now();
                let from = if talk.is_asking() { Some(now) } else { talk.answered() };
                if let Some(later) = from.map(|from| from + limit).filter(|later| *later > now) {
                    self.extend(later);
                    return;
                }
                auth::cancel(talk);
                self.hung += 1;
                self.distrust_line();
                let seconds = self.session.limits.open.as_secs();
                let text = format!("the host did not answer within {seconds} seconds");
                let error = VirtError::own(Kind::Timeout, "connect", text);
                self.failed(error);
            }
            Phase::Connected { check, .. } if check.is_some_and(|at| at <= Instant::now()) => self.lost(silent()),
            Phase::Connected { .. } => self.feel_pulse(),
            Phase::Resting => {}
        }
    }

    fn extend(&mut self, later: Instant) {
        if let Phase::Opening { until, .. } = &mut self.phase {
            *until = later;
        }
    }

    fn open(&mut self) {
        if self.hung > 1 {
            // Two threads hang in an open already: more would only pile up. Look again later.
            self.wait(VirtError::own(
                Kind::Timeout,
                "connect",
                "earlier attempts still wait for the host",
            ));
            return;
        }
        self.attempts += 1;
        self.session.set_status(ConnectionStatus::Connecting);
        match opening::start(&self.session, self.attempts) {
            Ok(talk) => {
                self.phase = Phase::Opening {
                    attempt: self.attempts,
                    until: Instant::now() + self.session.limits.open,
                    talk,
                }
            }
            Err(error) => self.wait(VirtError::own(Kind::Other, "connect", error.to_string())),
        }
    }

    fn opened(&mut self, attempt: u64, result: Result<Arc<Connection>, VirtError>) {
        if !matches!(self.phase, Phase::Opening { attempt: now, .. } if now == attempt) {
            self.hung = self.hung.saturating_sub(1);
            if let Ok(connection) = result {
                close_aside(connection);
            }
            return;
        }
        match result {
            Ok(connection) => self.connected(attempt, connection),
            Err(error) => self.failed(error),
        }
    }

    fn connected(&mut self, generation: u64, connection: Arc<Connection>) {
        tracing::info!(uri = %self.session.config.uri, ms = since_start_ms(), "host connected");
        self.was_connected = true;
        self.phase = Phase::Connected {
            generation,
            since: Instant::now(),
            check: None,
            pulse: self.next_pulse(),
        };
        *lock(&self.session.link) = Some(Arc::new(Link::new(connection)));
        self.session.set_status(ConnectionStatus::Connected);
        super::begin(&self.session);
        self.listed_at = Instant::now();
        self.plan_relist();
    }

    fn failed(&mut self, error: VirtError) {
        tracing::info!(uri = %self.session.config.uri, code = error.code, "host not connected: {}", error.message);
        let hopeless = matches!(
            error.kind,
            Kind::AuthFailed | Kind::AuthCancelled | Kind::Denied | Kind::Invalid | Kind::Unsupported
        );
        if hopeless {
            self.phase = Phase::Resting;
            self.session.set_status(ConnectionStatus::Failed {
                error,
                retry_in_ms: None,
            });
        } else {
            self.wait(error);
        }
    }

    fn lost(&mut self, error: VirtError) {
        tracing::info!(uri = %self.session.config.uri, "host lost: {}", error.message);
        if let Phase::Connected { since, .. } = self.phase
            && since.elapsed() >= PROVEN
        {
            self.backoff.reset();
        }
        self.relist_at = None;
        self.drop_link(&error);
        if is_silence(&error) {
            self.distrust_line();
        }
        self.wait(error);
    }

    /// The host was silent: what it shares an ssh with would be, too. The next attempt logs in anew.
    fn distrust_line(&self) {
        if self.session.line.is_some() {
            let session = Arc::clone(&self.session);
            aside(move || session.retire_line());
        }
    }

    fn wait(&mut self, error: VirtError) {
        let chance = Uuid::new_v4().as_bytes()[0];
        let pause = self.backoff.next(chance);
        let retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.phase = Phase::Waiting {
            until: Instant::now() + pause,
        };
        self.session.set_status(if self.was_connected {
            ConnectionStatus::Lost { error, retry_in_ms }
        } else {
            ConnectionStatus::Failed {
                error,
                retry_in_ms: Some(retry_in_ms),
            }
        });
    }

    fn check(&mut self) {
        match &mut self.phase {
            Phase::Connected { check, .. } => {
                if check.is_none() {
                    *check = Some(Instant::now() + CHECK_LIMIT);
                    let connection = lock(&self.session.link)
                        .as_ref()
                        .map(|link| Arc::clone(&link.connection));
                    if let Some(connection) = connection {
                        aside(move || super::listing::check(connection));
                    }
                }
            }
            Phase::Waiting { .. } => self.open(),
            Phase::Opening { .. } | Phase::Resting => {}
        }
    }

    fn next_pulse(&self) -> Option<Instant> {
        let (interval, count) = (
            self.session.config.keepalive_interval,
            self.session.config.keepalive_count,
        );
        let seconds = u64::from(interval) * (u64::from(count) + 1) + 1;
        (interval > 0).then(|| Instant::now() + Duration::from_secs(seconds))
    }

    /// When keepalive fails while a thread waits in a call, libvirt 11.3 now and then closes the connection without
    /// waking that thread, and nobody is told. It does know when asked, without a word to the host.
    fn feel_pulse(&mut self) {
        let next = self.next_pulse();
        if let Phase::Connected { pulse, .. } = &mut self.phase {
            *pulse = next;
        }
        let link = lock(&self.session.link);
        let connection = link.as_ref().map(|link| Arc::clone(&link.connection));
        drop(link);
        if let Some(connection) = connection {
            aside(move || {
                if !connection.is_alive() {
                    connection.lost(silent());
                }
            });
        }
    }

    fn drop_link(&self, error: &VirtError) {
        let link = lock(&self.session.link).take();
        if let Some(link) = link {
            link.close(error);
            aside(move || {
                link.connection.release();
                drop(link);
            });
        }
    }

    /// Closes in order and waits a little for it.
    fn end(&mut self, inbox: &Receiver<Control>) {
        if let Phase::Opening { talk, .. } = &self.phase {
            auth::cancel(talk);
        }
        let closing = match self.phase {
            Phase::Connected { generation, .. } => Some(generation),
            _ => None,
        };
        self.phase = Phase::Resting;
        self.drop_link(&unreachable("connect"));
        self.session.set_status(ConnectionStatus::Disconnected);
        let limit = if self.session.line.is_some() {
            CLOSE_LIMIT_OF_SSH
        } else {
            CLOSE_LIMIT
        };
        let until = Instant::now() + limit;
        while let Some(closing) = closing {
            match inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Control::Released { generation }) if generation == closing => break,
                Ok(Control::Opened {
                    result: Ok(connection), ..
                }) => close_aside(connection),
                Ok(_) => {}
                Err(_) => {
                    tracing::warn!(uri = %self.session.config.uri, "host abandoned: it does not let go");
                    break;
                }
            }
        }
        // Not before: libvirt says goodbye over it.
        self.session.close_line();
    }
}

/// Whether a connection was lost because nothing was heard. A call that waited then has libvirt's own words for it.
fn is_silence(error: &VirtError) -> bool {
    error.message == opening::SILENT || error.message.contains("keepalive")
}

fn silent() -> VirtError {
    VirtError::own(Kind::Unreachable, "connect", opening::SILENT)
}

/// Runs what may hang on a thread of its own.
fn aside(work: impl FnOnce() + Send + 'static) {
    if let Err(error) = thread::Builder::new().name("vireo-close".into()).spawn(work) {
        tracing::error!("no thread can be started: {error}");
    }
}

fn close_aside(connection: Arc<Connection>) {
    aside(move || drop(connection));
}
