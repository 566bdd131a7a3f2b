//! Positions of volumes as GTK sees them: objects are made for lines near the screen only.

use std::cell::RefCell;

use gio::prelude::*;
use gio::subclass::prelude::*;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Positions {
        pub(super) order: RefCell<Vec<u32>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Positions {
        const NAME: &'static str = "VireoVolumePositions";
        type Type = super::Positions;
        type Interfaces = (gio::ListModel,);
    }

    impl ObjectImpl for Positions {}

    impl ListModelImpl for Positions {
        fn item_type(&self) -> glib::Type {
            glib::BoxedAnyObject::static_type()
        }

        fn n_items(&self) -> u32 {
            u32::try_from(self.order.borrow().len()).unwrap_or(u32::MAX)
        }

        fn item(&self, position: u32) -> Option<glib::Object> {
            let index = *self.order.borrow().get(position as usize)?;
            Some(glib::BoxedAnyObject::new(index).upcast())
        }
    }
}

glib::wrapper! {
    /// The order of a list of volumes: each item is the position of one in its pool.
    pub struct Positions(ObjectSubclass<imp::Positions>) @implements gio::ListModel;
}

impl Default for Positions {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl Positions {
    /// What is at a position.
    pub(super) fn at(&self, position: u32) -> Option<u32> {
        self.imp().order.borrow().get(position as usize).copied()
    }

    /// The whole order.
    pub(super) fn order(&self) -> Vec<u32> {
        self.imp().order.borrow().clone()
    }

    /// Takes another order.
    pub(super) fn set_order(&self, order: Vec<u32>) {
        let added = u32::try_from(order.len()).unwrap_or(u32::MAX);
        let removed = self.n_items();
        self.imp().order.replace(order);
        self.items_changed(0, removed, added);
    }
}

/// The position in the pool that an item stands for.
pub(super) fn index_of(item: Option<glib::Object>) -> Option<u32> {
    let item = item.and_downcast::<glib::BoxedAnyObject>()?;
    item.try_borrow::<u32>().ok().map(|index| *index)
}
