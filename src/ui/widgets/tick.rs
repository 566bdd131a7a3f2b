//! Rows with a box to tick, for lists of which some are chosen.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::plain_row;

/// A row with a box before its words, which is not ticked; `name` is what screen readers call the box. A click anywhere on the
/// row ticks it.
#[must_use]
pub fn tick_row(title: &str, subtitle: &str, name: &str) -> (adw::ActionRow, gtk::CheckButton) {
    let tick = gtk::CheckButton::builder().valign(gtk::Align::Center).build();
    tick.update_property(&[gtk::accessible::Property::Label(name)]);
    let row = plain_row(title, subtitle);
    row.add_prefix(&tick);
    row.set_activatable_widget(Some(&tick));
    (row, tick)
}
