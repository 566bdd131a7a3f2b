//! The session of one host: what its threads share, and the way in for calls.
//!
//! A *supervisor* decides and never calls libvirt, so it always answers; connections are opened, used and closed on other
//! threads, any of which may hang for as long as the host likes.

mod apart;
mod backoff;
pub(crate) mod details;
mod follow;
pub(crate) mod fuse;
mod jobs;
pub(crate) mod listing;
mod opening;
mod probe;
mod rescue;
mod states;
mod supervisor;
mod turn;

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use crate::model::credential::CredentialQuestion;
use crate::model::error::{Kind, VirtError};
use crate::model::event::HostEvent;
use crate::model::host::{ConnectionStatus, HostConfig};
use crate::virt::auth::{Answers, Conversation};
use crate::virt::bridge::EventSink;
use crate::virt::connection::{Connection, Result, lock, unreachable};
use crate::virt::lane::Lane;
use crate::virt::polling::{PollState, Polling};
use crate::virt::session::details::Details;
use crate::virt::ssh::Line;
use crate::virt::stats::{self, Poller};

pub(crate) use listing::refresh;
pub(crate) use probe::probe;

/// Actions about different machines at once. With the queries and the statistics it stays near what a daemon takes
/// from one client (`max_client_requests` is 5; beyond that it stops reading, keepalive messages included).
const ACTIONS: usize = 2;
const QUERIES: usize = 2;
const JOBS: usize = 3;
/// A picture of a screen takes long where a guest hangs; that must not hold up a question.
const PICTURES: usize = 2;
/// How long threads without work stay.
const LINGER: Duration = Duration::from_secs(5);
/// A call that takes longer may be stuck on a guest.
pub(crate) const STUCK: Duration = Duration::from_secs(3);

/// How long things may take; others than the usual ones are for tests.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// An attempt to connect that takes longer is given up.
    pub open: Duration,
    /// The list is read anew that often while a window shows the host: no event tells of a changed autostart or of a
    /// saved image that somebody discards.
    pub relist: Duration,
    /// Polls for load figures that may hang on one host, each on a machine whose process does.
    pub lost_polls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open: Duration::from_secs(30),
            relist: Duration::from_secs(60),
            lost_polls: stats::LOST_LIMIT,
        }
    }
}

/// News for the supervisor.
pub(crate) enum Control {
    /// An attempt to open has ended.
    Opened {
        /// Which one.
        attempt: u64,
        /// How.
        result: Result<Arc<Connection>>,
    },
    /// A connection is lost.
    Lost {
        /// Which one.
        generation: u64,
        /// Why.
        error: VirtError,
    },
    /// A connection answered a check.
    Alive {
        /// Which one.
        generation: u64,
    },
    /// A connection has been closed.
    Released {
        /// Which one.
        generation: u64,
    },
    /// Try now.
    Reconnect,
    /// Check whether the host still answers.
    CheckAlive,
    /// Somebody else changed machines in ways that no event tells.
    Changed,
    /// News were lost: read the list.
    Relist,
    /// A window began or ceased to show the host.
    Interest,
    /// Close and end.
    Disconnect,
}

/// Which crew does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crew {
    /// Changes that the user asked for.
    Actions,
    /// Questions.
    Queries,
    /// Work of minutes.
    Jobs,
    /// Pictures of screens.
    Pictures,
}

/// An open connection with its threads.
pub(crate) struct Link {
    pub(crate) connection: Arc<Connection>,
    actions: Lane<Connection>,
    queries: Lane<Connection>,
    jobs: Lane<Connection>,
    pictures: Lane<Connection>,
    details: Details,
    stats: Mutex<Option<Poller>>,
    listing: Arc<AtomicBool>,
}

impl Link {
    fn new(connection: Arc<Connection>) -> Self {
        let lane = |name: &str, limit| Lane::new(name, limit, LINGER, Arc::clone(&connection));
        Self {
            actions: lane("vireo-action", ACTIONS),
            queries: lane("vireo-query", QUERIES),
            jobs: lane("vireo-job", JOBS),
            pictures: lane("vireo-picture", PICTURES),
            details: Details::default(),
            stats: Mutex::default(),
            listing: Arc::default(),
            connection,
        }
    }

    fn lane(&self, crew: Crew) -> &Lane<Connection> {
        match crew {
            Crew::Actions => &self.actions,
            Crew::Queries => &self.queries,
            Crew::Jobs => &self.jobs,
            Crew::Pictures => &self.pictures,
        }
    }

