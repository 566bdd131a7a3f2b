//! The hardware of a machine as pages of rows: what a form shows of a definition, and what each row changes in it.
//!
//! A page is data: [`Row`]s with a value, the values that can be chosen, and the edit that writes one into the definition.
//! Nothing here draws. A page is made anew from the definition after each edit; a [`Draft`] holds the definition that the
//! user works on, beside the one that the host has.

mod add;
pub mod apply;
mod draft;
mod page;
pub mod plan;
mod row;
pub mod size;

pub use add::{Addition, additions};
pub use draft::Draft;
pub use page::{Context, Entry, Group, Page, PageId, entries, page};
pub use row::{Button, Choice, Column, Control, Edit, HostSetting, OrderItem, PathKind, Row, Value};
