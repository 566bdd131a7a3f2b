//! Making a machine: one page that adapts to where it comes from.
//!
//! What is chosen and typed is a [`Sheet`](crate::model::creation::sheet::Sheet); its rows are data, shown by the form of the
//! Hardware pages. The page opens with nothing known and fills while the host answers.

mod asking;
mod carrying;
mod desk;
mod drop;
mod foot;
mod page;
mod preview;
mod reading;
mod remedy;
mod script;
mod system;
mod tiles;
mod view;
mod world;

use std::path::{Path, PathBuf};

use gtk4 as gtk;
use gtk4::prelude::*;

use self::page::CreatePage;
use crate::model::key::HostId;
use crate::ui::conversion;
use crate::ui::core::Core;

/// Opens the page over `parent`; `host` is where the machine is to be, if that is known.
pub fn open(parent: &gtk::Window, core: &Core, host: Option<HostId>) {
    CreatePage::open(parent, core, host);
}

/// The same, beginning with a file of this computer.
pub fn open_file(parent: &gtk::Window, core: &Core, host: Option<HostId>, file: &Path) {
    if conversion::is_appliance(file) {
        conversion::import_file(parent, core, host, file);
    } else {
        CreatePage::open(parent, core, host).take_file(file);
    }
}

/// Lets `widget` take files that a machine can begin with.
pub fn accept_files(widget: &impl IsA<gtk::Widget>, taken: impl Fn(&Path) + 'static) {
    drop::accept(widget, move |file: PathBuf| {
        taken(&file);
        true
    });
}
