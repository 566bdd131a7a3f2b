//! What the page needs of the world to open a screen, as a seam: tests have doors of their own.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;

use super::trouble::Trouble;
use crate::model::credential::Secret;
use crate::model::display::wire::{Protocol, Request, Route, Tls};
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::virt::client::DisplayNews;

pub use crate::model::display::wire::Open;

/// Something that is known later, on the main thread.
pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// An open way to a display.
#[derive(Debug)]
pub struct Way {
    /// What is spoken there.
    pub protocol: Protocol,
    /// How the helper gets there.
    pub route: Route,
    /// A connected socket, if that is the route.
    pub socket: Option<OwnedFd>,
    /// How to check the server.
    pub tls: Tls,
    /// The password, where the definition tells it.
    pub password: Option<Secret>,
}

/// What was found when the way to a display was looked for.
#[derive(Debug)]
pub struct Found {
    /// Why displays of the machine can't be used, each by its number.
    pub reasons: Vec<(u32, String)>,
    /// The way to the one that was asked for.
    pub way: Result<Way, Trouble>,
}

/// A display that is open. Dropping it closes it.
pub trait Link {
    /// What it tells; the last is its end.
    fn news(&self) -> async_channel::Receiver<DisplayNews>;
    /// Asks something of it; never waits.
    fn send(&self, request: Request);
    /// The answer to a question for a further socket.
    fn send_socket(&self, token: u64, socket: Result<OwnedFd, String>);
}

/// How screens are opened.
pub trait Doors {
    /// Looks for the way to a machine's graphics device `index`, and opens it.
    fn way(&self, core: &Core, key: DomainKey, index: u32) -> Later<Found>;
    /// Opens one more connection to the same display.
    fn socket(
        &self,
        core: &Core,
        key: DomainKey,
        index: u32,
        channel: String,
        tls: bool,
    ) -> Later<Result<OwnedFd, String>>;
    /// Why no way was found in time, where more can be told than that.
    fn cause(&self, core: &Core, key: DomainKey, index: u32) -> Later<Option<Trouble>>;
    /// The file that tells another viewer where the display is; else why there is none, as a sentence. `once`: to be deleted
    /// by who reads it.
    fn viewer(&self, core: &Core, key: DomainKey, index: u32, once: bool) -> Later<Result<String, String>>;
    /// Opens the display. Returns at once.
    ///
    /// # Errors
    /// The helper can't be started.
    fn open(&self, open: Open, socket: Option<OwnedFd>) -> io::Result<Rc<dyn Link>>;
}
