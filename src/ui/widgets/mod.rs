//! Widgets that know nothing of machines: they show numbers and texts that they are given.

mod meter;
mod palette;
mod sparkline;
mod state_badge;

pub use meter::Meter;
pub use palette::Palette;
pub use sparkline::Sparkline;
pub use state_badge::{Severity, StateBadge};
