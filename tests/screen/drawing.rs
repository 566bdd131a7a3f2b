//! What is drawn, and how much of it anew.

use std::process::Command;
use std::time::{Duration, Instant};

use gtk::prelude::*;
use gtk4 as gtk;

use crate::desk::{Desk, Painting, colour, on_gtk};
use crate::support::widgets::until;
use vireo::model::display::wire::{Cursor, Rect, Request};
use vireo::ui::vm::console::screen::Scaling;

const BLACK: [u8; 3] = [0, 0, 0];
/// First and last rows of strips among others.
const PLACES: [(u32, u32); 8] = [
    (0, 0),
    (299, 0),
    (0, 199),
    (299, 199),
    (150, 63),
    (150, 64),
    (151, 127),
    (151, 128),
];

#[test]
fn exact_pictures_are_not_touched() {
    on_gtk(|| {
        let desk = Desk::open(400, 300);
        desk.show(&Painting::new(300, 200));
        for scaling in [Scaling::Device, Scaling::Logical, Scaling::Integer] {
            desk.screen.set_scaling(scaling);
            let shot = desk.picture();
            for (x, y) in PLACES {
                assert_eq!(shot.at(x + 50, y + 50), colour(x, y), "{scaling:?} {x} {y}");
            }
            for (x, y) in [(49, 50), (50, 49), (350, 249), (349, 250), (0, 0), (399, 299)] {
                assert_eq!(shot.at(x, y), BLACK, "{scaling:?}: {x} {y} is beside the picture");
            }
        }
    });
}

#[test]
fn whole_factors_repeat_each_pixel() {
    on_gtk(|| {
        let desk = Desk::open(700, 500);
        desk.show(&Painting::new(300, 200));
        desk.screen.set_scaling(Scaling::Integer);
        desk.screen.set_crisp(true);
        let shot = desk.picture();
        for (x, y) in PLACES {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                assert_eq!(shot.at(50 + x * 2 + dx, 50 + y * 2 + dy), colour(x, y), "{x} {y}");
            }
        }
    });
}

/// Were strips cut between two pixels of the screen, each cut would show as a darker line.
#[test]
fn strips_meet_without_a_seam_at_any_size() {
    on_gtk(|| {
        let desk = Desk::open(500, 350);
        let painting = Painting::new(333, 320);
        painting.fill(0, 320, |_, _| [90, 160, 230]);
        desk.show(&painting);
        for crisp in [false, true] {
            desk.screen.set_crisp(crisp);
            for width in [500, 471, 222, 133] {
                desk.screen.set_size_request(width, 350);
                until("the size", || desk.screen.width() == width);
                let shot = desk.picture();
                let top = (0..350)
                    .find(|y| shot.at(width as u32 / 2, *y) != BLACK)
                    .expect("the picture");
                let rows: Vec<_> = (top..350)
                    .map(|y| shot.at(width as u32 / 2, y))
                    .take_while(|row| *row != BLACK)
                    .collect();
                assert!(rows.len() > 100, "{} rows", rows.len());
                assert!(
                    rows.iter().all(|row| *row == [90, 160, 230]),
                    "{width} {crisp}: {rows:?}"
                );
            }
        }
    });
}

#[test]
fn damage_costs_only_its_strips() {
    on_gtk(|| {
        let desk = Desk::open(640, 512);
        let painting = Painting::new(640, 512);
        desk.show(&painting);
        let mut before = desk.screen.uploads();
        assert_eq!(before, 8);
        for (from, to, strips) in [
            (0, 64, 1),
            (63, 65, 2),
            (200, 201, 1),
            (0, 512, 8),
            (511, 512, 1),
            (64, 64, 0),
        ] {
            painting.fill(from, to, |x, y| colour(x + 7, y + 9));
            desk.damage(from, to);
            assert_eq!(desk.screen.uploads() - before, strips, "{from}..{to}");
            before = desk.screen.uploads();
        }
        let shot = desk.picture();
        assert_eq!(shot.at(10, 0), colour(17, 9));
        assert_eq!(shot.at(10, 511), colour(17, 520));
    });
}

