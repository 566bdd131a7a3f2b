//! Adding, changing and removing hosts.

mod color;
mod draft;

use gtk4 as gtk;
use gtk4::prelude::*;

pub use color::{patch, rgba};

use crate::model::key::HostId;
use crate::ui::core::Core;

/// Opens the dialog for a new host; on *Add* it is put into the core, saved, and connected.
pub fn add(parent: &impl IsA<gtk::Widget>, core: &Core) {
    let _ = (parent, core);
}

/// Opens the dialog for a known host.
pub fn edit(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) {
    let _ = (parent, core, host);
}

/// Asks whether to forget a host, and does so: stored passwords go, too. Machines there are not touched.
pub async fn confirm_remove(parent: &impl IsA<gtk::Widget>, core: &Core, host: HostId) -> bool {
    let _ = (parent, core, host);
    false
}

/// For a URI that the user did not type this minute (command line, another program, imported settings): true at once when
/// it carries no risk, otherwise shows it in full with what each risky part does, and asks.
pub async fn confirm_uri(parent: &impl IsA<gtk::Widget>, uri: &str) -> bool {
    let _ = (parent, uri);
    false
}
