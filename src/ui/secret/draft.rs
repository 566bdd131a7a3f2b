//! A new secret: what it is for, what it is called, and its value.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use zeroize::Zeroizing;

use crate::i18n::{tr, tr_c};
use crate::model::network::secret_xml;
use crate::ui::message;
use crate::ui::widgets::name_lists;

/// What secrets are for, by libvirt's words; the last one is for nothing in particular.
const USAGES: [Option<&str>; 6] = [
    Some("volume"),
    Some("ceph"),
    Some("iscsi"),
    Some("tls"),
    Some("vtpm"),
    None,
];

/// What a secret is for.
pub(super) fn usage_label(usage: Option<&str>) -> String {
    match usage {
        Some("volume") => tr("Key of an encrypted volume"),
        Some("ceph") => tr("Login at a Ceph cluster"),
        Some("iscsi") => tr("Login at an iSCSI target (CHAP)"),
        Some("tls") => tr("Password of a TLS key"),
        Some("vtpm") => tr("Key of a virtual TPM"),
        Some(other) => other.to_owned(),
        None => tr("Anything, by its UUID"),
    }
}

fn name_title(usage: Option<&str>) -> String {
    match usage {
        Some("volume") => tr("Path of the volume"),
        Some("iscsi") => tr_c("of an iSCSI secret", "Name of the target"),
        _ => tr("Name"),
    }
}

/// Asks for a new secret: its definition and its value, which may be empty.
pub(super) async fn ask(parent: &impl IsA<gtk::Widget>) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let labels: Vec<String> = USAGES.into_iter().map(usage_label).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let usage = adw::ComboRow::builder()
        .title(tr("What it is for"))
        .model(&gtk::StringList::new(&labels))
        .build();
    let name = adw::EntryRow::builder().title(name_title(USAGES[0])).build();
    let description = adw::EntryRow::builder().title(tr("Description (optional)")).build();
    let value = adw::PasswordEntryRow::builder().title(tr("Value")).build();
    let (private, private_row) = switch(
        &tr("Nobody can read it back"),
        &tr("The host itself still uses it"),
        true,
    );
    let (ephemeral, ephemeral_row) = switch(
        &tr("Forget it when the host restarts"),
        &tr("It is never written to disk"),
        false,
    );
    let rows = adw::PreferencesGroup::new();
    let all: [&adw::PreferencesRow; 6] = [
        usage.upcast_ref(),
        name.upcast_ref(),
        description.upcast_ref(),
        value.upcast_ref(),
        private_row.upcast_ref(),
        ephemeral_row.upcast_ref(),
    ];
    for row in all {
        rows.add(row);
    }
    name_lists(&rows, &tr("New secret"));
    let dialog = message::dialog(parent, &tr("New secret"), "");
    dialog.set_extra_child(Some(&rows));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("create", &tr("_Create"))]);
    dialog.set_response_appearance("create", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("create"));
    let chosen = {
        let usage = usage.clone();
        move || {
            usize::try_from(usage.selected())
                .ok()
                .and_then(|at| USAGES.get(at).copied())
                .flatten()
        }
    };
    let check = {
        let (chosen, name, weak) = (chosen.clone(), name.clone(), dialog.downgrade());
        move || {
            let usage = chosen();
            name.set_visible(usage.is_some());
            name.set_title(&name_title(usage));
            if let Some(dialog) = weak.upgrade() {
                message::allow(&dialog, "create", usage.is_none() || !name.text().trim().is_empty());
            }
        }
    };
    check();
    let again = check.clone();
    usage.connect_selected_notify(move |_| again());
    name.connect_changed(move |_| check());
    if message::choose(dialog).await != "create" {
        return None;
    }
    let said = description.text().trim().to_owned();
    let said = Some(said.as_str()).filter(|text| !text.is_empty());
    let xml = secret_xml(
        chosen(),
        name.text().trim(),
        said,
        ephemeral.is_active(),
        private.is_active(),
    )
    .ok()?;
    let bytes = Zeroizing::new(value.text().as_bytes().to_vec());
    value.set_text("");
    Some((xml, bytes))
}

fn switch(title: &str, subtitle: &str, active: bool) -> (gtk::Switch, adw::ActionRow) {
    let switch = gtk::Switch::builder().active(active).valign(gtk::Align::Center).build();
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(subtitle)
        .activatable_widget(&switch)
        .build();
    row.add_suffix(&switch);
    (switch, row)
}
