//! The window that lists the keyboard shortcuts.

use gtk4 as gtk;
use gtk4::prelude::*;

/// Shows all shortcuts over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    let _ = parent;
}
