//! The Machines tab: sidebar, search, list, what stands in the list's place, and the bar of bulk actions.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::bulk::Bulk;
use super::fill::literal;
use super::list::{List, ListEvent};
use super::menu;
use super::sidebar::{Choice, Sidebar};
use super::status::{self, Situation};
use super::width::WidthBin;
use crate::i18n::{tr, tr_f};
use crate::model::host::ConnectionStatus;
use crate::model::key::{DomainKey, HostId};
use crate::model::query::Query;
use crate::model::settings::ListMode;
use crate::model::view::Scope;
use crate::ui::core::{Core, Subscription};
use crate::ui::widgets::Tip;

/// A search begins this long after the last key: at ten thousand machines not with each of them.
const TYPING_PAUSE: Duration = Duration::from_millis(80);

/// What the page tells its window.
pub(super) type Open = Box<dyn Fn(DomainKey)>;

/// The Machines tab of one window.
pub(super) struct Page {
    core: Core,
    root: WidthBin,
    flap: adw::Flap,
    search_bar: gtk::SearchBar,
    search: gtk::SearchEntry,
    /// Waits for a pause in typing before it searches.
    typing: RefCell<Option<glib::SourceId>>,
    stack: gtk::Stack,
    place: adw::Bin,
    banner: gtk::Revealer,
    banner_text: gtk::Label,
    banner_button: gtk::Button,
    list: Rc<List>,
    bulk: Bulk,
    sidebar: RefCell<Option<Rc<Sidebar>>>,
    scope: RefCell<Scope>,
    /// The saved search that was chosen in the sidebar.
    saved: RefCell<Option<String>>,
    situation: RefCell<Situation>,
    matching: Cell<usize>,
    open: Open,
    subscription: RefCell<Option<Subscription>>,
}

impl Page {
    pub(super) fn new(core: &Core, open: impl Fn(DomainKey) + 'static) -> Rc<Self> {
        let page = Rc::new_cyclic(|weak: &Weak<Self>| {
            let heard = weak.clone();
            let list = List::new(core, move |event| {
                if let Some(page) = heard.upgrade() {
                    page.hear(event);
                }
            });
            let banner_text = gtk::Label::builder().xalign(0.0).hexpand(true).wrap(true).build();
            let banner_button = gtk::Button::builder()
                .label(tr("Reconnect"))
                .valign(gtk::Align::Center)
                .build();
            let banner_line = gtk::Box::builder().spacing(12).css_classes(["vireo-banner"]).build();
            banner_line.append(&banner_text);
            banner_line.append(&banner_button);
            let search = gtk::SearchEntry::builder()
                .placeholder_text(tr("Search, for example tag:web state:running cpu:>50"))
                .hexpand(true)
                .build();
            search.update_property(&[gtk::accessible::Property::Label(&tr("Search machines"))]);
            Self {
                core: core.clone(),
                root: WidthBin::new(),
                flap: adw::Flap::new(),
                search_bar: gtk::SearchBar::new(),
                search,
                typing: RefCell::default(),
                stack: gtk::Stack::new(),
                place: adw::Bin::new(),
                banner: gtk::Revealer::builder().child(&banner_line).build(),
                banner_text,
                banner_button,
                list,
                bulk: Bulk::new(),
                sidebar: RefCell::new(None),
                scope: RefCell::new(Scope::All),
                saved: RefCell::new(None),
                situation: RefCell::new(Situation::List),
                matching: Cell::new(0),
                open: Box::new(open),
                subscription: RefCell::new(None),
            }
        });
        page.build();
        page
    }

