//! XML on screen: what changes in a definition.

pub mod diff;
