//! Keys: who gets them, which of them are held, and how they are let go.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use glib::Propagation;
use glib::translate::IntoGlib;
use gtk::{gdk, prelude::*};
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::{Chord, Screen};
use crate::model::display::chord::{Matcher, Step};
use crate::model::display::pressed::Pressed;
use crate::model::display::wire::{Locks, Request};

/// Codes of keys at X11 and Wayland begin here; those of Linux at 0.
const FIRST_CODE: u32 = 8;

/// Who gets the keys while the screen has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// The window: Tab leads on, Enter begins.
    #[default]
    Resting,
    /// The guest, except for shortcuts of the window.
    Typing,
    /// The guest.
    Held,
}

type StageChanged = Rc<dyn Fn(Stage)>;

/// The keyboard as the screen has it.
#[derive(Default)]
pub struct Keyboard {
    stage: Cell<Stage>,
    pub(super) stage_changed: RefCell<Vec<StageChanged>>,
    pub(super) pressed: RefCell<Pressed>,
    matcher: RefCell<Matcher>,
    /// Keys that went down while nobody was to get them: modifiers of what may follow.
    ahead: RefCell<Vec<(u32, u32)>>,
    passing: RefCell<Vec<(gdk::Key, gdk::ModifierType)>>,
    guest_locks: Cell<Option<Locks>>,
    window: RefCell<Option<(gtk::Root, gtk::EventControllerKey)>>,
}

/// What a key means while the screen rests.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// Everything goes to the guest from now on.
    Hold,
    /// Typing begins, with this key.
    Type,
    /// Goes along with what may follow.
    Modifier,
    /// The window's.
    Window,
}

fn meaning(key: gdk::Key, modifiers: gdk::ModifierType) -> Meaning {
    use gdk::Key;
    let others = gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::ALT_MASK | gdk::ModifierType::SUPER_MASK;
    match key {
        Key::Shift_L | Key::Shift_R | Key::Control_L | Key::Control_R | Key::Alt_L | Key::Alt_R => Meaning::Modifier,
        Key::Meta_L | Key::Meta_R | Key::ISO_Level3_Shift | Key::ISO_Level5_Shift => Meaning::Modifier,
        _ if modifiers.intersects(others) || is_for_screen_readers(key) => Meaning::Window,
        Key::Return | Key::KP_Enter | Key::ISO_Enter => Meaning::Hold,
        Key::Up | Key::Down | Key::Left | Key::Right | Key::Home | Key::End | Key::Page_Up | Key::Page_Down => {
            Meaning::Type
        }
        Key::BackSpace | Key::Delete | Key::Escape => Meaning::Type,
        _ if key.to_unicode().is_some_and(|letter| !letter.is_control())
            || key.name().is_some_and(|name| name.starts_with("dead_")) =>
        {
            Meaning::Type
        }
        _ => Meaning::Window,
    }
}

/// Keys that screen readers take as their modifier.
fn is_for_screen_readers(key: gdk::Key) -> bool {
    matches!(key, gdk::Key::Insert | gdk::Key::KP_Insert | gdk::Key::Caps_Lock)
}

impl Screen {
    pub(super) fn listen_to_keys(&self) {
        self.add_controller(self.key_controller(false));
        let focus = gtk::EventControllerFocus::new();
        let weak = self.downgrade();
        focus.connect_enter(move |_| {
            if let Some(screen) = weak.upgrade() {
                screen.align_locks();
            }
        });
        let weak = self.downgrade();
        focus.connect_leave(move |_| {
            if let Some(screen) = weak.upgrade() {
                screen.let_all_go();
            }
        });
        self.add_controller(focus);
    }

    /// GTK asks the window's shortcuts before any widget sees a key. What joins the window later is asked earlier.
    pub(super) fn join_window(&self) {
        let Some(window) = self.root() else { return };
        let keys = self.key_controller(true);
        window.add_controller(keys.clone());
        self.imp().keyboard.window.replace(Some((window, keys)));
    }

    pub(super) fn leave_window(&self) {
        if let Some((window, keys)) = self.imp().keyboard.window.take() {
            window.remove_controller(&keys);
        }
    }

    /// Two look at the keys: one at the window, for what is held, and one at the screen for the rest.
    fn key_controller(&self, at_window: bool) -> gtk::EventControllerKey {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = self.downgrade();
        keys.connect_key_pressed(move |keys, key, code, modifiers| {
            let Some(screen) = weak.upgrade() else {
                return Propagation::Proceed;
            };
            let held = screen.stage() == Stage::Held;
            if screen.imp().view_only.get() || !screen.has_focus() || (at_window && !held) {
                return Propagation::Proceed;
            }
            screen.key_down(keys.current_event().as_ref(), key, code, modifiers)
        });
        let weak = self.downgrade();
        keys.connect_key_released(move |_, _, code, _| {
            if let Some(screen) = weak.upgrade() {
                screen.key_up(code);
            }
        });
        keys
    }

