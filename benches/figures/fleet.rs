//! Sixty real processes on one host: what their figures cost, and what happens when one of them hangs.

use std::thread;
use std::time::{Duration, Instant};

use crate::counter::CallCounter;
use crate::figure::{Goal, Kind, Sheet, Statistic};
use crate::options::{Contestant, Options};
use crate::program::Program;
use crate::support::Daemon;

const fn kind(id: &'static str, name: &'static str, goal: Goal) -> Kind {
    Kind {
        id,
        name,
        statistic: Statistic::Max,
        goal,
    }
}

static CALLS: Kind = kind(
    "fleet-calls",
    "calls in each tick of 2 s, 60 real machines",
    Goal::AtMost(1.1),
);
static CPU: Kind = kind(
    "fleet-cpu",
    "CPU while idle, s a minute, 60 real machines",
    Goal::AtMost(0.15),
);
static MARKED: Kind = kind("hung-marked", "one of 60 hangs: marked after, s", Goal::None);
static GAP: Kind = kind("hung-gap", "one of 60 hangs: figures stand still for, s", Goal::None);

const MACHINES: usize = 60;
/// One that is on screen.
const HUNG: usize = 4;
/// How often Vireo reads figures.
const TICK: f64 = 2.0;

/// Starts the machines and Vireo.
pub fn measure(options: &Options, sheet: &mut Sheet) {
    let daemon = Daemon::start();
    let guests: Vec<_> = (0..MACHINES)
        .map(|number| daemon.guest(&format!("vm{number:02}")).empty().start())
        .collect();
    let counter = CallCounter::start(daemon.directory(), &daemon.socket());
    let program = Program::open(Contestant::Vireo, &counter.uri_qemu(), &[]);
    if program.first(&["list filled", &format!("count={MACHINES}")]).is_none() {
        return;
    }
    // What is asked once of each machine is no tick.
    counter.settle_below(5);
    let (cpu, calls) = (program.cpu(), counter.calls());
    thread::sleep(options.idle());
    let seconds = options.idle().as_secs_f64();
    let who = Contestant::Vireo;
    if std::env::var_os("VIREO_BENCH_DETAILS").is_some() {
        let now = Instant::now();
        eprintln!(
            "calls by procedure: {:?}",
            counter.procedures(now - options.idle(), now)
        );
    }
    let ticks = seconds / TICK;
    sheet.put(&CALLS, None, who, Some((counter.calls() - calls) as f64 / ticks));
    sheet.put(&CPU, None, who, Some((program.cpu() - cpu) * 60.0 / seconds));

    let hung = &guests[HUNG];
    program.catch_up();
    let stopped = Instant::now();
    hung.signal("STOP");
    let marked = program.wait(Duration::from_secs(60), &["state shown", &hung.uuid.to_string()]);
    sheet.put(&MARKED, None, who, marked.map(|at| (at - stopped).as_secs_f64()));
    thread::sleep(Duration::from_secs(10));
    sheet.put(&GAP, None, who, Some(counter.longest_pause(stopped).as_secs_f64()));
    hung.signal("CONT");
}
