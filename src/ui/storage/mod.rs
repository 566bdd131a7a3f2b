//! Storage pools and volumes of a host.

pub mod chooser;
mod clone_volume;
mod delete_volumes;
mod details;
mod drag;
pub mod dragged;
mod new_pool;
mod new_pool_rows;
mod new_volume;
mod page;
mod pane;
mod pool_actions;
mod pool_input;
mod pools;
mod reading;
mod rename_pool;
mod resize;
mod sheet;
mod transfer;
mod volume_actions;
pub mod volumes;
mod waiting;
mod wipe;

use gtk4 as gtk;
use gtk4::prelude::*;

use self::page::StoragePage;
use crate::model::key::HostId;
use crate::ui::core::Core;

/// The page of a host's tab.
#[must_use]
pub fn page(core: &Core, host: HostId) -> gtk::Widget {
    StoragePage::new(core, host).widget().clone().upcast()
}
