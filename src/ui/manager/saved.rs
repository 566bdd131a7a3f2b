//! Searches that were given a name.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::tr;
use crate::model::settings::SavedSearch;
use crate::ui::core::Core;
use crate::ui::message;

/// Asks for a name and keeps the search under it. A search of the same name is replaced.
pub(super) fn save(parent: &impl IsA<gtk::Widget>, core: &Core, query: String) {
    if query.is_empty() {
        return;
    }
    let dialog = message::dialog(
        parent,
        &tr("Save Search"),
        &tr("The search appears in the sidebar under this name."),
    );
    let entry = adw::EntryRow::builder()
        .title(tr("Name"))
        .text(&query)
        .activates_default(true)
        .build();
    let list = message::rows(&tr("Search"));
    list.append(&entry);
    dialog.set_extra_child(Some(&list));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("save", &tr("_Save"))]);
    dialog.set_response_appearance("save", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("save"));
    let weak = dialog.downgrade();
    entry.connect_changed(move |entry| {
        if let Some(dialog) = weak.upgrade() {
            message::allow(&dialog, "save", !entry.text().trim().is_empty());
        }
    });
    let core = core.clone();
    glib::MainContext::default().spawn_local(async move {
        if message::choose(dialog).await == "save" {
            let name = entry.text().trim().to_owned();
            let mut searches = core.settings().saved_searches();
            searches.retain(|search| search.name != name);
            searches.push(SavedSearch { name, query });
            core.settings().set_saved_searches(&searches);
        }
    });
}

/// Forgets a search.
pub(super) fn remove(core: &Core, name: &str) {
    let mut searches = core.settings().saved_searches();
    searches.retain(|search| search.name != name);
    core.settings().set_saved_searches(&searches);
}
