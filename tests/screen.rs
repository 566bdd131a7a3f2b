//! The screen of a machine as a widget, with a picture of the test's own: what is drawn and what it costs, what keys, pointer
//! and wheel become. Needs a display (`scripts/headless cargo test --test screen`).

mod support;

#[path = "screen/desk.rs"]
mod desk;
#[path = "screen/drawing.rs"]
mod drawing;
#[path = "screen/keys.rs"]
mod keys;
#[path = "screen/pointer.rs"]
mod pointer;
#[path = "screen/through.rs"]
mod through;
#[path = "screen/wayland.rs"]
mod wayland;
