//! A list of the volumes of a pool: sorted, filtered, ten thousand as quickly as ten.

mod column;
mod header;
mod line;
mod positions;
mod unknown;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;

use self::header::VolumeHeader;
use self::line::{Sheet, VolumeLine};
use self::positions::{Positions, index_of};
use crate::i18n::tr;
use crate::model::facts::VolumeFact;
use crate::model::usage::Usage;
use crate::model::view::{VolumeColumn, VolumeOrder, volume_order};

/// Volumes that are put in order at once. More are by another thread.
const AT_ONCE: usize = 500;
type Heard = Box<dyn Fn(&VolumeList)>;

/// The list.
pub struct VolumeList {
    root: gtk::Box,
    view: gtk::ListView,
    header: VolumeHeader,
    sheet: Rc<Sheet>,
    /// The volumes that were given last.
    wanted: RefCell<Arc<[VolumeFact]>>,
    positions: Positions,
    selection: gtk::SelectionModel,
    order: RefCell<VolumeOrder>,
    /// Counts what was asked to be put in order, so that an old answer is known.
    turn: Cell<u64>,
    lines: RefCell<Vec<glib::WeakRef<VolumeLine>>>,
    listed: RefCell<Vec<Heard>>,
    /// Who is asked for volumes of which nothing but the name is known.
    ask: RefCell<Option<unknown::Ask>>,
    /// Those that were asked for.
    asked: RefCell<HashSet<String>>,
    rests: Cell<bool>,
    this: std::rc::Weak<Self>,
}

impl VolumeList {
    /// An empty list, of which several or one can be selected.
    pub fn new(several: bool) -> Rc<Self> {
        let positions = Positions::default();
        let selection: gtk::SelectionModel = if several {
            gtk::MultiSelection::new(Some(positions.clone())).upcast()
        } else {
            let single = gtk::SingleSelection::builder().autoselect(false).can_unselect(true);
            let single = single.model(&positions).build();
            single.set_selected(gtk::INVALID_LIST_POSITION);
            single.upcast()
        };
        Rc::new_cyclic(|this: &std::rc::Weak<Self>| {
            let sheet = Rc::new(Sheet::default());
            let view = gtk::ListView::builder()
                .model(&selection)
                .factory(&factory(this, &sheet))
                .css_classes(["vireo-list"])
                .build();
            view.update_property(&[gtk::accessible::Property::Label(&tr("Volumes"))]);
            let clicked = this.clone();
            let header = VolumeHeader::new(move |column| {
                if let Some(list) = clicked.upgrade() {
                    list.sort(column);
                }
            });
            header.show_order(VolumeColumn::Name, false);
            let scrolled = gtk::ScrolledWindow::builder()
                .child(&view)
                .hscrollbar_policy(gtk::PolicyType::Never)
                .vexpand(true)
                .build();
            let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
            root.append(&header);
            root.append(&scrolled);
            Self {
                root,
                view,
                header,
                sheet,
                wanted: RefCell::new(Arc::default()),
                positions,
                selection,
                order: RefCell::default(),
                turn: Cell::default(),
                lines: RefCell::default(),
                listed: RefCell::default(),
                ask: RefCell::default(),
                asked: RefCell::default(),
                rests: Cell::default(),
                this: this.clone(),
            }
        })
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// The list itself, for what is done with its lines.
    #[must_use]
    pub fn view(&self) -> &gtk::ListView {
        &self.view
    }

    /// How many volumes are listed, and how many there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.positions.n_items() as usize, self.sheet.volumes.borrow().len())
    }

