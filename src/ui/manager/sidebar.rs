//! The sidebar: all machines, hosts with state and load, tags, saved searches. What is selected filters the list.

mod line;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::prelude::*;

use self::line::{HostLine, count_label, host_line, line, load, look, update};
use super::fill::literal;
use super::standing::Standing;
use crate::i18n::{tr, whole};
use crate::model::key::HostId;
use crate::model::settings::SavedSearch;
use crate::model::store::{ChangeSet, Store};
use crate::model::view::Scope;
use crate::ui::core::{Core, Subscription};
use crate::ui::widgets::set_tip;

/// Meters and counts follow the figures at most this often.
const REFRESH: Duration = Duration::from_millis(500);

/// What a line of the sidebar stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// A part of the machines.
    Scope(Scope),
    /// A saved search: its query.
    Search(String),
}

/// The sidebar of one window.
pub struct Sidebar {
    core: Core,
    root: gtk::ScrolledWindow,
    list: gtk::ListBox,
    all_count: gtk::Label,
    hosts: RefCell<Vec<HostLine>>,
    tags: RefCell<BTreeMap<String, gtk::Label>>,
    /// Tags may have changed since they were counted.
    recount: Cell<bool>,
    searches: RefCell<Vec<SavedSearch>>,
    scopes: RefCell<Vec<(gtk::ListBoxRow, Choice)>>,
    told: RefCell<Choice>,
    standing: RefCell<Standing>,
    queued: RefCell<Option<glib::SourceId>>,
    subscription: RefCell<Option<Subscription>>,
}

impl Drop for Sidebar {
    fn drop(&mut self) {
        if let Some(source) = self.queued.take() {
            source.remove();
        }
    }
}

