//! A host's page: what it is, how loaded it is, what it can run.

mod guests;
mod load;
mod numa;
mod pages;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use self::guests::GuestGroup;
use self::load::LoadGraphs;
use self::numa::NumaPicture;
use super::facts::FactGroup;
use super::xml;
use crate::i18n::{tr, tr_f};
use crate::model::event::ObjectKind;
use crate::model::facts::{GuestKind, HostFacts};
use crate::model::key::HostId;
use crate::model::node::NodeAbout;
use crate::ui::core::{Core, Subscription};
use crate::ui::errors::{self, Context};
use crate::ui::host::doctor;
use crate::ui::text;
use crate::ui::widgets::plain_row;

struct Overview {
    core: Core,
    host: HostId,
    root: gtk::ScrolledWindow,
    graphs: Rc<LoadGraphs>,
    numa: Rc<NumaPicture>,
    about: FactGroup,
    processor: FactGroup,
    memory: FactGroup,
    guests: GuestGroup,
    around: [adw::ActionRow; 3],
    away: gtk::Label,
    set_pages: gtk::Button,
    facts: RefCell<Option<HostFacts>>,
    told: RefCell<Option<NodeAbout>>,
    reading: Cell<bool>,
    stale: Cell<bool>,
    news: RefCell<Option<Subscription>>,
}

/// The page.
#[must_use]
pub fn page(core: &Core, host: HostId) -> gtk::Widget {
    let overview = Overview::new(core, host);
    let root = overview.root.clone();
    // The page lives as long as its widget.
    let kept = RefCell::new(Some(overview));
    root.connect_destroy(move |_| drop(kept.take()));
    root.upcast()
}

impl Overview {
    fn new(core: &Core, host: HostId) -> Rc<Self> {
        let numa = Rc::new(NumaPicture::new());
        let followed = Rc::clone(&numa);
        let graphs = LoadGraphs::new(core, host, move |load| followed.follow(load));
        let around = [
            (tr("Storage"), "host.storage", "drive-multidisk-symbolic"),
            (tr("Networks"), "host.networks", "network-workgroup-symbolic"),
            (tr("Devices"), "host.devices", "vireo-processor-symbolic"),
        ]
        .map(|(title, action, icon)| link(&title, action, icon, host));
        let set_pages = gtk::Button::builder()
            .label(tr("_Huge Pages…"))
            .use_underline(true)
            .css_classes(["flat"])
            .build();
        let this = Rc::new_cyclic(|weak: &Weak<Self>| {
            let overview = Self {
                core: core.clone(),
                host,
                root: gtk::ScrolledWindow::builder()
                    .hscrollbar_policy(gtk::PolicyType::Never)
                    .vexpand(true)
                    .build(),
                graphs,
                numa,
                about: FactGroup::new(&tr("Host")),
                processor: FactGroup::new(&tr("Processors")),
                memory: FactGroup::new(&tr("Memory")),
                guests: GuestGroup::new(),
                around,
                away: gtk::Label::builder()
                    .css_classes(["card", "vireo-notice"])
                    .wrap(true)
                    .xalign(0.0)
                    .visible(false)
                    .build(),
                set_pages,
                facts: RefCell::default(),
                told: RefCell::default(),
                reading: Cell::default(),
                stale: Cell::new(true),
                news: RefCell::default(),
            };
            overview.lay_out(weak);
            overview
        });
        this.connect();
        this
    }

    fn connect(self: &Rc<Self>) {
        for shown in [true, false] {
            let weak = Rc::downgrade(self);
            let follow = move |_: &gtk::ScrolledWindow| {
                if let Some(this) = weak.upgrade() {
                    this.graphs.set_shown(shown);
                    if shown {
                        this.read();
                    }
                }
            };
            if shown {
                self.root.connect_map(follow);
            } else {
                self.root.connect_unmap(follow);
            }
        }
        let (weak, host) = (Rc::downgrade(self), self.host);
        let news = self.core.subscribe(move |_, changes| {
            let about = [ObjectKind::Network, ObjectKind::StoragePool, ObjectKind::NodeDevice];
            let is_ours =
                changes.hosts.contains(&host) || about.iter().any(|kind| changes.objects.contains(&(host, *kind)));
            if let Some(this) = weak.upgrade().filter(|_| is_ours) {
                this.stale.set(true);
                this.read();
            }
        });
        self.news.replace(Some(news));
        let weak = Rc::downgrade(self);
        self.set_pages.connect_clicked(move |button| {
            let (Some(this), button) = (weak.upgrade(), button.clone()) else {
                return;
            };
            let node = this.facts.borrow().as_ref().and_then(|facts| facts.node.clone());
            glib::spawn_future_local(async move {
                if let Some(node) = node
                    && pages::ask(&button, &this.core, this.host, &node).await
                {
                    this.stale.set(true);
                    this.read();
                }
            });
        });
    }

