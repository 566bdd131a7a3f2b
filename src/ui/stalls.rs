//! A watchdog for the main loop: with `VIREO_STALLS` set, every time it did not turn for longer than a frame is logged. A
//! number above 1 is the limit in milliseconds instead of a frame's 16.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::virt::client::thread_cpu_ns;

/// One frame at 60 Hz.
const FRAME: Duration = Duration::from_millis(16);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(4);

/// A time in which the main loop did not turn.
#[derive(Debug, Clone, Copy)]
pub struct Stall {
    /// How long it stood still.
    pub length: Duration,
    /// How much of that the main thread worked. The rest it waited: for something, or for a processor.
    pub work: Duration,
}

/// Starts the watchdog if the environment asks for it. It runs until the program ends.
pub fn watch() {
    watch_with(|stall| {
        tracing::warn!(
            ms = format!("{:.1}", stall.length.as_secs_f64() * 1000.0),
            work = format!("{:.1}", stall.work.as_secs_f64() * 1000.0),
            "the main loop stood still"
        );
    });
}

/// The same with another way to report.
#[doc(hidden)]
pub fn watch_with(report: impl Fn(Stall) + 'static) {
    let Some(wish) = std::env::var_os("VIREO_STALLS") else {
        return;
    };
    let limit = limit(&wish.to_string_lossy());
    let last = Cell::new((Instant::now(), thread_cpu_ns()));
    glib::timeout_add_local_full(LOOK, glib::Priority::HIGH, move || {
        let (at, cpu) = (Instant::now(), thread_cpu_ns());
        let (before, cpu_before) = last.replace((at, cpu));
        let length = at.duration_since(before).saturating_sub(LOOK);
        if length > limit {
            report(Stall {
                length,
                work: Duration::from_nanos(cpu.saturating_sub(cpu_before)),
            });
        }
        glib::ControlFlow::Continue
    });
}

fn limit(wish: &str) -> Duration {
    let ms = wish.parse().ok().filter(|ms| *ms > 1);
    ms.map_or(FRAME, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_a_frame_unless_a_number_says_otherwise() {
        for (wish, ms) in [
            ("1", 16),
            ("yes", 16),
            ("", 16),
            ("0", 16),
            ("-3", 16),
            ("5", 5),
            ("100", 100),
        ] {
            assert_eq!(limit(wish), Duration::from_millis(ms), "{wish}");
        }
    }
}
