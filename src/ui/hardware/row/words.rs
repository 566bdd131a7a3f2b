//! Rows with a text of several lines.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::block::Block;
use super::{RowView, Say, Shown, name};
use crate::model::hardware::{Control, Row, Value};

/// A text field below its title.
pub struct WordsRow {
    block: Block,
    text: gtk::TextView,
    shown: Shown,
}

impl WordsRow {
    pub fn new(row: &Row, say: Say) -> Self {
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
        let shown = Shown::new();
        let own = shown.clone();
        text.buffer().connect_changed(move |buffer| {
            let (start, end) = buffer.bounds();
            own.say(Value::of(buffer.text(&start, &end, false)), &say);
        });
        Self {
            block: Block::new(row, &scrolled),
            text,
            shown,
        }
    }
}

impl RowView for WordsRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.block.row.clone()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::LongText)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.block.show(row, problem);
        self.shown.show(&row.value, |is_other| {
            if is_other {
                self.text.buffer().set_text(row.value.text());
            }
        });
        self.text.set_editable(row.locked.is_none());
    }

    fn focus(&self) {
        self.text.grab_focus();
    }
}
