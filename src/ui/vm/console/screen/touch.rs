//! Fingers: a tap is a click, a finger that moves drags, two turn the wheel, one that stays is the right button.

use std::cell::Cell;
use std::rc::Rc;

use gtk::prelude::*;
use gtk4 as gtk;
use gtk4::subclass::prelude::*;

use super::Screen;
use crate::model::display::wheel::FINGER_NOTCH;
use crate::model::display::wire::Button;

/// Way in pixels of the desktop from which a finger drags.
const THRESHOLD: f64 = 12.0;

impl Screen {
    pub(super) fn listen_to_touch(&self) {
        let drag = gtk::GestureDrag::builder().touch_only(true).build();
        let stay = gtk::GestureLongPress::builder().touch_only(true).build();
        let pair = gtk::GestureZoom::new();
        self.follow_drag(&drag);
        self.follow_stay(&stay, &drag);
        self.follow_pair(&pair, &drag);
        drag.group_with(&stay);
        self.add_controller(drag);
        self.add_controller(stay);
        self.add_controller(pair);
    }

    fn takes_touch(&self) -> bool {
        !self.imp().view_only.get() && self.picture_size().is_some()
    }

    fn follow_drag(&self, drag: &gtk::GestureDrag) {
        let dragging = Rc::new(Cell::new(false));
        let (weak, begun) = (self.downgrade(), dragging.clone());
        drag.connect_drag_begin(move |drag, x, y| {
            begun.set(false);
            match weak.upgrade() {
                Some(screen) if screen.takes_touch() => {
                    screen.pointer_moved(x, y);
                    screen.hold_by(drag.current_event().as_ref());
                }
                _ => {
                    drag.set_state(gtk::EventSequenceState::Denied);
                }
            }
        });
        let (weak, moved) = (self.downgrade(), dragging.clone());
        drag.connect_drag_update(move |drag, dx, dy| {
            let (Some(screen), Some((x, y))) = (weak.upgrade(), drag.start_point()) else {
                return;
            };
            if !moved.get() && dx.hypot(dy) > THRESHOLD {
                moved.set(true);
                drag.set_state(gtk::EventSequenceState::Claimed);
                screen.click(Button::Left, true);
            }
            if moved.get() {
                screen.pointer_moved(x + dx, y + dy);
            }
        });
        let (weak, ended) = (self.downgrade(), dragging.clone());
        drag.connect_drag_end(move |drag, _, _| {
            let Some(screen) = weak.upgrade() else { return };
            let denied = drag
                .last_updated_sequence()
                .is_some_and(|sequence| drag.sequence_state(&sequence) == gtk::EventSequenceState::Denied);
            if !ended.replace(false) && !denied && screen.takes_touch() {
                screen.click(Button::Left, true);
            }
            screen.click(Button::Left, false);
        });
        let weak = self.downgrade();
        drag.connect_cancel(move |_, _| {
            dragging.set(false);
            if let Some(screen) = weak.upgrade() {
                screen.click(Button::Left, false);
            }
        });
    }

    fn follow_stay(&self, stay: &gtk::GestureLongPress, drag: &gtk::GestureDrag) {
        let (weak, drag) = (self.downgrade(), drag.clone());
        stay.connect_pressed(move |_, x, y| {
            let Some(screen) = weak.upgrade().filter(Screen::takes_touch) else {
                return;
            };
            drag.set_state(gtk::EventSequenceState::Denied);
            screen.pointer_moved(x, y);
            screen.click(Button::Right, true);
            screen.click(Button::Right, false);
        });
    }

    fn follow_pair(&self, pair: &gtk::GestureZoom, drag: &gtk::GestureDrag) {
        let last: Rc<Cell<Option<(f64, f64)>>> = Rc::default();
        let (drag, begun) = (drag.clone(), last.clone());
        pair.connect_begin(move |pair, _| {
            drag.set_state(gtk::EventSequenceState::Denied);
            begun.set(pair.bounding_box_center());
        });
        let weak = self.downgrade();
        pair.connect_update(move |pair, _| {
            let (Some(screen), Some(now)) = (weak.upgrade(), pair.bounding_box_center()) else {
                return;
            };
            let Some(before) = last.replace(Some(now)).filter(|_| screen.takes_touch()) else {
                return;
            };
            // The picture follows the fingers, so the wheel turns against them.
            screen.turn((before.0 - now.0) / FINGER_NOTCH, (before.1 - now.1) / FINGER_NOTCH);
        });
    }
}
