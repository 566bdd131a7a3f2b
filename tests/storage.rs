//! Storage pools and volumes on a private daemon: what is made, what is brought there and taken from there.

mod support;

#[path = "storage/cloning.rs"]
mod cloning;
#[path = "storage/devices.rs"]
mod devices;
#[path = "storage/kinds.rs"]
mod kinds;
#[path = "storage/pools.rs"]
mod pools;
#[path = "storage/server.rs"]
mod server;
#[path = "storage/transfer.rs"]
mod transfer;
#[path = "storage/volumes.rs"]
mod volumes;
#[path = "storage/words.rs"]
mod words;

use std::path::{Path, PathBuf};

use support::{Answer, Daemon, Host, on_main, private_state, until};
use vireo::model::error::VirtError;
use vireo::model::job::{Job, JobWatch, Step};
use vireo::model::storage::{NewPool, NewVolume, VolumeRef};
use vireo::virt::client::{HostClient, Journal, PoolBuild};

const MIB: u64 = 1 << 20;

/// A daemon with a pool `images` in a folder of its own.
struct Storage {
    host: Host,
    daemon: Daemon,
}

impl Storage {
    fn start() -> Self {
        // The journal of the user who runs the tests is none of theirs.
        private_state();
        let daemon = Daemon::start();
        let host = Host::connect(&daemon.uri_qemu());
        let here = Self { host, daemon };
        here.make_pool("images");
        here
    }

    fn folder(&self, pool: &str) -> PathBuf {
        self.daemon.directory().join("data").join(pool)
    }

    #[track_caller]
    fn make_pool(&self, name: &str) {
        let new = NewPool {
            name: name.into(),
            kind: "dir".into(),
            target: self.folder(name).display().to_string(),
            ..NewPool::default()
        };
        let name = name.to_owned();
        let made = self.host.ask(async move |client| {
            client.define_pool(new).await?;
            client.build_pool(name.clone(), PoolBuild::Plain).await?;
            client.start_pool(name).await
        });
        made.expect("a pool in a folder");
    }

    /// Asks for something that is a job.
    fn job<T: 'static>(
        &self,
        ask: impl AsyncFnOnce(HostClient, Job) -> Result<T, VirtError> + 'static,
    ) -> (Answer<Result<T, VirtError>>, JobWatch) {
        let (job, watch) = Job::new();
        (self.host.call(async move |client| ask(client, job).await), watch)
    }

    /// The same, and waits for the answer.
    #[track_caller]
    fn done<T: 'static>(
        &self,
        ask: impl AsyncFnOnce(HostClient, Job) -> Result<T, VirtError> + 'static,
    ) -> Result<T, VirtError> {
        let (answer, _watch) = self.job(ask);
        until("the job", 120, || answer.borrow_mut().take())
    }

    fn names(&self, pool: &str) -> Vec<String> {
        let pool = pool.to_owned();
        let volumes = self.host.ask(async move |client| client.volume_names(pool).await);
        let mut names: Vec<String> = volumes.expect("a list").into_iter().map(|volume| volume.name).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn make(&self, name: &str, format: &str, capacity: u64) {
        let new = NewVolume {
            pool: "images".into(),
            name: name.into(),
            format: Some(format.into()),
            capacity,
            allocation: Some(0),
            ..NewVolume::default()
        };
        self.done(async move |client, job| client.create_volume(new, job).await)
            .expect("there is room");
    }
}

fn at(name: &str) -> VolumeRef {
    VolumeRef::new("images", name)
}

/// Bytes that never repeat, the same each time.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(count).collect()
}

/// Space that a file takes, in bytes.
fn taken(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    path.metadata().map(|about| about.blocks() * 512).expect("a file")
}

/// Whether the journal of these tests has no entry.
fn journal_is_empty() -> bool {
    Journal::of_user().leftovers().expect("the journal").is_empty()
}

/// Waits for a step of a job.
fn progressed(watch: &JobWatch, least: u64) {
    until("progress", 60, || {
        while let Ok(step) = watch.steps.try_recv() {
            if let Step::Progress(progress) = step
                && progress.done >= least
            {
                return Some(());
            }
        }
        None
    });
}
