//! Where the screen takes a picture from.

use crate::virt::client::Picture;

/// A picture: blue, green, red and an alpha of 255, row by row.
pub trait Pixels {
    /// Width in pixels, not 0.
    fn width(&self) -> u32;
    /// Height in pixels, not 0.
    fn height(&self) -> u32;
    /// Bytes from one row to the next.
    fn stride(&self) -> u32;
    /// `rows` rows from `y` on, as far as there are any; the last may end with its last pixel.
    fn strip(&self, y: u32, rows: u32) -> glib::Bytes;
}

impl Pixels for Picture {
    fn width(&self) -> u32 {
        Self::width(self)
    }

    fn height(&self) -> u32 {
        Self::height(self)
    }

    fn stride(&self) -> u32 {
        Self::stride(self)
    }

    fn strip(&self, y: u32, rows: u32) -> glib::Bytes {
        Self::strip(self, y, rows)
    }
}
