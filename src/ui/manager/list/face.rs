//! The two faces of the list: lines with columns, and cards with pictures. Model, selection and input are the same.

use std::cell::Cell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::List;
use crate::model::key::DomainKey;
use crate::model::sample::StatGroups;
use crate::model::view::{Column, Item};
use crate::ui::manager::column::ROW_HEIGHT;
use crate::ui::manager::grid::{self, Look, Watch};
use crate::ui::manager::row::Row;
use crate::ui::manager::strip::{Sheet, Strip};

/// The cards.
pub(super) struct Grid {
    view: gtk::GridView,
    look: Rc<Look>,
}

impl List {
    /// What shows the machines now.
    #[must_use]
    pub fn view(&self) -> gtk::Widget {
        match self.grid.get() {
            Some(grid) if self.is_grid.get() => grid.view.clone().upcast(),
            _ => self.lines.clone().upcast(),
        }
    }

    /// Where the pictures of the cards come from; `None` before there were cards.
    #[must_use]
    pub fn watch(&self) -> Option<&Rc<Watch>> {
        self.grid.get().map(|grid| &grid.look.watch)
    }

    /// Shows cards, or lines. What is selected stays selected.
    pub fn set_grid(self: &Rc<Self>, is_grid: bool) {
        if self.is_grid.get() == is_grid {
            return;
        }
        let had_focus = self.view().state_flags().contains(gtk::StateFlags::FOCUS_WITHIN);
        let grid = self.grid.get_or_init(|| self.make_grid());
        self.header.set_visible(!is_grid);
        // A view without the model keeps no widgets.
        if is_grid {
            self.lines.set_model(gtk::SelectionModel::NONE);
        } else {
            grid.view.set_model(gtk::SelectionModel::NONE);
        }
        self.is_grid.set(is_grid);
        self.scroller.set_child(Some(&self.view()));
        if is_grid {
            self.count_hosts();
            self.widen();
            grid.view.set_model(Some(&self.model));
        } else {
            self.lines.set_model(Some(&self.model));
        }
        if had_focus {
            self.grab_focus();
        }
    }

    fn make_grid(self: &Rc<Self>) -> Grid {
        let weak = Rc::downgrade(self);
        let watch = Watch::new(&self.core, move |key| {
            if let Some(list) = weak.upgrade() {
                list.redraw(key);
            }
        });
        let look = Rc::new(Look {
            watch,
            several_hosts: Cell::new(false),
        });
        let weak = Rc::downgrade(self);
        let sheet = Rc::new(Sheet {
            columns: self.columns.clone(),
            look: Some(look.clone()),
            screen: self.scroller.downgrade(),
            fill: Box::new(move |row| weak.upgrade().is_some_and(|list| list.fill(row))),
        });
        let view = grid::view(&factory(sheet));
        let weak = Rc::downgrade(self);
        view.connect_activate(move |_, position| {
            if let Some(list) = weak.upgrade() {
                list.open(position);
            }
        });
        let weak = Rc::downgrade(self);
        self.scroller.hadjustment().connect_page_size_notify(move |_| {
            // Not within the allocation that changes it.
            let weak = weak.clone();
            glib::idle_add_local_full(glib::Priority::HIGH_IDLE, move || {
                if let Some(list) = weak.upgrade() {
                    list.widen();
                }
                glib::ControlFlow::Break
            });
        });
        self.connect_view(view.upcast_ref());
        Grid { view, look }
    }

    /// Draws the card of a machine, or all of them.
    fn redraw(&self, key: Option<DomainKey>) {
        let rows = match key {
            Some(key) => self.model.row(Item::Domain(key)).into_iter().collect(),
            None => self.model.rows(),
        };
        for strip in rows.iter().filter_map(Row::strip) {
            strip.queue_draw();
        }
    }

    /// Whether cards say where their machines are.
    pub(super) fn count_hosts(&self) {
        if let Some(grid) = self.grid.get() {
            grid.look.several_hosts.set(self.core.store().hosts().nth(1).is_some());
        }
    }

    /// Puts as many cards side by side as there is room for.
    pub(super) fn widen(&self) {
        let has_room = self.scroller.width() > 0;
        if let Some(grid) = self.grid.get().filter(|_| self.is_grid.get() && has_room) {
            let text_scale = f64::from(self.columns.row_height()) / f64::from(ROW_HEIGHT);
            grid::arrange(&grid.view, self.scroller.width(), text_scale);
        }
    }

    /// What one view needs to be told of.
    pub(super) fn connect_view(self: &Rc<Self>, view: &gtk::Widget) {
        let weak = Rc::downgrade(self);
        view.connect_map(move |_| {
            let Some(list) = weak.upgrade() else { return };
            list.shown.set(true);
            list.measure_text();
            list.widen();
            list.refill();
            // Cards have no place yet.
            list.scrolled();
            if !list.is_grid.get() {
                list.tell_rows();
            }
        });
        let weak = Rc::downgrade(self);
        view.connect_unmap(move |_| {
            let Some(list) = weak.upgrade() else { return };
            list.shown.set(false);
            list.tell_hidden();
        });
        self.connect_input(view);
    }

