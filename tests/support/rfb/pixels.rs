//! Pixels as a client wants them, and rectangles.

/// A rectangle of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    pub fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The part inside a desktop of this size.
    pub fn inside(self, width: u16, height: u16) -> Option<Self> {
        let (x, y) = (self.x.min(width), self.y.min(height));
        let area = Self::new(x, y, self.width.min(width - x), self.height.min(height - y));
        (area.width > 0 && area.height > 0).then_some(area)
    }

    /// Cut into strips of at most `rows` rows.
    pub fn strips(self, rows: u16) -> Vec<Self> {
        let mut strips = Vec::new();
        let mut y = 0;
        while y < self.height {
            let height = rows.min(self.height - y);
            strips.push(Self::new(self.x, self.y + y, self.width, height));
            y += height;
        }
        strips
    }

    /// Cut into tiles of at most `side` pixels, row by row.
    pub fn tiles(self, side: u16) -> Vec<Self> {
        let mut tiles = Vec::new();
        for strip in self.strips(side) {
            let mut x = 0;
            while x < self.width {
                let width = side.min(self.width - x);
                tiles.push(Self::new(strip.x + x, strip.y, width, strip.height));
                x += width;
            }
        }
        tiles
    }
}

/// How a client wants its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelFormat {
    pub bits: u8,
    pub depth: u8,
    pub big_endian: bool,
    pub true_colour: bool,
    pub max: [u16; 3],
    pub shift: [u8; 3],
}

impl PixelFormat {
    /// Blue, green, red, nothing in memory: what QEMU offers.
    pub const BGRX: Self = Self {
        bits: 32,
        depth: 24,
        big_endian: false,
        true_colour: true,
        max: [255; 3],
        shift: [16, 8, 0],
    };

    /// The sixteen bytes of the protocol.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&[
            self.bits,
            self.depth,
            u8::from(self.big_endian),
            u8::from(self.true_colour),
        ]);
        for (at, max) in [4, 6, 8].into_iter().zip(self.max) {
            bytes[at..at + 2].copy_from_slice(&max.to_be_bytes());
        }
        bytes[10..13].copy_from_slice(&self.shift);
        bytes
    }

    /// Out of the sixteen bytes of the protocol.
    pub fn from_bytes(bytes: &[u8; 16]) -> Self {
        let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Self {
            bits: bytes[0],
            depth: bytes[1],
            big_endian: bytes[2] != 0,
            true_colour: bytes[3] != 0,
            max: [word(4), word(6), word(8)],
            shift: [bytes[10], bytes[11], bytes[12]],
        }
    }

    fn value(self, pixel: u32) -> u32 {
        (0..3).fold(0, |value, channel| {
            let part = (pixel >> (16 - 8 * channel)) & 0xff;
            value | ((part * u32::from(self.max[channel]) / 255) << self.shift[channel])
        })
    }

    /// Appends a pixel (`0xRRGGBB`).
    pub fn put(self, out: &mut Vec<u8>, pixel: u32) {
        if self == Self::BGRX {
            out.extend_from_slice(&pixel.to_le_bytes());
            return;
        }
        let value = self.value(pixel);
        let used = usize::from(self.bits / 8);
        if self.big_endian {
            out.extend_from_slice(&value.to_be_bytes()[4 - used..]);
        } else {
            out.extend_from_slice(&value.to_le_bytes()[..used]);
        }
    }

    /// Appends a pixel in the form of ZRLE, without the byte that says nothing.
    pub fn put_compact(self, out: &mut Vec<u8>, pixel: u32) {
        let start = out.len();
        self.put(out, pixel);
        if self.bits == 32 && self.depth <= 24 {
            let high = self.shift.iter().all(|shift| *shift >= 8);
            let first = high != self.big_endian;
            out.remove(if first { start } else { start + 3 });
        }
    }

    /// Appends a pixel in the form of Tight: red, green, blue where these have a byte each.
    pub fn put_tight(self, out: &mut Vec<u8>, pixel: u32) {
        if self.bits == 32 && self.depth == 24 && self.max == [255; 3] {
            out.extend_from_slice(&pixel.to_be_bytes()[1..]);
        } else {
            self.put(out, pixel);
        }
    }
}

/// The shape of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub width: u16,
    pub height: u16,
    pub hot_x: u16,
    pub hot_y: u16,
    /// Red, green, blue, alpha (not premultiplied).
    pub pixels: Vec<[u8; 4]>,
}

/// The picture of a desktop, in `0xRRGGBB`.
#[derive(Debug, Clone)]
pub struct Picture {
    pub width: u16,
    pub height: u16,
    pub pixels: Vec<u32>,
}

impl Picture {
    pub fn new(width: u16, height: u16, colour: u32) -> Self {
        Self {
            width,
            height,
            pixels: vec![colour; usize::from(width) * usize::from(height)],
        }
    }

    pub fn at(&self, x: u16, y: u16) -> u32 {
        self.pixels[usize::from(y) * usize::from(self.width) + usize::from(x)]
    }

    pub fn row(&self, area: Area, y: u16) -> &[u32] {
        let start = usize::from(area.y + y) * usize::from(self.width) + usize::from(area.x);
        &self.pixels[start..start + usize::from(area.width)]
    }

    pub fn fill(&mut self, area: Area, mut colour: impl FnMut(u16, u16) -> u32) {
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                self.pixels[usize::from(y) * usize::from(self.width) + usize::from(x)] = colour(x, y);
            }
        }
    }

    /// All pixels of an area, row by row.
    pub fn of(&self, area: Area) -> impl Iterator<Item = u32> + '_ {
        (0..area.height).flat_map(move |y| self.row(area, y).iter().copied())
    }
}
