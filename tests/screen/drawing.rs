//! What is drawn, and how much of it anew.

use std::time::Instant;

use crate::desk::{Desk, Painting, colour, on_gtk};
use vireo::ui::vm::console::screen::Scaling;

#[test]
fn exact_pictures_are_not_touched() {
    on_gtk(|| {
        let desk = Desk::open(400, 300);
        desk.show(&Painting::new(300, 200));
        desk.screen.set_scaling(Scaling::Device);
        let shot = desk.picture();
        for (x, y) in [
            (0, 0),
            (299, 0),
            (0, 199),
            (299, 199),
            (150, 63),
            (150, 64),
            (151, 127),
            (151, 128),
        ] {
            assert_eq!(shot.at(x + 50, y + 50), colour(x, y), "{x} {y}");
        }
        for (x, y) in [(49, 50), (50, 49), (350, 249), (349, 250), (0, 0), (399, 299)] {
            assert_eq!(shot.at(x, y), [0, 0, 0], "{x} {y} is beside the picture");
        }
    });
}

#[test]
#[ignore = "a measurement"]
fn cost() {
    on_gtk(|| {
        let desk = Desk::open(1280, 800);
        let painting = Painting::new(1280, 800);
        desk.show(&painting);
        for rows in [800, 200, 64] {
            let cpu = vireo::virt::client::thread_cpu_ns();
            let start = Instant::now();
            for _ in 0..90 {
                desk.damage(0, rows);
            }
            let used = (vireo::virt::client::thread_cpu_ns() - cpu) as f64 / 1e6 / 90.0;
            println!(
                "{rows} rows: {used:.2} ms a frame = {:.1} % at 30/s ({:?})",
                used * 3.0,
                start.elapsed()
            );
        }
    });
}
