//! From what a user wants to a machine: the order, the plan that is made of it, and what speaks against it. Pure; carried out
//! by `virt::creation`.
//!
//! [`kind`] decides which hypervisor, architecture and machine type; [`HostFacts`] have to be read for that kind. Then
//! [`amounts`] says what is recommended, [`plan`] what will be done, [`problems`] what speaks against it as far as that is
//! known without asking. All three are quick: a page calls them after each keystroke.

mod amounts;
mod check;
mod files;
mod image;
mod installation;
mod kind;
mod order;
mod plan;
mod planning;
mod problem;
mod reads;
mod recipe;
pub mod seed;
pub mod sheet;
mod space;
pub mod tree;
pub mod unattended;

pub use amounts::{Recommended, amounts, suggested_name};
pub use check::{problems, taken};
pub use files::volume_path;
pub use image::{no_room_text, packed_text, unpacked_name};
pub use installation::{Installation, NAMESPACE as INSTALLATION_URI, PREFIX as INSTALLATION_KEY};
pub use kind::kind;
pub use order::{Account, Container, DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Seed, Source, Unattended};
pub use plan::{Plan, Planned};
pub use planning::plan;
pub use problem::{Problem, Remedy, Weight};
pub use reads::{Course, Reads};
pub use recipe::usual_network;

use crate::model::facts::{HostFacts, Volumes};
use crate::model::os::{Os, Recognised};

/// What is known around an order.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The host, read for the [`kind`] of the order.
    pub facts: &'a HostFacts,
    /// The operating system of the order.
    pub os: Option<&'a Os>,
    /// What the medium or tree was recognised as.
    pub recognised: Option<&'a Recognised>,
    /// The volumes of the host, so that new ones get free names.
    pub volumes: Option<&'a Volumes>,
    /// Names of the machines of the host.
    pub machines: &'a [String],
    /// The script of an installation without questions.
    pub prepared: Option<&'a unattended::Prepared>,
}

impl<'a> Surroundings<'a> {
    /// Nothing known but the host.
    #[must_use]
    pub fn new(facts: &'a HostFacts) -> Self {
        Self {
            facts,
            os: None,
            recognised: None,
            volumes: None,
            machines: &[],
            prepared: None,
        }
    }
}
