//! Ends what a cancelled job waits for in vain: a call of libvirt cannot be cancelled, and the host may be silent for ever.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::model::job::{CancelHook, Job};
use crate::virt::event_loop::Plug;

/// Time for a call that is under way, after a cancel.
const CALL: Duration = Duration::from_secs(2);
/// Time beyond that where something has to be removed: for the piece that is under way on a slow line, and the removal.
const CLEANING: Duration = Duration::from_secs(8);
/// Time for the thread to notice that its connection is gone.
const GOODBYE: Duration = Duration::from_secs(2);

/// Watches over a job, or a part of it, from its cancel to its end. Dropped when that has ended.
pub(crate) struct Fuse {
    _hook: CancelHook,
    _ended: Sender<()>,
}

impl Fuse {
    /// Pulls `plug` when the job does not end soon after a cancel, and calls `abandon` where even that does not end it.
    pub(crate) fn new(job: &Job, plug: Arc<Plug>, abandon: impl FnOnce() + Send + 'static) -> Self {
        let (ended, end) = mpsc::channel::<()>();
        let mut parts = Some((end, plug, abandon));
        let hook = job.on_cancel(move || {
            let Some((end, plug, abandon)) = parts.take() else {
                return;
            };
            let watch = move || {
                let is_late = |time| end.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
                if !is_late(CALL) || (plug.is_cleaning() && !is_late(CLEANING)) {
                    return;
                }
                tracing::info!("the host does not answer after a cancel, its connection is closed");
                plug.pull();
                if is_late(GOODBYE) {
                    abandon();
                }
            };
            if let Err(error) = thread::Builder::new().name("vireo-fuse".into()).spawn(watch) {
                tracing::warn!(%error, "a cancelled job waits for its host");
            }
        });
        Self {
            _hook: hook,
            _ended: ended,
        }
    }
}
