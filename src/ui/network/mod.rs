//! Networks of a host, packet filters and interfaces.

mod acting;
mod applying;
pub mod bridge;
mod create;
mod detail;
mod filter;
mod interface;
mod overview;
mod picture;
mod plugged;
mod reading;
mod restart;
mod settings;
mod sheet;
mod side;
mod words;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::BinExt;

pub use self::side::Topic;
pub use self::words::mode;

use self::detail::NetworkPane;
use self::filter::FilterPane;
use self::interface::InterfacePane;
use self::picture::Picture;
use self::reading::Reading;
use self::side::{Line, Side};
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::event::ObjectKind;
use crate::model::key::{DomainKey, HostId};
use crate::model::store::ChangeSet;
use crate::ui::core::{Core, Subscription};
use crate::ui::host::tab;
use crate::ui::widgets::Tip;
use crate::ui::{errors, text};

/// News come in flocks: they are waited for this long.
const PAUSE: Duration = Duration::from_millis(120);

/// The page of a host's tab.
#[must_use]
pub fn page(core: &Core, host: HostId) -> gtk::Widget {
    let page = NetworksPage::new(core, host);
    let root = page.widget().clone();
    // The page lives as long as its widget.
    let kept = RefCell::new(Some(page));
    root.connect_destroy(move |_| drop(kept.take()));
    root.upcast()
}

/// What stands beside the list.
trait Pane {
    /// The widget.
    fn widget(&self) -> gtk::Widget;
    /// Heading.
    fn title(&self) -> String;
    /// What stands beside the heading.
    fn tools(&self) -> Option<gtk::Widget>;
    /// Follows what the host has now.
    fn show(&self, reading: &Reading);
}

/// The page.
pub struct NetworksPage {
    core: Core,
    host: HostId,
    root: adw::ToastOverlay,
    stack: gtk::Stack,
    trouble: adw::StatusPage,
    leaflet: adw::Leaflet,
    right: gtk::Box,
    title: gtk::Label,
    tools: adw::Bin,
    place: adw::Bin,
    side: Side,
    picture: Rc<Picture>,
    add: gtk::MenuButton,
    topic: RefCell<Topic>,
    pane: RefCell<Option<Rc<dyn Pane>>>,
    reading: RefCell<Reading>,
    /// What is shown as soon as the host has it.
    wanted: RefCell<Option<Topic>>,
    stale: Cell<bool>,
    busy: Cell<bool>,
    news: RefCell<Option<Subscription>>,
}

impl NetworksPage {
    /// Builds the page; it reads when it is first seen.
    #[must_use]
    pub fn new(core: &Core, host: HostId) -> Rc<Self> {
        let page = Rc::new_cyclic(|weak: &Weak<Self>| Self::build(weak, core, host));
        page.listen();
        page.install_actions();
        page.open(Topic::Picture);
        page
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &adw::ToastOverlay {
        &self.root
    }

    /// The picture.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    fn build(weak: &Weak<Self>, core: &Core, host: HostId) -> Self {
        let chosen = weak.clone();
        let side = Side::new(move |topic| {
            if let Some(page) = chosen.upgrade() {
                page.enter(topic);
            }
        });
        let clicked = weak.clone();
        let picture = Picture::new(move |subject| {
            if let Some(page) = clicked.upgrade() {
                page.follow(subject);
            }
        });
        let title = gtk::Label::builder()
            .css_classes(["title-4"])
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        let place = adw::Bin::builder().vexpand(true).build();
        let left = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(tab::side::WIDTH)
            .build();
        left.append(side.widget());
        left.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        let add = acting::add_button();
        left.append(&add);
        let tools = adw::Bin::new();
        let (leaflet, right) = halves(&left, &title, &tools, &place);
        let trouble = adw::StatusPage::builder()
            .icon_name("network-workgroup-symbolic")
            .build();
        let stack = gtk::Stack::builder().hhomogeneous(false).vexpand(true).build();
        stack.add_named(&trouble, Some("trouble"));
        stack.add_named(&leaflet, Some("networks"));
        trouble.set_title(&tr("Reading the networks…"));
        let root = adw::ToastOverlay::new();
        root.set_child(Some(&stack));
        Self {
            core: core.clone(),
            host,
            root,
            stack,
            trouble,
            leaflet,
            right,
            title,
            tools,
            place,
            side,
            picture,
            add,
            topic: RefCell::default(),
            pane: RefCell::default(),
            reading: RefCell::default(),
            wanted: RefCell::default(),
            stale: Cell::new(true),
            busy: Cell::new(false),
            news: RefCell::default(),
        }
    }

