//! Hostility before the picture: banner, ways to prove who one is, the first message.

use std::io::{self, Read, Write};

use crate::mode::Verdict::{Bounded, Ends, Lives};
use crate::mode::{HEIGHT, Mode, WIDTH, close, desktop, end, flood, long};
use crate::support::rfb::handshake::init;
use crate::support::rfb::{Line, PixelFormat};

const BANNER: &[u8; 12] = b"RFB 003.008\n";
const ENDLESS: usize = 1 << 30;

/// Sends the banner and takes the client's.
fn banner(line: &mut Line) -> io::Result<()> {
    line.write_all(BANNER)?;
    line.read_exact(&mut [0; 12])
}

/// Up to the choice of one way to prove who one is.
fn choose(line: &mut Line, kind: u8) -> io::Result<()> {
    banner(line)?;
    line.write_all(&[1, kind])?;
    line.read_exact(&mut [0; 1])
}

/// Goes through without proof, up to the first message of the server.
fn enter(line: &mut Line) -> io::Result<()> {
    choose(line, 1)?;
    line.write_all(&long(0))?;
    line.read_exact(&mut [0; 1])
}

fn begins(name: &'static str, bytes: &'static [u8]) -> Mode {
    Mode::new(name, Ends, move |line| {
        line.write_all(bytes)?;
        line.ignore()?;
        // Those that take it for another version get something to choke on.
        line.write_all(&[0xff; 4096])
    })
}

