//! Making a machine: one page that adapts to where it comes from.

use gtk4 as gtk;

use crate::model::key::HostId;
use crate::ui::core::Core;

/// Opens the page over `parent`; `host` is where the machine is to be, if that is known.
pub fn open(_parent: &gtk::Window, _core: &Core, _host: Option<HostId>) {}
