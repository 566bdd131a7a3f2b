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

/// What stands in the dialog.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    heading: String,
    body: String,
    lines: Vec<String>,
    /// It could be started, at the user's own risk.
    may_insist: bool,
}

impl Refusal {
    fn about(machine: &str, conflicts: &[Conflict]) -> Self {
        let may_insist = conflicts.iter().all(|conflict| !conflict.refused);
        let name = [("name", machine)];
        let mut lines: Vec<String> = conflicts.iter().take(LISTED).map(Conflict::line).collect();
        if conflicts.len() > LISTED {
            lines.push(tr_n("and {n} more", "and {n} more", conflicts.len() - LISTED, &[]));
        }
        let ways = if may_insist {
            tr("Start it only if you know that this cannot happen.")
        } else {
            tr("Stop the other machine first, or give this one a copy of the image.")
        };
        Self {
            heading: if may_insist {
                tr_f("Start {name} although its disks are in use?", &name)
            } else {
                tr_f("{name} can't start: its disks are in use", &name)
            },
            body: format!("{} {ways}", consequence(conflicts)),
            lines,
            may_insist,
        }
    }
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
    let refusal = Refusal::about(&machine, conflicts);
    let dialog = message::dialog(parent, &refusal.heading, &refusal.body);
    let list = gtk::Label::builder()
        .label(refusal.lines.join("\n"))
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .xalign(0.0)
        .selectable(true)
        .can_focus(false)
        .build();
    list.add_css_class("dim-label");
    dialog.set_extra_child(Some(&list));
    dialog.set_close_response("close");
    if refusal.may_insist {
        dialog.add_responses(&[("close", &tr("_Cancel")), ("insist", &tr("Start _Anyway"))]);
        dialog.set_response_appearance("insist", adw::ResponseAppearance::Destructive);
    } else {
        dialog.add_responses(&[("close", &tr("_Close")), ("again", &tr("_Try Again"))]);
    }
    dialog.set_default_response(Some("close"));
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
        let asked = Refusal::about("mail", std::slice::from_ref(&soft));
        assert!(asked.may_insist);
        assert_eq!(
            asked.lines,
            ["/images/mail.qcow2: “old-mail” builds on it with vda (off)."]
        );
        let refused = Refusal::about("mail", &[soft, hard]);
        assert!(!refused.may_insist);
        assert_eq!(refused.lines.len(), 2);
        assert!(refused.body.contains("damaged for good"), "{}", refused.body);
    }

    #[test]
    fn long_list_of_users_is_cut() {
        let many = vec![conflict(Clash::WritesBase, false); LISTED + 3];
        let refusal = Refusal::about("base", &many);
        assert_eq!(refusal.lines.len(), LISTED + 1);
        assert_eq!(refusal.lines.last().map(String::as_str), Some("and 3 more"));
    }
}
