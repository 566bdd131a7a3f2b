//! The main thread's core: store, clients, operations and settings in one place. The only one that applies news to the
//! store; windows subscribe to the resulting change sets and act through it. No widget lives here, so it runs in tests.

mod address;
mod deed;
mod deletion;
mod demand;
mod host;
mod images;
mod installation;
mod job;
mod media;
mod restart;

use std::cell::{Cell, Ref, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use glib::MainContext;

use crate::model::action::DomainAction;
use crate::model::credential::CredentialQuestion;
use crate::model::deletion::Undo;
use crate::model::error::VirtError;
use crate::model::event::HostEvent;
use crate::model::job::JobWatch;
use crate::model::key::{DomainKey, HostId};
use crate::model::operation::{Operation, OperationId};
use crate::model::settings::Settings;
use crate::model::store::{ChangeSet, Store};
use crate::model::usage::Conflict;
use crate::virt::client::{self, EventSink, HostClient};

pub use self::deletion::{Doom, Prospect};
pub use self::demand::FocusGuard;

/// What a window has to show besides the store: errors, questions, finished work.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Something asked of a machine failed.
    ActionFailed {
        /// Which machine.
        key: DomainKey,
        /// What was asked.
        action: DomainAction,
        /// Why it failed.
        error: VirtError,
    },
    /// A machine was not started: others use its images.
    InUse {
        /// Which machine.
        key: DomainKey,
        /// What was asked.
        action: DomainAction,
        /// Who uses what.
        conflicts: Vec<Conflict>,
    },
    /// A connection asks for credentials that are not stored.
    Question(CredentialQuestion),
    /// A saved host was not connected: its address runs programs or turns checks off, and was never accepted here.
    Unaccepted(HostId),
    /// Machines were deleted that can be had back.
    Deleted(Vec<Undo>),
    /// Something is to be said in passing.
    Told(String),
    /// Operations began, moved on or ended.
    Operations,
}

type Listener = Rc<dyn Fn(&Core, &ChangeSet)>;
type NoticeListener = Rc<dyn Fn(&Core, &Notice)>;
/// Looks an answer up where secrets are kept; `None` where there is nothing.
type SecretLookup = Rc<
    dyn Fn(
        CredentialQuestion,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<Vec<crate::model::credential::Secret>>>>>,
>;

/// Handle to the core; cheap to clone, main thread only.
#[derive(Clone)]
pub struct Core(Rc<Inner>);

struct Inner {
    store: RefCell<Store>,
    settings: Settings,
    clients: RefCell<HashMap<HostId, HostClient>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    notice_listeners: RefCell<Vec<(u64, NoticeListener)>>,
    last_id: Cell<u64>,
    context: MainContext,
    sink: EventSink,
    questions: async_channel::Sender<CredentialQuestion>,
    secrets: RefCell<Option<SecretLookup>>,
    received: Cell<Option<Instant>>,
    saved: RefCell<HashSet<HostId>>,
    poll_interval: Cell<Duration>,
    demand: RefCell<demand::Demand>,
    addresses: RefCell<address::Asked>,
    operations: RefCell<Vec<Operation>>,
    /// Jobs that can be asked to stop.
    jobs: RefCell<HashMap<OperationId, JobWatch>>,
    restarts: RefCell<HashMap<DomainKey, Instant>>,
    /// Machines that run with something left to do after the installation of their guest.
    installing: RefCell<HashSet<DomainKey>>,
    /// Those whose guest has restarted, while it is watched how it goes on.
    restarted: RefCell<HashMap<DomainKey, glib::JoinHandle<()>>>,
    images: RefCell<images::Images>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Core")
    }
}

/// Ends a subscription when dropped.
#[must_use]
pub struct Subscription {
    id: u64,
    core: Weak<Inner>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(core) = self.core.upgrade() {
            // What a listener held may end subscriptions of its own: dropped when nothing is borrowed.
            let ended: Vec<_> = core
                .listeners
                .borrow_mut()
                .extract_if(.., |(id, _)| *id == self.id)
                .collect();
            drop(ended);
            let ended: Vec<_> = core
                .notice_listeners
                .borrow_mut()
                .extract_if(.., |(id, _)| *id == self.id)
                .collect();
            drop(ended);
        }
    }
}

