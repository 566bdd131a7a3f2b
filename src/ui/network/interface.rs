//! An interface or bridge of the host: what it is, and what stands on it.

use std::cell::RefCell;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::reading::Reading;
use super::{Pane, words};
use crate::i18n::{tr, tr_c};
use crate::model::key::{DomainKey, HostId};
use crate::ui::core::Core;
use crate::ui::text;
use crate::ui::widgets::{hide_pictures, name_lists, plain_row};

/// The page of one interface.
pub(super) struct InterfacePane {
    core: Core,
    host: HostId,
    name: String,
    root: gtk::ScrolledWindow,
    column: gtk::Box,
    tools: gtk::Button,
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
        let tools = gtk::Button::new();
        Rc::new(Self {
            core: core.clone(),
            host,
            name: name.to_owned(),
            root,
            column,
            tools,
            groups: RefCell::default(),
        })
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
        self.tools.set_label(&label);
        if is_bridge {
            self.tools.set_action_target_value(Some(&self.name.to_variant()));
        }
        self.tools.set_action_name(Some(action));
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
