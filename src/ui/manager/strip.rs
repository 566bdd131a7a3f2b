//! One line of the list: a single widget that draws all its cells. A widget for each cell would mean a dozen for each of the
//! two hundred lines that GTK keeps ready, and the list would stand still while they are made.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use glib::WeakRef;
use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

use super::cell::{self, Brush, Texts};
use super::column::{Columns, Place};
use super::grid::{self, Look};
use super::row::Row;
use crate::i18n::tr;
use crate::model::view::{Column, Item};
use crate::ui::format;

/// What all lines of a list share.
pub struct Sheet {
    /// Where the cells stand.
    pub columns: Rc<Columns>,
    /// How cards look; `None` for lines.
    pub look: Option<Rc<Look>>,
    /// What of the list is on screen.
    pub screen: WeakRef<gtk::ScrolledWindow>,
    /// Puts what holds now into a row; whether that is something else than before.
    pub fill: Box<dyn Fn(&Row) -> bool>,
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Strip {
        pub(super) sheet: OnceCell<Rc<Sheet>>,
        pub(super) row: RefCell<Option<Row>>,
        pub(super) texts: RefCell<Texts>,
        pub(super) drawn: Cell<bool>,
        pub(super) spoken: RefCell<String>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Strip {
        const NAME: &'static str = "VireoStrip";
        type Type = super::Strip;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("strip");
            class.set_accessible_role(gtk::AccessibleRole::Presentation);
        }
    }

    impl ObjectImpl for Strip {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().set_has_tooltip(true);
        }
    }

    impl WidgetImpl for Strip {
        fn request_mode(&self) -> gtk::SizeRequestMode {
            match self.sheet.get() {
                Some(sheet) if sheet.look.is_some() => gtk::SizeRequestMode::HeightForWidth,
                _ => gtk::SizeRequestMode::ConstantSize,
            }
        }

        fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
            if self.sheet.get().is_some_and(|sheet| sheet.look.is_some()) {
                let (minimum, natural) = grid::measure(&*self.obj(), orientation, for_size);
                return (minimum, natural, -1, -1);
            }
            let height = self.sheet.get().map_or(0, |sheet| sheet.columns.row_height());
            match orientation {
                gtk::Orientation::Horizontal => (0, 0, -1, -1),
                _ => (height, height, -1, -1),
            }
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let strip = self.obj();
            let row = self.row.borrow().clone();
            let (Some(sheet), Some(row)) = (self.sheet.get(), row) else {
                return;
            };
            if !row.is_current() && (sheet.fill)(&row) {
                strip.speak(&row);
            }
            let visible = strip.is_on_screen(sheet);
            self.drawn.set(visible);
            if !visible {
                return;
            }
            let content = row.content();
            let brush = Brush::of(snapshot, &*strip, row.is_header(), sheet.columns.is_grouped());
            let mut texts = self.texts.borrow_mut();
            texts.keep_up(&content);
            if content.stale {
                snapshot.push_opacity(0.45);
            }
            match (&sheet.look, row.item()) {
                (Some(look), Some(Item::Domain(key))) => {
                    let picture = look.watch.picture(key);
                    grid::draw(&brush, &mut texts, &content, look, picture, strip.width());
                }
                (Some(_), _) => {}
                (None, _) => {
                    for place in sheet.columns.places().iter() {
                        cell::draw(&brush, &mut texts, &content, strip.mirrored(*place));
                    }
                }
            }
            if content.stale {
                snapshot.pop();
            }
        }

        fn query_tooltip(&self, x: i32, _y: i32, _keyboard: bool, tooltip: &gtk::Tooltip) -> bool {
            let row = self.row.borrow();
            let (Some(sheet), Some(row)) = (self.sheet.get(), row.as_ref()) else {
                return false;
            };
            let strip = self.obj();
            if row.is_header() && strip.is_arrow(f64::from(x)) {
                tooltip.set_text(Some(&tr("Show or hide the machines of this host")));
                return true;
            }
            if sheet.look.is_some() {
                let texts = self.texts.borrow();
                let content = row.content();
                let cut = |column| texts.is_cut(column).then(|| content.text(column));
                let lines: Vec<&str> = [Column::Name, Column::State].into_iter().filter_map(cut).collect();
                tooltip.set_text(Some(&lines.join("\n")));
                return !lines.is_empty();
            }
            let places = sheet.columns.places();
            let under = places
                .iter()
                .map(|place| strip.mirrored(*place))
                .find(|place| (place.start..place.start + place.width).contains(&x));
            let Some(place) = under else { return false };
            let content = row.content();
            let text = match place.column {
                Column::Tags => content.tags.join(", "),
                Column::Autostart if content.autostart => tr("Starts with the host"),
                column if self.texts.borrow().is_cut(column) => content.text(column).to_owned(),
                _ => String::new(),
            };
            if text.is_empty() {
                return false;
            }
            tooltip.set_text(Some(&text));
            // The tooltip belongs to its cell: beyond it another one holds.
            let area = gtk::gdk::Rectangle::new(place.start, 0, place.width, strip.height());
            tooltip.set_tip_area(&area);
            true
        }
    }
}

