//! The same on Wayland: a compositor in a window of the X server, so that the keys and the pointer are real there, too.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gtk::prelude::*;
use gtk4 as gtk;

use crate::desk::{Desk, Painting, colour, on_gtk, xdotool};
use crate::support::widgets::until;
use vireo::model::display::wire::{Button, Request};
use vireo::ui::vm::console::screen::Scaling;

struct Compositor(Child);

impl Compositor {
    fn start(socket: &str, scale: &str) -> Self {
        let folder = std::env::var("XDG_RUNTIME_DIR").expect("a folder for sockets");
        let mut compositor = Command::new("weston");
        compositor
            .args([
                "--backend=x11-backend.so",
                "--shell=kiosk-shell.so",
                "--no-config",
                "--idle-time=0",
            ])
            .args(["--width=800", "--height=600"])
            .arg(format!("--scale={scale}"))
            .arg(format!("--socket={socket}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let compositor = Self(compositor.spawn().expect("weston"));
        let start = Instant::now();
        while !std::path::Path::new(&folder).join(socket).exists() {
            assert!(start.elapsed() < Duration::from_secs(20), "weston does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        compositor
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a test as a Wayland client: the kind of display belongs to the process, so this test is one.
fn run(name: &str, scale: &str) {
    let socket = format!("screen-test-{scale}");
    let _compositor = Compositor::start(&socket, scale);
    let test = std::env::current_exe().expect("this test");
    let child = Command::new(test)
        .args(["--exact", name, "--ignored", "--test-threads=1"])
        .env("GDK_BACKEND", "wayland")
        .env("WAYLAND_DISPLAY", socket)
        .output()
        .expect("another process");
    let said = String::from_utf8_lossy(&child.stdout);
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{said}\n{errors}");
}

#[test]
fn wayland_has_the_same_keys_and_holds_the_pointer() {
    // Not beside the others, whose windows it would cover.
    on_gtk(|| run("wayland::inside", "1"));
}

#[test]
fn wayland_tells_the_scale_of_its_monitors() {
    on_gtk(|| run("wayland::at_scale_two", "2"));
}

#[test]
#[ignore = "started by wayland_tells_the_scale_of_its_monitors"]
fn at_scale_two() {
    on_gtk(|| {
        let desk = Desk::open(400, 300);
        desk.show(&Painting::new(800, 600));
        until("the scale", || desk.screen.scale_factor() == 2);
        until("the monitor's", || desk.screen.known_monitor_scale() == Some(2.0));
        assert_eq!(desk.screen.wanted_size(), (800, 600));
        for (x, y) in [(0, 0), (799, 599), (401, 64), (400, 63)] {
            assert_eq!(desk.picture().at(x, y), colour(x, y));
        }
    });
}

#[test]
#[ignore = "started by wayland_has_the_same_keys_and_holds_the_pointer"]
fn inside() {
    on_gtk(|| {
        let desk = Desk::open(800, 600);
        assert_eq!(desk.screen.display().type_().name(), "GdkWaylandDisplay");
        desk.screen.set_scaling(Scaling::Device);
        desk.show(&Painting::new(800, 600));
        xdotool(&["search", "--class", "weston", "windowmove", "0", "0", "windowfocus"]);
        xdotool(&["mousemove", "300", "300"]);
        until("the pointer", || {
            xdotool(&["mousemove_relative", "--", "1", "1"]);
            desk.settle();
            desk.take(|request| matches!(request, Request::Move { .. }))
        });
        xdotool(&["mousemove", "400", "300", "click", "1"]);
        until("the click", || {
            desk.take(|request| {
                *request
                    == Request::Click {
                        button: Button::Left,
                        down: false,
                    }
            })
        });
        assert!(desk.screen.grab().keyboard);
        desk.requests();
        xdotool(&["key", "a", "Down", "Left", "KP_Enter", "F1"]);
        until("the keys", || {
            desk.requests.borrow().iter().any(|request| {
                matches!(
                    request,
                    Request::Key {
                        down: false,
                        code: 59,
                        ..
                    }
                )
            })
        });
        let codes: Vec<u32> = desk
            .requests()
            .iter()
            .filter_map(|request| match request {
                Request::Key { down: true, code, .. } => Some(*code),
                _ => None,
            })
            .collect();
        assert_eq!(codes, [30, 108, 105, 96, 59]);

        desk.screen.set_pointer_mode(false);
        xdotool(&["click", "1"]);
        until("the catch", || desk.screen.grab().pointer);
        until("movements", || {
            xdotool(&["mousemove_relative", "--", "5", "3"]);
            desk.settle();
            desk.take(|request| matches!(request, Request::MoveBy { .. }))
        });
        assert!(!desk.take(|request| matches!(request, Request::Move { .. })));
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
        until("freedom", || !desk.screen.grab().pointer);
        desk.screen.set_pointer_mode(true);
        until("places again", || {
            xdotool(&["mousemove_relative", "--", "-3", "-2"]);
            desk.settle();
            desk.take(|request| matches!(request, Request::Move { .. }))
        });
    });
}
