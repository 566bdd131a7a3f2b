//! Keys and pointer.

use std::cell::Cell;
use std::rc::Rc;

use spice_client_glib::{InputsChannel, KeyboardModifiersFlags, MainChannel, MouseButton};

use super::Spice;
use super::keys::{self, Scancode};
use crate::wire::{Button, Locks, News, Wheel};

/// `SPICE_MOUSE_MODE_CLIENT`: the guest takes places.
const PLACES: i32 = 2;

/// What is known about the pointer.
#[derive(Debug, Default)]
pub struct Pointer {
    /// Buttons that are down, as the protocol's mask.
    buttons: Cell<i32>,
    absolute: Cell<Option<bool>>,
}

fn number(button: Button) -> i32 {
    match button {
        Button::Left => MouseButton::Left as i32,
        Button::Middle => MouseButton::Middle as i32,
        Button::Right => MouseButton::Right as i32,
        Button::Side => MouseButton::Side as i32,
        Button::Extra => MouseButton::Extra as i32,
    }
}

fn clamped(place: u32) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

impl Spice {
    pub(super) fn wire_inputs(self: &Rc<Self>, inputs: &InputsChannel) {
        let weak = Rc::downgrade(self);
        inputs.connect_inputs_modifiers(move |inputs| {
            if let Some(spice) = weak.upgrade() {
                let lit = KeyboardModifiersFlags::from_bits_truncate(inputs.key_modifiers());
                spice.tell(News::Locks(Locks {
                    caps: lit.contains(KeyboardModifiersFlags::CAPS),
                    num: lit.contains(KeyboardModifiersFlags::NUM),
                    scroll: lit.contains(KeyboardModifiersFlags::SCROLL),
                }));
            }
        });
    }

    /// The server says whether it takes places or movements.
    pub(super) fn pointer_mode(&self, main: &MainChannel) {
        let absolute = main.mouse_mode() == PLACES;
        if self.pointer.absolute.replace(Some(absolute)) != Some(absolute) {
            self.tell(News::PointerMode { absolute });
        }
    }

    fn inputs(&self) -> Option<InputsChannel> {
        self.inputs.borrow().clone()
    }

    pub(super) fn key(&self, down: bool, code: u32) {
        let (Some(inputs), Some(scancode)) = (self.inputs(), keys::scancode(code)) else {
            return;
        };
        let send = |code: u32| {
            if down {
                inputs.key_press(code);
            } else {
                inputs.key_release(code);
            }
        };
        match scancode {
            Scancode::One(code) => send(code),
            Scancode::Two(first, second) => {
                send(first);
                send(second);
            }
        }
    }

    pub(super) fn move_to(&self, head: u32, x: u32, y: u32) {
        let (Some(inputs), Some(place)) = (self.inputs(), self.place_of(head)) else {
            return;
        };
        // The agent knows where each display begins; a tablet device knows only the whole picture of its graphics device.
        let (x, y) = if self.abilities.get().agent {
            (x, y)
        } else {
            (x.saturating_add(place.x), y.saturating_add(place.y))
        };
        inputs.position(clamped(x), clamped(y), clamped(head), self.pointer.buttons.get());
    }

    pub(super) fn move_by(&self, dx: i32, dy: i32) {
        if let Some(inputs) = self.inputs() {
            inputs.motion(dx, dy, self.pointer.buttons.get());
        }
    }

    pub(super) fn click(&self, button: Button, down: bool) {
        let Some(inputs) = self.inputs() else { return };
        let number = number(button);
        let bit = 1 << (number - 1);
        let before = self.pointer.buttons.get();
        if down {
            self.pointer.buttons.set(before | bit);
            inputs.button_press(number, before | bit);
        } else {
            self.pointer.buttons.set(before & !bit);
            inputs.button_release(number, before & !bit);
        }
    }

    /// The protocol has no wheel to the sides.
    pub(super) fn scroll(&self, wheel: Wheel) {
        let Some(inputs) = self.inputs() else { return };
        let number = match wheel {
            Wheel::Up => MouseButton::Up as i32,
            Wheel::Down => MouseButton::Down as i32,
            Wheel::Left | Wheel::Right => return,
        };
        let buttons = self.pointer.buttons.get();
        inputs.button_press(number, buttons | 1 << (number - 1));
        inputs.button_release(number, buttons);
    }

    pub(super) fn set_locks(&self, locks: Locks) {
        let Some(inputs) = self.inputs() else { return };
        let mut bits = KeyboardModifiersFlags::NONE;
        bits.set(KeyboardModifiersFlags::CAPS, locks.caps);
        bits.set(KeyboardModifiersFlags::NUM, locks.num);
        bits.set(KeyboardModifiersFlags::SCROLL, locks.scroll);
        inputs.set_key_locks(bits.bits().cast_unsigned());
    }
}
