//! What stands in the list's place when there is nothing to list: why, and the next step as a button.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::fill::literal;
use crate::i18n::{tr, tr_f};
use crate::model::host::ConnectionStatus;
use crate::model::key::HostId;
use crate::model::store::{Host, Store};
use crate::model::view::Scope;
use crate::ui::core::Core;
use crate::ui::errors;
use crate::ui::widgets::{name_once, spinner};

/// So many hosts get a button on the page that tells that none is connected; the sidebar has all.
const MOST_HOSTS: usize = 5;

/// What the place of the list shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Situation {
    /// Machines.
    List,
    /// No host is known.
    NoHost,
    /// Being connected, nothing known yet.
    Connecting(HostId),
    /// Not connected.
    Disconnected(HostId),
    /// Could not be connected.
    Failed(HostId, ConnectionStatus),
    /// There are several hosts, and none of them is connected.
    NoneConnected(Vec<HostId>),
    /// There are no machines.
    NoMachines,
    /// The search finds nothing.
    NothingFound,
}

/// Works out what to show. `matching` is the number of machines that match, `searching` whether a search is on.
pub(super) fn situation(store: &Store, scope: &Scope, matching: usize, searching: bool) -> Situation {
    if matching > 0 {
        return Situation::List;
    }
    let mut hosts = store.hosts();
    let alone = match (hosts.next(), hosts.next()) {
        (None, _) => return Situation::NoHost,
        (Some(only), None) => Some(only),
        _ => None,
    };
    let host = match scope {
        Scope::Host(id) => store.host(*id),
        _ => alone,
    };
    if let Some(host) = host.filter(|host| host.domains.is_empty()) {
        let id = host.config.id;
        match &host.status {
            ConnectionStatus::Disconnected => return Situation::Disconnected(id),
            ConnectionStatus::Connecting => return Situation::Connecting(id),
            ConnectionStatus::Connected if !host.listed => return Situation::Connecting(id),
            ConnectionStatus::Connected => {}
            status => return Situation::Failed(id, status.clone()),
        }
    } else if host.is_none() && store.hosts().all(|host| !host.listed && host.domains.is_empty()) {
        // Nothing was listed: that there are no machines is not known.
        let on_its_way =
            |host: &&Host| matches!(host.status, ConnectionStatus::Connecting | ConnectionStatus::Connected);
        return match store.hosts().find(on_its_way) {
            Some(host) => Situation::Connecting(host.config.id),
            None => Situation::NoneConnected(store.hosts().map(|host| host.config.id).collect()),
        };
    }
    if searching {
        Situation::NothingFound
    } else {
        Situation::NoMachines
    }
}

/// What a host's line in the sidebar says when it is pointed at: its name, its address or what is wrong with it.
pub(super) fn tip(host: &Host) -> String {
    let reason = match &host.status {
        ConnectionStatus::Lost { error, .. } | ConnectionStatus::Failed { error, .. } => literal(&error.message),
        _ => literal(&host.config.uri),
    };
    let mut tip = format!("{}\n{reason}", literal(&host.config.name));
    if host.status.is_connected() && host.info.as_ref().is_some_and(|info| !info.features.events) {
        tip.push('\n');
        tip.push_str(&tr("This host doesn't tell of changes. It is asked every few seconds."));
    }
    tip
}

