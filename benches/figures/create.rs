//! How long it takes until the page for a new machine is there.

use std::time::Instant;

use crate::bus::Bus;
use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::Contestant;
use crate::place::Place;
use crate::program::Program;

static SHOWN: Kind = Kind {
    id: "create-page",
    name: "page for a new machine shown, ms",
    statistic: Statistic::Median,
    goal: Goal::AtMost(100.0),
};

/// Opens it several times, as Ctrl+N does, and waits for its first frame.
pub fn measure(place: &Place, runs: usize, sheet: &mut Sheet) {
    let program = Program::open(Contestant::Vireo, &place.daemon.uri_test(), &[]);
    if program.first(&["list filled"]).is_none() {
        eprintln!("Vireo did not list the machines");
        return;
    }
    let mut times = Vec::new();
    for _ in 0..runs {
        program.catch_up();
        let asked = Instant::now();
        if !Bus::activate("create") {
            eprintln!("Vireo has no action for a new machine");
            return;
        }
        let Some(shown) = program.next(&["create page shown"]) else {
            eprintln!("the page for a new machine did not come");
            return;
        };
        times.push(shown.duration_since(asked).as_secs_f64() * 1000.0);
    }
    sheet.put(&SHOWN, None, Contestant::Vireo, times.into_iter().collect::<Samples>());
}
