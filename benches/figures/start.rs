//! From the start of the program to the list, and what it costs to leave it open.

use std::thread;
use std::time::Duration;

use crate::counter::CallCounter;
use crate::desk::Desk;
use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::{Contestant, Options};
use crate::place::Place;
use crate::program::Program;

const fn kind(id: &'static str, name: &'static str, statistic: Statistic, goal: Goal) -> Kind {
    Kind {
        id,
        name,
        statistic,
        goal,
    }
}

use Statistic::{Max, Median, P99};

pub static WINDOW: Kind = kind("window", "window shown, ms", Median, Goal::TimesFloor(1.3));
pub static FILLED: Kind = kind("list-filled", "list filled, ms", Median, Goal::TimesFloor(1.5));
pub static CALLS: Kind = kind(
    "calls-until-list",
    "calls until the list is there",
    Max,
    Goal::AtMost(12.0),
);
pub static CHANGE: Kind = kind(
    "change-median",
    "change to pixel, median, ms",
    Median,
    Goal::AtMost(20.0),
);
pub static CHANGE_P99: Kind = kind(
    "change-p99",
    "change to pixel, 99th percentile, ms",
    P99,
    Goal::AtMost(40.0),
);
static CPU: Kind = kind(
    "idle-cpu",
    "CPU while idle, s a minute",
    Median,
    Goal::UpTo(&[(1000, 0.15), (5000, 0.5)]),
);
static IDLE_CALLS: Kind = kind("idle-calls", "calls a minute while idle", Median, Goal::None);
static MEMORY: Kind = kind(
    "memory",
    "memory (PSS), MB",
    Median,
    Goal::UpTo(&[(100, 80.0), (5000, 100.0)]),
);

static HIDDEN_CALLS: Kind = kind(
    "hidden-calls",
    "calls a minute, window hidden",
    Median,
    Goal::AtMost(0.0),
);
static HIDDEN_WAKE_UPS: Kind = kind(
    "hidden-wake-ups",
    "wake-ups a minute, window hidden",
    Median,
    Goal::None,
);

/// Changes whose way to the screen is measured.
const CHANGES: usize = 200;
/// Running machines that are on screen in every list.
const ON_SCREEN: [usize; 4] = [2, 4, 6, 8];

/// Measures one program.
pub fn measure(place: &mut Place, who: Contestant, options: &Options, sheet: &mut Sheet) {
    let machines = Some(place.machines);
    let (mut windows, mut lists, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    // The first one warms caches, so that the order of programs does not count.
    for run in 0..=options.runs {
        let counter = CallCounter::start(place.daemon.directory(), &place.daemon.socket());
        let program = Program::open(who, &counter.uri(), &[]);
        let filled = format!("count={}", place.machines);
        let (Some(mapped), Some(listed), Some(filled)) = (
            program.first(&["window mapped"]),
            program.listed(),
            program.first(&["list filled", &filled]),
        ) else {
            eprintln!("{who:?} did not list {} machines", place.machines);
            return;
        };
        if run > 0 {
            windows.push(program.ms(mapped));
            lists.push(program.ms(filled));
            calls.push(counter.calls_until(listed) as f64);
        }
        if run == options.runs {
            let times: Samples = changes(place, &program);
            sheet.put(&WINDOW, machines, who, windows.iter().copied().collect::<Samples>());
            sheet.put(&FILLED, machines, who, lists.iter().copied().collect::<Samples>());
            sheet.put(&CALLS, machines, who, calls.iter().copied().collect::<Samples>());
            sheet.put(&CHANGE, machines, who, times.clone());
            sheet.put(&CHANGE_P99, machines, who, times);
            // What trickles in after the start is not idling.
            counter.settle();
            idle(&program, &counter, options.idle(), machines, who, sheet);
            hide(&program, &counter, options.idle(), machines, who, sheet);
        }
    }
}

/// What it costs while nothing happens, and what it holds then.
pub fn idle(
    program: &Program,
    counter: &CallCounter,
    length: Duration,
    machines: Option<usize>,
    who: Contestant,
    sheet: &mut Sheet,
) {
    let (cpu, calls) = (program.cpu(), counter.calls());
    thread::sleep(length);
    let a_minute = 60.0 / length.as_secs_f64();
    sheet.put(&CPU, machines, who, Some((program.cpu() - cpu) * a_minute));
    let calls = (counter.calls() - calls) as f64;
    sheet.put(&IDLE_CALLS, machines, who, Some(calls * a_minute));
    sheet.put(&MEMORY, machines, who, program.memory());
}

/// What it does when nobody sees it.
fn hide(
    program: &Program,
    counter: &CallCounter,
    idle: Duration,
    machines: Option<usize>,
    who: Contestant,
    sheet: &mut Sheet,
) {
    let Some(desk) = Desk::of(program) else { return };
    // Without a window manager this is what minimizing does to a window.
    desk.unmap();
    thread::sleep(Duration::from_secs(3));
    let (calls, wake_ups) = (counter.calls(), program.wake_ups());
    thread::sleep(idle);
    let a_minute = 60.0 / idle.as_secs_f64();
    sheet.put(
        &HIDDEN_CALLS,
        machines,
        who,
        Some((counter.calls() - calls) as f64 * a_minute),
    );
    let woken = program.wake_ups().saturating_sub(wake_ups);
    sheet.put(&HIDDEN_WAKE_UPS, machines, who, Some(woken as f64 * a_minute));
}

/// From the other administrator's call to the end of the frame that shows it.
fn changes(place: &mut Place, program: &Program) -> Samples {
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let machine = ON_SCREEN[number % ON_SCREEN.len()];
        let paused = (number / ON_SCREEN.len()).is_multiple_of(2);
        program.catch_up();
        let asked = std::time::Instant::now();
        place.world.set_paused(machine, paused);
        let Some(shown) = program.next(&["state shown"]) else {
            break;
        };
        times.push(shown.duration_since(asked).as_secs_f64() * 1000.0);
        // Never in step with the frames.
        thread::sleep(Duration::from_millis(30 + (number as u64 * 7) % 17));
    }
    times.into_iter().collect()
}
