//! SPICE, spoken by spice-client-glib: a session of several channels, each with a connection of its own.
//!
//! The library runs its channels as coroutines, emits their signals on the main context, and follows a migration by itself.

mod agent;
mod cursor;
mod files;
mod input;
mod keys;
mod pixels;
mod rest;
mod screen;
mod session;
mod sound;
mod usb;
mod wiring;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use spice_client_glib::{Channel, InputsChannel, MainChannel, Session};

use crate::backend::Backend;
use crate::outlet::Outlet;
use crate::wire::{Abilities, End, News, Open, Request, Route};

/// Connects to a SPICE server. What comes of it is told through the outlet.
///
/// # Errors
/// What was asked for can't even be tried.
pub fn start(open: Open, socket: Option<OwnedFd>, outlet: Outlet) -> Result<Box<dyn Backend>, End> {
    session::keep_warnings();
    let spice = Rc::new(Spice::new(open, outlet));
    wiring::wire(&spice);
    spice.connect(socket)?;
    Ok(Box::new(Handle(spice)))
}

/// A session with one server. Everything happens on the thread of the main context.
struct Spice {
    session: Session,
    outlet: Outlet,
    open: Open,
    main: RefCell<Option<MainChannel>>,
    inputs: RefCell<Option<InputsChannel>>,
    screens: RefCell<BTreeMap<i32, screen::Screen>>,
    /// Channels that wait for a socket, by token.
    waiting: RefCell<BTreeMap<u64, Channel>>,
    next_token: Cell<u64>,
    /// Passwords that were tried.
    tried: Cell<u32>,
    /// The user is asked.
    asking: Cell<bool>,
    connected: Cell<bool>,
    ended: Cell<bool>,
    /// Nobody looks.
    hidden: Cell<bool>,
    /// When the display channels are closed for that.
    bedtime: RefCell<Option<glib::SourceId>>,
    abilities: Cell<Abilities>,
    pointer: input::Pointer,
    clipboard: agent::Clipboard,
    monitors: agent::Monitors,
    transfers: RefCell<BTreeMap<u64, files::Transfer>>,
    sound: sound::Sound,
    usb: usb::Usb,
}

impl Spice {
    fn new(mut open: Open, outlet: Outlet) -> Self {
        let session = session::configured(&open);
        let tried = u32::from(open.password.is_some());
        open.password = None;
        Self {
            sound: sound::Sound::new(open.sound),
            session,
            outlet,
            open,
            main: RefCell::default(),
            inputs: RefCell::default(),
            screens: RefCell::default(),
            waiting: RefCell::default(),
            next_token: Cell::new(0),
            tried: Cell::new(tried),
            asking: Cell::new(false),
            connected: Cell::new(false),
            ended: Cell::new(false),
            hidden: Cell::new(false),
            bedtime: RefCell::default(),
            abilities: Cell::default(),
            pointer: input::Pointer::default(),
            clipboard: agent::Clipboard::default(),
            monitors: agent::Monitors::default(),
            transfers: RefCell::default(),
            usb: usb::Usb::default(),
        }
    }

    fn by_sockets(&self) -> bool {
        matches!(self.open.route, Route::Socket)
    }

    fn tell(&self, news: News) {
        if !self.ended.get() {
            self.outlet.tell(news);
        }
    }

    /// Ends the display; only the first reason counts.
    fn end(&self, end: End) {
        if !self.ended.replace(true) {
            for head in self.heads() {
                self.outlet.clear_source(head);
            }
            self.session.disconnect();
            self.outlet.end(end);
        }
    }

    /// Tells what can be done, if that is something else than before.
    fn change_abilities(&self, change: impl FnOnce(&mut Abilities)) {
        let mut abilities = self.abilities.get();
        change(&mut abilities);
        if abilities != self.abilities.replace(abilities) {
            self.tell(News::Abilities(abilities));
        }
    }

    fn main(&self) -> Option<MainChannel> {
        self.main.borrow().clone()
    }
}

struct Handle(Rc<Spice>);

impl Backend for Handle {
    fn handle(&self, request: Request, descriptor: Option<OwnedFd>) {
        let spice = &self.0;
        match request {
            Request::Socket { token, error } => spice.socket(token, error, descriptor),
            Request::Credentials { user, password } => spice.credentials(user, password),
            Request::Key { down, code, .. } => spice.key(down, code),
            Request::Move { head, x, y } => spice.move_to(head, x, y),
            Request::MoveBy { dx, dy } => spice.move_by(dx, dy),
            Request::Click { button, down } => spice.click(button, down),
            Request::Scroll(wheel) => spice.scroll(wheel),
            Request::SetLocks(locks) => spice.set_locks(locks),
            Request::Resize { head, width, height } => spice.resize(head, width, height),
            Request::ShowHead { head, shown } => spice.show_head(head, shown),
            Request::OfferClipboard => spice.offer_clipboard(),
            Request::ClipboardText(text) => spice.give_clipboard(&text.0),
            Request::WantClipboard => spice.want_clipboard(),
            Request::Sound(on) => spice.sound(on),
            Request::SendFiles { id, paths } => spice.send_files(id, &paths),
            Request::CancelFiles { id } => spice.cancel_files(id),
            Request::Usb { id, connect } => spice.hand_over(&id, connect),
            Request::Hidden(hidden) => spice.hide(hidden),
            Request::Close => spice.end(End::Closed),
            // Drawn is the outlet's.
            Request::Open(_) | Request::Drawn { .. } => {}
        }
    }
}
