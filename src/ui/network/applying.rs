//! Applying an edited definition: what changes and when, and what is told afterwards.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use uuid::Uuid;

use super::restart;
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::key::HostId;
use crate::model::network::{
    NetworkChange, NetworkDefinitions, NetworkOutcome, NetworkReport, NetworkTiming, NetworkVerdict, NetworkWish,
};
use crate::ui::core::Core;
use crate::ui::widgets::{name_once, plain_row};
use crate::ui::xml::diff;
use crate::ui::{errors, hardware, message};

/// Shows what changes, in words and as XML; `apply` is called when the user wants it.
pub(super) fn review(
    parent: &impl IsA<gtk::Widget>,
    before: &str,
    after: &str,
    changes: &[NetworkChange],
    apply: impl Fn() + 'static,
) {
    review_pages(parent, Some(changes), before, after, apply);
}

fn review_pages(
    parent: &impl IsA<gtk::Widget>,
    changes: Option<&[NetworkChange]>,
    before: &str,
    after: &str,
    apply: impl Fn() + 'static,
) {
    let window = adw::Window::builder()
        .title(tr("Review Changes"))
        .modal(true)
        .destroy_with_parent(true)
        .default_width(900)
        .default_height(640)
        .width_request(360)
        .height_request(360)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    let stack = adw::ViewStack::new();
    if let Some(changes) = changes {
        stack
            .add_titled(&words(changes), Some("words"), &tr("Changes"))
            .set_icon_name(Some("view-list-symbolic"));
    }
    stack
        .add_titled(&diff::view(before, after), Some("xml"), &tr("XML"))
        .set_icon_name(Some("vireo-xml-symbolic"));
    stack.set_vexpand(true);
    let switcher = adw::ViewSwitcher::builder()
        .stack(&stack)
        .policy(adw::ViewSwitcherPolicy::Wide)
        .build();
    let header = adw::HeaderBar::builder()
        .title_widget(&switcher)
        .show_end_title_buttons(false)
        .show_start_title_buttons(false)
        .build();
    let close = gtk::Button::with_mnemonic(&tr("_Close"));
    let button = gtk::Button::with_mnemonic(&tr("_Apply"));
    button.add_css_class("suggested-action");
    header.pack_start(&close);
    header.pack_end(&button);
    let weak = window.downgrade();
    close.connect_clicked(move |_| weak.upgrade().iter().for_each(GtkWindowExt::close));
    let weak = window.downgrade();
    button.connect_clicked(move |_| {
        weak.upgrade().iter().for_each(GtkWindowExt::close);
        apply();
    });
    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&header);
    content.append(&stack);
    window.set_content(Some(&content));
    hardware::add::escape(&window);
    window.connect_map(name_once);
    window.present();
}

fn words(changes: &[NetworkChange]) -> gtk::ScrolledWindow {
    let group = adw::PreferencesGroup::builder()
        .margin_top(18)
        .margin_bottom(18)
        .margin_start(12)
        .margin_end(12)
        .build();
    for change in changes {
        let what = match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (Some(before), None) => format!("{before} →"),
            (None, Some(after)) => format!("→ {after}"),
            (None, None) => String::new(),
        };
        let when = match &change.timing {
            NetworkTiming::Now => tr("Holds at once."),
            NetworkTiming::NextStart => tr("Holds when the network starts."),
            NetworkTiming::Restart(why) => why.clone(),
        };
        let lines: Vec<&str> = [what.as_str(), &when]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        group.add(&plain_row(&change.title, &lines.join("\n")));
    }
    gtk::ScrolledWindow::builder()
        .child(&adw::Clamp::builder().maximum_size(760).child(&group).build())
        .hscrollbar_policy(gtk::PolicyType::Never)
        .build()
}

/// Applies, and tells what did not work out. The definitions as they are afterwards; `None` where nothing was written.
pub(super) async fn apply(
    parent: &impl IsA<gtk::Widget>,
    core: &Core,
    host: HostId,
    uuid: Uuid,
    wish: NetworkWish,
) -> Option<NetworkDefinitions> {
    let client = core.client(host)?;
    match client.apply_network(uuid, wish).await {
        Ok(NetworkVerdict::Done(report)) => {
            tell(parent, core, host, uuid, &report);
        }
        Ok(NetworkVerdict::Clash { .. }) => {
            let dialog = message::dialog(
                parent,
                &tr("Someone else changed the same"),
                &tr(
                    "The network’s definition was changed meanwhile, in the same places and in another way. Nothing was applied. Discard your changes to see how it is now.",
                ),
            );
            dialog.add_response("close", &tr("_Close"));
            dialog.set_close_response("close");
            dialog.set_default_response(Some("close"));
            dialog.present();
            return None;
        }
        Err(error) => {
            tell_error(parent, core, host, &tr("The changes were not applied"), &error);
            return None;
        }
    }
    client.network_definitions(uuid).await.ok()
}

fn tell(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId, uuid: Uuid, report: &NetworkReport) {
    let failed: Vec<(&str, &VirtError)> = report
        .changes
        .iter()
        .filter_map(|applied| match &applied.outcome {
            NetworkOutcome::Failed(error) => Some((applied.change.title.as_str(), error)),
            _ => None,
        })
        .collect();
    if let Some((title, error)) = failed.first() {
        tell_error(parent, core, host, title, error);
    } else if report.needs_restart() {
        let waiting: Vec<&str> = report
            .changes
            .iter()
            .filter(|applied| matches!(applied.outcome, NetworkOutcome::Restart(_)))
            .map(|applied| applied.change.title.as_str())
            .collect();
        let (parent, core) = (parent.upcast_ref::<gtk::Widget>().clone(), core.clone());
        let waiting = waiting.join("\n");
        glib::spawn_future_local(async move { restart::offer(&parent, &core, host, uuid, &waiting).await });
    }
}

/// Explains a failure under a heading.
pub(super) fn tell_error(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId, title: &str, error: &VirtError) {
    let config = core.store().host(host).map(|host| host.config.clone());
    let context = errors::Context {
        host: config,
        title: Some(title.to_owned()),
        ..errors::Context::default()
    };
    errors::show(parent, None, error, context);
}

/// Shows two texts side by side; `apply` is called when the user wants the second.
pub(super) fn compare(parent: &impl IsA<gtk::Widget>, before: &str, after: &str, apply: impl Fn() + 'static) {
    review_pages(parent, None, before, after, apply);
}

/// Runs something that may fail, and tells when it does. Buttons that are pressed do this.
pub(super) fn act<F>(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId, title: String, work: F)
where
    F: Future<Output = Result<(), VirtError>> + 'static,
{
    let (parent, core) = (parent.upcast_ref::<gtk::Widget>().clone(), core.clone());
    glib::spawn_future_local(async move {
        if let Err(error) = work.await {
            tell_error(&parent, &core, host, &title, &error);
        }
    });
}
