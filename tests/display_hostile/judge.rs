//! Lets a hostile server at a display and judges what comes of it.

use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vireo::model::display::wire::{End, Hidden, News, Open, Protocol, Request, Route, Tls};
use vireo::virt::client::{Display, DisplayNews, Picture};

use crate::mode::{Mode, Verdict, rectangle, update};
use crate::support::rfb::{self, Area, Line, Script, number};
use crate::support::{Footprint, wait_for};

/// Memory that a helper may have above what an idle one has.
const MOST_MEMORY_KIB: u64 = 300 * 1024;
/// Memory that this program may have more of after any number of hostile servers.
const MOST_OWN_KIB: u64 = 32 * 1024;
/// Until a display must have ended that must end.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// After the last word of a server: until its helper has nothing to do, and how long it is looked at then.
const SETTLES: Duration = Duration::from_millis(300);
const CALM: Duration = Duration::from_millis(200);
/// Until a display has asked for the connection of its clipboard.
const CLIPBOARD_BEGINS: Duration = Duration::from_secs(5);
/// Blue, green, red of the pixel that proves that a display goes on.
const MARK: [u8; 3] = [0x12, 0x34, 0x56];

/// What is opened here: a socket, with nothing allowed that was not asked for.
pub fn open(clipboard: bool) -> Open {
    Open {
        protocol: Protocol::Vnc,
        route: Route::Socket,
        tls: Tls::default(),
        user: None,
        password: None,
        shared: true,
        clipboard,
        sound: false,
        microphone: false,
        smartcard: false,
        folder: None,
        usb_auto: false,
    }
}

/// Threads that read a display. The harness has threads of its own, which come and go with the tests.
fn readers() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("/proc");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "display").count()
}

/// Processes that this one has started and not reaped.
pub fn children() -> HashSet<u32> {
    let own = std::process::id();
    let numbers = fs::read_dir("/proc").expect("/proc").filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let rest = stat.rsplit_once(')')?.1;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        (parent == own).then_some(pid)
    });
    numbers.collect()
}

fn most_memory_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    // Until it has become the helper it is a copy of this program.
    status.lines().next()?.contains("vireo-display").then_some(())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor time of a process so far.
