//! What a process holds: for tests of things that must leave nothing behind.

use std::fs;

/// What this process holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Open file descriptors.
    pub files: usize,
    /// Threads.
    pub threads: usize,
    /// Memory of its own (anonymous pages), in KiB. What it shares with others changes with them.
    pub memory_kib: u64,
}

impl Footprint {
    /// The present one.
    ///
    /// # Panics
    /// Without `/proc`.
    pub fn now() -> Self {
        let entries = |path: &str| fs::read_dir(path).expect("/proc").count();
        let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("/proc");
        let own = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
        let kib = own.and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            files: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            memory_kib: kib.expect("its memory"),
        }
    }
}
