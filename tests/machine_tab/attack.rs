//! A guest that wants more than its terminal: escapes that answer as if typed, and floods.

use std::time::{Duration, Instant};

use gtk::glib;
use relm4::gtk;
use vireo::ui::vm::Page;
use vte4::prelude::*;

use crate::desk::{Desk, Stalls, connect};
use crate::support::widgets::{on_gtk, until};
use crate::support::{Daemon, block_on, iterate_until};

/// Prints `escapes` in the guest and returns, as `od` shows it, what arrived there as typing within a second.
fn typed_by(desk: &Desk, escapes: &str, name: &str) -> String {
    let begin = format!("<{name}:");
    let rest = || {
        let output = desk.output();
        let rest = output.rsplit_once(&begin)?.1.replace('\n', "");
        rest.split_once('>').map(|(typed, _)| typed.to_owned())
    };
    desk.runs_until(
        &format!(
            "stty -echo -icanon min 0 time 10; printf '{escapes}'; r=$(dd bs=512 count=1 2>/dev/null | od -An -tx1); \
             stty sane; echo \"<{name}\":$r'>'"
        ),
        || rest().is_some(),
    );
    rest().expect("what the guest read")
}

#[test]
fn escapes_of_a_guest_type_nothing_and_reach_neither_clipboard_nor_title() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("first");
        desk.window.clipboard().set_text("mine");

        for (name, escapes) in [
            ("clipboard", r"\033]52;c;ZXZpbA==\007\033]52;c;?\007\033]52;p;?\033\\"),
            (
                "title",
                r"\033]0;evil\007\033]1;evil\007\033]2;evil; reboot\007\033[20t\033[21t\033[18t\033[14t\033[13t",
            ),
            ("settings", r"\033P$qm\033\\\033P$qr\033\\\033P+q544e\033\\\033[1$w"),
            ("colours", r"\033]4;1;?\007\033]10;?\007\033]11;?\033\\\033]12;?\007"),
            (
                "modes",
                r"\033[?2004$p\033[4$p\033[>q\033[=c\033[>c\033[?15n\033[?26n\033[x",
            ),
            ("answerback", r"\005\033Z\005"),
            ("focus", r"\033[?1004h\033[?1004l"),
            ("checksum", r"hidden\033[1;1;1;1;1;9*y"),
        ] {
            let typed = without_places(&typed_by(&desk, escapes, name));
            let harmless = name == "answerback" && is_attributes(&typed);
            assert!(
                typed.is_empty() || harmless,
                "{name}: the guest made the terminal type {typed}"
            );
        }
        // Where the cursor is and what kind of terminal this is may be known: numbers that the terminal chose.
        let typed = typed_by(&desk, r"\033[c\033[5n\033[6n", "answers");
        assert!(is_attributes(&typed), "{typed}");

        // A link that shows one place and leads to another.
        desk.runs_until(
            r"printf '\033]8;;http://evil.example/\033\\click-me\033]8;;\033\\\n'",
            || desk.output().contains("click-me\n"),
        );
        assert!(!desk.terminal().allows_hyperlink());

        let clipboard = desk.window.clipboard();
        let text = block_on("the clipboard", Duration::from_secs(5), async move {
            clipboard.read_text_future().await
        });
        assert_eq!(text.ok().flatten().as_deref(), Some("mine"));
        assert_eq!(desk.window.title().as_deref(), Some("A window"));

        // Huge counts, unfinished strings, pointer modes: the next command works and nothing stood still.
        let stalls = Stalls::watch();
        for escapes in [
            r"\033[99999999@\033[99999999L\033[99999999M\033[99999999P\033[99999999S\033[99999999T\033[99999999X",
            r"x\033[99999999b\033[99999999;99999999H\033[99999999;99999999r\033[99999999A\033[99999999I\033[99999999Z",
            r"\033[8;99999999;99999999t\033[?1049h\033[?3h\033[99999999;99999999;99999999;99999999m",
            r"\033[?1000h\033[?1002h\033[?1003h\033[?1006h\033[?1005h\033[?1015h",
        ] {
            desk.run(&format!("printf '{escapes}'"));
        }
        desk.run(r"printf '\033P1$r'; yes unfinished | head -c 50000; printf '\033]0;'; yes unfinished | head -c 50000; printf '\033\\\033c\n'");
        desk.answers("last");
        let longest = stalls.longest();
        eprintln!("longest stall under escapes: {longest:?}");
        assert!(longest < Duration::from_secs(1), "{longest:?}");
        assert_eq!(desk.window.title().as_deref(), Some("A window"));
    });
}

