//! The question mark of a row: what it does, what it writes, when it takes effect.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::{tr, tr_f};
use crate::model::hardware::{Control, Row};
use crate::ui::widgets::set_tip;

/// Longest line in characters.
const WIDTH: i32 = 44;

/// A button with a popover that is made when it is opened.
pub struct Help {
    button: gtk::MenuButton,
}

impl Help {
    pub fn new() -> Self {
        let button = gtk::MenuButton::builder()
            .icon_name("vireo-question-symbolic")
            .css_classes(["flat", "circular", "vireo-help"])
            .valign(gtk::Align::Center)
            .build();
        Self { button }
    }

    pub fn widget(&self) -> &gtk::MenuButton {
        &self.button
    }

    pub fn show(&self, row: &Row) {
        self.button.set_visible(!row.help.is_empty());
        if row.help.is_empty() {
            return;
        }
        let name = tr_f("About “{name}”", &[("name", &row.title)]);
        set_tip(&self.button, Some(&name));
        self.button.update_property(&[gtk::accessible::Property::Label(&name)]);
        let (help, xml, when) = (row.help.clone(), row.xml, when(row));
        self.button.set_create_popup_func(move |button| {
            button.set_popover(Some(&popover(&help, xml, &when)));
        });
    }
}

fn when(row: &Row) -> String {
    match row.control {
        Control::OfHost(_) => tr("Takes effect at once, without applying."),
        _ if row.live => tr("Takes effect at once where the guest can follow."),
        _ => tr("Takes effect at the next start."),
    }
}

fn popover(help: &str, xml: &str, when: &str) -> gtk::Popover {
    let content = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(9)
        .margin_top(6)
        .margin_bottom(6)
        .margin_start(6)
        .margin_end(6)
        .build();
    content.append(&line(help, &[]));
    if !xml.is_empty() {
        let xml = line(xml, &["monospace", "vireo-code"]);
        xml.set_selectable(true);
        content.append(&xml);
    }
    content.append(&line(when, &["dim-label", "caption"]));
    gtk::Popover::builder().child(&content).build()
}

fn line(text: &str, classes: &'static [&'static str]) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .css_classes(classes)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .max_width_chars(WIDTH)
        .xalign(0.0)
        .build()
}
