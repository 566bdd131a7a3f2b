//! The storage page of a host: its pools beside the volumes of one of them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use super::pane::{Pane, Shown};
use super::pools::PoolList;
use super::waiting::{Waits, advice};
use super::{drag, pool_actions, pool_input, volume_actions};
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::HostId;
use crate::model::storage::{NewPool, is_session, usual_folder};
use crate::model::uri::Uri;
use crate::ui::core::{Core, Subscription};
use crate::ui::errors;
use crate::ui::host::tab::side;
use crate::ui::widgets::spinner;

/// What is known of the volumes of a pool.
#[derive(Default)]
pub(super) struct Known {
    pub(super) volumes: Option<Arc<[VolumeFact]>>,
    pub(super) error: Option<VirtError>,
}

/// The page.
pub(super) struct StoragePage {
    pub(super) core: Core,
    pub(super) host: HostId,
    pub(super) toasts: adw::ToastOverlay,
    stack: gtk::Stack,
    leaflet: adw::Leaflet,
    side: gtk::Box,
    status: adw::StatusPage,
    way_out: gtk::Button,
    pub(super) list: PoolList,
    add: gtk::MenuButton,
    pub(super) pane: Pane,
    pub(super) pools: RefCell<Arc<[PoolFact]>>,
    pub(super) selected: RefCell<Option<String>>,
    pub(super) known: RefCell<HashMap<String, Known>>,
    pub(super) waits: Waits,
    pub(super) stale: Cell<bool>,
    pub(super) reading: Cell<bool>,
    /// Counts readings of volumes: only the last one of the pool that is shown counts.
    pub(super) turn: Cell<u64>,
    pub(super) pause: RefCell<Option<glib::JoinHandle<()>>>,
    news: RefCell<Option<Subscription>>,
    this: Weak<Self>,
}

impl StoragePage {
    /// Builds the page, which reads when it is first seen.
    pub(super) fn new(core: &Core, host: HostId) -> Rc<Self> {
        let page = Rc::new_cyclic(|this: &Weak<Self>| {
            let weak = this.clone();
            let list = PoolList::new(move |index| {
                if let Some(page) = weak.upgrade() {
                    page.choose(index);
                }
            });
            let weak = this.clone();
            let pane = Pane::new(move |autostart| {
                if let Some(page) = weak.upgrade() {
                    page.set_autostart(autostart);
                }
            });
            Self {
                core: core.clone(),
                host,
                toasts: adw::ToastOverlay::new(),
                stack: gtk::Stack::builder().vexpand(true).hhomogeneous(false).build(),
                leaflet: adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build(),
                side: gtk::Box::builder()
                    .orientation(gtk::Orientation::Vertical)
                    .width_request(side::WIDTH)
                    .build(),
                status: adw::StatusPage::new(),
                way_out: gtk::Button::builder()
                    .halign(gtk::Align::Center)
                    .use_underline(true)
                    .css_classes(["pill", "suggested-action"])
                    .build(),
                list,
                add: side::add_button(&tr("Add"), &gio::Menu::new()),
                pane,
                pools: RefCell::new(Arc::default()),
                selected: RefCell::default(),
                known: RefCell::default(),
                waits: Waits::default(),
                stale: Cell::new(true),
                reading: Cell::default(),
                turn: Cell::default(),
                pause: RefCell::default(),
                news: RefCell::default(),
                this: this.clone(),
            }
        });
        page.build();
        page.wire();
        page
    }

    /// The widget.
    pub(super) fn widget(&self) -> &adw::ToastOverlay {
        &self.toasts
    }

    /// A reference that keeps nothing alive.
    pub(super) fn weak(&self) -> Weak<Self> {
        self.this.clone()
    }

