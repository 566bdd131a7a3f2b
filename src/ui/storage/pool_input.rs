//! Mouse and keyboard on the list of pools: the menu of a pool, and the keys for what is done most.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;

use super::page::StoragePage;
use super::pool_actions::menu;

/// Makes the list listen.
pub(super) fn install(page: &Rc<StoragePage>) {
    let list = page.list.list();
    let click = gtk::GestureClick::builder().button(gdk::BUTTON_SECONDARY).build();
    let weak = page.weak();
    click.connect_pressed(move |gesture, _, x, y| {
        let Some(page) = weak.upgrade() else { return };
        let Some(row) = page.list.list().row_at_y(y as i32) else {
            return;
        };
        gesture.set_state(gtk::EventSequenceState::Claimed);
        page.list.list().select_row(Some(&row));
        row.grab_focus();
        open(&page, x, y);
    });
    list.add_controller(click);
    let keys = gtk::EventControllerKey::new();
    let weak = page.weak();
    keys.connect_key_pressed(move |_, key, _, modifiers| {
        let Some(page) = weak.upgrade() else {
            return glib::Propagation::Proceed;
        };
        let shift = modifiers.contains(gdk::ModifierType::SHIFT_MASK);
        match key {
            gdk::Key::Delete | gdk::Key::KP_Delete if page.may_change() => activate(&page, "pool.delete"),
            gdk::Key::F2 if page.may_change() => activate(&page, "pool.rename"),
            gdk::Key::Menu => at_focus(&page),
            gdk::Key::F10 if shift => at_focus(&page),
            _ => return glib::Propagation::Proceed,
        }
        glib::Propagation::Stop
    });
    list.add_controller(keys);
}

fn activate(page: &StoragePage, action: &str) {
    if page.list.list().activate_action(action, None).is_err() {
        tracing::warn!(action, "a key leads nowhere");
    }
}

fn at_focus(page: &StoragePage) {
    let list = page.list.list();
    let bounds = list.selected_row().and_then(|row| row.compute_bounds(list));
    if let Some(bounds) = bounds {
        open(
            page,
            f64::from(bounds.x()) + 48.0,
            f64::from(bounds.y() + bounds.height() / 2.0),
        );
    }
}

/// Opens the menu of the pool that is shown, at a point of the list.
fn open(page: &StoragePage, x: f64, y: f64) {
    let Some(pool) = page.pool() else { return };
    let (list, root) = (page.list.list(), page.list.widget());
    let popover = menu(page, &pool).popover();
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.set_parent(root);
    if let Some((x, y)) = list.translate_coordinates(root, x, y) {
        popover.set_pointing_to(Some(&gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
    }
    popover.connect_closed(|popover| {
        // Its actions are still to be activated.
        let popover = popover.clone();
        glib::idle_add_local_once(move || popover.unparent());
    });
    popover.popup();
}
