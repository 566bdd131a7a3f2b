//! The text console of a real guest: from the click to the first bytes.

use std::ffi::CString;
use std::thread;
use std::time::{Duration, Instant};

use virt_sys as sys;

use crate::bus::Bus;
use crate::desk::Desk;
use crate::figure::{Goal, Kind, Samples, Sheet, Statistic};
use crate::options::Contestant;
use crate::program::Program;
use crate::support::{Daemon, wait_for};

static FIRST: Kind = Kind {
    id: "serial-first",
    name: "serial console, first bytes after opening, ms",
    statistic: Statistic::Max,
    goal: Goal::AtMost(300.0),
};
static AGAIN: Kind = Kind {
    id: "serial-again",
    name: "serial console, the same in a further tab, ms",
    statistic: Statistic::Median,
    goal: Goal::AtMost(100.0),
};

const GUEST: &str = "serial";
const AGAINS: usize = 5;
/// What the guest's shell does all the time, so that there is something to see.
const TICK: &[u8] = b"while :; do echo tick; usleep 10000; done\n";

/// Boots a guest and opens its console in Vireo, again and again.
pub fn measure(runs: usize, sheet: &mut Sheet) {
    let daemon = Daemon::start();
    let guest = daemon.guest(GUEST).start();
    guest.wait_ready();
    type_into(&daemon.uri_qemu(), GUEST, TICK);
    wait_for("the guest to tick", Duration::from_secs(30), || {
        guest.serial_log(0).contains("tick\r\ntick").then_some(())
    });
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let program = Program::open(Contestant::Vireo, &daemon.uri_qemu(), &[]);
        if program.first(&["list filled"]).is_none() {
            return;
        }
        let Some(desk) = Desk::of(&program) else { return };
        for number in 0..=AGAINS {
            let Some(ms) = open(&program, &desk) else {
                eprintln!("the console did not open for the {}. time", number + 1);
                return;
            };
            if number == 0 { &mut first } else { &mut again }.push(ms);
            // Ctrl+W would go to the shell.
            if !Bus::activate("close-tab") {
                eprintln!("the tab did not close");
                return;
            }
            thread::sleep(Duration::from_millis(1000));
        }
    }
    sheet.put(&FIRST, None, Contestant::Vireo, first.into_iter().collect::<Samples>());
    sheet.put(&AGAIN, None, Contestant::Vireo, again.into_iter().collect::<Samples>());
}

/// Opens the machine's tab, chooses its console, and returns how long it took from there to show something.
fn open(program: &Program, desk: &Desk) -> Option<f64> {
    wait_until(|| desk.click(GUEST))?;
    desk.keys(&["Return"]);
    wait_until(|| desk.aim("Console"))?;
    // What opening the tab changed has come to rest.
    thread::sleep(Duration::from_millis(1500));
    program.catch_up();
    let asked = Instant::now();
    desk.click_here();
    let shown = program.wait(Duration::from_secs(10), &["console output"])?;
    Some(shown.duration_since(asked).as_secs_f64() * 1000.0)
}

fn wait_until(ready: impl Fn() -> bool) -> Option<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if ready() {
            return Some(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    None
}

/// Types something on the first serial port of a guest.
fn type_into(uri: &str, guest: &str, text: &[u8]) {
    let (uri, guest) = (CString::new(uri).expect("a URI"), CString::new(guest).expect("a name"));
    // SAFETY: straight calls, each result is checked before its use; everything is freed once, in the end.
    unsafe {
        let connection = sys::virConnectOpen(uri.as_ptr());
        assert!(!connection.is_null(), "no connection");
        let domain = sys::virDomainLookupByName(connection, guest.as_ptr());
        assert!(!domain.is_null(), "no guest");
        let stream = sys::virStreamNew(connection, 0);
        assert!(!stream.is_null(), "no stream");
        let opened = sys::virDomainOpenConsole(domain, std::ptr::null(), stream, 0);
        assert_eq!(opened, 0, "no console");
        let sent = sys::virStreamSend(stream, text.as_ptr().cast(), text.len());
        assert_eq!(usize::try_from(sent), Ok(text.len()), "nobody listens");
        // What was sent must have left before the stream is cut.
        thread::sleep(Duration::from_secs(1));
        sys::virStreamAbort(stream);
        sys::virStreamFree(stream);
        sys::virDomainFree(domain);
        sys::virConnectClose(connection);
    }
}
