//! A container that places terminals side by side, or one below the other where that is too narrow.

use gtk::glib;
use gtk::prelude::*;
use gtk::subclass::prelude::*;
use relm4::gtk;

/// Smallest useful terminal in pixels, with its bar.
const LEAST: (i32, i32) = (300, 150);
/// Line between two.
const GAP: i32 = 1;

/// Columns for so many tiles in this room, and whether each is large enough to be useful. As many columns as fit: text
/// wants lines side by side rather than few of them.
fn grid(width: i32, height: i32, count: i32) -> (i32, bool) {
    let columns = ((width + GAP) / (LEAST.0 + GAP)).clamp(1, count.max(1));
    // Rows of the same length: three of four beside each other and one below wastes half of it.
    let rows = count.max(1).div_ceil_euclid(columns);
    let columns = count.max(1).div_ceil_euclid(rows);
    let each = (height - GAP * (rows - 1)) / rows;
    (columns, count <= 1 || width >= LEAST.0 && each >= LEAST.1)
}

trait DivCeil {
    fn div_ceil_euclid(self, by: Self) -> Self;
}

impl DivCeil for i32 {
    fn div_ceil_euclid(self, by: Self) -> Self {
        (self + by - 1) / by
    }
}

/// Left upper corner and size of each tile; the last row shares the whole width.
fn places(width: i32, height: i32, count: i32) -> Vec<(i32, i32, i32, i32)> {
    let (columns, _) = grid(width, height, count);
    let rows = count.div_ceil_euclid(columns);
    let share = |whole: i32, parts: i32, at: i32| {
        let net = whole - GAP * (parts - 1);
        let start = net * at / parts + GAP * at;
        let end = net * (at + 1) / parts + GAP * at;
        (start, end - start)
    };
    (0..count)
        .map(|at| {
            let (row, column) = (at / columns, at % columns);
            let in_row = columns.min(count - row * columns);
            let (x, width) = share(width, in_row, column);
            let (y, height) = share(height, rows, row);
            (x, y, width, height)
        })
        .collect()
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct Tiles;

    #[glib::object_subclass]
    impl ObjectSubclass for Tiles {
        const NAME: &'static str = "VireoTiles";
        type Type = super::Tiles;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("tiles");
        }
    }

    impl ObjectImpl for Tiles {
        fn dispose(&self) {
            while let Some(child) = self.obj().first_child() {
                child.unparent();
            }
        }
    }

    impl WidgetImpl for Tiles {
        fn measure(&self, orientation: gtk::Orientation, for_size: i32) -> (i32, i32, i32, i32) {
            let (mut minimum, mut natural) = (0, 0);
            for child in self.obj().tiles() {
                let (least, wanted, _, _) = child.measure(orientation, for_size);
                minimum = minimum.max(least);
                natural = natural.max(wanted);
            }
            (minimum, natural, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, _: i32) {
            let tiles = self.obj().tiles();
            let places = places(width, height, tiles.len() as i32);
            for (tile, (x, y, width, height)) in tiles.iter().zip(places) {
                // Less than the least is cut off rather than drawn over the neighbour.
                let (least, ..) = tile.measure(gtk::Orientation::Horizontal, -1);
                let width = width.max(least);
                let (least, ..) = tile.measure(gtk::Orientation::Vertical, width);
                let place = gtk::gdk::Rectangle::new(x, y, width, height.max(least));
                tile.size_allocate(&place, -1);
            }
        }
    }
}

glib::wrapper! {
    /// Children side by side, all of the same size.
    pub struct Tiles(ObjectSubclass<imp::Tiles>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl Tiles {
    pub fn new() -> Self {
        let tiles: Self = glib::Object::new();
        tiles.set_overflow(gtk::Overflow::Hidden);
        tiles.set_hexpand(true);
        tiles.set_vexpand(true);
        tiles
    }

    /// Adds a tile at the end.
    pub fn append(&self, tile: &impl IsA<gtk::Widget>) {
        tile.as_ref().set_parent(self);
    }

    /// Takes a tile away.
    pub fn remove(&self, tile: &impl IsA<gtk::Widget>) {
        tile.as_ref().unparent();
    }

    /// Whether there is room for one more.
    pub fn has_room(&self) -> bool {
        let count = self.tiles().len() as i32 + 1;
        grid(self.width(), self.height(), count).1
    }

    fn tiles(&self) -> Vec<gtk::Widget> {
        std::iter::successors(self.first_child(), gtk::Widget::next_sibling).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_stand_side_by_side_where_there_is_room_and_else_below_each_other() {
        assert_eq!(grid(1240, 700, 2), (2, true));
        assert_eq!(grid(1240, 700, 4), (4, true));
        assert_eq!(grid(1000, 700, 4), (2, true));
        assert_eq!(grid(360, 640, 2), (1, true));
        assert_eq!(grid(360, 640, 5), (1, false));
        assert_eq!(grid(280, 640, 1), (1, true));
        assert_eq!(grid(0, 0, 2), (1, false));
    }

    #[test]
    fn tiles_cover_the_room_and_never_each_other() {
        for (width, height, count) in [(1241, 701, 3), (1000, 500, 5), (360, 640, 3), (900, 400, 1)] {
            let places = places(width, height, count);
            assert_eq!(places.len(), count as usize);
            for (at, (x, y, w, h)) in places.iter().enumerate() {
                assert!(*x >= 0 && *y >= 0 && x + w <= width && y + h <= height, "{places:?}");
                for (other_x, other_y, other_w, other_h) in &places[..at] {
                    let apart = x >= &(other_x + other_w) || y >= &(other_y + other_h) || other_x >= &(x + w);
                    assert!(apart, "{places:?}");
                }
            }
            let right = places.iter().map(|(x, _, w, _)| x + w).max();
            let bottom = places.iter().map(|(_, y, _, h)| y + h).max();
            assert_eq!((right, bottom), (Some(width), Some(height)));
        }
        assert_eq!(places(1000, 500, 5).last().map(|place| place.2), Some(1000 / 2 - 1 + 1));
    }
}
