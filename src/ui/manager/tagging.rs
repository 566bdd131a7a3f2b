//! Adds a tag to several machines, or takes it from them.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use crate::i18n::{tr, tr_n};
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::tags::normalise;
use crate::ui::core::Core;
use crate::ui::{actions, message};

/// Asks for tags, with commas between them, and what to do with them.
pub(crate) fn edit(parent: &impl IsA<gtk::Widget>, core: &Core, keys: &[DomainKey]) {
    let dialog = message::dialog(
        parent,
        &tr_n("Tags of {n} Machine", "Tags of {n} Machines", keys.len(), &[]),
        &tr("Other tags of these machines stay as they are. Put commas between several tags."),
    );
    let entry = adw::EntryRow::builder()
        .title(tr("Tags"))
        .activates_default(true)
        .build();
    let list = message::rows(&tr("Tags"));
    list.append(&entry);
    dialog.set_extra_child(Some(&list));
    dialog.add_responses(&[
        ("cancel", &tr("_Cancel")),
        ("remove", &tr("_Remove")),
        ("add", &tr("_Add")),
    ]);
    dialog.set_response_appearance("add", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("add"));
    dialog.set_response_enabled("add", false);
    dialog.set_response_enabled("remove", false);
    let weak = dialog.downgrade();
    entry.connect_changed(move |entry| {
        if let Some(dialog) = weak.upgrade() {
            let named = !typed(entry).is_empty();
            message::allow(&dialog, "add", named);
            message::allow(&dialog, "remove", named);
        }
    });
    let (core, keys) = (core.clone(), keys.to_vec());
    glib::MainContext::default().spawn_local(async move {
        let add = match message::choose(dialog).await.as_str() {
            "add" => true,
            "remove" => false,
            _ => return,
        };
        let tags = typed(&entry);
        for key in keys {
            change(&core, key, &tags, add);
        }
    });
}

fn typed(entry: &adw::EntryRow) -> Vec<String> {
    normalise(entry.text().split(',').map(ToOwned::to_owned).collect())
}

/// A machine whose definition is not read yet keeps its tags: writing would lose those that are not known.
fn change(core: &Core, key: DomainKey, tags: &[String], add: bool) {
    let now = {
        let store = core.store();
        let details = store.domain(key).and_then(|domain| domain.details.as_ref());
        details.map(|details| details.tags.clone())
    };
    let Some(now) = now else {
        tracing::warn!(%key, "its tags are not known yet and stay as they are");
        return;
    };
    let mut wanted = now.clone();
    if add {
        wanted.extend_from_slice(tags);
    } else {
        wanted.retain(|tag| !tags.contains(tag));
    }
    let action = DomainAction::SetTags(normalise(wanted));
    if action != DomainAction::SetTags(now) && actions::is_possible(core, &action, key) {
        core.perform(key, action);
    }
}
