//! The list beside a page of a host's tab: what its lines look like, and the button below them.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::ui::widgets::TwoLines;

/// Width of such a list, in pixels.
pub const WIDTH: i32 = 250;

/// A line: whether it runs, what it is called, and what there is to say of it.
pub struct SideLine {
    row: gtk::ListBoxRow,
    dot: gtk::Box,
    title: gtk::Label,
    detail: gtk::Label,
    words: gtk::Box,
}

impl SideLine {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let TwoLines {
            root: words,
            title,
            detail,
        } = TwoLines::new();
        let dot = gtk::Box::builder()
            .css_classes(["vireo-dot"])
            .valign(gtk::Align::Center)
            .accessible_role(gtk::AccessibleRole::Presentation)
            .build();
        let content = gtk::Box::builder().spacing(9).margin_top(6).margin_bottom(6).build();
        content.append(&dot);
        content.append(&words);
        Self {
            row: gtk::ListBoxRow::builder().child(&content).build(),
            dot,
            title,
            detail,
            words,
        }
    }

    /// The widget.
    #[must_use]
    pub fn row(&self) -> &gtk::ListBoxRow {
        &self.row
    }

    /// Puts something below the words.
    pub fn append(&self, widget: &impl IsA<gtk::Widget>) {
        self.words.append(widget);
    }

    /// Shows these words; `said` is the whole line for screen readers. `on` says whether it runs, `None` for what has no such
    /// state.
    pub fn show(&self, title: &str, detail: &str, on: Option<bool>, said: &str) {
        self.title.set_text(title);
        self.detail.set_text(detail);
        self.detail.set_visible(!detail.is_empty());
        self.dot.set_visible(on.is_some());
        if on == Some(true) {
            self.dot.add_css_class("on");
        } else {
            self.dot.remove_css_class("on");
        }
        self.row.update_property(&[gtk::accessible::Property::Label(said)]);
    }
}

impl Default for SideLine {
    fn default() -> Self {
        Self::new()
    }
}

/// The button below a list: a menu of what can be added to it.
#[must_use]
pub fn add_button(label: &str, menu: &gio::Menu) -> gtk::MenuButton {
    let content = adw::ButtonContent::builder()
        .icon_name("list-add-symbolic")
        .label(label)
        .build();
    let button = gtk::MenuButton::builder()
        .child(&content)
        .menu_model(menu)
        .direction(gtk::ArrowType::Up)
        .css_classes(["flat"])
        .margin_top(3)
        .margin_bottom(3)
        .margin_start(3)
        .margin_end(3)
        .build();
    button.update_property(&[gtk::accessible::Property::Label(label)]);
    button
}
