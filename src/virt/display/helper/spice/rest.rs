//! Rest while nobody looks.
//!
//! SPICE has no way to ask a server to wait, so the display channels are closed, and opened again when somebody looks: the server
//! then begins with the whole picture. Until it has come, the last one stays.

use std::rc::Rc;
use std::time::Duration;

use spice_client_glib::prelude::*;
use spice_client_glib::{Channel, ChannelEvent, DisplayChannel};

use super::Spice;

/// Whoever only passes by another tab looks again before.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a display channel does while nobody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// It is connected, or going to be.
    #[default]
    No,
    /// It was told to close.
    Begins,
    /// It is closed.
    Yes,
}

impl Spice {
    /// Nobody looks, or somebody does again.
    pub(super) fn hide(self: &Rc<Self>, hidden: bool) {
        if self.hidden.replace(hidden) == hidden {
            return;
        }
        if let Some(timer) = self.bedtime.take() {
            timer.remove();
        }
        if hidden {
            let weak = Rc::downgrade(self);
            let timer = glib::timeout_add_local_once(PATIENCE, move || {
                if let Some(spice) = weak.upgrade() {
                    spice.bedtime.take();
                    spice.lie_down();
                }
            });
            self.bedtime.replace(Some(timer));
        } else {
            self.get_up();
        }
    }

    /// Channels in this state, which become `next`.
    fn turn(&self, state: Rest, next: Rest) -> Vec<DisplayChannel> {
        let mut screens = self.screens.borrow_mut();
        let turned = screens
            .values_mut()
            .filter(|screen| screen.opened && screen.rest == state);
        turned
            .map(|screen| {
                screen.rest = next;
                screen.channel.clone()
            })
            .collect()
    }

    fn lie_down(&self) {
        if !self.ended.get() {
            for channel in self.turn(Rest::No, Rest::Begins) {
                ChannelExt::disconnect(&channel, ChannelEvent::None);
            }
        }
    }

    fn get_up(&self) {
        if !self.ended.get() {
            for channel in self.turn(Rest::Yes, Rest::No) {
                ChannelExt::connect(&channel);
            }
        }
    }

    pub(super) fn screen_opened(&self, channel: &Channel) {
        if let Some(screen) = self.screens.borrow_mut().get_mut(&channel.channel_id()) {
            screen.opened = true;
        }
    }

    /// Whether a display channel that has closed was told to; it may be wanted again already.
    pub(super) fn is_at_rest(&self, channel: &Channel) -> bool {
        let mut screens = self.screens.borrow_mut();
        let Some(screen) = screens.get_mut(&channel.channel_id()) else {
            return false;
        };
        if screen.rest != Rest::Begins {
            return false;
        }
        screen.rest = Rest::Yes;
        drop(screens);
        if !self.hidden.get() {
            self.get_up();
        }
        true
    }
}
