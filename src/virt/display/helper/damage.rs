//! Parts of a surface that have changed.

use crate::wire::{MOST_RECTS, Rect};

/// A set of rectangles, at most [`MOST_RECTS`]; beyond, their bounds.
#[derive(Debug, Default)]
pub struct Damage(Vec<Rect>);

fn contains(outer: &Rect, inner: &Rect) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

fn bounds(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Rect {
        x,
        y,
        width: (a.x + a.width).max(b.x + b.width) - x,
        height: (a.y + a.height).max(b.y + b.height) - y,
    }
}

/// They fill their bounds, so that one rectangle says as much.
fn joins(a: &Rect, b: &Rect) -> bool {
    let rows = a.y == b.y && a.height == b.height && a.x <= b.x + b.width && b.x <= a.x + a.width;
    let columns = a.x == b.x && a.width == b.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
    rows || columns
}

impl Damage {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a part, clipped to a surface of this size.
    pub fn add(&mut self, rect: Rect, width: u32, height: u32) {
        let (x, y) = (rect.x.min(width), rect.y.min(height));
        let mut rect = Rect {
            x,
            y,
            width: rect.width.min(width - x),
            height: rect.height.min(height - y),
        };
        if rect.width == 0 || rect.height == 0 || self.0.iter().any(|old| contains(old, &rect)) {
            return;
        }
        self.0.retain(|old| !contains(&rect, old));
        // Strips and tiles come one after the other.
        while let Some(at) = self.0.iter().position(|old| joins(old, &rect)) {
            rect = bounds(self.0.swap_remove(at), rect);
        }
        self.0.push(rect);
        if self.0.len() > MOST_RECTS {
            let all = self.0.drain(..).reduce(bounds);
            self.0.extend(all);
        }
    }

    pub fn take(&mut self) -> Vec<Rect> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn neighbours_become_one() {
        let mut damage = Damage::default();
        for y in (0..800).step_by(64) {
            for x in (0..1280).step_by(64) {
                damage.add(rect(x, y, 64, 64), 1280, 800);
            }
        }
        assert_eq!(damage.take(), [rect(0, 0, 1280, 800)]);
        assert!(damage.is_empty());
    }

    #[test]
    fn what_lies_outside_is_no_damage() {
        let mut damage = Damage::default();
        damage.add(rect(u32::MAX, 0, u32::MAX, 1), 10, 10);
        damage.add(rect(0, 10, 1, 1), 10, 10);
        assert!(damage.is_empty());
        damage.add(rect(9, 9, u32::MAX, u32::MAX), 10, 10);
        assert_eq!(damage.take(), [rect(9, 9, 1, 1)]);
    }

    #[test]
    fn many_parts_become_their_bounds() {
        let mut damage = Damage::default();
        for at in 0..=u32::try_from(MOST_RECTS).expect("few") {
            damage.add(rect(at * 4, at * 4, 1, 1), 1000, 1000);
        }
        assert_eq!(damage.take(), [rect(0, 0, 257, 257)]);
    }
}
