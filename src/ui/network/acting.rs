//! What can be done on the page: its actions, the menu for new things, and where a click on the picture leads.

use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::{NetworksPage, Topic, bridge, create, filter};
use crate::i18n::tr;
use crate::model::facts::HostInterface;
use crate::model::key::DomainKey;
use crate::model::topology::Subject;
use crate::ui::host::tab::side;
use crate::ui::secret;

impl NetworksPage {
    pub(super) fn install_actions(self: &Rc<Self>) {
        let group = gio::SimpleActionGroup::new();
        let add = |name: &str, takes: Option<&glib::VariantTy>, act: fn(&Rc<Self>, Option<&glib::Variant>)| {
            let action = gio::SimpleAction::new(name, takes);
            let weak = Rc::downgrade(self);
            action.connect_activate(move |_, target| {
                if let Some(page) = weak.upgrade() {
                    act(&page, target);
                }
            });
            group.add_action(&action);
        };
        add("new", None, |page, _| page.new_network(None));
        add("new-on", Some(glib::VariantTy::STRING), |page, target| {
            page.new_network(target.and_then(glib::Variant::str).map(str::to_owned));
        });
        add("bridge", None, |page, _| page.new_bridge());
        add("filter", None, |page, _| page.new_filter());
        add("secrets", None, |page, _| {
            secret::open(&page.root, &page.core, page.host)
        });
        add("refresh", None, |page, _| page.refresh());
        self.root.insert_action_group("networks", Some(&group));
    }

    /// Reads anew what libvirt tells no news of.
    fn refresh(self: &Rc<Self>) {
        self.stale.set(true);
        self.read();
    }

    fn new_network(self: &Rc<Self>, bridge: Option<String>) {
        let weak = Rc::downgrade(self);
        let facts = self.reading.borrow().form.clone();
        create::open(&self.root, &self.core, self.host, facts, bridge, move |name| {
            if let Some(page) = weak.upgrade() {
                page.wanted.replace(Some(Topic::Network(name)));
                page.refresh();
            }
        });
    }

    fn new_bridge(self: &Rc<Self>) {
        let interfaces = self.reading.borrow().interfaces.clone();
        let known = |fact: &HostInterface| bridge::Device::known(&fact.name, fact.mac.as_deref(), &fact.kind);
        let known = interfaces.iter().map(known).collect();
        let weak = Rc::downgrade(self);
        bridge::open(&self.root, &self.core, self.host, known, move |name| {
            if let Some(page) = weak.upgrade() {
                page.refresh();
                page.new_network(Some(name));
            }
        });
    }

    fn new_filter(self: &Rc<Self>) {
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let weak = Rc::downgrade(&this);
            let root = this.root.clone().upcast::<gtk::Widget>();
            filter::create(&root, &this.core, this.host, move |name| {
                if let Some(page) = weak.upgrade() {
                    page.wanted.replace(Some(Topic::Filter(name)));
                    page.refresh();
                }
            })
            .await;
        });
    }

    pub(super) fn follow(self: &Rc<Self>, subject: &Subject) {
        match subject {
            Subject::Machine(uuid) => {
                let target = DomainKey::new(self.host, *uuid).to_string();
                if let Err(error) = self.root.activate_action("win.open", Some(&target.to_variant())) {
                    tracing::warn!(%error, "the machine cannot be opened from here");
                }
            }
            Subject::Network(name) => self.enter(Topic::Network(name.clone())),
            Subject::Bridge(name) | Subject::Interface(name) => {
                let reading = self.reading.borrow().clone();
                let network = reading
                    .networks
                    .iter()
                    .flatten()
                    .find(|network| network.bridge.as_ref() == Some(name));
                match (reading.interface(name), network) {
                    (Some(_), _) => self.enter(Topic::Interface(name.clone())),
                    (None, Some(network)) => self.enter(Topic::Network(network.name.clone())),
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }
}

/// The button for new things.
pub(super) fn add_button() -> gtk::MenuButton {
    let menu = gio::Menu::new();
    for (label, action) in [
        (tr("New _Network…"), "networks.new"),
        (tr("Host _Bridge…"), "networks.bridge"),
        (tr("New Packet _Filter…"), "networks.filter"),
    ] {
        menu.append(Some(&label), Some(action));
    }
    let secrets = gio::Menu::new();
    secrets.append(Some(&tr("_Secrets…")), Some("networks.secrets"));
    menu.append_section(None, &secrets);
    side::add_button(&tr("Add"), &menu)
}
