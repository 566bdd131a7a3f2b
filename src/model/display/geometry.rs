//! Where a picture stands in the widget that shows it, and which of its pixels is under the pointer.

use super::wire::{LONGEST_SIDE, MOST_PIXELS};

/// Fit leaves a picture alone that would grow by fewer pixels than this: a guest rounds the size that it is asked for, and a
/// few black pixels are better than a blurred picture.
const SLACK: f64 = 16.0;
/// The least size a guest is asked for.
const LEAST: (u32, u32) = (320, 200);

/// How large a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scaling {
    /// As large as the widget, the proportions kept.
    #[default]
    Fit,
    /// A pixel of the guest is a pixel of the monitor.
    Device,
    /// A pixel of the guest is a pixel of the desktop, which at scale 2 is four of the monitor.
    Logical,
    /// The largest whole number of the monitor's pixels for each of the guest's that fits; at least one.
    Integer,
}

/// The widget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Width in pixels of the desktop.
    pub width: f64,
    /// Height in pixels of the desktop.
    pub height: f64,
    /// Where it begins in its window's surface, in pixels of the desktop.
    pub origin: (f64, f64),
    /// Pixels that are drawn for each of the desktop.
    pub scale: f64,
    /// Pixels of the monitor for each of the desktop. It differs from `scale` where the compositor shrinks what was drawn,
    /// which is how an older GTK gets to fractional scales.
    pub monitor: f64,
}

impl Room {
    /// Size that a guest should have to fill this, in its own pixels: at least 320×200, within the bounds of a surface.
    #[must_use]
    pub fn wanted(&self, scaling: Scaling) -> (u32, u32) {
        let scale = if scaling == Scaling::Logical { 1.0 } else { self.monitor };
        let side = |length: f64, least: u32| ((length * scale + 1e-6).floor() as u32).clamp(least, LONGEST_SIDE);
        let width = side(self.width, LEAST.0);
        let most = u32::try_from(MOST_PIXELS / u64::from(width)).unwrap_or(LONGEST_SIDE);
        (width, side(self.height, LEAST.1).min(most))
    }
}

/// A picture in its room. Sizes are in drawn pixels ([`Room::scale`]) and whole; places of the widget in those of the desktop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    picture: (u32, u32),
    size: (f64, f64),
    at: (f64, f64),
    /// Drawn pixels from the widget's beginning to the next whole one.
    offset: (f64, f64),
    hidden: (f64, f64),
    scale: f64,
}

impl Placement {
    /// Places `picture` (pixels, not empty). `pan` is how much of what does not fit is hidden at the left and the top, in
    /// drawn pixels; it is kept within bounds.
    #[must_use]
    pub fn new(picture: (u32, u32), room: &Room, scaling: Scaling, pan: (f64, f64)) -> Self {
        let picture = (picture.0.max(1), picture.1.max(1));
        let guest = (f64::from(picture.0), f64::from(picture.1));
        let space = (
            (room.width * room.scale + 1e-6).floor().max(1.0),
            (room.height * room.scale + 1e-6).floor().max(1.0),
        );
        let factor = factor(guest, space, room, scaling);
        let size = ((guest.0 * factor).round().max(1.0), (guest.1 * factor).round().max(1.0));
        let hidden = ((size.0 - space.0).max(0.0), (size.1 - space.1).max(0.0));
        let place = |space: f64, size: f64, hidden: f64, pan: f64| {
            if hidden > 0.0 {
                -pan.clamp(0.0, hidden).round()
            } else {
                ((space - size) / 2.0).floor()
            }
        };
        let offset = |origin: f64| {
            let drawn = origin * room.scale;
            let short = drawn.round() - drawn;
            if short.abs() < 1e-3 { 0.0 } else { short }
        };
        Self {
            picture,
            size,
            at: (
                place(space.0, size.0, hidden.0, pan.0),
                place(space.1, size.1, hidden.1, pan.1),
            ),
            offset: (offset(room.origin.0), offset(room.origin.1)),
            hidden,
            scale: room.scale,
        }
    }

    /// Size of the picture.
    #[must_use]
    pub fn picture(&self) -> (u32, u32) {
        self.picture
    }

    /// Size on the screen, in drawn pixels.
    #[must_use]
    pub fn drawn(&self) -> (f64, f64) {
        self.size
    }

