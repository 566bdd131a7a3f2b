//! Work of minutes: save and core dump, with progress.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use async_channel::Sender;
use uuid::Uuid;

use crate::model::operation::Progress;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::session::{Crew, Session, opening, refresh};
use crate::virt::sys;

const TICK: Duration = Duration::from_millis(500);

impl Session {
    /// `virDomainManagedSave`.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub(crate) async fn save(self: &Arc<Self>, uuid: Uuid, progress: Sender<Progress>) -> Result<()> {
        self.job(uuid, "save", progress, move |connection| {
            // SAFETY: the machine lives during the call.
            connection
                .on_domain(uuid, "save", |domain| unsafe { sys::virDomainManagedSave(domain, 0) })
                .map(drop)
        })
        .await
    }

    /// `virDomainCoreDumpWithFormat`, memory only, in the format that analysis tools read everywhere.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub(crate) async fn core_dump(
        self: &Arc<Self>,
        uuid: Uuid,
        path: String,
        progress: Sender<Progress>,
    ) -> Result<()> {
        const OP: &str = "core dump";
        let path = c_string(&path, OP)?;
        self.job(uuid, OP, progress, move |connection| {
            connection
                .on_domain(uuid, OP, |domain| {
                    // SAFETY: machine and path live during the call.
                    unsafe {
                        sys::virDomainCoreDumpWithFormat(
                            domain,
                            path.as_ptr(),
                            sys::VIR_DOMAIN_CORE_DUMP_FORMAT_RAW,
                            sys::VIR_DUMP_MEMORY_ONLY,
                        )
                    }
                })
                .map(drop)
        })
        .await
    }

    async fn job(
        self: &Arc<Self>,
        uuid: Uuid,
        op: &'static str,
        progress: Sender<Progress>,
        work: impl FnOnce(&Connection) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let session = Arc::clone(self);
        self.run(Crew::Jobs, Some(uuid), op, move |connection| {
            // A job would hold a seat of the connection for minutes, so it gets a connection of its own where that
            // shows the same machines.
            let own = if connection.shared_world {
                opening::another(&session).ok()
            } else {
                None
            };
            let result = with_progress(connection, uuid, &progress, || work(own.as_ref().unwrap_or(connection)));
            refresh(connection, uuid);
            result
        })
        .await
    }
}

/// Tells the progress of a machine's job twice a second while `work` runs.
fn with_progress(
    connection: &Connection,
    uuid: Uuid,
    progress: &Sender<Progress>,
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let watch = thread::Builder::new()
            .name("vireo-progress".into())
            .spawn_scoped(scope, move || {
                while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    if let Some(step) = job_progress(connection, uuid)
                        && progress.force_send(step).is_err()
                    {
                        break;
                    }
                }
            });
        if let Err(error) = watch {
            tracing::warn!("no progress: {error}");
        }
        let result = work();
        drop(ended);
        result
    })
}

fn job_progress(connection: &Connection, uuid: Uuid) -> Option<Progress> {
    let domain = connection.domain(uuid, "read progress").ok()?;
    // SAFETY: a structure of plain numbers, for which all zero is a value.
    let mut info: sys::virDomainJobInfo = unsafe { std::mem::zeroed() };
    // SAFETY: the machine lives during the call, the place is ours.
    let result = unsafe { sys::virDomainGetJobInfo(domain.as_ptr(), &raw mut info) };
    (result == 0 && info.dataTotal > 0).then_some(Progress {
        done: info.dataProcessed,
        total: info.dataTotal,
    })
}
