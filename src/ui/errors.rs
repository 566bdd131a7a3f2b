//! The one place that tells the user about failures: a plain sentence, a way out, libvirt's own text under *Details*.

mod cause;
mod explanation;
mod holder;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

pub use explanation::{Explanation, Remedy, explain, explain_of_server};
pub use holder::explain_action;

use crate::i18n::{tr, tr_f};
use crate::model::action::DomainAction;
use crate::model::error::{Kind, VirtError};
use crate::model::host::HostConfig;
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::{host, message, text};

/// What a failure is about, and what its buttons do.
#[derive(Clone, Default)]
pub struct Context {
    /// The host, for explanations that name it.
    pub host: Option<HostConfig>,
    /// Heading instead of the explanation's own: "debian-12 could not be started".
    pub title: Option<String>,
    /// It is about something that has a server of its own: its silence is not that of the host.
    pub has_server: bool,
    /// What else may help, after what the explanation says.
    pub advice: Option<String>,
    /// Ways out besides those of the explanation.
    pub remedies: Vec<Remedy>,
    /// Called when a way out was chosen; without it no such buttons are shown.
    pub on_remedy: Option<Rc<dyn Fn(Remedy)>>,
}

/// Shows a failure: as a toast in `overlay` where that is enough and an overlay is given, else as a dialog over `parent`'s
/// window. Shows nothing for what the user cancelled.
pub fn show(parent: &impl IsA<gtk::Widget>, overlay: Option<&adw::ToastOverlay>, error: &VirtError, context: Context) {
    let host = context.host.as_ref();
    let explanation = match context.has_server {
        true => explain_of_server(error, host),
        false => explain(error, host),
    };
    show_explained(parent, overlay, error, explanation, context);
}

fn show_explained(
    parent: &impl IsA<gtk::Widget>,
    overlay: Option<&adw::ToastOverlay>,
    error: &VirtError,
    mut explanation: Explanation,
    context: Context,
) {
    if explanation.quiet {
        return;
    }
    if let Some(advice) = &context.advice {
        let said = explanation.body.trim();
        // What libvirt says ends without a full stop.
        let end = if said.ends_with(char::is_alphanumeric) { "." } else { "" };
        explanation.body = format!("{said}{end} {advice}").trim().to_owned();
    }
    for remedy in &context.remedies {
        if !explanation.remedies.contains(remedy) {
            explanation.remedies.push(*remedy);
        }
    }
    match overlay {
        Some(overlay) if explanation.recoverable => show_toast(overlay, error, explanation, context),
        _ => show_dialog(parent, error, &explanation, context),
    }
}

/// Shows that something asked of a machine failed, with the ways out wired to `core`: the answer to
/// [`crate::ui::core::Notice::ActionFailed`].
pub fn show_action(
    parent: &impl IsA<gtk::Widget>,
    overlay: Option<&adw::ToastOverlay>,
    core: &Core,
    key: DomainKey,
    action: &DomainAction,
    error: &VirtError,
) {
    let (host, machine) = {
        let store = core.store();
        (
            store.host(key.host).map(|host| host.config.clone()),
            store.domain(key).map(|domain| text::name(&domain.name)),
        )
    };
    let weak = parent.as_ref().downgrade();
    let explanation = explain_action(error, core, key);
    let core = core.clone();
    let again = action.clone();
    let off = explanation::network_off(error);
    let context = Context {
        host,
        title: machine.map(|machine| failed(action, &machine)),
        has_server: false,
        advice: None,
        remedies: ways_out(action, error),
        on_remedy: Some(Rc::new(move |remedy| match remedy {
            Remedy::Retry => core.perform(key, again.clone()),
            Remedy::ForceOff => force_off(weak.upgrade(), &core, key),
            Remedy::EditHost => {
                if let Some(parent) = weak.upgrade() {
                    host::edit(&parent, &core, key.host);
                }
            }
            Remedy::Check => {
                if let Some(parent) = weak.upgrade() {
                    host::doctor::open(&parent, &core, key.host);
                }
            }
            Remedy::StartNetwork => start_network(weak.upgrade(), &core, key, off.clone(), again.clone()),
            Remedy::TakeOver => {}
        })),
    };
    show_explained(parent, overlay, error, explanation, context);
}

