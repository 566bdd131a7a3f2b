//! VNC, on `gvnc`.
//!
//! `gvnc` decodes in a coroutine of its own on this only thread: its signals wait for their handlers, so that a frame buffer of
//! the new size is in place before anything is written to it, and a size beyond the bounds ends everything before that.

mod clipboard;
mod events;
mod framebuffer;
mod input;
mod keys;
mod reach;
mod security;
mod sound;
mod trust;

use std::cell::{Cell, RefCell};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::rc::Rc;

use crate::backend::Backend;
use crate::outlet::Outlet;
use crate::wire::{Abilities, End, Locks, News, Open, Request, Route};

use clipboard::Clipboard;
use framebuffer::Pixels;
use input::Pointer;

/// The only surface of VNC.
const HEAD: u32 = 0;
/// The socket of a further attempt.
const RETRY: u64 = 1;
/// The socket of the clipboard.
const CLIPBOARD: u64 = 2;

/// Connects to a VNC server.
///
/// # Errors
/// Nothing was even begun, for this reason.
pub fn start(open: Open, socket: Option<OwnedFd>, outlet: Outlet) -> Result<Box<dyn Backend>, End> {
    trust::remember(&open.tls);
    let session = Rc::new(Session::new(open, outlet));
    session.connect(socket);
    Ok(Box::new(Vnc(session)))
}

struct Vnc(Rc<Session>);

/// One display, through all attempts to be let in.
struct Session {
    outlet: Outlet,
    open: Open,
    connection: RefCell<Option<gvnc::Connection>>,
    state: RefCell<State>,
    pixels: RefCell<Option<Pixels>>,
    pointer: RefCell<Pointer>,
    /// The server runs on this computer.
    near: Cell<bool>,
    /// The server is QEMU, by its own name.
    qemu: Cell<bool>,
    pace: Pace,
    clipboard: RefCell<Option<Rc<Clipboard>>>,
    /// There is a player for sound.
    player: RefCell<Option<gvnc::Audio>>,
}

/// When the next update is asked for.
#[derive(Default)]
struct Pace {
    /// Will be when the main loop has nothing better to do.
    scheduled: Cell<bool>,
    /// Waits until somebody looks or the last was drawn.
    owed: Cell<bool>,
    hidden: Cell<bool>,
}

/// How far an attempt has come, and what goes from one to the next.
#[derive(Default)]
struct State {
    user: Option<String>,
    password: Option<String>,
    /// Credentials tried so far.
    tries: u32,
    /// What the server wants: name, password.
    wanted: (bool, bool),
    /// The server waits for credentials on this connection.
    waiting: bool,
    /// Some were given on this connection.
    given: bool,
    /// The protocol's own words for what protects the connection.
    security: String,
    tls: bool,
    initialized: bool,
    error: Option<String>,
    refused: Option<String>,
    unknown: Option<String>,
    locks: Option<Locks>,
    abilities: Abilities,
}

impl Session {
    fn new(open: Open, outlet: Outlet) -> Self {
        let state = State {
            user: open.user.clone(),
            password: open.password.as_ref().map(|password| password.0.clone()),
            ..State::default()
        };
        Self {
            outlet,
            open,
            connection: RefCell::default(),
            state: RefCell::new(state),
            pixels: RefCell::default(),
            pointer: RefCell::default(),
            near: Cell::default(),
            qemu: Cell::default(),
            pace: Pace::default(),
            clipboard: RefCell::default(),
            player: RefCell::default(),
        }
    }

    /// Makes an attempt, on the socket if there is one.
    fn connect(self: &Rc<Self>, socket: Option<OwnedFd>) {
        if let Some(socket) = socket {
            return self.attach(socket);
        }
        if self.open.route == Route::Socket {
            return self.outlet.tell(News::NeedSocket {
                token: RETRY,
                channel: "display".to_owned(),
                tls: false,
            });
        }
        let session = Rc::clone(self);
        glib::MainContext::default().spawn_local(async move {
            match reach::connect(&session.open.route).await {
                Ok(socket) => session.attach(socket),
                Err(reason) => session.outlet.end(End::Unreachable(reason)),
            }
        });
    }

    fn attach(self: &Rc<Self>, socket: OwnedFd) {
        let connection = gvnc::Connection::new();
        self.near.set(reach::is_near(&socket));
        let name = security::text(reach::name(&self.open));
        let done = connection.set_shared(self.open.shared).and_then(|()| {
            events::follow(&connection, self);
            connection.open_fd_with_hostname(socket.into_raw_fd(), Some(&name))
        });
        if let Err(error) = done {
            return self.outlet.end(End::Unreachable(error.to_string()));
        }
        self.connection.replace(Some(connection));
    }

    fn with(&self, act: impl FnOnce(&gvnc::Connection)) {
        let connection = self.connection.borrow().clone();
        if let Some(connection) = connection {
            act(&connection);
        }
    }

    /// The user has answered.
    fn answer(self: &Rc<Self>, user: Option<String>, password: Option<String>) {
        let mut state = self.state.borrow_mut();
        state.user = Some(user.unwrap_or_default());
        state.password = Some(password.unwrap_or_default());
        let waiting = state.waiting;
        drop(state);
        if waiting {
            self.with(|connection| security::give(self, connection));
        } else {
            self.connect(None);
        }
    }

