//! Clocks that never jump.

use std::sync::OnceLock;
use std::time::Instant;

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer; an unknown clock leaves it untouched.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// `CLOCK_MONOTONIC` in nanoseconds: comparable between processes of one machine.
#[must_use]
pub fn monotonic_ns() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// CPU time of the calling thread in nanoseconds.
#[must_use]
pub fn thread_cpu_ns() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Milliseconds since this process was started (to the system's tick of 10 ms), loading of libraries included.
#[must_use]
pub fn since_start_ms() -> u64 {
    static FIRST: OnceLock<(Instant, u64)> = OnceLock::new();
    let (first, before) = FIRST.get_or_init(|| (Instant::now(), age_ms().unwrap_or(0)));
    before + u64::try_from(first.elapsed().as_millis()).unwrap_or(0)
}

/// How old the process is, by field 22 of `/proc/self/stat`.
fn age_ms() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in parentheses and may hold anything, blanks and parentheses included.
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: u64 = rest.split_whitespace().nth(19)?.parse().ok()?;
    // SAFETY: a question without memory.
    let a_second = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) })
        .ok()
        .filter(|&n| n > 0)?;
    Some((read(libc::CLOCK_BOOTTIME) / 1_000_000).saturating_sub(ticks * 1000 / a_second))
}