    fn build(self: &Rc<Self>) {
        let save = gtk::Button::builder()
            .icon_name("bookmark-new-symbolic")
            .action_name("win.save-search")
            .build()
            .with_tip(tr("Save This Search"));
        save.update_property(&[gtk::accessible::Property::Label(&tr("Save This Search"))]);
        self.search
            .bind_property("text", &save, "sensitive")
            .transform_to(|_, text: &str| Some(!text.trim().is_empty()))
            .sync_create()
            .build();
        let line = gtk::Box::builder().spacing(6).build();
        line.append(&self.search);
        line.append(&save);
        let clamp = adw::Clamp::builder().maximum_size(560).child(&line).build();
        self.search_bar.set_child(Some(&clamp));
        self.search_bar.connect_entry(&self.search);
        // Whoever types where nothing takes text is searching.
        self.search_bar.set_key_capture_widget(Some(&self.root));
        self.stack.set_vhomogeneous(false);
        self.stack.add_named(self.list.widget(), Some("list"));
        self.stack.add_named(&self.place, Some("place"));
        let content = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .hexpand(true)
            .build();
        content.append(&self.search_bar);
        content.append(&self.banner);
        content.append(&self.stack);
        content.append(self.bulk.widget());
        let weak = Rc::downgrade(self);
        let sidebar = Sidebar::new(&self.core, move |choice| {
            let Some(page) = weak.upgrade() else { return };
            match choice {
                Choice::Scope(scope) => {
                    if page.saved.take().is_some_and(|query| query == page.query()) {
                        page.clear_search();
                    }
                    page.set_scope(scope);
                }
                Choice::Search(query) => {
                    page.set_scope(Scope::All);
                    page.search_bar.set_search_mode(true);
                    page.search.set_text(&query);
                    *page.saved.borrow_mut() = Some(query);
                }
            }
        });
        self.flap.set_flap(Some(sidebar.widget()));
        self.flap
            .set_separator(Some(&gtk::Separator::new(gtk::Orientation::Vertical)));
        self.flap.set_content(Some(&content));
        self.flap.set_fold_policy(adw::FlapFoldPolicy::Auto);
        sidebar.widget().add_css_class("background");
        *self.sidebar.borrow_mut() = Some(sidebar);
        self.root.set_child(Some(&self.flap));
        let weak = Rc::downgrade(self);
        // Other columns may show other figures.
        self.root.connect_width(move |_| {
            if let Some(page) = weak.upgrade() {
                page.list.tell_rows();
            }
        });
        let weak = Rc::downgrade(self);
        // Not `search-changed`: with GTK 4.8 it was seen to stay away now and then while thousands of definitions came in.
        self.search.connect_changed(move |_| {
            let Some(page) = weak.upgrade() else { return };
            let pause = weak.clone();
            let source = glib::timeout_add_local_once(TYPING_PAUSE, move || {
                if let Some(page) = pause.upgrade() {
                    page.typing.take();
                    page.search_now();
                }
            });
            if let Some(earlier) = page.typing.replace(Some(source)) {
                earlier.remove();
            }
        });
        let weak = Rc::downgrade(self);
        self.search.connect_activate(move |_| {
            if let Some(page) = weak.upgrade() {
                page.list.grab_focus();
            }
        });
        let weak = Rc::downgrade(self);
        *self.subscription.borrow_mut() = Some(self.core.subscribe(move |_, changes| {
            let Some(page) = weak.upgrade() else { return };
            // Before the list is in order it would be taken for empty.
            if !changes.hosts.is_empty() && !page.list.is_arranging() {
                page.look();
            }
            let selected = page.list.selected();
            if selected
                .iter()
                .any(|key| changes.changed.get(key).is_some_and(|a| a.state || a.identity))
            {
                page.bulk.show(&page.core, &selected);
            }
        }));
        self.look();
    }

    pub(super) fn widget(&self) -> &WidthBin {
        &self.root
    }

    pub(super) fn list(&self) -> &Rc<List> {
        &self.list
    }

    pub(super) fn search_bar(&self) -> &gtk::SearchBar {
        &self.search_bar
    }

    pub(super) fn flap(&self) -> &adw::Flap {
        &self.flap
    }

    /// What is searched for.
    pub(super) fn query(&self) -> String {
        self.search.text().trim().to_owned()
    }

    /// Ends the search.
    pub(super) fn clear_search(&self) {
        self.search.set_text("");
        self.search_bar.set_search_mode(false);
    }