impl Sidebar {
    /// A sidebar that follows `core` and tells what was selected.
    pub fn new(core: &Core, selected: impl Fn(Choice) + 'static) -> Rc<Self> {
        let list = gtk::ListBox::builder()
            .css_classes(["navigation-sidebar"])
            .selection_mode(gtk::SelectionMode::Browse)
            .activate_on_single_click(false)
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&tr("Hosts and tags"))]);
        let root = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .width_request(220)
            .child(&list)
            .build();
        let this = Rc::new(Self {
            core: core.clone(),
            root,
            list,
            all_count: count_label(),
            hosts: RefCell::default(),
            tags: RefCell::default(),
            recount: Cell::new(true),
            searches: RefCell::default(),
            scopes: RefCell::default(),
            told: RefCell::new(Choice::Scope(Scope::All)),
            standing: RefCell::default(),
            queued: RefCell::new(None),
            subscription: RefCell::new(None),
        });
        this.rebuild();
        let weak = Rc::downgrade(&this);
        this.list.connect_row_selected(move |_, row| {
            let (Some(this), Some(row)) = (weak.upgrade(), row) else {
                return;
            };
            let scope = this
                .scopes
                .borrow()
                .iter()
                .find(|(own, _)| own == row)
                .map(|(_, scope)| scope.clone());
            for line in this.hosts.borrow().iter() {
                line.offer_to_open(line.row == *row);
            }
            // Building the lines anew selects the old one again, which is no news.
            if let Some(scope) = scope.filter(|scope| *scope != *this.told.borrow()) {
                this.told.replace(scope.clone());
                selected(scope);
            }
        });
        let weak = Rc::downgrade(&this);
        this.list.connect_row_activated(move |list, row| {
            let Some(this) = weak.upgrade() else { return };
            let host = this
                .hosts
                .borrow()
                .iter()
                .find(|line| line.row == *row)
                .map(|line| line.id);
            if let Some(host) = host {
                // Outside of the main window there is no such action, and no sidebar.
                let _ = list.activate_action("host.open", Some(&host.to_string().to_variant()));
            }
        });
        let weak = Rc::downgrade(&this);
        core.settings().connect_changed("saved-searches", move || {
            if let Some(this) = weak.upgrade() {
                this.refresh();
            }
        });
        let weak = Rc::downgrade(&this);
        *this.subscription.borrow_mut() = Some(core.subscribe(move |_, changes| {
            if let Some(this) = weak.upgrade() {
                this.take_news(changes);
            }
        }));
        this
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.root
    }

    fn take_news(self: &Rc<Self>, changes: &ChangeSet) {
        let retold = !changes.added.is_empty() || !changes.removed.is_empty() || !changes.hosts.is_empty();
        if retold || changes.changed.values().any(|aspects| aspects.identity) {
            self.recount.set(true);
        }
        let other = !changes.hosts.is_empty() && self.standing.borrow_mut().update(&self.core.store());
        if other || !changes.added.is_empty() || !changes.removed.is_empty() {
            self.refresh();
        } else if self.queued.borrow().is_none() {
            let weak = Rc::downgrade(self);
            let source = glib::timeout_add_local_once(REFRESH, move || {
                if let Some(this) = weak.upgrade() {
                    this.queued.take();
                    if this.list.is_mapped() {
                        this.refresh();
                    }
                }
            });
            *self.queued.borrow_mut() = Some(source);
        }
    }

    /// Updates in place; builds anew only when hosts or tags come or go.
    fn refresh(self: &Rc<Self>) {
        let ids: Vec<HostId> = self.core.store().hosts().map(|host| host.config.id).collect();
        let same = self.hosts.borrow().iter().map(|line| line.id).eq(ids.iter().copied());
        let searches = self.core.settings().saved_searches();
        if !same || searches != *self.searches.borrow() || !self.show_tags() {
            self.rebuild();
            return;
        }
        let store = self.core.store();
        let mut total = 0;
        for line in self.hosts.borrow().iter() {
            if let Some(host) = store.host(line.id) {
                let counts = store.counts(line.id);
                total += counts.total;
                update(line, look(host, counts.total, load(&self.core, line.id)));
            }
        }
        self.all_count.set_label(&whole(total));
    }

    /// Counts the machines of each tag anew where that may have changed; false if other tags are there than are shown.
    fn show_tags(&self) -> bool {
        if !self.recount.replace(false) {
            return true;
        }
        let store = self.core.store();
        let counts = count_tags(&store);
        let tags = self.tags.borrow();
        if counts.len() != tags.len() || !tags.keys().all(|tag| counts.contains_key(tag.as_str())) {
            return false;
        }
        for (tag, label) in tags.iter() {
            label.set_label(&whole(counts.get(tag.as_str()).copied().unwrap_or(0)));
        }
        true
    }

    fn rebuild(self: &Rc<Self>) {
        let before = self.list.selected_row().and_then(|row| {
            let scopes = self.scopes.borrow();
            scopes
                .iter()
                .find(|(own, _)| *own == row)
                .map(|(_, scope)| scope.clone())
        });
        self.scopes.borrow_mut().clear();
        self.hosts.borrow_mut().clear();
        while let Some(child) = self.list.first_child() {
            self.list.remove(&child);
        }
        if self.all_count.parent().is_some() {
            self.all_count.unparent();
        }
        let all = line("computer-symbolic", &tr("All Machines"), &self.all_count);
        self.add(&all, Choice::Scope(Scope::All));
        let ids: Vec<HostId> = self.core.store().hosts().map(|host| host.config.id).collect();
        if !ids.is_empty() {
            self.add_heading(&tr("Hosts"));
        }
        for id in ids {
            let line = host_line(&self.core, id);
            self.add(&line.row, Choice::Scope(Scope::Host(id)));
            self.hosts.borrow_mut().push(line);
        }
        let counts: BTreeMap<String, usize> = count_tags(&self.core.store())
            .into_iter()
            .map(|(tag, count)| (tag.to_owned(), count))
            .collect();
        if !counts.is_empty() {
            self.add_heading(&tr("Tags"));
        }
        let mut labels = BTreeMap::new();
        for (tag, count) in counts {
            let label = count_label();
            label.set_label(&whole(count));
            let line = line("user-bookmarks-symbolic", &literal(&tag), &label);
            self.add(&line, Choice::Scope(Scope::Tag(tag.clone())));
            labels.insert(tag, label);
        }
        *self.tags.borrow_mut() = labels;
        self.recount.set(false);
        self.add_searches();
        let again = before.unwrap_or(Choice::Scope(Scope::All));
        let row = self
            .scopes
            .borrow()
            .iter()
            .find(|(_, scope)| *scope == again)
            .map(|(row, _)| row.clone());
        let row = row.or_else(|| self.scopes.borrow().first().map(|(row, _)| row.clone()));
        self.list.select_row(row.as_ref());
        if !self.hosts.borrow().is_empty() {
            self.refresh();
        }
    }

    fn add_searches(&self) {
        let searches = self.core.settings().saved_searches();
        if !searches.is_empty() {
            self.add_heading(&tr("Searches"));
        }
        for search in &searches {
            let row = line("system-search-symbolic", &literal(&search.name), &count_label());
            set_tip(&row, Some(&literal(&search.query)));
            let click = gtk::GestureClick::builder().button(3).build();
            let (weak, name) = (row.downgrade(), search.name.clone());
            click.connect_pressed(move |gesture, _, x, y| {
                if let Some(row) = weak.upgrade() {
                    gesture.set_state(gtk::EventSequenceState::Claimed);
                    super::menu::search(&name, &row, x, y);
                }
            });
            row.add_controller(click);
            self.add(&row, Choice::Search(search.query.clone()));
        }
        *self.searches.borrow_mut() = searches;
    }

    fn add(&self, row: &gtk::ListBoxRow, scope: Choice) {
        self.list.append(row);
        self.scopes.borrow_mut().push((row.clone(), scope));
    }

    fn add_heading(&self, text: &str) {
        let label = gtk::Label::builder()
            .label(text)
            .xalign(0.0)
            .css_classes(["caption-heading", "dim-label", "vireo-heading"])
            .build();
        let row = gtk::ListBoxRow::builder()
            .child(&label)
            .selectable(false)
            .activatable(false)
            .focusable(false)
            .css_classes(["vireo-heading-row"])
            .build();
        row.update_property(&[gtk::accessible::Property::Label(text)]);
        self.list.append(&row);
    }
}

/// How many machines have each tag.
fn count_tags(store: &Store) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for domain in store.domains() {
        for tag in domain.details.iter().flat_map(|details| &details.tags) {
            *counts.entry(tag.as_str()).or_insert(0) += 1;
        }
    }
    counts
}
