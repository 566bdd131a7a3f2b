//! Machines that come from elsewhere, and machines that go there.

mod export;
mod form;
mod import;

pub use export::ask as export;
pub use import::{choose as import, is_appliance, open as import_file};