    /// Whether an ordinary call about this machine might have to wait.
    fn is_congested(&self, uuid: Uuid) -> bool {
        self.actions.is_busy(uuid)
            || self.actions.is_stuck(STUCK)
            || self.queries.is_stuck(STUCK)
            || self.details.is_stuck()
    }

    /// Ends everything that can be ended without libvirt.
    fn close(&self, error: &VirtError) {
        self.connection.give_up(error);
        for crew in [Crew::Actions, Crew::Queries, Crew::Jobs, Crew::Pictures] {
            self.lane(crew).close();
        }
        self.details.close();
        let stats = lock(&self.stats).take();
        drop(stats);
    }
}

/// What the threads of a host share.
pub(crate) struct Session {
    pub(crate) config: Arc<HostConfig>,
    pub(crate) sink: EventSink,
    pub(crate) polling: Arc<Polling>,
    clock: Arc<AtomicU64>,
    questions: async_channel::Sender<CredentialQuestion>,
    answers: Arc<Answers>,
    control: Sender<Control>,
    status: Mutex<ConnectionStatus>,
    link: Mutex<Option<Arc<Link>>>,
    wanted: Mutex<Vec<Uuid>>,
    /// The ssh that leads to the host, if one does.
    pub(crate) line: Option<Arc<Line>>,
    changed: Arc<follow::Changed>,
    limits: Limits,
    over: async_channel::Receiver<()>,
    turns: turn::Turns,
}

impl Session {
    /// Starts the supervisor of a host.
    pub(crate) fn start(
        config: HostConfig,
        sink: EventSink,
        questions: async_channel::Sender<CredentialQuestion>,
        limits: Limits,
    ) -> Arc<Self> {
        let (control, inbox) = mpsc::channel();
        let relist = control.clone();
        sink.on_overflow(config.id, move || relist.send(Control::Relist).is_ok());
        let (over_sender, over) = async_channel::bounded(1);
        let line = Line::new(&config.uri).map(Arc::new);
        let session = Arc::new(Self {
            config: Arc::new(config),
            sink,
            polling: Arc::default(),
            clock: Arc::default(),
            questions,
            answers: Arc::default(),
            control,
            status: Mutex::default(),
            link: Mutex::default(),
            wanted: Mutex::default(),
            line,
            changed: Arc::default(),
            limits,
            over,
            turns: turn::Turns::default(),
        });
        session.set_status(ConnectionStatus::Connecting);
        if let Err(error) = supervisor::spawn(&session, inbox, over_sender) {
            session.set_status(ConnectionStatus::Failed {
                error: VirtError::own(Kind::Other, "connect", error.to_string()),
                retry_in_ms: None,
            });
        }
        session
    }

    /// How the connection stands.
    pub(crate) fn status(&self) -> ConnectionStatus {
        lock(&self.status).clone()
    }

    fn set_status(&self, status: ConnectionStatus) {
        *lock(&self.status) = status.clone();
        self.sink.push(HostEvent::Connection {
            host: self.config.id,
            status,
        });
    }

    /// Tells the supervisor something.
    pub(crate) fn tell(&self, control: Control) {
        let _ = self.control.send(control);
    }

    /// Completes when the supervisor has ended.
    pub(crate) async fn closed(&self) {
        // Nothing is ever sent; the other end is dropped.
        let _ = self.over.recv().await;
    }

