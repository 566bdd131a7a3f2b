//! A connected host as the window sees it: a client, and the news that arrive on the main context.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use glib::MainContext;
use uuid::Uuid;
use vireo::model::credential::CredentialQuestion;
use vireo::model::domain::DomainSummary;
use vireo::model::error::Kind;
use vireo::model::event::{HostEvent, Lifecycle};
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::sample::DomainSample;
use vireo::virt::client::{EventLoop, HostClient, Limits, channel};

/// Runs a test on the one thread that all tests of a program share: libvirt's event loop can be installed only once.
pub fn on_main(body: fn()) {
    type Job = (fn(), mpsc::Sender<thread::Result<()>>);
    static JOBS: OnceLock<Mutex<mpsc::Sender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        private_state();
        thread::spawn(move || {
            let context = MainContext::default();
            let _guard = context.acquire().expect("the default context");
            EventLoop::install(&context).expect("one event loop");
            for (body, done) in inbox {
                let _ = done.send(catch_unwind(body));
            }
        });
        Mutex::new(jobs)
    });
    let (done, result) = mpsc::channel();
    jobs.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send((body, done))
        .expect("the main thread");
    if let Err(panic) = result.recv().expect("a result") {
        // What that thread prints counts as the output of the test that started it.
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        eprintln!("{}", words.unwrap_or_default());
        resume_unwind(panic);
    }
}

const STATE_PREFIX: &str = "state-";

/// Removes what test programs have left that have ended: a later one may get the number of the process again.
fn forget_states(all: &std::path::Path) {
    let own = std::process::id().to_string();
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(STATE_PREFIX);
        let lives = |process: &str| std::path::Path::new("/proc").join(process).exists();
        if process.is_some_and(|process| process == own || !lives(process)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Where this test program keeps what the user's folders for state and caches would get; removed by the next one, or with the
/// build.
pub fn private_state() -> &'static std::path::Path {
    static STATE: OnceLock<std::path::PathBuf> = OnceLock::new();
    STATE.get_or_init(|| {
        let all = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        forget_states(all);
        let place = all.join(format!("{STATE_PREFIX}{}", std::process::id()));
        // SAFETY: called before anything reads the environment on another thread; the test harness doesn't.
        unsafe {
            std::env::set_var("XDG_STATE_HOME", &place);
            std::env::set_var("XDG_CACHE_HOME", place.join("cache"));
        }
        place
    })
}

/// Iterates the main context until `ready` gives something.
///
/// # Panics
/// After so many seconds.
#[track_caller]
pub fn until<T>(what: &str, seconds: u64, mut ready: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    super::iterate_until(&MainContext::default(), what, Duration::from_secs(seconds), || {
        found = ready();
        found.is_some()
    });
    found.expect("what was found")
}

/// Iterates the main context until `future` completes.
///
/// # Panics
/// After `limit`.
#[track_caller]
pub fn block_on<T: 'static>(what: &str, limit: Duration, future: impl Future<Output = T> + 'static) -> T {
    let result = Rc::new(RefCell::new(None));
    let into = Rc::clone(&result);
    MainContext::default().spawn_local(async move {
        let value = future.await;
        into.replace(Some(value));
    });
    until(what, limit.as_secs(), || result.take())
}

/// The place where the result of a call will be; see [`Host::call`].
pub type Answer<T> = Rc<RefCell<Option<T>>>;

/// A client with everything it reported.
pub struct Host {
    /// The door.
    pub client: HostClient,
    /// News in order.
    pub news: Rc<RefCell<Vec<HostEvent>>>,
    /// What the user is asked.
    pub questions: async_channel::Receiver<CredentialQuestion>,
}

impl Host {
    /// Begins to connect.
    pub fn new(uri: &str) -> Self {
        Self::with(HostConfig::new("test", uri))
    }

    /// The same with other settings.
    pub fn with(config: HostConfig) -> Self {
        Self::within(config, Limits::default())
    }

