//! *Test*: opening a connection once. What hangs in libvirt can't be ended, so there is one attempt for each address at
//! a time, however often somebody asks.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use async_channel::{Receiver, Sender};

use crate::model::credential::CredentialQuestion;
use crate::model::error::{Kind, VirtError};
use crate::model::host::{Features, HostConfig, HostInfo};
use crate::virt::auth::{self, Answers, Conversation};
use crate::virt::bridge;
use crate::virt::connection::{Connection, Parts, Result, lock};
use crate::virt::session::{listing, opening};

/// Addresses whose attempts may hang at once: somebody tries some until one answers.
const MOST: usize = 4;

/// Attempts under way, by address. Nothing is ever sent; the other end goes with the thread.
static UNDER_WAY: LazyLock<Mutex<HashMap<String, Receiver<()>>>> = LazyLock::new(Mutex::default);

/// Opens a connection, reads the facts, closes it, on a thread of its own. When the future is dropped, the attempt is given
/// up and its result thrown away; the next one for the same address waits until its thread has ended.
///
/// # Errors
/// Why it could not be opened; `Kind::Timeout` when the host says nothing for as long as `limit`, the time not counted
/// that the user takes for answers.
pub(crate) async fn probe(
    config: HostConfig,
    questions: Sender<CredentialQuestion>,
    limit: Duration,
) -> Result<HostInfo> {
    let turn = glib::future_with_timeout(limit, turn(&config.uri))
        .await
        .unwrap_or_else(|_| Err(earlier()))?;
    let (reply, answer) = async_channel::bounded(1);
    let conversation = Arc::new(Conversation::new(
        config.id,
        &config.uri,
        questions,
        Arc::new(Answers::default()),
    ));
    // Dropping the future takes back a question that is open.
    let cancel = CancelOnDrop(Arc::clone(&conversation));
    let started = thread::Builder::new().name("vireo-probe".into()).spawn(move || {
        let _ = reply.try_send(attempt(&config, &conversation));
        drop(turn);
    });
    if let Err(error) = started {
        return Err(VirtError::own(Kind::Other, "connect", error.to_string()));
    }
    loop {
        match glib::future_with_timeout(limit, answer.recv()).await {
            Ok(result) => {
                return result.unwrap_or_else(|_| {
                    let text = "the attempt ended without an answer";
                    Err(VirtError::own(Kind::Other, "connect", text))
                });
            }
            Err(_) if cancel.0.is_asking() || cancel.0.answered().is_some_and(|at| at.elapsed() < limit) => {}
            Err(_) => {
                let text = format!("the host did not answer within {} seconds", limit.as_secs());
                return Err(VirtError::own(Kind::Timeout, "connect", text));
            }
        }
    }
}

/// Waits until no attempt for this address is under way, and takes its place.
async fn turn(uri: &str) -> Result<Sender<()>> {
    loop {
        let before = {
            let mut under_way = lock(&UNDER_WAY);
            under_way.retain(|_, over| !over.is_closed());
            match under_way.get(uri) {
                Some(over) => over.clone(),
                None if under_way.len() >= MOST => return Err(earlier()),
                None => {
                    let (turn, over) = async_channel::bounded(1);
                    under_way.insert(uri.to_owned(), over);
                    return Ok(turn);
                }
            }
        };
        let _ = before.recv().await;
    }
}

fn earlier() -> VirtError {
    VirtError::own(Kind::Timeout, "connect", "earlier attempts still wait for the host")
}

fn attempt(config: &HostConfig, conversation: &Arc<Conversation>) -> Result<HostInfo> {
    let handle = auth::open(&config.uri, config.read_only, conversation)?;
    let (control, _inbox) = mpsc::channel();
    let (sink, _stream) = bridge::channel();
    let parts = Parts {
        host: config.id,
        generation: 0,
        sink,
        polling: Arc::default(),
        clock: Arc::new(AtomicU64::new(0)),
        control,
        uri: config.uri.clone(),
    };
    let features = Features {
        read_only: config.read_only,
        ..Features::default()
    };
    let connection = Connection::new(handle, parts, features);
    opening::keep_alive(&connection, config);
    listing::read_facts(&connection);
    Ok(connection.info())
}

struct CancelOnDrop(Arc<Conversation>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        auth::cancel(&self.0);
    }
}
