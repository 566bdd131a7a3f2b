//! One client of the server: what it has asked for, and what waits to be told.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::clipboard::Clip;
use super::encode::{self, Encoding, Streams, number};
use super::pixels::{Area, PixelFormat};
use super::{Desktop, handshake};

/// Something to be told beside the picture, once, with the next update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// Size; for the extended form who asked and what came of it.
    Size {
        asked_by: u16,
        result: u16,
    },
    Cursor,
    Leds,
    PointerType,
    Name,
    /// Keys are taken by their place.
    ExtKey,
    Audio,
}

/// A client that is through the handshake.
#[derive(Debug)]
pub struct Client {
    pub number: usize,
    pub stream: UnixStream,
    /// To the thread that writes.
    pub queue: Sender<Arc<[u8]>>,
    pub encodings: Vec<i32>,
    pub format: PixelFormat,
    /// It has asked for an update and waits.
    pub waiting: bool,
    pub damage: Vec<Area>,
    pub extras: Vec<Extra>,
    pub streams: Streams,
}

impl Client {
    pub fn new(number: usize, stream: UnixStream, queue: Sender<Arc<[u8]>>) -> Self {
        Self {
            number,
            stream,
            queue,
            encodings: Vec::new(),
            format: PixelFormat::BGRX,
            waiting: false,
            damage: Vec::new(),
            extras: Vec::new(),
            streams: Streams::default(),
        }
    }

    pub fn knows(&self, encoding: i32) -> bool {
        self.encodings.contains(&encoding)
    }

    /// Says something without waiting for the line.
    pub fn say(&self, bytes: impl Into<Arc<[u8]>>) {
        // The thread that writes is gone when the client is.
        let _ = self.queue.send(bytes.into());
    }

    pub fn say_clip(&self, clip: &Clip) {
        if self.knows(number::EXT_CLIPBOARD) {
            self.say(clip.to_message());
        }
    }

    pub fn owe(&mut self, extra: Extra) {
        if !self.extras.contains(&extra) {
            self.extras.push(extra);
        }
    }

    /// Takes the list of encodings: what the server tells once for each that it knows too.
    pub fn encodings_changed(&mut self, encodings: Vec<i32>, desktop: &Desktop) {
        self.encodings = encodings;
        let greetings = [
            (number::EXT_KEY, desktop.options.ext_keys, Extra::ExtKey),
            (number::AUDIO, desktop.options.audio, Extra::Audio),
            (number::LED, desktop.leds.is_some(), Extra::Leds),
            (number::POINTER_TYPE, true, Extra::PointerType),
            (number::CURSOR, desktop.cursor.is_some(), Extra::Cursor),
            (
                number::EXT_DESKTOP_SIZE,
                desktop.options.resize,
                Extra::Size { asked_by: 0, result: 0 },
            ),
        ];
        for (encoding, offered, extra) in greetings {
            if offered && self.knows(encoding) {
                self.owe(extra);
            }
        }
        if desktop.options.clipboard {
            self.say_clip(&Clip::caps());
        }
    }

    /// Sends what waits, if the client waits too.
    pub fn pump(&mut self, desktop: &Desktop) {
        if !self.waiting || (self.damage.is_empty() && self.extras.is_empty()) {
            return;
        }
        self.waiting = false;
        let mut body = Vec::new();
        let mut count = 0;
        for extra in std::mem::take(&mut self.extras) {
            count += usize::from(self.put_extra(&mut body, extra, desktop));
        }
        let (width, height) = (desktop.picture.width, desktop.picture.height);
        let mut parts: Vec<Area> = std::mem::take(&mut self.damage);
        parts = parts
            .into_iter()
            .filter_map(|area| area.inside(width, height))
            .collect();
        if let Some(rows) = desktop.options.strips {
            parts = parts.into_iter().flat_map(|area| area.strips(rows)).collect();
        }
        let wanted = desktop.options.encoding;
        let encoding = if self.knows(wanted.number()) {
            wanted
        } else {
            Encoding::Raw
        };
        for part in parts {
            count += encode::put(
                &mut body,
                &desktop.picture,
                part,
                encoding,
                self.format,
                &mut self.streams,
            );
        }
        let mut message = encode::update(count);
        message.append(&mut body);
        self.say(message);
    }

    /// Appends one extra. False if this client does not know it.
    fn put_extra(&self, out: &mut Vec<u8>, extra: Extra, desktop: &Desktop) -> bool {
        let whole = Area::new(0, 0, desktop.picture.width, desktop.picture.height);
        match extra {
            Extra::Size { asked_by, result } if self.knows(number::EXT_DESKTOP_SIZE) => {
                let place = Area::new(asked_by, result, whole.width, whole.height);
                encode::head(out, place, number::EXT_DESKTOP_SIZE);
                out.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                out.extend_from_slice(&whole.width.to_be_bytes());
                out.extend_from_slice(&whole.height.to_be_bytes());
                out.extend_from_slice(&[0; 4]);
            }
            Extra::Size { .. } if self.knows(number::DESKTOP_SIZE) => {
                encode::head(out, whole, number::DESKTOP_SIZE);
            }
            Extra::Cursor if self.knows(number::ALPHA_CURSOR) || self.knows(number::CURSOR) => {
                self.put_cursor(out, desktop);
            }
            Extra::Leds if self.knows(number::LED) => {
                encode::head(out, Area::new(0, 0, 1, 1), number::LED);
                out.push(desktop.leds.unwrap_or_default());
            }
            Extra::PointerType if self.knows(number::POINTER_TYPE) => {
                let place = Area::new(u16::from(desktop.absolute), 0, whole.width, whole.height);
                encode::head(out, place, number::POINTER_TYPE);
            }
            Extra::Name if self.knows(number::DESKTOP_NAME) => {
                encode::head(out, Area::new(0, 0, 0, 0), number::DESKTOP_NAME);
                handshake::text(out, desktop.name.as_bytes());
            }
            Extra::ExtKey => encode::head(out, whole, number::EXT_KEY),
            Extra::Audio => encode::head(out, whole, number::AUDIO),
            _ => return false,
        }
        true
    }

    fn put_cursor(&self, out: &mut Vec<u8>, desktop: &Desktop) {
        let shape = desktop.cursor.as_ref();
        let place = shape.map_or(Area::new(0, 0, 0, 0), |shape| {
            Area::new(shape.hot_x, shape.hot_y, shape.width, shape.height)
        });
        if self.knows(number::ALPHA_CURSOR) {
            encode::head(out, place, number::ALPHA_CURSOR);
            out.extend_from_slice(&number::RAW.to_be_bytes());
            for [red, green, blue, alpha] in shape.iter().flat_map(|shape| &shape.pixels) {
                let times = |part: &u8| u8::try_from(u32::from(*part) * u32::from(*alpha) / 255).expect("a byte");
                out.extend_from_slice(&[times(red), times(green), times(blue), *alpha]);
            }
            return;
        }
        encode::head(out, place, number::CURSOR);
        let Some(shape) = shape else { return };
        for [red, green, blue, _] in &shape.pixels {
            self.format.put(out, u32::from_be_bytes([0, *red, *green, *blue]));
        }
        for row in shape.pixels.chunks(usize::from(shape.width)) {
            for group in row.chunks(8) {
                let bits = group.iter().enumerate();
                out.push(bits.fold(0, |byte, (at, pixel)| byte | (u8::from(pixel[3] > 127) << (7 - at))));
            }
        }
    }
}
