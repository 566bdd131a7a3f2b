//! The widget itself.

use std::cell::Cell;

use gtk4 as gtk;
use gtk4::subclass::prelude::*;

/// Who gets the keys while the screen has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// The window: Tab leads on, Enter begins.
    #[default]
    Resting,
    /// The guest, except for shortcuts of the window.
    Typing,
    /// The guest.
    Held,
}

#[derive(Default)]
pub struct Screen {
    stage: Cell<Stage>,
}

#[glib::object_subclass]
impl ObjectSubclass for Screen {
    const NAME: &'static str = "VireoScreen";
    type Type = super::Screen;
    type ParentType = gtk::Widget;

    fn class_init(class: &mut Self::Class) {
        class.set_css_name("screen");
        class.set_accessible_role(gtk::AccessibleRole::Img);
    }
}

impl ObjectImpl for Screen {}

impl WidgetImpl for Screen {}

impl Screen {
    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }
}
