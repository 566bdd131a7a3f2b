//! Graphical displays: the other side of `vireo-display`, the helper that speaks VNC and SPICE (`helper`). Here its process is
//! started, its messages are read on a thread of their own and checked, and its pictures are mapped.
//!
//! A display has one thread ([`link`]), from the start of its helper to the end: it starts, reads, writes what did not go at
//! once, and reaps.

#[allow(dead_code)] // Each of the two programs uses its half.
pub(crate) mod channel;
mod check;
mod link;
mod outbound;
mod picture;
mod program;
pub(crate) mod road;
mod trust;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

pub use picture::Picture;

use crate::model::display::wire::{News, Open, Request};
use outbound::Outbound;

/// What a display tells.
#[derive(Debug)]
pub enum DisplayNews {
    /// A surface begins or has another size: all of it is to be drawn.
    Surface {
        /// Which.
        head: u32,
        /// Its picture, which goes on changing.
        picture: Picture,
    },
    /// Everything else; within the bounds of [`crate::model::display::wire`]. Never `Hello` or `Surface`.
    News(News),
}

/// An open display. Dropping it closes the connection and ends the helper, on the display's own thread.
pub struct Display {
    /// What it tells; bounded: who does not read holds the display up, not the program. The last is always
    /// [`News::Ended`].
    pub news: async_channel::Receiver<DisplayNews>,
    outbound: Arc<Outbound>,
}

impl Display {
    /// Starts a helper that opens the display, with `socket` if the route is a socket. Returns at once: whatever goes wrong
    /// is told by [`News::Ended`].
    ///
    /// # Errors
    /// There are no more descriptors or threads.
    pub fn open(open: Open, socket: Option<OwnedFd>) -> io::Result<Self> {
        let (outbound, theirs) = Outbound::new()?;
        let outbound = Arc::new(outbound);
        outbound.send(&Request::Open(Box::new(open)), socket);
        let (sender, news) = async_channel::bounded(link::WAITING_NEWS);
        link::start(Arc::clone(&outbound), theirs, sender)?;
        Ok(Self { news, outbound })
    }

    /// Asks something of the display. Never blocks; nothing happens after the end.
    pub fn send(&self, request: Request) {
        self.outbound.send(&request, None);
    }

    /// Answers [`News::NeedSocket`] with a connected socket or the reason why there is none. Never blocks.
    pub fn send_socket(&self, token: u64, socket: Result<OwnedFd, String>) {
        let (socket, error) = match socket {
            Ok(socket) => (Some(socket), None),
            Err(error) => (None, Some(error)),
        };
        self.outbound.send(&Request::Socket { token, error }, socket);
    }
}

impl fmt::Debug for Display {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Display").finish_non_exhaustive()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.outbound.send(&Request::Close, None);
        self.outbound.close();
        // Wakes the thread if it waits for room.
        self.news.close();
    }
}
