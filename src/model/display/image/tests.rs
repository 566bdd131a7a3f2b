use std::io::Read;

use flate2::read::ZlibDecoder;
use uuid::Uuid;

use super::*;

fn ppm(head: &str, raster: &[u8]) -> Result<Screenshot, Fault> {
    Screenshot::read([head.as_bytes(), raster].concat())
}

fn pixels(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = places.flat_map(|(x, y)| color(x, y)).collect();
    Pixels::new(width, height, rgb).expect("a picture")
}

/// The chunks of a PNG, their sums checked.
fn chunks(png: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").expect("the signature");
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().expect("a length")) as usize;
        let (kind, body) = (rest[4..8].to_vec(), rest[8..8 + length].to_vec());
        let mut sum = flate2::Crc::new();
        sum.update(&rest[4..8 + length]);
        assert_eq!(rest[8 + length..12 + length], sum.sum().to_be_bytes());
        found.push((String::from_utf8(kind).expect("a kind"), body));
        rest = &rest[12 + length..];
    }
    found
}

/// Undoes what `png::write` did.
fn unpacked(png: &[u8]) -> Pixels {
    let chunks = chunks(png);
    let body = |kind: &str| &chunks.iter().find(|(own, _)| own == kind).expect("a chunk").1;
    let (width, height) = super::png::size(png).expect("a size");
    let mut rows = Vec::new();
    ZlibDecoder::new(&body("IDAT")[..])
        .read_to_end(&mut rows)
        .expect("rows");
    let mut rgb: Vec<u8> = Vec::new();
    let row_bytes = width as usize * 3;
    for (y, row) in rows.chunks_exact(row_bytes + 1).enumerate() {
        for x in 0..row_bytes {
            let neighbour = match row[0] {
                1 if x >= 3 => rgb[y * row_bytes + x - 3],
                2 if y > 0 => rgb[(y - 1) * row_bytes + x],
                1 | 2 => 0,
                other => panic!("filter {other}"),
            };
            rgb.push(row[x + 1].wrapping_add(neighbour));
        }
    }
    Pixels::new(width, height, rgb).expect("a whole picture")
}

#[test]
fn ppm_of_every_depth_and_with_comments_is_read() {
    let raster = [1, 2, 3, 250, 251, 252];
    for head in [
        "P6\n2 1\n255\n",
        "P6 2 1 255 ",
        "P6\n# made by a host\n2\t1\n# 9 9\n255\n",
    ] {
        let Ok(Screenshot::Pixels(read)) = ppm(head, &raster) else {
            panic!("{head:?}")
        };
        assert_eq!((read.width(), read.height(), read.rgb()), (2, 1, &raster[..]));
    }
    let Ok(Screenshot::Pixels(deep)) = ppm("P6 1 1 65535\n", &[255, 255, 128, 0, 0, 1]) else {
        panic!("sixteen bits")
    };
    assert_eq!(deep.rgb(), [255, 127, 0]);
    let Ok(Screenshot::Pixels(flat)) = ppm("P6 1 1 15\n", &[15, 7, 200]) else {
        panic!("four bits")
    };
    assert_eq!(flat.rgb(), [255, 119, 255]);
    // What is behind the picture is nobody's.
    assert!(ppm("P6 2 1 255\n", &[0; 100]).is_ok());
}

#[test]
fn hostile_ppm_is_refused_and_costs_nothing() {
    for (head, raster, fault) in [
        ("", &[][..], Fault::Unknown),
        ("P5 2 1 255\n", &[0; 6], Fault::Unknown),
        ("GIF89a", &[0; 60], Fault::Unknown),
        ("P6", &[], Fault::Damaged),
        ("P6 2 1 255", &[], Fault::Damaged),
        ("P6 2 1 255\n", &[0; 5], Fault::Damaged),
        ("P6 2 1 65535\n", &[0; 11], Fault::Damaged),
        ("P6 0 1 255\n", &[0; 6], Fault::Damaged),
        ("P6 2 1 0\n", &[0; 6], Fault::Damaged),
        ("P6 2 1 65536\n", &[0; 12], Fault::Damaged),
        ("P6 -2 1 255\n", &[0; 6], Fault::Damaged),
        ("P6 # never ends", &[], Fault::Damaged),
        ("P6 99999999999999999999 1 255\n", &[0; 6], Fault::Damaged),
        ("P6 4294967295 4294967295 255\n", &[0; 6], Fault::TooLarge),
        ("P6 16384 16384 255\n", &[0; 6], Fault::TooLarge),
        ("P6 16385 1 255\n", &[0; 6], Fault::TooLarge),
        ("P6 16384 2000 255\n", &[0; 6], Fault::Damaged),
    ] {
        assert_eq!(ppm(head, raster), Err(fault), "{head:?}");
    }
    let whole = b"P6\n# c\n3 2\n255\n0123456789abcdef__".to_vec();
    for length in 0..whole.len() - 1 {
        let _ = Screenshot::read(whole[..length].to_vec());
    }
}

