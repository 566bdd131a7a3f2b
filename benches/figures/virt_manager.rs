//! virt-manager, where it is installed: for comparison only. It says nothing by itself, so it is looked at on the
//! accessibility bus.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bus::{Bus, Node};
use crate::counter::CallCounter;
use crate::desk;
use crate::figure::{Samples, Sheet};
use crate::options::{Contestant, Options};
use crate::place::Place;
use crate::program::Program;
use crate::start::{CALLS, CHANGE, CHANGE_P99, FILLED, WINDOW, idle};
use crate::world::World;

/// With more machines it takes minutes.
pub const USUAL: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(180);
const CHANGES: usize = 20;
const MACHINE: usize = 2;

/// Whether there is one.
pub fn is_installed() -> bool {
    let mut command = Command::new("virt-manager");
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Measures what can be seen of it.
pub fn measure(place: &mut Place, options: &Options, sheet: &mut Sheet) {
    let (who, machines) = (Contestant::VirtManager, Some(place.machines));
    let counter = CallCounter::start(place.daemon.directory(), &place.daemon.socket());
    let program = Program::open(who, &counter.uri(), &[]);
    if !until(|| desk::window_of(program.pid()).is_some()) {
        return;
    }
    sheet.put(&WINDOW, machines, who, Some(program.ms(Instant::now())));
    let Some(bus) = Bus::of(program.pid(), PATIENCE) else {
        return;
    };
    let mut table = None;
    let full = until(|| {
        table = table.take().or_else(|| bus.search_role("tree table"));
        let rows = table.as_ref().and_then(|table| bus.rows(table));
        // One more row is the host's.
        rows.is_some_and(|rows| rows > place.machines as i32)
    });
    let Some(table) = table.filter(|_| full) else {
        eprintln!("virt-manager did not list {} machines", place.machines);
        return;
    };
    sheet.put(&FILLED, machines, who, Some(program.ms(Instant::now())));
    sheet.put(&CALLS, machines, who, Some(counter.calls() as f64));
    let times = changes(place, &bus, &table);
    sheet.put(&CHANGE, machines, who, times.clone());
    sheet.put(&CHANGE_P99, machines, who, times);
    idle(&program, &counter, options.idle(), machines, who, sheet);
}

fn until(mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if ready() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// From the other administrator's call until the cell's text has changed.
fn changes(place: &mut Place, bus: &Bus, table: &Node) -> Samples {
    let name = World::name(MACHINE);
    let shows = &mut |bus: &Bus, cell: &Node| bus.text(cell).is_some_and(|text| text.contains(&name));
    let Some(cell) = bus.search(table, 2, shows) else {
        eprintln!("virt-manager does not show {name}");
        return Samples::default();
    };
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let paused = number.is_multiple_of(2);
        let before = bus.text(&cell);
        let asked = Instant::now();
        place.world.set_paused(MACHINE, paused);
        if !until(|| bus.text(&cell) != before) {
            break;
        }
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
        thread::sleep(Duration::from_millis(30));
    }
    times.into_iter().collect()
}