    /// Asks the server for the next update when the main loop has nothing better to do: after all parts of the last one.
    fn request_soon(self: &Rc<Self>) {
        if self.pace.scheduled.replace(true) {
            return;
        }
        let session = Rc::downgrade(self);
        glib::idle_add_local_full(glib::Priority::LOW, move || {
            if let Some(session) = session.upgrade() {
                session.pace.scheduled.set(false);
                session.request(true);
            }
            glib::ControlFlow::Break
        });
    }

    /// One update ahead of what is drawn, and none while nobody looks.
    fn request(&self, incremental: bool) {
        if self.pace.hidden.get() || self.outlet.backlog(HEAD) {
            self.pace.owed.set(true);
            return;
        }
        self.pace.owed.set(false);
        let Some((width, height)) = self.pixels.borrow().as_ref().map(Pixels::size) else {
            return;
        };
        self.with(|connection| {
            // An error comes by signal as well.
            let _ = connection.framebuffer_update_request(incremental, 0, 0, width, height);
        });
    }

    /// The bounds hold before anything is allocated.
    fn resize(self: &Rc<Self>, connection: &gvnc::Connection, width: u32, height: u32) -> Result<(), End> {
        self.outlet.surface(HEAD, width, height)?;
        let broken = || End::Broken(format!("{width}×{height}"));
        let mut pixels = self.pixels.borrow_mut();
        if let Some(old) = pixels.take() {
            // Two large ones at a time would not fit.
            old.replace_by_nothing(connection).ok_or_else(broken)?;
        }
        let new = Pixels::install(connection, width, height).ok_or_else(broken)?;
        // SAFETY: the memory lives until `Pixels` goes, and before that the surface has got another size, or the process ends.
        unsafe { self.outlet.set_source(HEAD, new.start(), new.stride()) };
        pixels.replace(new);
        Ok(())
    }

    /// Opens the second connection, if texts may be exchanged.
    fn share_clipboard(self: &Rc<Self>) {
        if !self.open.clipboard {
            return;
        }
        let session = Rc::downgrade(self);
        let clipboard = Clipboard::new(self.outlet.clone(), move |ready| {
            if let Some(session) = session.upgrade() {
                session.tell_abilities(|abilities| abilities.clipboard = ready);
            }
        });
        self.clipboard.replace(Some(clipboard));
        if self.open.route == Route::Socket {
            return self.outlet.tell(News::NeedSocket {
                token: CLIPBOARD,
                channel: "clipboard".to_owned(),
                tls: false,
            });
        }
        let session = Rc::clone(self);
        glib::MainContext::default().spawn_local(async move {
            match reach::connect(&session.open.route).await {
                Ok(socket) => session.speak_clipboard(socket),
                Err(reason) => eprintln!("vireo-display: no clipboard: {reason}"),
            }
        });
    }

    fn speak_clipboard(&self, socket: OwnedFd) {
        let state = self.state.borrow();
        let identity = clipboard::Identity {
            user: state.user.clone().unwrap_or_default(),
            password: state.password.clone().unwrap_or_default(),
            tls: self.open.tls.clone(),
            name: reach::name(&self.open).to_owned(),
            only_tls: state.tls,
        };
        drop(state);
        if let Some(clipboard) = &*self.clipboard.borrow() {
            clipboard.speak(socket, identity);
        }
    }

    fn tell_abilities(&self, change: impl FnOnce(&mut Abilities)) {
        let mut state = self.state.borrow_mut();
        let before = state.abilities;
        change(&mut state.abilities);
        let abilities = state.abilities;
        drop(state);
        if abilities != before {
            self.outlet.tell(News::Abilities(abilities));
        }
    }
}

impl Backend for Vnc {
    fn handle(&self, request: Request, descriptor: Option<OwnedFd>) {
        let session = &self.0;
        match request {
            Request::Socket { token: RETRY, error } => match (descriptor, error) {
                (Some(socket), _) => session.attach(socket),
                (None, error) => session.outlet.end(End::Unreachable(error.unwrap_or_default())),
            },
            Request::Socket {
                token: CLIPBOARD,
                error,
            } => match descriptor {
                Some(socket) => session.speak_clipboard(socket),
                None => eprintln!("vireo-display: no clipboard: {}", error.unwrap_or_default()),
            },
            Request::Credentials { user, password } => session.answer(user, password.map(|password| password.0)),
            Request::Drawn { .. } if session.pace.owed.get() => session.request_soon(),
            Request::Hidden(hidden) => {
                session.pace.hidden.set(hidden);
                if !hidden && session.pace.owed.get() {
                    session.request_soon();
                }
            }
            Request::Resize { width, height, .. } => {
                let fits = width > 0 && height > 0 && width <= 0xffff && height <= 0xffff;
                if fits && session.state.borrow().abilities.resize {
                    session.with(|connection| {
                        connection.set_size(width, height);
                    });
                }
            }
            Request::OfferClipboard | Request::WantClipboard | Request::ClipboardText(_) => {
                if let Some(clipboard) = &*session.clipboard.borrow() {
                    clipboard.take(&request);
                }
            }
            Request::Sound(on) => session.with(|connection| events::set_sound(session, connection, on)),
            Request::Close => {
                session.with(gvnc::Connection::shutdown);
                session.outlet.end(End::Closed);
            }
            other => session.with(|connection| input::take(session, connection, &other)),
        }
    }
}