fn worked(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = stat.rsplit_once(')')?.1;
    let ticks = |at: usize| rest.split_whitespace().nth(at)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

/// A display with a proper server beside the hostile one.
pub struct Neighbour {
    server: rfb::Server,
    watched: Watched,
    step: u32,
    idle_kib: u64,
}

impl Neighbour {
    fn start() -> Self {
        let before = children();
        let server = rfb::Server::start(rfb::Options::default());
        let display = Display::open(open(false), Some(server.connect())).expect("a helper");
        let watched = Watched::new(display, before, None);
        let mut neighbour = Self {
            server,
            watched,
            step: 0,
            idle_kib: 0,
        };
        neighbour.check("nothing");
        neighbour.idle_kib = neighbour.watched.memory_kib;
        neighbour
    }

    /// The display shows what its server paints.
    fn check(&mut self, after: &str) {
        self.step += 1;
        let colour = 0x0010_2030 + self.step;
        self.server.fill(Area::new(0, 0, 16, 16), colour);
        let bytes = colour.to_le_bytes();
        wait_for(&format!("the neighbour after {after}"), Duration::from_secs(10), || {
            self.watched.look();
            assert_eq!(self.watched.end, None, "the neighbour ended after {after}");
            (self.watched.pixel() == Some([bytes[0], bytes[1], bytes[2]])).then_some(())
        });
    }
}

/// One judgement after the other: what is measured is the whole process.
pub struct Court(MutexGuard<'static, Option<Neighbour>>);

static COURT: Mutex<Option<Neighbour>> = Mutex::new(None);

impl Court {
    pub fn sit() -> Self {
        let mut court = COURT.lock().unwrap_or_else(PoisonError::into_inner);
        if court.is_none() {
            *court = Some(Neighbour::start());
        }
        Self(court)
    }

    /// Judges these modes, so many at the same time, and says what came of each.
    pub fn judge(&mut self, modes: &[Mode], at_once: usize) {
        let neighbour = self.0.as_mut().expect("made when the court sat");
        let (before, own, reading) = (Footprint::now(), children(), readers());
        for some in modes.chunks(at_once) {
            let trials: Vec<Trial> = some.iter().map(Trial::begin).collect();
            for (mode, trial) in some.iter().zip(trials) {
                println!("{:<48} {}", mode.name, trial.finish(neighbour.idle_kib));
                neighbour.check(mode.name);
            }
        }
        wait_for(
            "this program to have let go of everything",
            Duration::from_secs(10),
            || (Footprint::now().files <= before.files && readers() <= reading).then_some(()),
        );
        assert!(children().is_subset(&own), "no process is left");
        let more = Footprint::now().memory_kib.saturating_sub(before.memory_kib);
        assert!(more <= MOST_OWN_KIB, "{more} KiB more in this program");
    }
}

/// A display whose news are read.
struct Watched {
    /// Until it is closed.
    display: Option<Display>,
    clipboard: Option<Script>,
    picture: Option<Picture>,
    end: Option<End>,
    /// News so far.
    news: usize,
    stolen: bool,
    /// One more connection was wanted.
    asked: bool,
    before: HashSet<u32>,
    pid: Option<u32>,
    memory_kib: u64,
}

impl Watched {
    fn new(display: Display, before: HashSet<u32>, clipboard: Option<Script>) -> Self {
        Self {
            display: Some(display),
            clipboard,
            picture: None,
            end: None,
            news: 0,
            stolen: false,
            asked: false,
            before,
            pid: None,
            memory_kib: 0,
        }
    }

    fn look(&mut self) {
        if self.pid.is_none() {
            self.pid = children().difference(&self.before).copied().next();
        }
        let memory = self.pid.and_then(most_memory_kib);
        self.memory_kib = self.memory_kib.max(memory.unwrap_or_default());
        let Some(display) = &self.display else { return };
        while let Ok(news) = display.news.try_recv() {
            self.news += 1;
            match news {
                DisplayNews::Surface { picture, .. } => self.picture = Some(picture),
                DisplayNews::News(News::Damage { head, .. }) => display.send(Request::Drawn { head }),
                DisplayNews::News(News::NeedCredentials { .. }) => display.send(Request::Credentials {
                    user: Some("user".to_owned()),
                    password: Some(Hidden("password".to_owned())),
                }),
                DisplayNews::News(News::NeedSocket { token, .. }) => {
                    self.asked = true;
                    let socket = self.clipboard.as_ref().map(Script::connect);
                    display.send_socket(token, socket.ok_or_else(|| "not here".to_owned()));
                }
                // Nobody asked.
                DisplayNews::News(News::ClipboardText(_)) => self.stolen = true,
                DisplayNews::News(News::Ended(end)) => self.end = Some(end),
                DisplayNews::News(_) => {}
            }
        }
    }

    /// Blue, green, red of the first pixel.
    fn pixel(&self) -> Option<[u8; 3]> {
        let strip = self.picture.as_ref()?.strip(0, 1);
        strip.first_chunk().copied()
    }
}

struct Trial<'a> {
    mode: &'a Mode,
    watched: Watched,
    done: Arc<AtomicBool>,
    /// The connection of the clipboard has said all that it will say, if there is to be one.
    clipped: Arc<AtomicBool>,
    began: Instant,
    _script: Script,
}

impl<'a> Trial<'a> {
    fn begin(mode: &'a Mode) -> Self {
        let before = children();
        let done = Arc::new(AtomicBool::new(false));
        let (act, telling, lives) = (Arc::clone(&mode.act), Arc::clone(&done), mode.verdict == Verdict::Lives);
        let script = Script::new(move |line: &mut Line| {
            let result = act(line);
            if lives && result.is_ok() {
                use std::io::Write;
                let mark = rectangle((0, 0, 1, 1), number::RAW, &[MARK[0], MARK[1], MARK[2], 0]);
                line.write_all(&update(&[mark]))?;
            }
            telling.store(true, Ordering::SeqCst);
            line.until_closed();
            result
        });
        let clipped = Arc::new(AtomicBool::new(mode.clipboard.is_none()));
        let clipboard = mode.clipboard.clone().map(|act| {
            let telling = Arc::clone(&clipped);
            Script::new(move |line: &mut Line| {
                let result = act(line);
                telling.store(true, Ordering::SeqCst);
                line.until_closed();
                result
            })
        });
        let display = Display::open(open(mode.clipboard.is_some()), Some(script.connect())).expect("a helper");
        let began = Instant::now();
        let mut watched = Watched::new(display, before, clipboard);
        // Before the next one begins: whose process is whose.
        wait_for("the helper's process", Duration::from_secs(10), || {
            watched.look();
            (watched.pid.is_some() || watched.end.is_some()).then_some(())
        });
        Self {
            mode,
            watched,
            done,
            clipped,
            began,
            _script: script,
        }
    }

    /// Waits for what must come, closes, and says what came.
    fn finish(mut self, idle_kib: u64) -> String {
        let name = self.mode.name;
        // When it had said all that it will say, and what the helper had worked a little later.
        let (mut silent, mut worked_then) = (None, None);
        let outcome = wait_for(name, ENDS_WITHIN + Duration::from_secs(20), || {
            self.watched.look();
            if let Some(end) = &self.watched.end {
                return Some(format!("{end:?}"));
            }
            match self.mode.verdict {
                Verdict::Lives if self.mode.clipboard.is_some() && self.clipped.load(Ordering::SeqCst) => {
                    // What it makes of it comes a little later.
                    let passed = silent.get_or_insert_with(Instant::now).elapsed();
                    (passed > SETTLES && self.watched.pixel() == Some(MARK)).then(|| "lives".to_owned())
                }
                Verdict::Lives if self.mode.clipboard.is_some() => {
                    // A library that knows this clipboard by itself would not ask.
                    let unasked = !self.watched.asked && self.began.elapsed() > CLIPBOARD_BEGINS;
                    unasked.then(|| "lives, and wants no connection for the clipboard".to_owned())
                }
                Verdict::Lives => (self.watched.pixel() == Some(MARK)).then(|| "lives".to_owned()),
                Verdict::Bounded if self.done.load(Ordering::SeqCst) => {
                    let passed = silent.get_or_insert_with(Instant::now).elapsed();
                    if passed > SETTLES {
                        worked_then = worked_then.or_else(|| self.watched.pid.and_then(worked));
                    }
                    (passed > SETTLES + CALM).then(|| "goes on".to_owned())
                }
                Verdict::Ends | Verdict::Bounded => None,
            }
        });
        if let (Some(pid), Some(then), None) = (self.watched.pid, worked_then, &self.watched.end) {
            let spent = worked(pid).unwrap_or(then).saturating_sub(then);
            assert!(spent < CALM / 2, "{name}: the helper worked {spent:?} for nothing");
        }
        let took = self.began.elapsed();
        let ended = self.watched.end.is_some();
        match self.mode.verdict {
            Verdict::Ends => assert!(ended && took < ENDS_WITHIN, "{name}: {outcome} after {took:?}"),
            Verdict::Lives => assert!(!ended, "{name}: {outcome}"),
            Verdict::Bounded => {}
        }
        assert!(!self.watched.stolen, "{name}: text that nobody asked for");
        let more = self.watched.memory_kib.saturating_sub(idle_kib);
        assert!(more <= MOST_MEMORY_KIB, "{name}: {more} KiB more than an idle helper");
        let news = self.watched.news;
        self.watched.display = None;
        if let Some(pid) = self.watched.pid {
            wait_for(
                &format!("the helper to be gone after {name}"),
                Duration::from_secs(5),
                || (!children().contains(&pid)).then_some(()),
            );
        }
        format!("{outcome:.90} | {took:?}, {} MiB, {news} news", more / 1024)
    }
}