/// Banner and versions.
pub fn versions() -> Vec<Mode> {
    vec![
        Mode::new("endless banner", Ends, |line| flood(line, b"A", ENDLESS)),
        begins("a web server", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
        begins("version 2.2", b"RFB 002.002\n"),
        begins("version 999.999", b"RFB 999.999\n"),
        begins("version in letters", b"RFB abc.def\n"),
        begins("negative version", b"RFB -01.-08\n"),
        begins("banner of formats", b"RFB %s%n%s%n\n"),
        begins("banner of zeros", &[0; 12]),
        Mode::new("closes at once", Ends, |line| {
            close(line);
            Ok(())
        }),
    ]
}

fn subtypes(name: &'static str, version: [u8; 2], list: fn() -> Vec<u8>) -> Mode {
    Mode::new(name, Ends, move |line| {
        choose(line, 19)?;
        line.write_all(&version)?;
        line.read_exact(&mut [0; 2])?;
        line.write_all(&list())?;
        line.ignore()?;
        line.write_all(&[0xff; 4096])?;
        end(line);
        Ok(())
    })
}

/// Ways to prove who one is.
pub fn securities() -> Vec<Mode> {
    let mut modes = ways();
    modes.extend(refusals());
    modes.extend(proofs());
    modes
}

fn ways() -> Vec<Mode> {
    vec![
        Mode::new("no way, endless reason", Ends, |line| {
            banner(line)?;
            line.write_all(&[0, 0xff, 0xff, 0xff, 0xff])?;
            flood(line, b"because ", ENDLESS)
        }),
        Mode::new("no way, reason of formats", Ends, |line| {
            banner(line)?;
            line.write_all(&[0])?;
            line.write_all(&long(11))?;
            line.write_all(b"%s%n\x1b[2J\xff\xfe\x00")
        }),
        Mode::new("255 unknown ways", Ends, |line| {
            banner(line)?;
            let mut list = vec![255];
            list.extend((0..255_u8).map(|way| way.wrapping_add(100).max(60)));
            line.write_all(&list)
        }),
        Mode::new("255 times every way", Ends, |line| {
            banner(line)?;
            let mut list = vec![255];
            list.extend(1..=255_u8);
            line.write_all(&list)?;
            line.ignore()?;
            line.write_all(&[0xff; 4096])
        }),
        Mode::new("one unknown way", Ends, |line| {
            banner(line)?;
            line.write_all(&[1, 99])
        }),
        Mode::new("unknown way in 3.3", Ends, |line| {
            line.write_all(b"RFB 003.003\n")?;
            line.read_exact(&mut [0; 12])?;
            line.write_all(&long(u32::MAX))
        }),
        Mode::new("no way in 3.3, endless reason", Ends, |line| {
            line.write_all(b"RFB 003.003\n")?;
            line.read_exact(&mut [0; 12])?;
            line.write_all(&long(0))?;
            line.write_all(&long(u32::MAX))?;
            flood(line, b"because ", ENDLESS)
        }),
    ]
}

fn refusals() -> Vec<Mode> {
    vec![
        Mode::new("refused, endless reason", Ends, |line| {
            choose(line, 1)?;
            line.write_all(&long(1))?;
            line.write_all(&long(u32::MAX))?;
            flood(line, b"because ", ENDLESS)
        }),
        Mode::new("refused with a nonsense number", Ends, |line| {
            choose(line, 1)?;
            line.write_all(&long(0xdead_beef))
        }),
        Mode::new("password refused for ever", Bounded, |line| {
            choose(line, 2)?;
            line.write_all(&[7; 16])?;
            line.read_exact(&mut [0; 16])?;
            line.write_all(&long(1))?;
            line.write_all(&long(2))?;
            line.write_all(b"no")
        }),
    ]
}

fn proofs() -> Vec<Mode> {
    let garbage = |name, kind, bytes: fn() -> Vec<u8>| {
        Mode::new(name, Ends, move |line| {
            choose(line, kind)?;
            line.write_all(&bytes())?;
            line.ignore()?;
            line.write_all(&[0xff; 4096])?;
            end(line);
            Ok(())
        })
    };
    vec![
        subtypes("VeNCrypt 255.255", [255, 255], Vec::new),
        subtypes("VeNCrypt without kinds", [0, 2], || vec![0, 0]),
        subtypes("VeNCrypt with 255 nonsense kinds", [0, 2], || {
            let mut list = vec![0, 255];
            list.extend((0..255_u32).flat_map(|kind| long(kind.wrapping_mul(0x0101_0101).max(1000))));
            list
        }),
        subtypes("VeNCrypt, then no TLS", [0, 2], || {
            let mut list = vec![0, 1];
            list.extend(long(260));
            list.push(1);
            list
        }),
        garbage("TLS that is none", 18, || vec![0x16, 3, 3, 0xff, 0xff]),
        garbage("SASL with 4 GB of ways", 20, || long(u32::MAX).to_vec()),
        garbage("SASL with nonsense ways", 20, || {
            let mut list = long(20).to_vec();
            list.extend(b"%s%n,,,,\xff\xff\0\0\0GSSAPI");
            list
        }),
        garbage("Diffie-Hellman with 64 KB numbers", 30, || vec![0, 2, 0xff, 0xff]),
        garbage("Diffie-Hellman with zeros", 30, || vec![0; 4 + 256]),
        garbage("Microsoft logon with zeros", 113, || vec![0; 24]),
    ]
}

fn format(name: &'static str, change: fn(&mut PixelFormat)) -> Mode {
    Mode::new(name, Bounded, move |line| {
        enter(line)?;
        let mut format = PixelFormat::BGRX;
        change(&mut format);
        let mut bytes = init(WIDTH, HEIGHT, b"A desktop");
        bytes[4..20].copy_from_slice(&format.to_bytes());
        line.write_all(&bytes)?;
        line.ignore()?;
        flood(line, &[0; 64], 1 << 20)
    })
}

fn sized(name: &'static str, width: u16, height: u16) -> Mode {
    Mode::new(name, Ends, move |line| {
        line.greet(width, height)?;
        line.ignore()
    })
}

/// The first message: size, pixels, name.
pub fn beginnings() -> Vec<Mode> {
    vec![
        sized("desktop of 0×0", 0, 0),
        sized("desktop of 65535×65535", u16::MAX, u16::MAX),
        sized("desktop of 65535×1", u16::MAX, 1),
        sized("desktop of 1×65535", 1, u16::MAX),
        sized("desktop of 0×480", 0, 480),
        format("pixels of 0 bits", |format| format.bits = 0),
        format("pixels of 7 bits", |format| format.bits = 7),
        format("pixels of 255 bits", |format| format.bits = 255),
        format("pixels shifted by 255", |format| format.shift = [255; 3]),
        format("pixels of no colours", |format| format.max = [0; 3]),
        format("pixels of 65535 colours", |format| format.max = [u16::MAX; 3]),
        format("pixels of a colour map", |format| format.true_colour = false),
        Mode::new("name of 4 GB", Ends, |line| {
            enter(line)?;
            let mut bytes = init(WIDTH, HEIGHT, b"");
            bytes.truncate(20);
            bytes.extend(long(u32::MAX));
            line.write_all(&bytes)?;
            flood(line, b"A desktop ", ENDLESS)
        }),
        Mode::new("name of 1 GB, never sent", Bounded, |line| {
            enter(line)?;
            let mut bytes = init(WIDTH, HEIGHT, b"");
            bytes.truncate(20);
            bytes.extend(long(1 << 30));
            line.write_all(&bytes)
        }),
        Mode::new("name of nonsense", Lives, |line| {
            enter(line)?;
            line.write_all(&init(WIDTH, HEIGHT, b"\xff\xfe%s%n\x1b[2J\0\r\n\x07"))?;
            line.ignore()
        }),
    ]
}

/// What a proper server says until the picture begins, in one piece.
fn whole() -> Vec<u8> {
    let mut bytes = BANNER.to_vec();
    bytes.extend([1, 1]);
    bytes.extend(long(0));
    bytes.extend(init(WIDTH, HEIGHT, b"name"));
    bytes
}

/// Length of the handshake.
pub fn length() -> usize {
    whole().len()
}

/// The handshake up to a byte; then silence, or the end.
pub fn cut(at: usize, closes: bool) -> Mode {
    let name = if closes {
        "closes in the handshake"
    } else {
        "silence in the handshake"
    };
    Mode::new(name, Ends, move |line| {
        line.ignore()?;
        line.write_all(&whole()[..at])?;
        if closes {
            close(line);
        }
        Ok(())
    })
}

/// A proper desktop that then closes in the middle of these.
pub fn breaks(name: &'static str, bytes: &'static [u8]) -> Mode {
    Mode::new(name, Ends, move |line| {
        desktop(line)?;
        line.write_all(bytes)?;
        end(line);
        Ok(())
    })
}
