//! The pointer: a real one, from the X server.

use gtk::prelude::*;
use gtk4 as gtk;

use crate::desk::{Desk, Painting, on_gtk, xdotool};
use crate::support::widgets::until;
use vireo::model::display::wire::{Button, Request, Wheel};
use vireo::ui::vm::console::screen::{Scaling, Stage};

fn at(x: u32, y: u32) -> impl Fn(&Request) -> bool {
    move |request| *request == Request::Move { head: 0, x, y }
}

fn go(x: u32, y: u32) {
    xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
}

#[test]
fn corners_are_corners() {
    on_gtk(|| {
        let desk = Desk::open(400, 300);
        desk.screen.set_scaling(Scaling::Device);
        desk.show(&Painting::new(320, 200));
        for (x, y, wanted) in [
            (40, 50, (0, 0)),
            (359, 50, (319, 0)),
            (359, 249, (319, 199)),
            (40, 249, (0, 199)),
            (200, 150, (160, 100)),
        ] {
            go(x, y);
            until("the place", || desk.take(at(wanted.0, wanted.1)));
        }
        for (x, y, wanted) in [(0, 0, (0, 0)), (399, 299, (319, 199)), (10, 100, (0, 50))] {
            go(x, y);
            until("the nearest place", || desk.take(at(wanted.0, wanted.1)));
        }
        desk.screen.set_scaling(Scaling::Fit);
        for (x, y, wanted) in [(0, 25, (0, 0)), (399, 274, (319, 199))] {
            go(x, y);
            until("the place", || desk.take(at(wanted.0, wanted.1)));
        }
        assert_eq!(desk.screen.stage(), Stage::Resting, "looking around takes no keyboard");
    });
}

#[test]
fn clicks_and_notches_arrive_in_order() {
    on_gtk(|| {
        let desk = Desk::open(300, 200);
        desk.show(&Painting::new(300, 200));
        go(5, 5);
        until("the place", || desk.take(at(5, 5)));
        xdotool(&[
            "mousemove",
            "70",
            "80",
            "click",
            "1",
            "click",
            "3",
            "click",
            "8",
            "click",
            "4",
            "click",
            "5",
            "click",
            "6",
            "click",
            "7",
        ]);
        until("the last", || {
            desk.requests.borrow().contains(&Request::Scroll(Wheel::Right))
        });
        let click = |button| [true, false].map(|down| Request::Click { button, down });
        let mut wanted = vec![Request::Move { head: 0, x: 70, y: 80 }];
        for button in [Button::Left, Button::Right, Button::Side] {
            wanted.extend(click(button));
        }
        wanted.extend([Wheel::Up, Wheel::Down, Wheel::Left, Wheel::Right].map(Request::Scroll));
        let got: Vec<Request> = desk.requests();
        assert_eq!(got, wanted);
        assert!(desk.screen.grab().keyboard && desk.screen.has_focus());
    });
}

#[test]
fn a_drag_goes_on_beside_the_window() {
    on_gtk(|| {
        let desk = Desk::open(300, 200);
        desk.show(&Painting::new(300, 200));
        xdotool(&["mousemove", "100", "100", "mousedown", "1"]);
        until("the button", || {
            desk.take(|request| matches!(request, Request::Click { down: true, .. }))
        });
        go(600, 400);
        until("the corner", || desk.take(at(299, 199)));
        xdotool(&["mouseup", "1"]);
        until("the end", || {
            desk.take(|request| matches!(request, Request::Click { down: false, .. }))
        });
    });
}

#[test]
fn movements_alone_catch_the_pointer() {
    on_gtk(|| {
        let desk = Desk::open(300, 200);
        desk.show(&Painting::new(300, 200));
        desk.screen.set_pointer_mode(false);
        desk.focus();
        go(150, 100);
        desk.hear();
        assert_eq!(desk.requests(), [], "it is not the guest's yet");
        xdotool(&["click", "1"]);
        until("the catch", || {
            desk.screen.grab().pointer && desk.screen.grab().keyboard
        });
        assert_eq!(desk.requests(), [], "the click that catches is none for the guest");
        // The connection that holds the pointer is made beside the main loop.
        let sum = |requests: &[Request]| {
            requests.iter().fold((0, 0), |sum, request| match request {
                Request::MoveBy { dx, dy } => (sum.0 + dx, sum.1 + dy),
                _ => sum,
            })
        };
        until("the hold", || {
            xdotool(&["mousemove_relative", "--", "1", "0"]);
            desk.settle();
            sum(&desk.requests()) != (0, 0)
        });
        desk.settle();
        desk.requests();
        for _ in 0..10 {
            xdotool(&["mousemove_relative", "--", "60", "-40"]);
        }
        until("six windows' width", || sum(&desk.requests.borrow()) == (600, -400));
        assert!(
            desk.requests()
                .iter()
                .all(|request| matches!(request, Request::MoveBy { .. }))
        );
        xdotool(&["click", "1"]);
        until("a click of the guest's", || {
            desk.take(|request| matches!(request, Request::Click { down: false, .. }))
        });
        xdotool(&[
            "keydown",
            "Control_L",
            "keydown",
            "Alt_L",
            "keyup",
            "Alt_L",
            "keyup",
            "Control_L",
        ]);
        until("freedom", || {
            !desk.screen.grab().pointer && !desk.screen.grab().keyboard
        });
        desk.requests();
        xdotool(&["mousemove_relative", "--", "9", "9"]);
        desk.hear();
        assert_eq!(desk.requests(), []);
    });
}

#[test]
fn a_larger_picture_is_moved_at_the_edges() {
    on_gtk(|| {
        let desk = Desk::open(300, 200);
        desk.screen.set_scaling(Scaling::Device);
        desk.show(&Painting::new(800, 600));
        go(150, 100);
        until("the middle", || desk.take(at(150, 100)));
        go(299, 199);
        until("the far corner", || desk.take(at(799, 599)));
        go(0, 0);
        until("the near corner", || desk.take(at(0, 0)));
    });
}

#[test]
fn the_guest_is_asked_once_the_window_rests() {
    on_gtk(|| {
        go(1300, 800);
        let desk = Desk::open(640, 480);
        desk.show(&Painting::new(300, 200));
        let size = |width, height| Request::Resize { head: 0, width, height };
        desk.screen.set_resize_guest(true);
        until("the wish", || desk.take(|request| *request == size(640, 480)));
        for width in 641..660 {
            desk.screen.set_size_request(width, 480);
            until("the size", || desk.screen.width() == width);
        }
        until("the wish", || desk.take(|request| *request == size(659, 480)));
        let others = desk.requests();
        assert!(
            !others.iter().any(|request| matches!(request, Request::Resize { .. })),
            "none on the way there"
        );
        desk.screen.set_picture(Painting::new(659, 480));
        desk.screen.set_scaling(Scaling::Logical);
        desk.rest();
        assert_eq!(desk.requests(), [], "it has what was wished for");
        assert_eq!(desk.screen.exact_size(), Some((659, 480)));
    });
}