glib::wrapper! {
    /// A line of the list. It is drawn while it is on screen, and only then.
    pub struct Strip(ObjectSubclass<imp::Strip>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Strip {
    /// An empty line.
    #[must_use]
    pub fn new(sheet: &Rc<Sheet>) -> Self {
        let strip: Self = glib::Object::new();
        let _ = strip.imp().sheet.set(sheet.clone());
        strip
    }

    /// Shows another row, or none.
    pub fn set_row(&self, row: Option<&Row>) {
        if let Some(old) = self.imp().row.replace(row.cloned())
            && old.strip().as_ref() == Some(self)
        {
            old.set_strip(None);
        }
        if let Some(row) = row {
            row.set_strip(Some(self));
            self.refresh();
            self.queue_draw();
        }
    }

    /// Shows what holds now, if that is something else. Outside of the screen nothing is drawn, but a screen reader gets
    /// to know it.
    pub fn refresh(&self) {
        if let (Some(sheet), Some(row)) = (self.imp().sheet.get(), self.row())
            && (row.is_current() || (sheet.fill)(&row))
        {
            self.speak(&row);
            self.queue_draw();
        }
    }

    /// The row that it shows.
    #[must_use]
    pub fn row(&self) -> Option<Row> {
        self.imp().row.borrow().clone()
    }

    /// Whether it was on screen when it was last drawn.
    #[must_use]
    pub fn was_drawn(&self) -> bool {
        self.imp().drawn.get()
    }

    /// Whether a point is on the arrow of a host.
    #[must_use]
    pub fn is_arrow(&self, x: f64) -> bool {
        let grouped = self.imp().sheet.get().is_some_and(|sheet| sheet.columns.is_grouped());
        let x = if self.direction() == gtk::TextDirection::Rtl {
            f64::from(self.width()) - x
        } else {
            x
        };
        grouped && x < f64::from(cell::GUTTER) + 4.0
    }

    /// A place counted from the left edge, whatever the direction of the language.
    fn mirrored(&self, place: Place) -> Place {
        let start = if self.direction() == gtk::TextDirection::Rtl {
            self.width() - place.start - place.width
        } else {
            place.start
        };
        Place { start, ..place }
    }

    /// Whether any of it is on screen now.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.is_mapped() && self.imp().sheet.get().is_some_and(|sheet| self.is_on_screen(sheet))
    }

    fn is_on_screen(&self, sheet: &Sheet) -> bool {
        let Some(screen) = sheet.screen.upgrade() else {
            return true;
        };
        match self.translate_coordinates(&screen, 0.0, 0.0) {
            Some((_, y)) => y + f64::from(self.height()) > 0.0 && y < f64::from(screen.height()),
            None => true,
        }
    }

    /// Tells a screen reader what the line says: by the list's item around it, which has the focus. Figures are in the
    /// description, which is not read out at each change.
    fn speak(&self, row: &Row) {
        let Some(item) = self.parent() else { return };
        let content = row.content();
        let mut spoken = self.imp().spoken.borrow_mut();
        let name = [content.name.as_str(), &content.title, &content.state]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let known = |text: &&str| !text.is_empty() && *text != format::UNKNOWN;
        let figures = [Column::Cpu, Column::Memory]
            .into_iter()
            .filter(|column| known(&content.text(*column)))
            .map(|column| format!("{} {}", super::column::title(column), content.text(column)))
            .chain(content.tags.iter().cloned())
            .chain(Some(content.address.as_str()).filter(known).map(ToOwned::to_owned))
            .collect::<Vec<_>>()
            .join(", ");
        let said = format!("{name}\n{figures}");
        if *spoken == said {
            return;
        }
        item.update_property(&[
            gtk::accessible::Property::Label(&name),
            gtk::accessible::Property::Description(&figures),
        ]);
        *spoken = said;
    }
}
