//! A window with a screen in it, and a picture that the test paints.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gtk::{gdk, prelude::*};
use gtk4 as gtk;
use libadwaita as adw;

use crate::support::widgets::until;
use vireo::model::display::wire::{Rect, Request};
use vireo::ui::vm::console::screen::{Pixels, Screen};

const TITLE: &str = "screen-of-a-machine";

/// Runs a test on the one thread that GTK belongs to.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    gtk::test_synced(move || {
        thread_local!(static STARTED: Cell<bool> = const { Cell::new(false) });
        if !STARTED.replace(true) {
            adw::init().expect("a display");
        }
        test();
    });
}

/// A picture in memory.
#[derive(Clone)]
pub struct Painting {
    pub width: u32,
    pub height: u32,
    pixels: Rc<RefCell<Arc<Vec<u8>>>>,
}

impl Painting {
    /// Every pixel another colour.
    pub fn new(width: u32, height: u32) -> Self {
        let painting = Self {
            width,
            height,
            pixels: Rc::new(RefCell::new(Arc::new(vec![255; (width * height * 4) as usize]))),
        };
        painting.fill(0, height, colour);
        painting
    }

    /// Paints rows.
    pub fn fill(&self, from: u32, to: u32, colour: impl Fn(u32, u32) -> [u8; 3]) {
        let mut pixels = self.pixels.borrow_mut();
        let pixels = Arc::make_mut(&mut pixels);
        for y in from..to {
            for x in 0..self.width {
                let at = ((y * self.width + x) * 4) as usize;
                let [red, green, blue] = colour(x, y);
                pixels[at..at + 4].copy_from_slice(&[blue, green, red, 255]);
            }
        }
    }
}

/// Red and green say where, blue makes neighbours differ.
pub fn colour(x: u32, y: u32) -> [u8; 3] {
    [(x % 256) as u8, (y % 256) as u8, ((x ^ y) as u8 & 1) * 200]
}

impl Pixels for Painting {
    fn width(&self) -> u32 {
        self.width
    }

    fn height(&self) -> u32 {
        self.height
    }

    fn stride(&self) -> u32 {
        self.width * 4
    }

    fn strip(&self, y: u32, rows: u32) -> glib::Bytes {
        let row = self.width as usize * 4;
        let end = (y + rows).min(self.height) as usize;
        glib::Bytes::from_owned(Rows(self.pixels.borrow().clone(), y as usize * row..end * row))
    }
}

struct Rows(Arc<Vec<u8>>, Range<usize>);

impl AsRef<[u8]> for Rows {
    fn as_ref(&self) -> &[u8] {
        &self.0[self.1.clone()]
    }
}

/// A window that shows nothing but a screen.
pub struct Desk {
    pub window: gtk::Window,
    pub screen: Screen,
    pub requests: Rc<RefCell<Vec<Request>>>,
}

impl Desk {
    pub fn open(width: i32, height: i32) -> Self {
        let screen = Screen::new();
        screen.set_size_request(width, height);
        let row = gtk::Box::new(gtk::Orientation::Vertical, 0);
        row.append(&screen);
        let window = gtk::Window::builder()
            .title(TITLE)
            .decorated(false)
            .resizable(false)
            .child(&row)
            .build();
        let requests: Rc<RefCell<Vec<Request>>> = Rc::default();
        let heard = requests.clone();
        screen.connect_request(move |request| heard.borrow_mut().push(request));
        window.present();
        until("the window", || screen.is_mapped() && screen.width() == width);
        Self {
            window,
            screen,
            requests,
        }
    }

    /// Shows a picture and waits until it is drawn.
    pub fn show(&self, painting: &Painting) {
        self.screen.set_picture(painting.clone());
        self.damage(0, 0);
        self.requests.borrow_mut().clear();
    }

    /// Tells rows as new and waits for the answer.
    #[track_caller]
    pub fn damage(&self, from: u32, to: u32) {
        let width = self.screen.picture_size().expect("a picture").0;
        self.screen.damage(&[Rect {
            x: 0,
            y: from,
            width,
            height: to - from,
        }]);
        until("the frame", || {
            self.take(|request| matches!(request, Request::Drawn { .. }))
        });
    }

