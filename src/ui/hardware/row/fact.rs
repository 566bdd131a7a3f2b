//! Rows that are only shown, and rows with a button.

use gtk4 as gtk;
use gtk4::pango;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::{Frame, RowEvent, RowView, Say};
use crate::model::hardware::{Button, Control, Row};
use crate::ui::widgets::set_tip;

/// A text that can be selected and copied.
pub struct FactRow {
    frame: Frame,
    value: gtk::Label,
}

impl FactRow {
    pub fn new(row: &Row) -> Self {
        let frame = Frame::new(row);
        let value = value_label();
        frame.hold(&value);
        Self { frame, value }
    }
}

impl RowView for FactRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(row.control, Control::Fact)
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
        set_value(&self.value, row.value.text());
    }

    fn focus(&self) {
        self.value.grab_focus();
    }
}

/// A text of any length at the end of a row: in one line where it fits.
fn value_label() -> gtk::Label {
    gtk::Label::builder()
        .css_classes(["dim-label"])
        .selectable(true)
        .xalign(1.0)
        .justify(gtk::Justification::Right)
        .hexpand(true)
        .halign(gtk::Align::End)
        .wrap(true)
        .wrap_mode(pango::WrapMode::WordChar)
        .natural_wrap_mode(gtk::NaturalWrapMode::None)
        .lines(4)
        .ellipsize(pango::EllipsizeMode::End)
        .max_width_chars(44)
        .build()
}

/// Longest text in characters that a line has room for beside its title.
const LINE: usize = 40;

fn set_value(label: &gtk::Label, text: &str) {
    if label.text() != text {
        // A long one would leave no room for the title.
        let mode = match text.chars().count() > LINE {
            true => gtk::NaturalWrapMode::Inherit,
            false => gtk::NaturalWrapMode::None,
        };
        label.set_natural_wrap_mode(mode);
        label.set_text(text);
        set_tip(label, Some(text).filter(|text| text.len() > LINE));
    }
}

/// A button, beside the value that it is about, where there is one.
pub struct ButtonRow {
    frame: Frame,
    value: gtk::Label,
    button: gtk::Button,
}

impl ButtonRow {
    pub fn new(row: &Row, say: Say) -> Self {
        let frame = Frame::new(row);
        let button = gtk::Button::builder().valign(gtk::Align::Center).build();
        let value = value_label();
        if let Control::Button(_, deed) = row.control {
            // Nothing to copy: one stop less for the keyboard.
            value.set_selectable(!matches!(deed, Button::Own(..)));
            button.connect_clicked(move |_| say(RowEvent::Pressed(deed)));
        }
        frame.row.add_suffix(&value);
        frame.hold(&button);
        Self { frame, value, button }
    }
}

impl RowView for ButtonRow {
    fn widget(&self) -> adw::PreferencesRow {
        self.frame.row.clone().upcast()
    }

    fn fits(&self, row: &Row) -> bool {
        matches!(&row.control, Control::Button(label, _) if self.button.label().as_deref() == Some(label))
    }

    fn show(&self, row: &Row, problem: Option<&str>) {
        self.frame.show(row, problem);
        if let Control::Button(label, _) = &row.control {
            self.button.set_label(label);
        }
        self.button.set_sensitive(row.locked.is_none());
        set_value(&self.value, row.value.text());
        self.value.set_visible(row.value.some().is_some());
    }

    fn focus(&self) {
        self.button.grab_focus();
    }
}
