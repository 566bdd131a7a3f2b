//! The clipboard in its new form: an offer, a question, an answer, each of several formats.

use std::io::{self, Read, Write};

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// Formats.
pub const TEXT: u32 = 1;
const FORMATS: u32 = 0xffff;
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;
/// Bytes of an answer that a test ever looks at.
const LONGEST: u64 = 64 * 1024 * 1024;

/// A message of the new clipboard, in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clip {
    /// What this side takes: actions and formats as flags, and how much of each format unasked.
    Caps { flags: u32, sizes: Vec<u32> },
    /// Asks for these formats.
    Request(u32),
    /// Asks what there is.
    Peek,
    /// These formats are there; none: the clipboard is empty.
    Notify(u32),
    /// Data of the formats in the order of their flags, unpacked.
    Provide { formats: u32, data: Vec<Vec<u8>> },
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl Clip {
    /// What this server can do: everything, for text.
    pub fn caps() -> Self {
        Self::Caps {
            flags: TEXT | REQUEST | PEEK | NOTIFY | PROVIDE | CAPS,
            sizes: vec![0],
        }
    }

    /// The answer with a text.
    pub fn text(text: &str) -> Self {
        let mut bytes = text.replace('\n', "\r\n").into_bytes();
        bytes.push(0);
        Self::Provide {
            formats: TEXT,
            data: vec![bytes],
        }
    }

    /// The text of an answer, as a program wants it.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Provide { formats, data } if formats & TEXT != 0 => {
                let bytes = data.first()?.strip_suffix(&[0])?;
                Some(String::from_utf8(bytes.to_vec()).ok()?.replace("\r\n", "\n"))
            }
            _ => None,
        }
    }

    /// What follows the length of a message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = match self {
            Self::Caps { flags, .. } => *flags,
            Self::Request(formats) => REQUEST | formats,
            Self::Peek => PEEK,
            Self::Notify(formats) => NOTIFY | formats,
            Self::Provide { formats, .. } => PROVIDE | formats,
        };
        let mut bytes = flags.to_be_bytes().to_vec();
        match self {
            Self::Caps { sizes, .. } => bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes())),
            Self::Provide { data, .. } => {
                let mut packed = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
                for piece in data {
                    let length = u32::try_from(piece.len()).expect("a length");
                    packed.write_all(&length.to_be_bytes()).expect("memory");
                    packed.write_all(piece).expect("memory");
                }
                bytes.extend(packed.finish().expect("memory"));
            }
            _ => {}
        }
        bytes
    }

    /// A whole message of the server.
    pub fn to_message(&self) -> Vec<u8> {
        message(&self.to_bytes())
    }

    /// Reads what follows the length.
    pub fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let (head, rest) = bytes.split_first_chunk().ok_or_else(|| invalid("too short"))?;
        let flags = u32::from_be_bytes(*head);
        let formats = flags & FORMATS;
        if flags & CAPS != 0 {
            let sizes = rest.as_chunks::<4>().0.iter();
            return Ok(Self::Caps {
                flags,
                sizes: sizes.map(|size| u32::from_be_bytes(*size)).collect(),
            });
        }
        Ok(match flags & !FORMATS {
            REQUEST => Self::Request(formats),
            PEEK => Self::Peek,
            NOTIFY => Self::Notify(formats),
            PROVIDE => {
                let mut plain = ZlibDecoder::new(rest).take(LONGEST);
                let mut data = Vec::new();
                for _ in 0..formats.count_ones() {
                    let mut length = [0; 4];
                    plain.read_exact(&mut length)?;
                    let mut piece = vec![0; u32::from_be_bytes(length) as usize];
                    plain.read_exact(&mut piece)?;
                    data.push(piece);
                }
                Self::Provide { formats, data }
            }
            _ => return Err(invalid("an unknown action of the clipboard")),
        })
    }
}

/// A message of the server with what follows its length, whatever that is.
pub fn message(bytes: &[u8]) -> Vec<u8> {
    let length = -i32::try_from(bytes.len()).expect("a length");
    let mut message = vec![3, 0, 0, 0];
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(bytes);
    message
}
