//! A window with a screen alone: in full size of a monitor with a strip that comes down at the upper edge, or as the window that
//! was torn off a tab.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gdk, glib, pango};
use relm4::{Sender, adw, gtk};

use super::DisplayMsg;
use super::view::View;

/// Pixels at the upper edge that bring the strip down.
const EDGE: f64 = 2.0;
/// How far below it the pointer may be before it goes up again.
const LEEWAY: f64 = 24.0;

/// The window.
pub struct ScreenWindow {
    window: adw::Window,
    /// The row with the strip, while it is a window.
    head: gtk::Box,
    /// The place of the strip in it.
    place: gtk::Box,
    /// Comes down at the upper edge, in full screen.
    floating: gtk::Revealer,
    floating_place: gtk::Box,
    names: [gtk::Label; 2],
    full: Cell<bool>,
    /// It was torn off: it stays when full screen ends.
    stays: Cell<bool>,
}

impl ScreenWindow {
    /// A window that takes the content of `view`. Closing it tells [`DisplayMsg::BringBack`].
    pub fn new(view: &View, size: Option<(i32, i32)>, input: &Sender<DisplayMsg>) -> Rc<Self> {
        let (width, height) = size.unwrap_or((1024, 768));
        let window = adw::Window::builder()
            .default_width(width)
            .default_height(height)
            .build();
        let names = [name_label(), name_label()];
        let place = gtk::Box::builder().hexpand(true).build();
        let head = gtk::Box::builder().build();
        head.append(&gtk::WindowControls::new(gtk::PackType::Start));
        head.append(&names[0]);
        head.append(&place);
        head.append(&gtk::WindowControls::new(gtk::PackType::End));
        let handle = gtk::WindowHandle::builder().child(&head).build();
        let floating_place = gtk::Box::builder().hexpand(true).build();
        let strip = gtk::Box::builder()
            .css_classes(["vireo-floating", "background"])
            .build();
        strip.append(&names[1]);
        strip.append(&floating_place);
        let floating = gtk::Revealer::builder()
            .child(&strip)
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Start)
            .transition_type(gtk::RevealerTransitionType::SlideDown)
            .build();
        let below = gtk::Overlay::builder().vexpand(true).build();
        below.add_overlay(&floating);
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        all.append(&handle);
        all.append(&below);
        window.set_content(Some(&all));
        view.take_out();
        below.set_child(Some(&view.content));
        let this = Rc::new(Self {
            window,
            head,
            place,
            floating,
            floating_place,
            names,
            full: Cell::default(),
            stays: Cell::default(),
        });
        this.move_bar(view);
        this.watch_edge(&below);
        this.watch_window(input);
        this
    }

    fn watch_window(self: &Rc<Self>, input: &Sender<DisplayMsg>) {
        let sender = input.clone();
        self.window.connect_close_request(move |_| {
            sender.emit(DisplayMsg::BringBack);
            glib::Propagation::Stop
        });
        let sender = input.clone();
        self.window.connect_fullscreened_notify(move |window| {
            sender.emit(DisplayMsg::Fullscreened(window.is_fullscreen()));
        });
        let sender = input.clone();
        self.window
            .connect_is_active_notify(move |_| sender.emit(DisplayMsg::Focus));
    }

    /// The strip comes down when the pointer touches the upper edge, and goes when it leaves.
    fn watch_edge(self: &Rc<Self>, below: &gtk::Overlay) {
        let motion = gtk::EventControllerMotion::new();
        motion.set_propagation_phase(gtk::PropagationPhase::Capture);
        let weak = Rc::downgrade(self);
        motion.connect_motion(move |_, _, y| {
            let Some(this) = weak.upgrade() else { return };
            let height = f64::from(this.floating.height());
            if this.full.get() && y <= EDGE {
                this.floating.set_reveal_child(true);
            } else if y > height + LEEWAY && !this.has_open_menu() {
                this.floating.set_reveal_child(false);
            }
        });
        below.add_controller(motion);
    }

    fn has_open_menu(&self) -> bool {
        let focus = self.floating.focus_child();
        focus.is_some_and(|child| child.state_flags().contains(gtk::StateFlags::FOCUS_WITHIN))
    }

    /// The strip stands in the head of the window, or floats in full screen.
    fn move_bar(&self, view: &View) {
        let bar = view.bar.widget();
        let target = if self.full.get() {
            &self.floating_place
        } else {
            &self.place
        };
        if bar.parent().as_ref() == Some(target.upcast_ref()) {
            return;
        }
        bar.unparent();
        target.append(bar);
        self.head.set_visible(!self.full.get());
        self.floating.set_reveal_child(false);
    }

    /// The window, to place dialogs over.
    #[must_use]
    pub fn window(&self) -> &adw::Window {
        &self.window
    }

    /// Says which machine it is.
    pub fn set_name(&self, name: &str) {
        if self.window.title().as_deref() == Some(name) {
            return;
        }
        self.window.set_title(Some(name));
        for label in &self.names {
            label.set_label(name);
        }
    }

    /// Whether it fills a monitor.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full.get()
    }

    /// Whether it stays when full screen ends.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.stays.get()
    }

    /// It is a window of its own from now on, in full screen or not.
    pub fn stay(&self) {
        self.stays.set(true);
    }

    /// Fills a monitor: this one, or the one that it is on.
    pub fn go_full(&self, monitor: Option<&gdk::Monitor>) {
        match monitor {
            Some(monitor) => self.window.fullscreen_on_monitor(monitor),
            None => self.window.fullscreen(),
        }
    }

    /// Takes over that it fills a monitor, or no more.
    pub fn set_full(self: &Rc<Self>, full: bool, view: &View) {
        self.full.set(full);
        view.bar.set_full(full);
        self.move_bar(view);
        if full {
            // Once, so that it is known.
            self.floating.set_reveal_child(true);
            let weak = Rc::downgrade(self);
            glib::timeout_add_local_once(std::time::Duration::from_secs(3), move || {
                if let Some(this) = weak.upgrade()
                    && !this.has_open_menu()
                {
                    this.floating.set_reveal_child(false);
                }
            });
        }
    }

    /// Gives the content back to the tab and goes.
    pub fn give_back(&self, view: &View) {
        let bar = view.bar.widget();
        bar.unparent();
        view.bar_place.append(bar);
        view.bar.set_full(false);
        if let Some(overlay) = view.content.parent().and_downcast::<gtk::Overlay>() {
            overlay.set_child(gtk::Widget::NONE);
        }
        view.put_back();
        self.window.destroy();
    }
}

fn name_label() -> gtk::Label {
    gtk::Label::builder()
        .ellipsize(pango::EllipsizeMode::End)
        .max_width_chars(24)
        .margin_start(12)
        .css_classes(["heading"])
        .build()
}