    fn key_down(
        &self,
        event: Option<&gdk::Event>,
        key: gdk::Key,
        code: u32,
        modifiers: gdk::ModifierType,
    ) -> Propagation {
        let keyboard = &self.imp().keyboard;
        let Some(code) = code.checked_sub(FIRST_CODE).filter(|code| *code > 0) else {
            return Propagation::Proceed;
        };
        let symbol = key.into_glib();
        if keyboard.matcher.borrow_mut().press(code, symbol) == Step::Released {
            self.chord_pressed();
            return Propagation::Stop;
        }
        if self.passes(event, key, modifiers) {
            return Propagation::Proceed;
        }
        match keyboard.stage.get() {
            Stage::Held => {}
            Stage::Typing if is_for_screen_readers(key) => return Propagation::Proceed,
            Stage::Typing => {}
            Stage::Resting => match meaning(key, modifiers) {
                Meaning::Hold => {
                    self.hold_by(event);
                    return Propagation::Stop;
                }
                Meaning::Type => self.begin_typing(),
                Meaning::Modifier => {
                    keyboard.ahead.borrow_mut().push((code, symbol));
                    return Propagation::Proceed;
                }
                Meaning::Window => return Propagation::Proceed,
            },
        }
        let request = keyboard.pressed.borrow_mut().press(code, symbol);
        self.request(request);
        Propagation::Stop
    }

    fn key_up(&self, code: u32) {
        let keyboard = &self.imp().keyboard;
        let Some(code) = code.checked_sub(FIRST_CODE) else {
            return;
        };
        keyboard.ahead.borrow_mut().retain(|key| key.0 != code);
        if keyboard.matcher.borrow_mut().release(code) == Step::Released {
            self.chord_pressed();
            return;
        }
        let request = keyboard.pressed.borrow_mut().release(code);
        if let Some(request) = request {
            self.request(request);
        }
    }

    /// Whether this key stays the window's.
    fn passes(&self, event: Option<&gdk::Event>, key: gdk::Key, modifiers: gdk::ModifierType) -> bool {
        let passing = self.imp().keyboard.passing.borrow();
        let event = event.and_then(|event| event.downcast_ref::<gdk::KeyEvent>());
        let modifiers = modifiers & gtk::accelerator_get_default_mod_mask();
        passing.iter().any(|(wanted, with)| match event {
            Some(event) => event.matches(*wanted, *with) == gdk::KeyMatch::Exact,
            None => key.to_lower() == wanted.to_lower() && modifiers == *with,
        })
    }

    /// The first key that is typed takes the modifiers along that are held with it.
    fn begin_typing(&self) {
        self.set_stage(Stage::Typing);
        self.press_ahead();
    }

    fn press_ahead(&self) {
        let keyboard = &self.imp().keyboard;
        for (code, symbol) in keyboard.ahead.take() {
            let request = keyboard.pressed.borrow_mut().press(code, symbol);
            self.request(request);
        }
    }

    /// Everything goes to the guest from now on, what the desktop would take, too, where it can be had. `event` is what the
    /// user did to get there: a compositor wants to know.
    pub(super) fn hold_by(&self, event: Option<&gdk::Event>) {
        let imp = self.imp();
        if imp.view_only.get() || imp.strips.borrow().is_none() {
            return;
        }
        if !self.has_focus() {
            self.grab_focus();
        }
        if imp.keyboard.stage.get() == Stage::Held {
            return;
        }
        self.set_stage(Stage::Held);
        self.press_ahead();
        if let Some(toplevel) = self.toplevel() {
            toplevel.inhibit_system_shortcuts(event);
        }
        self.tell_grab();
    }

    fn toplevel(&self) -> Option<gdk::Toplevel> {
        self.native()?.surface()?.downcast().ok()
    }

    /// The release chord: from keys that are the guest's to rest, and from rest to the next widget.
    fn chord_pressed(&self) {
        if self.stage() != Stage::Resting || self.grab().pointer {
            self.let_all_go();
        } else if let Some(window) = self.root() {
            window.child_focus(gtk::DirectionType::TabForward);
        }
    }

