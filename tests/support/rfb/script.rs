//! A server that breaks the rules: a function that writes what it likes.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::handshake::{self, Security, Version};

/// One connection of a scripted server.
#[derive(Debug)]
pub struct Line {
    stream: UnixStream,
}

impl Line {
    /// Goes properly through the handshake, as a desktop of this size.
    pub fn greet(&mut self, width: u16, height: u16) -> io::Result<()> {
        handshake::greet(&mut self.stream, Version::V8, &Security::None)?;
        self.stream.write_all(&handshake::init(width, height, b"A desktop"))
    }

    /// From now on reads and forgets what the client says, so that it never waits for this side.
    pub fn ignore(&self) -> io::Result<()> {
        let mut stream = self.stream.try_clone()?;
        thread::spawn(move || io::copy(&mut stream, &mut io::sink()));
        Ok(())
    }

    /// Ends it in one or both directions.
    pub fn shutdown(&self, how: Shutdown) {
        // The client may have been faster.
        let _ = self.stream.shutdown(how);
    }

    /// Waits until the client has closed.
    pub fn until_closed(&mut self) {
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Act = dyn Fn(&mut Line) -> io::Result<()> + Send + Sync;

/// A server whose every connection is a function. Ends with its value.
#[derive(Clone)]
pub struct Script {
    act: Arc<Act>,
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// What happens on each connection; it is closed afterwards.
    pub fn new(act: impl Fn(&mut Line) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            act: Arc::new(act),
            open: Arc::default(),
        }
    }

    /// A connected socket.
    ///
    /// # Panics
    /// Without sockets.
    pub fn connect(&self) -> OwnedFd {
        let (here, there) = UnixStream::pair().expect("a pair of sockets");
        let kept = here.try_clone().expect("a descriptor");
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        let act = Arc::clone(&self.act);
        thread::spawn(move || {
            let mut line = Line { stream: here };
            // The client closing in the middle is what most scripts end with.
            let _ = act(&mut line);
            let _ = line.stream.shutdown(Shutdown::Both);
        });
        there.into()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if Arc::strong_count(&self.open) > 1 {
            return;
        }
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
