//! Images that others use: why a machine was not started, and whether to start it all the same.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::LISTED;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::usage::{Conflict, consequence};
use crate::ui::core::Core;
use crate::ui::{message, text};

/// What the user was about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Start,
    Apply,
}

/// What stands in the dialog.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    heading: String,
    body: String,
    lines: Vec<String>,
    /// It could be done, at the user's own risk.
    may_insist: bool,
}

impl Refusal {
    fn about(deed: Deed, machine: &str, conflicts: &[Conflict]) -> Self {
        let may_insist = conflicts.iter().all(|conflict| !conflict.refused);
        let name = [("name", machine)];
        let mut lines: Vec<String> = conflicts.iter().take(LISTED).map(Conflict::line).collect();
        if conflicts.len() > LISTED {
            lines.push(tr_n("and {n} more", "and {n} more", conflicts.len() - LISTED, &[]));
        }
        let (heading, ways) = match (deed, may_insist) {
            (Deed::Start, true) => (
                tr_f("Start {name} although its disks are in use?", &name),
                tr("Start it only if you know that this cannot happen."),
            ),
            (Deed::Start, false) => (
                tr_f("{name} can't start: its disks are in use", &name),
                tr("Stop the other machine first, or give this one a copy of the image."),
            ),
            (Deed::Apply, true) => (
                tr_f("Give {name} disks that others use?", &name),
                tr("Do it only if these machines never run at the same time, or know how to share."),
            ),
            (Deed::Apply, false) => (
                tr_f("{name} can't have these disks: they are in use", &name),
                tr("Stop the other machine first, or give this one a copy of the image."),
            ),
        };
        Self {
            heading,
            body: format!("{} {ways}", consequence(conflicts)),
            lines,
            may_insist,
        }
    }

    /// A dialog with a way out, to which ways on are added.
    fn dialog(&self, parent: &impl IsA<gtk::Widget>) -> adw::MessageDialog {
        let dialog = message::dialog(parent, &self.heading, &self.body);
        let list = gtk::Label::builder()
            .label(self.lines.join("\n"))
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .selectable(true)
            .can_focus(false)
            .build();
        dialog.set_extra_child(Some(&list));
        let leave = if self.may_insist { tr("_Cancel") } else { tr("_Close") };
        dialog.add_response("close", &leave);
        dialog.set_close_response("close");
        dialog.set_default_response(Some("close"));
        dialog
    }
}

/// Asks whether to apply an edit that gives a machine images which others use ([`Core::edit_conflicts`]); true at once where
/// there are none, false where it cannot be done.
pub async fn edit_in_use(parent: &impl IsA<gtk::Widget>, machine: &str, conflicts: &[Conflict]) -> bool {
    if conflicts.is_empty() {
        return true;
    }
    let refusal = Refusal::about(Deed::Apply, &text::name(machine), conflicts);
    let dialog = refusal.dialog(parent);
    if refusal.may_insist {
        dialog.add_response("insist", &tr("_Apply Anyway"));
        dialog.set_response_appearance("insist", adw::ResponseAppearance::Destructive);
    }
    message::choose(dialog).await == "insist"
}

/// Tells who uses the images of a machine that was not started, and starts it where the user insists and libvirt would let
/// it: the answer to [`crate::ui::core::Notice::InUse`].
pub fn in_use(
    parent: &impl IsA<gtk::Widget>,
    core: &Core,
    key: DomainKey,
    action: DomainAction,
    conflicts: &[Conflict],
) {
    let Some(machine) = core.store().domain(key).map(|domain| text::name(&domain.name)) else {
        return;
    };
    let refusal = Refusal::about(Deed::Start, &machine, conflicts);
    let dialog = refusal.dialog(parent);
    if refusal.may_insist {
        dialog.add_response("insist", &tr("Start _Anyway"));
        dialog.set_response_appearance("insist", adw::ResponseAppearance::Destructive);
    } else {
        dialog.add_response("again", &tr("_Try Again"));
    }
    let core = core.clone();
    glib::spawn_future_local(async move {
        match message::choose(dialog).await.as_str() {
            "insist" => core.perform_anyway(key, action),
            "again" => core.perform(key, action),
            _ => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::{Access, Clash, Holder, Reason, Role, Source};
    use uuid::Uuid;

    fn conflict(clash: Clash, refused: bool) -> Conflict {
        Conflict {
            source: Source::path("/images/mail.qcow2"),
            holder: Holder::Machine {
                uuid: Uuid::nil(),
                name: "old-mail".into(),
                active: refused,
                role: Role::Disk("vda".into()),
                access: Access::Base,
            },
            reason: Reason::Clash(clash),
            refused,
        }
    }

    #[test]
    fn who_uses_what_is_told_and_the_user_may_insist_only_where_libvirt_lets_him() {
        let soft = conflict(Clash::WritesBase, false);
        let hard = conflict(Clash::BaseWritten, true);
        let asked = Refusal::about(Deed::Start, "mail", std::slice::from_ref(&soft));
        assert!(asked.may_insist);
        assert_eq!(
            asked.lines,
            ["/images/mail.qcow2: “old-mail” builds on it with vda (off)."]
        );
        let refused = Refusal::about(Deed::Start, "mail", &[soft, hard]);
        assert!(!refused.may_insist);
        assert_eq!(refused.lines.len(), 2);
        assert!(refused.body.contains("damaged for good"), "{}", refused.body);
    }

    #[test]
    fn long_list_of_users_is_cut() {
        let many = vec![conflict(Clash::WritesBase, false); LISTED + 3];
        let refusal = Refusal::about(Deed::Apply, "base", &many);
        assert_eq!(refusal.lines.len(), LISTED + 1);
        assert_eq!(refusal.lines.last().map(String::as_str), Some("and 3 more"));
    }
}