/// Shows libvirt's own text with a Copy button (the *Details* of error pages).
pub fn show_details(parent: &impl IsA<gtk::Widget>, error: &VirtError) {
    let dialog = message::dialog(parent, &tr("Details"), "");
    dialog.set_extra_child(Some(&details_view(error)));
    dialog.add_responses(&[("copy", &tr("_Copy")), ("close", &tr("_Close"))]);
    dialog.set_default_response(Some("close"));
    let text = details(error);
    dialog.connect_response(Some("copy"), move |dialog, _| dialog.clipboard().set_text(&text));
    dialog.present();
}

/// libvirt's own text with its numbers, as it is copied.
#[must_use]
pub fn details(error: &VirtError) -> String {
    if error.code == 0 {
        return format!("{}\n({})", error.message, error.op);
    }
    format!(
        "{}\n({}, libvirt {}/{})",
        error.message, error.op, error.code, error.domain
    )
}

fn ways_out(action: &DomainAction, error: &VirtError) -> Vec<Remedy> {
    let ends = matches!(
        action,
        DomainAction::Shutdown(_) | DomainAction::Reboot(_) | DomainAction::Reset | DomainAction::Suspend
    );
    let stuck = matches!(error.kind, Kind::Timeout | Kind::Busy | Kind::Unsupported);
    if ends && stuck {
        vec![Remedy::ForceOff]
    } else if matches!(action, DomainAction::Start(_)) && !matches!(error.kind, Kind::Busy | Kind::Unreachable) {
        vec![Remedy::Check]
    } else {
        Vec::new()
    }
}

/// Starts the virtual network that a machine needs, then does again what failed without it.
fn start_network(parent: Option<gtk::Widget>, core: &Core, key: DomainKey, name: Option<String>, again: DomainAction) {
    let (Some(client), Some(name)) = (core.client(key.host), name) else {
        return;
    };
    let core = core.clone();
    glib::spawn_future_local(async move {
        let started = match client.networks().await {
            Ok(all) => match all
                .iter()
                .find(|network| network.name == name)
                .and_then(|network| network.uuid)
            {
                Some(uuid) => client.start_network(uuid).await,
                None => Err(VirtError::own(
                    Kind::Gone,
                    "start network",
                    "the network is not there any more",
                )),
            },
            Err(error) => Err(error),
        };
        match (started, parent) {
            (Ok(()), _) => core.perform(key, again),
            (Err(error), Some(parent)) => {
                let host = core.store().host(key.host).map(|host| host.config.clone());
                let title = tr_f(
                    "The network {name} could not be started",
                    &[("name", &text::name(&name))],
                );
                let context = Context {
                    host,
                    title: Some(title),
                    ..Context::default()
                };
                show(&parent, None, &error, context);
            }
            (Err(error), None) => tracing::debug!("the network could not be started: {error}"),
        }
    });
}

fn force_off(parent: Option<gtk::Widget>, core: &Core, key: DomainKey) {
    let Some(parent) = parent else { return };
    let core = core.clone();
    glib::spawn_future_local(async move {
        if crate::ui::confirm::confirm(&parent, &core, &DomainAction::ForceOff, &[key]).await {
            core.perform(key, DomainAction::ForceOff);
        }
    });
}

/// "debian-12 could not be started."
fn failed(action: &DomainAction, machine: &str) -> String {
    let name = [("name", machine)];
    match action {
        DomainAction::Start(_) => tr_f("{name} could not be started", &name),
        DomainAction::Shutdown(_) => tr_f("{name} could not be shut down", &name),
        DomainAction::Reboot(_) => tr_f("{name} could not be rebooted", &name),
        DomainAction::Reset => tr_f("{name} could not be reset", &name),
        DomainAction::ForceOff => tr_f("{name} could not be forced off", &name),
        DomainAction::Suspend => tr_f("{name} could not be paused", &name),
        DomainAction::Resume => tr_f("{name} could not be resumed", &name),
        DomainAction::Save => tr_f("{name} could not be saved", &name),
        DomainAction::DiscardSaved => tr_f("The saved state of {name} could not be discarded", &name),
        DomainAction::InjectNmi => tr_f("The interrupt could not be sent to {name}", &name),
        DomainAction::CoreDump(_) => tr_f("No core dump of {name} could be written", &name),
        DomainAction::PmWakeup => tr_f("{name} could not be woken up", &name),
        DomainAction::SetAutostart(_) => tr_f("The automatic start of {name} could not be changed", &name),
        DomainAction::Rename(_) => tr_f("{name} could not be renamed", &name),
        DomainAction::SetTitle(_) => tr_f("The title of {name} could not be changed", &name),
        DomainAction::SetDescription(_) => tr_f("The description of {name} could not be changed", &name),
        DomainAction::SetTags(_) => tr_f("The tags of {name} could not be changed", &name),
        DomainAction::Delete(_) => tr_f("{name} could not be deleted", &name),
    }
}

