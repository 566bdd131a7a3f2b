//! The heading of one column.

use std::cell::Cell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::column::{self, Columns};
use crate::i18n::{tr, tr_f};
use crate::model::view::Column;
use crate::ui::widgets::set_tip;

/// The heading of a column: a button that sorts.
pub(super) struct Heading {
    /// Which one.
    pub(super) column: Column,
    /// The widget.
    pub(super) button: gtk::Button,
    arrow: gtk::Image,
    /// What is shown of the order: `None` before the first time.
    order: Cell<Option<Option<bool>>>,
}

impl Heading {
    /// The heading of a column, without order.
    pub(super) fn new(column: Column, columns: &Rc<Columns>) -> Self {
        let figures = column::shows_figures(column);
        let title = gtk::Label::builder()
            .label(column::title(column))
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let arrow = gtk::Image::builder()
            .accessible_role(gtk::AccessibleRole::Presentation)
            .visible(false)
            .build();
        let line = gtk::Box::builder()
            .spacing(4)
            .halign(if figures { gtk::Align::End } else { gtk::Align::Start })
            .build();
        line.append(&title);
        line.append(&arrow);
        let button = gtk::Button::builder()
            .child(&line)
            .css_classes(["flat"])
            .accessible_role(gtk::AccessibleRole::ColumnHeader)
            .build();
        button.update_property(&[gtk::accessible::Property::Label(&column::title(column))]);
        let weak = Rc::downgrade(columns);
        button.connect_clicked(move |_| {
            if let Some(columns) = weak.upgrade() {
                columns.sort(column);
            }
        });
        Self {
            column,
            button,
            arrow,
            order: Cell::default(),
        }
    }

    /// Shows whether the list is sorted by a column: `Some` with whether downwards.
    pub(super) fn show_order(&self, order: Option<bool>) {
        if self.order.replace(Some(order)) == Some(order) {
            return;
        }
        let title = column::title(self.column);
        let (icon, sort, hint) = match order {
            None => (
                None,
                gtk::AccessibleSort::None,
                tr_f("Sort by {column}", &[("column", &title)]),
            ),
            Some(false) => (
                Some("pan-up-symbolic"),
                gtk::AccessibleSort::Ascending,
                tr("Sorted upwards"),
            ),
            Some(true) => (
                Some("pan-down-symbolic"),
                gtk::AccessibleSort::Descending,
                tr("Sorted downwards"),
            ),
        };
        self.arrow.set_icon_name(icon);
        self.arrow.set_visible(icon.is_some());
        set_tip(&self.button, Some(&hint));
        self.button.update_property(&[
            gtk::accessible::Property::Description(&hint),
            gtk::accessible::Property::Sort(sort),
        ]);
        if order.is_some() {
            self.button.add_css_class("sorted");
        } else {
            self.button.remove_css_class("sorted");
        }
    }
}
