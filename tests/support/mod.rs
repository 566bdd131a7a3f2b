//! What the tests stand on: a private libvirtd with real QEMU guests, a proxy that makes network faults, and waiting for
//! events instead of sleeping. Nothing here touches the libvirt of the machine, and everything that was started ends with
//! the test program, however that ends.
//!
//! ```ignore
//! mod support;
//! let daemon = support::Daemon::start();
//! let guest = daemon.guest("vm").start();
//! guest.wait_ready();
//! // connect to daemon.uri_qemu() …
//! daemon.kill9();
//! daemon.restart();
//! ```

#![allow(
    dead_code,
    unused_imports,
    reason = "every test program compiles this module and uses its own part of it"
)]

mod capabilities;
pub mod core;
mod daemon;
mod footprint;
mod guest;
mod host;
mod process;
mod proxy;
pub mod rfb;
mod skipped;
mod system;
pub mod widgets;

pub use daemon::{Daemon, World, is_root};
pub use footprint::Footprint;
pub use guest::{Guest, GuestBuilder, READY, guest_file};
pub use host::{Answer, Host, answer, block_on, on_main, private_state, until};
pub use process::Process;
pub use proxy::Proxy;
pub use skipped::skipped;
pub use system::SystemDaemon;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Calls `ready` every few milliseconds until it gives something.
///
/// # Panics
/// After `limit`, naming `what` was waited for.
#[track_caller]
pub fn wait_for<T>(what: &str, limit: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Iterates a main context (that this thread may own) until `done`.
///
/// # Panics
/// After `limit`, naming `what` was waited for.
#[track_caller]
pub fn iterate_until(context: &glib::MainContext, what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    // A poll without a time limit would outsleep ours.
    let ticks = glib::timeout_source_new(Duration::from_millis(10), None, glib::Priority::DEFAULT, || {
        glib::ControlFlow::Continue
    });
    ticks.attach(Some(context));
    while !done() {
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        context.iteration(true);
    }
    ticks.destroy();
}

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Sends a signal by name (`KILL`, `STOP`, `CONT`, `TERM`) to one process.
///
/// # Panics
/// If the process does not exist.
#[track_caller]
pub fn signal(pid: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .expect("kill");
    assert!(status.success(), "process {pid} could not be sent SIG{name}");
}
