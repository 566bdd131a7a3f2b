//! Telling what could not be tested here.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;

/// Says that a test, or the rest of it, is left out for want of something: `skipped: PLACE: REASON`. The line goes to the file
/// that `VIREO_SKIPPED` names as well, because Cargo keeps what tests print that pass: `scripts/test` reads it there.
#[track_caller]
pub fn skipped(reason: &str) {
    let place = Location::caller();
    let line = format!("skipped: {}:{}: {reason}\n", place.file(), place.line());
    eprint!("{line}");
    let Some(file) = std::env::var_os("VIREO_SKIPPED") else {
        return;
    };
    // Other tests write at the same time: in one piece, and at the end.
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
