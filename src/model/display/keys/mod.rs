//! Keys that are sent without being pressed: combinations, macros of the user's own, and whole texts.
//!
//! Everything here is a value. What is sent in the end are places of keys ([`Request::Key`], Linux input event codes), so that
//! the guest's own layout decides what they mean, as it does with a keyboard.
//!
//! [`Request::Key`]: super::wire::Request::Key

mod accent;
mod catalog;
mod combination;
mod key;
mod layout;
mod macros;
mod recording;
mod script;
mod typist;

pub use catalog::{Entry, Section, catalog};
pub use combination::{Combination, MOST_KEYS, WrongCombination};
pub use key::Key;
pub use layout::{Layout, Layouts};
pub use macros::{LONGEST_NAME, MOST_MACROS, MOST_STEPS, Macro};
pub use recording::Recording;
pub use script::Script;
pub use typist::{Stroke, Typist, WrongLayout};