    fn build(&self) {
        self.side.append(self.list.widget());
        self.side.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        self.side.append(&self.add);
        self.leaflet.append(&self.side);
        let line = self.leaflet.append(&gtk::Separator::new(gtk::Orientation::Vertical));
        line.set_navigatable(false);
        self.leaflet.append(self.pane.widget());
        self.pane.follow(&self.leaflet);
        let other = gtk::Button::builder()
            .label(tr("_New Pool…"))
            .use_underline(true)
            .action_name("pool.new")
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .build();
        // Beside the usual pool there are others to begin with.
        let weak = other.downgrade();
        self.way_out.connect_action_name_notify(move |way_out| {
            if let Some(other) = weak.upgrade() {
                other.set_visible(way_out.action_name().as_deref() == Some("pool.default"));
            }
        });
        let ways = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .build();
        ways.append(&self.way_out);
        ways.append(&other);
        other.set_visible(false);
        self.status.set_child(Some(&ways));
        self.stack
            .add_named(&spinner(&tr("Reading the storage pools…")), Some("reading"));
        self.stack.add_named(&self.status, Some("status"));
        self.stack.add_named(&self.leaflet, Some("pools"));
        self.toasts.set_child(Some(&self.stack));
    }

    fn wire(self: &Rc<Self>) {
        pool_actions::install(self);
        volume_actions::install(self);
        drag::install(self);
        pool_input::install(self);
        let weak = self.weak();
        self.toasts.connect_map(move |_| {
            if let Some(page) = weak.upgrade() {
                page.read();
            }
        });
        let weak = self.weak();
        self.list.list().connect_row_activated(move |_, _| {
            if let Some(page) = weak.upgrade() {
                page.leaflet.set_visible_child(page.pane.widget());
            }
        });
        let weak = self.weak();
        self.pane.back_button.connect_clicked(move |_| {
            if let Some(page) = weak.upgrade() {
                page.leaflet.set_visible_child(&page.side);
            }
        });
        let weak = self.weak();
        self.pane.filter.connect_search_changed(move |entry| {
            if let Some(page) = weak.upgrade() {
                page.pane.volumes.set_filter(&entry.text());
            }
        });
        let weak = self.weak();
        self.pane.volumes.connect_listed(move |_| {
            if let Some(page) = weak.upgrade() {
                page.show();
            }
        });
        let weak = self.weak();
        self.pane.volumes.connect_unknown(move |names| {
            if let Some(page) = weak.upgrade() {
                page.describe(names);
            }
        });
        let weak = self.weak();
        let news = self.core.subscribe(move |_, changes| {
            if let Some(page) = weak.upgrade() {
                page.hear(changes);
            }
        });
        self.news.replace(Some(news));
        // The widget owns the page: with it, the last reference goes.
        let own = RefCell::new(Some(self.clone()));
        self.toasts.connect_destroy(move |_| {
            if let Some(page) = own.take() {
                page.news.take();
                if let Some(pause) = page.pause.take() {
                    pause.abort();
                }
            }
        });
    }

    /// The pool that is shown.
    pub(super) fn pool(&self) -> Option<PoolFact> {
        let selected = self.selected.borrow();
        let pools = self.pools.borrow();
        let found = pools.iter().find(|pool| Some(&pool.name) == selected.as_ref());
        found.cloned()
    }

    /// All pools.
    pub(super) fn pools(&self) -> Arc<[PoolFact]> {
        Arc::clone(&self.pools.borrow())
    }

    /// The volumes of the pool that is shown, as far as they were read.
    pub(super) fn volumes(&self) -> Arc<[VolumeFact]> {
        let known = self.known.borrow();
        let selected = self.selected.borrow();
        let known = selected.as_ref().and_then(|name| known.get(name));
        known.and_then(|known| known.volumes.clone()).unwrap_or_default()
    }

    /// Whether anything can be changed over this connection.
    pub(super) fn may_change(&self) -> bool {
        let store = self.core.store();
        store.host(self.host).is_some_and(|host| {
            let features = host.info.as_ref().is_some_and(|info| info.features.read_only);
            host.status.is_connected() && !host.config.read_only && !features
        })
    }

    fn uri(&self) -> Option<Uri> {
        let store = self.core.store();
        store.host(self.host).and_then(|host| Uri::parse(&host.config.uri).ok())
    }

    /// Whether the machines of the host are those of one user, with folders in the home of that user.
    pub(super) fn is_session(&self) -> bool {
        self.uri().is_some_and(|uri| is_session(&uri))
    }

    /// Where the default pool is, if that can be known.
    pub(super) fn usual_folder(&self) -> Option<String> {
        self.uri().and_then(|uri| usual_folder(&uri, &glib::user_data_dir()))
    }

