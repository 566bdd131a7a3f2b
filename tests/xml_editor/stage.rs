//! A window with something in it, and what a user sees there.

use std::cell::Cell;
use std::process::Command;
use std::time::Duration;

use gtk4 as gtk;
use gtk4::glib;
use gtk4::prelude::*;
use libadwaita as adw;
use vireo::virt::client::EventLoop;

use crate::support::iterate_until;

pub const LIMIT: Duration = Duration::from_secs(60);

/// Runs a test on the one thread that GTK belongs to.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    gtk::test_synced(move || {
        thread_local!(static INSTALLED: Cell<bool> = const { Cell::new(false) });
        if !INSTALLED.replace(true) {
            EventLoop::install(&glib::MainContext::default()).expect("the event loop");
            adw::init().expect("a display");
            let sheet = gtk::CssProvider::new();
            sheet.load_from_data(include_str!("../../resources/style.css"));
            let display = gtk::gdk::Display::default().expect("a display");
            gtk::style_context_add_provider_for_display(&display, &sheet, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
            if let Some(settings) = gtk::Settings::default() {
                settings.set_gtk_enable_animations(false);
            }
        }
        test();
    });
}

/// All widgets of a type below `root`, `root` included, of which `wanted` holds.
pub fn all<T: IsA<gtk::Widget>>(root: &gtk::Widget, wanted: &dyn Fn(&T) -> bool) -> Vec<T> {
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(widget) = waiting.pop() {
        let mut child = widget.last_child();
        while let Some(next) = child {
            child = next.prev_sibling();
            waiting.push(next);
        }
        found.extend(widget.downcast::<T>().ok().filter(|widget| wanted(widget)));
    }
    found
}

#[track_caller]
pub fn until(what: &str, done: impl FnMut() -> bool) {
    iterate_until(&glib::MainContext::default(), what, LIMIT, done);
}

/// A window of its own.
pub struct Stage {
    pub window: adw::Window,
}

impl Stage {
    pub fn new(content: &impl IsA<gtk::Widget>, width: i32, height: i32) -> Self {
        let window = adw::Window::builder()
            .title("A window")
            .default_width(width)
            .default_height(height)
            .content(content)
            .build();
        window.present();
        Self { window }
    }

    /// Whether this is to be read somewhere.
    pub fn has_text(&self, text: &str) -> bool {
        let root = self.window.upcast_ref();
        !all::<gtk::Label>(root, &|label| label.is_mapped() && label.text().contains(text)).is_empty()
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        self.waits(text, |stage| stage.has_text(text));
    }

    #[track_caller]
    pub fn waits(&self, what: &str, done: impl Fn(&Self) -> bool) {
        until(what, || done(self));
    }

    /// Leaves a picture of the display, where pictures are wanted.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("VIREO_PICTURES") else {
            return;
        };
        let frames = Cell::new(0);
        let clock = self.window.frame_clock().expect("a frame clock");
        let counted = std::rc::Rc::new(frames);
        let count = counted.clone();
        let handler = clock.connect_after_paint(move |_| count.set(count.get() + 1));
        until("some frames", || {
            self.window.queue_draw();
            counted.get() > 5
        });
        clock.disconnect(handler);
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        let done = Command::new("import").args(["-window", "root"]).arg(path).status();
        assert!(done.is_ok_and(|status| status.success()), "a picture");
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.window.destroy();
    }
}
