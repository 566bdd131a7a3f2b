//! The main window: hosts and tags on the left, the live list of machines, tabs for those that were opened.

mod bulk;
mod cell;
pub mod column;
mod fill;
pub mod grid;
mod header;
mod heading;
mod host_actions;
pub mod list;
pub mod list_model;
mod memory;
mod menu;
mod mode;
mod page;
pub mod row;
mod saved;
mod sidebar;
mod standing;
mod status;
pub mod strip;
pub mod tabs;
pub(crate) mod tagging;
mod width;
pub mod window;
mod windows;
