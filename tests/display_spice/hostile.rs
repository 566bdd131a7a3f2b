//! Servers that break the rules. The helper may die of that; the program is told and goes on, and memory is bounded.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vireo::model::display::wire::{End, News, Request, Route};

use crate::server::{CURSOR, DISPLAY, INPUTS, MAIN, Server, link, numbers, script};
use crate::viewer::{Viewer, open};

/// One at a time: their helpers are measured.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// MiB that a helper may take. The picture, which both programs share, counts here as well.
const MOST: u64 = 900;

/// The largest helper of this program at the moment, in MiB.
fn helper_mib() -> u64 {
    let own = std::process::id();
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let sizes = processes.filter_map(|process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let helper = value("Name:")? == "vireo-display" && value("PPid:")?.parse() == Ok(own);
        let size: u64 = value("VmRSS:")?.split(' ').next()?.parse().ok()?;
        helper.then_some(size / 1024)
    });
    sizes.max().unwrap_or(0)
}

/// Opens the display and waits for its end, watching the helper's memory.
#[track_caller]
fn ends(what: &str, route: Route) -> End {
    let mut viewer = Viewer::open(open(route));
    let begin = Instant::now();
    loop {
        viewer.pump();
        let size = helper_mib();
        assert!(size < MOST, "{what}: the helper has {size} MiB");
        if let Some(News::Ended(end)) = viewer.news.last() {
            eprintln!("{what}: {end:?} after {:?}", begin.elapsed());
            return end.clone();
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}: no end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Writes without end.
fn flood(socket: &mut TcpStream, piece: &[u8]) {
    while socket.write_all(piece).is_ok() {}
}

fn greeting(size: u32) -> Vec<u8> {
    let mut header = b"REDQ".to_vec();
    header.extend(numbers(&[2, 2, size]));
    header
}

#[test]
fn greetings_that_are_none() {
    let _turn = turn();
    let garbage = script(|mut socket| flood(&mut socket, b"HTTP/1.1 200 OK\r\n\r\n"));
    assert!(matches!(ends("garbage", garbage), End::Broken(_)));
    for size in [0, 1, 177, 0xffff_ffff, 0x7fff_ffff] {
        let route = script(move |mut socket| {
            let _ = socket.write_all(&greeting(size));
            flood(&mut socket, &[0xff; 65536]);
        });
        let end = ends(&format!("a greeting of {size} bytes"), route);
        assert!(matches!(end, End::Broken(_) | End::HelperLost(_)), "{end:?}");
    }
    let route = script(|mut socket| {
        let _ = socket.write_all(&greeting(178)[..7]);
    });
    assert!(matches!(ends("half a greeting", route), End::Broken(_) | End::Closed));
    // Capabilities that lie far outside of the message.
    let route = script(|mut socket| {
        let mut reply = numbers(&[0]);
        reply.extend([0; 162]);
        reply.extend(numbers(&[0xffff_ffff, 0x4000_0001, 0xffff_fff0]));
        let _ = socket.write_all(&[greeting(178), reply].concat());
        let _ = socket.read(&mut [0; 4096]);
    });
    ends("absurd capabilities", route);
}

#[test]
fn silence_is_told() {
    let _turn = turn();
    let route = script(|mut socket| {
        // Until the other side closes.
        let _ = socket.read_to_end(&mut Vec::new());
    });
    assert_eq!(ends("silence", route), End::Silent);
    let route = script(|mut socket| {
        let _ = link(&mut socket);
        let _ = socket.read_to_end(&mut Vec::new());
    });
    assert_eq!(ends("silence after the greeting", route), End::Silent);
}

#[test]
fn messages_without_end() {
    let _turn = turn();
    for size in [0xffff_ffff_u32, 0x7fff_fff0, 0x4000_0000] {
        let route = script(move |mut socket| {
            let _ = link(&mut socket);
            let _ = socket.write_all(&[&103_u16.to_le_bytes()[..], &size.to_le_bytes()].concat());
            flood(&mut socket, &[0; 1 << 20]);
        });
        let end = ends(&format!("a message of {size} bytes"), route);
        assert!(
            matches!(end, End::HelperLost(_) | End::Broken(_) | End::Silent),
            "{end:?}"
        );
    }
}

/// Connects to a server that behaves until then, lets it do `play`, and waits for the end.
#[track_caller]
fn after_all_is_well(what: &str, play: impl Fn(&Server) + Send + 'static) -> End {
    let server = Server::start(&[(DISPLAY, 0), (INPUTS, 0), (CURSOR, 0)]);
    let playing = server.clone();
    let route = server.route();
    std::thread::spawn(move || {
        playing.wait_channel((DISPLAY, 0));
        playing.wait_channel((CURSOR, 0));
        play(&playing);
    });
    ends(what, route)
}

#[test]
fn pictures_beyond_all_bounds() {
    let _turn = turn();
    for (width, height, format) in [
        (65535, 65535, 32),
        (65536, 16385, 32),
        (0x4000_0000, 4, 32),
        (0x8000_0000, 0x8000_0000, 32),
        (16384, 16384, 32),
        (0, 0, 32),
        (64, 64, 8),
        (64, 64, 1234),
    ] {
        let end = after_all_is_well(&format!("{width} × {height}, {format}"), move |server| {
            server.surface(0, width, height, format);
            // Should the library keep quiet about it.
            std::thread::sleep(Duration::from_secs(2));
            server.close((MAIN, 0));
        });
        assert!(
            matches!(end, End::Broken(_) | End::HelperLost(_) | End::Closed),
            "{end:?}"
        );
    }
}

#[test]
fn memory_that_is_never_given_back() {
    let _turn = turn();
    let surfaces = after_all_is_well("surfaces without end", |server| {
        for id in 1.. {
            server.send((DISPLAY, 0), 314, &numbers(&[id, 4096, 4096, 32, 0]));
            // Touched, not only reserved.
            let mut draw = numbers(&[id, 0, 0, 4096, 4096]);
            draw.extend([0, 1]);
            draw.extend(numbers(&[0x00ff_ffff]));
            draw.extend([8, 0, 0]);
            draw.extend(numbers(&[0, 0, 0]));
            server.send((DISPLAY, 0), 302, &draw);
            if id > 200 {
                break;
            }
        }
    });
    assert!(matches!(surfaces, End::HelperLost(_)), "{surfaces:?}");
    let agent = after_all_is_well("an agent's message of 4 GiB", |server| {
        server.send((MAIN, 0), 107, &[]);
        server.send((MAIN, 0), 109, &numbers(&[1, 4, 0, 0, 0xffff_fff0]));
        for _ in 0..1_000_000 {
            server.send((MAIN, 0), 109, &[0xff; 2048]);
        }
        server.close((MAIN, 0));
    });
    assert!(
        matches!(agent, End::HelperLost(_) | End::Broken(_) | End::Closed),
        "{agent:?}"
    );
}

#[test]
fn floods_do_not_hold_the_program_up() {
    let _turn = turn();
    static DONE: AtomicBool = AtomicBool::new(false);
    let server = Server::start(&[(DISPLAY, 0), (INPUTS, 0), (CURSOR, 0)]);
    let mut viewer = Viewer::open(open(server.route()));
    server.wait_channel((DISPLAY, 0));
    server.wait_channel((CURSOR, 0));
    let flooding = server.clone();
    let thread = std::thread::spawn(move || {
        flooding.surface(0, 800, 600, 32);
        let mut colour = 0_u32;
        while !DONE.load(Ordering::Relaxed) {
            colour = colour.wrapping_add(0x0001_0203);
            flooding.fill(0, 0, 0, 800, 600, colour);
            flooding.monitors(
                0,
                &[
                    (0, 0, 0, 800, 600),
                    (colour, colour, colour, colour, colour),
                    (99, 0, 0, 5, 5),
                ],
            );
            flooding.send((INPUTS, 0), 102, &[colour as u8, 0]);
            flooding.send((CURSOR, 0), 104, &[colour as u8, 1, 2, 3]);
            flooding.send((MAIN, 0), 105, &[3, 0, 1 + (colour as u8 & 1), 0]);
        }
    });
    let begin = Instant::now();
    viewer.picture(0);
    while begin.elapsed() < Duration::from_secs(3) {
        viewer.pump();
        assert!(helper_mib() < MOST);
        viewer.display.send(Request::Move { head: 0, x: 1, y: 1 });
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(
        !viewer.news.iter().any(|news| matches!(news, News::Ended(_))),
        "{:?}",
        viewer.news.last()
    );
    let close = Instant::now();
    viewer.display.send(Request::Close);
    assert_eq!(viewer.end(), End::Closed);
    assert!(close.elapsed() < Duration::from_secs(3), "{:?}", close.elapsed());
    DONE.store(true, Ordering::Relaxed);
    thread.join().expect("the server");
}

#[test]
fn more_channels_than_there_can_be() {
    let _turn = turn();
    let many: Vec<(u8, u8)> = (0..=255).flat_map(|id| (1..=11).map(move |kind| (kind, id))).collect();
    let server = Server::start(&many);
    let mut viewer = Viewer::open(open(server.route()));
    server.wait_channel((DISPLAY, 3));
    server.surface(0, 64, 48, 32);
    server.surface(3, 64, 48, 32);
    viewer.picture(0);
    viewer.picture(3);
    assert!(helper_mib() < MOST);
}
