//! Keyboard and pointer.

use gvnc::Connection;

use super::{Session, keys};
use crate::wire::{Button, Locks, Request, Wheel};

/// Where movements are counted from while the guest takes no places: QEMU's agreement.
const CENTRE: i32 = 0x7fff;

/// The pointer as the server knows it: every message has all of it.
#[derive(Default)]
pub struct Pointer {
    pub absolute: bool,
    buttons: u8,
    x: u16,
    y: u16,
}

/// Does what was asked, if it is about keyboard or pointer.
pub fn take(session: &Session, connection: &Connection, request: &Request) {
    match *request {
        Request::Key { down, code, symbol } => key(connection, down, code, symbol),
        Request::SetLocks(locks) => set_locks(session, connection, locks),
        Request::Move { x, y, .. } => {
            let mut pointer = session.pointer.borrow_mut();
            let side = |at: u32| u16::try_from(at).unwrap_or(u16::MAX);
            (pointer.x, pointer.y) = (side(x), side(y));
            pointer.send(connection);
        }
        Request::MoveBy { dx, dy } => {
            let mut pointer = session.pointer.borrow_mut();
            if !pointer.absolute {
                let from_centre = |by: i32| u16::try_from(CENTRE.saturating_add(by).clamp(0, 0xffff)).unwrap_or(0x7fff);
                (pointer.x, pointer.y) = (from_centre(dx), from_centre(dy));
                pointer.send(connection);
            }
        }
        Request::Click { button, down } => {
            let mut pointer = session.pointer.borrow_mut();
            let bit = match button {
                Button::Left => 1,
                Button::Middle => 2,
                Button::Right => 4,
                Button::Side => 128,
                // The mask has no ninth bit.
                Button::Extra => return,
            };
            if down {
                pointer.buttons |= bit;
            } else {
                pointer.buttons &= !bit;
            }
            pointer.stay();
            pointer.send(connection);
        }
        Request::Scroll(wheel) => {
            let mut pointer = session.pointer.borrow_mut();
            let bit = match wheel {
                Wheel::Up => 8,
                Wheel::Down => 16,
                Wheel::Left => 32,
                Wheel::Right => 64,
            };
            pointer.stay();
            pointer.buttons |= bit;
            pointer.send(connection);
            pointer.buttons &= !bit;
            pointer.send(connection);
        }
        _ => {}
    }
}

impl Pointer {
    /// No further movement.
    fn stay(&mut self) {
        if !self.absolute {
            (self.x, self.y) = (0x7fff, 0x7fff);
        }
    }

    fn send(&self, connection: &Connection) {
        // An error comes by signal as well.
        let _ = connection.pointer_event(self.buttons, self.x, self.y);
    }
}

fn key(connection: &Connection, down: bool, code: u32, symbol: u32) {
    let place = keys::place(code);
    if place == 0 && symbol == 0 {
        return;
    }
    let _ = connection.key_event(down, symbol, place);
}

/// Presses the lock keys whose lights are known to differ.
fn set_locks(session: &Session, connection: &Connection, wanted: Locks) {
    let Some(now) = session.state.borrow().locks else {
        return;
    };
    let differing = [
        (now.caps != wanted.caps, 58, 0xffe5),
        (now.num != wanted.num, 69, 0xff7f),
        (now.scroll != wanted.scroll, 70, 0xff14),
    ];
    for (_, code, symbol) in differing.into_iter().filter(|(differs, ..)| *differs) {
        key(connection, true, code, symbol);
        key(connection, false, code, symbol);
    }
}