    /// A widget that comes after the screen.
    pub fn add_button(&self) -> gtk::Button {
        let button = gtk::Button::with_label("next");
        let row = self.screen.parent().and_downcast::<gtk::Box>().expect("the box");
        row.append(&button);
        button
    }

    /// Takes the screen out of the window and puts it in again.
    pub fn rejoin(&self) {
        let row = self.screen.parent().and_downcast::<gtk::Box>().expect("the box");
        row.remove(&self.screen);
        row.prepend(&self.screen);
        until("the screen", || self.screen.is_mapped());
    }

    /// Gives the window the keyboard, which without a window manager nobody else does, and the screen the focus.
    pub fn focus(&self) {
        self.screen.grab_focus();
        xdotool(&["search", "--name", TITLE, "windowfocus"]);
        until("the focus", || self.screen.has_focus());
    }

    /// Lets everything arrive that the X server has told this window so far: what it has sent, and movements, which GTK keeps
    /// until the next frame. The screen has a picture.
    pub fn hear(&self) {
        self.screen.display().sync();
        let context = glib::MainContext::default();
        while context.pending() {
            context.iteration(false);
        }
        self.damage(0, 0);
    }

    /// Gives others some time: a compositor, or the connection that holds the pointer.
    pub fn settle(&self) {
        let start = Instant::now();
        until("some time", || start.elapsed() > Duration::from_millis(60));
    }

    /// Waits until a window whose size has just changed counts as one that rests, and somewhat longer.
    pub fn rest(&self) {
        let rested: Rc<Cell<bool>> = Rc::default();
        let rests = rested.clone();
        // Not by the clock: what is due before this is done before it.
        glib::timeout_add_local_once(Duration::from_millis(400), move || rests.set(true));
        until("the rest", || rested.get());
    }

    /// Removes the first request of a kind; whether there was one.
    pub fn take(&self, wanted: impl Fn(&Request) -> bool) -> bool {
        let mut requests = self.requests.borrow_mut();
        let found = requests.iter().position(wanted);
        found.map(|at| requests.remove(at)).is_some()
    }

    /// All requests so far, which are forgotten.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.take()
    }

    /// What the screen shows after the next frame, so that what was asked for last is drawn.
    pub fn picture(&self) -> Shot {
        self.damage(0, 0);
        self.shot()
    }

    /// What the screen shows.
    pub fn shot(&self) -> Shot {
        let paintable = gtk::WidgetPaintable::new(Some(&self.screen));
        let scale = self.screen.scale_factor();
        let (width, height) = (self.screen.width(), self.screen.height());
        let mut node = None;
        until("something drawn", || {
            let snapshot = gtk::Snapshot::new();
            snapshot.scale(scale as f32, scale as f32);
            paintable.snapshot(&snapshot, f64::from(width), f64::from(height));
            node = snapshot.to_node();
            node.is_some()
        });
        let node = node.expect("the loop's end");
        let renderer = self
            .screen
            .native()
            .and_then(|native| native.renderer())
            .expect("a renderer");
        let area = gtk::graphene::Rect::new(0.0, 0.0, (width * scale) as f32, (height * scale) as f32);
        Shot::of(&renderer.render_texture(node, Some(&area)))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

/// Pixels of a picture.
pub struct Shot {
    width: usize,
    bytes: Vec<u8>,
}

impl Shot {
    pub fn of(texture: &gdk::Texture) -> Self {
        let (width, height) = (texture.width() as usize, texture.height() as usize);
        let mut bytes = vec![0; width * height * 4];
        texture.download(&mut bytes, width * 4);
        Self { width, bytes }
    }

    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width + x as usize) * 4;
        [self.bytes[at + 2], self.bytes[at + 1], self.bytes[at]]
    }
}

/// Runs xdotool against this display, and lets the window see what it did.
pub fn xdotool(words: &[&str]) {
    let status = Command::new("xdotool").args(words).status().expect("xdotool");
    assert!(status.success(), "xdotool {words:?}");
}
