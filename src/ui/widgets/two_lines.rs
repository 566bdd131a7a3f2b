//! The words of a line in a list: a title and a smaller, dimmed line below it.

use gtk4 as gtk;
use gtk4::prelude::*;

/// Both labels, empty at first, cut at their end where the line is too narrow, and the box that holds them.
pub struct TwoLines {
    /// What goes into the line.
    pub root: gtk::Box,
    /// The upper label.
    pub title: gtk::Label,
    /// The lower label.
    pub detail: gtk::Label,
}

impl TwoLines {
    /// Two empty labels in a box that takes the width there is.
    #[must_use]
    pub fn new() -> Self {
        let label = |classes: &'static [&'static str]| {
            gtk::Label::builder()
                .css_classes(classes)
                .xalign(0.0)
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build()
        };
        let (title, detail) = (label(&[]), label(&["caption", "dim-label"]));
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .build();
        root.append(&title);
        root.append(&detail);
        Self { root, title, detail }
    }
}

impl Default for TwoLines {
    fn default() -> Self {
        Self::new()
    }
}
