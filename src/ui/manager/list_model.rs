//! The list as GTK sees it: an order of keys with rows made on demand, and a selection kept by key. Ten thousand
//! machines cost ten thousand keys and the few dozen rows near the screen.

mod order;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use gio::prelude::*;
use gio::subclass::prelude::*;
use glib::WeakRef;
use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

use super::row::Row;
use crate::model::key::{DomainKey, HostId};
use crate::model::view::Item;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct ListModel {
        pub(super) items: RefCell<Vec<Item>>,
        pub(super) rows: RefCell<HashMap<Item, WeakRef<Row>>>,
        pub(super) selected: RefCell<HashSet<Item>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for ListModel {
        const NAME: &'static str = "VireoListModel";
        type Type = super::ListModel;
        type Interfaces = (gio::ListModel, gtk::SelectionModel);
    }

    impl ObjectImpl for ListModel {}

    impl ListModelImpl for ListModel {
        fn item_type(&self) -> glib::Type {
            Row::static_type()
        }

        fn n_items(&self) -> u32 {
            u32::try_from(self.items.borrow().len()).unwrap_or(u32::MAX)
        }

        fn item(&self, position: u32) -> Option<glib::Object> {
            let item = *self.items.borrow().get(position as usize)?;
            if let Some(row) = self.rows.borrow().get(&item).and_then(WeakRef::upgrade) {
                return Some(row.upcast());
            }
            let row = Row::new(item);
            let mut rows = self.rows.borrow_mut();
            // Dead entries go when they outnumber what a view keeps alive.
            if rows.len() > 1024 {
                rows.retain(|_, row| row.upgrade().is_some());
            }
            rows.insert(item, row.downgrade());
            Some(row.upcast())
        }
    }

    impl SelectionModelImpl for ListModel {
        fn selection_in_range(&self, position: u32, n_items: u32) -> gtk::Bitset {
            let set = gtk::Bitset::new_empty();
            let items = self.items.borrow();
            let selected = self.selected.borrow();
            if selected.is_empty() {
                return set;
            }
            for (index, item) in (position..).zip(items.iter().skip(position as usize).take(n_items as usize)) {
                if selected.contains(item) {
                    set.add(index);
                }
            }
            set
        }

        fn is_selected(&self, position: u32) -> bool {
            let items = self.items.borrow();
            items
                .get(position as usize)
                .is_some_and(|item| self.selected.borrow().contains(item))
        }

        fn select_all(&self) -> bool {
            let items = self.items.borrow().clone();
            self.obj().choose(items.into_iter().filter(is_machine).collect());
            true
        }

        fn unselect_all(&self) -> bool {
            self.obj().choose(HashSet::new());
            true
        }

        fn select_item(&self, position: u32, unselect_rest: bool) -> bool {
            self.select_range(position, 1, unselect_rest)
        }

        fn unselect_item(&self, position: u32) -> bool {
            self.unselect_range(position, 1)
        }

        fn select_range(&self, position: u32, n_items: u32, unselect_rest: bool) -> bool {
            let mut chosen = if unselect_rest {
                HashSet::new()
            } else {
                self.selected.borrow().clone()
            };
            {
                let items = self.items.borrow();
                let range = items.iter().skip(position as usize).take(n_items as usize);
                // A host's row may be selected alone, never along with machines.
                chosen.extend(range.copied().filter(|item| n_items == 1 || is_machine(item)));
            }
            self.obj().choose(chosen);
            true
        }

        fn unselect_range(&self, position: u32, n_items: u32) -> bool {
            let mut chosen = self.selected.borrow().clone();
            for item in self
                .items
                .borrow()
                .iter()
                .skip(position as usize)
                .take(n_items as usize)
            {
                chosen.remove(item);
            }
            self.obj().choose(chosen);
            true
        }

        fn set_selection(&self, selected: &gtk::Bitset, mask: &gtk::Bitset) -> bool {
            let mut chosen = self.selected.borrow().clone();
            {
                let items = self.items.borrow();
                let positions = gtk::BitsetIter::init_first(mask);
                if let Some((rest, first)) = positions {
                    for position in std::iter::once(first).chain(rest) {
                        let Some(item) = items.get(position as usize) else {
                            break;
                        };
                        if selected.contains(position) {
                            chosen.insert(*item);
                        } else {
                            chosen.remove(item);
                        }
                    }
                }
            }
            self.obj().choose(chosen);
            true
        }
    }
}

glib::wrapper! {
    /// Order, rows and selection of the list.
    pub struct ListModel(ObjectSubclass<imp::ListModel>) @implements gio::ListModel, gtk::SelectionModel;
}

fn is_machine(item: &Item) -> bool {
    matches!(item, Item::Domain(_))
}

impl Default for ListModel {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl ListModel {
    /// The order as it is.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.imp().items.borrow().clone()
    }

    /// What is at `position`.
    #[must_use]
    pub fn at(&self, position: u32) -> Option<Item> {
        self.imp().items.borrow().get(position as usize).copied()
    }

    /// The row of an item, if one is alive.
    #[must_use]
    pub fn row(&self, item: Item) -> Option<Row> {
        self.imp().rows.borrow().get(&item).and_then(WeakRef::upgrade)
    }

    /// All rows that are alive.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.imp().rows.borrow().values().filter_map(WeakRef::upgrade).collect()
    }

    /// Selected machines in the order of the list.
    #[must_use]
    pub fn selected(&self) -> Vec<DomainKey> {
        let selected = self.imp().selected.borrow();
        if selected.is_empty() {
            return Vec::new();
        }
        let items = self.imp().items.borrow();
        items
            .iter()
            .filter(|item| selected.contains(item))
            .filter_map(|item| match item {
                Item::Domain(key) => Some(*key),
                Item::Host(_) => None,
            })
            .collect()
    }

    /// The host whose row is selected, which it is alone.
    #[must_use]
    pub fn selected_host(&self) -> Option<HostId> {
        self.imp().selected.borrow().iter().find_map(|item| match item {
            Item::Host(host) => Some(*host),
            Item::Domain(_) => None,
        })
    }

    /// Makes this the selection.
    pub fn choose(&self, chosen: HashSet<Item>) {
        let old = self.imp().selected.replace(chosen);
        let span = {
            let new = self.imp().selected.borrow();
            let items = self.imp().items.borrow();
            let differs = |item: &Item| old.contains(item) != new.contains(item);
            let first = items.iter().position(differs);
            let last = items.iter().rposition(differs);
            first.zip(last)
        };
        if let Some((first, last)) = span {
            let count = u32::try_from(last - first + 1).unwrap_or(u32::MAX);
            self.selection_changed(u32::try_from(first).unwrap_or(u32::MAX), count);
        }
    }
}
