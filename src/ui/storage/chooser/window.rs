//! The window of the chooser: places beside what is there.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::elsewhere::Elsewhere;
use super::places::{self, Place, Places};
use super::systems::Systems;
use super::{Choice, Chosen, Purpose, Request, files, is_here};
use crate::i18n::tr;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::HostId;
use crate::ui::core::Core;
use crate::ui::hardware;
use crate::ui::storage::pools::in_order;
use crate::ui::storage::volumes::VolumeList;
use crate::ui::widgets::{Tip, name_once, spinner};

/// The window.
pub(super) struct Chooser {
    pub(super) core: Core,
    pub(super) host: HostId,
    pub(super) request: Request,
    pub(super) chosen: Chosen,
    pub(super) is_here: bool,
    pub(super) window: adw::Window,
    pub(super) leaflet: adw::Leaflet,
    pub(super) places: Places,
    pub(super) stack: gtk::Stack,
    pub(super) done: gtk::Button,
    pub(super) busy: gtk::Spinner,
    pub(super) back: gtk::Button,
    pub(super) new: gtk::Button,
    pub(super) filter: gtk::SearchEntry,
    pub(super) tools: gtk::Box,
    pub(super) volumes: Rc<VolumeList>,
    pub(super) status: adw::StatusPage,
    pub(super) place: RefCell<Option<Place>>,
    pub(super) pools: RefCell<Arc<[PoolFact]>>,
    /// The volumes of the pool that is shown.
    pub(super) read: RefCell<Arc<[VolumeFact]>>,
    pub(super) elsewhere: RefCell<Option<Elsewhere>>,
    /// What operating systems offer, while that is shown.
    pub(super) systems: RefCell<Option<Rc<Systems>>>,
    /// The file of this computer that is to be uploaded.
    pub(super) file: RefCell<Option<PathBuf>>,
    pub(super) working: Cell<bool>,
    pub(super) this: Weak<Self>,
}

/// Opens the chooser.
pub(super) fn open(core: &Core, host: HostId, over: &gtk::Window, request: Request, chosen: Chosen) {
    let window = adw::Window::builder()
        .title(request.purpose.title())
        .modal(true)
        .transient_for(over)
        .destroy_with_parent(true)
        .default_width(760)
        .default_height(560)
        .width_request(340)
        .height_request(300)
        .build();
    window.connect_map(name_once);
    let chooser = Rc::new_cyclic(|this: &Weak<Chooser>| {
        let weak = this.clone();
        let told = move |place| {
            if let Some(chooser) = weak.upgrade() {
                chooser.go(place);
            }
        };
        Chooser {
            core: core.clone(),
            host,
            chosen,
            is_here: is_here(core, host),
            window,
            leaflet: adw::Leaflet::builder().can_navigate_back(true).vexpand(true).build(),
            places: Places::new(told, this),
            stack: gtk::Stack::builder().vexpand(true).hhomogeneous(false).build(),
            done: gtk::Button::with_mnemonic(&tr("_Choose")),
            busy: gtk::Spinner::new(),
            back: back_button(),
            new: new_button(),
            filter: gtk::SearchEntry::builder()
                .placeholder_text(tr("Find volumes"))
                .hexpand(true)
                .build(),
            tools: gtk::Box::builder()
                .spacing(6)
                .margin_top(6)
                .margin_bottom(6)
                .margin_start(10)
                .margin_end(10)
                .build(),
            volumes: VolumeList::new(false),
            status: adw::StatusPage::builder().icon_name("drive-multidisk-symbolic").build(),
            place: RefCell::default(),
            pools: RefCell::new(Arc::default()),
            read: RefCell::new(Arc::default()),
            elsewhere: RefCell::default(),
            systems: RefCell::default(),
            file: RefCell::default(),
            working: Cell::default(),
            this: this.clone(),
            request,
        }
    });
    chooser.build();
    chooser.wire();
    chooser.read_pools();
    chooser.window.present();
}

fn back_button() -> gtk::Button {
    let back = gtk::Button::builder()
        .icon_name("go-previous-symbolic")
        .visible(false)
        .build()
        .with_tip(tr("Back to the list"));
    back.update_property(&[gtk::accessible::Property::Label(&tr("Back to the list"))]);
    back
}

fn new_button() -> gtk::Button {
    let content = adw::ButtonContent::builder()
        .icon_name("list-add-symbolic")
        .label(tr("_New Image…"))
        .use_underline(true)
        .build();
    gtk::Button::builder().child(&content).build()
}