    /// The same with other limits.
    pub fn within(config: HostConfig, limits: Limits) -> Self {
        let (sink, stream) = channel();
        let (ask, questions) = async_channel::unbounded();
        let news = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&news);
        stream.attach(&MainContext::default(), move |batch| into.borrow_mut().extend(batch));
        let client = HostClient::connect_within(config, sink, ask, limits);
        Self {
            client,
            news,
            questions,
        }
    }

    /// Connects and waits for the first list.
    #[track_caller]
    pub fn connect(uri: &str) -> Self {
        let host = Self::new(uri);
        host.listed(0);
        host
    }

    /// Asks the client something that goes on while the caller does other things.
    pub fn call<T: 'static>(&self, ask: impl AsyncFnOnce(HostClient) -> T + 'static) -> Answer<T> {
        let place = Answer::default();
        let (put, client) = (Rc::clone(&place), self.client.clone());
        MainContext::default().spawn_local(async move {
            let result = ask(client).await;
            put.replace(Some(result));
        });
        place
    }

    /// Asks the client something and waits for the answer.
    #[track_caller]
    pub fn ask<T: 'static>(&self, ask: impl AsyncFnOnce(HostClient) -> T + 'static) -> T {
        answer("a call", 60, &self.call(ask))
    }

    /// Waits for a list and returns how many machines are on it.
    #[track_caller]
    pub fn listed(&self, seen: usize) -> usize {
        self.wait("the list", 20, seen, |event| match event {
            HostEvent::Listed { domains, .. } => Some(domains.len()),
            _ => None,
        })
    }

    /// Waits for the first list.
    #[track_caller]
    pub fn list(&self) -> Vec<DomainSummary> {
        self.wait("the list", 20, 0, |event| match event {
            HostEvent::Listed { domains, .. } => Some(domains.clone()),
            _ => None,
        })
    }

    /// The one machine of this host.
    #[track_caller]
    pub fn only_machine(&self) -> Uuid {
        let list = self.list();
        assert_eq!(list.len(), 1);
        list[0].key.uuid
    }

    /// Waits until an attempt to connect has failed: why, and when the next one is due.
    #[track_caller]
    pub fn failed(&self, seconds: u64, seen: usize) -> (Kind, Option<u64>) {
        self.wait("a failure", seconds, seen, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Failed { error, retry_in_ms },
                ..
            } => Some((error.kind, *retry_in_ms)),
            _ => None,
        })
    }

    /// Waits until the connection is lost.
    #[track_caller]
    pub fn lost(&self, seconds: u64, seen: usize) {
        self.wait("the loss", seconds, seen, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Lost { .. },
                ..
            } => Some(()),
            _ => None,
        });
    }

    /// Waits for a change of this machine.
    #[track_caller]
    pub fn lifecycle(&self, uuid: Uuid, wanted: Lifecycle, seen: usize) {
        self.wait(&format!("{wanted:?}"), 20, seen, |event| match event {
            HostEvent::Lifecycle { key, change, .. } if key.uuid == uuid && *change == wanted => Some(()),
            _ => None,
        });
    }

    /// Number of news so far.
    pub fn seen(&self) -> usize {
        self.news.borrow().len()
    }

    /// Waits for news that come after the first `seen` ones.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, seconds: u64, seen: usize, pick: impl Fn(&HostEvent) -> Option<T>) -> T {
        until(what, seconds, || self.news.borrow().iter().skip(seen).find_map(&pick))
    }

    /// Waits for a sample of this machine that `fits`.
    #[track_caller]
    pub fn sample(&self, uuid: Uuid, seconds: u64, seen: usize, fits: impl Fn(&DomainSample) -> bool) -> DomainSample {
        self.wait("a sample", seconds, seen, |event| match event {
            HostEvent::Samples { samples, .. } => samples
                .iter()
                .find(|sample| sample.uuid == uuid && fits(sample))
                .cloned(),
            _ => None,
        })
    }

    /// Waits until the machine is said to answer or not.
    #[track_caller]
    pub fn responding(&self, uuid: Uuid, answer: bool, seconds: u64, seen: usize) {
        self.wait("news of its hypervisor process", seconds, seen, |event| match event {
            HostEvent::Responding { key, responding } if key.uuid == uuid && *responding == answer => Some(()),
            _ => None,
        });
    }

    /// Disconnects and waits until its threads have closed the connection.
    #[track_caller]
    pub fn end(self) {
        self.client.disconnect();
        let client = self.client.clone();
        block_on("the end", Duration::from_secs(20), async move { client.closed().await });
        assert_eq!(self.client.status(), ConnectionStatus::Disconnected);
    }

    /// Disconnects and waits until that is told.
    #[track_caller]
    pub fn close(self) {
        self.client.disconnect();
        self.wait("the end", 5, 0, |event| match event {
            HostEvent::Connection {
                status: ConnectionStatus::Disconnected,
                ..
            } => Some(()),
            _ => None,
        });
    }
}

/// Waits for the result of a call.
#[track_caller]
pub fn answer<T>(what: &str, seconds: u64, place: &Answer<T>) -> T {
    until(what, seconds, || place.take())
}
