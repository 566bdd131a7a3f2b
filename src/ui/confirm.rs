//! Questions before something is lost.

mod in_use;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

pub use in_use::{edit_in_use, in_use};

use crate::i18n::{tr, tr_f, tr_n};
use crate::model::action::DomainAction;
use crate::model::key::DomainKey;
use crate::model::store::{Domain, Store};
use crate::ui::core::Core;
use crate::ui::{message, text};

/// Kinds of questions that can be turned off, as the settings name them.
pub(crate) const KINDS: &[&str] = &[
    "force-off",
    "reset",
    "shutdown",
    "reboot",
    "discard-saved",
    "inject-nmi",
];

/// Names shown one by one; the rest is a number.
const LISTED: usize = 8;

/// Asks whether to do `action` to these machines. True at once where the action needs no question or the user said not to
/// be asked again. Machines that are gone are left out; false when none is left.
pub async fn confirm(parent: &impl IsA<gtk::Widget>, core: &Core, action: &DomainAction, keys: &[DomainKey]) -> bool {
    let (question, machines) = {
        let store = core.store();
        let known: Vec<&Domain> = keys.iter().filter_map(|key| store.domain(*key)).collect();
        if known.is_empty() {
            return false;
        }
        let Some(question) = Question::about(action, &known) else {
            return true;
        };
        (question, described(&store, &known))
    };
    if !core.settings().confirms(question.kind) {
        return true;
    }
    let dialog = message::dialog(parent, &question.heading, &question.body);
    let never = gtk::CheckButton::with_mnemonic(&tr("_Don't ask again"));
    never.set_halign(gtk::Align::Center);
    dialog.set_extra_child(Some(&content(&machines, &never)));
    dialog.add_responses(&[("cancel", &tr("_Cancel")), ("do", &question.verb)]);
    dialog.set_response_appearance("do", adw::ResponseAppearance::Destructive);
    dialog.set_close_response("cancel");
    dialog.set_default_response(Some("cancel"));
    if message::choose(dialog).await != "do" {
        return false;
    }
    if never.is_active() {
        core.settings().set_confirms(question.kind, false);
    }
    true
}

/// What is asked for an action that loses something.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    /// Key under which "don't ask again" is kept.
    kind: &'static str,
    heading: String,
    body: String,
    verb: String,
}

impl Question {
    fn about(action: &DomainAction, machines: &[&Domain]) -> Option<Self> {
        let n = machines.len();
        let only = machines
            .first()
            .map(|domain| text::name(&domain.name))
            .unwrap_or_default();
        let name = [("name", only.as_str())];
        let (kind, one, many, body, verb) = match action {
            DomainAction::ForceOff => (
                "force-off",
                tr_f("Force off {name}?", &name),
                tr_n("Force off {n} machine?", "Force off {n} machines?", n, &[]),
                tr(
                    "This is like pulling the power plug. Unsaved data in the guest is lost and its file systems may be damaged.",
                ),
                tr("_Force Off"),
            ),
            DomainAction::Reset => (
                "reset",
                tr_f("Reset {name}?", &name),
                tr_n("Reset {n} machine?", "Reset {n} machines?", n, &[]),
                tr(
                    "This is like pressing the reset button. Unsaved data in the guest is lost and its file systems may be damaged.",
                ),
                tr("_Reset"),
            ),
            DomainAction::Shutdown(_) => (
                "shutdown",
                tr_f("Shut down {name}?", &name),
                tr_n("Shut down {n} machine?", "Shut down {n} machines?", n, &[]),
                tr("The guest is asked to end its programs and to switch off. Whoever works on it is disconnected."),
                tr("_Shut Down"),
            ),
            DomainAction::Reboot(_) => (
                "reboot",
                tr_f("Reboot {name}?", &name),
                tr_n("Reboot {n} machine?", "Reboot {n} machines?", n, &[]),
                tr("The guest is asked to end its programs and to start again. Whoever works on it is disconnected."),
                tr("_Reboot"),
            ),
            DomainAction::DiscardSaved => (
                "discard-saved",
                tr_f("Discard the saved state of {name}?", &name),
                tr_n(
                    "Discard the saved state of {n} machine?",
                    "Discard the saved states of {n} machines?",
                    n,
                    &[],
                ),
                tr("What was in memory when it was saved is lost. The next start is a boot, as after a power failure."),
                tr("_Discard"),
            ),
            DomainAction::Start(options) if options.force_boot && machines.iter().any(|domain| domain.managed_save) => {
                (
                    "discard-saved",
                    tr_f("Start {name} without its saved state?", &name),
                    tr_n(
                        "Start {n} machine without its saved state?",
                        "Start {n} machines without their saved states?",
                        n,
                        &[],
                    ),
                    tr(
                        "What was in memory when it was saved is lost. The next start is a boot, as after a power failure.",
                    ),
                    tr("_Discard and Start"),
                )
            }
            DomainAction::InjectNmi => (
                "inject-nmi",
                tr_f("Send an interrupt to {name}?", &name),
                tr_n(
                    "Send an interrupt to {n} machine?",
                    "Send an interrupt to {n} machines?",
                    n,
                    &[],
                ),
                tr(
                    "Most guests take a non-maskable interrupt for a hardware failure: they write a crash dump, stop or reboot.",
                ),
                tr("_Send Interrupt"),
            ),
            _ => return None,
        };
        Some(Self {
            kind,
            heading: if n == 1 { one } else { many },
            body,
            verb,
        })
    }
}

/// One line for each machine: its name, and what tells it from others that look the same. A single machine whose name
/// nobody else resembles needs no line, it stands in the heading.
pub(crate) fn described(store: &Store, machines: &[&Domain]) -> Vec<String> {
    let looks: Vec<String> = machines.iter().map(|domain| text::look(&domain.name)).collect();
    let mut twins = vec![0_usize; machines.len()];
    for other in store.domains() {
        let look = text::look(&other.name);
        for (count, own) in twins.iter_mut().zip(&looks) {
            *count += usize::from(look == *own);
        }
    }
    if machines.len() == 1 && twins[0] <= 1 {
        return Vec::new();
    }
    let mut lines: Vec<String> = machines
        .iter()
        .zip(&twins)
        .take(LISTED)
        .map(|(domain, twins)| {
            let name = text::name(&domain.name);
            if *twins <= 1 {
                return name;
            }
            let uuid = domain.key.uuid.to_string();
            match store.host(domain.key.host) {
                Some(host) => tr_f(
                    "{name} on {host} ({uuid})",
                    &[
                        ("name", &name),
                        ("host", &text::name(&host.config.name)),
                        ("uuid", &uuid),
                    ],
                ),
                None => tr_f("{name} ({uuid})", &[("name", &name), ("uuid", &uuid)]),
            }
        })
        .collect();
    if machines.len() > LISTED {
        lines.push(tr_n("and {n} more", "and {n} more", machines.len() - LISTED, &[]));
    }
    lines
}

fn content(machines: &[String], never: &gtk::CheckButton) -> gtk::Box {
    let content = gtk::Box::new(gtk::Orientation::Vertical, 12);
    if !machines.is_empty() {
        let list = gtk::Label::builder()
            .label(machines.join("\n"))
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .selectable(true)
            .can_focus(false)
            .build();
        list.add_css_class("dim-label");
        content.append(&list);
    }
    content.append(never);
    content
}