    fn listen(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let host = self.host;
        let news = self.core.subscribe(move |_, changes| {
            if let Some(page) = weak.upgrade().filter(|_| concerns(changes, host)) {
                page.stale.set(true);
                page.read();
            }
        });
        self.news.replace(Some(news));
        let weak = Rc::downgrade(self);
        self.root.connect_map(move |_| {
            if let Some(page) = weak.upgrade() {
                page.read();
            }
        });
    }

    /// Reads anew, if it is to be seen and something may have changed.
    fn read(self: &Rc<Self>) {
        if !self.stale.get() || self.busy.get() || !self.root.is_mapped() {
            return;
        }
        self.stale.set(false);
        self.busy.set(true);
        let weak = Rc::downgrade(self);
        let (core, host) = (self.core.clone(), self.host);
        glib::spawn_future_local(async move {
            reading::ask_definitions(&core, host);
            let read = reading::read(&core, host).await;
            if let Some(page) = weak.upgrade() {
                page.take(read);
            }
            glib::timeout_future(PAUSE).await;
            if let Some(page) = weak.upgrade() {
                page.busy.set(false);
                page.read();
            }
        });
    }

    fn take(self: &Rc<Self>, read: Result<Reading, VirtError>) {
        let host = self.core.store().host(self.host).map(|host| host.config.clone());
        match read {
            Ok(reading) if reading.is_unsupported() => {
                self.trouble.set_title(&tr("No virtual networks here"));
                self.trouble.set_description(Some(&tr(
                    "This kind of host has neither networks nor interfaces that libvirt could tell about.",
                )));
                self.stack.set_visible_child_name("trouble");
            }
            Ok(reading) => {
                let renamed = self.renamed(&reading);
                self.reading.replace(reading);
                self.show();
                if let Some(name) = renamed {
                    self.enter(Topic::Network(name));
                }
                self.stack.set_visible_child_name("networks");
            }
            // What was read before is still worth looking at: the tab says that the host is away.
            Err(error) if self.stack.visible_child_name().as_deref() == Some("networks") => {
                tracing::info!(%error, "the networks were not read again");
            }
            Err(error) => {
                let why = errors::explain(&error, host.as_ref());
                self.trouble.set_title(&glib::markup_escape_text(&why.title));
                self.trouble.set_description(Some(&glib::markup_escape_text(&why.body)));
                self.stack.set_visible_child_name("trouble");
            }
        }
    }

    /// The new name of the network that is shown, where it got one.
    fn renamed(&self, now: &Reading) -> Option<String> {
        let topic = self.topic.borrow();
        let Topic::Network(name) = &*topic else { return None };
        let before = self.reading.borrow();
        let shown = before.networks.iter().flatten().find(|fact| fact.name == *name)?;
        let same = |fact: &&crate::model::facts::NetworkFact| fact.uuid.is_some() && fact.uuid == shown.uuid;
        let fact = now.networks.iter().flatten().find(same)?;
        (fact.name != *name).then(|| fact.name.clone())
    }

    fn show(self: &Rc<Self>) {
        let reading = self.reading.borrow().clone();
        self.side.show(lines(&reading));
        self.add
            .set_sensitive(settings::lock_of(&self.core, self.host).is_none());
        if self
            .wanted
            .borrow()
            .as_ref()
            .is_some_and(|wanted| self.side.has(wanted))
            && let Some(wanted) = self.wanted.take()
        {
            self.enter(wanted);
        }
        let topic = self.topic.borrow().clone();
        if !self.side.select(&topic) {
            self.open(Topic::Picture);
        }
        self.picture.show(reading.matter(&self.core, self.host));
        let pane = self.pane.borrow().clone();
        if let Some(pane) = pane {
            pane.show(&reading);
            self.title.set_text(&pane.title());
        }
    }

    /// Shows a topic, and goes to it where there is room for one half only.
    pub fn enter(self: &Rc<Self>, topic: Topic) {
        self.open(topic);
        let focus = self.root.root().and_then(|window| window.focus());
        self.leaflet.set_visible_child(&self.right);
        // Where both are seen, the keyboard stays in the list.
        if let Some(focus) = focus.filter(|_| !self.leaflet.is_folded()) {
            focus.grab_focus();
        }
    }