/// These bytes without reports of where the cursor is: the guest's shell asks for that at each prompt, and the answer may come as
/// late as its next command.
fn without_places(hex: &str) -> String {
    let is_number = |byte: &&str| byte.starts_with('3');
    let bytes: Vec<&str> = hex.split_whitespace().collect();
    let mut kept = Vec::new();
    let mut rest = &bytes[..];
    while let [first, after @ ..] = rest {
        let inside = rest.strip_prefix(&["1b", "5b"]).unwrap_or_default();
        let end = inside.iter().take_while(|byte| is_number(byte)).count();
        if end > 0 && inside.get(end) == Some(&"52") {
            rest = &inside[end + 1..];
        } else {
            kept.push(*first);
            rest = after;
        }
    }
    kept.join(" ")
}

#[test]
fn reports_of_the_cursor_that_come_late_are_told_from_what_a_guest_makes_a_terminal_type() {
    assert_eq!(without_places(" 1b 5b 33 3b 38 52"), "");
    assert_eq!(without_places("65 1b 5b 31 32 3b 38 52 0a"), "65 0a");
    let others = ["1b 5b 3f 36 32 63", "1b 5b 52", "33 3b 38 52", "1b 5b 33", "1b", ""];
    for typed in others {
        assert_eq!(without_places(typed), typed);
    }
}

/// Whether these bytes are reports that hold numbers alone: ESC [ … c, n or R.
fn is_attributes(hex: &str) -> bool {
    let bytes: Vec<u8> = hex
        .split_whitespace()
        .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.chars().all(|c| c.is_ascii_digit() || "\u{1b}[?;cnR".contains(c))
}

/// Resident memory of this process in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<u64>().ok())
        .expect("a number")
        / 1024
}

#[test]
fn flood_from_a_guest_leaves_window_memory_and_other_tabs_alone() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let other = daemon.guest("other").empty().define();
        let (core, key) = connect(&daemon, &guest);
        let other_key = vireo::model::key::DomainKey::new(key.host, other.uuid);
        until("the other machine", || core.store().domain(other_key).is_some());
        let desk = Desk::open(&core, key, Page::Console);
        let other_desk = Desk::open(&core, other_key, Page::Overview);
        desk.answers("first");
        let before = resident();
        let start = Instant::now();
        desk.run("yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 1000000; echo flood-$((1+1))");
        until("the flood", || desk.output().contains("0123456789\n0123"));
        let stalls = Stalls::watch();
        let mut highest = 0;
        let start_it = vireo::model::action::DomainAction::Start(Default::default());
        core.perform(other_key, start_it);
        other_desk.sees("Running");
        eprintln!("the other tab followed after {:?}", start.elapsed());
        let context = glib::MainContext::default();
        iterate_until(&context, "the end of the flood", Duration::from_secs(200), || {
            highest = highest.max(resident());
            guest.serial_log(0).contains("flood-2")
        });
        let spent = start.elapsed();
        let longest = stalls.longest();
        desk.answers("after");
        eprintln!("flood of 1 MB in {spent:?}: longest stall {longest:?}, memory {before} to {highest} MiB");
        assert!(longest < Duration::from_millis(500), "{longest:?}");
        assert!(highest < before + 40, "{before} MiB grew to {highest} MiB");
    });
}

#[test]
fn first_output_comes_soon_and_the_second_time_at_once() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("first");
        desk.run("while :; do echo tick; usleep 20000; done");
        until("ticks", || desk.output().contains("tick\ntick"));
        drop(desk);

        let clicked = Instant::now();
        let desk = Desk::open(&core, key, Page::Console);
        until("the first output", || {
            desk.terminal().is_mapped() && desk.output().contains("tick")
        });
        let first = clicked.elapsed();
        desk.page(Page::Overview);
        until("the overview", || !desk.terminal().is_mapped());
        let clicked = Instant::now();
        desk.page(Page::Console);
        until("the output again", || {
            desk.terminal().is_mapped() && desk.output().contains("tick")
        });
        let second = clicked.elapsed();
        eprintln!("first output after {first:?}, the second time after {second:?}");
        assert!(first < Duration::from_secs(1), "{first:?}");
        assert!(second < Duration::from_millis(400), "{second:?}");
    });
}
