//! Deletes volumes that nobody uses.

use std::collections::HashSet;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::page::StoragePage;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::facts::VolumeFact;
use crate::model::usage::Lore;
use crate::ui::widgets::plain_row;
use crate::ui::{format, message, text};

/// Rows that are shown one by one.
const LISTED: usize = 100;

/// A volume with the reason why it must stay, if there is one.
type Line = (VolumeFact, Option<String>);

/// Asks which of these volumes to delete, and deletes them. None is chosen beforehand but a single one that was asked for, and
/// none that is used can be.
pub(super) fn ask(page: &Rc<StoragePage>, volumes: Vec<VolumeFact>) {
    let page = page.clone();
    glib::spawn_future_local(async move {
        // What builds on what may not have been read yet.
        page.core.learn_storage(page.host).await;
        let usage = page.core.usage(page.host);
        // Of thousands that takes longer than a frame.
        let judged = gio::spawn_blocking(move || -> Vec<Line> {
            let judge = |volume: VolumeFact| {
                let kept = usage.may_delete(&Lore::source_of(&volume), &HashSet::new()).err();
                (volume, kept.map(|kept| kept.sentence()))
            };
            volumes.into_iter().map(judge).collect()
        });
        let Ok(lines) = judged.await else { return };
        match &lines[..] {
            [] => {}
            [(only, None)] => one(&page, only).await,
            [(only, Some(why))] => kept(&page, only, why).await,
            several => many(&page, several).await,
        }
    });
}

async fn one(page: &Rc<StoragePage>, volume: &VolumeFact) {
    let name = text::name(&volume.name);
    let size = volume
        .allocation
        .or(volume.capacity)
        .map(|size| format::bytes(size as f64));
    let mut body = vec![tr("What is in it is lost for good. No machine uses it.")];
    body.extend(size.map(|size| tr_f("It takes {size}.", &[("size", &size)])));
    let dialog = message::dialog(
        &page.toasts,
        &tr_f("Delete {name}?", &[("name", &name)]),
        &body.join(" "),
    );
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await == "delete" {
        delete(page, vec![volume.path.clone()]).await;
    }
}

async fn kept(page: &Rc<StoragePage>, volume: &VolumeFact, why: &str) {
    let heading = tr_f("{name} is in use", &[("name", &text::name(&volume.name))]);
    let body = format!("{why} {}", tr("It can be deleted when nobody needs it."));
    let dialog = message::dialog(&page.toasts, &heading, &body);
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    message::choose(dialog).await;
}

async fn many(page: &Rc<StoragePage>, lines: &[Line]) {
    let n = lines.len();
    let dialog = message::dialog(
        &page.toasts,
        &tr_n("Delete {n} volume?", "Delete {n} volumes?", n, &[]),
        &tr("Choose those that are to go. What is in them is lost for good."),
    );
    let rows = message::rows(&tr("Volumes"));
    let all = gtk::CheckButton::new();
    let free = lines.iter().filter(|(_, why)| why.is_none()).count();
    let title = tr_n("{n} that nobody uses", "All {n} that nobody uses", free, &[]);
    let all_row = adw::ActionRow::builder().title(title).activatable_widget(&all).build();
    all_row.add_prefix(&all);
    all_row.set_sensitive(free > 0);
    rows.append(&all_row);
    let mut ticks: Vec<(gtk::CheckButton, String)> = Vec::new();
    for (volume, why) in lines.iter().take(LISTED) {
        let size = volume
            .allocation
            .or(volume.capacity)
            .map(|size| format::bytes(size as f64));
        let below = why.clone().or(size).unwrap_or_default();
        let row = plain_row(&text::one_line(&volume.name, 200), &below);
        let tick = gtk::CheckButton::new();
        row.add_prefix(&tick);
        row.set_activatable_widget(Some(&tick));
        // Why it stays is to be read: only the box is grey.
        tick.set_sensitive(why.is_none());
        rows.append(&row);
        if why.is_none() {
            ticks.push((tick, volume.path.clone()));
        }
    }
    if n > LISTED {
        let more = n - LISTED;
        let title = tr_n("and {n} more", "and {n} more", more, &[]);
        rows.append(&plain_row(&title, &tr("They go only along with all that nobody uses.")));
    }
    dialog.set_extra_child(Some(&message::scrolled(&rows)));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("delete", &tr("_Delete"))]);
    dialog.set_response_appearance("delete", adw::ResponseAppearance::Destructive);
    dialog.set_response_enabled("delete", false);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    let ticks = Rc::new(ticks);
    tie(&dialog, &all, &ticks);
    if message::choose(dialog).await != "delete" {
        return;
    }
    let chosen = ticks.iter().filter(|(tick, _)| tick.is_active());
    let mut paths: Vec<String> = chosen.map(|(_, path)| path.clone()).collect();
    // Those beyond the list go only along with all others.
    if all.is_active() {
        let rest = lines.iter().skip(LISTED).filter(|(_, why)| why.is_none());
        paths.extend(rest.map(|(volume, _)| volume.path.clone()));
    }
    delete(page, paths).await;
}

