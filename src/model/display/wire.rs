//! The language between Vireo and `vireo-display`, the program that speaks VNC and SPICE for it.
//!
//! A display server is a stranger, and the libraries that read its bytes are old C: they run in a process of their own, one for
//! each open display, with little memory and few rights. What comes from there is believed no more than the server itself: the
//! bounds below hold on both sides. The picture passes through shared memory, everything else as messages of this module.
//!
//! Both programs are built from this file; it may name nothing of either.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Both programs must have the same: they are installed together.
pub const VERSION: u16 = 1;
/// Bytes of a message at most.
pub const LONGEST_MESSAGE: usize = 5 * 1024 * 1024;
/// Bytes of text that the clipboard takes, each way.
pub const LONGEST_CLIPBOARD: usize = 1024 * 1024;
/// Pixels of a surface at most: 8K.
pub const MOST_PIXELS: u64 = 7680 * 4320;
/// Width and height of a surface at most.
pub const LONGEST_SIDE: u32 = 16384;
/// Width and height of a cursor at most.
pub const LARGEST_CURSOR: u32 = 512;
/// Surfaces (heads) of one display at most.
pub const MOST_HEADS: u32 = 16;
/// Rectangles of a [`News::Damage`] at most: more are told as their bounds.
pub const MOST_RECTS: usize = 64;
/// Characters of names and reasons at most.
pub const LONGEST_TEXT: usize = 1024;

/// A text that must not be seen: never printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// The protocol of a display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// RFB.
    Vnc,
    /// SPICE.
    Spice,
}

/// The way to the display server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// A connected socket comes with the message; SPICE asks for one more for each channel ([`News::NeedSocket`]), VNC for one
    /// more if the clipboard is wanted.
    Socket,
    /// A TCP port, and for SPICE the one with TLS.
    Tcp {
        /// Name or address.
        host: String,
        /// Port without TLS (for VNC: the port, whatever comes over it).
        port: Option<u16>,
        /// Port with TLS of SPICE.
        tls_port: Option<u16>,
    },
    /// A socket in the file system.
    Unix {
        /// Its path.
        path: String,
    },
}

/// How to check a server that offers TLS. Paths of PEM files; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tls {
    /// Name that the certificate must carry; the host's name where this is empty.
    pub name: String,
    /// Authorities.
    pub ca: String,
    /// Revocations.
    pub crl: String,
    /// Certificate of the user.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// Subject that a SPICE server must have instead of a host name.
    pub subject: String,
}

/// What is opened: the first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Protocol.
    pub protocol: Protocol,
    /// Way there.
    pub route: Route,
    /// Trust.
    pub tls: Tls,
    /// User name, where it is known.
    pub user: Option<String>,
    /// Password, where it is known: tried before anybody is asked.
    pub password: Option<Hidden>,
    /// Others may stay connected (VNC).
    pub shared: bool,
    /// Text of the clipboard may be exchanged: else nothing of it is even negotiated.
    pub clipboard: bool,
    /// Sound may be played.
    pub sound: bool,
    /// The microphone may be heard by the guest (SPICE).
    pub microphone: bool,
    /// Offer smartcards of this computer to the guest (SPICE).
    pub smartcard: bool,
    /// Folder that the guest may see through SPICE's webdav channel, and whether only to read.
    pub folder: Option<(String, bool)>,
    /// Hand new USB devices of this computer to the guest as they are plugged in (SPICE).
    pub usb_auto: bool,
}

/// Something to type or click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Button {
    /// Left.
    Left,
    /// Middle.
    Middle,
    /// Right.
    Right,
    /// Back (button 8).
    Side,
    /// Forward (button 9).
    Extra,
}

/// One notch of a wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wheel {
    /// Away from the user.
    Up,
    /// Towards the user.
    Down,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// Lights of a keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Locks {
    /// Caps Lock.
    pub caps: bool,
    /// Num Lock.
    pub num: bool,
    /// Scroll Lock.
    pub scroll: bool,
}

/// What Vireo asks of the helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The first one, with a socket if the route is [`Route::Socket`].
    Open(Box<Open>),
    /// The answer to [`News::NeedSocket`], with the socket; without one the channel fails, for the reason given.
    Socket {
        /// The number that was asked for.
        token: u64,
        /// Why there is none.
        error: Option<String>,
    },
    /// The answer to [`News::NeedCredentials`].
    Credentials {
        /// User name, if it was asked for.
        user: Option<String>,
        /// Password.
        password: Option<Hidden>,
    },
    /// The damage told last of a surface is drawn: now more may be told. Until then the helper only gathers.
    Drawn {
        /// Which surface.
        head: u32,
    },
    /// Nobody looks (true): no updates are asked of the server until somebody does again.
    Hidden(bool),
    /// A key of the keyboard, by what is printed nowhere on it: its place.
    Key {
        /// Pressed or released.
        down: bool,
        /// Linux input event code (`KEY_A` is 30).
        code: u32,
        /// X11 key symbol of this keyboard's layout, 0 where there is none: for servers that don't take places.
        symbol: u32,
    },
    /// The pointer is here, in pixels of the surface.
    Move {
        /// Which surface.
        head: u32,
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
    },
    /// The pointer has moved by this much; for [`News::PointerMode`] relative.
    MoveBy {
        /// To the right.
        dx: i32,
        /// Down.
        dy: i32,
    },
    /// A button of the pointer, where it is.
    Click {
        /// Which.
        button: Button,
        /// Pressed or released.
        down: bool,
    },
    /// A notch of the wheel.
    Scroll(Wheel),
    /// Makes the guest's locks the same as this computer's.
    SetLocks(Locks),
    /// The guest's screen should have this size in pixels.
    Resize {
        /// Which surface.
        head: u32,
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// Shows a further screen of the guest, or hides one (SPICE).
    ShowHead {
        /// Which surface.
        head: u32,
        /// Shown or hidden.
        shown: bool,
    },
    /// There is text on this computer's clipboard which the guest may ask for.
    OfferClipboard,
    /// The text that [`News::ClipboardWanted`] asked for; empty if there is none any more.
    ClipboardText(Hidden),
    /// Asks for the text that the guest has offered.
    WantClipboard,
    /// Sound on or off, without a new connection.
    Sound(bool),
    /// Copies files into the guest (SPICE agent).
    SendFiles {
        /// Number of the transfer, chosen by Vireo.
        id: u64,
        /// Paths on this computer.
        paths: Vec<String>,
    },
    /// Gives a transfer up.
    CancelFiles {
        /// Its number.
        id: u64,
    },
    /// Hands a USB device of this computer to the guest or takes it back (SPICE).
    Usb {
        /// From [`News::UsbDevices`].
        id: String,
        /// To the guest or back.
        connect: bool,
    },
    /// Close in order and end.
    Close,
}

