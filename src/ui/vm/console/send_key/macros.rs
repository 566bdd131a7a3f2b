//! The window with the user's own combinations.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::glib;
use relm4::{adw, gtk};

use super::editor;
use crate::i18n::{tr, tr_f};
use crate::model::display::keys::{MOST_MACROS, Macro};
use crate::ui::core::Core;
use crate::ui::message;
use crate::ui::widgets::{Tip, plain_row};

struct List {
    core: Core,
    window: adw::PreferencesWindow,
    group: adw::PreferencesGroup,
    rows: RefCell<Vec<gtk::Widget>>,
    add: gtk::Button,
}

/// Opens the window over that of `place`.
pub fn open(place: &gtk::Widget, core: &Core) {
    let window = adw::PreferencesWindow::builder()
        .title(tr("My Combinations"))
        .modal(true)
        .destroy_with_parent(true)
        .search_enabled(false)
        .default_width(460)
        .default_height(480)
        .build();
    window.set_transient_for(message::window_of(place).as_ref());
    let add = gtk::Button::builder()
        .icon_name("list-add-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Add a combination"));
    add.update_property(&[gtk::accessible::Property::Label(&tr("Add a combination"))]);
    let group = adw::PreferencesGroup::builder()
        .description(tr(
            "Keys that are sent to machines one after the other, under a name in the menu",
        ))
        .header_suffix(&add)
        .build();
    let page = adw::PreferencesPage::new();
    page.add(&group);
    window.add(&page);
    let list = Rc::new(List {
        core: core.clone(),
        window,
        group,
        rows: RefCell::default(),
        add,
    });
    list.fill();
    let weak = Rc::downgrade(&list);
    list.add.connect_clicked(move |_| {
        if let Some(list) = weak.upgrade() {
            list.edit(None);
        }
    });
    let weak = Rc::downgrade(&list);
    let handler = core.settings().connect_changed("key-macros", move || {
        if let Some(list) = weak.upgrade() {
            list.fill();
        }
    });
    let (backend, handler) = (core.settings().backend().clone(), Cell::new(Some(handler)));
    // The window keeps the list for as long as it is open.
    let held = RefCell::new(Some(list.clone()));
    list.window.connect_close_request(move |_| {
        if let Some(handler) = handler.take() {
            backend.disconnect(handler);
        }
        held.take();
        glib::Propagation::Proceed
    });
    list.window.present();
}

impl List {
    fn fill(self: &Rc<Self>) {
        for row in self.rows.take() {
            self.group.remove(&row);
        }
        let macros = self.core.settings().macros();
        let mut rows = Vec::new();
        for (at, own) in macros.iter().enumerate() {
            rows.push(self.row(at, own).upcast());
        }
        if rows.is_empty() {
            let empty = plain_row(&tr("None yet"), &tr("Add one for what you send often."));
            empty.add_css_class("dim-label");
            rows.push(empty.upcast());
        }
        for row in &rows {
            self.group.add(row);
        }
        self.rows.replace(rows);
        self.add.set_sensitive(macros.len() < MOST_MACROS);
    }

    fn row(self: &Rc<Self>, at: usize, own: &Macro) -> adw::ActionRow {
        let row = plain_row(&own.name, &own.label());
        let edit = icon_button("document-edit-symbolic", &tr_f("Edit “{name}”", &[("name", &own.name)]));
        let delete = icon_button("user-trash-symbolic", &tr_f("Delete “{name}”", &[("name", &own.name)]));
        row.add_suffix(&edit);
        row.add_suffix(&delete);
        row.set_activatable_widget(Some(&edit));
        let weak = Rc::downgrade(self);
        edit.connect_clicked(move |_| {
            if let Some(list) = weak.upgrade() {
                list.edit(Some(at));
            }
        });
        let weak = Rc::downgrade(self);
        delete.connect_clicked(move |_| {
            if let Some(list) = weak.upgrade() {
                list.delete(at);
            }
        });
        row
    }

    fn edit(self: &Rc<Self>, at: Option<usize>) {
        let settings = self.core.settings();
        let old = at.and_then(|at| settings.macros().get(at).cloned());
        let settings = settings.clone();
        editor::open(&self.window, old.clone(), move |edited| {
            let mut macros = settings.macros();
            // The list may have changed meanwhile, in another window.
            let place = old.as_ref().and_then(|old| macros.iter().position(|own| own == old));
            match place {
                Some(place) => macros[place] = edited,
                None => macros.push(edited),
            }
            settings.set_macros(&macros);
        });
    }

    /// Deletes at once, and offers to take that back.
    fn delete(&self, at: usize) {
        let settings = self.core.settings().clone();
        let before = settings.macros();
        let mut macros = before.clone();
        if at >= macros.len() {
            return;
        }
        let gone = macros.remove(at);
        settings.set_macros(&macros);
        let text = tr_f("“{name}” deleted", &[("name", &gone.name)]);
        let toast = adw::Toast::new(&glib::markup_escape_text(&text));
        toast.set_button_label(Some(&tr("_Undo")));
        toast.connect_button_clicked(move |_| {
            let mut macros = settings.macros();
            macros.insert(at.min(macros.len()), gone.clone());
            settings.set_macros(&macros);
        });
        self.window.add_toast(toast);
    }
}

fn icon_button(icon: &str, name: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name(icon)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build()
        .with_tip(name);
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}
