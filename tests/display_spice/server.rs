//! A SPICE server that does what a test says: it takes every channel, keeps what it hears, and sends what it is told.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use vireo::model::display::wire::Route;

use crate::support::wait_for;

pub const MAIN: u8 = 1;
pub const DISPLAY: u8 = 2;
pub const INPUTS: u8 = 3;
pub const CURSOR: u8 = 4;
pub const PLAYBACK: u8 = 5;
pub const RECORD: u8 = 6;
pub const SMARTCARD: u8 = 8;
pub const WEBDAV: u8 = 11;

/// A key of 1024 bits, as the protocol wants it; nobody here has its other half.
const PUBLIC_KEY: [u8; 162] = [
    0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03,
    0x81, 0x8d, 0x00, 0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00, 0xf5, 0xf1, 0x88, 0xf1, 0xb3, 0x92, 0xce, 0xe1, 0x97,
    0xa9, 0xe2, 0xa6, 0x7a, 0xaf, 0xe2, 0xf9, 0xc8, 0x72, 0x05, 0x28, 0x47, 0x06, 0x4d, 0x4f, 0x55, 0x89, 0xd5, 0x88,
    0xb1, 0x00, 0xca, 0xfa, 0x80, 0x41, 0x0e, 0x34, 0x8f, 0x9b, 0x1b, 0x04, 0x8e, 0x48, 0xbf, 0x6e, 0x3b, 0x55, 0x0b,
    0x53, 0x01, 0xc3, 0x48, 0xaa, 0xd1, 0x8d, 0x0b, 0x8d, 0x8a, 0x9b, 0xab, 0x80, 0x32, 0x1b, 0xda, 0x2b, 0x20, 0x91,
    0x06, 0x3c, 0x1b, 0x50, 0xa8, 0xef, 0x80, 0xe7, 0x77, 0x9d, 0x62, 0xae, 0x8b, 0x6f, 0x02, 0xd6, 0x44, 0x5a, 0x3f,
    0x1f, 0xe8, 0x66, 0xc8, 0x92, 0x06, 0x61, 0x4f, 0xed, 0xe4, 0x84, 0xc6, 0xe1, 0x64, 0x15, 0x27, 0x22, 0x76, 0x1b,
    0xc0, 0xb7, 0x31, 0x92, 0x14, 0x1b, 0x4f, 0x81, 0x73, 0xfa, 0x42, 0x37, 0x16, 0xc9, 0x8d, 0x94, 0xa6, 0xb3, 0x69,
    0x68, 0xd8, 0xe5, 0x09, 0xdf, 0x02, 0x03, 0x01, 0x00, 0x01,
];
/// `SPICE_COMMON_CAP_MINI_HEADER`: messages have a type and a size, nothing else.
const COMMON: u32 = 1 << 3;

/// Numbers as the protocol has them, one after the other.
pub fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, u32::from_le_bytes)
}

/// A message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub channel: (u8, u8),
    pub kind: u16,
    pub data: Vec<u8>,
}

#[derive(Default)]
struct State {
    channels: HashMap<(u8, u8), TcpStream>,
    heard: Vec<Heard>,
    agent_said: Vec<u8>,
}

#[derive(Clone)]
pub struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
    /// What the server says it has.
    channels: Arc<Vec<(u8, u8)>>,
}

