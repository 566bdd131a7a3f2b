//! From what a user wants to a machine: the order, the plan that is made of it, and what speaks against it. Pure; carried out
//! by `virt::creation`.

mod order;
mod plan;
mod problem;
pub mod seed;
pub mod unattended;

pub use order::{Account, Container, DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Seed, Source, Unattended};
pub use plan::{Plan, Planned};
pub use problem::{Problem, Remedy, Weight};
