//! Messages that wait for Vireo to read them.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem::{self, Discriminant};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process;
use std::rc::Rc;
use std::time::Duration;

use glib::ControlFlow;

use crate::channel;
use crate::wire::{LONGEST_MESSAGE, News};

/// Bytes that may wait. What would flood is folded, so that honest news never come near.
const MOST_WAITING: usize = 32 * 1024 * 1024;
/// News of which only the last counts are sent so often at most, in microseconds: a server that floods must not make Vireo work.
const PACE: i64 = 20_000;
/// How often a bell is heard.
const BELLS: i64 = 100_000;
/// Time that Vireo has to read the last of them.
const FAREWELL: Duration = Duration::from_secs(1);

/// Sends news in order, whenever the socket takes them. Never blocks.
#[derive(Clone)]
pub struct Outbox(Rc<Inner>);

struct Inner {
    socket: Rc<OwnedFd>,
    queue: RefCell<Queue>,
    calm: RefCell<HashMap<Kind, Calm>>,
}

/// When news of a kind were sent last, and those that came too soon after.
#[derive(Default)]
struct Calm {
    sent: i64,
    next: Option<News>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Message>,
    bytes: usize,
    watched: bool,
}

struct Message {
    bytes: Vec<u8>,
    sent: usize,
    descriptor: Option<OwnedFd>,
    kind: Option<Kind>,
}

/// News of which only the last counts: which, and of what.
type Kind = (Discriminant<News>, u64);

fn kind(news: &News) -> Option<Kind> {
    let which = match news {
        News::Cursor(_)
        | News::CursorAt { .. }
        | News::PointerMode { .. }
        | News::Locks(_)
        | News::Name(_)
        | News::Bell
        | News::Abilities(_)
        | News::ClipboardOffered
        | News::ClipboardText(_)
        | News::ClipboardWanted
        | News::ClipboardGone
        | News::UsbDevices(_) => 0,
        News::FilesProgress { id, .. } => *id,
        News::Surface { head, .. } => u64::from(*head),
        _ => return None,
    };
    let kind = match news {
        // One undoes the other.
        News::ClipboardGone => mem::discriminant(&News::ClipboardOffered),
        other => mem::discriminant(other),
    };
    Some((kind, which))
}

/// Time between two of them, for those that a server can send at will.
fn pace(news: &News) -> Option<i64> {
    match news {
        News::Bell => Some(BELLS),
        News::Cursor(_)
        | News::CursorAt { .. }
        | News::PointerMode { .. }
        | News::Locks(_)
        | News::Name(_)
        | News::Abilities(_)
        | News::ClipboardOffered
        | News::ClipboardGone
        | News::ClipboardWanted => Some(PACE),
        _ => None,
    }
}

impl Outbox {
    pub fn new(socket: Rc<OwnedFd>) -> Self {
        Self(Rc::new(Inner {
            socket,
            queue: RefCell::default(),
            calm: RefCell::default(),
        }))
    }

    /// Sends news, those that come too fast a little later: then only the last of them.
    pub fn send(&self, news: News) {
        if let (Some(pace), Some(kind)) = (pace(&news), kind(&news)) {
            let now = glib::monotonic_time();
            let mut calm = self.0.calm.borrow_mut();
            let calm = calm.entry(kind).or_default();
            let wait = calm.sent + pace - now;
            if calm.next.is_some() {
                calm.next = Some(news);
                return;
            }
            if wait > 0 {
                calm.next = Some(news);
                let outbox = self.clone();
                let wait = Duration::from_micros(wait.unsigned_abs());
                glib::timeout_add_local_once(wait, move || outbox.send_late(kind));
                return;
            }
            calm.sent = now;
        }
        self.send_now(&news, None);
    }

    fn send_late(&self, kind: Kind) {
        let mut calm = self.0.calm.borrow_mut();
        let next = calm.get_mut(&kind).and_then(|calm| {
            calm.sent = glib::monotonic_time();
            calm.next.take()
        });
        drop(calm);
        if let Some(news) = next {
            self.send_now(&news, None);
        }
    }

    /// Sends news at once, with a descriptor if there is one.
    pub fn send_now(&self, news: &News, descriptor: Option<OwnedFd>) {
        let bytes = match channel::encode(news, descriptor.is_some(), LONGEST_MESSAGE) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("vireo-display: news are left out: {error}");
                return;
            }
        };
        let kind = kind(news);
        let mut queue = self.0.queue.borrow_mut();
        if kind.is_some() {
            queue.forget(kind);
        }
        queue.bytes += bytes.len();
        queue.waiting.push_back(Message {
            bytes,
            sent: 0,
            descriptor,
            kind,
        });
        if queue.bytes > MOST_WAITING {
            eprintln!("vireo-display: nobody reads the news");
            process::abort();
        }
        if queue.watched {
            return;
        }
        queue.flush(&self.0.socket);
        if !queue.waiting.is_empty() {
            queue.watched = true;
            drop(queue);
            self.watch();
        }
    }

    fn watch(&self) {
        let inner = Rc::clone(&self.0);
        glib_unix::unix_fd_add_local(self.0.socket.as_raw_fd(), glib::IOCondition::OUT, move |_, _| {
            let mut queue = inner.queue.borrow_mut();
            queue.flush(&inner.socket);
            if queue.waiting.is_empty() {
                queue.watched = false;
                ControlFlow::Break
            } else {
                ControlFlow::Continue
            }
        });
    }

    /// Sends the last of them, waiting a moment if need be.
    pub fn finish(&self) {
        let socket = &self.0.socket;
        let patience =
            rustix::net::sockopt::set_socket_timeout(socket, rustix::net::sockopt::Timeout::Send, Some(FAREWELL));
        if patience.is_ok() && rustix::io::ioctl_fionbio(socket, false).is_ok() {
            self.0.queue.borrow_mut().flush(socket);
        }
    }
}

impl Queue {
    /// Takes out what a newer one replaces, unless some of it has gone.
    fn forget(&mut self, kind: Option<Kind>) {
        let mut freed = 0;
        self.waiting.retain(|message| {
            let old = message.kind == kind && message.sent == 0;
            freed += if old { message.bytes.len() } else { 0 };
            !old
        });
        self.bytes -= freed;
    }

    fn flush(&mut self, socket: &OwnedFd) {
        while let Some(first) = self.waiting.front_mut() {
            let descriptor = first.descriptor.as_ref().map(AsFd::as_fd);
            match channel::send_some(socket.as_fd(), &first.bytes[first.sent..], descriptor) {
                Ok(count) => {
                    first.sent += count;
                    first.descriptor = None;
                    if first.sent == first.bytes.len() {
                        self.bytes -= first.sent;
                        self.waiting.pop_front();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Vireo has gone.
                Err(_) => process::exit(0),
            }
        }
    }
}
