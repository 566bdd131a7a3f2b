//! The figures that the project promises, each beside the floor's and virt-manager's, on private daemons: real calls.
//!
//! `make bench` runs it on a display of its own; `docs/figures.md` says what each figure means.

mod burst;
mod bus;
mod connects;
mod counter;
mod create;
mod desk;
mod figure;
mod fleet;
mod floor;
mod growth;
mod options;
mod place;
mod program;
mod serial;
mod stalls;
mod start;
#[path = "../../tests/support/mod.rs"]
mod support;
mod table;
mod trips;
mod virt_manager;
mod world;

use figure::Sheet;
use options::{Contestant, Group, Options, Part};
use place::Place;

fn main() {
    let options = Options::read();
    match &options.part {
        Some(Part::Floor { uri }) => return floor::run(uri),
        Some(Part::Connects { uri, bare }) => return connects::run(uri, *bare),
        None => {}
    }
    let mut sheet = Sheet::default();
    let sized = [Group::Start, Group::Stalls, Group::Burst, Group::Trips]
        .into_iter()
        .any(|group| options.wants(group));
    for &size in options.sizes.iter().filter(|_| sized) {
        at_size(size, &options, &mut sheet);
        eprintln!("{size} machines: done");
    }
    if options.wants(Group::Growth) {
        let mut place = Place::with(1000);
        for who in [Contestant::Floor, Contestant::Vireo] {
            if options.measures(who) {
                growth::measure(&mut place, who, &options, &mut sheet);
            }
        }
    }
    if options.wants(Group::Connects) {
        let place = Place::with(50);
        for who in [Contestant::Floor, Contestant::Vireo] {
            if options.measures(who) {
                connects::measure(&place, who, &mut sheet);
            }
        }
    }
    if options.wants(Group::Create) && options.measures(Contestant::Vireo) {
        create::measure(&Place::with(100), options.runs, &mut sheet);
    }
    if options.wants(Group::Serial) && options.measures(Contestant::Vireo) {
        serial::measure(options.runs, &mut sheet);
    }
    if options.wants(Group::Fleet) && options.measures(Contestant::Vireo) {
        fleet::measure(&options, &mut sheet);
    }
    if options.json {
        println!("{}", table::json(&sheet));
    } else {
        table::print(&sheet);
    }
    table::keep(&sheet);
}

/// virt-manager is measured where it is there, with many machines only if asked to.
fn measures_virt_manager(size: usize, options: &Options) -> bool {
    let wanted = options.wants(Group::Start) && options.measures(Contestant::VirtManager);
    wanted && (size <= virt_manager::USUAL || options.long) && virt_manager::is_installed()
}

fn at_size(size: usize, options: &Options, sheet: &mut Sheet) {
    let mut place = Place::with(size);
    let wanted = |who: &Contestant| options.measures(*who);
    for who in [Contestant::Floor, Contestant::Vireo].into_iter().filter(wanted) {
        if options.wants(Group::Start) {
            start::measure(&mut place, who, options, sheet);
        }
        if options.wants(Group::Stalls) {
            stalls::measure(&place, who, options.runs.div_ceil(2), sheet);
        }
        if options.wants(Group::Burst) {
            burst::measure(&mut place, who, sheet);
        }
        if options.wants(Group::Trips) {
            trips::measure(&place, who, options.runs, sheet);
        }
    }
    if measures_virt_manager(size, options) {
        virt_manager::measure(&mut place, options, sheet);
    }
}
