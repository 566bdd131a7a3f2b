//! Where the picture stands, and the size that a guest should have.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gtk::{gdk, graphene, prelude::*};
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::{Screen, outputs};
use crate::model::display::geometry::{Placement, Room};
use crate::model::display::wire::Request;

/// A window that is being dragged larger must not make the guest change its mode at every step.
const REST: Duration = Duration::from_millis(300);

type Changed = Rc<dyn Fn(u32, u32)>;

/// What is known about sizes.
#[derive(Default)]
pub struct Sizing {
    pub(super) changed: RefCell<Vec<Changed>>,
    pub(super) resize_guest: Cell<bool>,
    told: Cell<Option<(u32, u32)>>,
    asked: Cell<Option<(u32, u32)>>,
    waiting: RefCell<Option<glib::SourceId>>,
}

impl Sizing {
    pub(super) fn stop(&self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.remove();
        }
    }

    /// The next guest is another one, and was not asked yet.
    pub(super) fn forget(&self) {
        self.asked.set(None);
    }
}

/// Pixels for each of the desktop, those that are drawn and those of the monitor. GTK before 4.12 draws whole numbers only and lets
/// the compositor shrink that.
fn scales(surface: &gdk::Surface) -> (f64, f64) {
    if surface.has_property_with_type("scale", f64::static_type()) {
        let scale = surface.property::<f64>("scale");
        return (scale, scale);
    }
    let drawn = f64::from(surface.scale_factor());
    let monitor = outputs::scale_of(surface).filter(|scale| *scale < drawn);
    (drawn, monitor.unwrap_or(drawn))
}

impl Screen {
    /// The widget as a place for a picture.
    pub(super) fn room(&self) -> Room {
        let native = self.native();
        let (scale, monitor) = match native.as_ref().and_then(|native| native.surface()) {
            Some(surface) => scales(&surface),
            None => (f64::from(self.scale_factor()), f64::from(self.scale_factor())),
        };
        let origin = native.and_then(|native| {
            let (x, y) = native.surface_transform();
            let place = self.compute_point(&native, &graphene::Point::zero())?;
            Some((f64::from(place.x()) + x, f64::from(place.y()) + y))
        });
        Room {
            width: f64::from(self.width()),
            height: f64::from(self.height()),
            origin: origin.unwrap_or_default(),
            scale,
            monitor,
        }
    }

    /// The picture in it.
    pub(super) fn placement(&self) -> Option<Placement> {
        let imp = self.imp();
        let size = imp.strips.borrow().as_ref()?.size();
        (self.width() > 0 && self.height() > 0)
            .then(|| Placement::new(size, &self.room(), imp.scaling.get(), imp.pan.get()))
    }

    /// Whether the processor draws.
    pub(super) fn is_drawn_by_software(&self) -> bool {
        self.native()
            .and_then(|native| native.renderer())
            .is_some_and(|renderer| renderer.type_().name() == "GskCairoRenderer")
    }

    /// The window has another size, or the picture another scale: the guest is asked when that stays so.
    pub(super) fn size_changed(&self) {
        let sizing = &self.imp().sizing;
        sizing.stop();
        let weak = self.downgrade();
        let waiting = glib::timeout_add_local_once(REST, move || {
            if let Some(screen) = weak.upgrade() {
                screen.imp().sizing.waiting.take();
                screen.tell_wanted_size();
            }
        });
        sizing.waiting.replace(Some(waiting));
    }

    /// The monitor has another scale.
    pub(super) fn scale_changed(&self) {
        self.size_changed();
        self.shape_changed();
        self.queue_draw();
    }

    /// Tells the size that fills the screen, and asks the guest for it if that is wished; each size once.
    pub(super) fn tell_wanted_size(&self) {
        let sizing = &self.imp().sizing;
        if self.width() <= 0 || self.height() <= 0 {
            return;
        }
        self.shape_changed();
        let wanted = self.wanted_size();
        if sizing.told.replace(Some(wanted)) != Some(wanted) {
            let listeners = sizing.changed.borrow().clone();
            for changed in listeners {
                changed(wanted.0, wanted.1);
            }
        }
        if !sizing.resize_guest.get() || self.picture_size().is_none() {
            return;
        }
        if sizing.asked.replace(Some(wanted)) != Some(wanted) && self.picture_size() != Some(wanted) {
            let (width, height) = wanted;
            let head = self.imp().head.get();
            self.request(Request::Resize { head, width, height });
        }
    }

    /// Turns the asking on or off.
    pub(super) fn resize_guest(&self, resize: bool) {
        let sizing = &self.imp().sizing;
        if sizing.resize_guest.replace(resize) != resize {
            sizing.asked.set(None);
            if resize && sizing.waiting.borrow().is_none() {
                self.tell_wanted_size();
            }
        }
    }
}
