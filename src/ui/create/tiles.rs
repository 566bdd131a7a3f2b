//! The tiles for what a machine begins with.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::creation::sheet::Begin;
use crate::ui::widgets::set_tip;

/// One toggle for each way, of which one is on.
pub struct Tiles {
    root: gtk::Box,
    flow: gtk::FlowBox,
    words: gtk::Label,
    tiles: RefCell<Vec<(Begin, gtk::ToggleButton)>>,
    /// What is on: turning it on again says nothing.
    shown: Rc<Cell<Option<Begin>>>,
    chosen: Rc<dyn Fn(Begin)>,
}

impl Tiles {
    /// No tiles yet; `chosen` is told which one the user turned on.
    pub fn new(chosen: impl Fn(Begin) + 'static) -> Self {
        let flow = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .homogeneous(true)
            .min_children_per_line(2)
            .max_children_per_line(4)
            .row_spacing(6)
            .column_spacing(6)
            .css_classes(["vireo-tiles"])
            .build();
        flow.update_property(&[gtk::accessible::Property::Label(&tr("What the machine begins with"))]);
        let words = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .css_classes(["dim-label"])
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 9);
        root.append(&flow);
        root.append(&words);
        Self {
            root,
            flow,
            words,
            tiles: RefCell::default(),
            shown: Rc::default(),
            chosen: Rc::new(chosen),
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows these ways, and which one is chosen.
    pub fn show(&self, offered: &[Begin], chosen: Begin) {
        let same = {
            let tiles = self.tiles.borrow();
            tiles.iter().map(|(begin, _)| *begin).eq(offered.iter().copied())
        };
        if !same {
            self.rebuild(offered);
        }
        self.shown.set(Some(chosen));
        self.words.set_text(&chosen.description());
        let tile = {
            let tiles = self.tiles.borrow();
            tiles
                .iter()
                .find(|(begin, _)| *begin == chosen)
                .map(|(_, tile)| tile.clone())
        };
        if let Some(tile) = tile.filter(|tile| !tile.is_active()) {
            tile.set_active(true);
        }
    }

    /// Puts the keyboard on the tile that is chosen.
    pub fn focus(&self) {
        let tile = {
            let tiles = self.tiles.borrow();
            tiles
                .iter()
                .find(|(_, tile)| tile.is_active())
                .map(|(_, tile)| tile.clone())
        };
        if let Some(tile) = tile {
            tile.grab_focus();
        }
    }

    fn rebuild(&self, offered: &[Begin]) {
        while let Some(child) = self.flow.first_child() {
            self.flow.remove(&child);
        }
        let mut tiles: Vec<(Begin, gtk::ToggleButton)> = Vec::new();
        for begin in offered {
            let tile = tile(*begin);
            tile.set_group(tiles.first().map(|(_, first)| first));
            let (shown, chosen, begin) = (self.shown.clone(), self.chosen.clone(), *begin);
            tile.connect_toggled(move |tile| {
                if tile.is_active() && shown.get() != Some(begin) {
                    shown.set(Some(begin));
                    chosen(begin);
                }
            });
            let child = gtk::FlowBoxChild::builder().child(&tile).focusable(false).build();
            self.flow.append(&child);
            tiles.push((begin, tile));
        }
        self.tiles.replace(tiles);
    }
}

fn tile(begin: Begin) -> gtk::ToggleButton {
    let icon = gtk::Image::builder()
        .icon_name(begin.icon())
        .pixel_size(24)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let title = gtk::Label::builder()
        .label(begin.title())
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .justify(gtk::Justification::Center)
        .max_width_chars(16)
        .css_classes(["vireo-plain"])
        .build();
    let face = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(6)
        .valign(gtk::Align::Center)
        .build();
    face.append(&icon);
    face.append(&title);
    let tile = gtk::ToggleButton::builder()
        .child(&face)
        .css_classes(["vireo-tile"])
        .build();
    tile.update_property(&[gtk::accessible::Property::Label(&begin.title())]);
    set_tip(&tile, Some(&begin.description()));
    tile
}