impl Chooser {
    pub(super) fn build(&self) {
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
        self.done.add_css_class("suggested-action");
        self.done.set_sensitive(false);
        header.pack_start(&cancel);
        header.pack_start(&self.back);
        header.pack_end(&self.done);
        header.pack_end(&self.busy);
        let weak = self.window.downgrade();
        cancel.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        self.filter
            .update_property(&[gtk::accessible::Property::Label(&tr("Find volumes"))]);
        self.tools.append(&self.filter);
        self.tools.append(&self.new);
        self.volumes.set_formats(self.request.purpose.formats());
        let list = gtk::Box::new(gtk::Orientation::Vertical, 0);
        list.append(self.volumes.widget());
        self.stack
            .add_named(&spinner(&tr("Reading the storage pools…")), Some("reading"));
        self.stack.add_named(&list, Some("volumes"));
        self.stack.add_named(&self.status, Some("status"));
        let right = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .hexpand(true)
            .width_request(320)
            .build();
        right.append(&self.tools);
        right.append(&self.stack);
        self.leaflet.append(self.places.widget());
        let line = self.leaflet.append(&gtk::Separator::new(gtk::Orientation::Vertical));
        line.set_navigatable(false);
        self.leaflet.append(&right);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&self.leaflet);
        self.window.set_content(Some(&content));
        self.window.set_default_widget(Some(&self.done));
        hardware::escape(&self.window);
    }

    pub(super) fn wire(self: &Rc<Self>) {
        let on = |act: fn(&Rc<Self>)| {
            let weak = self.this.clone();
            move || {
                if let Some(chooser) = weak.upgrade() {
                    act(&chooser);
                }
            }
        };
        let chosen = on(Self::accept);
        self.done.connect_clicked(move |_| chosen());
        let back = on(|chooser| {
            chooser.leaflet.set_visible_child(chooser.places.widget());
            chooser.follow();
        });
        self.back.connect_clicked(move |_| back());
        let folded = on(Self::follow);
        self.leaflet.connect_folded_notify(move |_| folded());
        let new = on(Self::make);
        self.new.connect_clicked(move |_| new());
        let selected = on(Self::follow);
        self.volumes.connect_selected(move |_| selected());
        let listed = on(Self::show_list);
        self.volumes.connect_listed(move |_| listed());
        let activated = on(Self::accept);
        self.volumes.connect_activated(move |_| activated());
        let weak = self.this.clone();
        self.filter.connect_search_changed(move |entry| {
            if let Some(chooser) = weak.upgrade() {
                chooser.volumes.set_filter(&entry.text());
            }
        });
        // It lives as long as its window.
        let own = RefCell::new(Some(self.clone()));
        self.window.connect_destroy(move |_| drop(own.take()));
    }

    pub(super) fn read_pools(&self) {
        self.tools.set_visible(false);
        let weak = self.this.clone();
        let client = self.core.client(self.host).filter(|_| self.request.purpose.is_image());
        let (core, host) = (self.core.clone(), self.host);
        glib::spawn_future_local(async move {
            let pools = match client {
                Some(client) => client.pools().await.unwrap_or_else(|error| {
                    tracing::debug!(%error, "no pools to choose from");
                    Arc::default()
                }),
                None => Arc::default(),
            };
            if let Some(chooser) = weak.upgrade() {
                chooser.take_pools(pools);
                drop(chooser);
                core.learn_storage(host).await;
                if let Some(chooser) = weak.upgrade() {
                    chooser.volumes.set_usage(core.usage(host));
                }
            }
        });
    }

    pub(super) fn take_pools(self: &Rc<Self>, found: Arc<[PoolFact]>) {
        let found = in_order(&found);
        let is_image = self.request.purpose.is_image();
        let keeps = found.iter().any(PoolFact::takes_images);
        let mut places = Vec::new();
        if self.request.purpose == Purpose::Media && !self.core.recent_media(self.host).is_empty() {
            places.push(Place::Recent);
        }
        places.extend(found.iter().cloned().map(Place::Pool));
        self.pools.replace(found);
        if self.is_here || is_image && keeps {
            places.push(Place::Computer);
        }
        places.push(Place::Path);
        if keeps && self.wanted().is_some() {
            places.push(Place::Systems);
        }
        if is_image && keeps {
            places.push(Place::Address);
        }
        let first = places::first(&places, self.request.purpose);
        self.places.show(places, self.is_here);
        self.show_place(first);
        if self.leaflet.is_folded() {
            self.leaflet.set_visible_child(self.places.widget());
        }
        self.follow();
    }

    /// Whether the downloads of operating systems are the place.
    pub(super) fn is_at_systems(&self) -> bool {
        *self.place.borrow() == Some(Place::Systems)
    }

    /// Goes to a place that the user chose.
    pub(super) fn go(self: &Rc<Self>, place: Place) {
        if place != Place::Computer {
            self.show_place(place);
            if let Some(right) = self.leaflet.last_child() {
                self.leaflet.set_visible_child(&right);
            }
            self.follow();
            return;
        }
        if let Some(place) = &*self.place.borrow() {
            self.places.mark(place);
        }
        let weak = self.this.clone();
        let chosen = move |path: PathBuf| {
            let Some(chooser) = weak.upgrade() else { return };
            if chooser.is_here {
                chooser.answer(Choice::path(path.to_string_lossy()));
            } else {
                chooser.show_upload(path);
            }
        };
        files::open(
            &self.core,
            self.window.upcast_ref(),
            self.request.purpose,
            Rc::new(chosen),
        );
    }

    /// Lets button and way back follow what is shown.
    pub(super) fn follow(self: &Rc<Self>) {
        let on_places = self.leaflet.visible_child().as_ref() == Some(self.places.widget().upcast_ref());
        self.back.set_visible(self.leaflet.is_folded() && !on_places);
        self.done.set_sensitive(!self.working.get() && self.choice().is_some());
        self.done
            .set_visible(!matches!(&*self.place.borrow(), Some(Place::Recent)));
    }
}
