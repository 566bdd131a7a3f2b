//! Control keys belong to the guest while its terminal has the focus: Ctrl+W must delete a word there and not close the
//! tab here. GTK looks at the application's shortcuts at the window, before any widget sees a key; a controller that
//! joins the window later is asked earlier, and hands such keys to the terminal.

use std::cell::RefCell;
use std::rc::Rc;

use gtk::{gdk, glib};
use relm4::gtk;
use vte4::prelude::*;

/// Whether a terminal needs this key: Ctrl and nothing else. With Shift it stays a shortcut, as in every terminal.
fn guest_needs(key: gdk::Key, modifiers: gdk::ModifierType) -> bool {
    modifiers == gdk::ModifierType::CONTROL_MASK && key.to_unicode().is_some_and(|c| c.is_ascii_graphic())
}

/// Hands control keys to `terminal` for as long as it has the focus, in whichever window it is.
pub fn claim(terminal: &vte4::Terminal) {
    let joined: Rc<RefCell<Option<(gtk::Widget, gtk::EventControllerKey)>>> = Rc::default();
    let held = joined.clone();
    terminal.connect_map(move |terminal| {
        let Some(window) = terminal.root() else { return };
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let terminal = terminal.downgrade();
        keys.connect_key_pressed(move |keys, key, _, modifiers| {
            let modifiers = modifiers & gtk::accelerator_get_default_mod_mask();
            match terminal.upgrade() {
                Some(terminal) if terminal.has_focus() && guest_needs(key, modifiers) => {
                    keys.forward(&terminal);
                    glib::Propagation::Stop
                }
                _ => glib::Propagation::Proceed,
            }
        });
        window.add_controller(keys.clone());
        held.replace(Some((window.upcast(), keys)));
    });
    terminal.connect_unmap(move |_| {
        if let Some((window, keys)) = joined.take() {
            window.remove_controller(&keys);
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
