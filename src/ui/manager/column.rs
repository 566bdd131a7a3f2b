//! The columns of the list: what they are called, how they are made, which give way first on a narrow window.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::prelude::*;

use super::cell;
use super::row::Row;
use crate::i18n::{tr, tr_c};
use crate::model::view::Column;

/// What is fixed about a column.
struct Kind {
    column: Column,
    id: &'static str,
    title: fn() -> String,
    width: i32,
    /// The list must be this wide for the column to show; 0 for those that always do.
    from: i32,
}

const KINDS: [Kind; 11] = [
    Kind {
        column: Column::Name,
        id: "name",
        title: || tr("Name"),
        width: -1,
        from: 0,
    },
    Kind {
        column: Column::State,
        id: "state",
        title: || tr("State"),
        width: 150,
        from: 420,
    },
    Kind {
        column: Column::Host,
        id: "host",
        title: || tr("Host"),
        width: 110,
        from: 1060,
    },
    Kind {
        column: Column::Cpu,
        id: "cpu",
        title: || tr("CPU"),
        width: 124,
        from: 0,
    },
    Kind {
        column: Column::Memory,
        id: "memory",
        title: || tr("Memory"),
        width: 182,
        from: 640,
    },
    Kind {
        column: Column::Disk,
        id: "disk",
        title: || tr_c("column", "Disk"),
        width: 92,
        from: 800,
    },
    Kind {
        column: Column::Network,
        id: "network",
        title: || tr_c("column", "Network"),
        width: 92,
        from: 800,
    },
    Kind {
        column: Column::Address,
        id: "address",
        title: || tr("IP"),
        width: 124,
        from: 1080,
    },
    Kind {
        column: Column::Tags,
        id: "tags",
        title: || tr("Tags"),
        width: 124,
        from: 940,
    },
    Kind {
        column: Column::Autostart,
        id: "autostart",
        title: || tr("Autostart"),
        width: 90,
        from: 1300,
    },
    Kind {
        column: Column::Title,
        id: "title",
        title: || tr("Title"),
        width: 160,
        from: 1300,
    },
];

/// The name of a column in the settings.
#[must_use]
pub fn id(column: Column) -> &'static str {
    KINDS
        .iter()
        .find(|kind| kind.column == column)
        .map_or("name", |kind| kind.id)
}

/// The column of a name in the settings.
#[must_use]
pub fn from_id(id: &str) -> Option<Column> {
    KINDS.iter().find(|kind| kind.id == id).map(|kind| kind.column)
}

/// Columns that a new user sees.
const DEFAULT: [&str; 9] = [
    "name", "state", "cpu", "memory", "disk", "network", "host", "address", "tags",
];

/// The columns of one list.
pub struct Columns {
    view: gtk::ColumnView,
    columns: Vec<(&'static Kind, gtk::ColumnViewColumn)>,
    chosen: RefCell<Vec<String>>,
    width: Cell<i32>,
    grouped: Cell<bool>,
    probed: Rc<Cell<Option<Column>>>,
    /// Widths of hidden columns.
    widths: RefCell<HashMap<&'static str, i32>>,
}

impl Columns {
    /// Makes the columns of `view`. `toggle` opens or closes a host's row.
    pub fn new(view: &gtk::ColumnView, toggle: impl Fn(&Row) + Clone + 'static) -> Rc<Self> {
        let probed = Rc::new(Cell::new(None));
        let columns: Vec<_> = KINDS
            .iter()
            .map(|kind| (kind, make(kind, toggle.clone(), &probed)))
            .collect();
        for (_, column) in &columns {
            view.append_column(column);
        }
        let this = Rc::new(Self {
            view: view.clone(),
            columns,
            chosen: RefCell::new(DEFAULT.iter().map(ToString::to_string).collect()),
            width: Cell::new(i32::MAX),
            grouped: Cell::new(false),
            probed,
            widths: RefCell::default(),
        });
        this.show();
        this
    }

    /// Sets which columns the user wants, in order.
    pub fn choose(&self, ids: &[String]) {
        *self.chosen.borrow_mut() = ids.to_vec();
        // Put in order by moving each to its place; columns that are not wanted stay behind, hidden.
        for (place, id) in ids.iter().enumerate() {
            if let Some((_, column)) = self.columns.iter().find(|(kind, _)| kind.id == id) {
                self.view.insert_column(u32::try_from(place).unwrap_or(0), column);
            }
        }
        self.show();
    }

