//! A TCP proxy on 127.0.0.1 that makes the faults of a network.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What the proxy does to the bytes that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Passes them on.
    Pass,
    /// Holds them back, in both directions; connections stay open, as when a cable is pulled.
    Freeze,
    /// Takes connections and never says a word; nothing is opened behind it.
    Silent,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    delay: Duration,
    /// Passes this many more bytes from the server, then cuts.
    cut_after: Option<usize>,
    /// Calls that may pass; later ones are held back.
    calls_allowed: usize,
    open: Vec<TcpStream>,
    ended: bool,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    accepted: AtomicUsize,
    trips: AtomicUsize,
    /// Procedure numbers of the calls that passed, if they are looked at.
    calls: Option<Mutex<Vec<u32>>>,
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The proxy. Ends with its value.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `target`.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(target: SocketAddr) -> Self {
        Self::start_with(target, None)
    }

    /// The same, looking at each message of the client: only for lines that are not encrypted.
    pub fn counting(target: SocketAddr) -> Self {
        Self::start_with(target, Some(Mutex::default()))
    }

    fn start_with(target: SocketAddr, calls: Option<Mutex<Vec<u32>>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                mode: Mode::Pass,
                delay: Duration::ZERO,
                cut_after: None,
                calls_allowed: usize::MAX,
                open: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
            accepted: AtomicUsize::new(0),
            trips: AtomicUsize::new(0),
            calls,
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, target, &accepting));
        Self { port, shared }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections taken so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Changes of direction from client to server so far: the round trips that the client waited for.
    pub fn trips(&self) -> usize {
        self.shared.trips.load(Ordering::SeqCst)
    }

    /// Procedure numbers (`remote_procedure`) of the calls that passed so far, in order.
    ///
    /// # Panics
    /// If the proxy does not count.
    pub fn calls(&self) -> Vec<u32> {
        let calls = self.shared.calls.as_ref().expect("a counting proxy");
        calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets this many calls pass, those so far included, and holds back all that follow.
    pub fn allow_calls(&self, count: usize) {
        self.change(|state| state.calls_allowed = count);
    }

    /// Delays every byte by this much in each direction: half a round trip. Order and throughput stay.
    pub fn delay(&self, each_way: Duration) {
        self.change(|state| state.delay = each_way);
    }

    /// Holds everything back from now on.
    pub fn freeze(&self) {
        self.change(|state| state.mode = Mode::Freeze);
    }

    /// Takes connections from now on but never answers; those that are open are held back.
    pub fn silence(&self) {
        self.change(|state| state.mode = Mode::Silent);
    }

    /// Passes everything on again.
    pub fn thaw(&self) {
        self.change(|state| state.mode = Mode::Pass);
    }

    /// Cuts all open connections now.
    pub fn cut(&self) {
        self.change(|state| {
            for stream in state.open.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }

    /// Cuts all connections in the middle of an answer: after that many more bytes from the server.
    pub fn cut_after(&self, bytes: usize) {
        self.change(|state| state.cut_after = Some(bytes));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.state());
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.change(|state| state.ended = true);
        // Wakes the accepting thread.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        let Ok(client) = client else { return };
        if shared.state().ended {
            return;
        }
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let Ok(kept) = client.try_clone() else { continue };
        shared.state().open.push(kept);
        if shared.state().mode == Mode::Silent {
            continue;
        }
        let Ok(server) = TcpStream::connect(target) else {
            let _ = client.shutdown(Shutdown::Both);
            continue;
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        if let Ok(kept) = server.try_clone() {
            shared.state().open.push(kept);
        }
        let last_was_client = Arc::new(Mutex::new(false));
        for (from, to, is_client) in [(&client, &server, true), (&server, &client, false)] {
            let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                continue;
            };
            let shared = Arc::clone(shared);
            let last_was_client = Arc::clone(&last_was_client);
            thread::spawn(move || pump(from, to, is_client, &shared, &last_was_client));
        }
    }
}

/// Carries one direction; a second thread writes, so that a delay does not lower throughput.
fn pump(mut from: TcpStream, to: TcpStream, is_client: bool, shared: &Arc<Shared>, last_was_client: &Mutex<bool>) {
    let (sender, receiver) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    let writing = Arc::clone(shared);
    let writer = thread::spawn(move || write_on(to, &receiver, is_client, &writing));
    let calls = shared.calls.as_ref().filter(|_| is_client);
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = match calls {
        Some(calls) => read_message(&mut from, &mut buffer, shared, calls),
        None => from.read(&mut buffer),
    } {
        if count == 0 {
            break;
        }
        let mut last = last_was_client.lock().unwrap_or_else(PoisonError::into_inner);
        if is_client && !*last {
            shared.trips.fetch_add(1, Ordering::SeqCst);
        }
        *last = is_client;
        drop(last);
        let due = Instant::now() + shared.state().delay;
        if sender.send((due, buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    let _ = writer.join();
}

/// Reads one message of the client: its length, then program, version, procedure, type (0 is a call) as 32-bit numbers.
fn read_message(
    from: &mut TcpStream,
    buffer: &mut Vec<u8>,
    shared: &Shared,
    calls: &Mutex<Vec<u32>>,
) -> std::io::Result<usize> {
    const KEEPALIVE: u32 = 0x6b65_6570;
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let count = u32::from_be_bytes(length) as usize;
    buffer.resize(count.max(4), 0);
    buffer[..4].copy_from_slice(&length);
    from.read_exact(&mut buffer[4..count])?;
    let word = |at: usize| {
        let bytes = buffer.get(at * 4..at * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(u32::MAX, u32::from_be_bytes)
    };
    if word(1) != KEEPALIVE && word(4) == 0 {
        let passed = || calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = shared.state();
        while passed().len() >= state.calls_allowed && !state.ended {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        passed().push(word(3));
    }
    Ok(count)
}

fn write_on(
    mut to: TcpStream,
    receiver: &std::sync::mpsc::Receiver<(Instant, Vec<u8>)>,
    is_client: bool,
    shared: &Shared,
) {
    for (due, mut bytes) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut state = shared.state();
        while state.mode != Mode::Pass && !state.ended {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut cut = false;
        if let Some(left) = state.cut_after.filter(|_| !is_client) {
            cut = bytes.len() >= left;
            bytes.truncate(left);
            state.cut_after = if cut { None } else { Some(left - bytes.len()) };
        }
        drop(state);
        if to.write_all(&bytes).is_err() {
            break;
        }
        if cut {
            for stream in shared.state().open.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