impl Server {
    /// Takes connections; `channels` are those beside the main one.
    pub fn start(channels: &[(u8, u8)]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let server = Self {
            port: listener.local_addr().expect("its number").port(),
            state: Arc::default(),
            channels: Arc::new(channels.to_vec()),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let server = serving.clone();
                thread::spawn(move || server.serve(socket));
            }
        });
        server
    }

    pub fn route(&self) -> Route {
        route(self.port)
    }

    /// Sends the client to another server, at once.
    pub fn switch_host(&self, other: &Self) {
        let host = b"127.0.0.1\0";
        // Ports without and with TLS; size and place of the host's name, and of a subject that there is not.
        let mut message = [other.port.to_le_bytes(), [0, 0]].concat();
        message.extend(numbers(&[u32::try_from(host.len()).expect("a size"), 20, 0, 0]));
        message.extend(host);
        self.send((MAIN, 0), 111, &message);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut socket: TcpStream) -> io::Result<()> {
        let channel = link(&mut socket)?;
        self.state().channels.insert(channel, socket.try_clone()?);
        let result = self.listen(channel, socket);
        self.state().channels.remove(&channel);
        result
    }

    fn listen(&self, channel: (u8, u8), mut socket: TcpStream) -> io::Result<()> {
        match channel.0 {
            // Session, displays, modes of the pointer (both, places now), no agent, its tokens, time, memory.
            MAIN => self.send(channel, 103, &numbers(&[1, 1, 3, 2, 0, 10, 0, 0])),
            INPUTS => self.send(channel, 101, &[0, 0]),
            // Place, trail, visible, no shape.
            CURSOR => self.send(channel, 101, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]),
            _ => {}
        }
        loop {
            let mut head = [0; 6];
            socket.read_exact(&mut head)?;
            let mut data = vec![0; number(&head, 2) as usize];
            socket.read_exact(&mut data)?;
            let kind = u16::from_le_bytes([head[0], head[1]]);
            if channel.0 == MAIN && kind == 104 {
                let mut list = numbers(&[u32::try_from(self.channels.len()).expect("few")]);
                list.extend(self.channels.iter().flat_map(|(kind, id)| [*kind, *id]));
                self.send(channel, 104, &list);
            }
            let mut state = self.state();
            if channel.0 == MAIN && kind == 107 {
                state.agent_said.extend(&data);
            }
            state.heard.push(Heard { channel, kind, data });
        }
    }

    /// Sends a message on a channel that the client has connected.
    pub fn send(&self, channel: (u8, u8), kind: u16, data: &[u8]) {
        let mut message = kind.to_le_bytes().to_vec();
        message.extend(u32::try_from(data.len()).expect("a size").to_le_bytes());
        message.extend(data);
        let mut state = self.state();
        if let Some(socket) = state.channels.get_mut(&channel) {
            let _ = socket.write_all(&message);
        }
    }

    /// Closes one channel.
    pub fn close(&self, channel: (u8, u8)) {
        if let Some(socket) = self.state().channels.remove(&channel) {
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Waits until the client has connected a channel.
    #[track_caller]
    pub fn wait_channel(&self, channel: (u8, u8)) {
        let limit = Duration::from_secs(20);
        wait_for("a channel", limit, || {
            self.state().channels.contains_key(&channel).then_some(())
        });
    }

    pub fn is_connected(&self, channel: (u8, u8)) -> bool {
        self.state().channels.contains_key(&channel)
    }

    /// Waits until the client has closed a channel.
    #[track_caller]
    pub fn wait_closed(&self, channel: (u8, u8)) {
        let limit = Duration::from_secs(20);
        wait_for("the end of a channel", limit, || {
            (!self.is_connected(channel)).then_some(())
        });
    }

    /// Waits for a message of the client.
    #[track_caller]
    pub fn wait(&self, what: &str, fits: impl Fn(&Heard) -> bool) -> Heard {
        wait_for(what, Duration::from_secs(20), || {
            self.state().heard.iter().find(|heard| fits(heard)).cloned()
        })
    }

    /// Sends a message of the guest's agent.
    pub fn agent(&self, kind: u32, data: &[u8]) {
        let size = u32::try_from(data.len()).expect("a size");
        let mut message = numbers(&[1, kind, 0, 0, size]);
        message.extend(data);
        for piece in message.chunks(2048) {
            self.send((MAIN, 0), 109, piece);
        }
    }

    /// What the client has told the agent, whole messages: type and data.
    pub fn told_agent(&self) -> Vec<(u32, Vec<u8>)> {
        let said = self.state().agent_said.clone();
        let mut rest = said.as_slice();
        let mut messages = Vec::new();
        while rest.len() >= 20 {
            let size = number(rest, 16) as usize;
            let Some(data) = rest.get(20..20 + size) else { break };
            messages.push((number(rest, 4), data.to_vec()));
            rest = &rest[20 + size..];
        }
        messages
    }

    /// Waits for a message to the agent.
    #[track_caller]
    pub fn wait_agent(&self, what: &str, fits: impl Fn(u32, &[u8]) -> bool) -> Vec<u8> {
        wait_for(what, Duration::from_secs(20), || {
            let found = self.told_agent().into_iter().find(|(kind, data)| fits(*kind, data));
            found.map(|(_, data)| data)
        })
    }

    /// A picture of one colour begins on a display channel.
    pub fn surface(&self, id: u8, width: u32, height: u32, format: u32) {
        self.send((DISPLAY, id), 314, &numbers(&[0, width, height, format, 1]));
    }

    /// Fills a rectangle with a colour.
    pub fn fill(&self, id: u8, x: u32, y: u32, width: u32, height: u32, colour: u32) {
        // Surface; top, left, bottom, right; no clip; solid brush; put; no mask.
        let mut draw = numbers(&[0, y, x, y + height, x + width]);
        draw.push(0);
        draw.push(1);
        draw.extend(numbers(&[colour]));
        draw.extend([8, 0]);
        draw.push(0);
        draw.extend(numbers(&[0, 0, 0]));
        self.send((DISPLAY, id), 302, &draw);
    }

    /// Tells where the monitors are: number, x, y, width, height.
    pub fn monitors(&self, id: u8, monitors: &[(u32, u32, u32, u32, u32)]) {
        let count = u16::try_from(monitors.len()).expect("few");
        let mut config: Vec<u8> = [count.to_le_bytes(), 4_u16.to_le_bytes()].concat();
        for (monitor, x, y, width, height) in monitors {
            config.extend(numbers(&[*monitor, 0, *width, *height, *x, *y, 0]));
        }
        self.send((DISPLAY, id), 317, &config);
    }
}

/// The way to a port of this computer.
pub fn route(port: u16) -> Route {
    Route::Tcp {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls_port: None,
    }
}

/// Takes a client's greeting and lets it in: type and number of the channel.
pub fn link(socket: &mut TcpStream) -> io::Result<(u8, u8)> {
    let mut head = [0; 16];
    socket.read_exact(&mut head)?;
    let mut greeting = vec![0; number(&head, 12) as usize];
    socket.read_exact(&mut greeting)?;
    let channel = (greeting[4], greeting[5]);
    let mut reply = numbers(&[0]);
    reply.extend(PUBLIC_KEY);
    // Of a display: it tells its monitors.
    let own = if channel.0 == DISPLAY { 1 << 1 } else { 0 };
    reply.extend(numbers(&[1, 1, 178, COMMON, own]));
    let mut answer = b"REDQ".to_vec();
    answer.extend(numbers(&[2, 2, u32::try_from(reply.len()).expect("a size")]));
    answer.extend(reply);
    socket.write_all(&answer)?;
    let mut ticket = [0; 128];
    socket.read_exact(&mut ticket)?;
    socket.write_all(&numbers(&[0]))?;
    Ok(channel)
}

/// A server that does with each connection what `play` does.
pub fn script(play: impl Fn(TcpStream) + Send + Sync + 'static) -> Route {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let play = Arc::new(play);
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let play = Arc::clone(&play);
            thread::spawn(move || play(socket));
        }
    });
    route(port)
}
