//! The first list of a host that is 50 ms away.

use std::thread;
use std::time::{Duration, Instant};

use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::Contestant;
use crate::place::Place;
use crate::program::{LIMIT, Program};
use crate::support::Proxy;

static TRIPS: Kind = Kind {
    id: "trips",
    name: "trips of 50 ms until the list",
    statistic: Statistic::Median,
    goal: Goal::AtMost(8.0),
};

const TRIP: Duration = Duration::from_millis(50);

/// Measures one program: from its connection to the list, in trips.
pub fn measure(place: &Place, who: Contestant, runs: usize, sheet: &mut Sheet) {
    let trips: Samples = (0..runs).filter_map(|_| once(place, who)).collect();
    sheet.put(&TRIPS, Some(place.machines), who, trips);
}

fn once(place: &Place, who: Contestant) -> Option<f64> {
    let proxy = Proxy::start(place.daemon.address());
    proxy.delay(TRIP / 2);
    let program = Program::open(who, &place.daemon.uri_test_tcp(proxy.port()), &[]);
    let until = Instant::now() + LIMIT;
    while proxy.accepted() == 0 {
        if Instant::now() > until {
            return None;
        }
        thread::sleep(Duration::from_micros(200));
    }
    let connecting = Instant::now();
    let listed = program.listed()?;
    Some(listed.duration_since(connecting).as_secs_f64() / TRIP.as_secs_f64())
}
