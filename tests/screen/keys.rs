//! Keys: real ones, from the X server.

use std::cell::Cell;
use std::rc::Rc;

use gtk::{gdk, glib, prelude::*};
use gtk4 as gtk;

use crate::desk::{Desk, Painting, on_gtk, xdotool};
use crate::support::widgets::until;
use vireo::model::display::wire::{Button, Locks, Request};
use vireo::ui::vm::console::screen::Stage;

const A: u32 = 30;
const TAB: u32 = 15;
const ENTER: u32 = 28;
const CONTROL: u32 = 29;
const ALT: u32 = 56;
const SHIFT: u32 = 42;

fn key(down: bool, code: u32) -> impl Fn(&Request) -> bool {
    move |request| matches!(request, Request::Key { down: pressed, code: place, .. } if *pressed == down && *place == code)
}

/// A screen with a picture and the focus, and a button beside it that comes next.
fn desk() -> (Desk, gtk::Button) {
    let desk = Desk::open(300, 200);
    let button = desk.add_button();
    desk.show(&Painting::new(300, 200));
    desk.focus();
    (desk, button)
}

/// Counts how often a shortcut of the window was used.
fn shortcut(desk: &Desk, accelerator: &str) -> Rc<Cell<u32>> {
    let count: Rc<Cell<u32>> = Rc::default();
    let used = count.clone();
    let action = gtk::CallbackAction::new(move |_, _| {
        used.set(used.get() + 1);
        glib::Propagation::Stop
    });
    let shortcuts = gtk::ShortcutController::new();
    // As GTK does it for the shortcuts of an application.
    shortcuts.set_propagation_phase(gtk::PropagationPhase::Capture);
    shortcuts.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string(accelerator),
        Some(action),
    ));
    desk.window.add_controller(shortcuts);
    // As for an application again, whose shortcuts are there before any page of its window.
    desk.rejoin();
    count
}

#[test]
fn keys_have_their_places_and_symbols() {
    on_gtk(|| {
        let (desk, _) = desk();
        desk.screen.hold();
        xdotool(&["key", "a", "Shift+a", "F5", "KP_Enter", "Delete"]);
        until("the last key", || desk.requests.borrow().iter().any(key(false, 111)));
        let got = desk.requests();
        let down = |code, symbol| Request::Key {
            down: true,
            code,
            symbol,
        };
        for wanted in [
            down(A, 0x61),
            down(SHIFT, 0xffe1),
            down(A, 0x41),
            down(63, 0xffc2),
            down(96, 0xff8d),
            down(111, 0xffff),
        ] {
            assert!(got.contains(&wanted), "{wanted:?} in {got:?}");
        }
    });
}

#[test]
fn everything_comes_up_when_the_focus_goes() {
    on_gtk(|| {
        let (desk, button) = desk();
        desk.screen.hold();
        xdotool(&[
            "keydown",
            "Shift_L",
            "keydown",
            "a",
            "mousemove",
            "100",
            "100",
            "mousedown",
            "1",
        ]);
        let pressed = Request::Click {
            button: Button::Left,
            down: true,
        };
        until("the button", || desk.take(|request| *request == pressed));
        until("the key", || desk.take(key(true, A)));
        button.grab_focus();
        let ups: Vec<_> = desk
            .requests()
            .into_iter()
            .filter(|request| !matches!(request, Request::Key { down: true, .. } | Request::Move { .. }))
            .collect();
        let released = Request::Click {
            button: Button::Left,
            down: false,
        };
        assert_eq!(ups[0], released);
        assert!(key(false, A)(&ups[1]) && key(false, SHIFT)(&ups[2]), "{ups:?}");
        assert_eq!(desk.screen.stage(), Stage::Resting);
        assert!(!desk.screen.grab().keyboard);
        xdotool(&["keyup", "a", "keyup", "Shift_L", "mouseup", "1"]);
        desk.screen.grab_focus();
        desk.hear();
        assert!(
            desk.requests()
                .iter()
                .all(|request| matches!(request, Request::Move { .. })),
            "nothing comes up twice"
        );
    });
}

#[test]
fn the_chord_lets_go_and_then_leads_on() {
    on_gtk(|| {
        let (desk, button) = desk();
        xdotool(&["key", "b"]);
        until("typing", || desk.screen.stage() == Stage::Typing);
        xdotool(&["mousemove", "50", "50", "click", "1"]);
        until("the keyboard", || desk.screen.grab().keyboard);
        xdotool(&[
            "keydown",
            "Control_L",
            "keydown",
            "Alt_L",
            "keyup",
            "Alt_L",
            "keyup",
            "Control_L",
        ]);
        until("the way out", || desk.screen.stage() == Stage::Resting);
        assert!(desk.screen.has_focus());
        let got = desk.requests();
        for code in [CONTROL, ALT] {
            assert_eq!(got.iter().filter(|request| key(true, code)(request)).count(), 1);
            assert_eq!(
                got.iter().filter(|request| key(false, code)(request)).count(),
                1,
                "{got:?}"
            );
        }
        xdotool(&[
            "keydown",
            "Control_L",
            "keydown",
            "Alt_L",
            "keyup",
            "Control_L",
            "keyup",
            "Alt_L",
        ]);
        until("the next widget", || button.has_focus());
        assert_eq!(desk.requests(), []);
    });
}

