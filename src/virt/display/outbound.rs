//! The way to a helper: requests go at once if the socket takes them; what it does not take waits here, and the display's
//! thread sends it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::model::display::wire::{LONGEST_MESSAGE, Request};
use crate::virt::display::channel;

/// Bytes that may wait: a helper that takes nothing is stuck.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// Time after which a helper that takes nothing is stuck.
const PATIENCE: Duration = Duration::from_secs(10);

/// Our end of the socket, with what waits for it.
#[derive(Debug)]
pub(super) struct Outbound {
    /// Not blocking.
    socket: OwnedFd,
    /// Written to wake the thread of the display, which reads the other end.
    wake: OwnedFd,
    woken: OwnedFd,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Message>,
    bytes: usize,
    /// When the first of those began to wait.
    since: Option<Instant>,
    closed: bool,
    stuck: bool,
}

struct Message {
    bytes: Vec<u8>,
    sent: usize,
    descriptor: Option<OwnedFd>,
    /// A place of the pointer: the next one takes its place while none of it has gone.
    movable: bool,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // There may be a password in it.
        write!(f, "Message({} bytes)", self.bytes.len())
    }
}

/// How it stands with what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All has gone.
    Empty,
    /// Something waits for the socket.
    Waiting,
    /// Nothing more is wanted of the display.
    Closed,
    /// The helper takes nothing any more.
    Stuck,
}

impl Outbound {
    /// A pair of sockets: ours, and that of the helper.
    pub(super) fn new() -> io::Result<(Self, OwnedFd)> {
        let pair = || socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let (ours, theirs) = pair()?;
        rustix::io::ioctl_fionbio(&ours, true)?;
        let (wake, woken) = pair()?;
        rustix::io::ioctl_fionbio(&wake, true)?;
        rustix::io::ioctl_fionbio(&woken, true)?;
        let outbound = Self {
            socket: ours,
            wake,
            woken,
            state: Mutex::default(),
        };
        Ok((outbound, theirs))
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Readable when [`Outbound::standing`] may have changed.
    pub(super) fn woken(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }

    pub(super) fn send(&self, request: &Request, descriptor: Option<OwnedFd>) {
        let bytes = match channel::encode(request, descriptor.is_some(), LONGEST_MESSAGE) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, "a request to a display is left out");
                return;
            }
        };
        let message = Message {
            bytes,
            sent: 0,
            descriptor,
            movable: matches!(request, Request::Move { .. }),
        };
        let mut state = self.state();
        if state.closed || state.stuck {
            return;
        }
        let idle = state.waiting.is_empty();
        state.push(message);
        if idle {
            state.flush(self.socket.as_fd());
            if !state.waiting.is_empty() || state.stuck {
                self.wake();
            }
        }
    }

    /// Nothing more will be sent but what already waits.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.wake();
    }

    /// Sends what waits, as far as the socket takes it.
    pub(super) fn flush(&self) {
        self.state().flush(self.socket.as_fd());
    }

    pub(super) fn standing(&self) -> Standing {
        let state = self.state();
        if state.closed {
            Standing::Closed
        } else if state.stuck || state.since.is_some_and(|since| since.elapsed() > PATIENCE) {
            Standing::Stuck
        } else if state.waiting.is_empty() {
            Standing::Empty
        } else {
            Standing::Waiting
        }
    }

    /// Takes back what woke the thread.
    pub(super) fn calm(&self) {
        let mut bytes = [0; 64];
        while rustix::io::read(&self.woken, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }

    fn wake(&self) {
        // Full means that it is awake already.
        let _ = rustix::io::write(&self.wake, &[0]);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, message: Message) {
        if let Some(last) = self.waiting.back_mut()
            && last.movable
            && message.movable
            && last.sent == 0
        {
            self.bytes = self.bytes - last.bytes.len() + message.bytes.len();
            *last = message;
            return;
        }
        self.bytes += message.bytes.len();
        self.stuck |= self.bytes > MOST_WAITING;
        self.waiting.push_back(message);
    }

    fn flush(&mut self, socket: BorrowedFd<'_>) {
        while let Some(first) = self.waiting.front_mut() {
            let descriptor = first.descriptor.as_ref().map(AsFd::as_fd);
            match channel::send_some(socket, &first.bytes[first.sent..], descriptor) {
                Ok(count) => {
                    first.sent += count;
                    first.descriptor = None;
                    self.since = None;
                    if first.sent == first.bytes.len() {
                        self.bytes -= first.sent;
                        self.waiting.pop_front();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.since.get_or_insert_with(Instant::now);
                    return;
                }
                Err(_) => {
                    // The helper has gone; its end is told by the reading side.
                    self.waiting.clear();
                    self.bytes = 0;
                    return;
                }
            }
        }
    }
}
