//! Fixed ring buffers of samples, and rates made from counters.

/// How many samples a sparkline keeps.
pub const SPARKLINE_SAMPLES: usize = 60;

const UNKNOWN: u16 = u16::MAX;

/// A short, compact series of shares between 0 and 1, for a cell of the list. 124 bytes, whatever happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sparkline {
    samples: [u16; SPARKLINE_SAMPLES],
    next: u8,
    /// How many of the newest samples are the same; saturates at the capacity.
    same: u8,
}

impl Default for Sparkline {
    fn default() -> Self {
        Self {
            samples: [UNKNOWN; SPARKLINE_SAMPLES],
            next: 0,
            same: SPARKLINE_SAMPLES as u8,
        }
    }
}

impl Sparkline {
    /// Adds a share (clamped to 0..=1), or a gap. Returns whether the picture changed.
    pub fn push(&mut self, share: Option<f32>) -> bool {
        let value = match share {
            Some(share) if share.is_finite() => (share.clamp(0.0, 1.0) * f32::from(UNKNOWN - 1)).round() as u16,
            _ => UNKNOWN,
        };
        let newest = (usize::from(self.next) + SPARKLINE_SAMPLES - 1) % SPARKLINE_SAMPLES;
        let uniform = usize::from(self.same) == SPARKLINE_SAMPLES;
        let repeats = self.samples[newest] == value;
        self.same = if !repeats {
            1
        } else if uniform {
            self.same
        } else {
            self.same + 1
        };
        self.samples[usize::from(self.next)] = value;
        self.next = ((usize::from(self.next) + 1) % SPARKLINE_SAMPLES) as u8;
        !(uniform && repeats)
    }

    /// All samples, oldest first; `None` is a gap. Always [`SPARKLINE_SAMPLES`] of them.
    pub fn iter(&self) -> impl Iterator<Item = Option<f32>> + '_ {
        (0..SPARKLINE_SAMPLES).map(|offset| {
            let value = self.samples[(usize::from(self.next) + offset) % SPARKLINE_SAMPLES];
            (value != UNKNOWN).then(|| f32::from(value) / f32::from(UNKNOWN - 1))
        })
    }

    /// Whether no sample is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.iter().all(|value| *value == UNKNOWN)
    }
}

/// A ring of the newest `capacity` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring<T> {
    values: Vec<T>,
    capacity: usize,
    next: usize,
}

impl<T: Copy> Ring<T> {
    /// A ring for `capacity` values (at least one); memory grows only up to that.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            values: Vec::new(),
            capacity: capacity.max(1),
            next: 0,
        }
    }

    /// Adds a value; the oldest falls out of a full ring.
    pub fn push(&mut self, value: T) {
        if self.values.len() < self.capacity {
            if self.values.len() == self.values.capacity() {
                let room = self.values.capacity().max(16).min(self.capacity - self.values.len());
                self.values.reserve_exact(room);
            }
            self.values.push(value);
        } else {
            self.values[self.next] = value;
            self.next = (self.next + 1) % self.capacity;
        }
    }

    /// All values, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator + '_ {
        let length = self.values.len();
        (0..length).map(move |offset| self.values[(self.next + offset) % length])
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The newest value.
    #[must_use]
    pub fn last(&self) -> Option<T> {
        self.iter().next_back()
    }
}

/// Units a second between two readings of a counter; `None` when one is unknown, the counter went backwards (a reset) or
/// no time passed.
#[must_use]
pub fn rate(before: Option<u64>, now: Option<u64>, elapsed_ns: u64) -> Option<f64> {
    let difference = now?.checked_sub(before?)?;
    (elapsed_ns > 0).then(|| difference as f64 * 1e9 / elapsed_ns as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparkline_keeps_the_newest_in_order_and_gaps_as_gaps() {
        let mut line = Sparkline::default();
        assert!(line.is_empty());
        for step in 0..100 {
            line.push((step % 10 != 0).then_some(step as f32 / 100.0));
        }
        let samples: Vec<_> = line.iter().collect();
        assert_eq!(samples.len(), SPARKLINE_SAMPLES);
        assert_eq!(samples[0], None, "40 is a gap");
        assert!((samples[59].unwrap() - 0.99).abs() < 1e-4);
        assert!((samples[1].unwrap() - 0.41).abs() < 1e-4);
    }

    #[test]
    fn sparkline_of_an_idle_machine_is_not_drawn_again() {
        let mut line = Sparkline::default();
        assert!(!line.push(None), "nothing known, nothing to draw");
        for _ in 0..SPARKLINE_SAMPLES {
            assert!(line.push(Some(0.0)), "still moves in from the right");
        }
        assert!(!line.push(Some(0.0)));
        assert!(line.push(Some(0.5)));
        for _ in 0..SPARKLINE_SAMPLES {
            assert!(line.push(Some(0.0)), "the peak moves");
        }
        assert!(!line.push(Some(0.0)));
    }

    #[test]
    fn hostile_shares_stay_in_range() {
        let mut line = Sparkline::default();
        for share in [f32::NAN, f32::INFINITY, -3.0, 7.0] {
            line.push(Some(share));
        }
        let last: Vec<_> = line.iter().skip(SPARKLINE_SAMPLES - 4).collect();
        assert_eq!(last, [None, None, Some(0.0), Some(1.0)]);
    }

    #[test]
    fn ring_never_grows_beyond_its_capacity() {
        let mut ring = Ring::new(5);
        for value in 0..1000 {
            ring.push(value);
        }
        assert_eq!(ring.iter().collect::<Vec<_>>(), [995, 996, 997, 998, 999]);
        assert_eq!(ring.last(), Some(999));
        assert!(ring.values.capacity() <= 16);
    }

    #[test]
    fn rates_of_broken_counters_are_unknown_and_not_negative_or_endless() {
        assert_eq!(rate(Some(100), Some(300), 2_000_000_000), Some(100.0));
        assert_eq!(rate(Some(300), Some(100), 2_000_000_000), None);
        assert_eq!(rate(Some(1), Some(2), 0), None);
        assert_eq!(rate(None, Some(2), 1), None);
        assert_eq!(rate(Some(2), None, 1), None);
    }
}
