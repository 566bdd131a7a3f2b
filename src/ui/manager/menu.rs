//! Context menus of the list and the sidebar.

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::i18n::tr;
use crate::model::key::{DomainKey, HostId};
use crate::ui::actions;
use crate::ui::core::Core;

/// Opens the menu of machines at a point of `parent`.
pub(super) fn machines(core: &Core, keys: &[DomainKey], parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    // A section within a section gets no line around it.
    let menu = actions::menu(core, keys);
    if keys.len() == 1 {
        let open = gio::Menu::new();
        let item = gio::MenuItem::new(Some(&tr("_Open")), None);
        item.set_action_and_target_value(Some("win.open"), Some(&actions::target(keys)));
        open.append_item(&item);
        menu.prepend_section(None, &open);
    }
    let popover = popup(&menu, parent, x, y);
    explain(&popover, &actions::reasons(core, keys));
}

/// Opens the menu of a host at a point of `parent`.
pub(super) fn host(core: &Core, id: HostId, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    let target = id.to_string().to_variant();
    let connected = core.store().host(id).is_some_and(|host| host.status.is_connected());
    let menu = gio::Menu::new();
    let add = |section: &gio::Menu, label: String, name: &str| {
        let item = gio::MenuItem::new(Some(&label), None);
        item.set_action_and_target_value(Some(name), Some(&target));
        section.append_item(&item);
    };
    let link = gio::Menu::new();
    if connected {
        add(&link, tr("_Disconnect"), "host.disconnect");
    } else {
        add(&link, tr("_Connect"), "host.connect");
        if core.client(id).is_some() {
            add(&link, tr("Sto_p Trying"), "host.disconnect");
        }
    }
    menu.append_section(None, &link);
    let change = gio::Menu::new();
    add(&change, tr("_Edit…"), "host.edit");
    add(&change, tr("_Remove…"), "host.remove");
    menu.append_section(None, &change);
    popup(&menu, parent, x, y);
}

/// Opens the menu of a saved search at a point of `parent`.
pub(super) fn search(name: &str, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) {
    let menu = gio::Menu::new();
    let item = gio::MenuItem::new(Some(&tr("_Remove Search")), None);
    item.set_action_and_target_value(Some("win.remove-search"), Some(&name.to_variant()));
    menu.append_item(&item);
    popup(&menu, parent, x, y);
}

/// Gives grey entries their reason as a tooltip. The widgets exist once the popover was shown.
fn explain(popover: &gtk::PopoverMenu, reasons: &[(String, String)]) {
    let mut left = vec![popover.clone().upcast::<gtk::Widget>()];
    while let Some(widget) = left.pop() {
        if widget.css_name() == "modelbutton" && widget.find_property("text").is_some() {
            let text: Option<String> = widget.property("text");
            let found = reasons.iter().find(|(label, _)| Some(label) == text.as_ref());
            widget.set_tooltip_text(found.map(|(_, reason)| reason.as_str()));
        }
        let mut child = widget.first_child();
        while let Some(next) = child {
            child = next.next_sibling();
            left.push(next);
        }
    }
}

fn popup(menu: &gio::Menu, parent: &impl IsA<gtk::Widget>, x: f64, y: f64) -> gtk::PopoverMenu {
    let popover = gtk::PopoverMenu::from_model(Some(menu));
    popover.set_parent(parent);
    popover.set_has_arrow(false);
    popover.set_halign(gtk::Align::Start);
    popover.set_pointing_to(Some(&gtk::gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
    // The action runs after the popover closed, so that it is unparented later.
    popover.connect_closed(|popover| {
        let popover = popover.clone();
        glib::idle_add_local_once(move || popover.unparent());
    });
    popover.popup();
    popover
}
