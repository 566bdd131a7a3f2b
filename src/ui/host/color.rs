//! Colours that tell hosts apart.

use std::cell::Cell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;

use crate::i18n::tr_c;
use crate::ui::widgets::Tip;

/// Names as they are kept, and their colours: ones that stand out on light and dark.
const COLORS: &[(&str, &str)] = &[
    ("blue", "#3584e4"),
    ("green", "#2ec27e"),
    ("yellow", "#e5a50a"),
    ("orange", "#ff7800"),
    ("red", "#e01b24"),
    ("purple", "#9141ac"),
    ("brown", "#986a44"),
];

/// The colour that a host's `color` names; `None` for names that this version does not know.
#[must_use]
pub fn rgba(name: &str) -> Option<gdk::RGBA> {
    let (_, hex) = COLORS.iter().find(|(known, _)| *known == name)?;
    gdk::RGBA::parse(*hex).ok()
}

fn label(name: Option<&str>) -> String {
    match name {
        None => tr_c("colour", "None"),
        Some("blue") => tr_c("colour", "Blue"),
        Some("green") => tr_c("colour", "Green"),
        Some("yellow") => tr_c("colour", "Yellow"),
        Some("orange") => tr_c("colour", "Orange"),
        Some("red") => tr_c("colour", "Red"),
        Some("purple") => tr_c("colour", "Purple"),
        Some("brown") => tr_c("colour", "Brown"),
        Some(other) => other.to_owned(),
    }
}

/// A round patch of a colour; an empty ring for none.
#[must_use]
pub fn patch(name: Option<&str>, size: i32) -> gtk::DrawingArea {
    let color = name.and_then(rgba);
    let area = gtk::DrawingArea::builder()
        .content_width(size)
        .content_height(size)
        .halign(gtk::Align::Center)
        .valign(gtk::Align::Center)
        .build();
    area.set_draw_func(move |area, cairo, width, height| {
        let (width, height) = (f64::from(width), f64::from(height));
        let radius = width.min(height) / 2.0 - 1.0;
        cairo.arc(width / 2.0, height / 2.0, radius, 0.0, std::f64::consts::TAU);
        match color {
            Some(color) => {
                cairo.set_source_color(&color);
                // A failed drawing has nothing better to fall back to.
                let _ = cairo.fill();
            }
            None => {
                cairo.set_source_color(&area.style_context().color());
                cairo.set_line_width(1.5);
                let _ = cairo.stroke();
            }
        }
    });
    area
}

/// A row of patches to choose from; `chosen` hears the name.
pub(super) fn chooser(current: Option<&str>, chosen: impl Fn(Option<String>) + 'static) -> gtk::Box {
    let row = gtk::Box::builder().valign(gtk::Align::Center).build();
    let chosen = Rc::new(chosen);
    let quiet = Rc::new(Cell::new(true));
    let mut first: Option<gtk::ToggleButton> = None;
    for name in std::iter::once(None).chain(COLORS.iter().map(|(name, _)| Some(*name))) {
        let button = gtk::ToggleButton::builder()
            .child(&patch(name, 16))
            .css_classes(["flat", "circular", "vireo-color"])
            .valign(gtk::Align::Center)
            .active(name == current)
            .build()
            .with_tip(label(name));
        button.update_property(&[gtk::accessible::Property::Label(&label(name))]);
        button.set_group(first.as_ref());
        first.get_or_insert_with(|| button.clone());
        let (chosen, quiet) = (chosen.clone(), quiet.clone());
        button.connect_toggled(move |button| {
            if button.is_active() && !quiet.get() {
                chosen(name.map(ToOwned::to_owned));
            }
        });
        row.append(&button);
    }
    quiet.set(false);
    row
}
