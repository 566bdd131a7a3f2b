//! A wheel that turns smoothly, in the notches that a guest knows.

use super::wire::Wheel;

/// Way of a finger on a touchpad or a screen, in pixels of the desktop, that counts as a notch.
pub const FINGER_NOTCH: f64 = 15.0;
/// Notches of one event at most: a broken device must not flood the guest.
const MOST: f64 = 24.0;

/// What of a notch is left over, in both directions.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Turned {
    right: f64,
    down: f64,
}

impl Turned {
    /// Adds a movement in notches; returns the whole ones. Turning back begins anew.
    pub fn turn(&mut self, right: f64, down: f64) -> impl Iterator<Item = Wheel> + use<> {
        let down = take(&mut self.down, down);
        let right = take(&mut self.right, right);
        let repeat = |count: i32, forth, back| {
            std::iter::repeat_n(if count > 0 { forth } else { back }, count.unsigned_abs() as usize)
        };
        repeat(down, Wheel::Down, Wheel::Up).chain(repeat(right, Wheel::Right, Wheel::Left))
    }

    /// The finger was lifted or the pointer left.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

fn take(rest: &mut f64, turned: f64) -> i32 {
    if !turned.is_finite() {
        return 0;
    }
    if *rest * turned < 0.0 {
        *rest = 0.0;
    }
    let sum = (*rest + turned).clamp(-MOST, MOST);
    // Ten tenths are a notch.
    let whole = (sum + 1e-6 * sum.signum()).trunc();
    *rest = sum - whole;
    whole as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_add_up_to_notches() {
        let mut turned = Turned::default();
        let notches: Vec<Wheel> = (0..20).flat_map(|_| turned.turn(0.0, 0.1)).collect();
        assert_eq!(notches, [Wheel::Down, Wheel::Down]);
    }

    #[test]
    fn directions_are_apart() {
        let mut turned = Turned::default();
        let notches: Vec<Wheel> = turned.turn(-2.5, 1.0).collect();
        assert_eq!(notches, [Wheel::Down, Wheel::Left, Wheel::Left]);
        assert_eq!(turned.turn(-0.5, -1.0).collect::<Vec<_>>(), [Wheel::Up, Wheel::Left]);
    }

    #[test]
    fn turning_back_does_not_pay_for_what_was_left_over() {
        let mut turned = Turned::default();
        assert_eq!(turned.turn(0.0, 0.9).count(), 0);
        assert_eq!(turned.turn(0.0, -0.9).count(), 0);
        assert_eq!(turned.turn(0.0, -0.1).collect::<Vec<_>>(), [Wheel::Up]);
    }

    #[test]
    fn a_mad_device_is_bounded() {
        let mut turned = Turned::default();
        assert_eq!(turned.turn(0.0, f64::MAX).count(), 24);
        assert_eq!(turned.turn(f64::NAN, f64::INFINITY).count(), 0);
    }
}
