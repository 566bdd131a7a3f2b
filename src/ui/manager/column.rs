//! The columns of the list: what they are called, which of them show, where each stands and how wide it is, and by which
//! the list is sorted. Header and rows draw by the places that are worked out here.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;

use gtk4::pango;

use crate::i18n::{tr, tr_c};
use crate::model::view::Column;

/// What is fixed about a column. Widths are in pixels for the usual text size.
struct Kind {
    column: Column,
    id: &'static str,
    title: fn() -> String,
    width: i32,
    /// When the room runs out, columns with a higher rank go first.
    rank: u8,
    /// Figures: aligned to the end, like their heading.
    figures: bool,
}

const KINDS: [Kind; 11] = [
    kind(Column::Name, "name", || tr("Name"), 0, 0, false),
    kind(Column::State, "state", || tr("State"), 156, 2, false),
    kind(Column::Cpu, "cpu", || tr("CPU"), 112, 1, true),
    kind(Column::Memory, "memory", || tr("Memory"), 174, 3, true),
    kind(Column::Disk, "disk", || tr_c("column", "Disk"), 88, 5, true),
    kind(Column::Network, "network", || tr_c("column", "Network"), 88, 6, true),
    kind(Column::Host, "host", || tr("Host"), 110, 4, false),
    kind(Column::Address, "address", || tr("IP"), 136, 8, false),
    kind(Column::Tags, "tags", || tr("Tags"), 106, 7, false),
    kind(Column::Autostart, "autostart", || tr("Autostart"), 84, 9, false),
    kind(Column::Title, "title", || tr("Title"), 160, 10, false),
];

const fn kind(column: Column, id: &'static str, title: fn() -> String, width: i32, rank: u8, figures: bool) -> Kind {
    Kind {
        column,
        id,
        title,
        width,
        rank,
        figures,
    }
}

/// The name keeps at least this much, and no column can be made narrower than [`NARROWEST`].
const NAME_WIDTH: i32 = 150;
const NARROWEST: i32 = 48;
/// In a list narrower than the first number the name keeps the second: there the state is told by its icon alone, and half a
/// name tells nothing.
const NARROW_LIST: (i32, i32) = (480, 200);
/// Beyond this the eye no longer finds from a name to its figures: more room goes to what comes last, mostly tags.
const NAME_MOST: i32 = 340;
/// Width of a digit at the usual text size; columns grow with the text.
const USUAL_DIGIT: f64 = 8.5;
/// Lowest height of a row: a comfortable target for a finger.
pub(super) const ROW_HEIGHT: i32 = 44;

/// The name of a column in the settings.
#[must_use]
pub fn id(column: Column) -> &'static str {
    of(column).id
}

/// The column of a name in the settings.
#[must_use]
pub fn from_id(id: &str) -> Option<Column> {
    KINDS.iter().find(|kind| kind.id == id).map(|kind| kind.column)
}

/// The heading of a column.
#[must_use]
pub fn title(column: Column) -> String {
    (of(column).title)()
}

/// Whether a column shows figures, which are aligned to the end.
#[must_use]
pub fn shows_figures(column: Column) -> bool {
    of(column).figures
}

/// All columns there are.
pub fn all() -> impl Iterator<Item = Column> {
    KINDS.iter().map(|kind| kind.column)
}

fn of(column: Column) -> &'static Kind {
    KINDS.iter().find(|kind| kind.column == column).unwrap_or(&KINDS[0])
}

/// Columns that a new user sees.
const DEFAULT: [&str; 9] = [
    "name", "state", "cpu", "memory", "disk", "network", "host", "address", "tags",
];

/// Where a column stands: pixels from the start edge of the list (the right one in a right-to-left language).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The column.
    pub column: Column,
    /// Distance from the start edge.
    pub start: i32,
    /// Width.
    pub width: i32,
}

/// What changed about the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Which columns show, or where.
    Places,
    /// The user arranged them anew: worth remembering.
    Arranged,
    /// The user asked for another order of the rows.
    Order,
}

type Listener = Box<dyn Fn(Change)>;

/// The columns of one list.
pub struct Columns {
    /// Chosen ones in the order of the screen.
    chosen: RefCell<Vec<Column>>,
    /// Widths that the user gave, for the usual text size.
    widths: RefCell<HashMap<Column, i32>>,
    order: Cell<Option<(Column, bool)>>,
    /// Room for all columns.
    room: Cell<i32>,
    grouped: Cell<bool>,
    /// Text size against the usual one.
    scale: Cell<f64>,
    row_height: Cell<i32>,
    places: RefCell<Vec<Place>>,
    listeners: RefCell<Vec<Listener>>,
}

