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
use vireo::model::event::HostEvent;
use vireo::model::host::{ConnectionStatus, HostConfig};
use vireo::model::sample::DomainSample;
use vireo::virt::client::{EventLoop, HostClient, channel};

/// Runs a test on the one thread that all tests of a program share: libvirt's event loop can be installed only once.
pub fn on_main(body: fn()) {
    type Job = (fn(), mpsc::Sender<thread::Result<()>>);
    static JOBS: OnceLock<Mutex<mpsc::Sender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
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
        resume_unwind(panic);
    }
}

/// Iterates the main context until `future` completes.
///
/// # Panics
/// After `limit`.
#[track_caller]
pub fn block_on<T: 'static>(what: &str, limit: Duration, future: impl Future<Output = T> + 'static) -> T {
    let context = MainContext::default();
    let result = Rc::new(RefCell::new(None));
    let into = Rc::clone(&result);
    context.spawn_local(async move {
        let value = future.await;
        into.replace(Some(value));
    });
    super::iterate_until(&context, what, limit, || result.borrow().is_some());
    result.take().expect("a result")
}

/// A client with everything it reported.
pub struct Host {
    /// The door.
    pub client: HostClient,
    /// News in order.
    pub news: Rc<RefCell<Vec<HostEvent>>>,
}

impl Host {
    /// Connects and waits for the first list.
    #[track_caller]
    pub fn connect(uri: &str) -> Self {
        let (sink, stream) = channel();
        let (ask, _) = async_channel::unbounded();
        let news = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&news);
        stream.attach(&MainContext::default(), move |batch| into.borrow_mut().extend(batch));
        let client = HostClient::connect(HostConfig::new("test", uri), sink, ask);
        let host = Self { client, news };
        host.wait("the list", 20, 0, |event| {
            matches!(event, HostEvent::Listed { .. }).then_some(())
        });
        host
    }

    /// Number of news so far.
    pub fn seen(&self) -> usize {
        self.news.borrow().len()
    }

    /// Waits for news that come after the first `seen` ones.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, seconds: u64, seen: usize, pick: impl Fn(&HostEvent) -> Option<T>) -> T {
        let found = RefCell::new(None);
        super::iterate_until(&MainContext::default(), what, Duration::from_secs(seconds), || {
            *found.borrow_mut() = self.news.borrow().iter().skip(seen).find_map(&pick);
            found.borrow().is_some()
        });
        found.into_inner().expect("what was found")
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

    /// Disconnects and waits for the end.
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
