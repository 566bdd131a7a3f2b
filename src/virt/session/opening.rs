//! Opening a connection on a throw-away thread: an open has no timeout and cannot be cancelled.

use std::sync::Arc;
use std::thread;

use crate::model::error::{Kind, VirtError};
use crate::model::host::{Features, HostConfig};
use crate::virt::auth::{self, Conversation};
use crate::virt::connection::{Connection, Parts, Result};
use crate::virt::event::{CloseReason, Subscriptions};
use crate::virt::session::{Control, Session};
use crate::virt::sys;

/// What is said of a host that was not heard of for as long as keepalive allows.
pub(super) const SILENT: &str = "the host stopped answering";

/// Starts attempt number `attempt`; it ends with a [`Control::Opened`]. Cancel it through the conversation.
pub(super) fn start(session: &Arc<Session>, attempt: u64) -> std::io::Result<Arc<Conversation>> {
    let conversation = session.conversation();
    let (talk, session) = (Arc::clone(&conversation), Arc::clone(session));
    thread::Builder::new().name("vireo-open".into()).spawn(move || {
        let result = open(&session, attempt, &talk);
        // Should nobody listen any more, the connection is dropped, and so closed, here.
        session.tell(Control::Opened { attempt, result });
    })?;
    Ok(conversation)
}

/// A connection of its own beside the session's, for rescues and long jobs. Blocks.
pub(super) fn another(session: &Session) -> Result<Connection> {
    let handle = auth::open(&session.address(), session.config.read_only, &session.conversation())?;
    let connection = Connection::new(handle, parts(session, 0), Features::default());
    keep_alive(&connection, &session.config);
    Ok(connection)
}

fn parts(session: &Session, generation: u64) -> Parts {
    Parts {
        host: session.config.id,
        generation,
        sink: session.sink.clone(),
        polling: Arc::clone(&session.polling),
        clock: Arc::clone(&session.clock),
        control: session.control.clone(),
        uri: session.config.uri.clone(),
    }
}

pub(super) fn keep_alive(connection: &Connection, config: &HostConfig) -> bool {
    let interval = i32::try_from(config.keepalive_interval).unwrap_or(i32::MAX);
    interval > 0 && {
        // SAFETY: the connection lives.
        unsafe { sys::virConnectSetKeepAlive(connection.handle().as_ptr(), interval, config.keepalive_count) == 0 }
    }
}

/// Opens, and makes sure that we hear of everything that happens from now on: only then a list may be asked for.
fn open(session: &Arc<Session>, attempt: u64, conversation: &Arc<Conversation>) -> Result<Arc<Connection>> {
    let config = &session.config;
    let handle = auth::open(&session.address(), config.read_only, conversation)?;
    let mut connection = Connection::new(handle, parts(session, attempt), Features::default());
    let keepalive = keep_alive(&connection, config);
    let control = session.control.clone();
    let subscriptions = Subscriptions::new(
        connection.handle(),
        config.id,
        connection.clock(),
        {
            let (changed, control) = (Arc::clone(&session.changed), session.control.clone());
            let facts = Arc::clone(connection.facts());
            session.sink.tapped(move |event| {
                facts.note(event);
                if changed.note(event) {
                    let _ = control.send(Control::Changed);
                }
            })
        },
        move |reason| {
            let _ = control.send(Control::Lost {
                generation: attempt,
                error: VirtError::own(Kind::Unreachable, "connect", close_text(reason)),
            });
        },
    );
    connection.set_features(Features {
        events: subscriptions.lifecycle(),
        keepalive,
        read_only: config.read_only,
        ..Features::default()
    });
    connection.keep(subscriptions);
    Ok(Arc::new(connection))
}

fn close_text(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Eof => "the service on the host stopped",
        CloseReason::Keepalive => SILENT,
        CloseReason::Client => "the connection was closed",
        CloseReason::Error | CloseReason::Other(_) => "the connection broke",
    }
}