impl Default for Columns {
    fn default() -> Self {
        let this = Self {
            chosen: RefCell::new(DEFAULT.iter().filter_map(|id| from_id(id)).collect()),
            widths: RefCell::default(),
            order: Cell::new(None),
            room: Cell::new(0),
            grouped: Cell::new(false),
            scale: Cell::new(1.0),
            row_height: Cell::new(ROW_HEIGHT),
            places: RefCell::default(),
            listeners: RefCell::default(),
        };
        this.set_room(960);
        this
    }
}

impl Columns {
    /// Calls `listener` after each change.
    pub fn connect(&self, listener: impl Fn(Change) + 'static) {
        self.listeners.borrow_mut().push(Box::new(listener));
    }

    fn tell(&self, change: Change) {
        for listener in self.listeners.borrow().iter() {
            listener(change);
        }
    }

    /// Sets which columns the user wants, in order, with the widths that he gave. The name always shows.
    pub fn choose(&self, ids: &[(String, Option<i32>)]) {
        let mut chosen: Vec<Column> = Vec::new();
        for (id, width) in ids {
            let Some(column) = from_id(id).filter(|column| !chosen.contains(column)) else {
                continue;
            };
            chosen.push(column);
            if let Some(width) = width.filter(|width| column != Column::Name && (NARROWEST..2000).contains(width)) {
                self.widths.borrow_mut().insert(column, width);
            }
        }
        if !chosen.contains(&Column::Name) {
            chosen.insert(0, Column::Name);
        }
        *self.chosen.borrow_mut() = chosen;
        self.place();
    }

    /// Which columns the user wants, in the order of the screen, with the widths that he gave.
    #[must_use]
    pub fn chosen(&self) -> Vec<(&'static str, Option<i32>)> {
        let widths = self.widths.borrow();
        let chosen = self.chosen.borrow();
        chosen
            .iter()
            .map(|column| (id(*column), widths.get(column).copied()))
            .collect()
    }

    /// Shows or hides a column at the user's wish; a new one comes last.
    pub fn toggle(&self, id: &str) {
        let Some(column) = from_id(id).filter(|column| *column != Column::Name) else {
            return;
        };
        {
            let mut chosen = self.chosen.borrow_mut();
            if let Some(place) = chosen.iter().position(|own| *own == column) {
                chosen.remove(place);
            } else {
                chosen.push(column);
            }
        }
        self.place();
        self.tell(Change::Arranged);
    }

    /// Moves a column to the place of another one, at the user's wish.
    pub fn move_to(&self, column: Column, other: Column) {
        {
            let mut chosen = self.chosen.borrow_mut();
            let place = |column| chosen.iter().position(|own| *own == column);
            let (Some(from), Some(to)) = (place(column), place(other)) else {
                return;
            };
            let moved = chosen.remove(from);
            chosen.insert(to, moved);
        }
        self.place();
    }

    /// Makes a column `width` pixels wide; the name gives and takes.
    pub fn resize(&self, column: Column, width: i32) {
        let places = self.places.borrow();
        let now = |column| {
            places
                .iter()
                .find(|place| place.column == column)
                .map(|place| place.width)
        };
        let (Some(own), Some(name)) = (now(column), now(Column::Name)) else {
            return;
        };
        let most = own + (name - self.scaled(NAME_WIDTH)).max(0);
        drop(places);
        if column != Column::Name {
            let width = f64::from(width.min(most)) / self.scale.get();
            self.widths
                .borrow_mut()
                .insert(column, (width.round() as i32).max(NARROWEST));
            self.place();
        }
    }

    /// Gives a column its own width back.
    pub fn reset_width(&self, column: Column) {
        self.widths.borrow_mut().remove(&column);
        self.place();
        self.arranged();
    }

    /// Gives a new user's columns back, in their order and with their widths.
    pub fn reset(&self) {
        self.chosen
            .replace(DEFAULT.iter().filter_map(|id| from_id(id)).collect());
        self.widths.borrow_mut().clear();
        self.place();
        self.arranged();
    }

    /// Says that the user is done with arranging.
    pub fn arranged(&self) {
        self.tell(Change::Arranged);
    }

    /// Sets whether the list is grouped by host: then the host's column says nothing.
    pub fn set_grouped(&self, grouped: bool) {
        if self.grouped.replace(grouped) != grouped {
            self.place();
        }
    }

