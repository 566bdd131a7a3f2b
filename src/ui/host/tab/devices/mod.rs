//! Devices of a host as a tree, each with what is known of it and what can be done with it.

mod assign;
mod detail;
mod held;
mod making;
mod tree;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gtk4 as gtk;

use libadwaita as adw;
use libadwaita::prelude::*;

use self::detail::Detail;
use self::tree::DeviceTree;
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::event::ObjectKind;
use crate::model::key::{DomainKey, HostId};
use crate::model::node::{Arrangement, DeviceCall, HostUses, NodeDeviceFact, arrange};
use crate::ui::core::{Core, Subscription};
use crate::ui::errors::{self, Context};
use crate::ui::message;
use crate::ui::widgets::{Tip, spinner};

/// News come in bunches: a card that is plugged in is several devices.
const SETTLE: Duration = Duration::from_millis(250);

pub(in crate::ui::host::tab::devices) struct Devices {
    core: Core,
    host: HostId,
    root: gtk::Stack,
    status: adw::StatusPage,
    leaflet: adw::Leaflet,
    right: gtk::Box,
    toasts: adw::ToastOverlay,
    search: gtk::SearchEntry,
    by_kind: gtk::ToggleButton,
    tree: Rc<DeviceTree>,
    detail: Detail,
    known: RefCell<Rc<[NodeDeviceFact]>>,
    /// What this computer uses, where that is the host.
    seen: RefCell<Option<Rc<HostUses>>>,
    /// PCI devices can be given away.
    iommu: Cell<Option<bool>>,
    /// How often a look at both was asked for since the one that goes on began.
    looks: Cell<u32>,
    chosen: RefCell<Option<String>>,
    reading: Cell<bool>,
    stale: Cell<bool>,
    settling: Cell<bool>,
    news: RefCell<Option<Subscription>>,
}

/// The page.
#[must_use]
pub fn page(core: &Core, host: HostId) -> gtk::Widget {
    let devices = Devices::new(core, host);
    let root = devices.toasts.clone();
    // The page lives as long as its widget.
    let kept = RefCell::new(Some(devices));
    root.connect_destroy(move |_| drop(kept.take()));
    root.upcast()
}

impl Devices {
    fn new(core: &Core, host: HostId) -> Rc<Self> {
        let this = Rc::new_cyclic(|weak: &Weak<Self>| {
            let to = weak.clone();
            let tree = DeviceTree::new(move |name| {
                if let Some(this) = to.upgrade() {
                    this.choose(name);
                }
            });
            Self {
                core: core.clone(),
                host,
                root: gtk::Stack::builder().vexpand(true).build(),
                status: adw::StatusPage::builder().icon_name("vireo-card-symbolic").build(),
                leaflet: adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build(),
                right: gtk::Box::builder()
                    .orientation(gtk::Orientation::Vertical)
                    .hexpand(true)
                    .width_request(340)
                    .build(),
                toasts: adw::ToastOverlay::new(),
                search: gtk::SearchEntry::builder()
                    .placeholder_text(tr("Search devices"))
                    .hexpand(true)
                    .build(),
                by_kind: gtk::ToggleButton::with_label(&tr("Kind")),
                tree,
                detail: Detail::new(weak.clone()),
                known: RefCell::new(Rc::from([])),
                seen: RefCell::default(),
                iommu: Cell::default(),
                looks: Cell::default(),
                chosen: RefCell::default(),
                reading: Cell::default(),
                stale: Cell::new(true),
                settling: Cell::default(),
                news: RefCell::default(),
            }
        });
        this.lay_out();
        this.connect();
        this
    }

