//! Gives a pool another name.

use std::rc::Rc;

use gtk4::prelude::*;
use libadwaita::prelude::*;

use super::page::StoragePage;
use super::sheet::entry;
use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::ui::{message, text};
use crate::virt::client::HostClient;

/// Asks for the name, and gives it.
pub(super) async fn ask(page: Rc<StoragePage>, client: HostClient, pool: PoolFact) {
    let name = text::name(&pool.name);
    let dialog = message::dialog(
        &page.toasts,
        &tr_f("Rename {pool}", &[("pool", &name)]),
        &tr(
            "What it holds is not touched. Machines that name the pool in their definitions don't find it under its new name.",
        ),
    );
    let rows = message::rows(&tr("Name"));
    let typed = entry(&tr("Name"));
    typed.set_text(&pool.name);
    rows.append(&typed);
    dialog.set_extra_child(Some(&rows));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("rename", &tr("_Rename"))]);
    dialog.set_response_appearance("rename", libadwaita::ResponseAppearance::Suggested);
    dialog.set_response_enabled("rename", false);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("rename"));
    let taken: Vec<String> = page.pools().iter().map(|pool| pool.name.clone()).collect();
    let weak = dialog.downgrade();
    typed.connect_changed(move |typed| {
        if let Some(dialog) = weak.upgrade() {
            let name = typed.text();
            let name = name.trim();
            let valid = !name.is_empty() && !name.contains('/') && !taken.iter().any(|taken| taken == name);
            message::allow(&dialog, "rename", valid);
        }
    });
    if message::choose(dialog).await != "rename" {
        return;
    }
    let new = typed.text().trim().to_owned();
    let failed = tr_f("{pool} could not be renamed", &[("pool", &name)]);
    let of = pool.name.clone();
    let renamed = page
        .work(&pool.name, failed, async move { client.rename_pool(of, new).await })
        .await;
    if let Some(pool) = renamed {
        page.select(&pool.name);
    }
}