    /// Reads what is out of date, once at a time.
    fn read(self: &Rc<Self>) {
        self.show();
        if self.reading.get() || !self.stale.get() || !self.root.is_mapped() {
            return;
        }
        let Some(client) = self
            .core
            .client(self.host)
            .filter(|client| client.status().is_connected())
        else {
            return;
        };
        self.reading.set(true);
        self.stale.set(false);
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let facts = this.core.facts(this.host, GuestKind::default()).await;
            if let Ok(facts) = facts {
                let (cells, sizes) = this.take(facts);
                let told = client.node_about(cells, sizes).await.ok();
                this.told.replace(told);
            }
            this.reading.set(false);
            this.show();
            this.read();
        });
    }

    /// Keeps what was read, and tells which cells and sizes of pages there are.
    fn take(&self, facts: HostFacts) -> (Vec<u32>, Vec<u32>) {
        let node = facts.node.clone().unwrap_or_default();
        let cells: Vec<u32> = node.cells.iter().map(|cell| cell.id).collect();
        self.graphs.set_shape(node.cpus, node.memory_kib, cells.clone());
        let sizes = node.pages.iter().filter_map(|page| u32::try_from(page.size_kib).ok());
        let sizes = sizes.collect();
        self.facts.replace(Some(facts));
        (cells, sizes)
    }

    fn show(&self) {
        let (facts, told) = (self.facts.borrow().clone(), self.told.borrow().clone());
        let (facts, told) = (facts.as_ref(), told.as_ref());
        let host = self.core.store().host(self.host).cloned();
        let Some(host) = host else { return };
        let connected = host.status.is_connected();
        let name = text::name(&host.config.name);
        self.away.set_text(&tr_f(
            "{host} is not connected. What was known of it is shown.",
            &[("host", &name)],
        ));
        self.away.set_visible(!connected);
        self.about.show(words::about(&host, told, facts));
        self.processor.show(words::processor(told, facts));
        self.memory.show(words::memory(told, facts));
        let node = facts.and_then(|facts| facts.node.as_deref());
        self.numa.show(node.map_or(&[], |node| &node.cells));
        let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
        self.set_pages.set_visible(!words::huge(node).is_empty());
        self.set_pages.set_sensitive(connected && !read_only);
        let capabilities = facts.and_then(|facts| facts.capabilities.as_deref());
        self.guests.show(
            capabilities
                .map(|capabilities| capabilities.guests())
                .unwrap_or_default(),
        );
        let summary = words::summary(facts);
        for (row, text) in self
            .around
            .iter()
            .zip([summary.storage, summary.networks, summary.devices])
        {
            row.set_subtitle(&text);
        }
    }

    fn lay_out(&self, weak: &Weak<Self>) {
        let graphs = columns();
        for card in self.graphs.cards() {
            add_cell(&graphs, card);
        }
        // The cells of a flow box stand three pixels in.
        let around = adw::PreferencesGroup::builder().margin_start(3).margin_end(3).build();
        for row in &self.around {
            around.add(row);
        }
        self.memory.widget().set_header_suffix(Some(&self.set_pages));
        let left = gtk::Box::new(gtk::Orientation::Vertical, 18);
        let right = gtk::Box::new(gtk::Orientation::Vertical, 18);
        left.append(self.about.widget());
        left.append(&self.more(weak));
        right.append(self.processor.widget());
        right.append(self.memory.widget());
        let details = columns();
        add_cell(&details, &left);
        add_cell(&details, &right);
        let page = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .margin_top(18)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        page.append(&self.away);
        page.append(&self.heading());
        page.append(&graphs);
        page.append(&around);
        page.append(self.numa.widget());
        page.append(&details);
        self.guests.widget().set_margin_start(3);
        self.guests.widget().set_margin_end(3);
        page.append(self.guests.widget());
        let clamp = adw::Clamp::builder()
            .maximum_size(1200)
            .tightening_threshold(800)
            .child(&page)
            .build();
        self.root.set_child(Some(&clamp));
    }

    /// "Load", and how far back the graphs reach.
    fn heading(&self) -> gtk::Box {
        // The cells of a flow box stand three pixels in.
        let top = gtk::Box::builder().spacing(12).margin_start(3).margin_end(3).build();
        let heading = gtk::Label::builder()
            .label(tr("Load"))
            .css_classes(["heading"])
            .xalign(0.0)
            .hexpand(true)
            .build();
        top.append(&heading);
        let row = gtk::Box::builder().css_classes(["linked"]).build();
        let mut first: Option<gtk::ToggleButton> = None;
        for (label, seconds) in [(tr("5 min"), Some(300.0)), (tr("All"), None)] {
            let button = gtk::ToggleButton::with_label(&label);
            button.set_group(first.as_ref());
            let graphs = Rc::downgrade(&self.graphs);
            button.connect_toggled(move |button| {
                if let Some(graphs) = graphs.upgrade().filter(|_| button.is_active()) {
                    graphs.set_span(seconds);
                }
            });
            row.append(&button);
            first.get_or_insert(button);
        }
        if let Some(first) = first {
            first.set_active(true);
        }
        top.append(&row);
        top
    }

    /// What opens windows: the doctor, the capabilities.
    fn more(&self, weak: &Weak<Self>) -> adw::PreferencesGroup {
        let group = adw::PreferencesGroup::new();
        let act = |title: &str, subtitle: &str, act: fn(&Rc<Self>)| {
            let row = plain_row(title, subtitle);
            row.set_activatable(true);
            row.add_suffix(&arrow());
            let weak = weak.clone();
            row.connect_activated(move |_| {
                if let Some(this) = weak.upgrade() {
                    act(&this);
                }
            });
            group.add(&row);
        };
        act(
            &tr("Check This Host"),
            &tr("What keeps machines from running, and what helps"),
            |this| doctor::open(&this.root, &this.core, this.host),
        );
        act(
            &tr("Capabilities"),
            &tr("All that the host says of itself, as XML"),
            Self::show_capabilities,
        );
        group
    }

    fn show_capabilities(self: &Rc<Self>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            match client.capabilities_xml().await {
                Ok(text) => xml::show(&this.root, &tr("Capabilities"), &text),
                Err(error) => {
                    let host = this.core.store().host(this.host).map(|host| host.config.clone());
                    let context = Context {
                        host,
                        ..Context::default()
                    };
                    errors::show(&this.root, None, &error, context);
                }
            }
        });
    }
}

fn arrow() -> gtk::Image {
    gtk::Image::builder()
        .icon_name("go-next-symbolic")
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

fn link(title: &str, action: &str, icon: &str, host: HostId) -> adw::ActionRow {
    let row = plain_row(title, "");
    let image = gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    row.add_prefix(&image);
    row.add_suffix(&arrow());
    row.set_action_name(Some(action));
    row.set_action_target_value(Some(&host.to_string().to_variant()));
    row.set_activatable(true);
    row
}

fn columns() -> gtk::FlowBox {
    gtk::FlowBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .accessible_role(gtk::AccessibleRole::Group)
        .min_children_per_line(1)
        .max_children_per_line(2)
        .homogeneous(true)
        .column_spacing(18)
        .row_spacing(18)
        .build()
}

fn add_cell(columns: &gtk::FlowBox, child: &impl IsA<gtk::Widget>) {
    let cell = gtk::FlowBoxChild::builder()
        .child(child)
        .focusable(false)
        .accessible_role(gtk::AccessibleRole::Group)
        .build();
    columns.append(&cell);
}