/// A rectangle in pixels of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Rect {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// What a pointer looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// The usual arrow: the server does not say.
    Default,
    /// The guest shows none, or draws it into the picture.
    Hidden,
    /// A shape.
    Shape {
        /// Width in pixels, at most [`LARGEST_CURSOR`].
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The pixel that points, from the left.
        hot_x: u32,
        /// And from the top.
        hot_y: u32,
        /// Red, green, blue, alpha (not premultiplied), row by row, without gaps.
        pixels: Vec<u8>,
    },
}

/// What this display can do beyond showing a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Abilities {
    /// The guest's screen can be given another size now.
    pub resize: bool,
    /// Text of the clipboard can be exchanged now.
    pub clipboard: bool,
    /// Files can be sent now.
    pub files: bool,
    /// USB devices can be handed over.
    pub usb: bool,
    /// The server has a sound channel.
    pub sound: bool,
    /// The agent in the guest answers (SPICE).
    pub agent: bool,
}

/// A USB device of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsbDevice {
    /// To name it in [`Request::Usb`].
    pub id: String,
    /// Words for the user.
    pub name: String,
    /// The guest has it.
    pub connected: bool,
    /// Why it can't be handed over, if so.
    pub obstacle: Option<String>,
}

/// Why a display ended. Texts are the library's or the server's own, for *Details*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The server closed, or we did.
    Closed,
    /// It could not be reached.
    Unreachable(String),
    /// The password, or user and password, were refused.
    Refused(String),
    /// It asks for a way to prove who we are that is not known here.
    UnknownSecurity(String),
    /// TLS failed: certificate or name.
    Untrusted(String),
    /// The server broke the rules of the protocol or the bounds of this module.
    Broken(String),
    /// It does not answer.
    Silent,
    /// The helper ended by itself: a crash, or its memory was used up. Told by the receiving side.
    HelperLost(String),
}

/// What the helper tells. Numbers and texts are the server's: check before use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// The first one.
    Hello {
        /// [`VERSION`].
        version: u16,
    },
    /// One more connection to the same server is needed: [`Request::Socket`].
    NeedSocket {
        /// To be repeated in the answer.
        token: u64,
        /// What for, in the protocol's words.
        channel: String,
        /// The one with TLS.
        tls: bool,
    },
    /// The server asks who we are.
    NeedCredentials {
        /// It wants a name.
        user: bool,
        /// It wants a password.
        password: bool,
        /// 1 for the first time; larger after a refusal.
        attempt: u32,
        /// What it said about the refusal.
        reason: Option<String>,
    },
    /// The server let us in.
    Connected {
        /// What protects the connection, in the protocol's words (`None`, `VeNCrypt X509Plain`, `TLS`).
        security: String,
    },
    /// A surface begins or has another size: its memory comes with the message, `stride * height` bytes of blue, green, red
    /// and an alpha of 255. It is sealed against changes of its size. All of it is to be drawn.
    Surface {
        /// Which.
        head: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes of a row.
        stride: u32,
    },
    /// A surface is no more.
    HeadGone {
        /// Which.
        head: u32,
    },
    /// These parts of a surface are new. Nothing more is told or written until [`Request::Drawn`].
    Damage {
        /// Which surface.
        head: u32,
        /// The parts; inside the surface.
        rects: Vec<Rect>,
    },
    /// Another pointer shape.
    Cursor(Cursor),
    /// The guest has put the pointer here.
    CursorAt {
        /// Which surface.
        head: u32,
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
    },
    /// The guest takes places of the pointer (true) or only movements.
    PointerMode {
        /// Places.
        absolute: bool,
    },
    /// Lights of the guest's keyboard.
    Locks(Locks),
    /// Name of the desktop.
    Name(String),
    /// The guest wants to be heard.
    Bell,
    /// What can be done changed.
    Abilities(Abilities),
    /// The guest has text on its clipboard: [`Request::WantClipboard`].
    ClipboardOffered,
    /// The text, at most [`LONGEST_CLIPBOARD`] bytes.
    ClipboardText(Hidden),
    /// The guest wants our text: [`Request::ClipboardText`].
    ClipboardWanted,
    /// The guest's clipboard is empty.
    ClipboardGone,
    /// A transfer goes on.
    FilesProgress {
        /// Its number.
        id: u64,
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A transfer is over.
    FilesDone {
        /// Its number.
        id: u64,
        /// Why not.
        error: Option<String>,
    },
    /// USB devices of this computer.
    UsbDevices(Vec<UsbDevice>),
    /// A USB device could not be handed over or taken back.
    UsbFailed {
        /// Which.
        id: String,
        /// Why.
        error: String,
    },
    /// The last one.
    Ended(End),
}
