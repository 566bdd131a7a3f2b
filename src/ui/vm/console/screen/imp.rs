//! The widget itself: what it is made of, and when it is drawn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gtk::{gdk, graphene, prelude::*};
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::cursor::Shape;
use super::keyboard::Keyboard;
use super::pointer::Pointer;
use super::sizing::Sizing;
use super::strips::{Manner, Strips};
use super::{Grab, Scaling, outputs};
use crate::model::display::geometry::Placement;
use crate::model::display::wire::Request;

type Sink = Rc<dyn Fn(Request)>;
type GrabChanged = Rc<dyn Fn(Grab)>;

#[derive(Default)]
pub struct Screen {
    pub(super) sink: RefCell<Option<Sink>>,
    pub(super) grab_changed: RefCell<Vec<GrabChanged>>,
    pub(super) head: Cell<u32>,
    pub(super) view_only: Cell<bool>,
    pub(super) strips: RefCell<Option<Strips>>,
    pub(super) scaling: Cell<Scaling>,
    pub(super) crisp: Cell<bool>,
    pub(super) pan: Cell<(f64, f64)>,
    pub(super) keyboard: Keyboard,
    pub(super) pointer: Pointer,
    pub(super) shape: Shape,
    pub(super) sizing: Sizing,
    /// Damage was told and [`Request::Drawn`] is owed.
    pub(super) owed: Cell<bool>,
    /// It has been drawn since.
    painted: Cell<bool>,
    clock: RefCell<Option<(gdk::FrameClock, glib::SignalHandlerId)>>,
    surface: RefCell<Option<(gdk::Surface, [glib::SignalHandlerId; 2])>>,
}

#[glib::object_subclass]
impl ObjectSubclass for Screen {
    const NAME: &'static str = "VireoScreen";
    type Type = super::Screen;
    type ParentType = gtk::Widget;

    fn class_init(class: &mut Self::Class) {
        class.set_css_name("screen");
        class.set_accessible_role(gtk::AccessibleRole::Img);
    }
}

impl ObjectImpl for Screen {
    fn constructed(&self) {
        self.parent_constructed();
        let screen = self.obj();
        screen.set_focusable(true);
        screen.set_overflow(gtk::Overflow::Hidden);
        screen.set_hexpand(true);
        screen.set_vexpand(true);
        screen.listen_to_keys();
        screen.listen_to_pointer();
        screen.listen_to_touch();
        screen.describe();
    }

    fn dispose(&self) {
        self.sizing.stop();
        self.pointer.stop();
    }
}

impl WidgetImpl for Screen {
    fn realize(&self) {
        self.parent_realize();
        let screen = self.obj();
        if let Some(clock) = screen.frame_clock() {
            let weak = screen.downgrade();
            let handler = clock.connect_after_paint(move |_| {
                if let Some(screen) = weak.upgrade() {
                    screen.imp().after_paint();
                }
            });
            self.clock.replace(Some((clock, handler)));
        }
        if let Some(surface) = screen.native().and_then(|native| native.surface()) {
            let weak = screen.downgrade();
            let handler = surface.connect_scale_factor_notify(move |_| {
                if let Some(screen) = weak.upgrade() {
                    screen.scale_changed();
                }
            });
            let weak = screen.downgrade();
            // Not by the signal's own method, which panics at a monitor that GDK does not know: GTK 4.8 tells of such.
            let entered = surface.connect_local("enter-monitor", true, move |_| {
                if let Some(screen) = weak.upgrade() {
                    screen.scale_changed();
                }
                None
            });
            self.surface.replace(Some((surface, [handler, entered])));
        }
        outputs::follow(&screen, &WidgetExt::display(&*screen));
    }

    fn unrealize(&self) {
        if let Some((clock, handler)) = self.clock.take() {
            clock.disconnect(handler);
        }
        if let Some((surface, handlers)) = self.surface.take() {
            handlers.into_iter().for_each(|handler| surface.disconnect(handler));
        }
        self.parent_unrealize();
    }

    fn root(&self) {
        self.parent_root();
        self.obj().join_window();
    }

    fn unroot(&self) {
        self.obj().leave_window();
        self.parent_unroot();
    }

    fn unmap(&self) {
        self.obj().let_all_go();
        self.parent_unmap();
    }

    fn measure(&self, _: gtk::Orientation, _: i32) -> (i32, i32, i32, i32) {
        (0, 0, -1, -1)
    }

    fn size_allocate(&self, width: i32, height: i32, baseline: i32) {
        self.parent_size_allocate(width, height, baseline);
        self.obj().size_changed();
    }

    fn snapshot(&self, snapshot: &gtk::Snapshot) {
        let screen = self.obj();
        self.painted.set(true);
        let size = (screen.width() as f32, screen.height() as f32);
        let begun = self.strips.borrow().as_ref().is_some_and(Strips::has_begun);
        let Some(placement) = screen.placement().filter(|_| begun) else {
            snapshot.append_color(&gdk::RGBA::BLACK, &graphene::Rect::new(0.0, 0.0, size.0, size.1));
            return;
        };
        draw_bars(snapshot, size, &placement);
        let (x, y, ..) = placement.area();
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x as f32, y as f32));
        let manner = Manner {
            software: screen.is_drawn_by_software(),
            crisp: self.crisp.get(),
            scale: screen.room().scale,
        };
        if let Some(strips) = self.strips.borrow_mut().as_mut() {
            strips.snapshot(snapshot, &placement, manner);
        }
        snapshot.restore();
        screen.draw_guest_pointer(snapshot, &placement);
    }
}

impl Screen {
    /// After the frame: what was drawn may be written again.
    fn after_paint(&self) {
        if !self.painted.replace(false) {
            return;
        }
        if let Some(strips) = self.strips.borrow_mut().as_mut() {
            strips.painted();
        }
        if self.owed.replace(false) {
            self.obj().request(Request::Drawn { head: self.head.get() });
        }
    }

    /// Something is to be drawn, and an answer is owed for it.
    pub(super) fn owe(&self) {
        self.owed.set(true);
        self.painted.set(false);
        self.obj().queue_draw();
    }
}

/// What the picture leaves of the widget is black.
fn draw_bars(snapshot: &gtk::Snapshot, (width, height): (f32, f32), placement: &Placement) {
    let (x, y, picture_width, picture_height) = placement.area();
    let (left, top) = ((x as f32).max(0.0), (y as f32).max(0.0));
    let right = ((x + picture_width) as f32).min(width);
    let bottom = ((y + picture_height) as f32).min(height);
    let bars = [
        (0.0, 0.0, width, top),
        (0.0, bottom, width, height - bottom),
        (0.0, top, left, bottom - top),
        (right, top, width - right, bottom - top),
    ];
    for (x, y, width, height) in bars {
        if width > 0.0 && height > 0.0 {
            snapshot.append_color(&gdk::RGBA::BLACK, &graphene::Rect::new(x, y, width, height));
        }
    }
}
