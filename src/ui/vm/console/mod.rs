//! The consoles of a machine.

pub mod screen;
pub mod send_key;
pub mod text;
