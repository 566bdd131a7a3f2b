//! From what a user wants to a machine: the order, the plan that is made of it, and what speaks against it. Pure; carried out
//! by `virt::creation`.
//!
//! [`kind`] decides which hypervisor, architecture and machine type; [`HostFacts`] have to be read for that kind. Then
//! [`amounts`] says what is recommended, [`plan`] what will be done, [`problems`] what speaks against it as far as that is
//! known without asking. All three are quick: a page calls them after each keystroke.

mod amounts;
mod kind;
mod order;
mod plan;
mod problem;
pub mod seed;
pub mod unattended;

use std::sync::Arc;

pub use amounts::{Recommended, amounts, suggested_name};
pub use kind::kind;
pub use order::{Account, Container, DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Seed, Source, Unattended};
pub use plan::{Installation, Plan, Planned};
pub use problem::{Problem, Remedy, Weight};

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
    /// What was made for an installation without questions.
    pub answers: Option<&'a Answers>,
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
            answers: None,
        }
    }
}

/// What an installer needs to ask nothing: made by `virt::osinfo` from the database's script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// Drives that the installer reads, gone after the installation.
    pub drives: Vec<AnswerDrive>,
    /// Arguments for the installer's kernel.
    pub arguments: String,
    /// Kernel of the medium, where the installer has to be started directly for the arguments to reach it.
    pub kernel: Option<Arc<[u8]>>,
    /// Its memory disk, with the script inside where the installer wants it there.
    pub initrd: Option<Arc<[u8]>>,
}

/// A small drive with an installer's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerDrive {
    /// `cdrom`, `floppy` or `disk`.
    pub device: &'static str,
    /// Content of the drive.
    pub bytes: Arc<[u8]>,
}
