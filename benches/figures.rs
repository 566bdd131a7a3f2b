//! The figures that the project promises, each beside the floor's, on the test driver behind a private daemon: real calls.
//!
//! `make bench` runs it on a display of its own. `VIREO_BENCH_SIZES=1000,5000` chooses the numbers of machines.

#[path = "floor.rs"]
mod floor;
#[path = "proxy.rs"]
mod proxy;
#[path = "../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use proxy::CallCounter;
use support::{Daemon, World};

const LIMIT: Duration = Duration::from_secs(60);
const CHANGES: usize = 40;
const IDLE: Duration = Duration::from_secs(20);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, uri] = arguments.as_slice()
        && command == "floor"
    {
        floor::run(uri);
        return;
    }
    let sizes = std::env::var("VIREO_BENCH_SIZES").unwrap_or_else(|_| "1000,5000,10000".to_owned());
    for size in sizes.split(',').filter_map(|size| size.trim().parse().ok()) {
        compare(size);
    }
}

/// What was measured of one program.
#[derive(Debug, Default)]
struct Figures {
    window: Option<f64>,
    filled: Option<f64>,
    calls_until_list: Option<f64>,
    event_median: Option<f64>,
    event_worst: Option<f64>,
    idle_cpu: Option<f64>,
    idle_calls: Option<f64>,
    memory: Option<f64>,
}

fn compare(size: usize) {
    let daemon = Daemon::start();
    let mut world = daemon.hold_world();
    fill(&daemon, &mut world, size);
    let own = std::env::current_exe().expect("this program");
    let floor = measure(&daemon, &mut world, size, |uri| {
        let mut command = Command::new(&own);
        command.args(["floor", uri]);
        command
    });
    let vireo = measure(&daemon, &mut world, size, |uri| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vireo"));
        command.args(["--connect", uri]);
        command
    });
    println!("\n{size} machines                          vireo      floor");
    let line = |name: &str, pick: fn(&Figures) -> Option<f64>| {
        let text = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        println!("{name:<32} {:>10} {:>10}", text(pick(&vireo)), text(pick(&floor)));
    };
    line("window shown, ms", |figures| figures.window);
    line("list filled, ms", |figures| figures.filled);
    line("calls until the list is there", |figures| figures.calls_until_list);
    line("change to pixel, median, ms", |figures| figures.event_median);
    line("change to pixel, worst, ms", |figures| figures.event_worst);
    line("idle CPU, s a minute", |figures| figures.idle_cpu);
    line("idle calls a minute", |figures| figures.idle_calls);
    line("memory (PSS), MB", |figures| figures.memory);
}

/// Defines `size` machines, every other one running.
fn fill(daemon: &Daemon, world: &mut World, size: usize) {
    for number in 1..size {
        let name = format!("vm{number:05}");
        let file = daemon.write(
            "machine.xml",
            &format!(
                "<domain type='test'><name>{name}</name><memory unit='MiB'>512</memory><vcpu>2</vcpu>\
                 <os><type>hvm</type></os></domain>"
            ),
        );
        let start = if number % 2 == 0 {
            format!("; start {name}")
        } else {
            String::new()
        };
        world.run(&format!("define {}{start}", file.display()));
    }
}

/// A program under measurement; killed on drop.
struct Program {
    process: Child,
    started: Instant,
    lines: Receiver<(Instant, String)>,
    seen: RefCell<Vec<(Instant, String)>>,
}

impl Program {
    fn start(mut command: Command) -> Self {
        let started = Instant::now();
        let mut process = command
            .env("VIREO_LOG", "vireo=info")
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let output = process.stderr.take().expect("its messages");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            started,
            lines,
            seen: RefCell::default(),
        }
    }

    /// When it next says `text`; `None` if it never does.
    fn said(&self, text: &str) -> Option<Instant> {
        let until = Instant::now() + LIMIT;
        loop {
            let (at, line) = self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
                .ok()?;
            let found = line.contains(text);
            self.seen.borrow_mut().push((at, line));
            if found {
                return Some(at);
            }
        }
    }

    /// When it said `text` first, be it in the past.
    fn first(&self, text: &str) -> Option<Instant> {
        let past = self
            .seen
            .borrow()
            .iter()
            .find(|(_, line)| line.contains(text))
            .map(|(at, _)| *at);
        past.or_else(|| self.said(text))
    }

    fn ms(&self, at: Instant) -> f64 {
        at.duration_since(self.started).as_secs_f64() * 1000.0
    }

    /// CPU time used so far, in seconds.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        let fields: Vec<f64> = stat
            .rsplit_once(')')
            .map(|(_, rest)| rest.split_whitespace().filter_map(|field| field.parse().ok()).collect())
            .unwrap_or_default();
        // utime and stime are fields 14 and 15; the letter in field 3 is no number. A tick is 10 ms.
        fields
            .get(10..12)
            .map_or(0.0, |times| times.iter().sum::<f64>() / 100.0)
    }

    /// Its share of memory, in MB.
    fn memory(&self) -> Option<f64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.id())).ok()?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024.0 / 1_000_000.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until the definitions, which are read in the background, are in.
fn settle(counter: &CallCounter) {
    let until = Instant::now() + LIMIT * 2;
    let mut before = counter.calls();
    while Instant::now() < until {
        std::thread::sleep(Duration::from_secs(4));
        let now = counter.calls();
        if now - before < 100 {
            return;
        }
        before = now;
    }
}

fn measure(daemon: &Daemon, world: &mut World, size: usize, command: impl Fn(&str) -> Command) -> Figures {
    let mut figures = Figures::default();
    // Warm caches first, so that the order of programs does not count.
    for round in 0..2 {
        let counter = CallCounter::start(daemon.directory(), &daemon.socket());
        let uri = format!("test+unix:///default?socket={}", counter.socket().display());
        let program = Program::start(command(&uri));
        let Some(mapped) = program.first("window mapped") else {
            return figures;
        };
        figures.window = Some(program.ms(mapped));
        if program.first("machines listed").is_none() {
            return figures;
        }
        figures.calls_until_list = Some(counter.calls() as f64);
        let Some(filled) = program.first(&format!("list filled count={size}")) else {
            return figures;
        };
        figures.filled = Some(program.ms(filled));
        if round == 0 {
            continue;
        }
        let mut times: Vec<f64> = (0..CHANGES)
            .filter_map(|number| {
                let command = if number % 2 == 0 {
                    "suspend vm00002"
                } else {
                    "resume vm00002"
                };
                let asked = Instant::now();
                world.run(command);
                let shown = program.said("state shown")?;
                std::thread::sleep(Duration::from_millis(30));
                Some(shown.duration_since(asked).as_secs_f64() * 1000.0)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        figures.event_median = times.get(times.len() / 2).copied();
        figures.event_worst = times.last().copied();
        // What trickles in after the start is not idling.
        settle(&counter);
        let (cpu, calls) = (program.cpu(), counter.calls());
        std::thread::sleep(IDLE);
        let a_minute = 60.0 / IDLE.as_secs_f64();
        figures.idle_cpu = Some((program.cpu() - cpu) * a_minute);
        figures.idle_calls = Some((counter.calls() - calls) as f64 * a_minute);
        figures.memory = program.memory();
    }
    figures
}