    fn lay_out(self: &Rc<Self>) {
        let by_connection = gtk::ToggleButton::with_label(&tr("Connection"));
        by_connection.set_group(Some(&self.by_kind));
        self.by_kind.set_active(true);
        let switch = gtk::Box::builder().css_classes(["linked"]).homogeneous(true).build();
        switch.append(&self.by_kind);
        switch.append(&by_connection);
        switch.update_property(&[gtk::accessible::Property::Label(&tr("How the tree is made"))]);
        self.search
            .update_property(&[gtk::accessible::Property::Label(&tr("Search devices"))]);
        let tools = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(6)
            .margin_top(6)
            .margin_bottom(6)
            .margin_start(6)
            .margin_end(6)
            .build();
        tools.append(&self.search);
        tools.append(&switch);
        let side = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(320)
            .hexpand(false)
            .hexpand_set(true)
            .build();
        side.append(&tools);
        side.append(self.tree.widget());
        let back = gtk::Button::builder()
            .icon_name("go-previous-symbolic")
            .css_classes(["flat"])
            .build()
            .with_tip(tr("Back to the list"));
        back.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
        let bar = gtk::Box::builder().visible(false).margin_start(6).margin_top(6).build();
        bar.append(&back);
        self.right.append(&bar);
        self.right.append(self.detail.widget());
        self.leaflet.append(&side);
        let separator = self.leaflet.append(&gtk::Separator::new(gtk::Orientation::Vertical));
        separator.set_navigatable(false);
        self.leaflet.append(&self.right);
        self.leaflet
            .bind_property("folded", &bar, "visible")
            .sync_create()
            .build();
        let leaflet = self.leaflet.downgrade();
        back.connect_clicked(move |_| {
            if let Some(leaflet) = leaflet.upgrade() {
                leaflet.set_visible_child(&side);
            }
        });
        self.root
            .add_named(&spinner(&tr("Reading the devices")), Some("waiting"));
        self.root.add_named(&self.status, Some("none"));
        self.root.add_named(&self.leaflet, Some("devices"));
        self.toasts.set_child(Some(&self.root));
    }

    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        self.toasts.connect_map(move |_| {
            if let Some(this) = weak.upgrade() {
                this.read();
            }
        });
        let weak = Rc::downgrade(self);
        self.search.connect_search_changed(move |_| {
            if let Some(this) = weak.upgrade() {
                this.show();
            }
        });
        let weak = Rc::downgrade(self);
        self.by_kind.connect_toggled(move |_| {
            if let Some(this) = weak.upgrade() {
                this.show();
            }
        });
        self.search.set_key_capture_widget(Some(self.tree.widget()));
        let (weak, host) = (Rc::downgrade(self), self.host);
        let news = self.core.subscribe(move |_, changes| {
            let Some(this) = weak.upgrade() else { return };
            if changes.hosts.contains(&host) || changes.objects.contains(&(host, ObjectKind::NodeDevice)) {
                this.stale.set(true);
                this.settle();
            } else if changes.changed.keys().any(|key| key.host == host)
                && changes.changed.values().any(|aspects| aspects.identity)
            {
                this.settle();
            }
        });
        self.news.replace(Some(news));
    }

    /// Reads anew when news have come to rest.
    fn settle(self: &Rc<Self>) {
        if self.settling.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            glib::timeout_future(SETTLE).await;
            this.settling.set(false);
            if this.stale.get() {
                this.read();
            } else if this.toasts.is_mapped() {
                this.show();
            }
        });
    }

    /// Reads what is out of date, once at a time.
    fn read(self: &Rc<Self>) {
        if self.reading.get() || !self.stale.get() || !self.toasts.is_mapped() {
            return;
        }
        let client = self
            .core
            .client(self.host)
            .filter(|client| client.status().is_connected());
        let Some(client) = client else {
            if self.known.borrow().is_empty() {
                self.say(
                    &tr("Not Connected"),
                    &tr("The devices of the host show when it is connected."),
                );
            }
            return;
        };
        self.reading.set(true);
        self.stale.set(false);
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let answer = client.node_devices().await;
            this.reading.set(false);
            this.look_aside();
            match answer {
                Ok(devices) if devices.is_empty() => {
                    this.say(&tr("No Devices"), &tr("The host tells of no devices."));
                }
                Ok(devices) => {
                    this.known.replace(devices.into());
                    this.root.set_visible_child_name("devices");
                    this.show();
                }
                Err(error) => this.cannot_read(&error),
            }
            this.read();
        });
    }

    fn cannot_read(&self, error: &VirtError) {
        let host = self.core.store().host(self.host).map(|host| host.config.clone());
        let why = errors::explain(error, host.as_ref());
        self.say(&tr("No Devices"), &glib::markup_escape_text(&why.body));
    }

    fn say(&self, title: &str, description: &str) {
        self.status.set_title(title);
        self.status.set_description(Some(description));
        self.root.set_visible_child_name("none");
    }

    /// Names of the devices that machines have.
    fn used(&self) -> HashSet<String> {
        let known = Rc::clone(&self.known.borrow());
        let store = self.core.store();
        let machines = store.domains().filter(|domain| domain.key.host == self.host);
        let given = machines
            .filter_map(|domain| domain.details.as_ref())
            .flat_map(|details| &details.given);
        let mut used = HashSet::new();
        for one in given {
            let found = known.iter().filter(|fact| one.is(&fact.device));
            used.extend(found.map(|fact| fact.device.name.clone()));
        }
        used
    }

    /// The machines that have a device, with their names.
    fn users(&self, fact: &NodeDeviceFact) -> Vec<(DomainKey, String)> {
        let store = self.core.store();
        let machines = store.domains().filter(|domain| domain.key.host == self.host);
        let users = machines.filter(|domain| {
            let details = domain.details.as_ref();
            details.is_some_and(|details| details.given.iter().any(|one| one.is(&fact.device)))
        });
        let mut users: Vec<_> = users.map(|domain| (domain.key, domain.name.clone())).collect();
        users.sort_by(|a, b| a.1.cmp(&b.1));
        users
    }

    fn show(self: &Rc<Self>) {
        let known = Rc::clone(&self.known.borrow());
        let arrangement = if self.by_kind.is_active() {
            Arrangement::Kind
        } else {
            Arrangement::Connection
        };
        let search = self.search.text();
        let branches = arrange(&known, arrangement, &search);
        let used = Rc::new(self.used());
        self.tree.show(&known, &branches, &used, !search.trim().is_empty());
        self.show_detail();
    }

    /// The user chose a line.
    fn choose(self: &Rc<Self>, name: Option<String>) {
        let is_device = name.is_some();
        self.chosen.replace(name);
        self.show_detail();
        if is_device && self.leaflet.is_folded() {
            self.leaflet.set_visible_child(&self.right);
        }
    }

    fn show_detail(&self) {
        let known = Rc::clone(&self.known.borrow());
        let chosen = self.chosen.borrow().clone();
        let fact = chosen.and_then(|name| known.iter().find(|fact| fact.device.name == name));
        let users = fact.map(|fact| self.users(fact)).unwrap_or_default();
        let going = fact.filter(|fact| fact.refusal().is_none());
        let holds = going.map(|fact| self.holds(&[fact])).unwrap_or_default();
        let may_change = self.core.store().host(self.host).is_some_and(|host| {
            let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
            host.status.is_connected() && !read_only
        });
        self.detail.show(fact, &known, &users, &holds, may_change);
    }

    /// Goes to another device.
    pub(in crate::ui::host::tab::devices) fn go_to(self: &Rc<Self>, name: &str) {
        self.search.set_text("");
        self.chosen.replace(Some(name.to_owned()));
        self.show();
        self.tree.choose_device(name);
        self.show_detail();
    }

    /// Does something with a device, after a question where that takes something away.
    pub(in crate::ui::host::tab::devices) fn act(self: &Rc<Self>, fact: &NodeDeviceFact, call: DeviceCall) {
        let this = Rc::clone(self);
        let fact = fact.clone();
        glib::spawn_future_local(async move {
            if let Some((heading, text, button)) = words::warning(&call, &fact) {
                this.have_looked().await;
                let dialog = message::dialog(&this.toasts, &heading, &text);
                let holds = this.holds(&[&fact]);
                if !holds.is_empty() {
                    dialog.set_extra_child(Some(&held::list(&holds)));
                }
                dialog.add_responses(&[("cancel", &tr("_Cancel")), ("go", &button)]);
                dialog.set_response_appearance("go", adw::ResponseAppearance::Destructive);
                dialog.set_close_response("cancel");
                dialog.set_default_response(Some("cancel"));
                if message::choose(dialog).await != "go" {
                    return;
                }
            }
            let Some(client) = this.core.client(this.host) else {
                return;
            };
            if let Err(error) = client.device(fact.device.name.clone(), call).await {
                this.fail(&error);
            }
            this.refresh();
        });
    }

    pub(in crate::ui::host::tab::devices) fn refresh(self: &Rc<Self>) {
        self.stale.set(true);
        self.read();
    }

    pub(in crate::ui::host::tab::devices) fn fail(&self, error: &VirtError) {
        let host = self.core.store().host(self.host).map(|host| host.config.clone());
        let context = Context {
            host,
            ..Context::default()
        };
        errors::show(&self.toasts, Some(&self.toasts), error, context);
    }

    pub(in crate::ui::host::tab::devices) fn toast(&self, text: &str) {
        self.toasts.add_toast(adw::Toast::new(&glib::markup_escape_text(text)));
    }
}
