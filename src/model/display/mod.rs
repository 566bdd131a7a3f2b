//! Graphical consoles as plain values: what a display says and takes ([`wire`]).

pub mod wire;
