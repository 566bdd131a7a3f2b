//! Widgets that know nothing of machines: they show numbers and texts that they are given.

mod card;
mod meter;
mod naming;
mod palette;
mod plain;
mod plot;
mod sparkline;
mod spinner;
mod state_badge;
mod tick;
mod tip;
mod two_lines;

pub use card::GraphCard;
pub use meter::{Meter, draw as draw_meter};
pub use naming::{hide_pictures, name_lists, name_once};
pub use palette::Palette;
pub use plain::plain_row;
pub use plot::{Legend, Plot, PlotPoint, PlotSeries, Unit};
pub use sparkline::draw as draw_sparkline;
pub use spinner::spinner;
pub use state_badge::StateBadge;
pub use tick::tick_row;
pub use tip::{Tip, set_tip};
pub use two_lines::TwoLines;
