//! Control keys belong to the guest while its terminal has the focus: Ctrl+W must delete a word there and not close the
//! tab here. GTK looks at the application's shortcuts before any widget sees a key, so they are set aside meanwhile.

use std::cell::RefCell;

use gtk::{gdk, gio};
use relm4::gtk;
use vte4::prelude::*;

/// Shortcuts that were set aside: an action and all of its keys.
type SetAside = Vec<(String, Vec<String>)>;

thread_local! {
    static SET_ASIDE: RefCell<SetAside> = const { RefCell::new(Vec::new()) };
}

/// Whether a terminal needs this key: Ctrl and nothing else. With Shift it stays a shortcut, as in every terminal.
fn guest_needs(key: gdk::Key, modifiers: gdk::ModifierType) -> bool {
    modifiers == gdk::ModifierType::CONTROL_MASK && key.to_unicode().is_some_and(|c| c.is_ascii_graphic())
}

fn belongs_to_guest(accelerator: &str) -> bool {
    gtk::accelerator_parse(accelerator).is_some_and(|(key, modifiers)| guest_needs(key, modifiers))
}

fn application() -> Option<gtk::Application> {
    gio::Application::default().and_downcast()
}

fn set_aside() {
    let Some(application) = application() else { return };
    if SET_ASIDE.with_borrow(|held| !held.is_empty()) {
        return;
    }
    let mut held = SetAside::new();
    for action in application.list_action_descriptions() {
        let all: Vec<String> = application
            .accels_for_action(&action)
            .iter()
            .map(ToString::to_string)
            .collect();
        let kept: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|one| !belongs_to_guest(one))
            .collect();
        if kept.len() < all.len() {
            application.set_accels_for_action(&action, &kept);
            held.push((action.to_string(), all));
        }
    }
    SET_ASIDE.set(held);
}

fn put_back() {
    let held = SET_ASIDE.take();
    let Some(application) = application() else { return };
    for (action, all) in held {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        application.set_accels_for_action(&action, &all);
    }
}

/// Sets the shortcuts aside for as long as `terminal` has the focus.
pub fn claim(terminal: &vte4::Terminal) {
    let focus = gtk::EventControllerFocus::new();
    focus.connect_enter(|_| set_aside());
    focus.connect_leave(|_| put_back());
    terminal.add_controller(focus);
    terminal.connect_unmap(|terminal| {
        if terminal.has_focus() {
            put_back();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gets_its_control_keys_and_the_window_keeps_the_rest() {
        let control = gdk::ModifierType::CONTROL_MASK;
        for key in [gdk::Key::w, gdk::Key::q, gdk::Key::f, gdk::Key::comma] {
            assert!(guest_needs(key, control), "{key:?}");
        }
        assert!(!guest_needs(gdk::Key::w, control | gdk::ModifierType::SHIFT_MASK));
        assert!(!guest_needs(gdk::Key::F11, gdk::ModifierType::empty()));
        assert!(!guest_needs(gdk::Key::Page_Up, control));
    }
}
