//! The memory that `gvnc` decodes into, and the pointer's shape.

use glib::translate::{ToGlibPtr, from_glib_full};
use gvnc::{ByteOrder, PixelFormat};

use crate::wire::{Cursor, LARGEST_CURSOR};

/// Blue, green, red and one byte that does not count: what Vireo draws, so that nothing must be converted.
fn format() -> Option<PixelFormat> {
    PixelFormat::new_with((255, 255, 255), (16, 8, 0), 24, 32, ByteOrder::Little, 1).ok()
}

/// Asks the server to send pixels in our form. Only before the first update is asked for.
pub fn set_format(connection: &gvnc::Connection) -> Option<()> {
    connection.set_pixel_format(&format()?).ok()
}

/// A frame buffer that `gvnc` uses.
pub struct Pixels {
    bytes: Vec<u8>,
    width: u16,
    height: u16,
}

impl Pixels {
    /// Makes a black frame buffer the one that is decoded into.
    pub fn install(connection: &gvnc::Connection, width: u32, height: u32) -> Option<Self> {
        let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
        let mut pixels = Self {
            bytes: vec![0; usize::from(width) * 4 * usize::from(height)],
            width,
            height,
        };
        let format = format()?;
        let stride = i32::from(width) * 4;
        // SAFETY: the formats are copied; the memory stays where it is until `gvnc` has got another frame buffer
        // (`replace_by_nothing`), because moving a vector moves no bytes. `gvnc` does not free it.
        let buffer: gvnc::BaseFramebuffer = unsafe {
            from_glib_full(gvnc::ffi::vnc_base_framebuffer_new(
                pixels.bytes.as_mut_ptr(),
                width,
                height,
                stride,
                format.to_glib_none().0,
                format.to_glib_none().0,
            ))
        };
        connection.set_framebuffer(&buffer).ok()?;
        Some(pixels)
    }

    /// Takes the frame buffer away from `gvnc`, which then has one of a pixel, for ever.
    pub fn replace_by_nothing(self, connection: &gvnc::Connection) -> Option<()> {
        let nothing = Self::install(connection, 1, 1)?;
        std::mem::forget(nothing);
        Some(())
    }

    pub fn size(&self) -> (u16, u16) {
        (self.width, self.height)
    }

    pub fn start(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    pub fn stride(&self) -> usize {
        usize::from(self.width) * 4
    }
}

/// The shape that the server wants, within the bounds.
pub fn cursor(shape: Option<&gvnc::Cursor>) -> Cursor {
    let Some(shape) = shape else {
        return Cursor::Hidden;
    };
    let (width, height) = (u32::from(shape.width()), u32::from(shape.height()));
    if width == 0 || height == 0 {
        return Cursor::Hidden;
    }
    if width > LARGEST_CURSOR || height > LARGEST_CURSOR {
        return Cursor::Default;
    }
    // The binding's own length overflows from 128 × 128 on.
    let length = (width * height * 4) as usize;
    // SAFETY: `gvnc` keeps four bytes a pixel for as long as the shape lives.
    let bytes = unsafe {
        let start = gvnc::ffi::vnc_cursor_get_data(shape.to_glib_none().0);
        if start.is_null() {
            return Cursor::Hidden;
        }
        std::slice::from_raw_parts(start, length)
    };
    let pixels = straight(bytes);
    Cursor::Shape {
        width,
        height,
        hot_x: u32::from(shape.hotx()).min(width - 1),
        hot_y: u32::from(shape.hoty()).min(height - 1),
        pixels,
    }
}

/// Red first and not premultiplied, from blue first and perhaps premultiplied: QEMU sends it so from 10.2 on. No colour is
/// stronger than its alpha then.
fn straight(bytes: &[u8]) -> Vec<u8> {
    let mut pixels = bytes.to_vec();
    let (pixels_of, _) = pixels.as_chunks_mut::<4>();
    let premultiplied = pixels_of
        .iter()
        .all(|&[blue, green, red, alpha]| blue.max(green).max(red) <= alpha);
    for pixel in pixels_of {
        let alpha = u32::from(pixel[3]);
        if premultiplied && alpha > 0 {
            for part in &mut pixel[..3] {
                *part = u8::try_from(u32::from(*part) * 255 / alpha).unwrap_or(255);
            }
        }
        pixel.swap(0, 2);
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::straight;

    #[test]
    fn soft_edges_have_their_colours_whichever_way_they_came() {
        // Half of a white, a full red.
        let premultiplied = [128, 128, 128, 128, 0, 0, 255, 255];
        let plain = [255, 255, 255, 128, 0, 0, 255, 255];
        let expected = [255, 255, 255, 128, 255, 0, 0, 255];
        assert_eq!(straight(&premultiplied), expected);
        assert_eq!(straight(&plain), expected);
        assert_eq!(straight(&[0; 4]), [0; 4]);
    }
}
