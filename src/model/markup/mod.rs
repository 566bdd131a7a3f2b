//! XML while it is typed: read without demanding that it is sound. For editors.
//!
//! What a definition says is read with [`crate::model::xml`]. Here a text may be unfinished anywhere: what can be told of it is
//! told, in one pass and without recursion.

mod diff;
mod fold;
mod ink;
mod manuscript;
mod part;
mod place;
mod secret;
mod token;
mod veil;
mod words;

pub use diff::{Comparison, Line, Row, compare};
pub use fold::{Fold, folds};
pub use ink::{Ink, inks};
pub use manuscript::Manuscript;
pub use part::{Part, devices, spoken};
pub use place::{Place, Spot, Step, closes_later, innermost, place};
pub use secret::{masked, secrets};
pub use token::{Attribute, Kind, Token, attributes, tokens};
pub use veil::Veil;
pub use words::Words;
