//! Force off: what has to work when nothing else does.

use std::sync::Arc;
use std::thread;

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, Result, lock, unreachable};
use crate::virt::domain;
use crate::virt::session::{Session, opening};

const OP: &str = "force off";

impl Session {
    /// `virDomainDestroy` on a thread of its own; on a connection of its own when this one has calls that hang, because
    /// a daemon serves but few calls at a time on each.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub(crate) async fn force_off(self: &Arc<Self>, uuid: Uuid) -> Result<()> {
        let (reply, answer) = async_channel::bounded(1);
        let refuse = reply.clone();
        let session = Arc::clone(self);
        {
            let link = lock(&self.link);
            let link = link.as_ref().ok_or_else(|| unreachable(OP))?;
            let congested = link.is_congested(uuid);
            let call = link
                .connection
                .expect(Box::new(move |error| {
                    let _ = refuse.try_send(Err(error));
                }))
                .ok_or_else(|| unreachable(OP))?;
            let connection = Arc::clone(&link.connection);
            let started = thread::Builder::new().name("vireo-rescue".into()).spawn(move || {
                let _ = reply.try_send(session.destroy(&connection, uuid, congested));
                // The number belongs to this connection: on a later one it is somebody else's.
                connection.answered(call);
            });
            if let Err(error) = started {
                link.connection.answered(call);
                return Err(VirtError::own(Kind::Other, OP, error.to_string()));
            }
        }
        answer.recv().await.unwrap_or_else(|_| Err(unreachable(OP)))
    }

    fn destroy(&self, connection: &Connection, uuid: Uuid, congested: bool) -> Result<()> {
        if congested && connection.shared_world {
            tracing::info!(%uuid, "forcing off over a second connection");
            match opening::another(self) {
                Ok(other) => return domain::destroy(&other, uuid),
                Err(error) => tracing::warn!("no second connection: {}", error.message),
            }
        }
        domain::destroy(connection, uuid)
    }
}
