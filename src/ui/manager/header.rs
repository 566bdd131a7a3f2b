//! The headings of the list: a click sorts, a drag moves a column, a drag of an edge resizes it. For the keyboard there are
//! Enter, Ctrl+Left and Ctrl+Right, and the context menu.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use gtk4 as gtk;
use gtk4::gdk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

use super::column::{self, Change, Columns};
use super::heading::Heading;
use super::menu;
use crate::model::view::Column;

/// Half of the width of an edge that can be dragged.
const EDGE: f64 = 5.0;
/// A press that moves further than this is no click.
const THRESHOLD: f64 = 8.0;

/// What a press on the headings turned into.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Drag {
    #[default]
    None,
    /// On a heading, and not moved far enough yet.
    Pressed(Column),
    Moving(Column),
    /// With the width that the column had.
    Resizing(Column, i32),
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Header {
        pub(super) columns: OnceCell<Rc<Columns>>,
        pub(super) headings: RefCell<Vec<Heading>>,
        pub(super) drag: Cell<Drag>,
        pub(super) menu: RefCell<Option<gio::Menu>>,
        pub(super) popover: RefCell<Option<gtk::PopoverMenu>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Header {
        const NAME: &'static str = "VireoHeader";
        type Type = super::Header;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("header");
            class.set_accessible_role(gtk::AccessibleRole::Row);
        }
    }

    impl ObjectImpl for Header {
        fn dispose(&self) {
            if let Some(popover) = self.popover.take() {
                popover.unparent();
            }
            for heading in self.headings.take() {
                heading.button.unparent();
            }
        }
    }

    impl WidgetImpl for Header {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            if orientation == gtk::Orientation::Horizontal {
                return (0, 0, -1, -1);
            }
            let headings = self.headings.borrow();
            let tallest = |(minimum, natural), heading: &Heading| {
                let (own_minimum, own_natural, ..) = heading.button.measure(orientation, -1);
                (own_minimum.max(minimum), own_natural.max(natural))
            };
            let (minimum, natural) = headings.iter().fold((0, 0), tallest);
            (minimum, natural, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
            let rtl = self.obj().direction() == gtk::TextDirection::Rtl;
            if let Some(columns) = self.columns.get() {
                columns.set_room(width);
                let places = columns.places();
                let mut untold = false;
                for heading in self.headings.borrow().iter() {
                    let place = places.iter().find(|place| place.column == heading.column);
                    heading.button.set_child_visible(place.is_some());
                    untold |= heading.button.is_visible() != place.is_some();
                    let Some(place) = place else { continue };
                    let x = if rtl {
                        width - place.start - place.width
                    } else {
                        place.start
                    };
                    // GTK complains about less than the minimum; what is too much is clipped.
                    let least = heading.button.measure(gtk::Orientation::Horizontal, -1).0;
                    let area = gtk::Allocation::new(x, 0, place.width.max(least), height);
                    heading.button.size_allocate(&area, baseline);
                }
                if untold {
                    // Not within an allocation.
                    let header = self.obj().downgrade();
                    glib::idle_add_local_once(move || {
                        if let Some(header) = header.upgrade() {
                            header.tell_visible();
                        }
                    });
                }
            }
            if let Some(popover) = self.popover.borrow().as_ref() {
                popover.present();
            }
        }
    }
}

