//! Several text consoles of a machine side by side, their logs, and the size of a terminal told to its guest.

use gtk::prelude::*;
use relm4::{ComponentController, gtk};
use vireo::ui::vm::Page;

use crate::desk::{Desk, connect, text_of};
use crate::support::Daemon;
use crate::support::widgets::{all, button, find, on_gtk, screenshot, until};

/// All terminals of a tab, in order.
fn terminals(desk: &Desk) -> Vec<vte4::Terminal> {
    all(desk.tab.widget())
}

/// Types a line in a terminal until the guest has answered `answer` there.
#[track_caller]
fn answers(terminal: &vte4::Terminal, line: &str, answer: &str) {
    use std::time::{Duration, Instant};
    let mut asked = None::<Instant>;
    until(answer, || {
        if asked.is_none_or(|at| at.elapsed() > Duration::from_secs(3)) {
            asked = Some(Instant::now());
            vte4::prelude::TerminalExt::paste_text(terminal, &format!("{line}\r"));
        }
        text_of(terminal).contains(answer)
    });
}

fn activate(terminal: &vte4::Terminal, action: &str) {
    terminal.activate_action(action, None).expect("an action");
}

#[test]
fn two_consoles_stand_side_by_side_each_with_a_device_of_its_own() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").serial_ports(2).start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("first");
        let beside = || button(desk.tab.widget(), "Show another console beside");
        until("the button", || beside().is_some());
        beside().expect("a button").emit_clicked();
        until("the second terminal", || {
            terminals(&desk).len() == 2 && terminals(&desk)[1].is_mapped()
        });
        let [left, right] = [terminals(&desk)[0].clone(), terminals(&desk)[1].clone()];
        answers(&right, "echo $((6*7))-$(tty)", "42-/dev/ttyS1");
        answers(&left, "echo $((6*7))-$(tty)", "42-/dev/ttyS0");
        assert!(!text_of(&left).contains("ttyS1") && !text_of(&right).contains("ttyS0"));
        assert!(left.width() > 300 && right.width() > 300);
        use vte4::prelude::TerminalExt as _;
        desk.sees(&format!("{} × {}", left.column_count(), left.row_count()));
        until("all devices to be shown", || beside().is_none());

        screenshot("consoles");

        // A console that wants the other's device changes places with it: none is refused.
        let devices = find::<gtk::DropDown>(desk.tab.widget(), &|list| list.is_mapped()).expect("a choice");
        assert_eq!(devices.selected(), 1);
        devices.set_selected(0);
        answers(&left, "echo $((6*7))=$(tty)", "42=/dev/ttyS1");
        answers(&right, "echo $((6*7))=$(tty)", "42=/dev/ttyS0");

        let close = button(desk.tab.widget(), "Close this console");
        close.expect("a button").emit_clicked();
        until("one terminal", || terminals(&desk).len() == 1);
        until("the button", || beside().is_some());
        answers(&left, "echo $((6*7))+$(tty)", "42+/dev/ttyS1");
    });
}

#[test]
fn guest_knows_the_size_of_the_terminal_when_told_and_when_it_asks() {
    on_gtk(|| {
        let daemon = Daemon::start();
        let guest = daemon.guest("vm").start();
        guest.wait_ready();
        let (core, key) = connect(&daemon, &guest);
        let desk = Desk::open(&core, key, Page::Console);
        desk.answers("first");
        let terminal = desk.terminal();
        use vte4::prelude::TerminalExt as _;
        let size = format!("{} {}", terminal.row_count(), terminal.column_count());
        activate(&terminal, "console.send-size");
        answers(&terminal, "echo \"<$(stty size)>\"", &format!("<{size}>"));
        answers(&terminal, "stty rows 7 cols 11; echo \"[$(stty size)]\"", "[7 11]");
        // The answer to where the cursor is passes to the guest: programs find the size out with that.
        let asks = "stty -echo -icanon min 0 time 10; printf '\\0337\\033[999;999H\\033[6n\\0338'; \
                    r=$(dd bs=64 count=1 2>/dev/null | tr -d '\\033['); stty sane; echo \"{$r}\"";
        answers(&terminal, asks, &format!("{{{}R}}", size.replace(' ', ";")));
    });
}
