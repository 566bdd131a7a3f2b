//! The list of machines: a recycled list over keys, one widget a line or card. News touch the rows near the screen; the order is
//! worked out by the model when something that decides it changed.

mod face;
mod input;
mod order;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use glib::{SourceId, WeakRef};
use gtk4 as gtk;
use gtk4::prelude::*;

use self::face::Grid;
use super::column::{Change, Columns};
use super::fill;
use super::header::Header;
use super::list_model::ListModel;
use super::row::Row;
use super::standing::Standing;
use super::strip::Sheet;
use crate::i18n::tr;
use crate::model::key::{DomainKey, HostId};
use crate::model::sample::StatGroups;
use crate::model::store::{Aspects, ChangeSet};
use crate::model::view::{Column, Item, Step, Wanted};
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
    /// The order may be another; the number of machines that match, those included that are folded away.
    Arranged(usize),
    /// A context menu is wanted for the selection, at a point of the list.
    Menu(f64, f64),
    /// A context menu is wanted for a host, at a point of the list.
    HostMenu(HostId, f64, f64),
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
    root: gtk::Box,
    header: Header,
    lines: gtk::ListView,
    /// Made when it is first wanted.
    grid: OnceCell<Grid>,
    is_grid: Cell<bool>,
    scroller: gtk::ScrolledWindow,
    model: ListModel,
    columns: Rc<Columns>,
    wanted: RefCell<Wanted>,
    standing: RefCell<Standing>,
    events: Sink,
    /// When the order was last worked out, and how long that and showing it took.
    last: Cell<Instant>,
    cost: Cell<Duration>,
    /// Machines in the list.
    machines: Cell<usize>,
    /// Steps to the newest order that are not gone yet.
    steps: RefCell<VecDeque<Step>>,
    /// Lines that show something else since the last exchange, and that are not filled yet.
    unfilled: RefCell<Vec<WeakRef<Row>>>,
    queued: RefCell<Option<SourceId>>,
    turn: RefCell<Option<SourceId>>,
    scroll: RefCell<Option<SourceId>>,
    shown: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
    handlers: RefCell<Vec<(gtk::Settings, glib::SignalHandlerId)>>,
}

impl Drop for List {
    fn drop(&mut self) {
        for (settings, handler) in self.handlers.take() {
            settings.disconnect(handler);
        }
        for source in [self.queued.take(), self.turn.take(), self.scroll.take()]
            .into_iter()
            .flatten()
        {
            source.remove();
        }
        self.core.show_rows(self.id, Vec::new(), StatGroups::default());
    }
}

impl List {
    /// An empty list that follows `core`.
    pub fn new(core: &Core, events: impl Fn(ListEvent) + 'static) -> Rc<Self> {
        let lines = gtk::ListView::builder()
            .css_classes(["vireo-list"])
            .single_click_activate(false)
            .build();
        lines.update_property(&[gtk::accessible::Property::Label(&tr("Machines"))]);
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .child(&lines)
            .build();
        let columns = Rc::new(Columns::default());
        let header = Header::new(&columns);
        let root = gtk::Box::builder().orientation(gtk::Orientation::Vertical).build();
        root.append(&header);
        root.append(&scroller);
        let list = Rc::new_cyclic(|weak: &Weak<Self>| {
            let filled = weak.clone();
            let sheet = Rc::new(Sheet {
                columns: columns.clone(),
                look: None,
                screen: scroller.downgrade(),
                fill: Box::new(move |row| filled.upgrade().is_some_and(|list| list.fill(row))),
            });
            lines.set_factory(Some(&face::factory(sheet)));
            Self {
                core: core.clone(),
                id: core.next_id(),
                root,
                header,
                lines,
                grid: OnceCell::new(),
                is_grid: Cell::new(false),
                scroller,
                model: ListModel::default(),
                columns,
                wanted: RefCell::new(Wanted::default()),
                standing: RefCell::default(),
                events: Box::new(events),
                last: Cell::new(Instant::now()),
                cost: Cell::new(Duration::ZERO),
                machines: Cell::new(0),
                steps: RefCell::default(),
                unfilled: RefCell::default(),
                queued: RefCell::new(None),
                turn: RefCell::new(None),
                scroll: RefCell::new(None),
                shown: Cell::new(false),
                subscription: RefCell::new(None),
                handlers: RefCell::default(),
            }
        });
        list.lines.set_model(Some(&list.model));
        list.connect();
        list
    }

