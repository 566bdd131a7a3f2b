//! A watchdog for the main loop: with `VIREO_STALLS` set, every time it did not turn for longer than a frame is logged.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// One frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(4);

/// Starts the watchdog if the environment asks for it. It runs until the program ends.
pub fn watch() {
    if std::env::var_os("VIREO_STALLS").is_none() {
        return;
    }
    let last = Cell::new(Instant::now());
    glib::timeout_add_local_full(LOOK, glib::Priority::HIGH, move || {
        let stall = last.replace(Instant::now()).elapsed().saturating_sub(LOOK);
        if stall > FRAME {
            tracing::warn!(
                ms = format!("{:.1}", stall.as_secs_f64() * 1000.0),
                "the main loop stood still"
            );
        }
        glib::ControlFlow::Continue
    });
}
