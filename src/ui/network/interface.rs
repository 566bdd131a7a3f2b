//! An interface or bridge of the host: what it is, and what stands on it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::reading::Reading;
use super::settings::lock_of;
use super::{Pane, applying, words};
use crate::i18n::{tr, tr_c, tr_f};
use crate::model::key::{DomainKey, HostId};
use crate::ui::core::Core;
use crate::ui::widgets::{hide_pictures, name_lists, plain_row};
use crate::ui::{message, text};

/// The page of one interface.
pub(super) struct InterfacePane {
    core: Core,
    host: HostId,
    name: String,
    root: gtk::ScrolledWindow,
    column: gtk::Box,
    tools: gtk::Box,
    run: gtk::Button,
    build: gtk::Button,
    active: Cell<bool>,
    groups: RefCell<Vec<adw::PreferencesGroup>>,
}

impl InterfacePane {
    /// The page of the interface with this name.
    pub(super) fn new(core: &Core, host: HostId, name: &str) -> Rc<Self> {
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(12)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        let clamp = adw::Clamp::builder().maximum_size(760).child(&column).build();
        let root = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let (run, build) = (gtk::Button::new(), gtk::Button::new());
        let tools = gtk::Box::builder().spacing(6).build();
        tools.append(&run);
        tools.append(&build);
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let weak = weak.clone();
            run.connect_clicked(move |_| {
                if let Some(pane) = weak.upgrade() {
                    pane.start_or_stop();
                }
            });
            Self {
                core: core.clone(),
                host,
                name: name.to_owned(),
                root,
                column,
                tools,
                run,
                build,
                active: Cell::default(),
                groups: RefCell::default(),
            }
        })
    }

    fn start_or_stop(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let (this, interface) = (Rc::clone(self), self.name.clone());
        let name = text::name(&self.name);
        if !self.active.get() {
            let title = tr_f("{name} was not started", &[("name", &name)]);
            applying::act(&self.root, &self.core, self.host, title, async move {
                client.start_interface(interface).await
            });
            return;
        }
        glib::spawn_future_local(async move {
            if !this.confirm_stop().await {
                return;
            }
            let title = tr_f("{name} was not stopped", &[("name", &name)]);
            applying::act(&this.root, &this.core, this.host, title, async move {
                client.stop_interface(interface).await
            });
        });
    }

    /// Nobody can be asked by a host that has lost its last link: so the question is always put.
    async fn confirm_stop(&self) -> bool {
        let mut lines = vec![tr(
            "Everything that goes through this interface loses its link. If this host is reached through it, the connection is lost, and the interface can only be started at the host itself.",
        )];
        let machines: Vec<String> = self.machines().iter().map(|(_, name)| text::name(name)).collect();
        if !machines.is_empty() {
            lines.push(tr_f(
                "These machines are plugged into it: {machines}",
                &[("machines", &text::one_line(&machines.join(", "), 600))],
            ));
        }
        let heading = tr_f("Stop {name}?", &[("name", &text::name(&self.name))]);
        let dialog = message::dialog(&self.root, &heading, &lines.join("\n\n"));
        dialog.add_responses(&[("cancel", &tr("_Cancel")), ("stop", &tr("_Stop"))]);
        dialog.set_response_appearance("stop", adw::ResponseAppearance::Destructive);
        dialog.set_close_response("cancel");
        dialog.set_default_response(Some("cancel"));
        message::choose(dialog).await == "stop"
    }

    fn machines(&self) -> Vec<(DomainKey, String)> {
        let store = self.core.store();
        let mut found: Vec<(DomainKey, String)> = store
            .domains()
            .filter(|domain| domain.key.host == self.host)
            .filter(|domain| {
                let nics = domain.details.iter().flat_map(|details| &details.nics);
                nics.into_iter().any(|nic| {
                    matches!(nic.kind.as_str(), "bridge" | "direct") && nic.source.as_ref() == Some(&self.name)
                })
            })
            .map(|domain| (domain.key, domain.name.clone()))
            .collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        found
    }
}

impl Pane for Rc<InterfacePane> {
    fn widget(&self) -> gtk::Widget {
        self.root.clone().upcast()
    }

    fn title(&self) -> String {
        text::name(&self.name)
    }

    fn tools(&self) -> Option<gtk::Widget> {
        Some(self.tools.clone().upcast())
    }

    fn show(&self, reading: &Reading) {
        let Some(fact) = reading.interface(&self.name) else {
            return;
        };
        let is_bridge = fact.kind == "bridge";
        let (label, action) = match is_bridge {
            true => (tr("Network on This Bridge…"), "networks.new-on"),
            false => (tr("Make a Bridge…"), "networks.bridge"),
        };
        self.build.set_label(&label);
        if is_bridge {
            self.build.set_action_target_value(Some(&self.name.to_variant()));
        }
        self.build.set_action_name(Some(action));
        self.active.set(fact.active);
        // Most drivers list interfaces at best; only those that set them up can start and stop them.
        self.run.set_visible(reading.has_interface_driver);
        self.run.set_label(&if fact.active { tr("Stop") } else { tr("Start") });
        self.run.set_sensitive(lock_of(&self.core, self.host).is_none());
        self.groups.take().iter().for_each(|group| self.column.remove(group));
        let about = adw::PreferencesGroup::new();
        let state = match (reading.has_interface_driver, fact.active) {
            (_, true) => tr_c("network device", "Up"),
            (true, false) => tr_c("network device", "Down"),
            (false, false) => tr("No link"),
        };
        let mut rows = vec![
            (tr("State"), state),
            (tr("Kind"), words::kind(&fact.kind)),
            (tr("Hardware address"), fact.mac.clone().unwrap_or_default()),
            (tr("Addresses"), fact.addresses.join(", ")),
            (tr("Ports"), fact.ports.join(", ")),
        ];
        let networks: Vec<String> = reading
            .networks
            .iter()
            .flatten()
            .filter(|network| network.bridge.as_ref() == Some(&self.name) || network.uplinks.contains(&self.name))
            .map(|network| text::name(&network.name))
            .collect();
        rows.push((tr("Networks"), networks.join(", ")));
        for (title, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            about.add(&plain_row(title, value));
        }
        name_lists(&about, &tr("What it is"));
        let group = adw::PreferencesGroup::builder()
            .title(tr("Machines plugged into it directly"))
            .build();
        let machines = self.machines();
        if machines.is_empty() {
            group.set_description(Some(&tr("None.")));
        }
        for (key, name) in machines {
            let row = plain_row(&text::name(&name), "");
            row.set_activatable(true);
            row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
            let target = key.to_string();
            row.connect_activated(move |row| {
                if let Err(error) = row.activate_action("win.open", Some(&target.to_variant())) {
                    tracing::warn!(%error, "the machine cannot be opened from here");
                }
            });
            group.add(&row);
        }
        hide_pictures(&group);
        self.column.append(&about);
        self.column.append(&group);
        self.groups.replace(vec![about, group]);
    }
}
