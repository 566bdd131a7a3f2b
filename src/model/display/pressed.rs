//! What is held down on a display: each press is followed by one release, whatever happens to the focus in between.

use super::wire::{Button, Request};

/// Keys and buttons that the guest believes to be held.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Pressed {
    keys: Vec<(u32, u32)>,
    buttons: Vec<Button>,
}

impl Pressed {
    /// A key goes down, or repeats.
    pub fn press(&mut self, code: u32, symbol: u32) -> Request {
        match self.keys.iter_mut().find(|key| key.0 == code) {
            // The layout may have changed while it was held: what went down comes up.
            Some(key) => Request::Key {
                down: true,
                code,
                symbol: key.1,
            },
            None => {
                self.keys.push((code, symbol));
                Request::Key {
                    down: true,
                    code,
                    symbol,
                }
            }
        }
    }

    /// A key comes up; `None` if the guest never saw it go down.
    pub fn release(&mut self, code: u32) -> Option<Request> {
        let at = self.keys.iter().position(|key| key.0 == code)?;
        let (code, symbol) = self.keys.remove(at);
        Some(Request::Key {
            down: false,
            code,
            symbol,
        })
    }

    /// A button changes; `None` if the guest knows it so.
    pub fn click(&mut self, button: Button, down: bool) -> Option<Request> {
        let at = self.buttons.iter().position(|held| *held == button);
        match (at, down) {
            (None, true) => self.buttons.push(button),
            (Some(at), false) => {
                self.buttons.remove(at);
            }
            _ => return None,
        }
        Some(Request::Click { button, down })
    }

    /// Whether a key is held.
    #[must_use]
    pub fn holds(&self, code: u32) -> bool {
        self.keys.iter().any(|key| key.0 == code)
    }

    /// Whether a button is held.
    #[must_use]
    pub fn has_buttons(&self) -> bool {
        !self.buttons.is_empty()
    }

    /// Lets go of all, the last first.
    pub fn release_all(&mut self) -> Vec<Request> {
        let buttons = self
            .buttons
            .drain(..)
            .rev()
            .map(|button| Request::Click { button, down: false });
        let keys = self.keys.drain(..).rev().map(|(code, symbol)| Request::Key {
            down: false,
            code,
            symbol,
        });
        buttons.chain(keys).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: (u32, u32) = (29, 0xffe3);
    const ALT: (u32, u32) = (56, 0xffe9);

    fn up((code, symbol): (u32, u32)) -> Request {
        Request::Key {
            down: false,
            code,
            symbol,
        }
    }

    #[test]
    fn what_is_held_is_let_go_in_reverse() {
        let mut pressed = Pressed::default();
        pressed.press(CONTROL.0, CONTROL.1);
        pressed.press(ALT.0, ALT.1);
        pressed.click(Button::Left, true);
        let up_button = Request::Click {
            button: Button::Left,
            down: false,
        };
        assert_eq!(pressed.release_all(), [up_button, up(ALT), up(CONTROL)]);
        assert_eq!(pressed, Pressed::default());
        assert!(pressed.release_all().is_empty());
    }

    #[test]
    fn a_repeating_key_is_let_go_once() {
        let mut pressed = Pressed::default();
        for _ in 0..5 {
            assert_eq!(
                pressed.press(30, 97),
                Request::Key {
                    down: true,
                    code: 30,
                    symbol: 97
                }
            );
        }
        assert_eq!(pressed.release(30), Some(up((30, 97))));
        assert_eq!(pressed.release(30), None);
    }

    #[test]
    fn a_key_comes_up_with_the_symbol_it_went_down_with() {
        let mut pressed = Pressed::default();
        pressed.press(16, u32::from(b'q'));
        assert_eq!(
            pressed.press(16, u32::from(b'a')),
            Request::Key {
                down: true,
                code: 16,
                symbol: u32::from(b'q')
            }
        );
        assert_eq!(pressed.release(16), Some(up((16, u32::from(b'q')))));
    }

    #[test]
    fn keys_that_never_went_down_do_not_come_up() {
        assert_eq!(Pressed::default().release(28), None);
        assert_eq!(Pressed::default().click(Button::Left, false), None);
    }
}
