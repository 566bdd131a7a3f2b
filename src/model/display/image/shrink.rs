//! Makes pictures smaller by the mean of what each new pixel covers, so that fine text stays grey instead of breaking up.

use super::Pixels;

/// What the weights of a new pixel add up to.
const WHOLE: u64 = 1 << 16;

/// The old pixels that a new one covers: the first, and how much of each counts.
struct Cover {
    first: usize,
    weights: Vec<u32>,
}

/// What each of `new` pixels in a line covers of `old` ones.
fn covers(old: u32, new: u32) -> Vec<Cover> {
    let (old, new) = (u64::from(old), u64::from(new.max(1)));
    // Places are counted in parts of which an old pixel has `new` and a new one `old`.
    let cover = |place: u64| {
        let (from, to) = (place * old, (place + 1) * old);
        let (first, last) = (from / new, to.div_ceil(new));
        let mut weights: Vec<u32> = (first..last)
            .map(|pixel| {
                let shared = to.min((pixel + 1) * new) - from.max(pixel * new);
                (shared * WHOLE / old) as u32
            })
            .collect();
        // What rounding lost, so that white stays white.
        let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        if let Some(middle) = weights.iter_mut().max() {
            *middle += (WHOLE - sum) as u32;
        }
        Cover {
            first: first as usize,
            weights,
        }
    };
    (0..new).map(cover).collect()
}

/// The picture with so many columns and rows, neither more than it has.
pub(super) fn shrink(pixels: &Pixels, width: u32, height: u32) -> Pixels {
    let row_bytes = pixels.width as usize * 3;
    let columns = covers(pixels.width, width);
    let mut narrow = Vec::with_capacity(width as usize * pixels.height as usize * 3);
    for row in pixels.rgb.chunks_exact(row_bytes) {
        for cover in &columns {
            let covered = row.get(cover.first * 3..).unwrap_or_default();
            let mut sums = [0_u32; 3];
            for (pixel, weight) in covered.chunks_exact(3).zip(&cover.weights) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*value) * weight;
                }
            }
            narrow.extend(sums.map(rounded));
        }
    }
    let row_bytes = width as usize * 3;
    let mut rgb = Vec::with_capacity(row_bytes * height as usize);
    let mut sums = vec![0_u32; row_bytes];
    for cover in covers(pixels.height, height) {
        sums.fill(0);
        let covered = narrow.get(cover.first * row_bytes..).unwrap_or_default();
        for (row, weight) in covered.chunks_exact(row_bytes).zip(&cover.weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += u32::from(*value) * weight;
            }
        }
        rgb.extend(sums.iter().map(|sum| rounded(*sum)));
    }
    Pixels { width, height, rgb }
}

fn rounded(sum: u32) -> u8 {
    ((sum + (WHOLE as u32 >> 1)) >> 16).min(255) as u8
}
