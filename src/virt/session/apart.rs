//! Work of minutes on a connection and a thread of its own, which goes on while the session's connection is lost and opened
//! anew.

use std::sync::Arc;
use std::thread;

use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::virt::connection::{Connection, Result, lock, unreachable};
use crate::virt::event_loop::Plug;
use crate::virt::session::fuse::Fuse;
use crate::virt::session::{Crew, Session, opening};

impl Session {
    /// Runs `work` on a connection of its own: it takes no seat of the session's, and neither waits for the other's calls. Where
    /// another connection would see other machines (the test driver), it is a job of the session's. The work goes on when
    /// the future is dropped: it ends itself after a cancel.
    ///
    /// # Errors
    /// Those of `work`; `Kind::Unreachable` while there is no connection.
    pub(crate) async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.on_its_own(op, None, work).await
    }

    async fn on_its_own<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        job: Option<Job>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (is_shared, facts) = {
            let link = lock(&self.link);
            let connection = &link.as_ref().ok_or_else(|| unreachable(op))?.connection;
            (connection.shared_world, Arc::clone(connection.facts()))
        };
        if !is_shared {
            return self.run(Crew::Jobs, None, op, move |connection| work(connection)).await;
        }
        let session = Arc::clone(self);
        let (reply, answer) = async_channel::bounded(1);
        thread::Builder::new()
            .name("vireo-apart".into())
            .spawn(move || {
                let plug = Arc::new(Plug::default());
                let fuse = job.map(|job| {
                    let reply = reply.clone();
                    let abandon = move || drop(reply.try_send(Err(VirtError::own(Kind::Cancelled, op, ""))));
                    Fuse::new(&job, Arc::clone(&plug), abandon)
                });
                let result = plug.of(|| opening::another(&session)).and_then(|mut own| {
                    own.share_facts(facts);
                    own.set_plug(Arc::clone(&plug));
                    let result = work(&own);
                    own.release();
                    plug.release();
                    result
                });
                drop(fuse);
                // What was said is that the line broke, and we broke it.
                let result = result.map_err(|error| match error.kind {
                    Kind::Unreachable if plug.is_pulled() && error.domain != 0 => {
                        VirtError::own(Kind::Cancelled, op, "")
                    }
                    _ => error,
                });
                if let Err(error) = &result {
                    tracing::debug!(op, code = error.code, "{}", error.message);
                }
                let _ = reply.try_send(result);
            })
            .map_err(|error| VirtError::own(Kind::Other, op, error.to_string()))?;
        answer.recv().await.unwrap_or_else(|_| Err(unreachable(op)))
    }

    /// As [`Self::apart`], for transfers: a few of a host at once, the rest wait, and a cancel ends the waiting, also that for
    /// a host that is silent.
    ///
    /// # Errors
    /// As [`Self::apart`]; `Kind::Cancelled` while it waits.
    pub(crate) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        job: Job,
        work: impl FnOnce(&Connection, &Job) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.in_turn_after(op, job, async { Ok(()) }, work).await
    }

    /// The same, where it is still allowed when it is its turn.
    ///
    /// # Errors
    /// Those of `allowed`, and as [`Self::in_turn`].
    pub(crate) async fn in_turn_after<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        job: Job,
        allowed: impl Future<Output = Result<()>>,
        work: impl FnOnce(&Connection, &Job) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turns.take(&job, op).await?;
        allowed.await?;
        // The work keeps it: it may go on longer than anybody waits for it.
        self.on_its_own(op, Some(job.clone()), move |connection| {
            let _turn = turn;
            work(connection, &job)
        })
        .await
    }
}
