//! Which signal of which channel goes where.

use std::rc::Rc;
use std::time::Duration;

use glib::prelude::*;
use spice_client_glib::prelude::*;
use spice_client_glib::{
    Channel, ChannelEvent, CursorChannel, DisplayChannel, InputsChannel, MainChannel, PlaybackChannel, RecordChannel,
    SmartcardChannel, UsbredirChannel, WebdavChannel,
};

use super::Spice;
use super::session::{end_of, is_essential, name_of};
use crate::wire::{End, News};

/// How long a display channel may be gone while the main channel lives: a machine that ends closes both.
const GONE: Duration = Duration::from_secs(2);
/// Display channels that are taken, and as many for cursors. Each connected channel has a stack of 16 MiB, which counts as
/// memory of this process although hardly any of it is used.
const MOST_SCREENS: u32 = 4;
/// Channels for USB devices.
const MOST_USB: i32 = 4;

/// Connects the session's signals.
pub fn wire(spice: &Rc<Spice>) {
    let weak = Rc::downgrade(spice);
    spice.session.connect_channel_new(move |session, channel| {
        let Some(spice) = weak.upgrade().filter(|spice| !spice.ended.get()) else {
            return;
        };
        let unheard = channel.is::<RecordChannel>() && !spice.open.microphone;
        if unheard || channel.is::<UsbredirChannel>() && channel.channel_id() >= MOST_USB {
            // The library's own handlers behind ours would connect it.
            session.stop_signal_emission_by_name("channel-new");
            return;
        }
        if spice.sound.announces() {
            return;
        }
        spice.channel_new(channel);
    });
    let weak = Rc::downgrade(spice);
    spice.session.connect_channel_destroy(move |_, channel| {
        if let Some(spice) = weak.upgrade() {
            spice.channel_destroyed(channel);
        }
    });
    let weak = Rc::downgrade(spice);
    spice.session.connect_name_notify(move |session| {
        if let (Some(spice), Some(name)) = (weak.upgrade(), session.name()) {
            spice.tell(News::Name(name.chars().take(crate::wire::LONGEST_TEXT).collect()));
        }
    });
}

fn is_audio(channel: &Channel) -> bool {
    channel.is::<PlaybackChannel>() || channel.is::<RecordChannel>()
}

impl Spice {
    fn channel_new(self: &Rc<Self>, channel: &Channel) {
        let weak = Rc::downgrade(self);
        channel.connect_open_fd(move |channel, tls| {
            if let Some(spice) = weak.upgrade() {
                spice.need_socket(channel, tls != 0);
            }
        });
        let weak = Rc::downgrade(self);
        channel.connect_channel_event(move |channel, event| {
            if let Some(spice) = weak.upgrade() {
                spice.channel_event(channel, event);
            }
        });
        if let Some(main) = channel.downcast_ref::<MainChannel>() {
            if self.main().is_none() {
                self.wire_agent(main);
                self.main.replace(Some(main.clone()));
            }
            return;
        }
        // The server talks about the machine: it has let us in.
        if !self.connected.replace(true) {
            self.tell(News::Connected {
                security: self.security(),
            });
        }
        let id = u32::try_from(channel.channel_id()).unwrap_or(u32::MAX);
        let several =
            channel.is::<DisplayChannel>() || channel.is::<CursorChannel>() || channel.is::<UsbredirChannel>();
        if id >= if several { MOST_SCREENS } else { 1 } {
            return;
        }
        if let Some(display) = channel.downcast_ref::<DisplayChannel>() {
            self.add_screen(display);
            ChannelExt::connect(channel);
        } else if let Some(inputs) = channel.downcast_ref::<InputsChannel>() {
            self.wire_inputs(inputs);
            self.inputs.replace(Some(inputs.clone()));
            ChannelExt::connect(channel);
        } else if let Some(cursor) = channel.downcast_ref::<CursorChannel>() {
            self.wire_cursor(cursor);
            ChannelExt::connect(channel);
        } else if let Some(playback) = channel.downcast_ref::<PlaybackChannel>() {
            self.add_playback(playback);
        } else if let Some(record) = channel.downcast_ref::<RecordChannel>() {
            self.add_record(record);
        } else if channel.is::<UsbredirChannel>() {
            // The library's manager of USB devices connects it.
            self.add_usb();
        } else if channel.is::<SmartcardChannel>() {
            if self.open.smartcard {
                ChannelExt::connect(channel);
            }
        } else if channel.is::<WebdavChannel>() && self.open.folder.is_some() {
            ChannelExt::connect(channel);
        }
    }

    fn channel_destroyed(&self, channel: &Channel) {
        self.waiting.borrow_mut().retain(|_, waiting| waiting != channel);
        if let Some(display) = channel.downcast_ref::<DisplayChannel>() {
            self.remove_screen(display);
        } else if channel.is::<InputsChannel>() {
            self.inputs.replace(None);
        } else if channel.is::<MainChannel>() {
            self.main.replace(None);
        } else if is_audio(channel) {
            self.remove_audio(channel);
        }
    }

    fn channel_event(self: &Rc<Self>, channel: &Channel, event: ChannelEvent) {
        if channel.spice_session().is_none() {
            // The session has given it up, for another host or another password: its last words mean nothing.
            return;
        }
        let is_main = channel.is::<MainChannel>();
        match event {
            ChannelEvent::ErrorAuth if is_main && !self.connected.get() => self.refused(channel),
            ChannelEvent::Opened if channel.is::<DisplayChannel>() => self.screen_opened(channel),
            ChannelEvent::Closed if channel.is::<DisplayChannel>() => {
                if !self.is_at_rest(channel) {
                    self.screen_closed(channel);
                }
            }
            ChannelEvent::Closed if is_audio(channel) => self.audio_closed(channel),
            _ => {
                let Some(end) = end_of(channel, event) else { return };
                if is_essential(channel) {
                    self.end(end);
                } else if end != End::Closed {
                    eprintln!("channel {}: {end:?}", name_of(channel));
                }
            }
        }
    }

    /// The server has closed a display channel. With the machine's end the main channel closes, too; a server that can only
    /// show its picture by OpenGL closes it alone.
    fn screen_closed(self: &Rc<Self>, channel: &Channel) {
        let (weak, channel) = (Rc::downgrade(self), channel.clone());
        glib::timeout_add_local_once(GONE, move || {
            let Some(spice) = weak.upgrade() else { return };
            let reason = match spice.has_shown(&channel) {
                Some(true) => "the server has closed its display channel",
                Some(false) => "the server shows no picture that this program can take: it probably offers only OpenGL",
                // The session has replaced it: a migration, or another password.
                None => return,
            };
            spice.end(End::Broken(reason.to_owned()));
        });
    }
}