    fn tell_hidden(&self) {
        self.core.show_rows(self.id, Vec::new(), StatGroups::default());
        if let Some(watch) = self.watch() {
            watch.show(Vec::new(), (0, 0));
        }
    }

    /// Tells the core and the taker of pictures which cards are on screen. Worked out from the place of the scroll bar: the
    /// widgets follow it in the next frame only.
    fn tell_cards(&self) {
        let Some(grid) = self.grid.get() else { return };
        let adjustment = self.scroller.vadjustment();
        let (columns, count) = (grid.view.max_columns().max(1), self.model.n_items());
        let height = adjustment.upper() / f64::from(count.div_ceil(columns).max(1));
        let top = adjustment.value() / height;
        let bottom = (adjustment.value() + adjustment.page_size()) / height;
        let mut keys = Vec::new();
        if height >= 1.0 {
            let first = top.floor() as u32 * columns;
            let beyond = (bottom.ceil() as u32).saturating_mul(columns).min(count);
            keys.extend((first..beyond).filter_map(|position| match self.model.at(position) {
                Some(Item::Domain(key)) => Some(key),
                _ => None,
            }));
        }
        // The cards themselves may be as they were in the last frame.
        let column = grid.view.width() / columns.cast_signed();
        let rows = self.model.rows();
        let widths = rows.iter().filter_map(Row::strip).map(|strip| strip.width());
        let width = widths.filter(|width| (column - 12..=column).contains(width)).max();
        let size = grid::picture_size(width.unwrap_or(column - 4), self.root.scale_factor());
        grid.look.watch.show(keys.clone(), size);
        self.core.show_rows(self.id, keys, StatGroups::default());
    }

    /// Position of the first line on screen, with its fraction, and the height of a line; `None` for cards.
    pub(super) fn geometry(&self) -> Option<(f64, f64)> {
        let height = f64::from(self.columns.row_height());
        (self.model.n_items() > 0 && !self.is_grid.get())
            .then(|| (self.scroller.vadjustment().value() / height, height))
    }

    /// Columns and rows grow with the user's size of text.
    pub(super) fn connect_text_size(self: &Rc<Self>) {
        let Some(settings) = gtk::Settings::default() else {
            return;
        };
        for property in ["gtk-font-name", "gtk-xft-dpi"] {
            let weak = Rc::downgrade(self);
            let handler = settings.connect_notify_local(Some(property), move |_, _| {
                // The style follows with the next frame.
                let weak = weak.clone();
                glib::idle_add_local_full(glib::Priority::LOW, move || {
                    if let Some(list) = weak.upgrade() {
                        list.measure_text();
                    }
                    glib::ControlFlow::Break
                });
            });
            self.handlers.borrow_mut().push((settings.clone(), handler));
        }
    }

    fn measure_text(&self) {
        if self.columns.set_text(&self.root.pango_context()) {
            self.widen();
            for strip in self.model.rows().iter().filter_map(Row::strip) {
                strip.queue_resize();
            }
        }
    }

    /// Tells the core which machines are on screen and which figures their columns show.
    pub fn tell_rows(&self) {
        if !self.shown.get() {
            return;
        }
        if self.is_grid.get() {
            self.tell_cards();
            return;
        }
        let Some((first, height)) = self.geometry() else {
            self.core.show_rows(self.id, Vec::new(), StatGroups::default());
            return;
        };
        let count = (self.scroller.vadjustment().page_size() / height).ceil() as u32 + 1;
        let first = first.floor() as u32;
        let rows = (first..first.saturating_add(count)).filter_map(|position| match self.model.at(position) {
            Some(Item::Domain(key)) => Some(key),
            _ => None,
        });
        let groups = StatGroups {
            cpu: self.columns.is_visible(Column::Cpu),
            vcpu: false,
            memory: self.columns.is_visible(Column::Memory),
            disk: self.columns.is_visible(Column::Disk),
            net: self.columns.is_visible(Column::Network),
        };
        self.core.show_rows(self.id, rows.collect(), groups);
    }
}

/// Makes the lines or the cards.
pub(super) fn factory(sheet: Rc<Sheet>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, object| {
        if let Some(item) = object.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&Strip::new(&sheet)));
        }
    });
    let strip = |item: &gtk::ListItem| item.child().and_downcast::<Strip>();
    factory.connect_bind(move |_, object| {
        if let Some(item) = object.downcast_ref::<gtk::ListItem>()
            && let Some(strip) = strip(item)
        {
            strip.set_row(item.item().and_downcast::<Row>().as_ref());
        }
    });
    factory.connect_unbind(move |_, object| {
        if let Some(strip) = object.downcast_ref::<gtk::ListItem>().and_then(strip) {
            strip.set_row(None);
        }
    });
    factory
}
