//! The headings of a list of volumes: a click sorts.

use std::cell::RefCell;

use gtk4 as gtk;
use gtk4::prelude::*;
use gtk4::subclass::prelude::*;

use super::column::{self, places};
use crate::i18n::{tr, tr_f};
use crate::model::view::VolumeColumn;
use crate::ui::widgets::set_tip;

pub(super) struct Heading {
    column: VolumeColumn,
    button: gtk::Button,
    arrow: gtk::Image,
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct VolumeHeader {
        pub(super) headings: RefCell<Vec<Heading>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for VolumeHeader {
        const NAME: &'static str = "VireoVolumeHeader";
        type Type = super::VolumeHeader;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("header");
            class.set_accessible_role(gtk::AccessibleRole::Row);
        }
    }

    impl ObjectImpl for VolumeHeader {
        fn dispose(&self) {
            for heading in self.headings.take() {
                heading.button.unparent();
            }
        }
    }

    impl WidgetImpl for VolumeHeader {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            if orientation == gtk::Orientation::Horizontal {
                return (0, 0, -1, -1);
            }
            let headings = self.headings.borrow();
            let heights = headings.iter().map(|heading| heading.button.measure(orientation, -1).1);
            let height = heights.max().unwrap_or(0);
            (height, height, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
            let rtl = self.obj().direction() == gtk::TextDirection::Rtl;
            let places = places(width);
            for heading in self.headings.borrow().iter() {
                let place = places.iter().find(|place| place.column == heading.column);
                heading.button.set_child_visible(place.is_some());
                heading.button.set_can_focus(place.is_some());
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
        }
    }
}

glib::wrapper! {
    /// Headings of the columns of a list of volumes.
    pub struct VolumeHeader(ObjectSubclass<imp::VolumeHeader>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl VolumeHeader {
    /// The headings; `chosen` is told which was clicked.
    pub(super) fn new(chosen: impl Fn(VolumeColumn) + Clone + 'static) -> Self {
        let header: Self = glib::Object::new();
        header.add_css_class("vireo-header");
        header.set_overflow(gtk::Overflow::Hidden);
        for column in VolumeColumn::ALL {
            let title = gtk::Label::builder()
                .label(column::title(column))
                .ellipsize(gtk::pango::EllipsizeMode::End)
                .build();
            let arrow = gtk::Image::builder()
                .accessible_role(gtk::AccessibleRole::Presentation)
                .visible(false)
                .build();
            let figures = column::is_figure(column);
            let line = gtk::Box::builder()
                .spacing(4)
                .halign(if figures { gtk::Align::End } else { gtk::Align::Start })
                .build();
            line.append(&title);
            line.append(&arrow);
            let button = gtk::Button::builder()
                .child(&line)
                .css_classes(["flat"])
                .accessible_role(gtk::AccessibleRole::ColumnHeader)
                .build();
            button.update_property(&[gtk::accessible::Property::Label(&column::title(column))]);
            let chosen = chosen.clone();
            button.connect_clicked(move |_| chosen(column));
            button.set_parent(&header);
            header
                .imp()
                .headings
                .borrow_mut()
                .push(Heading { column, button, arrow });
        }
        header
    }

    /// Shows by which column the list is sorted.
    pub(super) fn show_order(&self, sorted: VolumeColumn, down: bool) {
        for heading in self.imp().headings.borrow().iter() {
            let title = column::title(heading.column);
            let (icon, sort, hint) = match (heading.column == sorted, down) {
                (false, _) => (
                    None,
                    gtk::AccessibleSort::None,
                    tr_f("Sort by {column}", &[("column", &title)]),
                ),
                (true, false) => (
                    Some("pan-up-symbolic"),
                    gtk::AccessibleSort::Ascending,
                    tr("Sorted upwards"),
                ),
                (true, true) => (
                    Some("pan-down-symbolic"),
                    gtk::AccessibleSort::Descending,
                    tr("Sorted downwards"),
                ),
            };
            heading.arrow.set_icon_name(icon);
            heading.arrow.set_visible(icon.is_some());
            set_tip(&heading.button, Some(&hint));
            heading.button.update_property(&[
                gtk::accessible::Property::Description(&hint),
                gtk::accessible::Property::Sort(sort),
            ]);
        }
    }
}