#[test]
fn damage_beside_the_picture_is_no_harm() {
    on_gtk(|| {
        let desk = Desk::open(200, 100);
        desk.show(&Painting::new(200, 100));
        let far = u32::MAX;
        let mad = [
            (0, 100, 1, 1),
            (far, far, far, far),
            (0, 0, 0, far),
            (5, 99, far, far),
            (200, 0, 1, 1),
        ];
        let rects = mad.map(|(x, y, width, height)| Rect { x, y, width, height });
        desk.screen.damage(&rects);
        until("the frame", || {
            desk.take(|request| *request == Request::Drawn { head: 0 })
        });
        let shape = |width, height, pixels| Cursor::Shape {
            width,
            height,
            hot_x: far,
            hot_y: far,
            pixels,
        };
        for cursor in [
            shape(0, 0, vec![]),
            shape(far, far, vec![1]),
            shape(2, 2, vec![9; 3]),
            shape(1, 1, vec![9; 4]),
        ] {
            desk.screen.set_cursor_shape(&cursor);
        }
        desk.screen.cursor_at(far, far);
        desk.screen.set_pointer_mode(false);
        desk.damage(0, 1);
        desk.screen.clear_picture();
        desk.screen.damage(&rects);
        assert_eq!(desk.screen.picture_size(), None);
    });
}

#[test]
fn what_is_not_seen_is_not_answered() {
    on_gtk(|| {
        let desk = Desk::open(200, 100);
        desk.show(&Painting::new(200, 100));
        desk.window.set_visible(false);
        desk.screen.damage(&[Rect {
            x: 0,
            y: 0,
            width: 9,
            height: 9,
        }]);
        let start = Instant::now();
        until("some time", || start.elapsed() > Duration::from_millis(100));
        assert_eq!(desk.requests(), []);
        desk.window.present();
        until("the answer", || {
            desk.take(|request| *request == Request::Drawn { head: 0 })
        });
    });
}

#[test]
fn a_guest_pointer_that_is_not_the_users_is_drawn() {
    on_gtk(|| {
        let desk = Desk::open(200, 100);
        let painting = Painting::new(200, 100);
        painting.fill(0, 100, |_, _| [10, 20, 30]);
        desk.show(&painting);
        let pixels = [255, 0, 0, 255].repeat(16);
        desk.screen.set_cursor_shape(&Cursor::Shape {
            width: 4,
            height: 4,
            hot_x: 1,
            hot_y: 2,
            pixels,
        });
        desk.screen.cursor_at(50, 60);
        assert_eq!(
            desk.picture().at(50, 60),
            [10, 20, 30],
            "places: the user's pointer has the shape"
        );
        desk.screen.set_pointer_mode(false);
        let shot = desk.picture();
        for (x, y, red) in [
            (49, 58, true),
            (52, 61, true),
            (48, 58, false),
            (53, 61, false),
            (49, 57, false),
        ] {
            let wanted = if red { [255, 0, 0] } else { [10, 20, 30] };
            assert_eq!(shot.at(x, y), wanted, "{x} {y}");
        }
    });
}

#[test]
fn a_screenshot_is_the_picture_of_that_moment() {
    on_gtk(|| {
        let desk = Desk::open(100, 100);
        let painting = Painting::new(300, 200);
        desk.show(&painting);
        let shot = crate::desk::Shot::of(&desk.screen.screenshot().expect("a picture"));
        painting.fill(0, 200, |_, _| [1, 1, 1]);
        assert_eq!(shot.at(299, 199), colour(299, 199));
    });
}

/// The scale belongs to the process; so this test is one.
#[test]
fn at_scale_two_a_pixel_is_a_pixel() {
    // Not beside the others, whose windows it would cover.
    on_gtk(|| {
        let test = std::env::current_exe().expect("this test");
        let child = Command::new(test)
            .args(["--exact", "drawing::scale_two", "--ignored", "--test-threads=1"])
            .env("GDK_SCALE", "2")
            .output()
            .expect("another process");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && said.contains("1 passed"),
            "{said}\n{}",
            String::from_utf8_lossy(&child.stderr)
        );
    });
}

#[test]
#[ignore = "started by at_scale_two_a_pixel_is_a_pixel"]
fn scale_two() {
    on_gtk(|| {
        let desk = Desk::open(400, 300);
        assert_eq!(desk.screen.scale_factor(), 2);
        desk.show(&Painting::new(300, 201));
        assert_eq!(desk.screen.wanted_size(), (800, 600));
        desk.screen.set_scaling(Scaling::Device);
        assert_eq!(desk.screen.exact_size(), Some((150, 101)));
        let shot = desk.picture();
        for (x, y) in PLACES {
            assert_eq!(shot.at(250 + x, 199 + y), colour(x, y), "{x} {y}");
        }
        assert_eq!(shot.at(249, 199), BLACK);
        desk.screen.set_crisp(true);
        for scaling in [Scaling::Logical, Scaling::Integer] {
            desk.screen.set_scaling(scaling);
            let shot = desk.picture();
            for (x, y) in PLACES {
                assert_eq!(shot.at(100 + x * 2, 99 + y * 2), colour(x, y), "{scaling:?} {x} {y}");
                assert_eq!(shot.at(101 + x * 2, 100 + y * 2), colour(x, y), "{scaling:?} {x} {y}");
            }
        }
    });
}
