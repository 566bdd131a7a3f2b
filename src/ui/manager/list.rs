//! The list of machines: a recycled column view over keys. News touch the rows near the screen; the order is worked out
//! by the model when something that decides it changed.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use glib::SourceId;
use gtk4 as gtk;
use gtk4::prelude::*;

use super::column::Columns;
use super::fill;
use super::list_model::ListModel;
use super::row::Row;
use crate::model::key::{DomainKey, HostId};
use crate::model::sample::StatGroups;
use crate::model::store::{Aspects, ChangeSet};
use crate::model::view::{self, Column, Item, Wanted};
use crate::ui::core::{Core, Subscription};

/// An order that figures or freshly read definitions change is worked out anew at most this often.
const LIVE_ORDER: Duration = Duration::from_secs(1);
/// Any other order: at most this often while news keep coming.
const ORDER: Duration = Duration::from_millis(100);
/// Rows on screen are told to the core when scrolling rests this long.
const SCROLL_REST: Duration = Duration::from_millis(80);

/// What the list tells its window.
pub enum ListEvent {
    /// A machine was opened by double click or Enter.
    Opened(DomainKey),
    /// Another set of machines is selected.
    Selected(Vec<DomainKey>),
    /// The number of rows changed; the number of machines that match.
    Arranged(usize),
    /// A context menu is wanted for the selection, at a point of the list.
    Menu(f64, f64),
    /// Space was pressed on a machine.
    Toggled(DomainKey),
    /// The user folded or unfolded a host; all that are folded.
    Folded(Vec<HostId>),
    /// The user chose another order.
    Ordered(Option<(Column, bool)>),
}

type Sink = Box<dyn Fn(ListEvent)>;

/// The list of one window.
pub struct List {
    core: Core,
    id: u64,
    view: gtk::ColumnView,
    scroller: gtk::ScrolledWindow,
    model: ListModel,
    columns: Rc<Columns>,
    wanted: RefCell<Wanted>,
    events: Sink,
    last: Cell<Instant>,
    /// Machines in the list.
    machines: Cell<usize>,
    queued: RefCell<Option<SourceId>>,
    scroll: RefCell<Option<SourceId>>,
    shown: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
}

impl Drop for List {
    fn drop(&mut self) {
        for source in [self.queued.take(), self.scroll.take()].into_iter().flatten() {
            source.remove();
        }
        self.core.show_rows(self.id, Vec::new(), StatGroups::default());
    }
}

impl List {
    /// An empty list that follows `core`.
    pub fn new(core: &Core, events: impl Fn(ListEvent) + 'static) -> Rc<Self> {
        let view = gtk::ColumnView::builder()
            .css_classes(["vireo-list"])
            .single_click_activate(false)
            .reorderable(true)
            .build();
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Automatic)
            .vexpand(true)
            .child(&view)
            .build();
        let list = Rc::new_cyclic(|weak: &Weak<Self>| {
            let toggled = weak.clone();
            let columns = Columns::new(&view, move |row| {
                if let (Some(list), Some(Item::Host(host))) = (toggled.upgrade(), row.item()) {
                    list.toggle(host);
                }
            });
            let filled = weak.clone();
            let model = ListModel::new(move |row| {
                if let Some(list) = filled.upgrade() {
                    list.fill(row);
                }
            });
            Self {
                core: core.clone(),
                id: core.next_id(),
                view,
                scroller,
                model,
                columns,
                wanted: RefCell::new(Wanted::default()),
                events: Box::new(events),
                last: Cell::new(Instant::now()),
                machines: Cell::new(0),
                queued: RefCell::new(None),
                scroll: RefCell::new(None),
                shown: Cell::new(false),
                subscription: RefCell::new(None),
            }
        });
        list.view.set_model(Some(&list.model));
        list.connect();
        list
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scroller
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &Rc<Columns> {
        &self.columns
    }

    /// Selected machines in the order of the screen.
    #[must_use]
    pub fn selected(&self) -> Vec<DomainKey> {
        self.model.selected()
    }

    /// The host whose row alone is selected.
    #[must_use]
    pub fn selected_item(&self, position: u32) -> Option<Item> {
        self.model.at(position)
    }

    /// Selects nothing.
    pub fn unselect(&self) {
        self.model.choose(HashSet::new());
    }

