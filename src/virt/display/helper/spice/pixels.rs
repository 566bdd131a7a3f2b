//! Pixels of 16 bits as the 32 bits that everything else works with.

use crate::wire::Rect;

/// Forms of pixels that SPICE gives its primary surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Blue, green, red and an unused byte: as needed.
    Bgrx,
    /// Five bits each.
    Rgb555,
    /// Five, six and five bits.
    Rgb565,
}

impl Form {
    /// From the protocol's number.
    pub fn of(format: i32) -> Option<Self> {
        match format {
            32 | 96 => Some(Self::Bgrx),
            16 => Some(Self::Rgb555),
            80 => Some(Self::Rgb565),
            _ => None,
        }
    }

    /// Bytes of a pixel.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bgrx => 4,
            Self::Rgb555 | Self::Rgb565 => 2,
        }
    }

    fn widen(self, pixel: u16) -> [u8; 4] {
        let pixel = u32::from(pixel);
        // The highest bits again below, so that the brightest stays the brightest.
        let five = |bits: u32| ((bits << 3) | (bits >> 2)) as u8;
        let six = |bits: u32| ((bits << 2) | (bits >> 4)) as u8;
        let blue = five(pixel & 0x1f);
        match self {
            Self::Rgb565 => [blue, six((pixel >> 5) & 0x3f), five((pixel >> 11) & 0x1f), 0],
            Self::Rgb555 | Self::Bgrx => [blue, five((pixel >> 5) & 0x1f), five((pixel >> 10) & 0x1f), 0],
        }
    }

    /// Writes a part of `from` (rows of `stride` bytes) into `to`, which has rows of `width` pixels of four bytes.
    /// What lies outside of either is left out.
    pub fn widen_part(self, from: &[u8], stride: usize, to: &mut [u8], width: usize, part: Rect) {
        let (left, columns) = (part.x as usize, part.width as usize);
        for row in part.y as usize..part.y as usize + part.height as usize {
            let source = from.get(row * stride + left * 2..row * stride + (left + columns) * 2);
            let target = to.get_mut((row * width + left) * 4..(row * width + left + columns) * 4);
            let (Some(source), Some(target)) = (source, target) else {
                return;
            };
            for (pixel, wide) in source.chunks_exact(2).zip(target.chunks_exact_mut(4)) {
                wide.copy_from_slice(&self.widen(u16::from_ne_bytes([pixel[0], pixel[1]])));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brightest_and_the_darkest_stay_so() {
        assert_eq!(Form::Rgb565.widen(0xffff), [255, 255, 255, 0]);
        assert_eq!(Form::Rgb555.widen(0x7fff), [255, 255, 255, 0]);
        assert_eq!(Form::Rgb565.widen(0), [0, 0, 0, 0]);
    }

    #[test]
    fn colours_keep_their_places() {
        assert_eq!(Form::Rgb565.widen(0xf800), [0, 0, 255, 0]);
        assert_eq!(Form::Rgb565.widen(0x07e0), [0, 255, 0, 0]);
        assert_eq!(Form::Rgb555.widen(0x7c00), [0, 0, 255, 0]);
        assert_eq!(Form::Rgb555.widen(0x03e0), [0, 255, 0, 0]);
        assert_eq!(Form::Rgb555.widen(0x001f), [255, 0, 0, 0]);
    }

    #[test]
    fn only_the_part_is_written_and_never_beyond() {
        // Two rows of two pixels, in rows of six bytes.
        let from = [0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0];
        let mut to = [1; 16];
        let part = Rect {
            x: 1,
            y: 1,
            width: 1,
            height: 1,
        };
        Form::Rgb565.widen_part(&from, 6, &mut to, 2, part);
        assert_eq!(to, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 255, 255, 255, 0]);
        let beyond = Rect {
            x: 1,
            y: 0,
            width: 5,
            height: 9,
        };
        Form::Rgb565.widen_part(&from, 6, &mut to, 2, beyond);
        assert_eq!(to[..4], [1; 4]);
    }
}
