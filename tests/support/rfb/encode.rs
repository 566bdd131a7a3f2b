//! Rectangles of an update, each in one of the protocol's encodings.

use flate2::{Compress, Compression, FlushCompress};

use super::pixels::{Area, Picture, PixelFormat};

/// Numbers of encodings, and of what is told in the same way.
pub mod number {
    pub const RAW: i32 = 0;
    pub const COPY_RECT: i32 = 1;
    pub const RRE: i32 = 2;
    pub const CORRE: i32 = 4;
    pub const HEXTILE: i32 = 5;
    pub const TIGHT: i32 = 7;
    pub const ZRLE: i32 = 16;
    pub const TIGHT_PNG: i32 = -260;
    pub const DESKTOP_SIZE: i32 = -223;
    pub const LAST_RECT: i32 = -224;
    pub const CURSOR: i32 = -239;
    pub const X_CURSOR: i32 = -240;
    pub const POINTER_TYPE: i32 = -257;
    pub const EXT_KEY: i32 = -258;
    pub const AUDIO: i32 = -259;
    pub const LED: i32 = -261;
    pub const DESKTOP_NAME: i32 = -307;
    pub const EXT_DESKTOP_SIZE: i32 = -308;
    pub const XVP: i32 = -309;
    pub const ALPHA_CURSOR: i32 = -314;
    pub const EXT_CLIPBOARD: i32 = 0xC0A1_E5CE_u32.cast_signed();
}

/// How parts of the picture are told, where the client takes it; else raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    #[default]
    Raw,
    Rre,
    Corre,
    Hextile,
    Zrle,
    Tight,
}

impl Encoding {
    pub fn number(self) -> i32 {
        match self {
            Self::Raw => number::RAW,
            Self::Rre => number::RRE,
            Self::Corre => number::CORRE,
            Self::Hextile => number::HEXTILE,
            Self::Zrle => number::ZRLE,
            Self::Tight => number::TIGHT,
        }
    }
}

/// A zlib stream that goes on from rectangle to rectangle.
#[derive(Debug)]
pub struct Deflater(Compress, FlushCompress);

impl Default for Deflater {
    fn default() -> Self {
        Self(Compress::new(Compression::fast(), true), FlushCompress::Sync)
    }
}

impl Deflater {
    /// Pieces that stand alone and can follow anything in a stream that has begun.
    fn repeatable() -> Self {
        Self(Compress::new(Compression::fast(), false), FlushCompress::Full)
    }

    /// The next piece of the stream, complete up to here.
    pub fn piece(&mut self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() / 2 + 64);
        let start = self.0.total_in();
        loop {
            out.reserve(out.capacity().max(64));
            let done = usize::try_from(self.0.total_in() - start).expect("a length");
            self.0.compress_vec(&data[done..], &mut out, self.1).expect("zlib");
            if self.0.total_in() - start == data.len() as u64 && out.len() < out.capacity() {
                return out;
            }
        }
    }
}

/// The head of a rectangle.
pub fn head(out: &mut Vec<u8>, area: Area, encoding: i32) {
    for word in [area.x, area.y, area.width, area.height] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    out.extend_from_slice(&encoding.to_be_bytes());
}

/// The head of an update of so many rectangles.
pub fn update(rectangles: usize) -> Vec<u8> {
    let count = u16::try_from(rectangles).expect("fewer rectangles");
    let mut out = vec![0, 0];
    out.extend_from_slice(&count.to_be_bytes());
    out
}

/// What encodings carry from one rectangle to the next.
#[derive(Debug, Default)]
pub struct Streams {
    zrle: Deflater,
    tight: Deflater,
    repeatable: bool,
}

impl Streams {
    /// For rectangles that are recorded and sent again and again.
    pub fn repeatable() -> Self {
        Self {
            zrle: Deflater::repeatable(),
            tight: Deflater::default(),
            repeatable: true,
        }
    }
}

/// Appends the rectangles that tell `area` of `picture`. Returns how many.
pub fn put(
    out: &mut Vec<u8>,
    picture: &Picture,
    area: Area,
    encoding: Encoding,
    format: PixelFormat,
    streams: &mut Streams,
) -> usize {
    let tiles = match encoding {
        Encoding::Corre => area.tiles(255),
        Encoding::Tight => area.tiles(2048),
        _ => vec![area],
    };
    for tile in &tiles {
        head(out, *tile, encoding.number());
        match encoding {
            Encoding::Raw => picture.of(*tile).for_each(|pixel| format.put(out, pixel)),
            Encoding::Rre | Encoding::Corre => rre(out, picture, *tile, format, encoding == Encoding::Corre),
            Encoding::Hextile => hextile(out, picture, *tile, format),
            Encoding::Zrle => zrle(out, picture, *tile, format, &mut streams.zrle),
            Encoding::Tight => tight(out, picture, *tile, format, streams),
        }
    }
    tiles.len()
}

