//! Holds the pointer where it is and tells its movements. GTK has nothing for this.

mod watch;
mod wayland;
mod x11;

pub use self::watch::Watch;
use gtk::{gdk, prelude::*};
use gtk4 as gtk;

/// A pointer that is held, until this is dropped.
pub enum Lock {
    Wayland(#[expect(dead_code, reason = "held for its drop")] wayland::Lock),
    X11(#[expect(dead_code, reason = "held for its drop")] x11::Lock),
}

impl Lock {
    /// Holds the pointer `device` over `surface`; `moved` hears of its movements, in pixels of the desktop. `None` where the
    /// desktop can't.
    pub fn new(
        surface: &gdk::Surface,
        device: Option<&gdk::Device>,
        moved: impl Fn(f64, f64) + 'static,
    ) -> Option<Self> {
        let display = surface.display();
        match display.type_().name() {
            "GdkWaylandDisplay" => wayland::Lock::new(surface, device?, moved).map(Self::Wayland),
            "GdkX11Display" => Some(Self::X11(x11::Lock::new(
                &display.name(),
                surface.scale_factor(),
                moved,
            ))),
            _ => None,
        }
    }
}
