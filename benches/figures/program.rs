//! A program under measurement: what it says, and what it takes.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use vireo::virt::client::monotonic_ns;

use crate::options::{Contestant, vireo};

/// What takes longer than this has failed.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A running program; killed on drop.
pub struct Program {
    process: Child,
    started: Instant,
    lines: Receiver<(Instant, String)>,
    seen: RefCell<Vec<(Instant, String)>>,
}

impl Program {
    /// Starts Vireo or the floor on `uri`, with further variables.
    pub fn open(contestant: Contestant, uri: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = match contestant {
            Contestant::Floor => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.args(["floor", uri]);
                command
            }
            Contestant::Vireo => {
                let mut command = Command::new(vireo());
                command.args(["--connect", uri]);
                command
            }
            Contestant::VirtManager => {
                let mut command = Command::new("virt-manager");
                command.args(["--connect", uri, "--no-fork"]);
                command
            }
        };
        command.envs(variables.iter().copied());
        Self::start(command)
    }

    /// Starts a command.
    ///
    /// # Panics
    /// If there is no such program.
    pub fn start(mut command: Command) -> Self {
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

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Milliseconds from its start to this moment.
    pub fn ms(&self, at: Instant) -> f64 {
        at.duration_since(self.started).as_secs_f64() * 1000.0
    }

    /// When it next says all of these words in one line; `None` if it doesn't within [`LIMIT`].
    pub fn next(&self, words: &[&str]) -> Option<Instant> {
        self.wait(LIMIT, words)
    }

    /// When it next says all of these words in one line, or `None`.
    pub fn wait(&self, limit: Duration, words: &[&str]) -> Option<Instant> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let (at, line) = self.lines.recv_timeout(left).ok()?;
            let found = words.iter().all(|word| line.contains(word));
            self.seen.borrow_mut().push((at, line));
            if found {
                return Some(at);
            }
        }
    }

    /// When it said all of these words in one line first, be it in the past.
    pub fn first(&self, words: &[&str]) -> Option<Instant> {
        let past = self
            .seen
            .borrow()
            .iter()
            .find(|(_, line)| words.iter().all(|word| line.contains(word)))
            .map(|(at, _)| *at);
        past.or_else(|| self.next(words))
    }

    /// When the list of machines was there, by the program's own clock: its words arrive a little later.
    pub fn listed(&self) -> Option<Instant> {
        self.first(&["machines listed"])?;
        let seen = self.seen.borrow();
        let (at, line) = seen.iter().find(|(_, line)| line.contains("machines listed"))?;
        let number = line.split_once("mono_ns=").map(|(_, rest)| rest.trim().parse::<u64>());
        let Some(Ok(ns)) = number else { return Some(*at) };
        Instant::now().checked_sub(Duration::from_nanos(monotonic_ns().saturating_sub(ns)))
    }

    /// Everything that it said from one moment to another.
    pub fn said(&self, from: Instant, to: Instant) -> Vec<(Instant, String)> {
        self.catch_up();
        let seen = self.seen.borrow();
        seen.iter().filter(|(at, _)| (from..to).contains(at)).cloned().collect()
    }

    /// Forgets to wait for what has been said already.
    pub fn catch_up(&self) {
        self.seen.borrow_mut().extend(self.lines.try_iter());
    }

    /// CPU time used so far, in seconds.
    pub fn cpu(&self) -> f64 {
        let fields = numbers(&self.file("stat"));
        // utime and stime are fields 14 and 15; the name and the letter in front are no numbers. A tick is 10 ms.
        fields
            .get(10..12)
            .map_or(0.0, |times| times.iter().sum::<f64>() / 100.0)
    }

    /// Its share of memory (PSS), in MB.
    pub fn memory(&self) -> Option<f64> {
        memory_of(self.pid())
    }

    /// How often its threads went to sleep and woke up again.
    pub fn wake_ups(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid()));
        let tasks = tasks.into_iter().flatten().flatten();
        tasks
            .filter_map(|task| {
                let status = std::fs::read_to_string(task.path().join("status")).ok()?;
                let line = status
                    .lines()
                    .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
                line.trim().parse::<u64>().ok()
            })
            .sum()
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.pid())).unwrap_or_default()
    }
}

/// A process's share of memory (PSS), in MB.
pub fn memory_of(pid: u32) -> Option<f64> {
    memory_line(pid, "Pss:")
}

/// The part of it that is no file: programs that share libraries and come or go don't change it.
pub fn anonymous_of(pid: u32) -> Option<f64> {
    memory_line(pid, "Pss_Anon:")
}

fn memory_line(pid: u32, name: &str) -> Option<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find(|line| line.starts_with(name))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1_000_000.0)
}

/// The numbers behind the name in parentheses.
fn numbers(stat: &str) -> Vec<f64> {
    let rest = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    rest.split_whitespace().filter_map(|field| field.parse().ok()).collect()
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
