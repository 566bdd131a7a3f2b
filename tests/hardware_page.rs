//! The Hardware page of a machine's tab: edits gather, are applied, clash, are refused, and nothing is lost on the way.
//! Needs a display (`scripts/headless cargo test --test hardware_page`).

mod support;

#[path = "machine_tab/desk.rs"]
#[allow(dead_code, reason = "each test program uses its own part of it")]
mod desk;
#[path = "hardware_page/form.rs"]
mod form;

#[path = "hardware_page/adding.rs"]
mod adding;
#[path = "hardware_page/clash.rs"]
mod clash;
#[path = "hardware_page/editing.rs"]
mod editing;
#[path = "hardware_page/odd.rs"]
mod odd;
#[path = "hardware_page/running.rs"]
mod running;
#[path = "hardware_page/world.rs"]
mod world;