    /// The folder that a new pool has where none is typed.
    pub(super) fn usual_folder_of(&self, wish: &NewPool) -> Option<String> {
        let pools = self.pools();
        let taken: Vec<&str> = pools.iter().filter_map(|pool| pool.path.as_deref()).collect();
        wish.usual_folder(self.usual_folder(), &taken)
    }

    /// Shows another pool.
    pub(super) fn select(&self, pool: &str) {
        self.selected.replace(Some(pool.to_owned()));
        self.show();
        self.read_volumes();
    }

    fn choose(&self, index: usize) {
        if let Some(name) = self.list.name_at(index)
            && self.selected.borrow().as_ref() != Some(&name)
        {
            self.pane.filter.set_text("");
            self.select(&name);
        }
    }

    /// Puts what is known on screen.
    pub(super) fn show(&self) {
        let pools = self.pools();
        let may_change = self.may_change();
        self.offer_new(may_change);
        if pools.is_empty() {
            let way_out = match self.usual_folder() {
                Some(_) => (tr("_Create the Default Pool"), "pool.default"),
                None => (tr("_New Pool…"), "pool.new"),
            };
            self.say(
                "drive-multidisk-symbolic",
                &tr("No storage pools"),
                &tr("A pool is a place for images and media: a folder, a volume group, a share in the network."),
                Some(way_out).filter(|_| may_change),
            );
            return;
        }
        let selected = self.selected.borrow().clone();
        self.list.show(&pools, selected.as_deref(), |name| self.waits.has(name));
        self.stack.set_visible_child_name("pools");
        let Some(pool) = self.pool() else { return };
        let busy = self.waits.has(&pool.name);
        self.pane.show_pool(&pool, may_change, busy);
        let slow = self.waits.is_slow(&pool.name);
        let shown = match busy && (slow || !pool.active) {
            true => Shown::Waiting(slow),
            false => self.show_known(&pool),
        };
        self.pane.show_volumes(&pool, &shown, may_change);
    }

    /// What can be added: pools where anything can be changed, and what they log in with.
    fn offer_new(&self, may_change: bool) {
        let menu = gio::Menu::new();
        if may_change {
            menu.append(Some(&tr("_New Pool…")), Some("pool.new"));
        }
        let secrets = gio::Menu::new();
        secrets.append(Some(&tr("_Secrets…")), Some("pool.secrets"));
        menu.append_section(None, &secrets);
        let sections = menu.n_items();
        if self.add.menu_model().is_none_or(|shown| shown.n_items() != sections) {
            self.add.set_menu_model(Some(&menu));
        }
    }

    /// Gives the list the volumes that are known, and tells what stands there.
    fn show_known(&self, pool: &PoolFact) -> Shown {
        let (volumes, error) = {
            let known = self.known.borrow();
            let known = known.get(&pool.name);
            let error = known.and_then(|known| known.error.clone());
            (known.and_then(|known| known.volumes.clone()), error)
        };
        match (volumes, error) {
            (Some(volumes), None) => {
                let usage = self.core.usage(self.host);
                self.pane.volumes.set_volumes(volumes, usage);
                match self.pane.volumes.is_settled() {
                    true => Shown::Volumes,
                    false => Shown::Reading,
                }
            }
            (_, Some(error)) => {
                let host = self.core.store().host(self.host).map(|host| host.config.clone());
                let why = match advice(&pool.kind) {
                    Some(_) => errors::explain_of_server(&error, host.as_ref()),
                    None => errors::explain(&error, host.as_ref()),
                };
                Shown::Failed(why.title, why.body)
            }
            (None, None) => Shown::Reading,
        }
    }

    pub(super) fn say(&self, icon: &str, title: &str, body: &str, way_out: Option<(String, &str)>) {
        self.status.set_icon_name(Some(icon));
        self.status.set_title(&glib::markup_escape_text(title));
        self.status.set_description(Some(&glib::markup_escape_text(body)));
        self.way_out.set_visible(way_out.is_some());
        if let Some((label, action)) = way_out {
            self.way_out.set_label(&label);
            self.way_out.set_action_name(Some(action));
        }
        self.stack.set_visible_child_name("status");
    }
}