    /// Keyboard, pointer and everything that is held are let go.
    pub(super) fn let_all_go(&self) {
        let keyboard = &self.imp().keyboard;
        let held = keyboard.pressed.borrow_mut().release_all();
        keyboard.ahead.borrow_mut().clear();
        keyboard.matcher.borrow_mut().reset();
        for request in held {
            self.request(request);
        }
        let before = keyboard.stage.get();
        if before == Stage::Held
            && let Some(toplevel) = self.toplevel()
        {
            toplevel.restore_system_shortcuts();
        }
        let pointer = self.free_pointer();
        self.set_stage(Stage::Resting);
        if before == Stage::Held || pointer {
            self.tell_grab();
        }
    }

    fn set_stage(&self, stage: Stage) {
        let keyboard = &self.imp().keyboard;
        if keyboard.stage.replace(stage) == stage {
            return;
        }
        for (class, on) in [("typing", stage == Stage::Typing), ("held", stage == Stage::Held)] {
            if on {
                self.add_css_class(class);
            } else {
                self.remove_css_class(class);
            }
        }
        let listeners = keyboard.stage_changed.borrow().clone();
        for changed in listeners {
            changed(stage);
        }
    }

    /// Who gets the keys now.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.imp().keyboard.stage.get()
    }

    /// The keys that let everything go; `Control_L+Alt_L` from the start.
    pub fn set_release_chord(&self, chord: Chord) {
        // A new matcher forgets what is pressed.
        if self.release_chord() == chord {
            return;
        }
        self.imp().keyboard.matcher.replace(Matcher::new(chord));
        self.describe();
    }

    pub(super) fn release_chord(&self) -> Chord {
        self.imp().keyboard.matcher.borrow().chord().clone()
    }

    /// A click or the wheel, so that Ctrl+Alt and a click is not the chord.
    pub(super) fn spoil_chord(&self) {
        self.imp().keyboard.matcher.borrow_mut().spoil();
    }

    /// Accelerators (`<Control><Shift>w`, `F11`) that stay the window's, whatever is held. Those that can't be read are left
    /// out. What the desktop takes from the keyboard is not in the window's hands: while the screen holds the keyboard, the
    /// guest gets that.
    pub fn set_pass_through(&self, accelerators: &[String]) {
        let passing = accelerators
            .iter()
            .filter_map(|text| gtk::accelerator_parse(text.as_str()));
        self.imp().keyboard.passing.replace(passing.collect());
    }

    /// Lights of the guest's keyboard, as it tells them; `None` while it does not.
    pub fn set_locks(&self, locks: Option<Locks>) {
        let first = self.imp().keyboard.guest_locks.replace(locks).is_none();
        if first && self.has_focus() {
            self.align_locks();
        }
    }

    /// Makes the guest's locks those of this keyboard. Only when the focus comes: while keys are typed the guest follows by
    /// itself, and two that correct each other never end.
    fn align_locks(&self) {
        let imp = self.imp();
        let Some(guest) = imp.keyboard.guest_locks.get() else {
            return;
        };
        let device = self.display().default_seat().and_then(|seat| seat.keyboard());
        let Some(device) = device.filter(|_| !imp.view_only.get()) else {
            return;
        };
        let here = Locks {
            caps: device.is_caps_locked(),
            num: device.is_num_locked(),
            scroll: device.is_scroll_locked(),
        };
        if here != guest {
            self.request(Request::SetLocks(here));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resting_screen_is_a_widget_like_others() {
        let none = gdk::ModifierType::empty();
        for key in [
            gdk::Key::Tab,
            gdk::Key::ISO_Left_Tab,
            gdk::Key::F6,
            gdk::Key::Insert,
            gdk::Key::Caps_Lock,
        ] {
            assert_eq!(meaning(key, none), Meaning::Window, "{key:?}");
        }
        for key in [
            gdk::Key::a,
            gdk::Key::space,
            gdk::Key::Down,
            gdk::Key::dead_acute,
            gdk::Key::eacute,
        ] {
            assert_eq!(meaning(key, none), Meaning::Type, "{key:?}");
        }
        assert_eq!(meaning(gdk::Key::Return, none), Meaning::Hold);
        assert_eq!(meaning(gdk::Key::Shift_L, none), Meaning::Modifier);
        assert_eq!(meaning(gdk::Key::A, gdk::ModifierType::SHIFT_MASK), Meaning::Type);
        assert_eq!(meaning(gdk::Key::w, gdk::ModifierType::CONTROL_MASK), Meaning::Window);
        assert_eq!(meaning(gdk::Key::f, gdk::ModifierType::ALT_MASK), Meaning::Window);
    }
}
