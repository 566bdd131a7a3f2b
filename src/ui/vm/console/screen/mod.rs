//! The screen of a machine as a widget: shows a picture with a pointer, takes keys, pointer, wheel and fingers. It knows no
//! protocol and nothing of the page around it: pictures come through methods, input goes out as [`Request`]s.
//!
//! Keys take one of three ways ([`Stage`]): *resting*, the screen has the focus like any other widget and Tab leads on;
//! *typing*, keys are the guest's except for the shortcuts of the window; *held* (after a click or Enter), all keys are the
//! guest's, those of the desktop too. The release chord leads back to resting from any of them.

mod cursor;
mod imp;
mod keyboard;
mod lock;
mod outputs;
mod pixels;
mod pointer;
mod sizing;
mod strips;
mod touch;

use std::rc::Rc;

use gtk::prelude::*;
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

pub use self::keyboard::Stage;
pub use self::pixels::Pixels;
use self::strips::Strips;
use crate::i18n::{tr_c, tr_f};
pub use crate::model::display::chord::Chord;
pub use crate::model::display::geometry::Scaling;
use crate::model::display::wire::{Cursor, Rect, Request};

glib::wrapper! {
    /// The screen of a machine.
    pub struct Screen(ObjectSubclass<imp::Screen>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

/// What the screen holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grab {
    /// All keys go to the guest.
    pub keyboard: bool,
    /// The pointer cannot leave; it is not seen, and its movements go to the guest.
    pub pointer: bool,
}

impl Screen {
    /// A screen without a picture, which sends nothing to nobody.
    #[must_use]
    pub fn new() -> Self {
        glib::Object::new()
    }

    /// Says what screen readers call it, by the name of the machine.
    pub fn set_machine_name(&self, name: &str) {
        let label = tr_f("Screen of {name}", &[("name", name)]);
        self.update_property(&[gtk::accessible::Property::Label(&label)]);
    }

    /// Where requests go: input, [`Request::Drawn`], [`Request::Resize`], [`Request::SetLocks`]. The last one that is given
    /// gets them.
    pub fn connect_request(&self, sink: impl Fn(Request) + 'static) {
        self.imp().sink.replace(Some(Rc::new(sink)));
    }

    fn request(&self, request: Request) {
        let sink = self.imp().sink.borrow().clone();
        if let Some(sink) = sink {
            sink(request);
        }
    }

    /// Called after the screen took or let go keyboard or pointer.
    pub fn connect_grab_changed(&self, changed: impl Fn(Grab) + 'static) {
        self.imp().grab_changed.borrow_mut().push(Rc::new(changed));
    }

    fn tell_grab(&self) {
        let grab = self.grab();
        let listeners = self.imp().grab_changed.borrow().clone();
        for changed in listeners {
            changed(grab);
        }
    }

    /// Called after the stage of the keyboard changed.
    pub fn connect_stage_changed(&self, changed: impl Fn(Stage) + 'static) {
        let listeners = &self.imp().keyboard.stage_changed;
        listeners.borrow_mut().push(Rc::new(changed));
    }

    /// Called when another size (pixels of the guest) would fill the screen, 300 ms after the window came to rest. With
    /// [`set_resize_guest`](Self::set_resize_guest) a [`Request::Resize`] goes out besides.
    pub fn connect_wanted_size_changed(&self, changed: impl Fn(u32, u32) + 'static) {
        self.imp().sizing.changed.borrow_mut().push(Rc::new(changed));
    }

    /// The surface that requests are about; 0 from the start.
    pub fn set_head(&self, head: u32) {
        self.imp().head.set(head);
    }

    /// Shows another picture: black until its first damage.
    pub fn set_picture(&self, picture: impl Pixels + 'static) {
        let imp = self.imp();
        let strips = Strips::new(Rc::new(picture));
        let before = imp.strips.replace(Some(strips)).map(|strips| strips.size());
        // Nothing was told of this one yet.
        imp.owed.set(false);
        if before != self.picture_size() {
            imp.pan.set((0.0, 0.0));
            self.forget_place();
            self.shape_changed();
        }
        if before.is_none() {
            self.size_changed();
        }
        self.queue_draw();
    }

    /// Shows nothing any more, and lets keys and pointer go.
    pub fn clear_picture(&self) {
        let imp = self.imp();
        self.let_all_go();
        imp.strips.take();
        imp.owed.set(false);
        imp.sizing.forget();
        self.forget_shape();
        self.shape_changed();
        self.queue_draw();
    }

    /// Asks the guest for the size of the screen again: after a new connection, which knows nothing of the old one's wishes.
    pub fn ask_size_anew(&self) {
        self.imp().sizing.forget();
        self.size_changed();
    }

    /// Width and height of the picture in its own pixels.
    #[must_use]
    pub fn picture_size(&self) -> Option<(u32, u32)> {
        self.imp().strips.borrow().as_ref().map(Strips::size)
    }

    /// The picture as it is now, a copy: for a screenshot.
    #[must_use]
    pub fn screenshot(&self) -> Option<gtk::gdk::Texture> {
        self.imp().strips.borrow().as_ref()?.copy()
    }

    /// Strips of the picture that were taken over so far: what drawing costs.
    #[must_use]
    pub fn uploads(&self) -> u64 {
        self.imp().strips.borrow().as_ref().map_or(0, Strips::uploads)
    }

    /// Parts of the picture are new. [`Request::Drawn`] answers when they were drawn; a screen that nobody sees answers when
    /// it is seen again.
    pub fn damage(&self, parts: &[Rect]) {
        let imp = self.imp();
        let Some(()) = imp.strips.borrow_mut().as_mut().map(|strips| strips.damage(parts)) else {
            return;
        };
        imp.owe();
    }

    /// Another shape of the pointer.
    pub fn set_cursor_shape(&self, cursor: &Cursor) {
        self.set_shape(cursor);
    }

    /// The guest has put the pointer here. Shown where the guest's pointer is not the user's.
    pub fn cursor_at(&self, x: u32, y: u32) {
        self.move_guest_pointer(x, y);
    }

    /// The guest takes places (true, from the start) or only movements, for which a click catches the pointer.
    pub fn set_pointer_mode(&self, absolute: bool) {
        self.set_absolute(absolute);
    }

    /// How large the picture is drawn.
    pub fn set_scaling(&self, scaling: Scaling) {
        if self.imp().scaling.replace(scaling) != scaling {
            self.imp().pan.set((0.0, 0.0));
            self.scale_changed();
        }
    }

    /// How large the picture is drawn.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        self.imp().scaling.get()
    }

    /// Whether pixels that are drawn larger keep their edges; otherwise they are smoothed.
    pub fn set_crisp(&self, crisp: bool) {
        if self.imp().crisp.replace(crisp) != crisp {
            self.queue_draw();
        }
    }

    /// Whether the guest is asked for the size that fills the screen.
    pub fn set_resize_guest(&self, resize: bool) {
        self.resize_guest(resize);
    }

    /// The size of the guest that would fill the screen now, in its pixels.
    #[must_use]
    pub fn wanted_size(&self) -> (u32, u32) {
        self.room().wanted(self.scaling())
    }

    /// Size of this widget, in pixels of the desktop, at which the picture is 1:1: for "resize window to machine".
    #[must_use]
    pub fn exact_size(&self) -> Option<(i32, i32)> {
        let (width, height) = self.picture_size()?;
        let scale = if self.scaling() == Scaling::Logical {
            1.0
        } else {
            self.room().monitor
        };
        let side = |pixels: u32| (f64::from(pixels) / scale).ceil() as i32;
        Some((side(width), side(height)))
    }

    /// Pixels of the monitor for each of the desktop, fractions too, as a Wayland compositor tells it.
    #[must_use]
    pub fn known_monitor_scale(&self) -> Option<f64> {
        outputs::scale_of(&self.native()?.surface()?)
    }

    /// Whether no input goes to the guest.
    pub fn set_view_only(&self, view_only: bool) {
        if view_only {
            self.let_all_go();
        }
        self.imp().view_only.set(view_only);
        self.shape_changed();
    }

    /// How to let go, for people: *Press Ctrl+Alt to release the keyboard and the pointer.*
    #[must_use]
    pub fn release_hint(&self) -> String {
        let keys = chord_words(&self.release_chord());
        tr_f("Press {keys} to release keyboard and pointer.", &[("keys", &keys)])
    }

    /// Tells screen readers how to get in and out.
    fn describe(&self) {
        let keys = chord_words(&self.release_chord());
        let text = tr_f(
            "Press Enter to hand the keyboard to the machine and {keys} to take it back.",
            &[("keys", &keys)],
        );
        self.update_property(&[gtk::accessible::Property::Description(&text)]);
    }

    /// Takes the focus and the keyboard, as a click does.
    pub fn hold(&self) {
        self.hold_by(None);
    }

    /// Lets keyboard and pointer go, as the release chord does; held keys come up.
    pub fn release(&self) {
        self.let_all_go();
    }

    /// What it holds now.
    #[must_use]
    pub fn grab(&self) -> Grab {
        Grab {
            keyboard: self.stage() == Stage::Held,
            pointer: self.imp().pointer.is_caught(),
        }
    }
}

/// The keys of a chord as they are printed on keyboards.
#[must_use]
pub fn chord_words(chord: &Chord) -> String {
    let words = chord.names().map(|name| match name.as_str() {
        "Control_L" => tr_c("key", "Ctrl"),
        "Control_R" => tr_c("key", "Right Ctrl"),
        "Shift_L" => tr_c("key", "Shift"),
        "Shift_R" => tr_c("key", "Right Shift"),
        "Alt_L" => tr_c("key", "Alt"),
        "Alt_R" => tr_c("key", "Right Alt"),
        "ISO_Level3_Shift" => tr_c("key", "AltGr"),
        "Super_L" => tr_c("key", "Super"),
        "Super_R" => tr_c("key", "Right Super"),
        // GTK knows and translates the others.
        other => match gtk::gdk::Key::from_name(other) {
            Some(key) => gtk::accelerator_get_label(key, gtk::gdk::ModifierType::empty()).into(),
            None => other.to_owned(),
        },
    });
    words.collect::<Vec<_>>().join("+")
}
