//! The sidebar: all machines, hosts with state and load, tags, saved searches. What is selected filters the list.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::pango;
use gtk4::prelude::*;

use super::fill::{literal, status_class, status_text};
use super::standing::Standing;
use crate::i18n::{tr, tr_f, whole};
use crate::model::key::HostId;
use crate::model::settings::SavedSearch;
use crate::model::store::{ChangeSet, Host, Store};
use crate::model::view::Scope;
use crate::ui::core::{Core, Subscription};
use crate::ui::format;
use crate::ui::widgets::{Meter, Tip, set_tip};

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

struct HostLine {
    id: HostId,
    row: gtk::ListBoxRow,
    dot: gtk::Image,
    name: gtk::Label,
    status: gtk::Label,
    count: gtk::Label,
    cpu: Meter,
    memory: Meter,
    meters: gtk::Box,
    look: RefCell<Look>,
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
            // Building the lines anew selects the old one again, which is no news.
            if let Some(scope) = scope.filter(|scope| *scope != *this.told.borrow()) {
                this.told.replace(scope.clone());
                selected(scope);
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

fn count_label() -> gtk::Label {
    gtk::Label::builder().css_classes(["dim-label", "numeric"]).build()
}

fn text(label: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(label)
        .xalign(0.0)
        .hexpand(true)
        .single_line_mode(true)
        .ellipsize(pango::EllipsizeMode::End)
        .build()
}

/// An image that says nothing that the line does not say in words.
fn decoration(icon: &str) -> gtk::Image {
    gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}

fn line(icon: &str, label: &str, count: &gtk::Label) -> gtk::ListBoxRow {
    let content = gtk::Box::builder().spacing(10).build();
    content.append(&decoration(icon));
    content.append(&text(label));
    content.append(count);
    let row = gtk::ListBoxRow::builder().child(&content).build().with_tip(label);
    row.update_property(&[gtk::accessible::Property::Label(label)]);
    row
}

fn host_line(core: &Core, id: HostId) -> HostLine {
    let dot = decoration("network-server-symbolic");
    let name = text("");
    let status = text("");
    status.add_css_class("caption");
    status.add_css_class("dim-label");
    let count = count_label();
    let (cpu, memory) = (Meter::new(), Meter::new());
    let meters = gtk::Box::builder()
        .spacing(6)
        .homogeneous(true)
        .css_classes(["vireo-meters"])
        .build();
    meters.append(&cpu);
    meters.append(&memory);
    let texts = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(2)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .build();
    texts.append(&name);
    texts.append(&status);
    texts.append(&meters);
    let content = gtk::Box::builder().spacing(10).build();
    content.append(&dot);
    content.append(&texts);
    content.append(&count);
    let row = gtk::ListBoxRow::builder().child(&content).build();
    let click = gtk::GestureClick::builder().button(3).build();
    let (menu_core, menu_row) = (core.clone(), row.downgrade());
    click.connect_pressed(move |gesture, _, x, y| {
        if let Some(row) = menu_row.upgrade() {
            gesture.set_state(gtk::EventSequenceState::Claimed);
            super::menu::host(&menu_core, id, &row, x, y);
        }
    });
    row.add_controller(click);
    HostLine {
        id,
        row,
        dot,
        name,
        status,
        count,
        cpu,
        memory,
        meters,
        look: RefCell::default(),
    }
}

/// What a host's line shows.
#[derive(Debug, Clone, Default, PartialEq)]
struct Look {
    name: String,
    class: &'static str,
    status: String,
    status_visible: bool,
    count: String,
    /// Whole percent: less is not seen.
    cpu: Option<u32>,
    memory: Option<u32>,
    tip: String,
}

fn look(host: &Host, machines: usize, (cpu, memory): (Option<f64>, Option<f64>)) -> Look {
    let name = literal(&host.config.name);
    let connected = host.status.is_connected();
    let read_only = host.info.as_ref().is_some_and(|info| info.features.read_only);
    let percent = |share: Option<f64>| share.filter(|_| connected).map(|share| (share * 100.0).round() as u32);
    Look {
        tip: super::status::tip(host),
        name,
        class: status_class(&host.status),
        status: if read_only {
            tr("View only")
        } else {
            status_text(&host.status)
        },
        status_visible: !connected || read_only,
        count: if host.listed {
            whole(machines)
        } else {
            format::UNKNOWN.to_owned()
        },
        cpu: percent(cpu),
        memory: percent(memory),
    }
}

/// Shows a look. What stays the same is left alone: GTK lays the window out anew even for a style class that was there.
fn update(line: &HostLine, look: Look) {
    let old = line.look.replace(look.clone());
    if old == look {
        return;
    }
    line.name.set_label(&look.name);
    if old.class != look.class {
        line.dot.set_css_classes(&[look.class]);
    }
    line.status.set_label(&look.status);
    line.status.set_visible(look.status_visible);
    line.count.set_label(&look.count);
    line.meters.set_visible(look.cpu.is_some() || look.memory.is_some());
    let share = |percent: u32| f64::from(percent) / 100.0;
    let said = |percent: Option<u32>| {
        percent.map_or_else(|| format::UNKNOWN.to_owned(), |percent| format::percent(share(percent)))
    };
    if old.cpu != look.cpu {
        line.cpu.set_fraction(look.cpu.map(share));
        line.cpu
            .set_accessible_text(&tr_f("CPU {load}", &[("load", &said(look.cpu))]));
    }
    if old.memory != look.memory {
        line.memory.set_fraction(look.memory.map(share));
        line.memory
            .set_accessible_text(&tr_f("Memory {load}", &[("load", &said(look.memory))]));
    }
    if old.tip != look.tip {
        set_tip(&line.row, Some(&look.tip));
    }
    if (&old.name, &old.status) != (&look.name, &look.status) {
        let label = format!("{}, {}", look.name, look.status);
        line.row.update_property(&[gtk::accessible::Property::Label(&label)]);
    }
}

/// Mean CPU load of the running machines of a host, and the share of their memory in use.
fn load(core: &Core, host: HostId) -> (Option<f64>, Option<f64>) {
    let store = core.store();
    let (mut cpu, mut machines, mut used, mut total) = (0.0, 0u32, 0u64, 0u64);
    let domains = store.host(host).into_iter().flat_map(|host| &host.domains);
    for uuid in domains {
        let Some(domain) = store.domain(crate::model::key::DomainKey::new(host, *uuid)) else {
            continue;
        };
        if let Some(share) = domain.load.cpu {
            cpu += f64::from(share);
            machines += 1;
        }
        if let (Some(now), Some(all)) = (domain.load.memory_used_kib, domain.load.memory_total_kib) {
            used += now;
            total += all;
        }
    }
    let cpu = (machines > 0).then(|| cpu / f64::from(machines));
    let memory = (total > 0).then(|| used as f64 / total as f64);
    (cpu, memory)
}