/// Lets the box for all go along with those of the list, and *Delete* with all of them: of thousands it may be that none of the
/// listed ones can go.
fn tie(dialog: &adw::MessageDialog, all: &gtk::CheckButton, ticks: &Rc<Vec<(gtk::CheckButton, String)>>) {
    let allow = {
        let (dialog, all, ticks) = (dialog.downgrade(), all.downgrade(), Rc::downgrade(ticks));
        move || {
            if let (Some(dialog), Some(all), Some(ticks)) = (dialog.upgrade(), all.upgrade(), ticks.upgrade()) {
                let any = ticks.iter().any(|(tick, _)| tick.is_active());
                message::allow(&dialog, "delete", any || all.is_active());
            }
        }
    };
    let (each, told) = (Rc::downgrade(ticks), allow.clone());
    let ticked = Rc::new(all.connect_toggled(move |all| {
        for (tick, _) in each.upgrade().iter().flat_map(|ticks| ticks.iter()) {
            tick.set_active(all.is_active());
        }
        told();
    }));
    for (tick, _) in ticks.iter() {
        let (allow, ticked, all) = (allow.clone(), Rc::clone(&ticked), all.downgrade());
        tick.connect_toggled(move |tick| {
            // Without one of them it is not all any more; the others stay chosen.
            if let Some(all) = all.upgrade().filter(|all| all.is_active() && !tick.is_active()) {
                all.block_signal(&ticked);
                all.set_active(false);
                all.unblock_signal(&ticked);
            }
            allow();
        });
    }
}

async fn delete(page: &Rc<StoragePage>, paths: Vec<String>) {
    let title = tr_n("Deleting {n} volume", "Deleting {n} volumes", paths.len(), &[]);
    let work = page.core.delete_images(page.host, paths);
    let deleted = page.core.do_to_its_end(&title, work).await;
    page.reload();
    let results = match deleted {
        Ok(results) => results,
        Err(error) => {
            page.tell(tr("Nothing could be deleted"), &error);
            return;
        }
    };
    let failed: Vec<(String, String)> = results
        .iter()
        .filter_map(|deleted| Some((deleted, deleted.result.as_ref().err()?)))
        .map(|(deleted, kept)| (deleted.path.clone(), kept.sentence()))
        .collect();
    if failed.is_empty() {
        let said = tr_n(
            "{n} volume was deleted.",
            "{n} volumes were deleted.",
            results.len(),
            &[],
        );
        page.toasts.add_toast(adw::Toast::new(&said));
        return;
    }
    tell_kept(page, &failed).await;
}

/// Tells which volumes stayed, and why.
async fn tell_kept(page: &StoragePage, failed: &[(String, String)]) {
    let dialog = message::dialog(
        &page.toasts,
        &tr_n(
            "{n} volume could not be deleted",
            "{n} volumes could not be deleted",
            failed.len(),
            &[],
        ),
        "",
    );
    let rows = message::rows(&tr("Volumes"));
    for (path, why) in failed.iter().take(LISTED) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let below = format!("{why}\n{}", text::one_line(path, 400));
        let row = plain_row(&text::one_line(name, 200), &below);
        row.set_subtitle_lines(0);
        rows.append(&row);
    }
    if failed.len() > LISTED {
        let more = failed.len() - LISTED;
        rows.append(&plain_row(&tr_n("and {n} more", "and {n} more", more, &[]), ""));
    }
    dialog.set_extra_child(Some(&message::scrolled(&rows)));
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    message::choose(dialog).await;
}
