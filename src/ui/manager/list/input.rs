//! Mouse and keyboard on the list, as far as GTK does not know them: menus, double click, and keys for what is done most.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;

use super::{List, ListEvent};
use crate::model::view::Item;
use crate::ui::actions;
use crate::ui::manager::strip::Strip;

impl List {
    /// Makes one of the views listen.
    pub(super) fn connect_input(self: &Rc<Self>, view: &gtk::Widget) {
        self.connect_keys(view);
        self.connect_menu(view);
        self.connect_double_click(view);
    }

    fn connect_keys(self: &Rc<Self>, view: &gtk::Widget) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, modifiers| match weak.upgrade() {
            Some(list) if list.take_key(key, modifiers) => glib::Propagation::Stop,
            _ => glib::Propagation::Proceed,
        });
        view.add_controller(keys);
    }

    /// Returns whether the key was one of ours.
    fn take_key(&self, key: gdk::Key, modifiers: gdk::ModifierType) -> bool {
        let plain = !modifiers
            .intersects(gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::SHIFT_MASK | gdk::ModifierType::ALT_MASK);
        let shift = modifiers.contains(gdk::ModifierType::SHIFT_MASK);
        let machines = self.model.selected();
        let host = self.model.selected_host();
        let host_target = host.map(|host| host.to_string().to_variant());
        match key {
            gdk::Key::space if plain => match machines[..] {
                [only] => (self.events)(ListEvent::Toggled(only)),
                _ => return false,
            },
            gdk::Key::F2 if plain => match (&machines[..], host_target) {
                ([_], _) => self.activate("domain.rename", &actions::target(&machines)),
                ([], Some(target)) => self.activate("host.edit", &target),
                _ => return false,
            },
            gdk::Key::Delete if plain => match (&machines[..], host_target) {
                ([_, ..], _) => self.activate("domain.delete", &actions::target(&machines)),
                ([], Some(target)) => self.activate("host.remove", &target),
                _ => return false,
            },
            gdk::Key::Menu | gdk::Key::F10 if key == gdk::Key::Menu || shift => {
                let (x, y) = self.focused_place();
                match host {
                    _ if !machines.is_empty() => (self.events)(ListEvent::Menu(x, y)),
                    Some(host) => (self.events)(ListEvent::HostMenu(host, x, y)),
                    None => return false,
                }
            }
            _ => return false,
        }
        true
    }

    fn activate(&self, action: &str, target: &glib::Variant) {
        if let Err(error) = self.view().activate_action(action, Some(target)) {
            tracing::warn!(action, %error, "a key leads nowhere");
        }
    }

    /// Where a menu belongs that was not asked for with the mouse: at the line that has the keyboard.
    fn focused_place(&self) -> (f64, f64) {
        let focus = self.root.root().and_then(|root| root.focus());
        let line = focus.filter(|widget| widget.is_ancestor(&self.view()));
        let bounds = line.and_then(|line| line.compute_bounds(&self.root));
        let (x, y) = bounds.map_or((0.0, 0.0), |bounds| (bounds.x(), bounds.y() + bounds.height() / 2.0));
        (f64::from(x) + 48.0, f64::from(y))
    }

    /// Double click. GTK's own does not count when the rows move between the clicks, as they do when the first one brings
    /// the bar of bulk actions up; points of the view do not move, and the first click decides what is meant.
    fn connect_double_click(self: &Rc<Self>, view: &gtk::Widget) {
        let click = gtk::GestureClick::builder()
            .button(1)
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let first = Cell::new(None);
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |gesture, count, x, y| {
            let Some(list) = weak.upgrade() else { return };
            let under = list.strip_at(x, y);
            if let Some((strip, x)) = &under
                && let Some(Item::Host(host)) = strip.row().and_then(|row| row.item())
                && strip.is_arrow(*x)
            {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                list.toggle(host);
                return;
            }
            if count == 1 {
                first.set(under.and_then(|(strip, _)| strip.row()).and_then(|row| row.item()));
            } else if count == 2
                && let Some(Item::Domain(key)) = first.take()
            {
                (list.events)(ListEvent::Opened(key));
            }
        });
        view.add_controller(click);
    }

    /// Right click: what is under the pointer becomes the selection unless it is part of it, and has the keyboard.
    fn connect_menu(self: &Rc<Self>, view: &gtk::Widget) {
        let click = gtk::GestureClick::builder().button(3).build();
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |gesture, _, x, y| {
            let Some(list) = weak.upgrade() else { return };
            let strip = list.strip_at(x, y).map(|(strip, _)| strip);
            let item = strip.as_ref().and_then(Strip::row).and_then(|row| row.item());
            let (Some(item), Some((x, y))) = (item, list.view().translate_coordinates(&list.root, x, y)) else {
                return;
            };
            gesture.set_state(gtk::EventSequenceState::Claimed);
            let line = strip.and_then(|strip| strip.parent());
            if let Some(line) = &line {
                line.grab_focus();
            }
            let selected = match item {
                Item::Domain(key) => list.model.selected().contains(&key),
                Item::Host(host) => list.model.selected_host() == Some(host),
            };
            if let Some(line) = line.filter(|_| !selected) {
                // By GTK's own hand, so that Shift and an arrow go on from here.
                let alone = (false, false).to_variant();
                if line.activate_action("listitem.select", Some(&alone)).is_err() {
                    list.model.choose(HashSet::from([item]));
                }
            }
            (list.events)(match item {
                Item::Domain(_) => ListEvent::Menu(x, y),
                Item::Host(host) => ListEvent::HostMenu(host, x, y),
            });
        });
        view.add_controller(click);
    }

    /// The line under a point of the view, and the point's distance from the line's left edge.
    fn strip_at(&self, x: f64, y: f64) -> Option<(Strip, f64)> {
        let view = self.view();
        let under = view.pick(x, y, gtk::PickFlags::DEFAULT)?;
        let strip = under.ancestor(Strip::static_type()).and_downcast::<Strip>()?;
        let (inside, _) = view.translate_coordinates(&strip, x, y)?;
        Some((strip, inside))
    }
}
