//! A spinner that turns only while it is seen.

use gtk4 as gtk;
use gtk4::prelude::*;

/// A spinner of the size that fills an empty page, with the name of what is waited for.
///
/// One that is told to turn draws frame after frame even in a part of the window that is not shown (GTK 4.8); this one
/// stops with its disappearance.
#[must_use]
pub fn spinner(name: &str) -> gtk::Spinner {
    let spinner = gtk::Spinner::builder()
        .width_request(32)
        .height_request(32)
        .halign(gtk::Align::Center)
        .valign(gtk::Align::Center)
        .build();
    spinner.update_property(&[gtk::accessible::Property::Label(name)]);
    spinner.connect_map(|spinner| spinner.set_spinning(true));
    spinner.connect_unmap(|spinner| spinner.set_spinning(false));
    spinner
}
