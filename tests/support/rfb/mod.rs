//! A VNC server that does what a test says and tells what it hears.
//!
//! ```ignore
//! let server = rfb::Server::start(rfb::Options { width: 800, height: 600, ..Default::default() });
//! let socket: OwnedFd = server.connect();          // or server.port(), server.unix("/path")
//! server.wait("a key", |heard| matches!(heard, rfb::Heard::ExtKey { down: true, code: 30, .. }));
//! server.fill(rfb::Area::new(0, 0, 64, 64), 0x00ff_0000);
//! server.resize(1024, 768);
//! server.offer_text("text");                        // given when the client asks for it
//! ```
//!
//! Clients take turns with nobody: each has two threads, what one says is queued and never blocks the test. A server that
//! breaks the rules is a [`Script`]: a function that writes what it likes on each connection.

pub mod client;
pub mod clipboard;
pub mod encode;
pub mod handshake;
pub mod heard;
pub mod pixels;
mod play;
mod script;
mod serve;

use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use client::{Client, Extra};
pub use clipboard::Clip;
pub use encode::{Encoding, number};
pub use handshake::{Security, Version};
pub use heard::Heard;
pub use pixels::{Area, Picture, PixelFormat, Shape};
pub use play::{Play, Played};
pub use script::{Line, Script};
use serve::{resize, serve};

/// What a server is like.
#[derive(Debug, Clone)]
pub struct Options {
    pub width: u16,
    pub height: u16,
    pub name: String,
    pub version: Version,
    pub security: Security,
    /// How parts of the picture are told, where the client takes it.
    pub encoding: Encoding,
    /// Tell the picture in strips of so many rows.
    pub strips: Option<u16>,
    /// Take keys by their place.
    pub ext_keys: bool,
    /// Let clients choose the size.
    pub resize: bool,
    /// Offer sound.
    pub audio: bool,
    /// Offer the new form of the clipboard.
    pub clipboard: bool,
    /// The guest takes places of the pointer.
    pub absolute: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 640,
            height: 480,
            name: "A desktop".to_owned(),
            version: Version::V8,
            security: Security::None,
            encoding: Encoding::Raw,
            strips: None,
            ext_keys: true,
            resize: true,
            audio: false,
            clipboard: true,
            absolute: true,
        }
    }
}

/// The desktop that all clients see.
#[derive(Debug)]
pub struct Desktop {
    pub options: Options,
    pub picture: Picture,
    pub name: String,
    pub cursor: Option<Shape>,
    /// Bits: 1 Scroll Lock, 2 Num Lock, 4 Caps Lock.
    pub leds: Option<u8>,
    pub absolute: bool,
    /// What a client that asks is given.
    text: Option<String>,
}

#[derive(Debug)]
struct State {
    desktop: Desktop,
    clients: Vec<Client>,
    /// Connections so far.
    count: usize,
    play: Option<Play>,
    /// Connections that are not through the handshake.
    greeting: Vec<(usize, UnixStream)>,
    /// The sockets that listen, to end that.
    listening: Vec<UnixStream>,
}

type Shared = Arc<Mutex<State>>;

/// One thing that was heard.
#[derive(Debug, Clone)]
pub struct Event {
    /// Number of the connection, from 0.
    pub client: usize,
    pub at: Instant,
    pub heard: Heard,
}

