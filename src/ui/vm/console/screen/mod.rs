//! The screen of a machine as a widget: shows a picture with a pointer, takes keys, pointer, wheel and fingers. It knows no
//! protocol and nothing of the page around it: pictures come through methods, input goes out as [`Request`]s.
//!
//! Keys take one of three ways ([`Stage`]): *resting*, the screen has the focus like any other widget and Tab leads on;
//! *typing*, keys are the guest's except for the shortcuts of the window; *held* (after a click or Enter), all keys are the
//! guest's, those of the desktop too. The release chord leads back to resting from any of them.

mod imp;
mod pixels;

use gtk4 as gtk;
use gtk4::subclass::prelude::*;

pub use self::imp::Stage;
pub use self::pixels::Pixels;
pub use crate::model::display::chord::Chord;
pub use crate::model::display::geometry::Scaling;
use crate::model::display::wire::{Cursor, Locks, Rect, Request};

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
        let _ = name;
    }

    /// Where requests go: input, [`Request::Drawn`], [`Request::Resize`], [`Request::SetLocks`].
    pub fn connect_request(&self, sink: impl Fn(Request) + 'static) {
        let _ = sink;
    }

    /// Called after the screen took or let go keyboard or pointer.
    pub fn connect_grab_changed(&self, changed: impl Fn(Grab) + 'static) {
        let _ = changed;
    }

    /// Called after the stage of the keyboard changed.
    pub fn connect_stage_changed(&self, changed: impl Fn(Stage) + 'static) {
        let _ = changed;
    }

    /// Called when another size (pixels of the guest) would fill the screen, 300 ms after the window came to rest. With
    /// [`set_resize_guest`](Self::set_resize_guest) a [`Request::Resize`] goes out besides.
    pub fn connect_wanted_size_changed(&self, changed: impl Fn(u32, u32) + 'static) {
        let _ = changed;
    }

    /// The surface that requests are about; 0 from the start.
    pub fn set_head(&self, head: u32) {
        let _ = head;
    }

    /// Shows another picture, all of it.
    pub fn set_picture(&self, picture: impl Pixels + 'static) {
        let _ = picture;
    }

    /// Shows nothing any more, and lets keys and pointer go.
    pub fn clear_picture(&self) {}

    /// Width and height of the picture in its own pixels.
    #[must_use]
    pub fn picture_size(&self) -> Option<(u32, u32)> {
        None
    }

    /// The picture as it is now, a copy: for a screenshot.
    #[must_use]
    pub fn screenshot(&self) -> Option<gtk::gdk::Texture> {
        None
    }

    /// Parts of the picture are new. [`Request::Drawn`] answers when they were drawn; a screen that nobody sees answers when
    /// it is seen again.
    pub fn damage(&self, parts: &[Rect]) {
        let _ = parts;
    }

    /// Another shape of the pointer.
    pub fn set_cursor_shape(&self, cursor: &Cursor) {
        let _ = cursor;
    }

    /// The guest has put the pointer here. Shown where the guest's pointer is not the user's.
    pub fn cursor_at(&self, x: u32, y: u32) {
        let _ = (x, y);
    }

    /// The guest takes places (true, from the start) or only movements, for which a click catches the pointer.
    pub fn set_pointer_mode(&self, absolute: bool) {
        let _ = absolute;
    }

    /// Lights of the guest's keyboard, as it tells them; `None` while it does not.
    pub fn set_locks(&self, locks: Option<Locks>) {
        let _ = locks;
    }

    /// How large the picture is drawn.
    pub fn set_scaling(&self, scaling: Scaling) {
        let _ = scaling;
    }

    /// How large the picture is drawn.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        Scaling::Fit
    }

    /// Whether pixels that are drawn larger keep their edges; otherwise they are smoothed.
    pub fn set_crisp(&self, crisp: bool) {
        let _ = crisp;
    }

    /// Whether the guest is asked for the size that fills the screen.
    pub fn set_resize_guest(&self, resize: bool) {
        let _ = resize;
    }

    /// The size of the guest that would fill the screen now, in its pixels.
    #[must_use]
    pub fn wanted_size(&self) -> (u32, u32) {
        (0, 0)
    }

    /// Size of this widget, in pixels of the desktop, at which the picture is 1:1: for "resize window to machine".
    #[must_use]
    pub fn exact_size(&self) -> Option<(i32, i32)> {
        None
    }

    /// Whether input goes to the guest.
    pub fn set_view_only(&self, view_only: bool) {
        let _ = view_only;
    }

    /// The keys that let everything go; `Control_L+Alt_L` from the start.
    pub fn set_release_chord(&self, chord: Chord) {
        let _ = chord;
    }

    /// How to let go, for people: *Press Ctrl+Alt to release the keyboard and the pointer.*
    #[must_use]
    pub fn release_hint(&self) -> String {
        String::new()
    }

    /// Accelerators (`<Control><Shift>w`, `F11`) that stay the window's, whatever is held. Those that can't be read are left
    /// out.
    pub fn set_pass_through(&self, accelerators: &[String]) {
        let _ = accelerators;
    }

    /// Takes the focus and the keyboard, as a click does.
    pub fn hold(&self) {}

    /// Lets keyboard and pointer go, as the release chord does; held keys come up.
    pub fn release(&self) {}

    /// What it holds now.
    #[must_use]
    pub fn grab(&self) -> Grab {
        Grab::default()
    }

    /// Who gets the keys now.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.imp().stage()
    }
}
