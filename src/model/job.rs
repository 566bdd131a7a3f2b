//! What long work and whoever waits for it tell each other: how far it is, and that it is to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_channel::{Receiver, Sender};

use crate::model::error::{Kind, VirtError};
use crate::model::operation::Progress;

/// How many steps may wait to be read. More are folded: only the last counts.
const WAITING: usize = 16;

type Hook = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct Stop {
    asked: AtomicBool,
    hooks: Mutex<Vec<(u64, Hook)>>,
}

/// News of a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Another stage began: what is done now, in the words of the user.
    Stage(String),
    /// How far the stage is.
    Progress(Progress),
}

/// The side of the work. Cheap to clone, any thread.
#[derive(Clone)]
pub struct Job {
    steps: Sender<Step>,
    stop: Arc<Stop>,
}

/// The side of whoever waits.
#[derive(Clone)]
pub struct JobWatch {
    /// What the job tells; ends with the job.
    pub steps: Receiver<Step>,
    stop: Arc<Stop>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for JobWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JobWatch")
    }
}

/// Takes a hook of [`Job::on_cancel`] back when dropped.
#[must_use]
pub struct CancelHook {
    id: u64,
    stop: Arc<Stop>,
}

impl Drop for CancelHook {
    fn drop(&mut self) {
        let mut hooks = self.stop.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = hooks.extract_if(.., |(id, _)| *id == self.id).collect();
        drop(hooks);
        drop(gone);
    }
}

impl Job {
    /// A job and its watch.
    #[must_use]
    pub fn new() -> (Self, JobWatch) {
        let (steps, told) = async_channel::bounded(WAITING);
        let stop = Arc::new(Stop::default());
        let watch = JobWatch {
            steps: told,
            stop: stop.clone(),
        };
        (Self { steps, stop }, watch)
    }

    /// Tells that another stage begins, in the words of the user: "Uploading debian.iso". Never blocks.
    pub fn stage(&self, what: impl Into<String>) {
        let _ = self.steps.force_send(Step::Stage(what.into()));
    }

    /// Tells how far the stage is; a total of 0 is unknown. Never blocks. Whoever calls it paces it: a few times a second.
    pub fn progress(&self, done: u64, total: u64) {
        // A stage that waits to be read must not be pushed out by progress.
        let _ = self.steps.try_send(Step::Progress(Progress { done, total }));
    }

    /// Whether it is to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.stop.asked.load(Ordering::Acquire)
    }

    /// For use between pieces of work.
    ///
    /// # Errors
    /// `Kind::Cancelled` when it is to stop.
    pub fn check(&self, op: &'static str) -> Result<(), VirtError> {
        if self.is_cancelled() {
            return Err(VirtError::own(Kind::Cancelled, op, ""));
        }
        Ok(())
    }

    /// Calls `hook` once when it is to stop, on the thread that says so (at once where that was said already), until the
    /// answer is dropped: to abort a stream, kill a program. It must not block.
    pub fn on_cancel(&self, mut hook: impl FnMut() + Send + 'static) -> CancelHook {
        static LAST: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let mut hooks = self.stop.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_cancelled() {
            drop(hooks);
            hook();
        } else {
            hooks.push((id, Box::new(hook)));
        }
        CancelHook {
            id,
            stop: self.stop.clone(),
        }
    }
}

impl JobWatch {
    /// Asks the job to stop. It ends with `Kind::Cancelled` once it has cleaned up, or well where it was quicker.
    pub fn cancel(&self) {
        let mut hooks = self.stop.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        self.stop.asked.store(true, Ordering::Release);
        let called = std::mem::take(&mut *hooks);
        drop(hooks);
        for (_, mut hook) in called {
            hook();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[test]
    fn a_cancel_reaches_work_and_hooks_once() {
        let (job, watch) = Job::new();
        let called = Arc::new(AtomicU32::new(0));
        let count = |called: &Arc<AtomicU32>| {
            let called = called.clone();
            move || {
                called.fetch_add(1, Ordering::SeqCst);
            }
        };
        let kept = job.on_cancel(count(&called));
        drop(job.on_cancel(count(&called)));
        assert!(job.check("test").is_ok());
        watch.cancel();
        watch.cancel();
        assert_eq!(job.check("test").map_err(|error| error.kind), Err(Kind::Cancelled));
        let late = job.on_cancel(count(&called));
        assert_eq!(
            called.load(Ordering::SeqCst),
            2,
            "one that was kept, and one that came late"
        );
        drop((kept, late));
    }

    #[test]
    fn a_flood_of_progress_loses_no_stage() {
        let (job, watch) = Job::new();
        job.stage("one");
        for done in 0..1000 {
            job.progress(done, 1000);
        }
        assert_eq!(watch.steps.try_recv(), Ok(Step::Stage("one".into())));
    }
}
