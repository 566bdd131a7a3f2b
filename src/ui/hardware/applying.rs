//! Applying what was edited: asks where something has to be decided, and says what came of it.

use std::rc::Rc;

use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::ComponentSender;
use uuid::Uuid;

use super::view::HardwareView;
use super::{HardwareMsg, HardwarePage, Leaving};
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::error::VirtError;
use crate::model::facts::HostFacts;
use crate::model::hardware::apply::{Outcome, Report, Verdict, Wish};
use crate::model::hardware::plan;
use crate::model::xml::domain::Domain;
use crate::model::xml::{Conflict, Difference};
use crate::ui::widgets::plain_row;
use crate::ui::{confirm, message};
use crate::virt::client::HostClient;

/// More lines than this nobody reads.
const LISTED: usize = 12;

/// What the user and the host have made of a wish.
#[derive(Debug)]
pub enum Applied {
    /// The host did it, in whole or in part.
    Done(Box<Report>),
    /// Nothing was done, and the user knows: the edits stay.
    Kept,
    /// The user takes what others have made of it and gives the own edits up.
    Yielded,
    /// It failed, and nobody told the user yet.
    Failed(VirtError),
}

/// Applies, and asks over the window of `parent` where both sides changed the same, or where libvirt's schema refuses.
pub async fn apply(parent: &gtk::Box, client: &HostClient, uuid: Uuid, mut wish: Wish) -> Applied {
    loop {
        match client.apply(uuid, wish.clone()).await {
            Err(error) => return Applied::Failed(error),
            Ok(Verdict::Done(report)) => return Applied::Done(report),
            Ok(Verdict::Invalid { error, named }) => {
                if !ask_anyway(parent, &error, named.as_deref()).await {
                    return Applied::Kept;
                }
                wish.validate = false;
            }
            Ok(Verdict::Clash { conflicts, current }) => match ask_whose(parent, &conflicts).await {
                Whose::Mine => wish = overruled(wish, &conflicts, current),
                Whose::Theirs => return Applied::Yielded,
                Whose::Nobodys => return Applied::Kept,
            },
        }
    }
}

/// The same wish on top of what the host has now: where both changed a place, the base says what the others have made of
/// it, so that ours is the only change there.
fn overruled(wish: Wish, conflicts: &[Conflict], current: String) -> Wish {
    match crate::model::hardware::apply::overrule(&wish.base, &wish.edited, &current, conflicts) {
        Ok(edited) => Wish {
            base: current,
            edited,
            ..wish
        },
        // Cannot be brought together: the next round says so again.
        Err(_) => wish,
    }
}

enum Whose {
    Mine,
    Theirs,
    Nobodys,
}