#[test]
fn head_of_a_png_decides_whether_it_is_taken() {
    let png = Screenshot::Pixels(pixels(3, 2, |_, _| [9, 9, 9])).to_png(&[]);
    let read = Screenshot::read(png.clone()).expect("a PNG");
    assert_eq!(read.size(), (3, 2));
    let with_size = |width: u32, height: u32| {
        let mut other = png.clone();
        other[16..20].copy_from_slice(&width.to_be_bytes());
        other[20..24].copy_from_slice(&height.to_be_bytes());
        Screenshot::read(other)
    };
    assert_eq!(with_size(1_000_000, 1_000_000), Err(Fault::TooLarge));
    assert_eq!(with_size(0, 2), Err(Fault::Damaged));
    assert_eq!(Screenshot::read(png[..20].to_vec()), Err(Fault::Unknown));
}

#[test]
fn png_has_the_same_pixels_and_says_where_they_come_from() {
    let picture = pixels(41, 23, |x, y| [(x * 6) as u8, (y * 11) as u8, (x * y % 251) as u8]);
    let uuid = Uuid::from_u128(7);
    let texts = about("qemu:///system", "gäste\0", uuid);
    let png = Screenshot::Pixels(picture.clone()).to_png(&texts);
    assert_eq!(unpacked(&png), picture);
    let found = chunks(&png);
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["IHDR", "tEXt", "iTXt", "tEXt", "tEXt", "tEXt", "IDAT", "IEND"]);
    assert_eq!(found[1].1, b"Hypervisor URI\0qemu:///system");
    assert_eq!(found[2].1, "Domain Name\0\0\0\0\0gäste".as_bytes());
    assert_eq!(found[3].1, format!("Domain UUID\0{uuid}").as_bytes());
    // A PNG that a host sent gets the same texts and keeps its pixels.
    let plain = Screenshot::read(Screenshot::Pixels(picture.clone()).to_png(&[])).expect("a PNG");
    assert_eq!(plain.to_png(&texts), png);
}

#[test]
fn smaller_pictures_keep_proportions_brightness_and_fine_lines() {
    let white = pixels(1000, 700, |_, _| [255, 255, 255]).within(333, 333);
    assert_eq!((white.width(), white.height()), (333, 233));
    assert!(white.rgb().iter().all(|value| *value == 255));
    // Columns black and white by turns: every other scheme than the mean would make stripes of them.
    let fine = pixels(640, 400, |x, _| if x % 2 == 0 { [0; 3] } else { [255; 3] }).within(256, 160);
    assert!(fine.rgb().iter().all(|value| (90..=165).contains(value)));
    let halves = pixels(300, 200, |x, _| if x < 150 { [200, 0, 0] } else { [0, 0, 100] }).within(30, 30);
    assert_eq!((halves.width(), halves.height()), (30, 20));
    assert_eq!(halves.rgb()[..3], [200, 0, 0]);
    assert_eq!(halves.rgb()[87..90], [0, 0, 100]);
    let small = pixels(10, 10, |x, y| [x as u8, y as u8, 0]);
    assert_eq!(small.clone().within(400, 250), small);
    let thin = pixels(16_000, 1, |_, _| [1, 2, 3]).within(10, 10);
    assert_eq!((thin.width(), thin.height(), &thin.rgb()[..3]), (10, 1, &[1, 2, 3][..]));
}

#[test]
fn name_of_a_file_leads_nowhere_else() {
    let moment = "2026-01-02 03-04-05";
    for (machine, expected) in [
        ("web-1", "web-1 2026-01-02 03-04-05.png"),
        ("../../etc/passwd", "etc-passwd 2026-01-02 03-04-05.png"),
        (".hidden", "hidden 2026-01-02 03-04-05.png"),
        ("a\0b\nc", "abc 2026-01-02 03-04-05.png"),
        ("C:\\con|?*", "C--con 2026-01-02 03-04-05.png"),
        ("\u{202e}gnp.exe", "gnp.exe 2026-01-02 03-04-05.png"),
        ("..", "2026-01-02 03-04-05.png"),
        ("", "2026-01-02 03-04-05.png"),
    ] {
        assert_eq!(file_name(machine, moment), expected, "{machine:?}");
    }
    let long = file_name(&"ä".repeat(5000), moment);
    assert!(long.len() < 160 && long.ends_with(".png"), "{long}");
}
