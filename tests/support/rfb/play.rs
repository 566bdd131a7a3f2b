//! Recorded updates at a given pace: for measuring, where encoding would cost more than what is measured.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::Client;
use super::encode::{self, Encoding, Streams};
use super::pixels::{Area, Picture, PixelFormat};
use super::{Options, State, lock};

/// Updates to be played, over and over.
#[derive(Debug)]
pub struct Play {
    updates: Arc<[Arc<[u8]>]>,
    /// Between two updates; nothing for as fast as they are asked for.
    interval: Duration,
    next: usize,
    /// Updates that are due and were not asked for yet.
    due: bool,
    played: Played,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Played {
    /// Updates sent.
    pub sent: usize,
    /// Updates that were due while the one before had not been asked for yet: left out.
    pub left_out: usize,
}

impl Play {
    /// Updates of `area` in a desktop as `options` say, for a client that wants [`PixelFormat::BGRX`]: `count` different ones.
    /// In ZRLE the client must have been told something before: its stream goes on.
    pub fn record(options: &Options, area: Area, count: u32, interval: Duration) -> Self {
        let mut streams = Streams::repeatable();
        let updates = (0..count).map(|step| {
            let mut picture = Picture::new(options.width, options.height, 0);
            picture.fill(area, |x, y| {
                let (x, y) = (u32::from(x) + 3 * step, u32::from(y) + step);
                ((x & 0xff) << 16) | ((y & 0xff) << 8) | ((x ^ y) & 0xff)
            });
            let parts = match options.strips {
                Some(rows) => area.strips(rows),
                None => vec![area],
            };
            let mut body = Vec::new();
            let mut rectangles = 0;
            for part in parts {
                rectangles += encode::put(
                    &mut body,
                    &picture,
                    part,
                    options.encoding,
                    PixelFormat::BGRX,
                    &mut streams,
                );
            }
            let mut update = encode::update(rectangles);
            update.append(&mut body);
            Arc::from(update)
        });
        Self {
            updates: updates.collect(),
            interval,
            next: 0,
            due: false,
            played: Played::default(),
            thread: None,
        }
    }

    /// Starts the clock.
    pub(super) fn begin(mut self, state: Weak<Mutex<State>>) -> Self {
        if self.interval.is_zero() {
            return self;
        }
        let (stop, stopped) = mpsc::channel();
        let interval = self.interval;
        let thread = thread::spawn(move || {
            let mut at = Instant::now();
            loop {
                at += interval;
                let left = at.saturating_duration_since(Instant::now());
                if !matches!(stopped.recv_timeout(left), Err(RecvTimeoutError::Timeout)) {
                    return;
                }
                let Some(state) = state.upgrade() else { return };
                let mut state = lock(&state);
                let State { clients, play, .. } = &mut *state;
                let (Some(client), Some(play)) = (clients.last_mut(), play) else {
                    continue;
                };
                if play.due {
                    play.played.left_out += 1;
                }
                play.due = true;
                play.pump(client);
            }
        });
        self.thread = Some((stop, thread));
        self
    }

    /// Sends the next update if it is due and asked for.
    pub(super) fn pump(&mut self, client: &mut Client) {
        if !client.waiting || (!self.due && !self.interval.is_zero()) || self.updates.is_empty() {
            return;
        }
        client.waiting = false;
        client.damage.clear();
        self.due = false;
        client.say(Arc::clone(&self.updates[self.next % self.updates.len()]));
        self.next += 1;
        self.played.sent += 1;
    }

    pub(super) fn stop(mut self) -> Played {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            // It may wait for the lock that the caller holds: it ends by itself.
            drop(thread);
        }
        self.played
    }
}
