//! Rows with a text of several lines.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::{RowView, Say, Shown, help, name};
use crate::model::hardware::{Control, Row, Value};

/// A text field below its title.
pub struct WordsRow {
    row: adw::PreferencesRow,
    title: gtk::Label,
    below: gtk::Label,
    text: gtk::TextView,
    help: help::Help,
    shown: Shown,
}

impl WordsRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let title = gtk::Label::builder().xalign(0.0).hexpand(true).build();
        let help = help::Help::new();
        let head = gtk::Box::builder().spacing(6).build();
        head.append(&title);
        head.append(help.widget());
        let text = gtk::TextView::builder()
            .wrap_mode(gtk::WrapMode::WordChar)
            .accepts_tab(false)
            .top_margin(6)
            .bottom_margin(6)
            .left_margin(8)
            .right_margin(8)
            .css_classes(["vireo-words"])
            .build();
        name(&text, row);
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&text)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .min_content_height(64)
            .max_content_height(220)
            .propagate_natural_height(true)
            .css_classes(["vireo-frame"])
            .build();
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
        content.append(&scrolled);
        content.append(&below);
        let widget = adw::PreferencesRow::builder()
            .child(&content)
            .title(&row.title)
            .activatable(false)
            .focusable(false)
            .build();
        let shown = Shown::new();
        let own = shown.clone();
        text.buffer().connect_changed(move |buffer| {
            let (start, end) = buffer.bounds();
            own.say(Value::of(buffer.text(&start, &end, false)), &say);
        });
        Self {
            row: widget,
            title,
            below,
            text,
            help,
            shown,
        }
    }
}

impl RowView for WordsRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.row.clone()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::LongText)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.title.set_text(&row.title);
        self.help.show(row);
        let below = super::below(row, problem);
        self.below.set_visible(below.is_some());
        self.below.set_text(below.unwrap_or_default());
        if self.shown.take(&row.value) {
            self.text.buffer().set_text(row.value.text());
        }
        self.text.set_editable(row.locked.is_none());
    }

    fn focus(&self) {
        self.text.grab_focus();
    }
}
