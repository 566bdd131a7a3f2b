//! Copies a volume, into its own pool or another one.

use std::rc::Rc;

use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use super::sheet::{chosen, combo, entry, set_texts};
use super::transfer::free_name;
use crate::i18n::{tr, tr_f};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::storage::{NewVolume, VolumeRef, pool_kind};
use crate::model::usage::{Access, Image, Lore, Purpose, Role, Usage, consequence};
use crate::ui::{message, text};

/// What speaks against copying a volume now.
fn warning(usage: &Usage, volume: &VolumeFact) -> Option<String> {
    let image = Image {
        source: Lore::source_of(volume),
        role: Role::Lease,
        access: Access::Read,
        chain: Box::default(),
    };
    let conflicts = usage.check(None, &image, Purpose::Copy);
    let users: Vec<String> = conflicts.iter().map(|conflict| conflict.holder.sentence()).collect();
    (!conflicts.is_empty()).then(|| format!("{} {}", users.join(" "), consequence(&conflicts)))
}

/// Asks for name, pool and format, and copies.
pub(super) fn ask(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let name = text::name(&volume.name);
    let warning = warning(&page.core.usage(page.host), volume);
    let body = warning.unwrap_or_else(|| tr("The copy is a volume of its own and builds on nothing."));
    let dialog = message::dialog(&page.toasts, &tr_f("Copy {name}", &[("name", &name)]), &body);
    let pools: Vec<PoolFact> = page
        .pools()
        .iter()
        .filter(|pool| pool.takes_images())
        .cloned()
        .collect();
    let titles: Vec<String> = pools.iter().map(|pool| text::name(&pool.name)).collect();
    let rows = message::rows(&tr("The copy"));
    let (name_row, pool_row, format_row) = (
        entry(&tr("Name")),
        combo(&tr("Pool"), &titles),
        combo(&tr("Format"), &[]),
    );
    let taken: Vec<String> = page.volumes().iter().map(|volume| volume.name.clone()).collect();
    name_row.set_text(&free_name(&volume.name, &taken));
    let own = pools.iter().position(|other| other.name == pool.name).unwrap_or(0);
    pool_row.set_selected(u32::try_from(own).unwrap_or(0));
    rows.append(&name_row);
    rows.append(&pool_row);
    rows.append(&format_row);
    dialog.set_extra_child(Some(&rows));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("copy", &tr("_Copy"))]);
    dialog.set_response_appearance("copy", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("copy"));
    let formats = {
        let (pools, pool_row, current) = (pools.clone(), pool_row.clone(), volume.format.clone());
        move || formats(pools.get(chosen(&pool_row)), current.as_deref())
    };
    let follow = {
        let (dialog, name_row, pool_row) = (dialog.downgrade(), name_row.clone(), pool_row.clone());
        let (taken, own_pool, pools) = (taken, pool.name.clone(), pools.clone());
        move || {
            let Some(dialog) = dialog.upgrade() else { return };
            let name = name_row.text();
            let name = name.trim();
            let same = pools.get(chosen(&pool_row)).is_some_and(|pool| pool.name == own_pool);
            let is_taken = same && taken.iter().any(|taken| taken == name);
            message::allow(&dialog, "copy", !name.is_empty() && !name.contains('/') && !is_taken);
        }
    };
    let refill = {
        let (format_row, formats) = (format_row.clone(), formats.clone());
        move || {
            let formats = formats();
            set_texts(&format_row, &formats);
            format_row.set_visible(!formats.is_empty());
        }
    };
    refill();
    follow();
    let again = follow.clone();
    name_row.connect_changed(move |_| again());
    pool_row.connect_selected_notify(move |_| {
        refill();
        follow();
    });
    let (page, from, capacity) = (
        page.clone(),
        VolumeRef::new(&pool.name, &volume.name),
        volume.capacity.unwrap_or_default(),
    );
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "copy" {
            return;
        }
        let (Some(client), Some(pool)) = (page.core.client(page.host), pools.get(chosen(&pool_row))) else {
            return;
        };
        let new = NewVolume {
            pool: pool.name.clone(),
            name: name_row.text().trim().to_owned(),
            format: formats().get(chosen(&format_row)).cloned(),
            capacity,
            ..NewVolume::default()
        };
        let title = tr_f("Copying {name}", &[("name", &name)]);
        let copied = page
            .core
            .do_job(&title, |job| async move { client.clone_volume(from, new, job).await })
            .await;
        page.reload();
        match copied {
            Ok(made) => {
                let said = tr_f("{name} was made.", &[("name", &text::markup_name(&made.name))]);
                page.toasts.add_toast(adw::Toast::new(&said));
            }
            Err(error) => page.tell(tr_f("{name} could not be copied", &[("name", &name)]), &error),
        }
    });
}

/// Formats for a copy in a pool, that of the original first.
fn formats(pool: Option<&PoolFact>, current: Option<&str>) -> Vec<String> {
    let known = pool
        .and_then(|pool| pool_kind(&pool.kind))
        .map_or(&[][..], |kind| kind.volume_formats);
    let mut formats: Vec<String> = known.iter().map(|format| (*format).to_owned()).collect();
    if let Some(at) = formats.iter().position(|format| Some(format.as_str()) == current) {
        formats.swap(0, at);
    }
    formats
}
