//! Gives a volume another size.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use super::wipe::{accepted, refused};
use crate::i18n::{tr, tr_f};
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::hardware::size;
use crate::model::storage::{Resize, VolumeRef};
use crate::model::usage::{Holder, Lore, Role, Usage};
use crate::ui::{format, message, text};

/// The running machine that has a volume as a disk, with the name of the disk.
fn running_disk(usage: &Usage, volume: &VolumeFact) -> Option<(uuid::Uuid, String)> {
    usage
        .holders(&Lore::source_of(volume))
        .into_iter()
        .find_map(|holder| match holder {
            Holder::Machine {
                uuid,
                active: true,
                role: Role::Disk(target),
                access,
                ..
            } if access.writes() => Some((uuid, target.to_string())),
            _ => None,
        })
}

/// Asks for the size, and sets it.
pub(super) fn ask(page: &Rc<StoragePage>, pool: &PoolFact, volume: &VolumeFact) {
    let name = text::name(&volume.name);
    let now = volume.capacity.unwrap_or_default();
    let usage = page.core.usage(page.host);
    let running = running_disk(&usage, volume);
    let body = match &running {
        Some(_) => tr(
            "A machine that runs sees the new size at once. Its partitions and file systems stay as they are until they are made larger in the guest.",
        ),
        None => tr("Partitions and file systems in it stay as they are until they are made larger in the guest."),
    };
    let dialog = message::dialog(&page.toasts, &tr_f("Resize {name}", &[("name", &name)]), &body);
    let rows = message::rows(&tr("Size"));
    let entry = adw::EntryRow::builder()
        .title(tr("Size"))
        .text(size::write(now))
        .activates_default(true)
        .build();
    rows.append(&entry);
    let source = Lore::source_of(volume);
    let holders = usage.holders(&source);
    let mut lost = vec![tr("What is at its end is lost for good.")];
    lost.extend(holders.iter().map(Holder::sentence));
    let shrink = gtk::CheckButton::new();
    let shrink_row = adw::ActionRow::builder()
        .title(tr("Make it smaller"))
        .subtitle(glib::markup_escape_text(&lost.join(" ")))
        .activatable_widget(&shrink)
        .visible(false)
        .build();
    shrink_row.add_prefix(&shrink);
    rows.append(&shrink_row);
    let note = gtk::Label::builder()
        .wrap(true)
        .xalign(0.0)
        .css_classes(["caption", "dim-label"])
        .build();
    let content = gtk::Box::new(gtk::Orientation::Vertical, 8);
    content.append(&rows);
    content.append(&note);
    dialog.set_extra_child(Some(&content));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("resize", &tr("_Resize"))]);
    dialog.set_response_appearance("resize", adw::ResponseAppearance::Suggested);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("resize"));
    let check = {
        let (dialog, entry, shrink, shrink_row) = (dialog.downgrade(), entry.clone(), shrink.clone(), shrink_row);
        let (free, runs) = (pool.available, running.is_some());
        move || {
            let Some(dialog) = dialog.upgrade() else { return };
            let wanted = size::read_beside(&entry.text(), &size::write(now));
            let smaller = wanted.is_some_and(|bytes| bytes < now);
            shrink_row.set_visible(smaller && !runs);
            let said = match wanted {
                None => tr("The size is written like “20 GiB”."),
                Some(_) if smaller && runs => tr("It can't become smaller while a machine runs with it."),
                Some(bytes) if free.is_some_and(|free| bytes.saturating_sub(now) > free) => tr_f(
                    "Only {size} are free in the pool.",
                    &[("size", &format::bytes(free.unwrap_or_default() as f64))],
                ),
                Some(_) => String::new(),
            };
            note.set_text(&said);
            let valid = wanted.is_some_and(|bytes| bytes > 0 && bytes != now);
            message::allow(&dialog, "resize", valid && (!smaller || shrink.is_active() && !runs));
        }
    };
    check();
    let again = check.clone();
    entry.connect_changed(move |_| again());
    shrink.connect_toggled(move |_| check());
    let (page, of, pool) = (
        page.clone(),
        VolumeRef::new(&pool.name, &volume.name),
        pool.name.clone(),
    );
    glib::spawn_future_local(async move {
        if message::choose(dialog).await != "resize" {
            return;
        }
        let (Some(capacity), Some(client)) = (
            size::read_beside(&entry.text(), &size::write(now)),
            page.core.client(page.host),
        ) else {
            return;
        };
        // A machine may have been started while the question was there.
        let holders_now = page.core.usage(page.host).holders(&source);
        let until_off = tr("It can't become smaller while a machine runs with it.");
        if capacity < now && refused(&page, &name, &holders_now, &until_off) {
            return;
        }
        let wish = Resize {
            capacity,
            shrink: capacity < now,
            allocate: false,
            // They were named beside the choice.
            if_used: accepted(&holders, &holders_now),
        };
        let title = tr_f("Resizing {name}", &[("name", &name)]);
        // QEMU holds the image of a machine that runs: it is asked itself.
        let work = async move {
            match running {
                Some((uuid, target)) => client.resize_disk(uuid, target, capacity).await,
                None => client.resize_volume(of, wish).await,
            }
        };
        // Where every byte is written it takes minutes, and the other volumes stay in sight.
        let done = page.core.do_to_its_end(&title, work).await;
        page.reload();
        if let Err(error) = done {
            let failed = tr_f("{name} could not be resized", &[("name", &name)]);
            page.tell_of_pool(&pool, failed, &error);
        }
    });
}
