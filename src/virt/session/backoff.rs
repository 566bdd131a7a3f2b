//! The wait between two attempts to connect.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// 1, 2, 4 … 60 seconds, each up to a tenth longer or shorter so that many clients of one host don't come all at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait; `chance` is any number.
    pub(super) fn next(&mut self, chance: u8) -> Duration {
        let base = FIRST.saturating_mul(2u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1).min(16);
        base.mul_f64(0.9 + 0.2 * f64::from(chance) / 255.0)
    }

    /// The host was there for a while: begin at the first wait again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_minute_and_begin_anew_after_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(127).as_secs_f64().round() as u64).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert!(backoff.next(255) <= Duration::from_millis(1100));
        assert!(Backoff::default().next(0) >= Duration::from_millis(900));
    }
}
