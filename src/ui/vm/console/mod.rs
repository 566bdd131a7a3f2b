//! The consoles of a machine.

pub mod screen;
pub mod text;
