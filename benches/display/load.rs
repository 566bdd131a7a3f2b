//! Processor time under updates.

use std::thread;
use std::time::{Duration, Instant};

use crate::part::{Figure, Part, Running};
use crate::process::{children, worked};
use crate::support::rfb::{Area, Encoding, Options, Play, Server};
use crate::table::Table;

const WIDTH: u16 = 1280;
const HEIGHT: u16 = 800;
const RATE: u32 = 30;
/// Different pictures in a recording.
const PICTURES: u32 = 8;

struct Load {
    name: &'static str,
    encoding: Encoding,
    area: Option<Area>,
    /// Percent of a processor for both processes together, if that is promised.
    target: Option<f64>,
}

/// Measures all loads with all parts.
pub fn measure(table: &mut Table, time: Duration) {
    let whole = Area::new(0, 0, WIDTH, HEIGHT);
    let strip = Area::new(0, 320, WIDTH, 64);
    let loads = [
        Load {
            name: "1280×800 30/s raw",
            encoding: Encoding::Raw,
            area: Some(whole),
            target: Some(30.0),
        },
        Load {
            name: "1280×800 30/s ZRLE",
            encoding: Encoding::Zrle,
            area: Some(whole),
            target: None,
        },
        Load {
            name: "1280×800 30/s tight",
            encoding: Encoding::Tight,
            area: Some(whole),
            target: None,
        },
        Load {
            name: "1280×64 30/s raw",
            encoding: Encoding::Raw,
            area: Some(strip),
            target: Some(8.0),
        },
        Load {
            name: "idle",
            encoding: Encoding::Raw,
            area: None,
            target: Some(0.2),
        },
    ];
    for load in &loads {
        if !table.wants(load.name) {
            continue;
        }
        for part in [Part::Floor, Part::Link, Part::Screen] {
            under(load, part, time, table);
        }
        eprintln!("{}: done", load.name);
    }
}

/// One load, one part: percent of a processor of the program and of its helper, pictures a second.
fn under(load: &Load, part: Part, time: Duration, table: &mut Table) {
    let options = Options {
        width: WIDTH,
        height: HEIGHT,
        encoding: load.encoding,
        ..Options::default()
    };
    let play = load
        .area
        .map(|area| Play::record(&options, area, PICTURES, Duration::from_secs(1) / RATE));
    let server = Server::start(options);
    let running = Running::start(part, server.port());
    let helpers = children(running.pid());
    thread::sleep(Duration::from_secs(1));
    server.play(play);
    thread::sleep(Duration::from_secs(1));
    let spent = || {
        let helpers: Duration = helpers.iter().map(|pid| worked(*pid)).sum();
        (worked(running.pid()), helpers)
    };
    let (begin, before) = (Instant::now(), spent());
    thread::sleep(time);
    let (took, after) = (begin.elapsed(), spent());
    let played = server.play(None);
    let finished = running.stop();
    let percent = |after: Duration, before: Duration| 100.0 * (after - before).as_secs_f64() / took.as_secs_f64();
    let (program, helper) = (percent(after.0, before.0), percent(after.1, before.1));
    let name = |what: &str| format!("{}, {}: {what}", load.name, part.name());
    let target = load.target.filter(|_| part == Part::Screen);
    table.take(&[Figure::new(&name("% of a processor"), target, vec![program + helper])]);
    if part != Part::Floor {
        table.take(&[
            Figure::new(&name("… the program"), None, vec![program]),
            Figure::new(&name("… the helper"), None, vec![helper]),
        ]);
    }
    if let Some(played) = played {
        // Recorded since a second before, finished since the start: close enough for what is dropped to be seen.
        let seconds = took.as_secs_f64() + 1.0;
        let rate = f64::from(u32::try_from(played.sent).unwrap_or(u32::MAX)) / seconds;
        let shown = f64::from(u32::try_from(finished).unwrap_or(u32::MAX)) / seconds;
        table.take(&[
            Figure::new(&name("… updates a second taken"), None, vec![rate]),
            Figure::new(&name("… pictures a second finished"), None, vec![shown]),
        ]);
    }
}
