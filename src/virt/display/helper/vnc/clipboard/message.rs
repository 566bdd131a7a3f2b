//! Messages of the extended clipboard, text only.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::wire::LONGEST_CLIPBOARD;

/// The encoding that a client lists to be spoken to in this way.
pub const ENCODING: i32 = 0xc0a1_e5ce_u32.cast_signed();
/// Bytes of a message at most: text that can't be packed, and its wrapping.
pub const LONGEST: usize = 2 * LONGEST_CLIPBOARD;

const TEXT: u32 = 1;
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It speaks this.
    Caps,
    /// It wants our text.
    Request,
    /// It wants to know whether we have text.
    Peek,
    /// It has text, or none any more.
    Notify(bool),
    /// Its text.
    Provide(String),
    /// Something that is not about text.
    Other,
}

/// Reads what follows the length.
///
/// # Errors
/// It is too short, can't be unpacked, or its text is too long.
pub fn read(bytes: &[u8]) -> io::Result<Said> {
    let (head, rest) = bytes.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    let flags = u32::from_be_bytes(*head);
    let text = flags & TEXT != 0;
    Ok(match flags & (CAPS | REQUEST | PEEK | NOTIFY | PROVIDE) {
        // These name all actions that are known.
        caps if caps & CAPS != 0 => Said::Caps,
        REQUEST if text => Said::Request,
        PEEK => Said::Peek,
        NOTIFY => Said::Notify(text),
        PROVIDE if text => Said::Provide(unpack(rest)?),
        _ => Said::Other,
    })
}

/// The first format, which is text.
fn unpack(packed: &[u8]) -> io::Result<String> {
    let mut plain = ZlibDecoder::new(packed);
    let mut length = [0; 4];
    plain.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST_CLIPBOARD + 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the text is too long"));
    }
    let mut text = vec![0; length];
    plain.read_exact(&mut text)?;
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Ok(String::from_utf8_lossy(&text[..end]).replace("\r\n", "\n"))
}

/// The whole message of a client.
fn message(flags: u32, rest: &[u8]) -> Vec<u8> {
    let length = i32::try_from(4 + rest.len()).unwrap_or(i32::MAX);
    let mut bytes = vec![6, 0, 0, 0];
    bytes.extend((-length).to_be_bytes());
    bytes.extend(flags.to_be_bytes());
    bytes.extend(rest);
    bytes
}

/// What we do; and nothing is to be sent unasked.
pub fn caps() -> Vec<u8> {
    message(CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT, &0_u32.to_be_bytes())
}

/// Asks for the server's text.
pub fn request() -> Vec<u8> {
    message(REQUEST | TEXT, &[])
}

/// We have text, or none any more.
pub fn notify(text: bool) -> Vec<u8> {
    message(NOTIFY | if text { TEXT } else { 0 }, &[])
}

/// Our text.
///
/// # Errors
/// None in practice: packing into memory.
pub fn provide(text: &str) -> io::Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    let length = u32::try_from(text.len() + 1).map_err(|_| io::ErrorKind::InvalidInput)?;
    packed.write_all(&length.to_be_bytes())?;
    packed.write_all(text.as_bytes())?;
    packed.write_all(&[0])?;
    Ok(message(PROVIDE | TEXT, &packed.finish()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server gets to read behind the length.
    fn body(message: &[u8]) -> &[u8] {
        &message[8..]
    }

    #[test]
    fn texts_come_back_as_they_were() {
        for text in ["", "plain", "zwölf\nZeilen", &"x".repeat(LONGEST_CLIPBOARD)] {
            let message = provide(text).expect("packed");
            let length = i32::from_be_bytes([message[4], message[5], message[6], message[7]]);
            assert_eq!(length.unsigned_abs() as usize, body(&message).len());
            assert!(length < 0);
            assert_eq!(read(body(&message)).expect("read"), Said::Provide(text.to_owned()));
        }
    }

    #[test]
    fn other_messages_say_what_they_mean() {
        assert_eq!(read(body(&caps())).expect("read"), Said::Caps);
        assert_eq!(read(body(&request())).expect("read"), Said::Request);
        assert_eq!(read(body(&notify(true))).expect("read"), Said::Notify(true));
        assert_eq!(read(body(&notify(false))).expect("read"), Said::Notify(false));
        assert_eq!(read(&(PROVIDE | 2).to_be_bytes()).expect("read"), Said::Other);
    }

    #[test]
    fn what_unpacks_to_more_than_a_text_is_refused_before_it_is_kept() {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&u32::MAX.to_be_bytes()).expect("memory");
        packed.write_all(&vec![b'x'; 16 * LONGEST_CLIPBOARD]).expect("memory");
        let mut bytes = (PROVIDE | TEXT).to_be_bytes().to_vec();
        bytes.extend(packed.finish().expect("memory"));
        assert!(read(&bytes).is_err());
        assert!(read(&[1, 2, 3]).is_err());
        assert!(read(&(PROVIDE | TEXT).to_be_bytes()).is_err());
    }

    #[test]
    fn a_stream_that_is_only_flushed_is_read() {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&3_u32.to_be_bytes()).expect("memory");
        packed.write_all(b"abc").expect("memory");
        packed.flush().expect("memory");
        let mut bytes = (PROVIDE | TEXT).to_be_bytes().to_vec();
        bytes.extend(packed.get_ref());
        assert_eq!(read(&bytes).expect("read"), Said::Provide("abc".to_owned()));
    }
}