    /// Pixels of the desktop per pixel of the guest.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.size.0 / f64::from(self.picture.0) / self.scale
    }

    /// Each pixel of the guest is exactly one that is drawn: nothing needs to be filtered.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.size == (f64::from(self.picture.0), f64::from(self.picture.1))
    }

    /// Each pixel of the guest is a whole number of drawn ones.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.size.0 % f64::from(self.picture.0) == 0.0 && self.size.1 % f64::from(self.picture.1) == 0.0
    }

    /// How much does not fit, in drawn pixels.
    #[must_use]
    pub fn hidden(&self) -> (f64, f64) {
        self.hidden
    }

    /// Place and size in the widget, in pixels of the desktop: x, y, width, height.
    #[must_use]
    pub fn area(&self) -> (f64, f64, f64, f64) {
        (
            (self.at.0 + self.offset.0) / self.scale,
            (self.at.1 + self.offset.1) / self.scale,
            self.size.0 / self.scale,
            self.size.1 / self.scale,
        )
    }

    /// Drawn rows that rows `from..to` of the picture take, counted from the picture's top: whole ones, so that pieces meet
    /// without a seam.
    #[must_use]
    pub fn rows(&self, from: u32, to: u32) -> (f64, f64) {
        let height = f64::from(self.picture.1);
        let row = |y: u32| (f64::from(y.min(self.picture.1)) * self.size.1 / height).round();
        (row(from), row(to))
    }

    /// The pixel of the picture under a place of the widget; beside the picture the nearest one.
    #[must_use]
    pub fn pixel(&self, x: f64, y: f64) -> (u32, u32) {
        let axis = |place: f64, offset: f64, at: f64, size: f64, picture: u32| {
            let pixel = (place * self.scale - offset - at) * f64::from(picture) / size;
            // The sliver against numbers like 0.1 * 3, which must not fall into the pixel before.
            ((pixel + 1e-6).floor().max(0.0) as u32).min(picture - 1)
        };
        (
            axis(x, self.offset.0, self.at.0, self.size.0, self.picture.0),
            axis(y, self.offset.1, self.at.1, self.size.1, self.picture.1),
        )
    }

    /// Whether a place of the widget is on the picture.
    #[must_use]
    pub fn contains(&self, x: f64, y: f64) -> bool {
        let (left, top, width, height) = self.area();
        (left..left + width).contains(&x) && (top..top + height).contains(&y)
    }

    /// Place of the widget where a pixel of the picture begins.
    #[must_use]
    pub fn place(&self, x: u32, y: u32) -> (f64, f64) {
        let (left, top, width, height) = self.area();
        (
            left + f64::from(x) * width / f64::from(self.picture.0),
            top + f64::from(y) * height / f64::from(self.picture.1),
        )
    }
}

