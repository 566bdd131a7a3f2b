//! The clipboard: `gvnc` 1.3 knows only the old form, text in Latin-1 that is sent to everybody at once, and QEMU speaks only
//! the extended one. So there is a second connection, of our own making, that asks for nothing else: no picture is ever sent
//! over it.
//!
//! Nothing is sent unasked in either direction: an offer, a question, an answer. A text that nobody asked for is dropped.

mod handshake;
mod message;

use std::cell::{Cell, RefCell};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

pub use handshake::Identity;
use handshake::{Result, Stream};
use message::Said;

use crate::outlet::Outlet;
use crate::wire::{Hidden, News, Request};

/// Time for the handshake.
const PATIENCE: Duration = Duration::from_secs(15);
/// Messages that wait for the server to read them.
const WAITING: usize = 64;

/// The clipboard of one display.
pub struct Clipboard {
    outlet: Outlet,
    outgoing: async_channel::Sender<Vec<u8>>,
    queue: async_channel::Receiver<Vec<u8>>,
    /// We have text.
    offered: Cell<bool>,
    /// The server waits for ours.
    wanted: Cell<bool>,
    /// We wait for the server's.
    expected: Cell<bool>,
    /// Tells whether texts can be exchanged now.
    ready: RefCell<Box<dyn Fn(bool)>>,
}

impl Clipboard {
    /// `ready` is told when it begins and ends to work.
    pub fn new(outlet: Outlet, ready: impl Fn(bool) + 'static) -> Rc<Self> {
        let (outgoing, queue) = async_channel::bounded(WAITING);
        Rc::new(Self {
            outlet,
            outgoing,
            queue,
            offered: Cell::default(),
            wanted: Cell::default(),
            expected: Cell::default(),
            ready: RefCell::new(Box::new(ready)),
        })
    }

    /// Speaks over this socket until it closes. Without a clipboard the display is as good as before: why is only logged.
    pub fn speak(self: &Rc<Self>, socket: OwnedFd, identity: Identity) {
        let clipboard = Rc::clone(self);
        glib::MainContext::default().spawn_local(async move {
            if let Err(reason) = clipboard.run(socket, &identity).await {
                eprintln!("vireo-display: no clipboard: {reason}");
            }
            (clipboard.ready.borrow())(false);
        });
    }

    async fn run(self: &Rc<Self>, socket: OwnedFd, identity: &Identity) -> Result<()> {
        let begun = glib::future_with_timeout(PATIENCE, handshake::begin(socket, identity)).await;
        let stream = Rc::new(begun.map_err(|_| "silence")??);
        let (queue, writing) = (self.queue.clone(), Rc::clone(&stream));
        glib::MainContext::default().spawn_local(async move {
            while let Ok(bytes) = queue.recv().await {
                if writing.write(bytes).await.is_err() {
                    queue.close();
                }
            }
        });
        let result = self.listen(&stream).await;
        self.queue.close();
        result
    }

    async fn listen(&self, stream: &Stream) -> Result<()> {
        loop {
            match stream.u8().await? {
                // No updates were asked for: only one without parts can be skipped.
                0 => {
                    let head = stream.read(3).await?;
                    if head[1..] != [0, 0] {
                        return Err("a picture that nobody asked for".to_owned());
                    }
                }
                1 => {
                    let head = stream.read(5).await?;
                    let colours = usize::from(u16::from_be_bytes([head[3], head[4]]));
                    stream.read(colours * 6).await?;
                }
                2 => {}
                3 => {
                    stream.read(3).await?;
                    let length = stream.u32().await?.cast_signed();
                    let bytes = length.unsigned_abs() as usize;
                    if bytes > message::LONGEST {
                        return Err("an endless text".to_owned());
                    }
                    let body = stream.read(bytes).await?;
                    if length < 0 {
                        self.hear(message::read(&body).map_err(|error| error.to_string())?);
                    }
                }
                other => return Err(format!("message {other}")),
            }
        }
    }

    fn hear(&self, said: Said) {
        match said {
            Said::Caps => {
                self.say(message::caps());
                (self.ready.borrow())(true);
                if self.offered.get() {
                    self.say(message::notify(true));
                }
            }
            Said::Request if self.offered.get() => {
                self.wanted.set(true);
                self.outlet.tell(News::ClipboardWanted);
            }
            Said::Peek => self.say(message::notify(self.offered.get())),
            Said::Notify(true) => self.outlet.tell(News::ClipboardOffered),
            Said::Notify(false) => self.outlet.tell(News::ClipboardGone),
            Said::Provide(text) if self.expected.replace(false) => {
                self.outlet.tell(News::ClipboardText(Hidden(text)));
            }
            Said::Request | Said::Provide(_) | Said::Other => {}
        }
    }

    /// Does what was asked, if it is about the clipboard.
    pub fn take(&self, request: &Request) {
        match request {
            Request::OfferClipboard => {
                self.offered.set(true);
                self.say(message::notify(true));
            }
            Request::ClipboardText(text) if self.wanted.replace(false) => {
                if text.0.is_empty() {
                    self.offered.set(false);
                    return self.say(message::notify(false));
                }
                match message::provide(&text.0) {
                    Ok(bytes) => self.say(bytes),
                    Err(error) => eprintln!("vireo-display: a text is kept back: {error}"),
                }
            }
            Request::WantClipboard => {
                self.expected.set(true);
                self.say(message::request());
            }
            _ => {}
        }
    }

    fn say(&self, bytes: Vec<u8>) {
        // A server that reads nothing any more gets nothing.
        let _ = self.outgoing.try_send(bytes);
    }
}