    /// Whether the list is grouped by host.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        self.grouped.get()
    }

    /// Sets the room for all columns in pixels; what has none is hidden. Tells nobody: it is called in the middle of an
    /// allocation, after which everything is drawn anyway.
    pub fn set_room(&self, room: i32) {
        if self.room.replace(room) != room {
            self.work_out();
        }
    }

    /// Takes the size of the text from `context`. Returns whether it changed.
    pub fn set_text(&self, context: &pango::Context) -> bool {
        let metrics = context.metrics(None, None);
        let unit = f64::from(pango::SCALE);
        let scale = (f64::from(metrics.approximate_digit_width()) / unit / USUAL_DIGIT).clamp(0.9, 8.0);
        let line = f64::from(metrics.ascent() + metrics.descent()) / unit;
        // A name, a smaller title below it, and air.
        let height = ((line * 1.85).ceil() as i32 + 8).max(ROW_HEIGHT);
        let other_height = self.row_height.replace(height) != height;
        let other_scale = (self.scale.replace(scale) - scale).abs() > f64::EPSILON;
        if other_scale {
            self.place();
        }
        other_height || other_scale
    }

    /// Height of a row in pixels.
    #[must_use]
    pub fn row_height(&self) -> i32 {
        self.row_height.get()
    }

    /// Where the columns stand that show, in the order of the screen.
    #[must_use]
    pub fn places(&self) -> Ref<'_, Vec<Place>> {
        self.places.borrow()
    }

    /// Whether a column shows.
    #[must_use]
    pub fn is_visible(&self, column: Column) -> bool {
        self.places().iter().any(|place| place.column == column)
    }

    /// All columns with id, title and whether the user wants them.
    pub fn all(&self) -> Vec<(&'static str, String, bool)> {
        let chosen = self.chosen.borrow();
        KINDS
            .iter()
            .map(|kind| (kind.id, (kind.title)(), chosen.contains(&kind.column)))
            .collect()
    }

    /// By which column the list is sorted, and whether downwards.
    #[must_use]
    pub fn order(&self) -> Option<(Column, bool)> {
        self.order.get()
    }

    /// Sorts by a column, without telling that the user asked for it.
    pub fn set_order(&self, column: Column, descending: bool) {
        self.order.set(Some((column, descending)));
        self.tell(Change::Places);
    }

    /// The user wants the list sorted by a column; a second time turns the order around.
    pub fn sort(&self, column: Column) {
        let descending = matches!(self.order.get(), Some((own, false)) if own == column);
        self.order.set(Some((column, descending)));
        self.tell(Change::Order);
    }

    fn scaled(&self, width: i32) -> i32 {
        (f64::from(width) * self.scale.get()).round() as i32
    }

    fn width(&self, column: Column) -> i32 {
        let own = self.widths.borrow().get(&column).copied();
        self.scaled(own.unwrap_or(of(column).width))
    }

    fn place(&self) {
        if self.work_out() {
            self.tell(Change::Places);
        }
    }

    /// Works out which columns have room, and where they stand; whether that changed. What the user chose beyond the
    /// default goes after what everybody needs.
    fn work_out(&self) -> bool {
        let chosen = self.chosen.borrow().clone();
        let rank = |column: &Column| {
            let kind = of(*column);
            if DEFAULT.contains(&kind.id) || kind.rank <= 3 {
                kind.rank
            } else {
                3
            }
        };
        let mut candidates: Vec<Column> = chosen
            .iter()
            .copied()
            .filter(|column| *column != Column::Name && !(self.grouped.get() && *column == Column::Host))
            .collect();
        candidates.sort_by_key(rank);
        let name = self.scaled(if self.room.get() < self.scaled(NARROW_LIST.0) {
            NARROW_LIST.1
        } else {
            NAME_WIDTH
        });
        let mut left = self.room.get() - name;
        let mut visible = vec![Column::Name];
        for column in candidates {
            let width = self.width(column);
            if width > left {
                break;
            }
            left -= width;
            visible.push(column);
        }
        let last = chosen.iter().rfind(|column| visible.contains(column)).copied();
        let last = last.filter(|column| *column != Column::Name && !shows_figures(*column));
        let spare = match last {
            Some(_) => (name + left - self.scaled(NAME_MOST)).clamp(0, left.max(0)),
            None => 0,
        };
        let mut start = 0;
        let places: Vec<Place> = chosen
            .into_iter()
            .filter(|column| visible.contains(column))
            .map(|column| {
                let width = if column == Column::Name {
                    (name + left - spare).max(NARROWEST)
                } else if Some(column) == last {
                    self.width(column) + spare
                } else {
                    self.width(column)
                };
                let place = Place { column, start, width };
                start += width;
                place
            })
            .collect();
        self.places.replace(places.clone()) != places
    }
}

#[cfg(test)]
mod tests;
