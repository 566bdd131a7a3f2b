//! The pointer: places or movements, buttons, the wheel; and the view that follows it where the picture is larger.

use std::cell::{Cell, RefCell};

use glib::Propagation;
use gtk::{gdk, graphene, prelude::*};
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::Screen;
use super::lock::Lock;
use crate::model::display::wheel::{FINGER_NOTCH, Turned};
use crate::model::display::wire::{Button, Request};

/// Width of the edge, in pixels of the desktop, at which a picture that does not fit is moved.
const EDGE: f64 = 32.0;
/// Pixels of the desktop per second that it moves with the pointer at the very edge.
const SPEED: f64 = 1500.0;

/// What is known of the pointer.
pub struct Pointer {
    absolute: Cell<bool>,
    /// The pixel that was told last.
    told: Cell<Option<(u32, u32)>>,
    /// Where it is on the widget.
    at: Cell<Option<(f64, f64)>>,
    turned: Cell<Turned>,
    /// Movements that are not whole yet.
    rest: Cell<(f64, f64)>,
    lock: RefCell<Option<Lock>>,
    caught: Cell<bool>,
    panning: RefCell<Option<gtk::TickCallbackId>>,
}

impl Default for Pointer {
    fn default() -> Self {
        Self {
            absolute: Cell::new(true),
            told: Cell::default(),
            at: Cell::default(),
            turned: Cell::default(),
            rest: Cell::default(),
            lock: RefCell::default(),
            caught: Cell::default(),
            panning: RefCell::default(),
        }
    }
}

impl Pointer {
    pub(super) fn absolute(&self) -> bool {
        self.absolute.get()
    }

    pub(super) fn is_caught(&self) -> bool {
        self.caught.get()
    }

    pub(super) fn stop(&self) {
        self.lock.take();
        if let Some(panning) = self.panning.take() {
            panning.remove();
        }
    }
}

fn button(number: u32) -> Option<Button> {
    Some(match number {
        1 => Button::Left,
        2 => Button::Middle,
        3 => Button::Right,
        8 => Button::Side,
        9 => Button::Extra,
        _ => return None,
    })
}

impl Screen {
    pub(super) fn listen_to_pointer(&self) {
        // Gestures follow one button at a time; a guest wants them all.
        let events = gtk::EventControllerLegacy::new();
        let weak = self.downgrade();
        events.connect_event(move |_, event| match weak.upgrade() {
            Some(screen) if screen.takes_pointer() => screen.pointer_event(event),
            _ => Propagation::Proceed,
        });
        self.add_controller(events);
        let crossing = gtk::EventControllerMotion::new();
        let weak = self.downgrade();
        crossing.connect_leave(move |_| {
            if let Some(screen) = weak.upgrade() {
                screen.pointer_left();
            }
        });
        self.add_controller(crossing);
    }

    fn takes_pointer(&self) -> bool {
        !self.imp().view_only.get() && self.picture_size().is_some()
    }

    fn pointer_event(&self, event: &gdk::Event) -> Propagation {
        if event.is_pointer_emulated() {
            return Propagation::Proceed;
        }
        match event.event_type() {
            gdk::EventType::MotionNotify => {
                if let Some((x, y)) = self.place_of(event) {
                    self.pointer_moved(x, y);
                }
            }
            gdk::EventType::ButtonPress | gdk::EventType::ButtonRelease => {
                let Some(event_button) = event.downcast_ref::<gdk::ButtonEvent>() else {
                    return Propagation::Proceed;
                };
                let down = event.event_type() == gdk::EventType::ButtonPress;
                let Some(button) = button(event_button.button()) else {
                    return Propagation::Proceed;
                };
                if down {
                    let place = self.place_of(event);
                    self.button_down(button, place, event);
                } else {
                    self.click(button, false);
                }
            }
            gdk::EventType::Scroll => {
                let Some(scroll) = event.downcast_ref::<gdk::ScrollEvent>() else {
                    return Propagation::Proceed;
                };
                self.scrolled(scroll);
            }
            _ => return Propagation::Proceed,
        }
        Propagation::Stop
    }