    /// Whether the supervisor has ended: nothing is begun any more.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_closed()
    }

    /// The address that libvirt is to open: that of the host, with an ssh that all its connections share. May wait a moment.
    fn address(&self) -> String {
        match &self.line {
            Some(line) => line.address(&self.config.uri),
            None => self.config.uri.clone(),
        }
    }

    /// Gives the shared ssh up. Waits a moment if it hangs.
    fn retire_line(&self) {
        if let Some(line) = &self.line {
            line.retire();
        }
    }

    /// As [`Session::retire_line`], for good.
    fn close_line(&self) {
        if let Some(line) = &self.line {
            line.close();
        }
    }

    /// The questions and answers of an attempt to connect.
    pub(crate) fn conversation(&self) -> Arc<Conversation> {
        Arc::new(Conversation::new(
            self.config.id,
            &self.config.uri,
            self.questions.clone(),
            Arc::clone(&self.answers),
        ))
    }

    /// Runs `work` on a thread of the host. Work of one machine (`key`) on one crew runs in order. When the future is
    /// dropped, work that has not begun never does, and the result of work that has is thrown away.
    ///
    /// # Errors
    /// Those of `work`; `Kind::Unreachable` while there is no connection or when it is lost meanwhile.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        crew: Crew,
        key: Option<Uuid>,
        op: &'static str,
        work: impl FnOnce(&Arc<Connection>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = async_channel::bounded(1);
        {
            let link = lock(&self.link);
            let link = link.as_ref().ok_or_else(|| unreachable(op))?;
            let refuse = reply.clone();
            let call = link
                .connection
                .expect(Box::new(move |error| {
                    let _ = refuse.try_send(Err(VirtError { op, ..error }));
                }))
                .ok_or_else(|| unreachable(op))?;
            let queued = link.lane(crew).submit(
                key,
                Box::new(move |connection| {
                    if !reply.is_closed() {
                        let result = work(connection);
                        if let Err(error) = &result {
                            tracing::debug!(op, code = error.code, "{}", error.message);
                        }
                        let _ = reply.try_send(result);
                    }
                    connection.answered(call);
                }),
            );
            if !queued {
                link.connection.answered(call);
                return Err(unreachable(op));
            }
        }
        answer.recv().await.unwrap_or_else(|_| Err(unreachable(op)))
    }

    /// Queues work that nobody waits for.
    fn post(&self, work: impl FnOnce(&Arc<Connection>) + Send + 'static) {
        if let Some(link) = lock(&self.link).as_ref() {
            link.queries.submit(None, Box::new(work));
        }
    }

    /// Changes what is polled.
    pub(crate) fn change_polling(&self, change: impl FnOnce(&mut PollState)) {
        let shown = self.is_shown();
        self.polling.update(change);
        if self.is_shown() != shown {
            self.tell(Control::Interest);
        }
        if let Some(link) = lock(&self.link).as_ref()
            && let Some(stats) = lock(&link.stats).as_ref()
        {
            stats.changed();
        }
    }

    /// Whether a window shows the host.
    fn is_shown(&self) -> bool {
        self.polling.get().interest.is_shown()
    }

    /// Begins to poll load figures, as far as somebody is interested.
    fn start_stats(self: &Arc<Self>, connection: &Arc<Connection>) {
        let link = lock(&self.link).clone();
        let Some(link) = link.filter(|link| Arc::ptr_eq(&link.connection, connection)) else {
            return;
        };
        let session = Arc::downgrade(self);
        let resync = move || {
            if let Some(session) = session.upgrade() {
                session.resync();
            }
        };
        let session = Arc::downgrade(self);
        let open = move || match session.upgrade() {
            Some(session) => opening::another(&session),
            None => Err(unreachable("connect")),
        };
        let mut stats = lock(&link.stats);
        if stats.is_none() && !connection.is_closing() {
            let limit = self.limits.lost_polls;
            *stats = Some(Poller::start(connection, Box::new(resync), Arc::new(open), limit));
        }
    }

    /// Reads the whole list anew; several requests before it begins are one.
    pub(crate) fn resync(self: &Arc<Self>) {
        let Some(flag) = lock(&self.link).as_ref().map(|link| Arc::clone(&link.listing)) else {
            return;
        };
        if flag.swap(true, std::sync::atomic::Ordering::SeqCst) {
            return;
        }
        self.post(move |connection| {
            flag.store(false, std::sync::atomic::Ordering::SeqCst);
            listing::repopulate(connection);
        });
    }

    /// Reads definitions soon; see [`crate::virt::client::HostClient::request_details`].
    pub(crate) fn request_details(&self, uuids: Vec<Uuid>) {
        lock(&self.wanted).clone_from(&uuids);
        if let Some(link) = lock(&self.link).as_ref() {
            link.details.ask(&link.connection, uuids);
        }
    }
}

/// What follows as soon as a connection is open.
fn begin(session: &Arc<Session>) {
    let later = Arc::clone(session);
    session.post(move |connection| {
        if let Some(untold) = listing::populate(connection) {
            let wanted = lock(&later.wanted).clone();
            if let Some(link) = lock(&later.link).as_ref() {
                link.details.ask(&link.connection, wanted);
            }
            listing::tell_reasons(connection, untold);
            listing::complete(connection);
            later.start_stats(connection);
        }
    });
}
