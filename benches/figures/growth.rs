//! Memory after a while in which machines come and go.

use std::thread;
use std::time::{Duration, Instant};

use crate::counter::CallCounter;
use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::{Contestant, Options};
use crate::place::Place;
use crate::program::{Program, anonymous_of};
use crate::world::World;

static GROWTH: Kind = Kind {
    id: "growth",
    name: "memory more after 1,200 changes in a while, MB",
    statistic: Statistic::Median,
    goal: Goal::AtMost(1.0),
};

/// As many as 2 a second in 10 minutes.
const CHANGES: u32 = 1200;
/// Memory is looked at this often, and the median of as many looks counts.
const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_secs(1);
/// Times that the memory is given to come to rest.
const SETTLES: u32 = 12;

/// Measures one program: changes on all machines, those on screen included, for the given time.
pub fn measure(place: &mut Place, who: Contestant, options: &Options, sheet: &mut Sheet) {
    let counter = CallCounter::start(place.daemon.directory(), &place.daemon.socket());
    let program = Program::open(who, &counter.uri(), &[]);
    if program
        .first(&["list filled", &format!("count={}", place.machines)])
        .is_none()
    {
        return;
    }
    counter.settle();
    let running: Vec<usize> = (1..place.machines).filter(|number| World::runs(*number)).collect();
    // Every way that the figures take was gone once before.
    let mut change = |number: u32| {
        let machine = running[number as usize / 2 % running.len()];
        place.world.set_paused(machine, number.is_multiple_of(2));
    };
    (0..100).for_each(&mut change);
    let Some(before) = steady(&program) else { return };
    let (begin, pause) = (Instant::now(), options.growth() / CHANGES);
    for number in 0..CHANGES {
        change(number);
        thread::sleep((begin + pause * (number + 1)).saturating_duration_since(Instant::now()));
    }
    let Some(after) = memory(&program) else { return };
    sheet.put(&GROWTH, Some(place.machines), who, Some(after - before));
}

/// Memory once it rests: what a start needs goes back to the system only some time later.
fn steady(program: &Program) -> Option<f64> {
    let mut last = memory(program)?;
    for _ in 0..SETTLES {
        let now = memory(program)?;
        if (now - last).abs() < 0.1 {
            return Some(now);
        }
        last = now;
    }
    Some(last)
}

fn memory(program: &Program) -> Option<f64> {
    let looks: Samples = (0..LOOKS)
        .filter_map(|_| {
            thread::sleep(LOOK);
            anonymous_of(program.pid())
        })
        .collect();
    looks.quantile(0.5)
}