    /// Changes what the list shows.
    pub fn want(&self, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.wanted.borrow_mut());
        self.arrange();
    }

    /// Puts the keyboard on the list.
    pub fn grab_focus(&self) {
        self.view.grab_focus();
    }

    fn connect(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let with = move |act: fn(&Rc<Self>)| {
            if let Some(list) = weak.upgrade() {
                act(&list);
            }
        };
        let weak = Rc::downgrade(self);
        *self.subscription.borrow_mut() = Some(self.core.subscribe(move |_, changes| {
            if let Some(list) = weak.upgrade() {
                list.take_news(changes);
            }
        }));
        let again = with.clone();
        self.scroller
            .vadjustment()
            .connect_value_changed(move |_| again(Self::scrolled));
        let again = with.clone();
        self.scroller
            .vadjustment()
            .connect_changed(move |_| again(Self::scrolled));
        let again = with.clone();
        self.view.connect_map(move |_| {
            again(|list| {
                list.shown.set(true);
                list.refill();
                list.tell_rows();
            });
        });
        let again = with.clone();
        self.view.connect_unmap(move |_| {
            again(|list| {
                list.shown.set(false);
                list.core.show_rows(list.id, Vec::new(), StatGroups::default());
            });
        });
        let again = with.clone();
        self.columns.connect_order_changed(move || again(Self::reordered));
        let again = with;
        self.model.connect_selection_changed(move |_, _, _| {
            again(|list| (list.events)(ListEvent::Selected(list.model.selected())));
        });
        let weak = Rc::downgrade(self);
        self.view.connect_activate(move |_, position| {
            let Some(list) = weak.upgrade() else { return };
            match list.model.at(position) {
                Some(Item::Domain(key)) => (list.events)(ListEvent::Opened(key)),
                Some(Item::Host(host)) => list.toggle(host),
                None => {}
            }
        });
        self.connect_keys();
        self.connect_menu();
        self.connect_double_click();
    }

    fn connect_keys(self: &Rc<Self>) {
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        keys.connect_key_pressed(move |_, key, _, modifiers| {
            let Some(list) = weak.upgrade() else {
                return glib::Propagation::Proceed;
            };
            let plain =
                !modifiers.intersects(gtk::gdk::ModifierType::CONTROL_MASK | gtk::gdk::ModifierType::SHIFT_MASK);
            let menu = key == gtk::gdk::Key::Menu
                || key == gtk::gdk::Key::F10 && modifiers.contains(gtk::gdk::ModifierType::SHIFT_MASK);
            if key == gtk::gdk::Key::space && plain {
                if let [only] = list.selected()[..] {
                    (list.events)(ListEvent::Toggled(only));
                    return glib::Propagation::Stop;
                }
            } else if menu && !list.selected().is_empty() {
                (list.events)(ListEvent::Menu(48.0, 48.0));
                return glib::Propagation::Stop;
            }
            glib::Propagation::Proceed
        });
        self.view.add_controller(keys);
    }

    /// Double click. GTK's own does not count when the rows move between the clicks, as they do when the first one brings
    /// the bar of bulk actions up; points of the view do not move, and the first click decides what is meant.
    fn connect_double_click(self: &Rc<Self>) {
        let click = gtk::GestureClick::builder()
            .button(1)
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let first = Cell::new(None);
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |_, count, x, y| {
            let Some(list) = weak.upgrade() else { return };
            if count == 1 {
                first.set(list.position_at(x, y).and_then(|position| list.model.at(position)));
            } else if count == 2
                && let Some(Item::Domain(key)) = first.take()
            {
                (list.events)(ListEvent::Opened(key));
            }
        });
        self.view.add_controller(click);
    }

    /// Right click: what is under the pointer becomes the selection unless it is part of it.
    fn connect_menu(self: &Rc<Self>) {
        let click = gtk::GestureClick::builder().button(3).build();
        let weak = Rc::downgrade(self);
        click.connect_pressed(move |gesture, _, x, y| {
            let Some(list) = weak.upgrade() else { return };
            let Some(position) = list.position_at(x, y) else { return };
            if let Some(item @ Item::Domain(key)) = list.model.at(position) {
                if !list.model.selected().contains(&key) {
                    list.model.choose(HashSet::from([item]));
                }
                gesture.set_state(gtk::EventSequenceState::Claimed);
                (list.events)(ListEvent::Menu(x, y));
            }
        });
        self.view.add_controller(click);
    }

    /// The row under a point. GTK 4.8 can't be asked; rows are all of one height (the style sheet sees to that).
    fn position_at(&self, x: f64, y: f64) -> Option<u32> {
        let mut widget = self.view.pick(x, y, gtk::PickFlags::DEFAULT)?;
        while widget.css_name() != "row" {
            widget = widget.parent()?;
        }
        let rows = widget.parent()?;
        let (first, height) = self.geometry()?;
        let (_, inside) = self.view.translate_coordinates(&rows, x, y)?;
        let index = (first + inside / height).floor();
        (index >= 0.0).then_some(index as u32)
    }

    /// Position of the first row on screen, with its fraction, and the height of a row.
    fn geometry(&self) -> Option<(f64, f64)> {
        let adjustment = self.scroller.vadjustment();
        let count = f64::from(self.model.n_items());
        if count == 0.0 || adjustment.upper() <= 0.0 {
            return None;
        }
        // A list that is shorter than its window is said to be as high as that: a row that was laid out knows better.
        let mut row = self.view.last_child().and_then(|rows| rows.first_child());
        while let Some(other) = row.clone().filter(|row| row.height() == 0) {
            row = other.next_sibling();
        }
        let height = row.map_or(adjustment.upper() / count, |row| f64::from(row.height()));
        Some((adjustment.value() / height, height))
    }

    fn take_news(self: &Rc<Self>, changes: &ChangeSet) {
        let mut all = Aspects::default();
        for (key, aspects) in &changes.changed {
            all.state |= aspects.state;
            all.identity |= aspects.identity;
            all.load |= aspects.load;
            all.addresses |= aspects.addresses;
            if self.shown.get()
                && let Some(row) = self.model.row(Item::Domain(*key))
            {
                self.fill(&row);
                if aspects.state {
                    self.report_state(*key);
                }
            }
        }
        for host in &changes.hosts {
            if let Some(row) = self.model.row(Item::Host(*host)) {
                self.fill(&row);
            }
        }
        if !changes.hosts.is_empty() {
            // A host that was lost or came back changes the look of all its rows.
            self.refill();
        }
        let moved = !changes.added.is_empty() || !changes.removed.is_empty() || !changes.hosts.is_empty();
        let wanted = self.wanted.borrow();
        if moved || wanted.depends_on(all) {
            let gap = if moved || all.state { ORDER } else { LIVE_ORDER };
            drop(wanted);
            self.queue_arrange(gap);
        }
    }

    /// Logs how long a change of state took to the screen: from its arrival to the end of the frame that shows it.
    fn report_state(&self, key: DomainKey) {
        let Some(received) = self.core.received_at() else {
            return;
        };
        let state = self.core.store().domain(key).map(|domain| domain.state);
        let (Some(state), Some(clock)) = (state, self.view.frame_clock()) else {
            return;
        };
        let handler = Rc::new(Cell::new(None));
        let own = handler.clone();
        handler.set(Some(clock.connect_after_paint(move |clock| {
            if let Some(id) = own.take() {
                clock.disconnect(id);
                let ms = received.elapsed().as_secs_f64() * 1000.0;
                tracing::info!(uuid = %key.uuid, ?state, ms = format!("{ms:.1}"), "state shown");
            }
        })));
    }

    fn queue_arrange(self: &Rc<Self>, gap: Duration) {
        if self.queued.borrow().is_some() {
            return;
        }
        let since = self.last.get().elapsed();
        if since >= gap {
            self.arrange();
            return;
        }
        let weak = Rc::downgrade(self);
        let source = glib::timeout_add_local_once(gap - since, move || {
            if let Some(list) = weak.upgrade() {
                list.queued.take();
                list.arrange();
            }
        });
        *self.queued.borrow_mut() = Some(source);
    }

    fn arrange(&self) {
        self.last.set(Instant::now());
        let items = view::arrange(&self.core.store(), &self.wanted.borrow());
        let machines = items.iter().filter(|item| matches!(item, Item::Domain(_))).count();
        let selected = self.model.selected().len();
        self.model.set_items(items);
        if self.model.selected().len() != selected {
            (self.events)(ListEvent::Selected(self.model.selected()));
        }
        if self.machines.replace(machines) != machines {
            tracing::info!(count = machines, "list filled");
        }
        (self.events)(ListEvent::Arranged(machines));
    }

    fn reordered(self: &Rc<Self>) {
        let order = self.columns.order();
        self.want(|wanted| wanted.order = order);
        (self.events)(ListEvent::Ordered(order));
    }

    fn toggle(&self, host: HostId) {
        self.want(|wanted| {
            if !wanted.collapsed.remove(&host) {
                wanted.collapsed.insert(host);
            }
        });
        if let Some(row) = self.model.row(Item::Host(host)) {
            self.fill(&row);
        }
        let folded = self.wanted.borrow().collapsed.iter().copied().collect();
        (self.events)(ListEvent::Folded(folded));
    }

    fn fill(&self, row: &Row) {
        let expanded = match row.item() {
            Some(Item::Host(host)) => !self.wanted.borrow().collapsed.contains(&host),
            _ => false,
        };
        fill::fill(&self.core.store(), row, expanded);
    }

    fn refill(&self) {
        for row in self.model.rows() {
            self.fill(&row);
        }
    }

    fn scrolled(self: &Rc<Self>) {
        if self.scroll.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(self);
        let source = glib::timeout_add_local_once(SCROLL_REST, move || {
            if let Some(list) = weak.upgrade() {
                list.scroll.take();
                list.tell_rows();
            }
        });
        *self.scroll.borrow_mut() = Some(source);
    }

    /// Tells the core which machines are on screen and which figures their columns show.
    pub fn tell_rows(&self) {
        if !self.shown.get() {
            return;
        }
        let Some((first, height)) = self.geometry() else {
            self.core.show_rows(self.id, Vec::new(), StatGroups::default());
            return;
        };
        let count = (self.scroller.vadjustment().page_size() / height).ceil() as u32 + 1;
        let first = first.floor() as u32;
        let rows = (first..first.saturating_add(count)).filter_map(|position| match self.model.at(position) {
            Some(Item::Domain(key)) => Some(key),
            _ => None,
        });
        let groups = StatGroups {
            cpu: self.columns.is_visible(Column::Cpu),
            vcpu: false,
            memory: self.columns.is_visible(Column::Memory),
            disk: self.columns.is_visible(Column::Disk),
            net: self.columns.is_visible(Column::Network),
        };
        self.core.show_rows(self.id, rows.collect(), groups);
    }
}
