//! The names of a graph's lines with their newest values, as labels that wrap.

use std::cell::RefCell;

use gtk::prelude::*;
use gtk::{glib, pango};
use relm4::gtk;

use super::draw::dash;
use crate::i18n::tr_f;
use crate::ui::widgets::palette::{Palette, set_source};

/// Most entries; more lines than this can't be told apart anyway and are counted.
const MOST: usize = 12;

/// Legend of a [`super::Plot`]: the same colours and dashes in the same order.
#[derive(Debug)]
pub struct Legend {
    root: gtk::FlowBox,
    more: gtk::Label,
    entries: RefCell<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    child: gtk::FlowBoxChild,
    name: gtk::Label,
    value: gtk::Label,
}

impl Default for Legend {
    fn default() -> Self {
        Self::new()
    }
}

impl Legend {
    /// An empty legend.
    #[must_use]
    pub fn new() -> Self {
        let root = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .column_spacing(12)
            .row_spacing(2)
            // A fixed number of columns: a height that depends on the width can't be known inside of other flow boxes.
            .min_children_per_line(2)
            .max_children_per_line(2)
            .homogeneous(true)
            .accessible_role(gtk::AccessibleRole::Group)
            .build();
        let more = gtk::Label::new(None);
        more.add_css_class("caption");
        more.add_css_class("dim-label");
        Self {
            root,
            more,
            entries: RefCell::default(),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::FlowBox {
        &self.root
    }

    /// Shows these names and values. Labels are kept; only texts that differ are touched.
    pub fn set_entries(&self, values: &[(String, String)]) {
        let mut entries = self.entries.borrow_mut();
        let shown = values.len().min(MOST);
        while entries.len() > shown {
            if let Some(entry) = entries.pop() {
                self.root.remove(&entry.child);
            }
        }
        while entries.len() < shown {
            let entry = Entry::new(entries.len());
            self.root.append(&entry.child);
            entries.push(entry);
        }
        for (entry, (name, value)) in entries.iter().zip(values) {
            set_text(&entry.name, name);
            set_text(&entry.value, value);
        }
        let hidden = values.len() - shown;
        if self.more.parent().is_some() {
            self.root.remove(&self.more);
        }
        if hidden > 0 {
            self.more.set_text(&tr_f("and {n} more", &[("n", &hidden.to_string())]));
            self.root.append(&self.more);
        }
    }
}

fn set_text(label: &gtk::Label, text: &str) {
    if label.text() != text {
        label.set_text(text);
    }
}

impl Entry {
    fn new(index: usize) -> Self {
        let swatch = gtk::DrawingArea::builder()
            .content_width(18)
            .content_height(8)
            .valign(gtk::Align::Center)
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        swatch.set_draw_func(move |area, cr, width, height| {
            set_source(cr, Palette::of(area).series(area, index));
            cr.set_line_width(3.0);
            cr.set_dash(dash(index), 0.0);
            cr.move_to(0.0, f64::from(height) / 2.0);
            cr.line_to(f64::from(width), f64::from(height) / 2.0);
            let _ = cr.stroke();
        });
        let name = gtk::Label::builder()
            .ellipsize(pango::EllipsizeMode::Middle)
            .max_width_chars(18)
            .css_classes(["caption", "dim-label"])
            .build();
        let value = gtk::Label::builder().css_classes(["caption", "numeric"]).build();
        let row = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        row.append(&swatch);
        row.append(&name);
        row.append(&value);
        let child: gtk::FlowBoxChild = glib::Object::builder()
            .property("child", &row)
            .property("focusable", false)
            .property("accessible-role", gtk::AccessibleRole::Group)
            .build();
        Self { child, name, value }
    }
}
