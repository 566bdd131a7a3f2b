//! What rows have whose value takes the whole width.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::help::Help;
use crate::model::hardware::Row;

/// Title and question mark above the value, a line below it.
pub struct Block {
    /// The widget for a list of rows.
    pub row: adw::PreferencesRow,
    title: gtk::Label,
    head: gtk::Box,
    content: gtk::Box,
    below: gtk::Label,
    help: Help,
}

impl Block {
    /// A block around the widget that holds the value.
    pub fn new(row: &Row, value: &impl IsA<gtk::Widget>) -> Self {
        let title = gtk::Label::builder().xalign(0.0).hexpand(true).wrap(true).build();
        let help = Help::new();
        let head = gtk::Box::builder().spacing(6).build();
        head.append(&title);
        head.append(help.widget());
        let below = gtk::Label::builder()
            .css_classes(["dim-label", "caption"])
            .xalign(0.0)
            .wrap(true)
            .visible(false)
            .build();
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .margin_top(9)
            .margin_bottom(12)
            .margin_start(12)
            .margin_end(12)
            .build();
        content.append(&head);
        content.append(value);
        content.append(&below);
        let row = adw::PreferencesRow::builder()
            .child(&content)
            .title(&row.title)
            .activatable(false)
            .focusable(false)
            .build();
        Self {
            row,
            title,
            head,
            content,
            below,
            help,
        }
    }

    /// With a button beside the title: the head is as high as that then, and needs less around it.
    pub fn with_button(self, button: &gtk::Button) -> Self {
        self.head.insert_child_after(button, Some(&self.title));
        self.content.set_margin_top(6);
        self.content.set_margin_bottom(6);
        self
    }

    /// Shows everything but the value.
    pub fn show(&self, row: &Row, problem: Option<&str>) {
        self.title.set_text(&row.title);
        self.help.show(row);
        let below = super::below(row, problem);
        self.below.set_visible(below.is_some());
        self.below.set_text(below.unwrap_or_default());
    }
}
