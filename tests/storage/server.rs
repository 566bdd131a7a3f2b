//! A small HTTP server that does what a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Proper,
    /// Breaks the line after so many bytes, the first time.
    Breaks(usize),
    /// Does not say how long the content is.
    Vague,
    /// Says nothing more after so many bytes until it is told to go on.
    Stalls(usize),
}

/// The server. Ends with the test program.
pub struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
    ranges: Arc<Mutex<Vec<String>>>,
    gate: Arc<Gate>,
}

/// Where an answer that stalls waits.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.opened.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Server {
    /// Serves `content` at `/image`; `/moved` leads there and `/circle` to itself.
    pub fn start(content: Vec<u8>, manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::<Gate>::default();
        let (count, noted, way) = (Arc::clone(&asked), Arc::clone(&ranges), Arc::clone(&gate));
        thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let turn = count.fetch_add(1, Ordering::SeqCst);
                // A client that hangs up is no failure of the server.
                let _ = answer(line, &content, manner, turn, &noted, &way);
            }
        });
        Self {
            port,
            asked,
            ranges,
            gate,
        }
    }

    /// Lets an answer that stalls go on.
    pub fn go_on(&self) {
        *self.gate.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.gate.opened.notify_all();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What parts it was asked for.
    pub fn ranges(&self) -> Vec<String> {
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answer(
    line: TcpStream,
    content: &[u8],
    manner: Manner,
    turn: usize,
    ranges: &Mutex<Vec<String>>,
    gate: &Gate,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(line.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut from = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        let header = header.to_ascii_lowercase();
        if let Some(range) = header.trim().strip_prefix("range: bytes=") {
            ranges
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(range.to_owned());
            from = range.trim_end_matches('-').parse().unwrap_or(0);
        }
    }
    let mut line = line;
    let path = first.split(' ').nth(1).unwrap_or("/");
    match path {
        "/moved" => {
            return write!(
                line,
                "HTTP/1.1 302 Found\r\nLocation: /image\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        "/circle" => {
            return write!(
                line,
                "HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        "/image" => {}
        _ => {
            return write!(
                line,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
    }
    let rest = content.get(from..).unwrap_or_default();
    let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
    write!(line, "HTTP/1.1 {status}\r\nETag: \"one\"\r\nConnection: close\r\n")?;
    if manner != Manner::Vague {
        write!(line, "Content-Length: {}\r\n", rest.len())?;
    }
    line.write_all(b"\r\n")?;
    let sent = match manner {
        Manner::Stalls(after) => {
            let (now, later) = rest.split_at(after.min(rest.len()));
            line.write_all(now)?;
            gate.pass();
            later
        }
        Manner::Breaks(after) if turn == 0 => rest.get(..after).unwrap_or(rest),
        _ => rest,
    };
    line.write_all(sent)?;
    line.shutdown(std::net::Shutdown::Both)
}
