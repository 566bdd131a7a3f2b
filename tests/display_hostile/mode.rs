//! What a hostile server does, and what must come of it.

use std::fmt;
use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress};

use crate::support::rfb::pixels::Area;
use crate::support::rfb::{Line, encode};

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The display ends.
    Ends,
    /// The display goes on: it shows what is sent afterwards.
    Lives,
    /// One or the other: it depends on what the library thinks of it. Memory, processor and the end are bounded all the same.
    Bounded,
}

pub type Act = dyn Fn(&mut Line) -> io::Result<()> + Send + Sync;

/// One kind of hostility.
pub struct Mode {
    pub name: &'static str,
    pub verdict: Verdict,
    pub act: Arc<Act>,
    /// What happens on the second connection, that of the clipboard. Without it none is even allowed.
    pub clipboard: Option<Arc<Act>>,
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.name, self.verdict)
    }
}

impl Mode {
    pub fn new(
        name: &'static str,
        verdict: Verdict,
        act: impl Fn(&mut Line) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            verdict,
            act: Arc::new(act),
            clipboard: None,
        }
    }

    /// A proper desktop that then sends these bytes.
    pub fn sends(name: &'static str, verdict: Verdict, bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::new(name, verdict, move |line| {
            desktop(line)?;
            line.write_all(&bytes())
        })
    }

    /// A proper desktop that then sends an update of this rectangle.
    pub fn tells(
        name: &'static str,
        verdict: Verdict,
        area: (u16, u16, u16, u16),
        encoding: i32,
        body: impl Fn() -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::sends(name, verdict, move || update(&[rectangle(area, encoding, &body())]))
    }

    /// A proper desktop whose clipboard, on its own connection, does this after the handshake.
    pub fn clips(name: &'static str, act: impl Fn(&mut Line) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            clipboard: Some(Arc::new(move |line| {
                desktop(line)?;
                act(line)
            })),
            ..Self::new(name, Verdict::Lives, desktop)
        }
    }
}

/// Size of a proper desktop here.
pub const WIDTH: u16 = 640;
pub const HEIGHT: u16 = 480;

/// Goes properly through the handshake and listens to nothing more.
pub fn desktop(line: &mut Line) -> io::Result<()> {
    line.greet(WIDTH, HEIGHT)?;
    line.ignore()
}

/// Closes in both directions.
pub fn close(line: &Line) {
    line.shutdown(Shutdown::Both);
}

/// Says no more, and still listens: the client reads all that was sent, and then the end.
pub fn end(line: &Line) {
    line.shutdown(Shutdown::Write);
}

pub fn rectangle((x, y, width, height): (u16, u16, u16, u16), encoding: i32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::head(&mut bytes, Area::new(x, y, width, height), encoding);
    bytes.extend_from_slice(body);
    bytes
}

pub fn update(rectangles: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = encode::update(rectangles.len());
    bytes.extend(rectangles.iter().flatten());
    bytes
}

/// A number as it passes the line.
pub fn long(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// Writes the same again and again, until the client has enough or so many bytes have passed.
pub fn flood(line: &mut Line, bytes: &[u8], most: usize) -> io::Result<()> {
    let times = (64 * 1024 / bytes.len()).max(1);
    let many = bytes.repeat(times);
    for _ in 0..most.div_ceil(many.len()) {
        line.write_all(&many)?;
    }
    Ok(())
}

/// A stream of zlib that unpacks to so many MiB of zeros, a thousandth of that itself.
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut packer = Compress::new(Compression::best(), true);
    let mut piece = || {
        let mut out = Vec::with_capacity(64 * 1024);
        packer
            .compress_vec(&zeros, &mut out, FlushCompress::Full)
            .expect("zlib");
        out
    };
    // After a full flush each piece stands alone: the second can be repeated.
    let mut stream = piece();
    let again = piece();
    for _ in 1..mebibytes {
        stream.extend_from_slice(&again);
    }
    stream
}
