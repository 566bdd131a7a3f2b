//! Hostility in the picture: places outside, lengths that lie, streams that explode.

use std::io::Write;

use flate2::write::ZlibEncoder;

use crate::mode::Verdict::{Bounded, Ends};
use crate::mode::{HEIGHT, Mode, WIDTH, bomb, desktop, flood, long, rectangle, update};
use crate::support::rfb::encode::tight_length;
use crate::support::rfb::number;

const ENDLESS: usize = 1 << 30;
const WHOLE: (u16, u16, u16, u16) = (0, 0, WIDTH, HEIGHT);
const SMALL: (u16, u16, u16, u16) = (0, 0, 64, 64);

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    stream.write_all(bytes).expect("memory");
    stream.finish().expect("memory")
}

/// A proper desktop that then tells a rectangle whose body never ends.
fn endless(name: &'static str, area: (u16, u16, u16, u16), encoding: i32, start: &'static [u8], more: u8) -> Mode {
    Mode::new(name, Bounded, move |line| {
        desktop(line)?;
        line.write_all(&update(&[rectangle(area, encoding, start)]))?;
        flood(line, &[more; 4096], ENDLESS)
    })
}

/// Places outside the desktop, in every encoding.
pub fn outside() -> Vec<Mode> {
    let far = (u16::MAX, u16::MAX, u16::MAX, u16::MAX);
    let over = (WIDTH - 1, HEIGHT - 1, 64, 64);
    vec![
        Mode::tells("raw outside", Ends, over, number::RAW, || vec![0x55; 64 * 64 * 4]),
        endless("raw of 65535×65535", far, number::RAW, &[], 0x55),
        endless(
            "raw of 65535×65535 from the corner",
            (0, 0, u16::MAX, u16::MAX),
            number::RAW,
            &[],
            0x55,
        ),
        Mode::tells("copied to outside", Ends, over, number::COPY_RECT, || vec![0; 4]),
        Mode::tells("copied from outside", Ends, SMALL, number::COPY_RECT, || vec![0xff; 4]),
        Mode::tells("copied from the edge", Ends, WHOLE, number::COPY_RECT, || {
            [WIDTH - 1, HEIGHT - 1]
                .iter()
                .flat_map(|word| word.to_be_bytes())
                .collect()
        }),
        Mode::tells("RRE outside", Ends, over, number::RRE, || [long(0), long(0)].concat()),
        Mode::tells("hextile outside", Ends, over, number::HEXTILE, || {
            [2, 0x55, 0x55, 0x55, 0].repeat(16)
        }),
        Mode::tells("ZRLE outside", Ends, over, number::ZRLE, || {
            let body = packed(&[1, 0x55, 0x55, 0x55].repeat(4));
            [long(u32::try_from(body.len()).expect("short")).to_vec(), body].concat()
        }),
        Mode::tells("tight outside", Ends, over, number::TIGHT, || {
            vec![0x80, 0x55, 0x55, 0x55]
        }),
        Mode::tells("tight far outside", Ends, far, number::TIGHT, || {
            vec![0x80, 0x55, 0x55, 0x55]
        }),
    ]
}

/// Counts and lengths that lie.
pub fn counts() -> Vec<Mode> {
    vec![
        endless(
            "RRE of 4 G parts",
            WHOLE,
            number::RRE,
            &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            0xff,
        ),
        Mode::tells("RRE with parts outside", Bounded, WHOLE, number::RRE, || {
            let mut body = [long(1000), long(0)].concat();
            body.extend([0xff; 12].repeat(1000));
            body
        }),
        Mode::tells(
            "CoRRE with parts outside",
            Bounded,
            (0, 0, 255, 255),
            number::CORRE,
            || {
                let mut body = [long(1000), long(0)].concat();
                body.extend([0xff; 8].repeat(1000));
                body
            },
        ),
        Mode::tells(
            "hextile with parts outside",
            Bounded,
            (WIDTH - 17, HEIGHT - 17, 17, 17),
            number::HEXTILE,
            || {
                let mut tile = vec![2 | 8 | 16, 0, 0, 0, 0, 255];
                tile.extend([1, 2, 3, 0, 0xff, 0xff].repeat(255));
                tile.repeat(4)
            },
        ),
        endless("hextile of every flag", WHOLE, number::HEXTILE, &[], 0xff),
        Mode::tells("hextile of 0×0", Bounded, (0, 0, 0, 0), number::HEXTILE, || {
            vec![0xff; 64]
        }),
        Mode::sends("65535 empty rectangles", Bounded, || {
            let one = rectangle((0, 0, 0, 0), number::RAW, &[]);
            [vec![0, 0, 0xff, 0xff], one.repeat(0xffff)].concat()
        }),
        Mode::sends("65535 rectangles, never sent", Bounded, || vec![0, 0, 0xff, 0xff]),
        Mode::tells("unknown encoding", Ends, SMALL, 0x1234_5678, || vec![0; 1024]),
        Mode::tells("unknown thing to tell", Ends, SMALL, -9999, || vec![0; 1024]),
        Mode::tells(
            "last rectangle unasked",
            Bounded,
            (0, 0, 0, 0),
            number::LAST_RECT,
            Vec::new,
        ),
        Mode::new("updates that nobody asked for", Bounded, |line| {
            desktop(line)?;
            let body = vec![0x55; usize::from(WIDTH) * usize::from(HEIGHT) * 4];
            flood(line, &update(&[rectangle(WHOLE, number::RAW, &body)]), 300 << 20)
        }),
    ]
}