    /// Where on the widget something happened.
    fn place_of(&self, event: &gdk::Event) -> Option<(f64, f64)> {
        let (x, y) = event.position()?;
        let native = self.native()?;
        let (left, top) = native.surface_transform();
        let place = graphene::Point::new((x - left) as f32, (y - top) as f32);
        let place = native.compute_point(self, &place)?;
        Some((f64::from(place.x()), f64::from(place.y())))
    }

    fn button_down(&self, button: Button, place: Option<(f64, f64)>, event: &gdk::Event) {
        self.spoil_chord();
        let pointer = &self.imp().pointer;
        // The click that catches the pointer is no click for the guest, which has its pointer elsewhere.
        let catches = !pointer.absolute.get() && !pointer.caught.get();
        if let Some((x, y)) = place {
            self.pointer_moved(x, y);
        }
        self.hold_by(Some(event));
        if catches {
            self.catch_pointer(event);
        } else {
            self.click(button, true);
        }
    }

    /// The pointer is there, on the widget or, with a button held, beside it.
    pub(super) fn pointer_moved(&self, x: f64, y: f64) {
        let pointer = &self.imp().pointer;
        let before = pointer.at.replace(Some((x, y)));
        if pointer.absolute.get() {
            self.tell_place();
            self.pan_at_edge();
        } else if pointer.caught.get()
            && pointer.lock.borrow().is_none()
            && let Some(before) = before
        {
            // Nothing holds it here: movements end at the edge of the monitor, but they are movements.
            self.moved_by(x - before.0, y - before.1);
        }
    }

    fn tell_place(&self) {
        let pointer = &self.imp().pointer;
        let (Some((x, y)), Some(placement)) = (pointer.at.get(), self.placement()) else {
            return;
        };
        let pixel = placement.pixel(x, y);
        if pointer.told.replace(Some(pixel)) != Some(pixel) {
            let head = self.imp().head.get();
            self.request(Request::Move {
                head,
                x: pixel.0,
                y: pixel.1,
            });
        }
    }

    /// The picture has another size: what was told last was another place.
    pub(super) fn forget_place(&self) {
        self.imp().pointer.told.set(None);
    }

    /// A button changes where the pointer is.
    pub(super) fn click(&self, button: Button, down: bool) {
        let request = self.imp().keyboard.pressed.borrow_mut().click(button, down);
        if let Some(request) = request {
            self.request(request);
        }
    }

    fn scrolled(&self, event: &gdk::ScrollEvent) {
        self.spoil_chord();
        if event.is_stop() {
            self.imp().pointer.turned.set(Turned::default());
            return;
        }
        let (right, down) = match event.direction() {
            gdk::ScrollDirection::Up => (0.0, -1.0),
            gdk::ScrollDirection::Down => (0.0, 1.0),
            gdk::ScrollDirection::Left => (-1.0, 0.0),
            gdk::ScrollDirection::Right => (1.0, 0.0),
            _ => {
                let (right, down) = event.deltas();
                match event.unit() {
                    gdk::ScrollUnit::Surface => (right / FINGER_NOTCH, down / FINGER_NOTCH),
                    _ => (right, down),
                }
            }
        };
        self.turn(right, down);
    }

    /// The wheel turns, in notches.
    pub(super) fn turn(&self, right: f64, down: f64) {
        let turned = &self.imp().pointer.turned;
        let mut sum = turned.get();
        let notches = sum.turn(right, down);
        turned.set(sum);
        for notch in notches {
            self.request(Request::Scroll(notch));
        }
    }

    fn pointer_left(&self) {
        let pointer = &self.imp().pointer;
        pointer.turned.set(Turned::default());
        if !self.imp().keyboard.pressed.borrow().has_buttons() {
            pointer.at.set(None);
        }
        // A guest that moved its pointer meanwhile is to be told again.
        pointer.told.set(None);
    }

    /// Movements of a pointer that is caught, in pixels of the desktop.
    pub(super) fn moved_by(&self, dx: f64, dy: f64) {
        let rest = &self.imp().pointer.rest;
        let sum = (rest.get().0 + dx, rest.get().1 + dy);
        let whole = (sum.0.trunc(), sum.1.trunc());
        rest.set((sum.0 - whole.0, sum.1 - whole.1));
        if whole != (0.0, 0.0) {
            self.request(Request::MoveBy {
                dx: whole.0 as i32,
                dy: whole.1 as i32,
            });
        }
    }

