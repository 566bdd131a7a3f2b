//! The tiles for what a machine begins with.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
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
    pub fn new(chosen: impl Fn(Begin) + 'static) -> Rc<Self> {
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
        let this = Rc::new(Self {
            root,
            flow,
            words,
            tiles: RefCell::default(),
            shown: Rc::default(),
            chosen: Rc::new(chosen),
        });
        this.connect();
        this
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
        let tiles = self.tiles.borrow().clone();
        for (begin, tile) in &tiles {
            let is_chosen = *begin == chosen;
            // What the chosen one means stands below.
            set_tip(
                tile,
                Some(&begin.description()).filter(|_| !is_chosen).map(String::as_str),
            );
            if is_chosen && !tile.is_active() {
                tile.set_active(true);
            }
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
                    tile.grab_focus();
                    chosen(begin);
                }
            });
            let child = gtk::FlowBoxChild::builder().child(&tile).focusable(false).build();
            self.flow.append(&child);
            tiles.push((begin, tile));
        }
        self.tiles.replace(tiles);
    }

    /// Makes them one stop for Tab, in which the arrows go from tile to tile.
    fn connect(self: &Rc<Self>) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, state| {
            let is_plain = !state.intersects(gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::ALT_MASK);
            match weak.upgrade().filter(|_| is_plain) {
                Some(this) if this.step(key) => glib::Propagation::Stop,
                _ => glib::Propagation::Proceed,
            }
        });
        self.flow.add_controller(keys);
        let came = gtk::EventControllerFocus::new();
        let weak = Rc::downgrade(self);
        came.connect_enter(move |_| {
            let weak = weak.clone();
            glib::idle_add_local_once(move || {
                // Unless it has gone on already.
                if let Some(this) = weak.upgrade().filter(|this| this.flow.focus_child().is_some()) {
                    this.focus();
                }
            });
        });
        self.flow.add_controller(came);
    }

    /// Goes on from the tiles: the box itself would stop at each.
    fn leave(&self, direction: gtk::DirectionType) -> bool {
        let next = match direction {
            gtk::DirectionType::TabForward => gtk::Widget::next_sibling,
            _ => gtk::Widget::prev_sibling,
        };
        let first = next(self.root.upcast_ref());
        std::iter::successors(first, next).any(|widget| widget.child_focus(direction))
    }

    /// Chooses the tile that a key leads to; whether it is such a key.
    fn step(&self, key: gdk::Key) -> bool {
        let tiles = self.tiles.borrow().clone();
        let Some(at) = tiles.iter().position(|(_, tile)| tile.is_active()) else {
            return false;
        };
        let top = |tile: &gtk::ToggleButton| tile.compute_bounds(&self.flow).map_or(0.0, |bounds| bounds.y());
        let columns = tiles
            .iter()
            .take_while(|(_, tile)| top(tile) <= tiles.first().map_or(0.0, |(_, first)| top(first)))
            .count();
        let is_mirrored = self.flow.direction() == gtk::TextDirection::Rtl;
        let to = match key {
            gdk::Key::Tab => return self.leave(gtk::DirectionType::TabForward),
            gdk::Key::ISO_Left_Tab => return self.leave(gtk::DirectionType::TabBackward),
            gdk::Key::Home => Some(0),
            gdk::Key::End => tiles.len().checked_sub(1),
            gdk::Key::Up => at.checked_sub(columns),
            gdk::Key::Down => Some(at + columns),
            gdk::Key::Left if is_mirrored => Some(at + 1),
            gdk::Key::Right if is_mirrored => at.checked_sub(1),
            gdk::Key::Left => at.checked_sub(1),
            gdk::Key::Right => Some(at + 1),
            _ => return false,
        };
        if let Some((_, tile)) = to.and_then(|to| tiles.get(to)) {
            tile.grab_focus();
            tile.set_active(true);
        }
        true
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
    tile
}
