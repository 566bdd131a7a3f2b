//! Optical media as bytes (ISO 9660): small ones are made here, and of any is read what stands in it.

mod image;
mod medium;

pub use image::{File, TooMuch, image};
pub use medium::{Medium, Source};

/// Bytes of a sector.
pub(crate) const SECTOR: usize = 2048;
/// The sector where the descriptors begin.
const FIRST: usize = 16;

#[cfg(test)]
mod tests;
