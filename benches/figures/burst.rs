//! 10,000 events as fast as a daemon sends them.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::counter::CallCounter;
use crate::figure::{Goal, Kind, Sheet, Statistic};
use crate::options::Contestant;
use crate::place::Place;
use crate::program::Program;
use crate::stalls;
use crate::world::World;

const fn kind(id: &'static str, name: &'static str, goal: Goal) -> Kind {
    Kind {
        id,
        name,
        statistic: Statistic::Median,
        goal,
    }
}

static RIGHT: Kind = kind("burst-right", "list right after 10,000 events, ms", Goal::AtMost(50.0));
static STALL: Kind = kind(
    "burst-stall",
    "longest stall during 10,000 events, ms",
    Goal::AtMost(16.0),
);
static CALLS: Kind = kind("burst-calls", "further calls for 10,000 events", Goal::AtMost(0.0));
static TIME: Kind = kind("burst-time", "10,000 events took the daemon, ms", Goal::None);

const EVENTS: usize = 10_000;
const ADMINISTRATORS: usize = 4;
/// The machine on screen whose change is the last event; it has no part in the others.
const LAST: usize = 2;
/// How long calls are watched. Figures come every two seconds: whole ticks.
const WATCHED: Duration = Duration::from_secs(10);

/// Measures one program.
pub fn measure(place: &mut Place, who: Contestant, sheet: &mut Sheet) {
    let counter = CallCounter::start(place.daemon.directory(), &place.daemon.socket());
    let program = Program::open(who, &counter.uri(), &[("VIREO_STALLS", "4")]);
    if program
        .first(&["list filled", &format!("count={}", place.machines)])
        .is_none()
    {
        return;
    }
    counter.settle();
    let quiet = Instant::now();
    thread::sleep(WATCHED);
    let uri = place.daemon.uri_test();
    let machines = place.machines;
    let begin = Instant::now();
    thread::scope(|scope| {
        for share in 0..ADMINISTRATORS {
            let uri = &uri;
            scope.spawn(move || change(uri, share, machines));
        }
    });
    program.catch_up();
    let last = Instant::now();
    place.world.set_paused(LAST, true);
    let shown = program.next(&["state shown", &place.world.mark(LAST, who)]);
    thread::sleep((begin + WATCHED).saturating_duration_since(Instant::now()));
    let machines = Some(machines);
    let stalls = stalls::between(&program, begin, Instant::now());
    place.world.set_paused(LAST, false);
    let Some(shown) = shown else {
        eprintln!("{who:?} lost the last of {EVENTS} events");
        return;
    };
    let ms = |time: Duration| Some(time.as_secs_f64() * 1000.0);
    sheet.put(&RIGHT, machines, who, ms(shown - last));
    sheet.put(
        &STALL,
        machines,
        who,
        Some(stalls.iter().map(|(ms, _)| *ms).fold(0.0, f64::max)),
    );
    let usual = counter.procedures(quiet, quiet + WATCHED);
    let now = counter.procedures(begin, begin + WATCHED);
    if std::env::var_os("VIREO_BENCH_DETAILS").is_some() {
        eprintln!("{who:?}, calls by procedure: {now:?}; before: {usual:?}");
    }
    sheet.put(&CALLS, machines, who, Some(further(&usual, &now) as f64));
    sheet.put(&TIME, machines, who, ms(last - begin));
}

/// Pauses and resumes a share of the running machines again and again.
fn change(uri: &str, share: usize, machines: usize) {
    let mut world = World::open(uri);
    let own: Vec<usize> = (LAST + 1..machines)
        .filter(|number| World::runs(*number) && number / 2 % ADMINISTRATORS == share)
        .collect();
    let pairs = EVENTS / ADMINISTRATORS / 2;
    for number in own.iter().cycle().take(pairs) {
        world.set_paused(*number, true);
        world.set_paused(*number, false);
    }
}

/// Calls beyond what figures ask for anyhow. That varies with the ticks by half.
fn further(usual: &HashMap<u32, usize>, now: &HashMap<u32, usize>) -> usize {
    now.iter()
        .map(|(procedure, count)| {
            let expected = usual.get(procedure).map_or(0, |usual| usual + usual.div_ceil(2));
            count.saturating_sub(expected)
        })
        .sum()
}
