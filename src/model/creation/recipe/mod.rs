//! The definition of a machine as a specialist would write it for this host, system and hypervisor.
//!
//! What to prefer is data: lists of values, best first, by board and system. What the host offers decides which of them is
//! taken (`model::facts::choices`, made of its domain capabilities).

mod board;
mod container;
mod device;
mod drive;
mod guest;
mod machine;
mod page;
#[cfg(test)]
mod tests;

pub use device::usual_network;
pub(super) use drive::Drive;
pub(super) use guest::Guest;
pub(super) use machine::{Machine, definition};

use crate::model::facts::Choice;

/// The first of `preferred` that can be used; `None` where none can.
fn pick(choices: &[Choice], preferred: &[&'static str]) -> Option<&'static str> {
    let usable = |value: &&&str| {
        choices
            .iter()
            .any(|choice| choice.value == ***value && choice.is_usable())
    };
    preferred.iter().find(usable).copied()
}