/// The page for a situation. Its buttons are actions of the window, so it needs nothing but the store to be made.
pub(super) fn page(core: &Core, situation: &Situation) -> gtk::Widget {
    let page = adw::StatusPage::builder().vexpand(true).build();
    let buttons = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .halign(gtk::Align::Center)
        .build();
    page.set_child(Some(&buttons));
    let name = |id: HostId| {
        let store = core.store();
        store
            .host(id)
            .map(|host| literal(&host.config.name))
            .unwrap_or_default()
    };
    // For descriptions, which are markup; titles are not.
    let escape = |text: &str| glib::markup_escape_text(text).to_string();
    match situation {
        Situation::List => {}
        Situation::NoHost => {
            page.set_icon_name(Some("network-server-symbolic"));
            page.set_title(&tr("No Host Yet"));
            page.set_description(Some(&tr(
                "Virtual machines live on hosts: this computer, or others over the network.",
            )));
            buttons.append(&button(
                &tr("_Connect to This Computer"),
                "app.connect-local",
                None,
                true,
            ));
            buttons.append(&button(&tr("_Add a Host…"), "win.add-host", None, false));
            buttons.append(&button(&tr("Open the _Demo"), "app.open-demo", None, false));
        }
        Situation::Connecting(id) => {
            buttons.append(&spinner(&tr("Connecting…")));
            page.set_title(&tr_f("Connecting to {host}…", &[("host", &name(*id))]));
            buttons.append(&button(&tr("Cancel"), "host.disconnect", Some(*id), false));
        }
        Situation::Disconnected(id) => {
            page.set_icon_name(Some("network-server-symbolic"));
            page.set_title(&tr_f("{host} Is Not Connected", &[("host", &name(*id))]));
            buttons.append(&button(&tr("_Connect"), "host.connect", Some(*id), true));
            buttons.append(&button(&tr("_Edit…"), "host.edit", Some(*id), false));
        }
        Situation::Failed(id, status) => {
            page.set_icon_name(Some("dialog-warning-symbolic"));
            page.set_title(&tr_f("Could Not Connect to {host}", &[("host", &name(*id))]));
            if let ConnectionStatus::Failed { error, .. } | ConnectionStatus::Lost { error, .. } = status {
                let config = core.store().host(*id).map(|host| host.config.clone());
                let why = errors::explain(error, config.as_ref());
                page.set_title(&why.title);
                page.set_description(Some(&escape(&why.body)));
            }
            buttons.append(&button(&tr("_Try Again"), "host.connect", Some(*id), true));
            buttons.append(&button(&tr("_Edit…"), "host.edit", Some(*id), false));
            buttons.append(&button(&tr("C_heck This Host…"), "host.check", Some(*id), false));
            buttons.append(&button(&tr("_Details"), "host.details", Some(*id), false));
            if core.store().totals().total == 0 {
                // Nothing else to look at: a first start without a working hypervisor is no dead end.
                buttons.append(&button(&tr("Open the _Demo"), "app.open-demo", None, false));
            }
        }
        Situation::NoneConnected(hosts) => {
            page.set_icon_name(Some("network-server-symbolic"));
            page.set_title(&tr("No Host Is Connected"));
            page.set_description(Some(&tr("The machines of a host show as soon as it is connected.")));
            for id in hosts.iter().take(MOST_HOSTS) {
                let label = tr_f("Connect to {host}", &[("host", &name(*id))]);
                let button = button(&label, "host.connect", Some(*id), false);
                // An underscore in the name of a host is no shortcut.
                button.set_use_underline(false);
                buttons.append(&button);
            }
        }
        Situation::NoMachines => {
            page.set_icon_name(Some("computer-symbolic"));
            page.set_title(&tr("No Machines"));
            page.set_description(Some(&tr(
                "Create one from an installation image, a cloud image, a disk or a definition.",
            )));
            buttons.append(&button(&tr("_New Machine…"), "win.create", None, true));
        }
        Situation::NothingFound => {
            page.set_icon_name(Some("system-search-symbolic"));
            page.set_title(&tr("Nothing Found"));
            page.set_description(Some(&tr("No machine matches the search.")));
            buttons.append(&button(&tr("_Clear Search"), "win.clear-search", None, false));
        }
    }
    page.upcast()
}

fn button(label: &str, action: &str, host: Option<HostId>, suggested: bool) -> gtk::Button {
    let button = gtk::Button::builder()
        .label(label)
        .use_underline(true)
        .action_name(action)
        .css_classes(["pill"])
        .build();
    if let Some(id) = host {
        button.set_action_target_value(Some(&id.to_string().to_variant()));
    }
    if suggested {
        button.add_css_class("suggested-action");
    }
    name_once(&button);
    button
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::HostConfig;

    #[test]
    fn hosts_that_were_never_reached_are_not_said_to_have_no_machines() {
        let mut store = Store::default();
        let configs = [
            HostConfig::new("near", "test:///default"),
            HostConfig::new("far", "test:///default"),
        ];
        let ids = configs.each_ref().map(|config| config.id);
        for config in configs {
            let _ = store.put_host(config);
        }
        let now = situation(&store, &Scope::All, 0, false);
        assert!(
            matches!(&now, Situation::NoneConnected(hosts) if hosts.len() == 2),
            "{now:?}"
        );
        let alone = situation(&store, &Scope::Host(ids[0]), 0, false);
        assert_eq!(alone, Situation::Disconnected(ids[0]));
    }
}
