//! What the window of the chooser shows of a place.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::elsewhere::{Elsewhere, focus};
use super::places::Place;
use super::window::Chooser;
use super::{Choice, Purpose};
use crate::i18n::tr;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::ui::storage::{new_volume, pools};
use crate::ui::widgets::{name_lists, plain_row};
use crate::ui::{errors, text};

impl Chooser {
    pub(super) fn show_place(self: &Rc<Self>, place: Place) {
        self.places.mark(&place);
        self.file.replace(None);
        self.elsewhere.replace(None);
        self.systems.replace(None);
        self.tools.set_visible(matches!(place, Place::Pool(_)));
        self.filter.set_text("");
        match &place {
            Place::Recent => self.show_recent(),
            Place::Pool(pool) => self.show_pool(pool),
            Place::Path => {
                let note = tr("A file or device of the host, by its full path.");
                self.show_elsewhere(&tr("Path"), &note, Vec::new());
            }
            Place::Address => {
                let note = tr("This computer fetches it and hands it on to the host as it comes.");
                self.show_elsewhere(&tr("Address (http or https)"), &note, self.keepers());
            }
            Place::Systems | Place::Computer => {}
        }
        let at_systems = place == Place::Systems;
        self.place.replace(Some(place));
        if at_systems {
            self.show_systems();
        }
        self.follow();
    }

    /// Pools that can keep something new.
    pub(super) fn keepers(&self) -> Vec<PoolFact> {
        let pools = self.pools.borrow();
        pools.iter().filter(|pool| pool.takes_images()).cloned().collect()
    }

    pub(super) fn show_elsewhere(&self, title: &str, note: &str, pools: Vec<PoolFact>) {
        let rows = Elsewhere::new(title, note, pools);
        let weak = self.this.clone();
        rows.entry.connect_changed(move |_| {
            if let Some(chooser) = weak.upgrade() {
                chooser.follow();
            }
        });
        self.put(rows.widget());
        focus(&rows.entry);
        self.elsewhere.replace(Some(rows));
    }

    pub(super) fn show_upload(self: &Rc<Self>, path: PathBuf) {
        self.tools.set_visible(false);
        let note = tr("The file is uploaded to the host.");
        self.show_elsewhere(&tr("File"), &note, self.keepers());
        if let Some(rows) = &*self.elsewhere.borrow() {
            rows.entry.set_text(&path.to_string_lossy());
            rows.entry.set_editable(false);
        }
        self.file.replace(Some(path));
        if let Some(right) = self.leaflet.last_child() {
            self.leaflet.set_visible_child(&right);
        }
        self.follow();
    }

    /// Puts a page of another place into the stack.
    pub(super) fn put(&self, page: &impl IsA<gtk::Widget>) {
        if let Some(old) = self.stack.child_by_name("place") {
            self.stack.remove(&old);
        }
        self.stack.add_named(page, Some("place"));
        self.stack.set_visible_child_name("place");
    }

    pub(super) fn show_recent(&self) {
        let group = adw::PreferencesGroup::new();
        for path in self.core.recent_media(self.host).iter() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let row = plain_row(&text::one_line(name, 200), &text::one_line(path, 400));
            row.set_activatable(true);
            let (weak, path) = (self.this.clone(), path.clone());
            row.connect_activated(move |_| {
                if let Some(chooser) = weak.upgrade() {
                    chooser.answer(Choice::path(path.clone()));
                }
            });
            group.add(&row);
        }
        name_lists(&group, &tr("Recent"));
        let page = adw::PreferencesPage::new();
        page.add(&group);
        self.put(&page);
    }

    pub(super) fn show_pool(&self, pool: &PoolFact) {
        self.new
            .set_visible(self.request.purpose == Purpose::Disk && pool.takes_images());
        self.read.replace(Arc::default());
        self.volumes.set_volumes(Arc::default(), self.core.usage(self.host));
        if !pool.active {
            self.say(
                pools::icon(&pool.kind),
                &tr("The pool is off"),
                &tr("It can be started on the storage page of the host."),
            );
            return;
        }
        self.stack.set_visible_child_name("reading");
        self.read_volumes(&pool.name, None);
    }

    pub(super) fn read_volumes(&self, pool: &str, select: Option<String>) {
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let (weak, pool) = (self.this.clone(), pool.to_owned());
        glib::spawn_future_local(async move {
            let read = client.volumes(pool.clone()).await;
            let Some(chooser) = weak.upgrade() else { return };
            let is_shown = matches!(&*chooser.place.borrow(), Some(Place::Pool(shown)) if shown.name == pool);
            if !is_shown {
                return;
            }
            match read {
                Ok(volumes) => {
                    chooser.read.replace(Arc::clone(&volumes));
                    chooser.volumes.set_volumes(volumes, chooser.core.usage(chooser.host));
                    chooser.show_list();
                    chooser.volumes.select(&select.into_iter().collect());
                }
                Err(error) => {
                    let why = errors::explain(&error, None);
                    chooser.say("dialog-warning-symbolic", &why.title, &why.body);
                }
            }
        });
    }

    pub(super) fn show_list(self: &Rc<Self>) {
        if !matches!(&*self.place.borrow(), Some(Place::Pool(pool)) if pool.active) || !self.volumes.is_settled() {
            return;
        }
        let (listed, all) = self.volumes.counts();
        match (listed, all) {
            (0, 0) => self.say(
                "drive-harddisk-symbolic",
                &tr("No volumes"),
                &tr("There is nothing in this pool yet."),
            ),
            (0, _) => self.say(
                "edit-find-symbolic",
                &tr("Nothing found"),
                &tr("No volume of this pool fits."),
            ),
            _ => self.stack.set_visible_child_name("volumes"),
        }
        self.follow();
    }

    pub(super) fn say(&self, icon: &str, title: &str, body: &str) {
        self.status.set_icon_name(Some(icon));
        self.status.set_title(&glib::markup_escape_text(title));
        self.status.set_description(Some(&glib::markup_escape_text(body)));
        self.stack.set_visible_child_name("status");
    }

    /// Makes a new image in the pool that is shown, and chooses it.
    pub(super) fn make(self: &Rc<Self>) {
        let place = self.place.borrow().clone();
        let Some(Place::Pool(pool)) = place else { return };
        let (weak, of) = (self.this.clone(), pool.name.clone());
        let made = move |volume: VolumeFact| {
            if let Some(chooser) = weak.upgrade() {
                chooser.answer(Choice::volume(&of, volume));
            }
        };
        let volumes = Arc::clone(&self.read.borrow());
        new_volume::ask(
            &self.core,
            self.host,
            &self.window,
            &pool,
            &volumes,
            &self.request.machine,
            made,
        );
    }
}
