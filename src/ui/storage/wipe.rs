//! Overwrites what a volume holds.

use std::rc::Rc;

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use super::sheet::{chosen, combo};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::storage::{IfUsed, VolumeRef, Wipe};
use crate::model::usage::{Holder, Lore};
use crate::ui::{message, text};

/// Asks, with the name to be typed, and wipes.
pub(super) fn ask(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let name = text::name(&volume.name);
    let source = Lore::source_of(volume);
    let holders = page.core.usage(page.host).holders(&source);
    let until_off = tr("It can be wiped when that machine is off.");
    if refused(page, &name, &holders, &until_off) {
        return;
    }
    let mut body = vec![tr(
        "Everything in it is overwritten and lost for good. The volume itself stays.",
    )];
    body.extend(holders.iter().map(|holder| holder.sentence()));
    body.push(tr("It can't be stopped once it has begun."));
    let dialog = message::dialog(&page.toasts, &tr_f("Wipe {name}?", &[("name", &name)]), &body.join(" "));
    let rows = message::rows(&tr("Wipe"));
    let titles: Vec<String> = Wipe::ALL.iter().map(|wipe| wipe.title()).collect();
    let how = combo(&tr("With"), &titles);
    let typed = adw::EntryRow::builder()
        .title(tr_f(
            "Type “{name}” to confirm",
            &[("name", &text::markup_name(&volume.name))],
        ))
        .build();
    rows.append(&how);
    rows.append(&typed);
    dialog.set_extra_child(Some(&rows));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("wipe", &tr("_Wipe"))]);
    dialog.set_response_appearance("wipe", adw::ResponseAppearance::Destructive);
    dialog.set_response_enabled("wipe", false);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    let (weak, wanted) = (dialog.downgrade(), volume.name.clone());
    typed.connect_changed(move |entry| {
        if let Some(dialog) = weak.upgrade() {
            message::allow(&dialog, "wipe", entry.text().trim() == wanted.trim());
        }
    });
    let (page, of) = (page.clone(), VolumeRef::new(&pool.name, &volume.name));
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "wipe" {
            return;
        }
        let Some(client) = page.core.client(page.host) else {
            return;
        };
        // A machine may have been started while the question was there.
        let now = page.core.usage(page.host).holders(&source);
        if refused(&page, &name, &now, &until_off) {
            return;
        }
        let how = Wipe::ALL.get(chosen(&how)).copied().unwrap_or_default();
        let if_used = accepted(&holders, &now);
        let title = tr_f("Wiping {name}", &[("name", &name)]);
        let wiped = page.core.do_to_its_end(&title, client.wipe_volume(of, how, if_used));
        match wiped.await {
            Ok(()) => {
                let said = tr_f("{name} was wiped.", &[("name", &glib::markup_escape_text(&name))]);
                page.toasts.add_toast(adw::Toast::new(&said));
            }
            Err(error) => page.tell(tr_f("{name} could not be wiped", &[("name", &name)]), &error),
        }
        page.reload();
    });
}

/// Says which running machine uses a volume, and what can be done; whether one does.
pub(super) fn refused(page: &StoragePage, name: &str, holders: &[Holder], what: &str) -> bool {
    let runs = |holder: &&Holder| matches!(holder, Holder::Machine { active: true, .. });
    let Some(machine) = holders.iter().find(runs) else {
        return false;
    };
    let body = format!("{} {what}", machine.sentence());
    let heading = tr_f("{name} is in use", &[("name", name)]);
    let dialog = message::dialog(&page.toasts, &heading, &body);
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    dialog.present();
    true
}

/// Who was named was accepted; whoever else has turned up since, or does when the host is asked, is a reason to stop.
pub(super) fn accepted(named: &[Holder], now: &[Holder]) -> IfUsed {
    if named.is_empty() || now.iter().any(|holder| !named.contains(holder)) {
        IfUsed::Refuse
    } else {
        IfUsed::Insist
    }
}