    /// Which columns the user wants, in the order of the screen.
    #[must_use]
    pub fn chosen(&self) -> Vec<String> {
        let chosen = self.chosen.borrow();
        let order = self.view.columns();
        (0..order.n_items())
            .filter_map(|place| order.item(place).and_downcast::<gtk::ColumnViewColumn>())
            .filter_map(|column| {
                self.columns
                    .iter()
                    .find(|(_, own)| *own == column)
                    .map(|(kind, _)| kind.id)
            })
            .filter(|id| chosen.iter().any(|wanted| wanted == id))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Hides what does not fit into `width`, and the host's column while the list is grouped by host.
    pub fn fit(&self, width: i32, grouped: bool) {
        if self.width.replace(width) != width || self.grouped.replace(grouped) != grouped {
            self.grouped.set(grouped);
            self.show();
        }
    }

    fn show(&self) {
        let width = self.width.get();
        let chosen = self.chosen.borrow();
        for (kind, column) in &self.columns {
            let wanted = kind.id == "name" || chosen.iter().any(|id| id == kind.id);
            let fits = width >= kind.from && !(self.grouped.get() && kind.column == Column::Host);
            let visible = wanted && fits;
            if column.is_visible() != visible {
                // GTK 4.8 counts the fixed width of hidden columns, too, and then has nothing left for those that expand.
                if visible {
                    column.set_fixed_width(self.widths.borrow_mut().remove(kind.id).unwrap_or(kind.width));
                } else {
                    self.widths.borrow_mut().insert(kind.id, column.fixed_width());
                    column.set_fixed_width(-1);
                }
                column.set_visible(visible);
            }
        }
    }

    /// Whether a column shows.
    #[must_use]
    pub fn is_visible(&self, column: Column) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|(kind, own)| kind.column == column && own.is_visible())
    }

    /// All columns with id, title and whether the user wants them.
    pub fn all(&self) -> Vec<(&'static str, String, bool)> {
        let chosen = self.chosen.borrow();
        KINDS
            .iter()
            .map(|kind| (kind.id, (kind.title)(), chosen.iter().any(|id| id == kind.id)))
            .collect()
    }

    /// Gives every heading a context menu.
    pub fn set_menu(&self, menu: &gio::Menu) {
        for (_, column) in &self.columns {
            column.set_header_menu(Some(menu));
        }
    }

    /// Calls `moved` when the user dragged a column to another place.
    pub fn connect_moved(&self, moved: impl Fn() + 'static) {
        self.view.columns().connect_items_changed(move |_, _, removed, added| {
            // A move is a removal and an insertion; in between a column is missing.
            if added >= removed {
                moved();
            }
        });
    }

    /// Shows arrow marks for a remembered order.
    pub fn sort_by(&self, column: Column, descending: bool) {
        let direction = if descending {
            gtk::SortType::Descending
        } else {
            gtk::SortType::Ascending
        };
        let own = self.columns.iter().find(|(kind, _)| kind.column == column);
        self.view.sort_by_column(own.map(|(_, column)| column), direction);
    }

    /// Which column the user sorts by, and whether downwards. GTK before 4.10 can't be asked: its sorter compares by the
    /// first column first, so the first of our sorters that is called is the answer, and the sign of the result tells
    /// the direction.
    #[must_use]
    pub fn order(&self) -> Option<(Column, bool)> {
        let sorter = self.view.sorter()?;
        self.probed.set(None);
        // GTK does not ask its sorters about an object and itself.
        let row = || Row::new(crate::model::view::Item::Host(crate::model::key::HostId::new()));
        let result = sorter.compare(&row(), &row());
        let column = self.probed.get()?;
        Some((column, result == gtk::Ordering::Larger))
    }

    /// Makes the column view call `changed` when the user asks for another order.
    pub fn connect_order_changed(&self, changed: impl Fn() + 'static) {
        if let Some(sorter) = self.view.sorter() {
            sorter.connect_changed(move |_, _| changed());
        }
    }
}

fn make(
    kind: &'static Kind,
    toggle: impl Fn(&Row) + Clone + 'static,
    probed: &Rc<Cell<Option<Column>>>,
) -> gtk::ColumnViewColumn {
    let factory = gtk::SignalListItemFactory::new();
    factory.connect_setup(move |_, object| {
        let Some(item) = object.downcast_ref::<gtk::ListItem>() else {
            return;
        };
        match kind.column {
            Column::Name => cell::name(item, toggle.clone()),
            Column::State => cell::state(item),
            Column::Host => cell::text(item, "host"),
            Column::Cpu => cell::cpu(item),
            Column::Memory => cell::memory(item),
            Column::Disk => cell::number(item, "disk"),
            Column::Network => cell::number(item, "network"),
            Column::Address => cell::text(item, "address"),
            Column::Tags => cell::tags(item),
            Column::Autostart => cell::autostart(item),
            Column::Title => cell::text(item, "title"),
        }
    });
    let column = gtk::ColumnViewColumn::new(Some(&(kind.title)()), Some(factory));
    if kind.width > 0 {
        column.set_fixed_width(kind.width);
    } else {
        column.set_expand(true);
    }
    column.set_resizable(kind.column != Column::Name);
    let (mine, probed) = (kind.column, probed.clone());
    let sorter = gtk::CustomSorter::new(move |_, _| {
        if probed.get().is_none() {
            probed.set(Some(mine));
        }
        gtk::Ordering::Smaller
    });
    column.set_sorter(Some(&sorter));
    column
}
