//! Where polls are made: on the session's connection, and when machines that hang hold too many of its seats, on further
//! ones.
//!
//! A daemon serves five requests of a client at a time, and each poll that hangs holds one for as long as the machine's
//! process is stopped. It also holds one of the daemon's own workers, 20 unless configured otherwise, which all its clients
//! share: so there is a limit over all connections, too.

use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::virt::connection::{Connection, Result};
use crate::virt::stats::Wake;

/// Polls that may hang on the session's own connection: the user's calls need the other seats.
const LOST_AT_HOME: usize = 2;
/// Polls that may hang on a further connection.
const LOST_ABROAD: usize = 4;
/// Polls that may hang on one host unless a test says otherwise.
pub(crate) const LOST_LIMIT: usize = 10;
/// Pause after a further connection could not be opened.
const RETRY: Duration = Duration::from_secs(30);

/// Opens another connection to the same host. Blocks.
pub(crate) type Open = Arc<dyn Fn() -> Result<Connection> + Send + Sync>;

/// Number of a post; 0 is the session's connection.
pub(super) type PostId = u32;

struct Post {
    /// Only its workers own it, so that it is closed on one of their threads.
    connection: Weak<Connection>,
    lost: usize,
}

/// All connections on which polls are made or hang.
pub(super) struct Posts {
    home: Arc<Connection>,
    open: Open,
    limit: usize,
    posts: HashMap<PostId, Post>,
    next: PostId,
    /// Polls that hang, with their posts.
    lost: HashMap<u64, PostId>,
    opening: bool,
    retry_at: Option<Instant>,
}

impl Posts {
    /// Only the session's connection; at most `limit` polls may hang.
    pub(super) fn new(home: &Arc<Connection>, open: Open, limit: usize) -> Self {
        let post = Post {
            connection: Arc::downgrade(home),
            lost: 0,
        };
        Self {
            home: Arc::clone(home),
            open,
            limit,
            posts: HashMap::from([(0, post)]),
            next: 1,
            lost: HashMap::new(),
            opening: false,
            retry_at: None,
        }
    }

    /// Where the next poll may be made, the session's connection before all others. `None`: nowhere, so it must be one
    /// that can't hang.
    pub(super) fn vacant(&mut self) -> Option<(PostId, Arc<Connection>)> {
        self.posts
            .retain(|id, post| *id == 0 || post.connection.strong_count() > 0);
        if self.lost.len() >= self.limit {
            return None;
        }
        let vacant = self.posts.iter().filter(|(id, post)| {
            let room = if **id == 0 { LOST_AT_HOME } else { LOST_ABROAD };
            post.lost < room
        });
        let (id, post) = vacant.min_by_key(|(id, _)| **id)?;
        Some((*id, post.connection.upgrade()?))
    }

    /// Begins to open a further connection, if there may be one; `Wake::Post` follows.
    pub(super) fn extend(&mut self, wakes: &Sender<Wake>) {
        let too_early = self.retry_at.is_some_and(|at| Instant::now() < at);
        if self.opening || too_early || self.lost.len() >= self.limit || !self.home.shared_world {
            return;
        }
        let (open, wakes) = (Arc::clone(&self.open), wakes.clone());
        let started = thread::Builder::new().name("stats-open".to_owned()).spawn(move || {
            // Should nobody listen any more, the connection is dropped, and so closed, here.
            let _ = wakes.send(Wake::Post(open().map(Arc::new)));
        });
        match started {
            Ok(_) => self.opening = true,
            Err(error) => tracing::error!("no thread for statistics: {error}"),
        }
    }

    /// Takes in what came of [`Posts::extend`]. The caller must give the connection to a worker.
    pub(super) fn opened(&mut self, result: Result<Arc<Connection>>) -> Option<(PostId, Arc<Connection>)> {
        self.opening = false;
        match result {
            Ok(connection) => {
                let id = self.next;
                self.next += 1;
                let post = Post {
                    connection: Arc::downgrade(&connection),
                    lost: 0,
                };
                self.posts.insert(id, post);
                tracing::info!(host = %self.home.host, "statistics go on over a further connection");
                Some((id, connection))
            }
            Err(error) => {
                tracing::warn!(host = %self.home.host, "no further connection: {}", error.message);
                self.retry_at = Some(Instant::now() + RETRY);
                None
            }
        }
    }

    /// Notes that poll `number` hangs on a post.
    pub(super) fn lose(&mut self, number: u64, post: PostId) {
        if let Some(post) = self.posts.get_mut(&post) {
            post.lost += 1;
        }
        self.lost.insert(number, post);
    }

    /// Notes that a poll that hung has come back.
    pub(super) fn regain(&mut self, number: u64) {
        if let Some(id) = self.lost.remove(&number)
            && let Some(post) = self.posts.get_mut(&id)
        {
            post.lost = post.lost.saturating_sub(1);
        }
    }
}
