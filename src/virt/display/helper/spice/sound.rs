//! Sound and microphone: played and recorded by the library, by way of GStreamer.
//!
//! The library connects every audio channel that it sees as soon as its player exists. So that the microphone stays out of it and
//! sound can be turned on later, the player is made only when it is needed, and shown only the channels that are allowed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use glib::prelude::*;
use spice_client_glib::prelude::*;
use spice_client_glib::{Audio, Channel, ChannelEvent, PlaybackChannel, RecordChannel};

use super::Spice;

/// What is played.
#[derive(Debug, Default)]
pub struct Sound {
    wanted: Cell<bool>,
    playback: RefCell<Option<PlaybackChannel>>,
    record: RefCell<Option<RecordChannel>>,
    player: RefCell<Option<Audio>>,
    /// Channels that the player knows.
    shown: RefCell<Vec<Channel>>,
    announcing: Cell<bool>,
    /// We are turning playback off.
    closing: Cell<bool>,
    scheduled: Cell<bool>,
}

impl Sound {
    /// Not played yet.
    pub fn new(wanted: bool) -> Self {
        let sound = Self::default();
        sound.wanted.set(wanted);
        sound
    }

    /// A channel is just being shown to the player alone.
    pub fn announces(&self) -> bool {
        self.announcing.get()
    }

    /// The channels that should be connected.
    fn allowed(&self) -> Vec<Channel> {
        let playback = self.playback.borrow().clone().filter(|_| self.wanted.get());
        let record = self.record.borrow().clone();
        let playback = playback.map(|channel| channel.upcast::<Channel>());
        playback
            .into_iter()
            .chain(record.map(|channel| channel.upcast()))
            .collect()
    }
}

impl Spice {
    pub(super) fn add_playback(self: &Rc<Self>, channel: &PlaybackChannel) {
        self.sound.playback.replace(Some(channel.clone()));
        self.change_abilities(|abilities| abilities.sound = true);
        self.play_soon();
    }

    pub(super) fn add_record(self: &Rc<Self>, channel: &RecordChannel) {
        self.sound.record.replace(Some(channel.clone()));
        self.play_soon();
    }

    pub(super) fn remove_audio(&self, channel: &Channel) {
        if channel.is::<PlaybackChannel>() {
            self.sound.playback.replace(None);
            self.change_abilities(|abilities| abilities.sound = false);
        } else {
            self.sound.record.replace(None);
        }
        self.sound.shown.borrow_mut().retain(|shown| shown != channel);
    }

    /// A channel that was turned off and is wanted again already.
    pub(super) fn audio_closed(&self, channel: &Channel) {
        // One that the server has closed stays so: it might do that without end.
        if self.sound.closing.replace(false) && self.sound.allowed().contains(channel) && !self.ended.get() {
            ChannelExt::connect(channel);
        }
    }

    /// Turns sound on or off.
    pub(super) fn sound(self: &Rc<Self>, on: bool) {
        self.sound.wanted.set(on);
        if on {
            self.play_soon();
            return;
        }
        let playback = self.sound.playback.borrow().clone();
        if let Some(playback) = playback {
            self.sound.closing.set(true);
            ChannelExt::disconnect(&playback, ChannelEvent::None);
        }
    }

    /// Plays when the library has made all channels: it does so one by one.
    fn play_soon(self: &Rc<Self>) {
        if self.sound.allowed().is_empty() || self.sound.scheduled.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        glib::idle_add_local_full(glib::Priority::LOW, move || {
            if let Some(spice) = weak.upgrade().filter(|spice| !spice.ended.get()) {
                spice.sound.scheduled.set(false);
                spice.play();
            }
            glib::ControlFlow::Break
        });
    }

    fn play(&self) {
        if self.sound.player.borrow().is_none() {
            // Else the new player connects whatever audio channel there is.
            self.session.set_enable_audio(false);
            let Some(player) = Audio::get(&self.session, None) else {
                eprintln!("no sound: the library has no player");
                return;
            };
            self.sound.player.replace(Some(player));
        }
        for channel in self.sound.allowed() {
            if self.sound.shown.borrow().contains(&channel) {
                ChannelExt::connect(&channel);
                continue;
            }
            self.sound.shown.borrow_mut().push(channel.clone());
            self.sound.announcing.set(true);
            self.session.emit_by_name::<()>("channel-new", &[&channel]);
            self.sound.announcing.set(false);
        }
    }
}
