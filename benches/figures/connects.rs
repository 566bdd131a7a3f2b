//! What 1,000 connections leave behind. Each program's share runs in a process of its own, which measures itself.

use std::process::Command;
use std::time::{Duration, Instant};

use glib::MainContext;
use serde_json::{Value, json};
use vireo::virt::client::EventLoop;

use crate::figure::{Goal, Kind, Sheet, Statistic};
use crate::options::Contestant;
use crate::place::Place;
use crate::program;
use crate::support::{self, Host};
use crate::world::World;

const fn more(id: &'static str, name: &'static str, limit: f64) -> Kind {
    Kind {
        id,
        name,
        statistic: Statistic::Max,
        goal: Goal::AtMost(limit),
    }
}

static FILES: Kind = more("connects-files", "file descriptors more after 1,000 connects", 0.0);
static THREADS: Kind = more("connects-threads", "threads more after 1,000 connects", 0.0);
static MEMORY: Kind = more("connects-memory", "memory more after 1,000 connects, MB", 1.0);
static TIME: Kind = Kind {
    id: "connects-time",
    name: "one connect, list and disconnect, ms",
    statistic: Statistic::Median,
    goal: Goal::None,
};

const ROUNDS: usize = 1000;
/// Libraries are loaded and pools are filled after these.
const WARM_UP: usize = 100;

/// Measures Vireo's sessions and libvirt's bare calls.
pub fn measure(place: &Place, who: Contestant, sheet: &mut Sheet) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["connects", &place.daemon.uri_test()]);
    if who == Contestant::Floor {
        command.arg("--bare");
    }
    let output = command.output().expect("this program");
    let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else {
        eprintln!("{who:?} did not survive: {}", String::from_utf8_lossy(&output.stderr));
        return;
    };
    let kinds = [
        (&FILES, "files"),
        (&THREADS, "threads"),
        (&MEMORY, "memory"),
        (&TIME, "ms"),
    ];
    for (kind, name) in kinds {
        sheet.put(kind, None, who, answer[name].as_f64());
    }
}

/// The measured process: prints by how much it grew.
pub fn run(uri: &str, bare: bool) {
    let round: &dyn Fn() = if bare {
        &|| World::open(uri).list()
    } else {
        EventLoop::install(&MainContext::default()).expect("the event loop");
        &|| Host::connect(uri).close()
    };
    (0..WARM_UP).for_each(|_| round());
    let before = settled(None);
    let began = Instant::now();
    (0..ROUNDS).for_each(|_| round());
    let ms = began.elapsed().as_secs_f64() * 1000.0 / ROUNDS as f64;
    let after = settled(Some(before));
    println!(
        "{}",
        json!({
            "files": after.files - before.files,
            "threads": after.threads - before.threads,
            "memory": after.memory - before.memory,
            "ms": ms,
        })
    );
}

#[derive(Clone, Copy)]
struct Size {
    files: f64,
    threads: f64,
    memory: f64,
}

/// The size when the last connection's threads have ended: when it is what it was `before`, or does not change any more.
fn settled(before: Option<Size>) -> Size {
    let begin = Instant::now();
    let mut last = size();
    loop {
        let now = begin.elapsed();
        support::iterate_until(
            &MainContext::default(),
            "a second to pass",
            Duration::from_secs(20),
            || begin.elapsed() > now + Duration::from_secs(1),
        );
        let size = size();
        let rests = size.threads == last.threads && size.files == last.files;
        let as_before = before.is_none_or(|before| size.threads <= before.threads && size.files <= before.files);
        if rests && as_before || begin.elapsed() > Duration::from_secs(10) {
            return size;
        }
        last = size;
    }
}

fn size() -> Size {
    let count = |folder: &str| std::fs::read_dir(folder).map_or(0, Iterator::count) as f64;
    Size {
        files: count("/proc/self/fd"),
        threads: count("/proc/self/task"),
        memory: program::memory_of(std::process::id()).unwrap_or_default(),
    }
}
