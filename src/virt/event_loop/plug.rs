//! The socket of a connection, so that a call that hangs on it can be ended: libvirt knows no way to do that.

use std::cell::RefCell;
use std::ffi::c_int;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::net::{Shutdown, shutdown};

use crate::virt::connection::lock;

thread_local! {
    /// The connection that is being opened on this thread.
    static OPENING: RefCell<Option<Arc<Plug>>> = const { RefCell::new(None) };
}

/// The socket of one connection. libvirt hands it to the event loop while it opens, before it says a word to the host.
#[derive(Debug, Default)]
pub(crate) struct Plug {
    socket: Mutex<Option<OwnedFd>>,
    is_pulled: AtomicBool,
    is_cleaning: AtomicBool,
}

impl Plug {
    /// Does `open`, which opens one connection on this thread, and keeps hold of its socket.
    pub(crate) fn of<T>(self: &Arc<Self>, open: impl FnOnce() -> T) -> T {
        OPENING.with(|opening| *opening.borrow_mut() = Some(Arc::clone(self)));
        let result = open();
        OPENING.with(|opening| *opening.borrow_mut() = None);
        result
    }

    /// Takes down the line, so that whatever call waits for the host fails at once (`shutdown`). Any thread; does not wait.
    pub(crate) fn pull(&self) {
        self.is_pulled.store(true, Ordering::SeqCst);
        let socket = lock(&self.socket).take();
        if let Some(socket) = socket {
            // One that is not connected any more needs nothing.
            let _ = shutdown(&socket, Shutdown::Both);
        }
    }

    /// Lets go of the socket: while we have it, the host does not see that libvirt has closed it.
    pub(crate) fn release(&self) {
        let socket = lock(&self.socket).take();
        drop(socket);
    }

    /// Whether it was pulled: what fails then fails for that.
    pub(crate) fn is_pulled(&self) -> bool {
        self.is_pulled.load(Ordering::SeqCst)
    }

    /// From now on there is something to remove after a cancel, which may take a host that answers some seconds.
    pub(crate) fn cleaning(&self) {
        self.is_cleaning.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_cleaning(&self) -> bool {
        self.is_cleaning.load(Ordering::SeqCst)
    }

    fn hold(&self, fd: c_int) {
        // SAFETY: the event loop was just given it, open; it is borrowed for this call only.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        // Whoever pulls takes the socket out under the same lock, after saying so.
        let mut held = lock(&self.socket);
        // Pulled already: the next word to the host would hang as well.
        if self.is_pulled() {
            let _ = shutdown(socket, Shutdown::Both);
            return;
        }
        match socket.try_clone_to_owned() {
            Ok(socket) => *held = Some(socket),
            Err(error) => tracing::warn!(%error, "a connection that hangs cannot be ended"),
        }
    }
}

/// A descriptor is watched from now on: the socket of the connection that this thread opens, if it opens one.
pub(super) fn noted(fd: c_int) {
    let opening = OPENING.with(|opening| opening.try_borrow().ok().and_then(|plug| plug.clone()));
    if let Some(plug) = opening {
        plug.hold(fd);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn pulling_ends_a_read_that_hangs_and_a_connection_that_opens_later() {
        let (mut here, there) = UnixStream::pair().expect("two sockets");
        let plug = Arc::new(Plug::default());
        plug.of(|| noted(here.as_raw_fd()));
        noted(there.as_raw_fd());
        let puller = Arc::clone(&plug);
        let pulling = std::thread::spawn(move || puller.pull());
        assert_eq!(here.read(&mut [0]).expect("an end"), 0);
        pulling.join().expect("it ends");
        let (mut late, _other) = UnixStream::pair().expect("two sockets");
        plug.of(|| noted(late.as_raw_fd()));
        assert_eq!(late.read(&mut [0]).expect("an end"), 0);
    }
}
