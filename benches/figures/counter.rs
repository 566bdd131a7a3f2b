//! A Unix socket in front of a daemon that counts the calls that pass.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// `virKeepAlive`'s program number: no call.
const KEEPALIVE: u32 = 0x6b65_6570;

/// A call: when it passed, and the number of its procedure.
type Call = (Instant, u32);

/// Counts the calls of all clients that come through its socket.
pub struct CallCounter {
    socket: PathBuf,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl CallCounter {
    /// Listens beside the daemon's `target` socket.
    ///
    /// # Panics
    /// If that is impossible.
    pub fn start(directory: &Path, target: &Path) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let socket = directory.join(format!("count-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let listener = UnixListener::bind(&socket).expect("a socket");
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (target, counted) = (target.to_owned(), Arc::clone(&calls));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = UnixStream::connect(&target).expect("the daemon");
                let (mut from, mut to) = (server.try_clone().expect("a copy"), client.try_clone().expect("a copy"));
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
                let counted = Arc::clone(&counted);
                thread::spawn(move || {
                    let _ = forward(&client, &server, &counted);
                    let _ = server.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Self { socket, calls }
    }

    /// The test driver's default world through this socket.
    pub fn uri(&self) -> String {
        format!("test+unix:///default?socket={}", self.socket.display())
    }

    /// QEMU through this socket.
    pub fn uri_qemu(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.socket.display())
    }

    /// The longest time without any call since this moment.
    pub fn longest_pause(&self, since: Instant) -> Duration {
        let mut before = since;
        let mut longest = Duration::ZERO;
        for (at, _) in self.passed().iter().filter(|(at, _)| *at > since) {
            longest = longest.max(*at - before);
            before = *at;
        }
        longest.max(before.elapsed())
    }

    fn passed(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.passed().len()
    }

    /// Calls until this moment.
    pub fn calls_until(&self, moment: Instant) -> usize {
        self.passed().iter().filter(|(at, _)| *at <= moment).count()
    }

    /// How often each procedure was called from one moment to another.
    pub fn procedures(&self, from: Instant, to: Instant) -> HashMap<u32, usize> {
        let mut found = HashMap::new();
        for (_, procedure) in self.passed().iter().filter(|(at, _)| (from..to).contains(at)) {
            *found.entry(*procedure).or_default() += 1;
        }
        found
    }

    /// Waits until what is read in the background after the list is in: until less than 25 calls a second pass.
    pub fn settle(&self) {
        self.settle_below(100);
    }

    /// Waits until less than so many calls pass in 4 seconds.
    pub fn settle_below(&self, calls: usize) {
        let until = Instant::now() + Duration::from_secs(120);
        let mut before = self.calls();
        while Instant::now() < until {
            thread::sleep(Duration::from_secs(4));
            let now = self.calls();
            if now - before < calls {
                return;
            }
            before = now;
        }
    }
}

/// Passes messages on: a length, then program, version, procedure, type (0 is a call) as 32-bit numbers.
fn forward(mut from: &UnixStream, mut to: &UnixStream, calls: &Mutex<Vec<Call>>) -> std::io::Result<()> {
    loop {
        let mut head = [0; 4];
        from.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head) as usize;
        let mut body = vec![0; length.saturating_sub(4)];
        from.read_exact(&mut body)?;
        let word = |position: usize| {
            let bytes = body.get(position * 4..position * 4 + 4)?;
            bytes.try_into().ok().map(u32::from_be_bytes)
        };
        if let (Some(program), Some(procedure), Some(0)) = (word(0), word(2), word(3))
            && program != KEEPALIVE
        {
            let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push((Instant::now(), procedure));
        }
        to.write_all(&head)?;
        to.write_all(&body)?;
    }
}
