//! A watch on a descriptor that is changed without waking the main loop.
//!
//! Each synchronous call of libvirt turns the watch on its socket off and on again, on the thread that calls. A GLib source
//! that comes or goes wakes the main loop to look at its sources anew: several turns a call, each through everything that
//! GTK has to check. So the main loop watches an epoll descriptor that stays, and what the descriptor behind it is watched
//! for changes in the kernel.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use glib::IOCondition;

/// A watch on one descriptor.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    epoll: Arc<OwnedFd>,
    fd: c_int,
}

impl Gate {
    /// Watches `fd` for nothing yet.
    ///
    /// # Errors
    /// Where the system has no more descriptors.
    pub(super) fn new(fd: c_int) -> io::Result<Self> {
        // SAFETY: no pointers; the result is a new descriptor or −1.
        let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if epoll < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and nobody else's.
        let epoll = Arc::new(unsafe { OwnedFd::from_raw_fd(epoll) });
        Ok(Self { epoll, fd })
    }

    /// What the main loop watches for input.
    pub(super) fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }

    /// Changes what is watched for; `None` for nothing, hang-ups included. Any thread; wakes the loop only if something
    /// is ready.
    ///
    /// # Errors
    /// For a descriptor that can't be watched this way: closed, or a plain file.
    pub(super) fn set(&self, was: Option<IOCondition>, condition: Option<IOCondition>) -> io::Result<()> {
        let operation = match (was, condition) {
            (None, None) => return Ok(()),
            (None, Some(_)) => libc::EPOLL_CTL_ADD,
            (Some(_), Some(_)) => libc::EPOLL_CTL_MOD,
            (Some(_), None) => libc::EPOLL_CTL_DEL,
        };
        let bits = condition.map_or(0, |condition| condition.bits());
        let mut event = libc::epoll_event { events: bits, u64: 0 };
        // SAFETY: our descriptor lives; the other is only a number to the kernel; `event` is read during the call.
        let result = unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), operation, self.fd, &raw mut event) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// What is ready now; `None` when nothing is, because the watch has changed meanwhile.
    pub(super) fn ready(&self) -> Option<IOCondition> {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        // SAFETY: our descriptor lives; `event` is a place for one answer; it does not wait.
        let count = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), &raw mut event, 1, 0) };
        // The bits are those of poll.
        (count == 1).then(|| IOCondition::from_bits_truncate(event.events))
    }
}