/// Shows both sides of what clashes.
async fn ask_whose(parent: &gtk::Box, conflicts: &[Conflict]) -> Whose {
    let dialog = message::dialog(
        parent,
        &tr("Someone else has changed this, too"),
        &tr("While you were editing, these places were changed in another way:"),
    );
    let list = message::rows(&tr("Places that both have changed"));
    for conflict in conflicts.iter().take(LISTED) {
        list.append(&conflict_row(conflict));
    }
    dialog.set_extra_child(Some(&message::scrolled(&list)));
    dialog.add_responses(&[
        ("cancel", &tr("_Back to Editing")),
        ("theirs", &tr("_Take Theirs")),
        ("mine", &tr("Apply _Mine")),
    ]);
    dialog.set_response_appearance("mine", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    match message::choose(dialog).await.as_str() {
        "mine" => Whose::Mine,
        "theirs" => Whose::Theirs,
        _ => Whose::Nobodys,
    }
}

fn conflict_row(conflict: &Conflict) -> adw::ActionRow {
    let side = |side: &Option<String>| {
        let text = side.clone().unwrap_or_else(|| tr("removed"));
        crate::ui::text::one_line(&crate::model::markup::masked(&text), 160).into_owned()
    };
    plain_row(
        &conflict.place,
        &tr_f(
            "Yours: {mine}\nTheirs: {theirs}",
            &[("mine", &side(&conflict.ours)), ("theirs", &side(&conflict.theirs))],
        ),
    )
}

async fn ask_anyway(parent: &gtk::Box, error: &VirtError, named: Option<&str>) -> bool {
    let body = match named {
        Some(named) => tr_f(
            "libvirt's schema has no place for “{name}” as it is written here. libvirt may ignore it or refuse the whole definition.",
            &[("name", named)],
        ),
        None => tr("The definition is not what libvirt's schema allows. libvirt may ignore parts of it or refuse it."),
    };
    let dialog = message::dialog(parent, &tr("Define it anyway?"), &body);
    let details = gtk::Expander::builder().label(tr("Details")).build();
    details.update_property(&[gtk::accessible::Property::Label(&tr("Details"))]);
    let text = gtk::Label::builder()
        .label(&error.message)
        .wrap(true)
        .selectable(true)
        .xalign(0.0)
        .css_classes(["monospace", "caption"])
        .build();
    details.set_child(Some(&text));
    dialog.set_extra_child(Some(&details));
    dialog.add_responses(&[("cancel", &tr("_Back to Editing")), ("define", &tr("_Define Anyway"))]);
    dialog.set_response_appearance("define", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    message::choose(dialog).await == "define"
}

/// What came of it, in one line for a toast; `None` where a dialog has to say more.
#[must_use]
pub fn summary(report: &Report) -> String {
    let count = |wanted: fn(&Outcome) -> bool| report.changes.iter().filter(|change| wanted(&change.outcome)).count();
    let now = count(|outcome| matches!(outcome, Outcome::Now));
    let later = count(|outcome| matches!(outcome, Outcome::NextStart(_)));
    let waiting = count(|outcome| matches!(outcome, Outcome::Waiting(_)));
    let mut parts = Vec::new();
    if now > 0 {
        parts.push(tr_n("{n} change applied", "{n} changes applied", now, &[]));
    }
    if later > 0 {
        parts.push(tr_n(
            "{n} change saved for the next start",
            "{n} changes saved for the next start",
            later,
            &[],
        ));
    }
    if waiting > 0 {
        parts.push(tr_n(
            "{n} change waits for the guest",
            "{n} changes wait for the guest",
            waiting,
            &[],
        ));
    }
    parts.join(" · ")
}

/// Whether there is more to say than fits a toast: what failed, what waits although it should not, what libvirt dropped.
#[must_use]
pub fn is_eventful(report: &Report) -> bool {
    let eventful = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
    report.changes.iter().any(|change| eventful(&change.outcome))
        || !report.dropped.is_empty()
        || report.backup.is_some()
        || report.is_saved
}

/// Lists what came of each change that was not simply done, and what libvirt has made of the definition.
pub fn show_report(parent: &gtk::Box, report: &Report) {
    let failed: Vec<_> = report
        .changes
        .iter()
        .filter_map(|change| match &change.outcome {
            Outcome::Failed(error) => Some((change.change.title.clone(), error.message.clone())),
            _ => None,
        })
        .collect();
    let heading = if failed.is_empty() {
        tr("Applied")
    } else {
        tr_n(
            "{n} change could not be applied",
            "{n} changes could not be applied",
            failed.len(),
            &[],
        )
    };
    let done = summary(report);
    let body = match (failed.is_empty(), done.is_empty()) {
        (true, _) => done,
        (false, true) => tr("Nothing was changed. Your edits are still here."),
        (false, false) => tr_f("{done}. The rest is still here to be corrected.", &[("done", &done)]),
    };
    let dialog = message::dialog(parent, &heading, &body);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    if !failed.is_empty() {
        content.append(&lines(&tr("What failed"), failed));
    }
    if !report.dropped.is_empty() {
        content.append(&heading_label(&tr(
            "libvirt has written this in another way than it was asked:",
        )));
        content.append(&lines(
            &tr("Changed by libvirt"),
            report.dropped.iter().map(told).collect(),
        ));
    }
    if report.is_saved {
        content.append(&heading_label(&tr(
            "The machine has a saved state. It goes on from there first, with the hardware that it had then. To start with the changed hardware, discard the saved state.",
        )));
    }
    if let Some(backup) = &report.backup {
        let text = tr_f(
            "The definition before is kept in {path}",
            &[("path", &backup.to_string_lossy())],
        );
        content.append(&heading_label(&text));
    }
    dialog.set_extra_child(Some(&message::scrolled(&content)));
    dialog.add_response("close", &tr("_Close"));
    dialog.set_default_response(Some("close"));
    dialog.present();
}

fn heading_label(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .wrap(true)
        .selectable(true)
        .xalign(0.0)
        .build()
}

fn lines(name: &str, all: Vec<(String, String)>) -> gtk::ListBox {
    let list = message::rows(name);
    for (title, text) in all.into_iter().take(LISTED) {
        list.append(&plain_row(&title, &text));
    }
    list
}

fn told(difference: &Difference) -> (String, String) {
    let side = |side: &Option<String>| {
        let text = side.clone().unwrap_or_else(|| tr("nothing"));
        crate::ui::text::one_line(&crate::model::markup::masked(&text), 160).into_owned()
    };
    let text = format!("{} → {}", side(&difference.before), side(&difference.after));
    (difference.place.clone(), text)
}

/// From the button to what is left to do.
impl HardwarePage {
    pub(super) fn apply(&mut self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(editing) = &mut self.editing else { return };
        if self.busy || editing.obstacle().is_some() || !editing.draft().is_changed() {
            return;
        }
        let Some(client) = self.core.client(self.key.host) else {
            return;
        };
        let wish = Wish {
            base: editing.draft().base().document().to_string(),
            edited: editing.draft().edited().document().to_string(),
            live: editing.runs(),
            validate: true,
        };
        let (base, edited) = (editing.draft().base().clone(), editing.draft().edited().clone());
        self.busy = true;
        let (root, core, key) = (root.clone(), self.core.clone(), self.key);
        let input = sender.input_sender().clone();
        glib::spawn_future_local(async move {
            let conflicts = core.edit_conflicts(key, &base, &edited).await;
            let applied = match confirm::edit_in_use(&root, &edited.name(), &conflicts).await {
                true => apply(&root, &client, key.uuid, wish).await,
                false => Applied::Kept,
            };
            if matches!(applied, Applied::Done(_)) {
                core.remember_media(key.host, &base, &edited);
            }
            input.emit(HardwareMsg::Applied(Rc::new(applied)));
        });
    }

    pub(super) fn applied(
        &mut self,
        view: &HardwareView,
        root: &gtk::Box,
        applied: &Applied,
        sender: &ComponentSender<Self>,
    ) {
        self.busy = false;
        self.stale = true;
        match applied {
            Applied::Done(report) => {
                self.matter = None;
                self.take_report(view, root, report, sender);
                self.tell_media(sender);
            }
            Applied::Kept => {}
            Applied::Yielded => {
                self.matter = None;
                if let Some(editing) = &mut self.editing {
                    editing.discard();
                    editing.recount();
                }
            }
            Applied::Failed(error) => {
                self.show_failure(root, error);
            }
        }
        self.read(sender);
    }

    /// Lets the pages offer what was in the drives until now.
    fn tell_media(&self, sender: &ComponentSender<Self>) {
        let Some(editing) = &self.editing else { return };
        let recent = self.core.recent_media(self.key.host);
        if editing.facts().recent_media.as_ref() != Some(&recent) {
            let facts = HostFacts {
                recent_media: Some(recent),
                ..editing.facts().clone()
            };
            sender.input(HardwareMsg::Facts(Box::new(facts)));
        }
    }

    pub(super) fn take_report(
        &mut self,
        view: &HardwareView,
        root: &gtk::Box,
        report: &Report,
        sender: &ComponentSender<Self>,
    ) {
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
        let has_failed = report.changes.iter().any(|change| failed(&change.outcome));
        let files = self.files_to_delete(report, has_failed);
        self.wait_for_guest(sender);
        if let Some(editing) = &mut self.editing {
            let draft = editing.draft();
            // What failed stays as an edit on top of what the host has now.
            let (base, edited) = (draft.base().clone(), draft.edited().clone());
            let done = report.changes.iter().filter(|change| !failed(&change.outcome));
            let done = done.map(|change| &change.change);
            let left = has_failed.then(|| plan::reverted(&base, &edited, done).unwrap_or(edited));
            editing.settled(&report.definition, left);
            editing.recount();
        }
        Self::tell_report(view, root, report);
        self.delete_files(root, files);
    }

    /// The files of removed disks that can go now. Those of disks that the guest has yet to let go wait with them.
    fn files_to_delete(&mut self, report: &Report, has_failed: bool) -> Vec<String> {
        for change in &report.changes {
            if let Outcome::Waiting(alias) = &change.outcome {
                self.leaving.push(Leaving {
                    alias: alias.clone(),
                    title: change.change.owner.title.clone(),
                    files: Vec::new(),
                });
            }
        }
        // A transient machine has no definition to read back.
        let wanted = self.editing.as_ref().filter(|_| !has_failed);
        let definition = Domain::parse(&report.definition).ok();
        let definition = definition.or_else(|| wanted.map(|editing| editing.draft().edited().clone()));
        let applied = definition.map(|definition| self.doomed.take_applied(&definition));
        let mut now = Vec::new();
        for doom in applied.into_iter().flatten() {
            let alias = report.changes.iter().find_map(|change| match &change.outcome {
                Outcome::Waiting(alias) if change.change.place == doom.place => Some(alias),
                _ => None,
            });
            let device = alias.and_then(|alias| self.leaving.iter_mut().find(|device| device.alias == *alias));
            device.map_or(&mut now, |device| &mut device.files).extend(doom.files);
        }
        now
    }
}