    /// Shows the machines as a tree, as a flat list or as a grid.
    pub(super) fn set_mode(&self, mode: ListMode) {
        let grouped = mode == ListMode::Tree;
        self.list.columns().set_grouped(grouped);
        self.list.want(|wanted| wanted.grouped = grouped);
        self.list.set_grid(mode == ListMode::Grid);
    }

    /// The host that is looked at alone.
    pub(super) fn host(&self) -> Option<HostId> {
        match *self.scope.borrow() {
            Scope::Host(id) => Some(id),
            _ => None,
        }
    }

    fn set_scope(&self, scope: Scope) {
        *self.scope.borrow_mut() = scope.clone();
        self.list.want(|wanted| wanted.scope = scope);
        if self.flap.is_folded() {
            self.flap.set_reveal_flap(false);
        }
        self.look();
    }

    fn hear(&self, event: ListEvent) {
        match event {
            ListEvent::Opened(key) => (self.open)(key),
            ListEvent::Selected(keys) => self.bulk.show(&self.core, &keys),
            ListEvent::Arranged(matching) => {
                self.matching.set(matching);
                self.look();
            }
            ListEvent::Menu(x, y) => menu::machines(&self.core, &self.list.selected(), self.list.widget(), x, y),
            ListEvent::HostMenu(host, x, y) => menu::host(&self.core, host, self.list.widget(), x, y),
            ListEvent::Toggled(key) => self.toggle(key),
            ListEvent::Folded(hosts) => self.core.settings().set_collapsed_hosts(&hosts),
            ListEvent::Ordered(order) => super::memory::remember_order(&self.core, order),
        }
    }

    /// Space: starts what is off, resumes what is paused.
    fn toggle(&self, key: DomainKey) {
        use crate::model::action::{DomainAction, StartOptions};
        for action in [DomainAction::Start(StartOptions::default()), DomainAction::Resume] {
            if crate::ui::actions::is_possible(&self.core, &action, key) {
                crate::ui::actions::ask(&self.core, &self.root, &action, &[key]);
                return;
            }
        }
    }

    fn search_now(&self) {
        let query = Query::parse(&self.search.text());
        self.list.want(|wanted| wanted.query = query);
    }

    /// Decides between the list and what stands in its place, and about the banner.
    fn look(&self) {
        let searching = !self.search.text().trim().is_empty();
        let now = status::situation(&self.core.store(), &self.scope.borrow(), self.matching.get(), searching);
        if *self.situation.borrow() != now {
            if now != Situation::List {
                self.place.set_child(Some(&status::page(&self.core, &now)));
            }
            self.stack
                .set_visible_child_name(if now == Situation::List { "list" } else { "place" });
            let listed = now == Situation::List;
            *self.situation.borrow_mut() = now;
            // Arrow keys work at once; whoever is typing goes on.
            let focus = self.root.root().and_then(|root| root.focus());
            if listed && self.root.is_mapped() && !focus.is_some_and(|widget| widget.is::<gtk::Text>()) {
                self.list.grab_focus();
            }
        }
        let lost = self.lost();
        self.banner.set_reveal_child(lost.is_some());
        if let Some((id, name)) = lost {
            let text = tr_f(
                "The connection to {host} was lost. Its machines keep running; this is what it last said.",
                &[("host", &name)],
            );
            self.banner_text.set_label(&text);
            // The target first: GTK complains about an action whose target is missing.
            self.banner_button
                .set_action_target_value(Some(&id.to_string().to_variant()));
            self.banner_button.set_action_name(Some("host.connect"));
        }
    }

    /// The first lost host within the scope that has machines to show.
    fn lost(&self) -> Option<(HostId, String)> {
        let store = self.core.store();
        let scope = self.scope.borrow();
        let lost = store.hosts().find(|host| {
            let within = match &*scope {
                Scope::Host(id) => host.config.id == *id,
                _ => true,
            };
            let gone = !matches!(
                host.status,
                ConnectionStatus::Connected | ConnectionStatus::Disconnected
            );
            within && gone && !host.domains.is_empty()
        })?;
        Some((lost.config.id, literal(&lost.config.name)))
    }
}
