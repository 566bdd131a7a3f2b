//! Pictures of screens on their way to the eye. Everything here may run on any thread.

use gdk4 as gdk;
use gdk4::prelude::*;

use crate::model::display::image::{Pixels, Screenshot};

/// The pixels of what a host sent; `None` where it is a damaged PNG.
#[must_use]
pub fn pixels(shot: Screenshot) -> Option<Pixels> {
    let data = match shot {
        Screenshot::Pixels(pixels) => return Some(pixels),
        Screenshot::Png { data, .. } => data,
    };
    let texture = gdk::Texture::from_bytes(&glib::Bytes::from_owned(data)).ok()?;
    let (width, height) = (texture.width().unsigned_abs(), texture.height().unsigned_abs());
    let stride = width as usize * 4;
    let mut bgrx = vec![0; stride * height as usize];
    texture.download(&mut bgrx, stride);
    Pixels::from_bgrx(width, height, &bgrx).ok()
}

/// A texture in the format that cairo and OpenGL take as it is.
#[must_use]
pub fn texture(pixels: &Pixels) -> gdk::Texture {
    let format = gdk::MemoryFormat::B8g8r8a8Premultiplied;
    let data = glib::Bytes::from_owned(pixels.to_bgra());
    // A side has at most 16,384 pixels.
    let (width, height) = (pixels.width() as i32, pixels.height() as i32);
    gdk::MemoryTexture::new(width, height, format, &data, pixels.width() as usize * 4).upcast()
}
