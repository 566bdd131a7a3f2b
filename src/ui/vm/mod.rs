//! A machine's tab: console and overview.

mod banner;
pub mod console;