/// Drawn pixels per pixel of the guest.
fn factor(guest: (f64, f64), space: (f64, f64), room: &Room, scaling: Scaling) -> f64 {
    let device = room.scale / room.monitor;
    let fit = (space.0 / guest.0).min(space.1 / guest.1);
    match scaling {
        Scaling::Fit => {
            let grows = (fit / device - 1.0) * guest.0.max(guest.1);
            if (0.0..SLACK).contains(&grows) { device } else { fit }
        }
        Scaling::Device => device,
        Scaling::Logical => room.scale,
        Scaling::Integer => (fit / device + 1e-9).floor().max(1.0) * device,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(width: f64, height: f64, scale: f64) -> Room {
        Room {
            width,
            height,
            origin: (0.0, 0.0),
            scale,
            monitor: scale,
        }
    }

    const NO_PAN: (f64, f64) = (0.0, 0.0);

    #[test]
    fn fit_keeps_the_proportions_and_centres() {
        let place = Placement::new((800, 600), &room(1600.0, 600.0, 1.0), Scaling::Fit, NO_PAN);
        assert_eq!(place.area(), (400.0, 0.0, 800.0, 600.0));
        assert!(place.is_exact());
        let place = Placement::new((800, 600), &room(400.0, 600.0, 1.0), Scaling::Fit, NO_PAN);
        assert_eq!(place.area(), (0.0, 150.0, 400.0, 300.0));
        assert!(!place.is_exact());
    }

    #[test]
    fn a_guest_that_rounded_its_size_is_not_blurred() {
        let place = Placement::new((1280, 800), &room(1287.0, 805.0, 1.0), Scaling::Fit, NO_PAN);
        assert!(place.is_exact());
        assert_eq!(place.area(), (3.0, 2.0, 1280.0, 800.0));
        let place = Placement::new((1280, 800), &room(1400.0, 900.0, 1.0), Scaling::Fit, NO_PAN);
        assert!(!place.is_exact());
    }

    #[test]
    fn modes_at_scale_two() {
        let room = room(800.0, 600.0, 2.0);
        let area = |scaling| Placement::new((700, 500), &room, scaling, NO_PAN).area();
        assert_eq!(area(Scaling::Device), (225.0, 175.0, 350.0, 250.0));
        assert_eq!(area(Scaling::Logical), (50.0, 50.0, 700.0, 500.0));
        assert_eq!(area(Scaling::Integer), (50.0, 50.0, 700.0, 500.0));
        let small = Placement::new((100, 100), &room, Scaling::Integer, NO_PAN);
        assert_eq!(small.drawn(), (1200.0, 1200.0));
        assert!(small.is_whole());
        let large = Placement::new((1601, 100), &room, Scaling::Integer, NO_PAN);
        assert!(large.is_exact(), "too large is drawn 1:1, not shrunk");
    }

    #[test]
    fn a_compositor_that_shrinks_is_reckoned_with() {
        let room = Room {
            monitor: 1.5,
            ..room(800.0, 600.0, 2.0)
        };
        assert_eq!(room.wanted(Scaling::Fit), (1200, 900));
        assert_eq!(room.wanted(Scaling::Logical), (800, 600));
        let place = Placement::new((1200, 900), &room, Scaling::Device, NO_PAN);
        assert_eq!(place.area(), (0.0, 0.0, 800.0, 600.0));
    }

    #[test]
    fn wanted_sizes_are_bounded() {
        assert_eq!(room(10.0, 10.0, 1.0).wanted(Scaling::Fit), (320, 200));
        let (width, height) = room(1e9, 1e9, 2.0).wanted(Scaling::Fit);
        assert!(u64::from(width) * u64::from(height) <= MOST_PIXELS);
        assert_eq!(room(1000.0, 700.0, 1.25).wanted(Scaling::Device), (1250, 875));
        assert_eq!(room(f64::NAN, 700.0, 1.0).wanted(Scaling::Fit).0, 320);
    }

    #[test]
    fn every_corner_is_reached_exactly() {
        for scale in [1.0, 1.25, 1.5, 1.75, 2.0, 3.0] {
            for scaling in [Scaling::Fit, Scaling::Device, Scaling::Logical, Scaling::Integer] {
                for picture in [(640, 480), (1023, 767), (1, 1), (3, 7)] {
                    let place = Placement::new(picture, &room(2000.0, 1500.0, scale), scaling, NO_PAN);
                    let (x, y, width, height) = place.area();
                    assert_eq!(place.pixel(x, y), (0, 0), "{scale} {scaling:?} {picture:?}");
                    let last = (picture.0 - 1, picture.1 - 1);
                    let edge = 0.4 / scale;
                    assert_eq!(place.pixel(x + width - edge, y + height - edge), last);
                    assert_eq!(place.pixel(x + width + 50.0, y + height + 50.0), last);
                    assert_eq!(place.pixel(-1e9, -1e9), (0, 0));
                    assert!(place.contains(x, y) && !place.contains(x + width, y + height));
                }
            }
        }
    }

    #[test]
    fn a_place_leads_back_to_its_pixel() {
        for scale in [1.0, 1.5, 2.0] {
            let place = Placement::new((1024, 768), &room(777.0, 555.0, scale), Scaling::Fit, NO_PAN);
            for (x, y) in [(0, 0), (1, 1), (511, 383), (1023, 767)] {
                let (left, top) = place.place(x, y);
                assert_eq!(place.pixel(left, top), (x, y));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_panned_within_bounds() {
        let room = room(400.0, 300.0, 2.0);
        let at = |pan| Placement::new((1000, 500), &room, Scaling::Device, pan);
        assert_eq!(at(NO_PAN).hidden(), (200.0, 0.0));
        assert_eq!(at(NO_PAN).area(), (0.0, 25.0, 500.0, 250.0));
        assert_eq!(at((50.0, 50.0)).area(), (-25.0, 25.0, 500.0, 250.0));
        assert_eq!(at((1e9, 0.0)).pixel(399.9, 30.0).0, 999);
        assert_eq!(at((-5.0, 0.0)).area().0, 0.0);
    }

    #[test]
    fn pieces_meet_without_a_seam() {
        let place = Placement::new((1280, 800), &room(1000.0, 700.0, 1.25), Scaling::Fit, NO_PAN);
        let mut before = 0.0;
        for strip in 0..13 {
            let (top, bottom) = place.rows(strip * 64, (strip + 1) * 64);
            assert_eq!(top, before);
            assert_eq!(bottom.fract(), 0.0);
            before = bottom;
        }
        assert_eq!(before, place.drawn().1);
    }

    #[test]
    fn a_widget_between_two_pixels_draws_on_whole_ones() {
        let room = Room {
            origin: (10.3, 0.0),
            ..room(800.0, 600.0, 1.5)
        };
        let place = Placement::new((800, 600), &room, Scaling::Device, NO_PAN);
        let first = (10.3 + place.area().0) * 1.5;
        assert!((first - first.round()).abs() < 1e-6, "{first}");
    }
}
