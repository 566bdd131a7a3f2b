//! Everything that talks to libvirt, and the only place with `unsafe`. Speaks to the rest in [`crate::model`] values.

pub mod bridge;
pub mod client;
pub(crate) mod error;
pub(crate) mod event;
pub mod event_loop;
pub(crate) mod handle;
mod sys;
