//! Round numbers for axes. Pure.

use crate::i18n::{tr, tr_f};
use crate::ui::format;

/// What the values of a graph are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// A share of one, shown as percent; the axis always ends at 100 %.
    #[default]
    Share,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    Rate,
}

impl Unit {
    /// A value in words, as precise as people want it.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Share => format::percent(value),
            Self::Bytes => format::bytes(value),
            Self::Rate => format::rate(value),
        }
    }

    /// A value at the axis.
    pub(super) fn axis_text(self, value: f64) -> String {
        match self {
            Self::Share => format::percent(value),
            Self::Bytes => format::axis_bytes(value),
            Self::Rate => format::axis_rate(value),
        }
    }

    /// The end of an axis that holds values up to `largest`: 100 %, or a power of two so that its quarters are round.
    pub(super) fn top(self, largest: f64) -> f64 {
        match self {
            Self::Share => 1.0,
            Self::Bytes | Self::Rate => {
                // Idle chatter must not look like load.
                let mut top = 65_536.0;
                while top < largest && top < 1e18 {
                    top *= 2.0;
                }
                top
            }
        }
    }
}

/// Steps of the time axis in seconds.
const TIME_STEPS: [u32; 14] = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/// Ages in seconds at which a time axis of `span` seconds is marked, now (0) first; at most `most` of them besides now.
pub(super) fn ages(span: f64, most: usize) -> Vec<f64> {
    let most = most.max(1) as f64;
    // "210 s" beside "4 min" is no axis that reads itself.
    let least = if span > 120.0 { 60.0 } else { 0.0 };
    let step = TIME_STEPS
        .iter()
        .map(|step| f64::from(*step))
        .filter(|step| *step >= least)
        .find(|step| span / step <= most)
        .unwrap_or(span / most)
        .max(1.0);
    let count = (span / step + 1e-6).floor().min(100.0) as usize;
    (0..=count).map(|index| index as f64 * step).collect()
}

/// An age at the time axis: "now", "30 s", "5 min", "1 h".
pub(super) fn age_text(age: f64) -> String {
    let seconds = age.round().max(0.0) as u64;
    let number = |n: u64| n.to_string();
    match seconds {
        0 => tr("now"),
        _ if seconds.is_multiple_of(3600) => tr_f("{n} h", &[("n", &number(seconds / 3600))]),
        _ if seconds.is_multiple_of(60) => tr_f("{n} min", &[("n", &number(seconds / 60))]),
        _ => tr_f("{n} s", &[("n", &number(seconds))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_ends_at_a_power_of_two_that_holds_the_largest_value() {
        assert_eq!(Unit::Rate.top(0.0), 65_536.0);
        assert_eq!(Unit::Rate.top(100_000.0), 131_072.0);
        assert_eq!(Unit::Bytes.top(131_072.0), 131_072.0);
        assert_eq!(Unit::Share.top(7.0), 1.0);
        assert!(Unit::Rate.top(f64::INFINITY).is_finite());
        assert_eq!(Unit::Rate.top(f64::NAN), 65_536.0);
    }

    #[test]
    fn time_marks_are_round_and_few() {
        assert_eq!(ages(300.0, 5), vec![0.0, 60.0, 120.0, 180.0, 240.0, 300.0]);
        assert_eq!(ages(300.0, 11), ages(300.0, 5), "seconds among minutes");
        assert_eq!(ages(60.0, 4), vec![0.0, 15.0, 30.0, 45.0, 60.0]);
        assert_eq!(ages(3600.0, 4), vec![0.0, 900.0, 1800.0, 2700.0, 3600.0]);
        assert!(ages(1e9, 4).len() <= 5);
        assert_eq!(ages(0.0, 4), vec![0.0]);
    }

    #[test]
    fn ages_read_like_times() {
        assert_eq!(age_text(0.0), "now");
        assert_eq!(age_text(30.0), "30 s");
        assert_eq!(age_text(300.0), "5 min");
        assert_eq!(age_text(7200.0), "2 h");
    }
}