/// A toast has one button: the best way out, else the details.
fn show_toast(overlay: &adw::ToastOverlay, error: &VirtError, explanation: Explanation, context: Context) {
    let title = context.title.clone().unwrap_or_else(|| explanation.title.clone());
    // Translators: a short message; the heading, then the explanation of a failure.
    let line = tr_f("{title}: {body}", &[("title", &title), ("body", &explanation.body)]);
    let toast = adw::Toast::new(&glib::markup_escape_text(&line));
    toast.set_timeout(8);
    toast.set_button_label(Some(&tr("_Details")));
    let (error, weak) = (error.clone(), overlay.downgrade());
    toast.connect_button_clicked(move |toast| {
        toast.dismiss();
        if let Some(overlay) = weak.upgrade() {
            show_dialog(&overlay, &error, &explanation, context.clone());
        }
    });
    overlay.add_toast(toast);
}

fn show_dialog(parent: &impl IsA<gtk::Widget>, error: &VirtError, explanation: &Explanation, context: Context) {
    let title = context.title.as_deref().unwrap_or(&explanation.title);
    let dialog = message::dialog(parent, title, &explanation.body);
    if !error.message.trim().is_empty() {
        dialog.set_extra_child(Some(&details_expander(error)));
    }
    dialog.add_response("close", &tr("_Close"));
    dialog.set_close_response("close");
    dialog.set_default_response(Some("close"));
    if let Some(on_remedy) = context.on_remedy {
        // The last button stands where the eye ends: the best way out.
        for (index, remedy) in explanation.remedies.iter().enumerate().rev() {
            let id = format!("{remedy:?}");
            dialog.add_response(&id, &remedy.label());
            if *remedy == Remedy::ForceOff {
                dialog.set_response_appearance(&id, adw::ResponseAppearance::Destructive);
            } else if index == 0 {
                dialog.set_response_appearance(&id, adw::ResponseAppearance::Suggested);
                dialog.set_default_response(Some(&id));
            }
            let (on_remedy, remedy) = (on_remedy.clone(), *remedy);
            dialog.connect_response(Some(&id), move |_, _| on_remedy(remedy));
        }
    }
    dialog.present();
}

fn details_expander(error: &VirtError) -> gtk::Expander {
    let expander = gtk::Expander::with_mnemonic(&tr("_Details"));
    let content = gtk::Box::new(gtk::Orientation::Vertical, 6);
    content.set_margin_top(6);
    content.append(&details_view(error));
    let copy = gtk::Button::with_mnemonic(&tr("_Copy"));
    copy.set_halign(gtk::Align::End);
    let text = details(error);
    copy.connect_clicked(move |button| button.clipboard().set_text(&text));
    content.append(&copy);
    expander.set_child(Some(&content));
    expander
}

/// libvirt's text in a frame that scrolls, to select and copy.
fn details_view(error: &VirtError) -> gtk::ScrolledWindow {
    let label = gtk::Label::builder()
        .label(details(error))
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .selectable(true)
        .xalign(0.0)
        .valign(gtk::Align::Start)
        .margin_top(9)
        .margin_bottom(9)
        .margin_start(12)
        .margin_end(12)
        .css_classes(["monospace", "caption"])
        .build();
    gtk::ScrolledWindow::builder()
        .child(&label)
        .css_classes(["card"])
        .hscrollbar_policy(gtk::PolicyType::Never)
        .propagate_natural_height(true)
        .min_content_height(72)
        .max_content_height(220)
        .build()
}