#[test]
fn longer_combinations_are_the_guests() {
    on_gtk(|| {
        let (desk, _) = desk();
        desk.screen.hold();
        xdotool(&["key", "Control_L+Alt_L+Delete"]);
        until("three keys down and up", || {
            let requests = desk.requests.borrow();
            requests
                .iter()
                .filter(|request| matches!(request, Request::Key { .. }))
                .count()
                == 6
        });
        assert_eq!(desk.screen.stage(), Stage::Held);
    });
}

#[test]
fn a_resting_screen_is_left_with_tab_and_taken_with_enter() {
    on_gtk(|| {
        let (desk, button) = desk();
        xdotool(&["key", "Tab"]);
        until("the next widget", || button.has_focus());
        xdotool(&["key", "shift+Tab"]);
        until("the way back", || desk.screen.has_focus());
        xdotool(&["key", "Return"]);
        until("the keyboard", || desk.screen.grab().keyboard);
        assert_eq!(desk.requests(), [], "neither is for the guest");
        xdotool(&["key", "Tab", "Return"]);
        until("both are the guest's now", || {
            desk.requests.borrow().iter().any(key(false, ENTER))
        });
        assert!(desk.take(key(true, TAB)) && desk.take(key(true, ENTER)));
    });
}

#[test]
fn who_types_a_password_need_not_click_first() {
    on_gtk(|| {
        let (desk, _) = desk();
        xdotool(&["key", "Shift+a", "Tab", "Return"]);
        until("the last", || desk.requests.borrow().iter().any(key(false, ENTER)));
        let downs: Vec<u32> = desk
            .requests()
            .iter()
            .filter_map(|request| match request {
                Request::Key { down: true, code, .. } => Some(*code),
                _ => None,
            })
            .collect();
        assert_eq!(downs, [SHIFT, A, TAB, ENTER], "the Shift was held before typing began");
        assert_eq!(desk.screen.stage(), Stage::Typing);
    });
}

#[test]
fn shortcuts_of_the_window_wait_while_the_keyboard_is_held() {
    on_gtk(|| {
        let (desk, _) = desk();
        let (close, full) = (shortcut(&desk, "<Control>w"), shortcut(&desk, "F11"));
        desk.focus();
        desk.screen.set_pass_through(&["F11".to_owned(), "nonsense".to_owned()]);
        xdotool(&["key", "x", "ctrl+w"]);
        until("the window's, before", || close.get() == 1);
        desk.screen.hold();
        desk.requests();
        xdotool(&["key", "ctrl+w", "F11"]);
        until("the one that passes", || full.get() == 1);
        assert_eq!(close.get(), 1, "Ctrl+W deletes a word in the guest");
        assert!(desk.take(key(true, 17)) && !desk.take(key(true, 87)));
        desk.screen.release();
        xdotool(&["key", "ctrl+w"]);
        until("the window's, after", || close.get() == 2);
    });
}

#[test]
fn who_only_looks_sends_nothing() {
    on_gtk(|| {
        let (desk, _) = desk();
        desk.screen.hold();
        desk.screen.set_view_only(true);
        assert_eq!(desk.screen.stage(), Stage::Resting);
        desk.requests();
        xdotool(&[
            "mousemove",
            "20",
            "20",
            "click",
            "1",
            "click",
            "5",
            "key",
            "a",
            "Return",
        ]);
        desk.hear();
        assert_eq!(desk.requests(), []);
        assert!(!desk.screen.grab().keyboard);
    });
}

#[test]
fn locks_follow_this_keyboard_when_the_focus_comes() {
    on_gtk(|| {
        let (desk, button) = desk();
        let keyboard = gtk::prelude::WidgetExt::display(&desk.screen)
            .default_seat()
            .and_then(|seat| seat.keyboard());
        let keyboard: gdk::Device = keyboard.expect("a keyboard");
        let here = Locks {
            caps: keyboard.is_caps_locked(),
            num: keyboard.is_num_locked(),
            scroll: keyboard.is_scroll_locked(),
        };
        desk.screen.set_locks(Some(here));
        button.grab_focus();
        desk.screen.grab_focus();
        assert_eq!(desk.requests(), [], "they are the same");
        desk.screen.set_locks(Some(Locks {
            caps: !here.caps,
            ..here
        }));
        assert_eq!(desk.requests(), [], "the guest just changes them");
        button.grab_focus();
        desk.screen.grab_focus();
        assert_eq!(desk.requests(), [Request::SetLocks(here)]);
    });
}
