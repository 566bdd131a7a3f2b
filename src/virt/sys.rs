//! The one place that names the raw bindings. Functions newer than libvirt 9.0 must not be used here.

pub use virt_sys::*;
