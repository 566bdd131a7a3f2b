//! The fields of a machine and of each kind of device, by the element that they belong to.
//!
//! Fields of [`general`], [`cpu`] and the like are relative to `<domain>`, those of devices to the device's element.

/// The attribute that holds a password, on whatever element: never shown unasked.
pub const PASSWORD: &str = "passwd";

mod machine;
mod net;
mod storage;

pub use machine::{cpu, general};
pub use net::interface;
pub use storage::disk;
