//! Display servers that break the rules, against the real helper: whatever they send, the display ends or goes on within bounds,
//! and nothing else notices.
//!
//! `--nocapture` says what came of each. What gvnc 1.3.1 crashes at, so that only the helper's own process saves the program:
//! pointers of 65535×65535 (it allocates as told), and a JPEG in Tight whose head says 65535×65535 (it draws what could not be
//! loaded).

#[path = "display_hostile/handshakes.rs"]
mod handshakes;
#[path = "display_hostile/judge.rs"]
mod judge;
#[path = "display_hostile/matters.rs"]
mod matters;
#[path = "display_hostile/mode.rs"]
mod mode;
#[path = "display_hostile/pictures.rs"]
mod pictures;
#[path = "display_hostile/proper.rs"]
mod proper;
mod support;

use judge::Court;

#[test]
fn versions_that_are_none() {
    Court::sit().judge(&handshakes::versions(), 1);
}

#[test]
fn proofs_that_are_none() {
    Court::sit().judge(&handshakes::securities(), 1);
}

#[test]
fn beginnings_that_are_none() {
    Court::sit().judge(&handshakes::beginnings(), 1);
}

#[test]
fn silence_at_every_byte_of_the_handshake() {
    let modes: Vec<_> = (0..handshakes::length()).map(|at| handshakes::cut(at, false)).collect();
    // Each waits for the time limit of the handshake.
    Court::sit().judge(&modes, 23);
}

#[test]
fn closing_at_every_byte_of_the_handshake() {
    let modes: Vec<_> = (0..handshakes::length()).map(|at| handshakes::cut(at, true)).collect();
    Court::sit().judge(&modes, 1);
}

#[test]
fn places_outside_the_desktop() {
    Court::sit().judge(&pictures::outside(), 1);
}

#[test]
fn counts_that_lie() {
    Court::sit().judge(&pictures::counts(), 1);
}

#[test]
fn tight_in_all_its_forms() {
    Court::sit().judge(&pictures::tights(), 1);
}

#[test]
fn zrle_in_all_its_forms() {
    Court::sit().judge(&pictures::zrles(), 1);
}

#[test]
fn sizes_that_change() {
    Court::sit().judge(&matters::sizes(), 1);
}

#[test]
fn pointers() {
    Court::sit().judge(&matters::pointers(), 1);
}

#[test]
fn clipboards() {
    Court::sit().judge(&matters::clipboards(), 1);
}

#[test]
fn names_sounds_lights_and_floods() {
    Court::sit().judge(&matters::rest(), 1);
}

#[test]
fn proper_servers_are_shown_in_every_encoding() {
    let _court = Court::sit();
    proper::encodings();
}

#[test]
fn proper_servers_are_shown_in_every_version() {
    let _court = Court::sit();
    proper::versions();
}

#[test]
fn a_server_that_is_not_there_is_told_at_once() {
    let _court = Court::sit();
    proper::nobody();
}
