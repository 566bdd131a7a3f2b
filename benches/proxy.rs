//! A Unix socket in front of a daemon that counts the calls that pass.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// `virKeepAlive`'s program number: no call.
const KEEPALIVE: u32 = 0x6b65_6570;

/// Counts the calls of all clients that come through its socket.
pub struct CallCounter {
    socket: PathBuf,
    calls: Arc<AtomicUsize>,
}

impl CallCounter {
    /// Listens beside the daemon's `target` socket.
    pub fn start(directory: &Path, target: &Path) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let socket = directory.join(format!("count-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let listener = UnixListener::bind(&socket).expect("a socket");
        let calls: Arc<AtomicUsize> = Arc::default();
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

    /// Where clients connect.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

/// Passes messages on: a length, then program, version, procedure, type (0 is a call) as 32-bit numbers.
fn forward(mut from: &UnixStream, mut to: &UnixStream, calls: &AtomicUsize) -> std::io::Result<()> {
    loop {
        let mut head = [0; 4];
        from.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head) as usize;
        let mut body = vec![0; length.saturating_sub(4)];
        from.read_exact(&mut body)?;
        let word = |position: usize| {
            body.get(position * 4..position * 4 + 4)
                .map(|word| word.try_into().map(u32::from_be_bytes))
        };
        if let (Some(Ok(program)), Some(Ok(0))) = (word(0), word(3))
            && program != KEEPALIVE
        {
            calls.fetch_add(1, Ordering::Relaxed);
        }
        to.write_all(&head)?;
        to.write_all(&body)?;
    }
}
