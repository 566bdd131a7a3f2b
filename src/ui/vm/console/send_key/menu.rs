//! The menu of what can be sent.

use gtk::gio;
use gtk::prelude::*;
use relm4::gtk;

use crate::i18n::tr;
use crate::model::display::keys::{Entry, Macro, catalog};

/// The whole menu; `own` is the part with the user's macros.
pub fn model(own: &gio::Menu) -> gio::Menu {
    let menu = gio::Menu::new();
    let further = gio::Menu::new();
    for section in catalog() {
        let entries = gio::Menu::new();
        for entry in &section.entries {
            entries.append_item(&item(entry));
        }
        match section.title {
            None => menu.append_section(None, &entries),
            Some(title) => further.append_submenu(Some(&title), &entries),
        }
    }
    menu.append_section(None, &further);
    menu.append_section(Some(&tr("My Combinations")), own);
    let text = gio::Menu::new();
    text.append(Some(&tr("_Type Text…")), Some("send-key.type-text"));
    menu.append_section(None, &text);
    menu
}

fn item(entry: &Entry) -> gio::MenuItem {
    let keys = entry.combination.label();
    let label = match (&entry.meaning, entry.combination.keys().last()) {
        (Some(meaning), Some(last)) => format!("{meaning} ({})", last.label()),
        _ => keys,
    };
    let item = gio::MenuItem::new(Some(&shown(&label)), None);
    let target = entry.combination.to_string().to_variant();
    item.set_action_and_target_value(Some("send-key.combination"), Some(&target));
    item
}

/// Lists the user's macros, and how to change them.
pub fn fill_own(own: &gio::Menu, macros: &[Macro]) {
    own.remove_all();
    for (at, mine) in macros.iter().enumerate() {
        let item = gio::MenuItem::new(Some(&shown(&mine.name)), None);
        let target = (at as u32).to_variant();
        item.set_action_and_target_value(Some("send-key.macro"), Some(&target));
        own.append_item(&item);
    }
    own.append(Some(&tr("_Edit My Combinations…")), Some("send-key.edit-macros"));
}

/// A text whose underlines are no marks.
fn shown(text: &str) -> String {
    text.replace('_', "__")
}
