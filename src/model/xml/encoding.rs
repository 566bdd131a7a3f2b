//! Bytes of files, in the encodings that definitions are found in.

use super::parse::{self, MAX_BYTES};
use super::{Document, XmlError};

/// How the bytes of a document spell its text; it is written as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, the encoding of everything that libvirt gives out.
    Utf8,
    /// Each byte one of the first 256 characters.
    Latin1,
    /// Each byte one of the first 128 characters.
    Ascii,
    /// Two bytes a unit, the low one first.
    Utf16Le,
    /// Two bytes a unit, the high one first.
    Utf16Be,
}

impl Document {
    /// Reads the bytes of a file: by its byte order mark, else by what its XML declaration says, else as UTF-8.
    ///
    /// # Errors
    /// As [`Document::parse`]; and where the bytes are none of the encoding, or the encoding is an unknown one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, XmlError> {
        let refuse = |offset: usize, message: String| {
            let before = String::from_utf8_lossy(&bytes[..offset.min(bytes.len())]);
            Err(parse::error_at(&before, before.len(), message))
        };
        if bytes.len() > 2 * MAX_BYTES {
            return refuse(0, format!("larger than {} MiB", MAX_BYTES >> 20));
        }
        let encoding = match guess(bytes) {
            Ok(encoding) => encoding,
            Err(name) => return refuse(0, format!("the encoding {name:?} is not supported; UTF-8 is")),
        };
        let text = match decode(bytes, encoding) {
            Ok(text) => text,
            Err(offset) => return refuse(offset, format!("bytes that are not {}", encoding.name())),
        };
        let mut document = Self::parse(&text)?;
        document.encoding = encoding;
        Ok(document)
    }

    /// The bytes of the document, in the encoding that it was read in. Characters that it lacks become references, which
    /// only an edit can have brought.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = self.to_string();
        match self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Latin1 => narrow(&text, 0x100),
            Encoding::Ascii => narrow(&text, 0x80),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }

    /// The encoding that the document was read in.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO-8859-1",
            Self::Ascii => "ASCII",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }
}

/// The encoding of a file, or the name of one that is not supported.
fn guess(bytes: &[u8]) -> Result<Encoding, String> {
    match bytes {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => return Ok(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => return Ok(Encoding::Utf16Be),
        [0xEF, 0xBB, 0xBF, ..] => return Ok(Encoding::Utf8),
        _ => {}
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declaration = match (head.starts_with("<?xml"), head.find("?>")) {
        (true, Some(end)) => &head[..end],
        _ => return Ok(Encoding::Utf8),
    };
    let Some((_, rest)) = declaration.split_once("encoding") else {
        return Ok(Encoding::Utf8);
    };
    let name: String = rest
        .trim_start_matches([' ', '\t', '\r', '\n', '=', '\'', '"'])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
        .collect();
    match name.to_ascii_uppercase().as_str() {
        "" | "UTF-8" | "UTF8" => Ok(Encoding::Utf8),
        "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "LATIN-1" | "L1" => Ok(Encoding::Latin1),
        "US-ASCII" | "ASCII" => Ok(Encoding::Ascii),
        _ => Err(name),
    }
}

/// The text, or the byte at which it stops to be one.
fn decode(bytes: &[u8], encoding: Encoding) -> Result<String, usize> {
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|error| error.valid_up_to()),
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(at),
            None => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        },
        Encoding::Utf16Le => decode_units(bytes, u16::from_le_bytes),
        Encoding::Utf16Be => decode_units(bytes, u16::from_be_bytes),
    }
}

fn decode_units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, usize> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    for c in char::decode_utf16(units) {
        text.push(c.map_err(|_| 0_usize)?);
    }
    if bytes.len().is_multiple_of(2) {
        Ok(text)
    } else {
        Err(bytes.len())
    }
}

fn narrow(text: &str, limit: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) if u32::from(c) < limit => out.push(byte),
            _ => out.extend_from_slice(format!("&#x{:X};", u32::from(c)).as_bytes()),
        }
    }
    out
}