glib::wrapper! {
    /// Headings of a list's columns.
    pub struct Header(ObjectSubclass<imp::Header>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Header {
    /// Headings for `columns`.
    #[must_use]
    pub fn new(columns: &Rc<Columns>) -> Self {
        let header: Self = glib::Object::new();
        header.add_css_class("vireo-header");
        header.set_overflow(gtk::Overflow::Hidden);
        let _ = header.imp().columns.set(columns.clone());
        for column in column::all() {
            let heading = Heading::new(column, columns);
            heading.button.set_parent(&header);
            header.imp().headings.borrow_mut().push(heading);
        }
        let weak = header.downgrade();
        columns.connect(move |change| {
            if let Some(header) = weak.upgrade() {
                header.follow(change);
            }
        });
        header.follow(Change::Places);
        header.connect_drag();
        header.connect_pointer();
        header.connect_keys();
        header
    }

    /// Gives the headings a context menu.
    pub fn set_menu(&self, menu: &gio::Menu) {
        *self.imp().menu.borrow_mut() = Some(menu.clone());
    }

    fn columns(&self) -> Option<&Rc<Columns>> {
        self.imp().columns.get()
    }

    /// Shows what holds now.
    fn follow(&self, _: Change) {
        let Some(columns) = self.columns() else { return };
        let order = columns.order();
        for heading in self.imp().headings.borrow().iter() {
            let own = order.filter(|(column, _)| *column == heading.column);
            heading.show_order(own.map(|(_, down)| down));
        }
        self.queue_allocate();
    }

    /// Takes headings of columns that do not show from keyboard and screen readers, too.
    fn tell_visible(&self) {
        let Some(columns) = self.columns() else { return };
        let shown: Vec<Column> = columns.places().iter().map(|place| place.column).collect();
        for heading in self.imp().headings.borrow().iter() {
            heading.button.set_visible(shown.contains(&heading.column));
        }
    }

    /// `x` counted from the start edge.
    fn along(&self, x: f64) -> f64 {
        if self.direction() == gtk::TextDirection::Rtl {
            f64::from(self.width()) - x
        } else {
            x
        }
    }

    /// The column at a distance from the start edge.
    fn column_at(&self, start: f64) -> Option<Column> {
        let places = self.columns()?.places();
        let under = places
            .iter()
            .find(|place| (f64::from(place.start)..f64::from(place.start + place.width)).contains(&start));
        under.map(|place| place.column)
    }

    /// The column whose edge is at a distance from the start edge: that behind the name's when it is the name's, for the
    /// name takes what the others leave.
    fn edge_at(&self, start: f64) -> Option<(Column, i32)> {
        let places = self.columns()?.places();
        let name = places.iter().position(|place| place.column == Column::Name)?;
        places.iter().enumerate().find_map(|(index, place)| {
            let edge = if index < name {
                place.start + place.width
            } else {
                place.start
            };
            let near = (start - f64::from(edge)).abs() <= EDGE;
            (index != name && near).then_some((place.column, place.width))
        })
    }

    /// Whether the edge that resizes `column` is the one behind it: so left of the name, before it right of the name.
    fn grows_forwards(&self, column: Column) -> bool {
        let Some(columns) = self.columns() else { return true };
        let places = columns.places();
        let place = |wanted| places.iter().position(|place| place.column == wanted);
        place(column) < place(Column::Name)
    }

    fn connect_drag(&self) {
        let drag = gtk::GestureDrag::builder()
            .propagation_phase(gtk::PropagationPhase::Capture)
            .button(1)
            .build();
        let weak = self.downgrade();
        drag.connect_drag_begin(move |gesture, x, _| {
            let Some(header) = weak.upgrade() else { return };
            let start = header.along(x);
            let begun = match header.edge_at(start) {
                Some((column, width)) => {
                    gesture.set_state(gtk::EventSequenceState::Claimed);
                    Drag::Resizing(column, width)
                }
                None => header.column_at(start).map_or(Drag::None, Drag::Pressed),
            };
            header.imp().drag.set(begun);
        });
        let weak = self.downgrade();
        drag.connect_drag_update(move |gesture, dx, _| {
            if let Some(header) = weak.upgrade() {
                header.drag_to(gesture, dx);
            }
        });
        let weak = self.downgrade();
        drag.connect_drag_end(move |_, _, _| {
            let Some(header) = weak.upgrade() else { return };
            let done = header.imp().drag.take();
            for heading in header.imp().headings.borrow().iter() {
                heading.button.remove_css_class("moving");
            }
            if matches!(done, Drag::Moving(_) | Drag::Resizing(..))
                && let Some(columns) = header.columns()
            {
                columns.arranged();
            }
        });
        self.add_controller(drag);
    }

    fn drag_to(&self, gesture: &gtk::GestureDrag, dx: f64) {
        let Some(columns) = self.columns() else { return };
        let along = if self.direction() == gtk::TextDirection::Rtl {
            -dx
        } else {
            dx
        };
        match self.imp().drag.get() {
            Drag::None => {}
            Drag::Resizing(column, width) => {
                let change = if self.grows_forwards(column) { along } else { -along };
                columns.resize(column, width + change.round() as i32);
            }
            Drag::Pressed(column) if dx.abs() > THRESHOLD => {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                self.imp().drag.set(Drag::Moving(column));
                for heading in self.imp().headings.borrow().iter() {
                    if heading.column == column {
                        heading.button.add_css_class("moving");
                    }
                }
                self.move_under(gesture, column, along);
            }
            Drag::Pressed(_) => {}
            Drag::Moving(column) => self.move_under(gesture, column, along),
        }
    }

    /// Moves a column to where the pointer is, once that is beyond the middle of the column there.
    fn move_under(&self, gesture: &gtk::GestureDrag, column: Column, along: f64) {
        let (Some(columns), Some((x, _))) = (self.columns(), gesture.start_point()) else {
            return;
        };
        let pointer = self.along(x) + along;
        let other = {
            let places = columns.places();
            let position = |wanted| places.iter().position(|place| place.column == wanted);
            let under = places
                .iter()
                .enumerate()
                .find(|(_, place)| (f64::from(place.start)..f64::from(place.start + place.width)).contains(&pointer));
            let (Some(own), Some((index, place))) = (position(column), under) else {
                return;
            };
            let middle = f64::from(place.start) + f64::from(place.width) / 2.0;
            let beyond = if index > own {
                pointer > middle
            } else {
                pointer < middle
            };
            (index != own && beyond).then_some(place.column)
        };
        if let Some(other) = other {
            columns.move_to(column, other);
        }
    }

    fn connect_pointer(&self) {
        let motion = gtk::EventControllerMotion::new();
        let weak = self.downgrade();
        motion.connect_motion(move |_, x, _| {
            let Some(header) = weak.upgrade() else { return };
            let resizes =
                matches!(header.imp().drag.get(), Drag::Resizing(..)) || header.edge_at(header.along(x)).is_some();
            header.set_cursor_from_name(resizes.then_some("col-resize"));
        });
        self.add_controller(motion);
        let double = gtk::GestureClick::builder()
            .button(1)
            .propagation_phase(gtk::PropagationPhase::Capture)
            .build();
        let weak = self.downgrade();
        double.connect_pressed(move |_, count, x, _| {
            let Some(header) = weak.upgrade() else { return };
            if count == 2
                && let (Some(columns), Some((column, _))) = (header.columns(), header.edge_at(header.along(x)))
            {
                columns.reset_width(column);
            }
        });
        self.add_controller(double);
        let menu = gtk::GestureClick::builder().button(3).build();
        let weak = self.downgrade();
        menu.connect_pressed(move |gesture, _, x, y| {
            if let Some(header) = weak.upgrade() {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                header.open_menu(x, y);
            }
        });
        self.add_controller(menu);
    }

    fn connect_keys(&self) {
        let keys = gtk::EventControllerKey::new();
        let weak = self.downgrade();
        keys.connect_key_pressed(move |_, key, _, modifiers| {
            let handled = weak.upgrade().is_some_and(|header| header.press(key, modifiers));
            if handled {
                glib::Propagation::Stop
            } else {
                glib::Propagation::Proceed
            }
        });
        self.add_controller(keys);
    }

    fn press(&self, key: gdk::Key, modifiers: gdk::ModifierType) -> bool {
        let Some(columns) = self.columns() else { return false };
        let focused = {
            let headings = self.imp().headings.borrow();
            let found = headings.iter().find(|heading| heading.button.has_focus());
            found.map(|heading| (heading.column, heading.button.clone()))
        };
        let Some((column, button)) = focused else { return false };
        let rtl = self.direction() == gtk::TextDirection::Rtl;
        let step = match key {
            gdk::Key::Left | gdk::Key::KP_Left => Some(rtl),
            gdk::Key::Right | gdk::Key::KP_Right => Some(!rtl),
            _ => None,
        };
        if let Some(forwards) = step.filter(|_| modifiers.contains(gdk::ModifierType::CONTROL_MASK)) {
            let other = {
                let places = columns.places();
                let own = places.iter().position(|place| place.column == column);
                own.and_then(|own| {
                    if forwards {
                        own.checked_add(1)
                    } else {
                        own.checked_sub(1)
                    }
                })
                .and_then(|index| places.get(index).map(|place| place.column))
            };
            if let Some(other) = other {
                columns.move_to(column, other);
                columns.arranged();
            }
            return true;
        }
        let menu = key == gdk::Key::Menu || key == gdk::Key::F10 && modifiers.contains(gdk::ModifierType::SHIFT_MASK);
        if menu && let Some((x, y)) = button.translate_coordinates(self, 8.0, f64::from(button.height())) {
            self.open_menu(x, y);
        }
        menu
    }

    fn open_menu(&self, x: f64, y: f64) {
        let Some(model) = self.imp().menu.borrow().clone() else {
            return;
        };
        let popover = gtk::PopoverMenu::from_model(Some(&model));
        popover.set_has_arrow(false);
        popover.set_halign(gtk::Align::Start);
        popover.set_pointing_to(Some(&gdk::Rectangle::new(x as i32, y as i32, 1, 1)));
        popover.set_parent(self);
        if let Some(old) = self.imp().popover.replace(Some(popover.clone())) {
            old.unparent();
        }
        menu::hush(self, x, y, &popover);
        popover.popup();
    }
}