    /// The widget. Points that events tell count from its corner.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// The headings.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
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

    /// Selects nothing.
    pub fn unselect(&self) {
        self.model.choose(HashSet::new());
    }

    /// Changes what the list shows.
    pub fn want(self: &Rc<Self>, change: impl FnOnce(&mut Wanted)) {
        change(&mut self.wanted.borrow_mut());
        self.arrange();
    }

    /// Puts the keyboard on the list.
    pub fn grab_focus(&self) {
        self.view().grab_focus();
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
        self.columns.connect(move |change| {
            again(match change {
                Change::Order => Self::reordered,
                Change::Places | Change::Arranged => Self::columns_changed,
            });
        });
        let again = with;
        self.model.connect_selection_changed(move |_, _, _| {
            again(|list| (list.events)(ListEvent::Selected(list.model.selected())));
        });
        let weak = Rc::downgrade(self);
        self.lines.connect_activate(move |_, position| {
            if let Some(list) = weak.upgrade() {
                list.open(position);
            }
        });
        self.connect_view(self.lines.upcast_ref());
        self.connect_text_size();
    }

    /// Opens the machine, or folds the host, at a position.
    fn open(self: &Rc<Self>, position: u32) {
        match self.model.at(position) {
            Some(Item::Domain(key)) => (self.events)(ListEvent::Opened(key)),
            Some(Item::Host(host)) => self.toggle(host),
            None => {}
        }
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
                // Figures beyond the edge of the screen can wait until they are scrolled in.
                row.outdate(!(aspects.state || aspects.identity || aspects.addresses));
                if aspects.state {
                    self.report_state(*key);
                }
            }
        }
        for host in &changes.hosts {
            if let Some(row) = self.model.row(Item::Host(*host)) {
                row.outdate(false);
            }
        }
        let other = !changes.hosts.is_empty() && self.standing.borrow_mut().update(&self.core.store());
        if other {
            // A host that was lost or came back changes the look of all its rows.
            self.refill();
            self.count_hosts();
        }
        let moved = other || !changes.added.is_empty() || !changes.removed.is_empty();
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
        let (Some(state), Some(clock)) = (state, self.root.frame_clock()) else {
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

    fn reordered(self: &Rc<Self>) {
        let order = self.columns.order();
        self.want(|wanted| wanted.order = order);
        (self.events)(ListEvent::Ordered(order));
    }

    fn toggle(self: &Rc<Self>, host: HostId) {
        self.want(|wanted| {
            if !wanted.collapsed.remove(&host) {
                wanted.collapsed.insert(host);
            }
        });
        if let Some(row) = self.model.row(Item::Host(host)) {
            row.outdate(false);
        }
        let folded = self.wanted.borrow().collapsed.iter().copied().collect();
        (self.events)(ListEvent::Folded(folded));
    }

    fn fill(&self, row: &Row) -> bool {
        let expanded = match row.item() {
            Some(Item::Host(host)) => !self.wanted.borrow().collapsed.contains(&host),
            _ => false,
        };
        fill::fill(&self.core.store(), row, expanded)
    }

    fn refill(&self) {
        for row in self.model.rows() {
            row.outdate(false);
        }
    }

    /// Draws all lines that are on screen by the new places.
    fn columns_changed(self: &Rc<Self>) {
        for strip in self.model.rows().iter().filter_map(Row::strip) {
            strip.queue_draw();
        }
        self.scrolled();
    }

    fn scrolled(self: &Rc<Self>) {
        for strip in self.model.rows().iter().filter_map(Row::strip) {
            if !strip.was_drawn() {
                strip.queue_draw();
            }
        }
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
}