    /// Names of the volumes as they are listed.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let volumes = self.sheet.volumes.borrow();
        let order = self.positions.order();
        let listed = order.iter().filter_map(|index| volumes.get(*index as usize));
        listed.map(|volume| volume.name.clone()).collect()
    }

    /// Calls `listed` when other volumes are listed.
    pub fn connect_listed(&self, listed: impl Fn(&Self) + 'static) {
        self.listed.borrow_mut().push(Box::new(listed));
    }

    /// Calls `changed` when others are selected.
    pub fn connect_selected(&self, changed: impl Fn(&Self) + 'static) {
        let weak = self.this.clone();
        self.selection.connect_selection_changed(move |_, _, _| {
            if let Some(list) = weak.upgrade() {
                changed(&list);
            }
        });
    }

    /// Calls `activated` for a double click or Return on a volume.
    pub fn connect_activated(&self, activated: impl Fn(VolumeFact) + 'static) {
        let weak = self.this.clone();
        self.view.connect_activate(move |_, position| {
            let volume = weak.upgrade().and_then(|list| list.at(position));
            if let Some(volume) = volume {
                activated(volume);
            }
        });
    }

    /// The volumes as they are known, in the order of the pool.
    #[must_use]
    pub fn volumes(&self) -> Arc<[VolumeFact]> {
        Arc::clone(&self.wanted.borrow())
    }

    /// Shows other volumes. What was selected stays so by its name.
    pub fn set_volumes(&self, volumes: Arc<[VolumeFact]>, usage: Arc<Usage>) {
        let selected = self.selected_names();
        let same = {
            let wanted = self.wanted.borrow();
            Arc::ptr_eq(&wanted, &volumes) || **wanted == *volumes
        };
        if same {
            self.set_usage(usage);
            return;
        }
        self.sheet.usage.replace(usage);
        self.wanted.replace(Arc::clone(&volumes));
        self.asked.borrow_mut().clear();
        self.take(volumes, selected);
    }

    /// Says who uses what now.
    pub fn set_usage(&self, usage: Arc<Usage>) {
        if Arc::ptr_eq(&self.sheet.usage.borrow(), &usage) {
            return;
        }
        self.sheet.usage.replace(usage);
        self.refresh();
        if self.order.borrow().column == VolumeColumn::Users {
            self.arrange(self.selected_names());
        }
    }

    /// Whether what is listed is what was given last: many volumes take a moment to be put in order.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        Arc::ptr_eq(&self.wanted.borrow(), &self.sheet.volumes.borrow())
    }

    /// Lists volumes that have all these words.
    pub fn set_filter(&self, filter: &str) {
        if self.order.borrow().filter == filter {
            return;
        }
        filter.clone_into(&mut self.order.borrow_mut().filter);
        self.arrange(self.selected_names());
    }

    /// Lists volumes of these formats alone.
    pub fn set_formats(&self, formats: &[&str]) {
        self.order.borrow_mut().formats = formats.iter().map(|format| (*format).to_owned()).collect();
        self.arrange(self.selected_names());
    }

    /// Sorts by a column, the other way round where that is so already.
    pub fn sort(&self, column: VolumeColumn) {
        let down = {
            let mut order = self.order.borrow_mut();
            order.down = order.column == column && !order.down;
            order.column = column;
            order.down
        };
        self.header.show_order(column, down);
        self.arrange(self.selected_names());
    }

    /// The selected volumes, in their order.
    #[must_use]
    pub fn selected(&self) -> Vec<VolumeFact> {
        let set = self.selection.selection();
        let mut found = Vec::new();
        if let Some((rest, first)) = gtk::BitsetIter::init_first(&set) {
            found.extend(
                std::iter::once(first)
                    .chain(rest)
                    .filter_map(|position| self.at(position)),
            );
        }
        found
    }

    /// Selects the volumes with these names.
    pub fn select(&self, names: &HashSet<String>) {
        let volumes = Arc::clone(&self.sheet.volumes.borrow());
        let set = gtk::Bitset::new_empty();
        for (position, index) in (0..).zip(self.positions.order()) {
            if volumes
                .get(index as usize)
                .is_some_and(|volume| names.contains(&volume.name))
            {
                set.add(position);
            }
        }
        let mask = gtk::Bitset::new_range(0, self.positions.n_items());
        if self.selection.is::<gtk::SingleSelection>() {
            if !set.is_empty() {
                self.selection.select_item(set.minimum(), true);
            }
        } else {
            self.selection.set_selection(&set, &mask);
        }
    }

    /// Selects the volume under a point of the list, unless it is selected already; `None` where there is none.
    pub fn select_at(&self, x: f64, y: f64) -> Option<VolumeFact> {
        let under = self.view.pick(x, y, gtk::PickFlags::DEFAULT)?;
        let line = under
            .ancestor(VolumeLine::static_type())
            .and_downcast::<VolumeLine>()
            .or_else(|| under.first_child().and_downcast::<VolumeLine>())?;
        let index = line.index()?;
        let position = self.positions.order().iter().position(|at| *at == index)?;
        let position = u32::try_from(position).ok()?;
        if !self.selection.is_selected(position) {
            self.selection.select_item(position, true);
        }
        if let Some(item) = line.parent() {
            item.grab_focus();
        }
        self.at(position)
    }

    fn at(&self, position: u32) -> Option<VolumeFact> {
        self.sheet.volume(self.positions.at(position)?)
    }

    fn selected_names(&self) -> HashSet<String> {
        self.selected().into_iter().map(|volume| volume.name).collect()
    }

    fn refresh(&self) {
        let mut lines = self.lines.borrow_mut();
        lines.retain(|line| line.upgrade().is_some());
        let alive: Vec<VolumeLine> = lines.iter().filter_map(glib::WeakRef::upgrade).collect();
        drop(lines);
        for line in alive {
            line.refresh();
        }
    }

    fn arrange(&self, selected: HashSet<String>) {
        let volumes = Arc::clone(&self.wanted.borrow());
        self.take(volumes, selected);
    }

    /// Puts these volumes in order, here or on another thread, and shows them.
    fn take(&self, volumes: Arc<[VolumeFact]>, selected: HashSet<String>) {
        let turn = self.turn.get() + 1;
        self.turn.set(turn);
        let usage = Arc::clone(&self.sheet.usage.borrow());
        let order = self.order.borrow().clone();
        if volumes.len() <= AT_ONCE {
            let sorted = volume_order(&volumes, &usage, &order);
            self.put(volumes, sorted, &selected);
            return;
        }
        let weak = self.this.clone();
        glib::spawn_future_local(async move {
            let work = gio::spawn_blocking(move || {
                let sorted = volume_order(&volumes, &usage, &order);
                (volumes, sorted)
            });
            let Ok((volumes, sorted)) = work.await else { return };
            if let Some(list) = weak.upgrade().filter(|list| list.turn.get() == turn) {
                list.put(volumes, sorted, &selected);
            }
        });
    }

    fn put(&self, volumes: Arc<[VolumeFact]>, sorted: Vec<u32>, selected: &HashSet<String>) {
        self.sheet.volumes.replace(volumes);
        self.positions.set_order(sorted);
        if !selected.is_empty() {
            self.select(selected);
        }
        for listed in self.listed.borrow().iter() {
            listed(self);
        }
    }
}

fn factory(list: &std::rc::Weak<VolumeList>, sheet: &Rc<Sheet>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let (weak, sheet) = (list.clone(), sheet.clone());
    factory.connect_setup(move |_, item| {
        let line = VolumeLine::new(&sheet);
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&line));
        }
        if let Some(list) = weak.upgrade() {
            list.lines.borrow_mut().push(line.downgrade());
        }
    });
    let weak = list.clone();
    let show = move |item: &glib::Object, bound: bool| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        if let Some(line) = item.child().and_downcast::<VolumeLine>() {
            line.show_volume(index_of(item.item()).filter(|_| bound));
        }
        if let Some(list) = weak.upgrade().filter(|_| bound) {
            list.notice();
        }
    };
    let bind = show.clone();
    factory.connect_bind(move |_, item| bind(item, true));
    factory.connect_unbind(move |_, item| show(item, false));
    factory
}
