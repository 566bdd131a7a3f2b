//! The consoles of a machine.

pub mod text;
