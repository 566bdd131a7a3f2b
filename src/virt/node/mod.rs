//! What a host says of itself, its load and its devices. All calls block.

mod about;
mod device;
mod load;
mod local;
mod uses;

pub(crate) use about::{about, alloc_pages, capabilities_xml};
pub(crate) use device::{call, define, devices, make};
pub(crate) use load::load;
pub use local::look;
pub use uses::uses;