fn tight(name: &'static str, body: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Mode {
    Mode::tells(name, Bounded, SMALL, number::TIGHT, body)
}

fn jpeg(name: &'static str, area: (u16, u16, u16, u16), image: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Mode {
    Mode::tells(name, Bounded, area, number::TIGHT, move || {
        let image = image();
        let mut body = vec![0x90];
        tight_length(&mut body, image.len());
        body.extend(image);
        body
    })
}

/// The beginning of a JPEG of this size, with nothing in it.
fn jpeg_head(width: u16, height: u16) -> Vec<u8> {
    let mut head = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8];
    head.extend(height.to_be_bytes());
    head.extend(width.to_be_bytes());
    head.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    head.extend([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    head
}

/// Tight in all its forms.
pub fn tights() -> Vec<Mode> {
    let mut modes: Vec<Mode> = (0..6_u8)
        .map(|step| tight("tight with a nonsense form", move || vec![0xa0 + 0x10 * step; 4096]))
        .collect();
    modes.extend([
        jpeg("JPEG of garbage", SMALL, || vec![0x55; 5000]),
        jpeg("JPEG of nothing", SMALL, Vec::new),
        jpeg("JPEG of 65535×65535", SMALL, || jpeg_head(u16::MAX, u16::MAX)),
        jpeg("JPEG smaller than its place", WHOLE, || jpeg_head(1, 1)),
        jpeg("JPEG of 4 MB garbage", WHOLE, || vec![0xff; (1 << 22) - 1]),
        Mode::tells("PNG of garbage", Bounded, SMALL, number::TIGHT_PNG, || {
            let mut body = vec![0xa0];
            tight_length(&mut body, 5000);
            body.extend([0x55; 5000]);
            body
        }),
        tight("tight with a palette beyond its end", || {
            let mut body = vec![0x40, 1, 1];
            body.extend([1, 2, 3, 4, 5, 6]);
            let pixels = packed(&[0xff; 64 * 64]);
            tight_length(&mut body, pixels.len());
            [body, pixels].concat()
        }),
        tight("tight with a palette of 256, indices of 1", || {
            let mut body = vec![0x40, 1, 255];
            body.extend([9; 256 * 3]);
            let pixels = packed(&[0xff; 8]);
            tight_length(&mut body, pixels.len());
            [body, pixels].concat()
        }),
        tight("tight with an unknown filter", || {
            vec![0x40, 0xff, 0xff, 0xff, 0xff, 0xff]
        }),
        tight("tight gradient of garbage", || {
            let mut body = vec![0x40, 2];
            tight_length(&mut body, 4000);
            body.extend([0x55; 4000]);
            body
        }),
        tight("tight stream of garbage", || {
            let mut body = vec![0];
            tight_length(&mut body, 4000);
            body.extend([0x55; 4000]);
            body
        }),
        tight("tight stream of 4 GB", || {
            let stream = bomb(4096);
            let mut body = vec![0];
            tight_length(&mut body, stream.len().min((1 << 22) - 1));
            [body, stream].concat()
        }),
        tight("tight stream reset in the middle", || {
            let pixels = packed(&[7; 64 * 64 * 3]);
            let mut body = vec![0x0f];
            tight_length(&mut body, pixels.len() / 2);
            body.extend(&pixels[..pixels.len() / 2]);
            body.extend(rectangle(SMALL, number::TIGHT, &[0x0f]));
            body
        }),
    ]);
    modes
}

fn zrle(name: &'static str, plain: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Mode {
    Mode::tells(name, Bounded, SMALL, number::ZRLE, move || {
        let body = packed(&plain());
        [long(u32::try_from(body.len()).expect("short")).to_vec(), body].concat()
    })
}

/// ZRLE in all its forms.
pub fn zrles() -> Vec<Mode> {
    vec![
        endless("ZRLE of 4 GB", WHOLE, number::ZRLE, &[0xff, 0xff, 0xff, 0xff], 0x55),
        Mode::tells("ZRLE of 2 GB, never sent", Bounded, WHOLE, number::ZRLE, || {
            long(0x7fff_ffff).to_vec()
        }),
        Mode::tells("ZRLE of garbage", Bounded, WHOLE, number::ZRLE, || {
            [long(5000).to_vec(), vec![0x55; 5000]].concat()
        }),
        Mode::tells("ZRLE of nothing", Bounded, WHOLE, number::ZRLE, || long(0).to_vec()),
        Mode::tells("ZRLE that unpacks to 4 GB", Bounded, SMALL, number::ZRLE, || {
            let stream = bomb(4096);
            [long(u32::try_from(stream.len()).expect("short")).to_vec(), stream].concat()
        }),
        zrle("ZRLE with too little", || vec![0, 1, 2, 3]),
        zrle("ZRLE with a run beyond its end", || {
            [vec![128, 1, 2, 3], vec![0xff; 10_000], vec![1]].concat()
        }),
        zrle("ZRLE with palette runs beyond their end", || {
            [vec![130, 1, 2, 3, 4, 5, 6], vec![0xff; 10_000]].concat()
        }),
        zrle("ZRLE with indices beyond the palette", || {
            [vec![255], vec![9; 127 * 3], vec![0xff; 10_000]].concat()
        }),
        zrle("ZRLE with a palette of one", || {
            [vec![129, 1, 2, 3], vec![0xff; 10_000]].concat()
        }),
        zrle("ZRLE with an unused form", || vec![17; 10_000]),
    ]
}