impl Core {
    /// A core without hosts, whose news arrive on the calling thread's main context.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let context = MainContext::ref_thread_default();
        let (sink, stream) = client::channel();
        let (questions, asked) = async_channel::unbounded();
        let core = Self(Rc::new(Inner {
            store: RefCell::default(),
            poll_interval: Cell::new(Duration::from_secs(u64::from(settings.poll_interval().max(1)))),
            settings,
            clients: RefCell::default(),
            listeners: RefCell::default(),
            notice_listeners: RefCell::default(),
            last_id: Cell::new(0),
            context: context.clone(),
            sink,
            questions,
            secrets: RefCell::new(None),
            received: Cell::new(None),
            saved: RefCell::default(),
            demand: RefCell::default(),
            addresses: RefCell::default(),
            operations: RefCell::default(),
            jobs: RefCell::default(),
            restarts: RefCell::default(),
            installing: RefCell::default(),
            restarted: RefCell::default(),
            images: RefCell::default(),
        }));
        let weak = Rc::downgrade(&core.0);
        stream.attach(&context, move |events| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).receive(events);
            }
        });
        core.answer_questions(asked);
        core.load_hosts();
        core
    }

    /// The store, to read. Never keep the borrow across a call into GTK.
    pub fn store(&self) -> Ref<'_, Store> {
        self.0.store.borrow()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The client of a host, if it was ever connected.
    #[must_use]
    pub fn client(&self, host: HostId) -> Option<HostClient> {
        self.0.clients.borrow().get(&host).cloned()
    }

    /// Calls `listener` after every change of the store, on the main thread, outside any borrow.
    pub fn subscribe(&self, listener: impl Fn(&Self, &ChangeSet) + 'static) -> Subscription {
        let id = self.next_id();
        self.0.listeners.borrow_mut().push((id, Rc::new(listener)));
        Subscription {
            id,
            core: Rc::downgrade(&self.0),
        }
    }

    /// Calls `listener` for every notice.
    pub fn subscribe_notices(&self, listener: impl Fn(&Self, &Notice) + 'static) -> Subscription {
        let id = self.next_id();
        self.0.notice_listeners.borrow_mut().push((id, Rc::new(listener)));
        Subscription {
            id,
            core: Rc::downgrade(&self.0),
        }
    }

    /// Sets where stored answers to credential questions are looked up before the user is asked.
    pub fn set_secret_lookup<F>(&self, lookup: impl Fn(CredentialQuestion) -> F + 'static)
    where
        F: Future<Output = Option<Vec<crate::model::credential::Secret>>> + 'static,
    {
        *self.0.secrets.borrow_mut() = Some(Rc::new(move |question| Box::pin(lookup(question))));
    }

    /// When the news that are being told to listeners arrived on the main thread; `None` outside of that.
    #[must_use]
    pub fn received_at(&self) -> Option<Instant> {
        self.0.received.get()
    }

    /// A number that no other list or subscription of this core has.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        let id = self.0.last_id.get() + 1;
        self.0.last_id.set(id);
        id
    }

    /// Takes a question that did not come from a host of ours but from a program that a connection started, like ssh.
    pub fn ask(&self, question: CredentialQuestion) {
        // Unbounded, and received for as long as the core lives.
        let _ = self.0.questions.try_send(question);
    }

    fn receive(&self, events: Vec<HostEvent>) {
        self.0.received.set(Some(Instant::now()));
        let changes = {
            let mut store = self.0.store.borrow_mut();
            store.set_clock(glib::real_time() / 1_000_000);
            store.apply_all(events)
        };
        self.publish(&changes);
        self.0.received.set(None);
    }

    /// Tells listeners, who may subscribe and unsubscribe meanwhile.
    fn publish(&self, changes: &ChangeSet) {
        if changes.is_empty() {
            return;
        }
        self.note_images(changes);
        let listeners: Vec<Listener> = self.0.listeners.borrow().iter().map(|(_, l)| l.clone()).collect();
        for listener in listeners {
            listener(self, changes);
        }
        self.after_changes(changes);
        self.go_on_restarting(changes);
        self.go_on_installing(changes);
    }

    /// Has windows show a notice.
    pub fn tell(&self, notice: Notice) {
        self.notify(&notice);
    }

    fn notify(&self, notice: &Notice) {
        let listeners: Vec<NoticeListener> = self
            .0
            .notice_listeners
            .borrow()
            .iter()
            .map(|(_, l)| l.clone())
            .collect();
        for listener in listeners {
            listener(self, notice);
        }
    }

    /// Stored secret first; asking the user is the windows' part. A question that nobody takes is cancelled by its drop.
    /// Each is looked up at its own pace: a keyring that hangs over one holds up no other.
    fn answer_questions(&self, asked: async_channel::Receiver<CredentialQuestion>) {
        let weak = Rc::downgrade(&self.0);
        let context = self.0.context.clone();
        self.0.context.spawn_local(async move {
            while let Ok(question) = asked.recv().await {
                context.spawn_local(answer(weak.clone(), question));
            }
        });
    }
}

async fn answer(core: Weak<Inner>, question: CredentialQuestion) {
    let Some(inner) = core.upgrade() else { return };
    let lookup = inner.secrets.borrow().clone();
    drop(inner);
    let stored = match lookup {
        Some(lookup) if question.attempt <= 1 => lookup(question.clone()).await,
        _ => None,
    };
    // Whoever asked may have given up meanwhile.
    if question.reply.is_closed() {
        return;
    }
    if stored.is_some() {
        // The channel holds one answer.
        let _ = question.reply.try_send(stored);
    } else if let Some(inner) = core.upgrade() {
        Core(inner).notify(&Notice::Question(question));
    }
}
