//! What a client says, in words.

use std::io::{self, Read};

use super::clipboard::Clip;
use super::pixels::{Area, PixelFormat};

/// A message of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The handshake is over; whether others may stay.
    Began {
        shared: bool,
    },
    /// The password was wrong.
    Refused,
    Format(PixelFormat),
    Encodings(Vec<i32>),
    Request {
        incremental: bool,
        area: Area,
    },
    Key {
        down: bool,
        symbol: u32,
    },
    /// A key by its place.
    ExtKey {
        down: bool,
        symbol: u32,
        code: u32,
    },
    Pointer {
        buttons: u8,
        x: u16,
        y: u16,
    },
    /// Text in the old form, Latin-1.
    CutText(Vec<u8>),
    /// The clipboard in the new form.
    Clipboard(Clip),
    /// Width and height, and screens: number, place and size.
    SetSize {
        width: u16,
        height: u16,
        screens: Vec<(u32, Area)>,
    },
    /// Sound: 0 on, 1 off.
    Audio(u16),
    AudioFormat {
        format: u8,
        channels: u8,
        frequency: u32,
    },
    /// A message of a type that is not known here; the connection can't go on.
    Unknown(u8),
    /// The client has closed.
    Closed,
}

/// Reads big-endian numbers.
pub struct Reader<R>(pub R);

impl<R: Read> Reader<R> {
    pub fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub fn u8(&mut self) -> io::Result<u8> {
        Ok(self.bytes::<1>()?[0])
    }

    pub fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::from_be_bytes(self.bytes()?))
    }

    pub fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_be_bytes(self.bytes()?))
    }

    pub fn many(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn area(&mut self) -> io::Result<Area> {
        Ok(Area::new(self.u16()?, self.u16()?, self.u16()?, self.u16()?))
    }
}

/// Reads one message.
pub fn read(from: &mut Reader<impl Read>) -> io::Result<Heard> {
    Ok(match from.u8()? {
        0 => {
            from.bytes::<3>()?;
            Heard::Format(PixelFormat::from_bytes(&from.bytes()?))
        }
        2 => {
            from.u8()?;
            let count = from.u16()?;
            let numbers = (0..count).map(|_| Ok(from.u32()?.cast_signed()));
            Heard::Encodings(numbers.collect::<io::Result<_>>()?)
        }
        3 => Heard::Request {
            incremental: from.u8()? != 0,
            area: from.area()?,
        },
        4 => {
            let down = from.u8()? != 0;
            from.u16()?;
            Heard::Key {
                down,
                symbol: from.u32()?,
            }
        }
        5 => Heard::Pointer {
            buttons: from.u8()?,
            x: from.u16()?,
            y: from.u16()?,
        },
        6 => {
            from.bytes::<3>()?;
            let length = from.u32()?.cast_signed();
            let bytes = from.many(length.unsigned_abs() as usize)?;
            if length < 0 {
                Heard::Clipboard(Clip::from_bytes(&bytes)?)
            } else {
                Heard::CutText(bytes)
            }
        }
        251 => {
            from.u8()?;
            let (width, height) = (from.u16()?, from.u16()?);
            let count = from.u8()?;
            from.u8()?;
            let mut screens = Vec::new();
            for _ in 0..count {
                let number = from.u32()?;
                let area = from.area()?;
                from.u32()?;
                screens.push((number, area));
            }
            Heard::SetSize { width, height, screens }
        }
        255 => match from.u8()? {
            0 => Heard::ExtKey {
                down: from.u16()? != 0,
                symbol: from.u32()?,
                code: from.u32()?,
            },
            1 => match from.u16()? {
                2 => Heard::AudioFormat {
                    format: from.u8()?,
                    channels: from.u8()?,
                    frequency: from.u32()?,
                },
                operation => Heard::Audio(operation),
            },
            _ => Heard::Unknown(255),
        },
        other => Heard::Unknown(other),
    })
}
