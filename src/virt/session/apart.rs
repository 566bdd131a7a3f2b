//! Work of minutes on a connection and a thread of its own, which goes on while the session's connection is lost and opened
//! anew.

use std::sync::Arc;
use std::thread;

use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::virt::connection::{Connection, Result, lock, unreachable};
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
                let result = opening::another(&session).and_then(|mut own| {
                    own.share_facts(facts);
                    let result = work(&own);
                    own.release();
                    result
                });
                if let Err(error) = &result {
                    tracing::debug!(op, code = error.code, "{}", error.message);
                }
                let _ = reply.try_send(result);
            })
            .map_err(|error| VirtError::own(Kind::Other, op, error.to_string()))?;
        answer.recv().await.unwrap_or_else(|_| Err(unreachable(op)))
    }
    /// As [`Self::apart`], for transfers: a few of a host at once, the rest wait, and a cancel ends the waiting.
    ///
    /// # Errors
    /// As [`Self::apart`]; `Kind::Cancelled` while it waits.
    pub(crate) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        job: Job,
        work: impl FnOnce(&Connection, &Job) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turns.take(&job, op).await?;
        // The work keeps it: it may go on longer than anybody waits for it.
        self.apart(op, move |connection| {
            let _turn = turn;
            work(connection, &job)
        })
        .await
    }
}