    fn open(self: &Rc<Self>, topic: Topic) {
        self.side.select(&topic);
        if self.pane.borrow().is_some() && *self.topic.borrow() == topic {
            return;
        }
        self.topic.replace(topic.clone());
        let pane = self.pane_of(&topic);
        let reading = self.reading.borrow().clone();
        match pane {
            Some(pane) => {
                pane.show(&reading);
                self.title.set_text(&pane.title());
                BinExt::set_child(&self.place, Some(&pane.widget()));
                BinExt::set_child(&self.tools, pane.tools().as_ref());
                self.pane.replace(Some(pane));
            }
            None => {
                self.pane.replace(None);
                self.title.set_text(&tr("What is connected with what"));
                BinExt::set_child(&self.place, Some(self.picture.widget()));
                BinExt::set_child(&self.tools, Some(self.picture.tools()));
            }
        }
    }

    fn pane_of(self: &Rc<Self>, topic: &Topic) -> Option<Rc<dyn Pane>> {
        let reading = self.reading.borrow();
        match topic {
            Topic::Network(name) => {
                let fact = reading.networks.iter().flatten().find(|fact| fact.name == *name)?;
                let pane = NetworkPane::new(&self.core, self.host, fact, fact.uuid?);
                Some(Rc::new(pane))
            }
            Topic::Interface(name) => Some(Rc::new(InterfacePane::new(&self.core, self.host, name))),
            Topic::Filter(name) => Some(Rc::new(FilterPane::new(&self.core, self.host, name))),
            Topic::Picture => None,
        }
    }
}

fn concerns(changes: &ChangeSet, host: HostId) -> bool {
    let of_host = |key: &DomainKey| key.host == host;
    let machine = |(key, aspects): (&DomainKey, &crate::model::store::Aspects)| {
        of_host(key) && (aspects.state || aspects.identity)
    };
    changes.hosts.contains(&host)
        || [
            ObjectKind::Network,
            ObjectKind::NodeDevice,
            ObjectKind::Interface,
            ObjectKind::Secret,
        ]
        .into_iter()
        .any(|kind| changes.objects.contains(&(host, kind)))
        || changes.added.iter().any(of_host)
        || changes.removed.iter().any(of_host)
        || changes.changed.iter().any(machine)
}

fn lines(reading: &Reading) -> Vec<Line> {
    let mut lines = vec![Line {
        topic: Topic::Picture,
        title: tr("Picture"),
        detail: tr("What is connected with what"),
        on: None,
    }];
    lines.extend(reading.networks.iter().flatten().map(|network| Line {
        topic: Topic::Network(network.name.clone()),
        title: text::name(&network.name),
        detail: words::network(network),
        on: Some(network.active),
    }));
    lines.extend(reading.interfaces.iter().map(|interface| Line {
        topic: Topic::Interface(interface.name.clone()),
        title: text::name(&interface.name),
        detail: words::interface(interface),
        on: Some(interface.active),
    }));
    lines.extend(reading.filters.iter().flatten().map(|filter| Line {
        topic: Topic::Filter(filter.clone()),
        title: text::name(filter),
        detail: String::new(),
        on: None,
    }));
    lines
}

/// The list beside what was chosen of it.
fn halves(left: &gtk::Box, title: &gtk::Label, tools: &adw::Bin, place: &adw::Bin) -> (adw::Leaflet, gtk::Box) {
    let back = gtk::Button::builder()
        .icon_name("go-previous-symbolic")
        .css_classes(["flat"])
        .build()
        .with_tip(tr("Back to the list"));
    back.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
    let head = gtk::Box::builder()
        .spacing(6)
        .margin_top(9)
        .margin_start(12)
        .margin_end(12)
        .build();
    head.append(&back);
    head.append(title);
    head.append(tools);
    let right = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .hexpand(true)
        .width_request(340)
        .build();
    right.append(&head);
    right.append(place);
    let leaflet = adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build();
    leaflet.append(left);
    let line = leaflet.append(&gtk::Separator::new(gtk::Orientation::Vertical));
    line.set_navigatable(false);
    leaflet.append(&right);
    leaflet.bind_property("folded", &back, "visible").sync_create().build();
    let (weak, left) = (leaflet.downgrade(), left.clone());
    back.connect_clicked(move |_| {
        if let Some(leaflet) = weak.upgrade() {
            leaflet.set_visible_child(&left);
        }
    });
    (leaflet, right)
}
