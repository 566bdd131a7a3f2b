//! As much of PNG as is needed to write pictures and to say in them where they come from.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use super::Pixels;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Where the first chunk ends, which has a fixed size.
const HEAD: usize = 33;

/// A keyword of Latin letters, and what it says.
pub type Text = (&'static str, String);

/// Columns and rows as the head of a PNG says; `None` where it is no PNG.
pub(super) fn size(data: &[u8]) -> Option<(u32, u32)> {
    let head = data.get(..HEAD)?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let is_png = head.starts_with(SIGNATURE) && number(8) == Some(13) && head.get(12..16) == Some(b"IHDR");
    is_png.then_some(())?;
    Some((number(16)?, number(20)?))
}

/// The same PNG with texts behind its head.
pub(super) fn with_texts(data: &[u8], texts: &[Text]) -> Vec<u8> {
    let (head, rest) = data.split_at(HEAD.min(data.len()));
    let mut png = head.to_vec();
    put_texts(&mut png, texts);
    png.extend_from_slice(rest);
    png
}

/// A PNG of these pixels.
pub(super) fn write(pixels: &Pixels, texts: &[Text]) -> Vec<u8> {
    let mut png = SIGNATURE.to_vec();
    let mut head = Vec::with_capacity(13);
    head.extend_from_slice(&pixels.width.to_be_bytes());
    head.extend_from_slice(&pixels.height.to_be_bytes());
    // Eight bits each of red, green and blue; the only compression and filtering there are; not interlaced.
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    put(&mut png, b"IHDR", &head);
    put_texts(&mut png, texts);
    put(&mut png, b"IDAT", &packed(pixels));
    put(&mut png, b"IEND", &[]);
    png
}

/// The rows, each as what differs from its left or its upper neighbour, compressed.
fn packed(pixels: &Pixels) -> Vec<u8> {
    let row_bytes = pixels.width as usize * 3;
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
    let mut above = vec![0_u8; row_bytes];
    let (mut beside, mut below) = (Vec::with_capacity(row_bytes + 1), Vec::with_capacity(row_bytes + 1));
    for row in pixels.rgb.chunks_exact(row_bytes) {
        beside.clear();
        beside.push(1);
        let left = [0_u8; 3].iter().chain(row);
        beside.extend(row.iter().zip(left).map(|(value, left)| value.wrapping_sub(*left)));
        below.clear();
        below.push(2);
        below.extend(row.iter().zip(&above).map(|(value, above)| value.wrapping_sub(*above)));
        let cost = |line: &[u8]| -> u64 {
            line.iter()
                .map(|value| u64::from(value.cast_signed().unsigned_abs()))
                .sum()
        };
        let cheaper = if cost(&beside) < cost(&below) { &beside } else { &below };
        // Writing to memory does not fail.
        let _ = zlib.write_all(cheaper);
        above.copy_from_slice(row);
    }
    zlib.finish().unwrap_or_default()
}

fn put_texts(png: &mut Vec<u8>, texts: &[Text]) {
    for (keyword, text) in texts {
        let text: String = text.chars().filter(|letter| *letter != '\0').collect();
        let mut body = keyword.as_bytes().to_vec();
        if text.is_ascii() {
            body.push(0);
            body.extend_from_slice(text.as_bytes());
            put(png, b"tEXt", &body);
        } else {
            // Not compressed, of no language, with no translation of the keyword.
            body.extend_from_slice(&[0; 5]);
            body.extend_from_slice(text.as_bytes());
            put(png, b"iTXt", &body);
        }
    }
}

fn put(png: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(body);
    // Chunks of ours are far below the 2 GiB that their length could say.
    png.extend_from_slice(&(body.len() as u32).to_be_bytes());
    png.extend_from_slice(kind);
    png.extend_from_slice(body);
    png.extend_from_slice(&sum.sum().to_be_bytes());
}