    fn catch_pointer(&self, event: &gdk::Event) {
        let pointer = &self.imp().pointer;
        pointer.caught.set(true);
        pointer.rest.set((0.0, 0.0));
        let weak = self.downgrade();
        let lock = event.surface().and_then(|surface| {
            Lock::new(&surface, event.device().as_ref(), move |dx, dy| {
                if let Some(screen) = weak.upgrade() {
                    screen.moved_by(dx, dy);
                }
            })
        });
        pointer.lock.replace(lock);
        self.shape_changed();
        self.tell_grab();
    }

    /// Lets the pointer go; whether it was caught.
    pub(super) fn free_pointer(&self) -> bool {
        let pointer = &self.imp().pointer;
        pointer.lock.take();
        let caught = pointer.caught.replace(false);
        if caught {
            self.shape_changed();
        }
        caught
    }

    /// Places or movements.
    pub(super) fn set_absolute(&self, absolute: bool) {
        let pointer = &self.imp().pointer;
        if pointer.absolute.replace(absolute) == absolute {
            return;
        }
        pointer.told.set(None);
        if self.free_pointer() {
            self.tell_grab();
        }
        self.shape_changed();
        self.queue_draw();
    }

    /// Moves a picture that does not fit while the pointer is at an edge.
    fn pan_at_edge(&self) {
        let panning = &self.imp().pointer.panning;
        if panning.borrow().is_some() || self.pan_speed() == (0.0, 0.0) {
            return;
        }
        let last = Cell::new(0);
        let tick = self.add_tick_callback(move |screen, clock| {
            let now = clock.frame_time();
            let before = last.replace(now);
            let seconds = if before == 0 {
                0.0
            } else {
                ((now - before) as f64 / 1e6).min(0.1)
            };
            if screen.pan_by(seconds) {
                glib::ControlFlow::Continue
            } else {
                screen.imp().pointer.panning.take();
                glib::ControlFlow::Break
            }
        });
        panning.replace(Some(tick));
    }

    /// Pixels of the desktop per second, to the right and down.
    fn pan_speed(&self) -> (f64, f64) {
        let (Some((x, y)), Some(placement)) = (self.imp().pointer.at.get(), self.placement()) else {
            return (0.0, 0.0);
        };
        let (left, top, width, height) = placement.area();
        let axis = |at: f64, size: f64, begin: f64, length: f64| {
            let edge = EDGE.min(size / 4.0);
            if at < edge && begin < 0.0 {
                ((at - edge) / edge).max(-1.0) * SPEED
            } else if at > size - edge && begin + length > size + 0.01 {
                ((at - size + edge) / edge).min(1.0) * SPEED
            } else {
                0.0
            }
        };
        (
            axis(x, f64::from(self.width()), left, width),
            axis(y, f64::from(self.height()), top, height),
        )
    }

    /// Moves the view, if the picture does not fit, so that this pixel and what is around it is seen.
    pub(super) fn show_pixel(&self, x: u32, y: u32) {
        let Some(placement) = self.placement().filter(|placement| placement.hidden() != (0.0, 0.0)) else {
            return;
        };
        let scale = self.room().scale;
        let (left, top) = placement.place(x, y);
        let beside = |at: f64, size: i32| {
            let edge = EDGE.min(f64::from(size) / 4.0);
            (at - edge).min(0.0) + (at + edge - f64::from(size)).max(0.0)
        };
        let pan = self.imp().pan.get();
        self.imp().pan.set((
            (pan.0 + beside(left, self.width()) * scale).clamp(0.0, placement.hidden().0),
            (pan.1 + beside(top, self.height()) * scale).clamp(0.0, placement.hidden().1),
        ));
    }

    /// Moves the view for so long; whether there is still a way to go.
    fn pan_by(&self, seconds: f64) -> bool {
        let speed = self.pan_speed();
        let Some(placement) = self.placement() else {
            return false;
        };
        if speed == (0.0, 0.0) {
            return false;
        }
        let imp = self.imp();
        let scale = self.room().scale;
        let (pan, hidden) = (imp.pan.get(), placement.hidden());
        imp.pan.set((
            (pan.0 + speed.0 * seconds * scale).clamp(0.0, hidden.0),
            (pan.1 + speed.1 * seconds * scale).clamp(0.0, hidden.1),
        ));
        self.tell_place();
        self.queue_draw();
        true
    }
}
