//! A row that hands the keyboard on to what it holds: one Tab leads from what is typed in one row to the next.

use glib::subclass::prelude::*;
use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use libadwaita::subclass::prelude::*;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct KeyedRow;

    #[glib::object_subclass]
    impl ObjectSubclass for KeyedRow {
        const NAME: &'static str = "VireoKeyedRow";
        type Type = super::KeyedRow;
        type ParentType = adw::ActionRow;
    }

    impl ObjectImpl for KeyedRow {}

    impl WidgetImpl for KeyedRow {
        fn focus(&self, direction: gtk::DirectionType) -> bool {
            let row = self.obj();
            if row.child().is_some_and(|child| child.child_focus(direction)) {
                return true;
            }
            // Where nothing can be typed it takes the keyboard itself: what it says is to be read out.
            row.focus_child().is_none() && !row.has_focus() && self.parent_focus(direction)
        }

        fn grab_focus(&self) -> bool {
            let held = self.obj().activatable_widget();
            held.is_some_and(|held| held.grab_focus()) || self.parent_grab_focus()
        }
    }

    impl ListBoxRowImpl for KeyedRow {}
    impl PreferencesRowImpl for KeyedRow {}
    impl ActionRowImpl for KeyedRow {}
}

glib::wrapper! {
    /// An [`adw::ActionRow`] whose keyboard is that of its [`adw::ActionRow::activatable_widget`].
    pub struct KeyedRow(ObjectSubclass<imp::KeyedRow>)
        @extends adw::ActionRow, adw::PreferencesRow, gtk::ListBoxRow, gtk::Widget,
        @implements gtk::Accessible, gtk::Actionable, gtk::Buildable, gtk::ConstraintTarget;
}

impl KeyedRow {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        glib::Object::new()
    }
}

impl Default for KeyedRow {
    fn default() -> Self {
        Self::new()
    }
}
