//! A container that tells its width, for layouts that depend on it (GTK 4.8 has no breakpoints).

use std::cell::{Cell, RefCell};

use glib::subclass::prelude::*;
use gtk4 as gtk;
use libadwaita as adw;
use libadwaita::prelude::*;
use libadwaita::subclass::prelude::*;

type Listener = Box<dyn Fn(i32)>;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct WidthBin {
        pub(super) width: Cell<i32>,
        pub(super) queued: Cell<bool>,
        pub(super) listener: RefCell<Option<super::Listener>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for WidthBin {
        const NAME: &'static str = "VireoWidthBin";
        type Type = super::WidthBin;
        type ParentType = adw::Bin;
    }

    impl ObjectImpl for WidthBin {
        fn constructed(&self) {
            self.parent_constructed();
            // A layout manager would be asked in place of the functions below.
            self.obj().set_layout_manager(None::<gtk::LayoutManager>);
        }
    }

    impl WidgetImpl for WidthBin {
        /// What is inside decides nothing: columns give way instead of widening the window.
        fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
            let Some(child) = self.obj().child() else {
                return (0, 0, -1, -1);
            };
            let (minimum, natural, _, _) = child.measure(orientation, for_size);
            if orientation == gtk::Orientation::Horizontal {
                (minimum.min(340), natural, -1, -1)
            } else {
                (minimum, natural, -1, -1)
            }
        }

        fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
            if let Some(child) = self.obj().child() {
                let (minimum, ..) = child.measure(gtk::Orientation::Horizontal, -1);
                child.allocate(width.max(minimum), height, baseline, None);
            }
            // A menu that grew while it opened, by the lines between its sections, asks its parent for the room.
            let mut child = self.obj().first_child();
            while let Some(widget) = child {
                if let Some(popover) = widget.downcast_ref::<gtk::Popover>() {
                    popover.present();
                }
                child = widget.next_sibling();
            }
            if self.width.replace(width) != width && !self.queued.replace(true) {
                // Showing and hiding columns in the middle of an allocation would be lost.
                let this = self.obj().downgrade();
                glib::idle_add_local_once(move || {
                    if let Some(this) = this.upgrade() {
                        let imp = this.imp();
                        imp.queued.set(false);
                        if let Some(listener) = imp.listener.borrow().as_ref() {
                            listener(imp.width.get());
                        }
                    }
                });
            }
        }
    }

    impl BinImpl for WidthBin {}
}

glib::wrapper! {
    /// A bin that tells its width.
    pub struct WidthBin(ObjectSubclass<imp::WidthBin>)
        @extends adw::Bin, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Default for WidthBin {
    fn default() -> Self {
        Self::new()
    }
}

impl WidthBin {
    /// An empty bin.
    #[must_use]
    pub fn new() -> Self {
        glib::Object::new()
    }

    /// Calls `listener` when the width has changed, outside of the allocation.
    pub fn connect_width(&self, listener: impl Fn(i32) + 'static) {
        *self.imp().listener.borrow_mut() = Some(Box::new(listener));
    }
}
