//! Graphical consoles as plain values: what a display says and takes ([`wire`]), which way leads to it ([`plan`]), why it was
//! not reached ([`cause`]), where its picture stands in a widget ([`geometry`]), what is held down there ([`pressed`]), what
//! lets it go ([`chord`]) and how far a wheel has turned ([`wheel`]); keys that nobody presses ([`keys`]); and where
//! another program finds it ([`viewer`]). Pictures that a host takes of a screen are in [`image`].

pub mod cause;
pub mod chord;
pub mod geometry;
pub mod image;
pub mod keys;
pub mod plan;
pub mod pressed;
pub mod viewer;
pub mod wheel;
pub mod wire;
