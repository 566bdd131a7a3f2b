//! Storage pools and volumes of a host.

pub mod chooser;

use gtk4 as gtk;
use gtk4::prelude::*;

use crate::model::key::HostId;
use crate::ui::core::Core;

/// The page of a host's tab.
#[must_use]
pub fn page(_core: &Core, _host: HostId) -> gtk::Widget {
    gtk::Box::new(gtk::Orientation::Vertical, 0).upcast()
}
