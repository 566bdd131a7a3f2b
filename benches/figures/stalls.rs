//! Longest stalls of the main loop while a user does what users do with a list.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::counter::CallCounter;
use crate::desk::Desk;
use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::Contestant;
use crate::place::Place;
use crate::program::Program;

const FRAME: Goal = Goal::AtMost(16.0);

const fn longest(id: &'static str, name: &'static str, goal: Goal) -> Kind {
    Kind {
        id,
        name,
        statistic: Statistic::Max,
        goal,
    }
}

static OPENING: Kind = longest("stall-opening", "longest stall until the list comes, ms", Goal::None);
static LISTING: Kind = longest("stall-listing", "longest stall while listing, ms", FRAME);
static SCROLLING: Kind = longest("stall-scrolling", "longest stall while scrolling, ms", FRAME);
static SORTING: Kind = longest("stall-sorting", "longest stall while sorting, ms", FRAME);
static SEARCHING: Kind = longest("stall-searching", "longest stall while searching, ms", FRAME);
static WORK: Kind = longest(
    "stall-work",
    "most work of the main thread in one of them, ms",
    Goal::None,
);

/// How long the last frame of something may take to come.
const REST: Duration = Duration::from_millis(700);
/// The least stall that is told, in ms.
const LEAST: &str = "4";

/// Measures all phases a few times.
pub fn measure(place: &Place, who: Contestant, runs: usize, sheet: &mut Sheet) {
    let mut found: HashMap<&'static str, Vec<f64>> = HashMap::new();
    for run in 0..runs {
        let Some(phases) = round(place, who) else {
            eprintln!("{who:?} did not come to an end with {} machines", place.machines);
            break;
        };
        for (kind, stalls) in phases {
            if std::env::var_os("VIREO_BENCH_DETAILS").is_some() {
                let lines: Vec<String> = stalls.iter().map(|(ms, work)| format!("{ms:.0} ({work:.0})")).collect();
                eprintln!("{who:?} run {run}, {}: {}", kind.id, lines.join(", "));
            }
            let longest = stalls.iter().map(|(ms, _)| *ms).fold(0.0, f64::max);
            found.entry(kind.id).or_default().push(longest);
            if kind.goal != Goal::None {
                let work = stalls.iter().map(|(_, work)| *work).fold(0.0, f64::max);
                found.entry(WORK.id).or_default().push(work);
            }
        }
    }
    for kind in [&OPENING, &LISTING, &SCROLLING, &SORTING, &SEARCHING, &WORK] {
        if let Some(values) = found.remove(kind.id) {
            sheet.put(kind, Some(place.machines), who, values.into_iter().collect::<Samples>());
        }
    }
}

/// Length and work of the main thread, in ms.
pub type Stalls = Vec<(f64, f64)>;

/// One start, and each phase with its stalls.
fn round(place: &Place, who: Contestant) -> Option<Vec<(&'static Kind, Stalls)>> {
    let counter = CallCounter::start(place.daemon.directory(), &place.daemon.socket());
    let program = Program::open(who, &counter.uri(), &[("VIREO_STALLS", LEAST)]);
    let begin = Instant::now();
    let listed = program.first(&["machines listed"])?;
    program.first(&["list filled", &format!("count={}", place.machines)])?;
    // The definitions come after the list, and rows are ordered anew with them.
    counter.settle();
    let mut phases = vec![
        (&OPENING, between(&program, begin, listed)),
        (&LISTING, between(&program, listed, Instant::now())),
    ];
    let desk = Desk::of(&program)?;
    let mut phase = |kind: &'static Kind, act: &dyn Fn()| {
        thread::sleep(REST);
        let before = desk.picture();
        let begin = Instant::now();
        act();
        thread::sleep(REST);
        let end = Instant::now();
        if std::env::var_os("VIREO_BENCH_DETAILS").is_some() {
            desk.keep(&format!("{who:?}-{}-{}", phases.len(), kind.id));
        }
        // What changes nothing on screen was not done.
        if desk.picture() == before {
            eprintln!("{who:?}: nothing happened for {}", kind.id);
            return;
        }
        phases.push((kind, between(&program, begin, end)));
    };
    desk.point(0.6, 0.6);
    phase(&SCROLLING, &|| desk.wheel(90));
    phase(&SCROLLING, &|| desk.wheel(-60));
    // Twice: the second click turns the order around.
    for _ in 0..2 {
        phase(&SORTING, &|| {
            desk.click("Name");
        });
    }
    if who == Contestant::Vireo {
        phase(&SORTING, &|| {
            desk.click("State");
        });
        phase(&SORTING, &|| {
            desk.click("Name");
        });
        desk.keys(&["ctrl+f"]);
    }
    phase(&SEARCHING, &|| desk.type_text("vm00"));
    phase(&SEARCHING, &|| desk.type_text("9"));
    phase(&SEARCHING, &|| {
        desk.keys(&["BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace"])
    });
    Some(phases)
}

/// What stood still between two moments: length and work of the main thread, in ms.
pub fn between(program: &Program, from: Instant, to: Instant) -> Stalls {
    let lines = program.said(from, to);
    let lines = lines
        .iter()
        .filter(|(_, line)| line.contains("the main loop stood still"));
    lines
        .filter_map(|(_, line)| Some((number(line, "ms=\"")?, number(line, "work=\"")?)))
        .collect()
}

/// The quoted number behind a word of a log line.
fn number(line: &str, word: &str) -> Option<f64> {
    let (_, rest) = line.split_once(word)?;
    rest.split_once('"')?.0.parse().ok()
}