/// The server. Ends with its value.
#[derive(Debug)]
pub struct Server {
    state: Shared,
    events: Mutex<Receiver<Event>>,
    sender: Sender<Event>,
    port: u16,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(options: Options) -> Self {
        let desktop = Desktop {
            picture: Picture::new(options.width, options.height, 0x0020_4060),
            name: options.name.clone(),
            cursor: None,
            leds: None,
            absolute: options.absolute,
            text: None,
            options,
        };
        let state = Arc::new(Mutex::new(State {
            desktop,
            clients: Vec::new(),
            count: 0,
            play: None,
            greeting: Vec::new(),
            listening: Vec::new(),
        }));
        let (sender, events) = mpsc::channel();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its number").port();
        keep(&state, listener.try_clone().expect("a descriptor").into());
        let (serving, telling) = (Arc::downgrade(&state), sender.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Some(state), Ok(stream)) = (serving.upgrade(), stream) else {
                    return;
                };
                let _ = stream.set_nodelay(true);
                serve(&state, UnixStream::from(OwnedFd::from(stream)), &telling);
            }
        });
        Self {
            state,
            events: Mutex::new(events),
            sender,
            port,
        }
    }

    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A connected socket.
    ///
    /// # Panics
    /// Without sockets.
    pub fn connect(&self) -> OwnedFd {
        let (here, there) = UnixStream::pair().expect("a pair of sockets");
        serve(&self.state, here, &self.sender);
        there.into()
    }

    /// Listens on a path, too.
    ///
    /// # Panics
    /// If the path can't be bound.
    pub fn unix(&self, path: impl AsRef<Path>) {
        let listener = UnixListener::bind(path).expect("a free path");
        keep(&self.state, listener.try_clone().expect("a descriptor").into());
        let (serving, telling) = (Arc::downgrade(&self.state), self.sender.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Some(state), Ok(stream)) = (serving.upgrade(), stream) else {
                    return;
                };
                serve(&state, stream, &telling);
            }
        });
    }

    /// Connections so far, and how many are through the handshake and open.
    pub fn connections(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.count, state.clients.len())
    }

    /// The next thing that any client says, if it comes in time.
    pub fn next(&self, limit: Duration) -> Option<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.recv_timeout(limit).ok()
    }

    /// Waits for something; what else is heard before is forgotten.
    ///
    /// # Panics
    /// After ten seconds, naming `what` was waited for.
    #[track_caller]
    pub fn wait(&self, what: &str, mut is_it: impl FnMut(&Heard) -> bool) -> Event {
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let event = self
                .next(left)
                .unwrap_or_else(|| panic!("the client did not say: {what}"));
            if is_it(&event.heard) {
                return event;
            }
        }
    }

    /// Forgets what was heard so far.
    pub fn forget(&self) {
        while self.next(Duration::ZERO).is_some() {}
    }

    fn change(&self, change: impl FnOnce(&mut Desktop, &mut [Client])) {
        let mut state = lock(&self.state);
        let State { desktop, clients, .. } = &mut *state;
        change(desktop, clients);
        for client in clients {
            client.pump(desktop);
        }
    }

    /// Paints a part of the picture with the colours (`0xRRGGBB`) of a function.
    pub fn paint(&self, area: Area, colour: impl FnMut(u16, u16) -> u32) {
        self.change(|desktop, clients| {
            let Some(area) = area.inside(desktop.picture.width, desktop.picture.height) else {
                return;
            };
            desktop.picture.fill(area, colour);
            for client in clients {
                client.damage.push(area);
            }
        });
    }

    /// Paints a part of the picture with one colour.
    pub fn fill(&self, area: Area, colour: u32) {
        self.paint(area, |_, _| colour);
    }

    /// The picture as it is.
    pub fn picture(&self) -> Picture {
        lock(&self.state).desktop.picture.clone()
    }

    /// Gives the desktop another size and one colour.
    pub fn resize(&self, width: u16, height: u16) {
        self.change(|desktop, clients| resize(desktop, clients, (width, height), None));
    }

    /// Gives the pointer a shape; `None` for no pointer.
    pub fn cursor(&self, shape: Option<Shape>) {
        self.tell(Extra::Cursor, |desktop| desktop.cursor = shape);
    }

    /// Sets the lights: 1 Scroll Lock, 2 Num Lock, 4 Caps Lock.
    pub fn leds(&self, leds: u8) {
        self.tell(Extra::Leds, |desktop| desktop.leds = Some(leds));
    }

    /// From now on the guest takes places of the pointer, or only movements.
    pub fn absolute(&self, absolute: bool) {
        self.tell(Extra::PointerType, |desktop| desktop.absolute = absolute);
    }

    /// Names the desktop anew.
    pub fn rename(&self, name: &str) {
        self.tell(Extra::Name, |desktop| name.clone_into(&mut desktop.name));
    }

    fn tell(&self, extra: Extra, change: impl FnOnce(&mut Desktop)) {
        self.change(|desktop, clients| {
            change(desktop);
            for client in clients {
                client.owe(extra);
            }
        });
    }

    /// Rings.
    pub fn bell(&self) {
        self.send(&[2]);
    }

    /// Text in the old form, Latin-1.
    pub fn cut_text(&self, bytes: &[u8]) {
        let mut message = vec![3, 0, 0, 0];
        handshake::text(&mut message, bytes);
        self.send(&message);
    }

    /// There is text on the guest's clipboard; a client that asks for it gets it.
    pub fn offer_text(&self, text: &str) {
        self.change(|desktop, _| desktop.text = Some(text.to_owned()));
        self.clip(&Clip::Notify(clipboard::TEXT));
    }

    /// Asks the clients for their text: `Heard::Clipboard(Clip::Provide { .. })`, see [`Clip::as_text`].
    pub fn ask_text(&self) {
        self.clip(&Clip::Request(clipboard::TEXT));
    }

    /// Says something of the new clipboard to all that know it.
    pub fn clip(&self, clip: &Clip) {
        for client in &lock(&self.state).clients {
            client.say_clip(clip);
        }
    }

    /// Sends these bytes to all clients, whatever they mean.
    pub fn send(&self, bytes: &[u8]) {
        for client in &lock(&self.state).clients {
            client.say(bytes);
        }
    }

    /// From now on answers requests for updates with what is recorded instead of with the picture.
    pub fn play(&self, play: Option<Play>) -> Option<Played> {
        let mut state = lock(&self.state);
        let played = state.play.take().map(|play| play.stop());
        state.play = play.map(|play| play.begin(Arc::downgrade(&self.state)));
        played
    }

    /// Closes all connections; new ones are served.
    pub fn cut(&self) {
        let mut state = lock(&self.state);
        for client in state.clients.drain(..) {
            let _ = client.stream.shutdown(Shutdown::Both);
        }
        for (_, stream) in state.greeting.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.play(None);
        self.cut();
        for listener in lock(&self.state).listening.drain(..) {
            // Wakes the thread that accepts, on Linux for every kind of socket.
            let _ = listener.shutdown(Shutdown::Both);
        }
    }
}

fn keep(state: &Shared, listener: OwnedFd) {
    lock(state).listening.push(UnixStream::from(listener));
}