/// The runs of equal pixels that differ from the first one: pixel, place, length.
fn runs(picture: &Picture, area: Area) -> (u32, Vec<(u32, u16, u16, u16)>) {
    let ground = picture.at(area.x, area.y);
    let mut runs: Vec<(u32, u16, u16, u16)> = Vec::new();
    for y in 0..area.height {
        let row = picture.row(area, y);
        let mut x = 0;
        while x < row.len() {
            let length = row[x..].iter().take_while(|pixel| **pixel == row[x]).count();
            if row[x] != ground {
                runs.push((
                    row[x],
                    u16::try_from(x).expect("inside"),
                    y,
                    u16::try_from(length).expect("inside"),
                ));
            }
            x += length;
        }
    }
    (ground, runs)
}

fn rre(out: &mut Vec<u8>, picture: &Picture, area: Area, format: PixelFormat, compact: bool) {
    let (ground, runs) = runs(picture, area);
    out.extend_from_slice(&u32::try_from(runs.len()).expect("fewer runs").to_be_bytes());
    format.put(out, ground);
    for (pixel, x, y, length) in runs {
        format.put(out, pixel);
        for word in [x, y, length, 1] {
            if compact {
                out.push(u8::try_from(word).expect("small tiles"));
            } else {
                out.extend_from_slice(&word.to_be_bytes());
            }
        }
    }
}

fn hextile(out: &mut Vec<u8>, picture: &Picture, area: Area, format: PixelFormat) {
    for tile in area.tiles(16) {
        let (ground, runs) = runs(picture, tile);
        let pixel_bytes = usize::from(format.bits / 8);
        if runs.len() > 255 || runs.len() * (pixel_bytes + 2) > usize::from(tile.width * tile.height) * pixel_bytes {
            out.push(1);
            picture.of(tile).for_each(|pixel| format.put(out, pixel));
            continue;
        }
        // Ground given, and coloured runs if there are any.
        out.push(if runs.is_empty() { 2 } else { 2 | 8 | 16 });
        format.put(out, ground);
        if runs.is_empty() {
            continue;
        }
        out.push(u8::try_from(runs.len()).expect("checked"));
        for (pixel, x, y, length) in runs {
            format.put(out, pixel);
            out.push(u8::try_from((x << 4) | y).expect("inside the tile"));
            out.push(u8::try_from((length - 1) << 4).expect("inside the tile"));
        }
    }
}

fn zrle(out: &mut Vec<u8>, picture: &Picture, area: Area, format: PixelFormat, stream: &mut Deflater) {
    let mut plain = Vec::new();
    for tile in area.tiles(64) {
        let first = picture.at(tile.x, tile.y);
        if picture.of(tile).all(|pixel| pixel == first) {
            plain.push(1);
            format.put_compact(&mut plain, first);
        } else {
            plain.push(0);
            picture.of(tile).for_each(|pixel| format.put_compact(&mut plain, pixel));
        }
    }
    let packed = stream.piece(&plain);
    out.extend_from_slice(&u32::try_from(packed.len()).expect("a length").to_be_bytes());
    out.extend_from_slice(&packed);
}

fn tight(out: &mut Vec<u8>, picture: &Picture, area: Area, format: PixelFormat, streams: &mut Streams) {
    let first = picture.at(area.x, area.y);
    if picture.of(area).all(|pixel| pixel == first) {
        out.push(0x80);
        format.put_tight(out, first);
        return;
    }
    // Stream 0, from its beginning or on, no filter.
    out.push(u8::from(streams.repeatable));
    let mut plain = Vec::new();
    picture.of(area).for_each(|pixel| format.put_tight(&mut plain, pixel));
    if plain.len() < 12 {
        out.extend_from_slice(&plain);
        return;
    }
    if streams.repeatable {
        streams.tight = Deflater::default();
    }
    let packed = streams.tight.piece(&plain);
    tight_length(out, packed.len());
    out.extend_from_slice(&packed);
}

/// A length in the form of Tight: seven bits, seven bits, eight bits.
pub fn tight_length(out: &mut Vec<u8>, length: usize) {
    let low = |value: usize| u8::try_from(value & 0x7f).expect("seven bits");
    if length < 1 << 7 {
        out.push(low(length));
    } else if length < 1 << 14 {
        out.extend_from_slice(&[low(length) | 0x80, low(length >> 7)]);
    } else {
        let high = u8::try_from((length >> 14) & 0xff).expect("eight bits");
        out.extend_from_slice(&[low(length) | 0x80, low(length >> 7) | 0x80, high]);
    }
}
