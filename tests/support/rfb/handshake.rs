//! The beginning of a connection, up to the moment when the server tells its size.

use std::io::{self, Read, Write};

use des::Des;
use des::cipher::generic_array::GenericArray;
use des::cipher::{BlockEncrypt, KeyInit};

use super::heard::Reader;
use super::pixels::PixelFormat;

/// Version of the protocol that the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Version {
    V3,
    V7,
    #[default]
    V8,
}

impl Version {
    /// What the server begins with.
    pub fn banner(self) -> &'static [u8; 12] {
        match self {
            Self::V3 => b"RFB 003.003\n",
            Self::V7 => b"RFB 003.007\n",
            Self::V8 => b"RFB 003.008\n",
        }
    }
}

/// How the client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Security {
    #[default]
    None,
    /// The password of VNC: its first eight bytes count.
    Password(String),
}

const CHALLENGE: [u8; 16] = *b"a fair challenge";

/// What the right answer to `challenge` is.
pub fn answer(password: &str, challenge: &[u8; 16]) -> [u8; 16] {
    let mut key = [0_u8; 8];
    for (byte, letter) in key.iter_mut().zip(password.bytes()) {
        *byte = letter.reverse_bits();
    }
    let cipher = Des::new(&GenericArray::from(key));
    let mut answer = *challenge;
    for half in answer.chunks_exact_mut(8) {
        cipher.encrypt_block(GenericArray::from_mut_slice(half));
    }
    answer
}

/// A text with its length.
pub fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&u32::try_from(text.len()).expect("a length").to_be_bytes());
    out.extend_from_slice(text);
}

/// Goes through version and security. `Ok(None)`: the password was wrong, and the client was told. Else whether the client
/// lets others stay.
pub fn greet(stream: &mut (impl Read + Write), version: Version, security: &Security) -> io::Result<Option<bool>> {
    stream.write_all(version.banner())?;
    let said = Reader(&mut *stream).bytes::<12>()?;
    let version = match &said {
        b"RFB 003.003\n" => Version::V3,
        b"RFB 003.007\n" => Version::V7,
        _ => version,
    };
    let kind: u8 = match security {
        Security::None => 1,
        Security::Password(_) => 2,
    };
    if version == Version::V3 {
        stream.write_all(&u32::from(kind).to_be_bytes())?;
    } else {
        stream.write_all(&[1, kind])?;
        let chosen = Reader(&mut *stream).u8()?;
        if chosen != kind {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another way was chosen"));
        }
    }
    let right = match security {
        Security::None => true,
        Security::Password(password) => {
            stream.write_all(&CHALLENGE)?;
            Reader(&mut *stream).bytes::<16>()? == answer(password, &CHALLENGE)
        }
    };
    if version == Version::V8 || *security != Security::None {
        let mut result = u32::from(!right).to_be_bytes().to_vec();
        if !right && version == Version::V8 {
            text(&mut result, b"That is not the password");
        }
        stream.write_all(&result)?;
    }
    if !right {
        return Ok(None);
    }
    Ok(Some(Reader(stream).u8()? != 0))
}

/// Size, format and name of the desktop.
pub fn init(width: u16, height: u16, name: &[u8]) -> Vec<u8> {
    let mut init = Vec::new();
    init.extend_from_slice(&width.to_be_bytes());
    init.extend_from_slice(&height.to_be_bytes());
    init.extend_from_slice(&PixelFormat::BGRX.to_bytes());
    text(&mut init, name);
    init
}
