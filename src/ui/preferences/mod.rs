//! The preferences window, bound to the settings.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::ui::core::Core;

/// Shows the preferences over `parent`'s window.
pub fn show(parent: &impl IsA<gtk::Widget>, core: &Core) {
    let _ = (parent, core);
}
