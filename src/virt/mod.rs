//! Everything that talks to libvirt, and the only place with `unsafe`. Speaks to the rest in [`crate::model`] values.

pub mod askpass;
mod auth;
pub mod bridge;
mod certificate;
pub mod client;
mod clock;
pub(crate) mod connection;
mod definition;
mod deletion;
pub mod display;
mod domain;
pub(crate) mod error;
pub(crate) mod event;
pub mod event_loop;
pub(crate) mod facts;
pub(crate) mod handle;
pub mod journal;
pub(crate) mod lane;
pub(crate) mod params;
pub(crate) mod polling;
pub mod process;
mod screenshot;
pub(crate) mod session;
pub(crate) mod ssh;
pub(crate) mod stats;
pub(crate) mod stream;
mod sys;
