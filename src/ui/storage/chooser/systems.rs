//! What operating systems offer to download, to be found by words.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::elsewhere::Keeper;
use super::window::Chooser;
use super::{Choice, Purpose};
use crate::i18n::{tr, tr_f};
use crate::model::creation::ImageRef;
use crate::model::facts::PoolFact;
use crate::model::os::download::{self, Download, Wanted};
use crate::ui::widgets::{hide_pictures, name_lists, plain_row};
use crate::virt::client::osinfo;

/// Most lines of the list: who looks for more types more.
const MOST: usize = 100;

/// The list of downloads, and the pool that is to keep what is chosen.
pub(super) struct Systems {
    root: gtk::Box,
    search: gtk::SearchEntry,
    list: gtk::ListBox,
    keeper: Keeper,
    all: Vec<Download>,
    shown: RefCell<Vec<String>>,
}

impl Systems {
    fn new(all: Vec<Download>, pools: Vec<PoolFact>, this: &Weak<Chooser>) -> Rc<Self> {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Single)
            .activate_on_single_click(false)
            .css_classes(["boxed-list"])
            .valign(gtk::Align::Start)
            .build();
        let search = gtk::SearchEntry::builder().placeholder_text(tr("Search")).build();
        search.update_property(&[gtk::accessible::Property::Label(&tr("Search operating systems"))]);
        let systems = Rc::new(Self {
            root: gtk::Box::builder()
                .orientation(gtk::Orientation::Vertical)
                .spacing(12)
                .margin_top(6)
                .margin_bottom(12)
                .margin_start(12)
                .margin_end(12)
                .build(),
            search,
            list,
            keeper: Keeper::new(pools),
            all,
            shown: RefCell::default(),
        });
        systems.build(this);
        systems.fill();
        systems
    }

    fn build(self: &Rc<Self>, this: &Weak<Chooser>) {
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&self.list)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let keep = adw::PreferencesGroup::new();
        keep.add(self.keeper.row());
        name_lists(&keep, &tr("Keep it in"));
        self.list
            .update_property(&[gtk::accessible::Property::Label(&tr("Operating systems"))]);
        self.root.append(&self.search);
        self.root.append(&scrolled);
        self.root.append(&keep);
        let weak = Rc::downgrade(self);
        self.search.connect_search_changed(move |_| {
            if let Some(systems) = weak.upgrade() {
                systems.fill();
            }
        });
        let list = self.list.downgrade();
        self.search.connect_activate(move |_| {
            let first = list.upgrade().and_then(|list| Some((list.row_at_index(0)?, list)));
            if let Some((row, list)) = first {
                list.select_row(Some(&row));
                row.grab_focus();
            }
        });
        let follow = this.clone();
        self.list.connect_row_selected(move |_, _| {
            if let Some(chooser) = follow.upgrade() {
                chooser.follow();
            }
        });
        let accept = this.clone();
        self.list.connect_row_activated(move |_, _| {
            if let Some(chooser) = accept.upgrade() {
                chooser.accept();
            }
        });
    }

    fn fill(&self) {
        self.list.unselect_all();
        while let Some(row) = self.list.row_at_index(0) {
            self.list.remove(&row);
        }
        let words = self.search.text();
        let mut shown = Vec::new();
        for download in download::search(&self.all, &words).into_iter().take(MOST) {
            let mut below = vec![download.file.clone(), download.server.clone()];
            if let (false, Some(day)) = (download.supported, &download.ends) {
                below.push(tr_f("Without support since {date}", &[("date", day)]));
            }
            let row = plain_row(&download.name, &below.join(" · "));
            row.set_activatable(true);
            hide_pictures(&row);
            self.list.append(&row);
            shown.push(download.url.clone());
        }
        if shown.is_empty() {
            let row = plain_row(
                &tr("Nothing found"),
                &tr("The list of this computer knows no download of this name."),
            );
            row.set_selectable(false);
            row.set_activatable(false);
            self.list.append(&row);
        }
        self.shown.replace(shown);
    }

    /// What is selected.
    pub(super) fn choice(&self) -> Option<Choice> {
        let row = self.list.selected_row()?;
        let shown = self.shown.borrow();
        let url = shown.get(usize::try_from(row.index()).ok()?)?.clone();
        let pool = self.keeper.pool()?.name.clone();
        Some(Choice {
            image: ImageRef::Download { url, pool },
            volume: None,
        })
    }
}

impl Chooser {
    /// What of the operating systems' downloads is looked for, where the request says for which machines.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let wanted = match self.request.purpose {
            Purpose::Media => Wanted::Medium,
            Purpose::Cloud => Wanted::CloudImage,
            _ => return None,
        };
        (!self.request.arch.is_empty()).then_some(wanted)
    }

    /// Reads the database and shows what it knows.
    pub(super) fn show_systems(&self) {
        let Some(wanted) = self.wanted() else { return };
        self.stack.set_visible_child_name("reading");
        let weak = self.this.clone();
        glib::spawn_future_local(async move {
            let all = osinfo::all().await.unwrap_or_default();
            let Some(chooser) = weak.upgrade().filter(|chooser| chooser.is_at_systems()) else {
                return;
            };
            let today = glib::DateTime::now_local().and_then(|now| now.format("%Y-%m-%d"));
            let today = today.map(|day| day.to_string()).unwrap_or_default();
            let found = download::downloads(&all, &chooser.request.arch, wanted, &today);
            if found.is_empty() {
                chooser.say(
                    "folder-download-symbolic",
                    &tr("Nothing to download"),
                    &tr("No list of operating systems is installed on this computer, or it knows nothing for machines of this kind. The list is the package osinfo-db."),
                );
                return;
            }
            let systems = Systems::new(found, chooser.keepers(), &chooser.this);
            chooser.put(&systems.root);
            systems.search.grab_focus();
            chooser.systems.replace(Some(systems));
            chooser.follow();
        });
    }
}
