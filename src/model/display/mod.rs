//! Graphical consoles as plain values: what a display says and takes ([`wire`]), where its picture stands in a widget
//! ([`geometry`]), what is held down there ([`pressed`]), what lets it go ([`chord`]) and how far a wheel has turned ([`wheel`]).

pub mod chord;
pub mod geometry;
pub mod pressed;
pub mod wheel;
pub mod wire;
