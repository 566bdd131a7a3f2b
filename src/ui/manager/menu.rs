//! Context menus of the list and the sidebar.

use std::cell::Cell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::width::WidthBin;
use crate::i18n::tr;
use crate::model::key::{DomainKey, HostId};
use crate::ui::actions;
use crate::ui::core::Core;
use crate::ui::menu::Menu;

/// Opens the menu of machines at a point of `parent`.
pub(super) fn machines(core: &Core, keys: &[DomainKey], parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    // A section within a section gets no line around it.
    let menu = actions::menu(core, keys);
    if keys.len() == 1 {
        let open = gio::Menu::new();
        let item = gio::MenuItem::new(Some(&tr("_Open")), None);
        item.set_action_and_target_value(Some("win.open"), Some(&actions::target(keys)));
        open.append_item(&item);
        menu.model().prepend_section(None, &open);
    }
    popup(&menu, parent, x, y);
}

/// Opens the menu of a host at a point of `parent`.
pub(super) fn host(core: &Core, id: HostId, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    let target = id.to_string().to_variant();
    let connected = core.store().host(id).is_some_and(|host| host.status.is_connected());
    let menu = Menu::default();
    let add = |section: &gio::Menu, label: String, name: &str| {
        let item = gio::MenuItem::new(Some(&label), None);
        item.set_action_and_target_value(Some(name), Some(&target));
        section.append_item(&item);
    };
    let open = gio::Menu::new();
    add(&open, tr("_Open"), "host.open");
    if connected {
        add(&open, tr("_Storage"), "host.storage");
        add(&open, tr("_Networks"), "host.networks");
        add(&open, tr("De_vices"), "host.devices");
    }
    menu.model().append_section(None, &open);
    let may_change = core.store().host(id).is_some_and(|host| !host.config.read_only);
    if connected && may_change {
        let new = gio::Menu::new();
        add(&new, tr("_New Machine…"), "host.create");
        menu.model().append_section(None, &new);
    }
    let link = gio::Menu::new();
    if connected {
        add(&link, tr("_Disconnect"), "host.disconnect");
    } else {
        add(&link, tr("_Connect"), "host.connect");
        if core.client(id).is_some() {
            add(&link, tr("Sto_p Trying"), "host.disconnect");
        }
    }
    add(&link, tr("C_heck…"), "host.check");
    menu.model().append_section(None, &link);
    let change = gio::Menu::new();
    add(&change, tr("_Edit…"), "host.edit");
    add(&change, tr("_Remove…"), "host.remove");
    menu.model().append_section(None, &change);
    popup(&menu, parent, x, y);
}

/// Opens the menu of a saved search at a point of `parent`.
pub(super) fn search(name: &str, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    let menu = Menu::default();
    let item = gio::MenuItem::new(Some(&tr("_Remove Search")), None);
    item.set_action_and_target_value(Some("win.remove-search"), Some(&name.to_variant()));
    menu.model().append_item(&item);
    popup(&menu, parent, x, y);
}

/// Shows a menu at a point of `parent`. When it is gone the keyboard is where it was: GTK would give it to the first
/// widget of the window.
fn popup(menu: &Menu, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    let parent = parent.as_ref();
    let Some(page) = parent.ancestor(WidthBin::static_type()).and_downcast::<WidthBin>() else {
        return;
    };
    let Some((x, y)) = parent.translate_coordinates(&page, x, y) else {
        return;
    };
    let popover = popover(&page);
    menu.fill(&popover);
    hush(&page, x, y, &popover);
    popover.set_pointing_to(Some(&gtk::gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
    let focus = page.root().and_then(|root| root.focus());
    let focus = focus.map(|widget| widget.downgrade());
    let closed = Rc::new(Cell::new(None));
    let own = closed.clone();
    closed.set(Some(popover.connect_closed(move |popover| {
        if let Some(handler) = own.take() {
            popover.disconnect(handler);
        }
        let focus = focus.clone();
        // After the action, which may show something else.
        glib::idle_add_local_once(move || {
            if let Some(widget) = focus.and_then(|widget| widget.upgrade()).filter(WidgetExt::is_mapped) {
                widget.grab_focus();
            }
        });
    })));
    popover.popup();
}

/// Prepares everything at a point of `parent` for `popover`, a menu that is about to open there. The release of the button goes to
/// the menu, so that GTK 4.8 would go on to show a line as pressed; and tooltips would cover the menu.
pub(super) fn hush(parent: &impl IsA<gtk::Widget>, x: f64, y: f64, popover: &gtk::PopoverMenu) {
    let mut under = parent.pick(x, y, gtk::PickFlags::DEFAULT);
    let mut quiet = Vec::new();
    while let Some(widget) = under {
        widget.unset_state_flags(gtk::StateFlags::ACTIVE);
        if widget.has_tooltip() {
            widget.set_has_tooltip(false);
            quiet.push(widget.downgrade());
        }
        under = widget.parent();
    }
    let handler = Rc::new(Cell::new(None));
    let own = handler.clone();
    handler.set(Some(popover.connect_closed(move |popover| {
        if let Some(id) = own.take() {
            popover.disconnect(id);
        }
        for widget in quiet.iter().filter_map(glib::WeakRef::upgrade) {
            widget.set_has_tooltip(true);
        }
    })));
}

/// The one popover for the menus of a page. It stays: GTK 4.8 goes on to ask the window of a submenu under the pointer for
/// motion when the popover is gone, and crashes.
fn popover(page: &WidthBin) -> gtk::PopoverMenu {
    const CLASS: &str = "context-menu";
    let mut child = page.first_child();
    while let Some(widget) = child {
        child = widget.next_sibling();
        if let Some(popover) = widget
            .downcast_ref::<gtk::PopoverMenu>()
            .filter(|popover| popover.has_css_class(CLASS))
        {
            return popover.clone();
        }
    }
    let popover = gtk::PopoverMenu::from_model(None::<&gio::MenuModel>);
    popover.add_css_class(CLASS);
    popover.set_parent(page);
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    let weak = popover.downgrade();
    page.connect_destroy(move |_| {
        if let Some(popover) = weak.upgrade() {
            popover.unparent();
        }
    });
    popover
}
