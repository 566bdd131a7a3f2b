//! Display channels: their pictures, cut into the heads that the guest shows.
//!
//! A guest with one graphics device of several outputs has one channel with one wide picture and the places of its monitors in
//! it; one with several devices has a channel for each. Either way a head is what the protocol calls a display ID.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use glib::prelude::*;
use spice_client_glib::prelude::*;
use spice_client_glib::{Channel, DisplayChannel};

use super::Spice;
use super::pixels::Form;
use super::rest::Rest;
use crate::wire::{End, LONGEST_SIDE, MOST_HEADS, MOST_PIXELS, Rect};

/// A head without a picture for this long is gone; a change of resolution takes one away for a moment.
const GONE: Duration = Duration::from_secs(1);

/// A display channel and what it shows.
pub struct Screen {
    pub(super) channel: DisplayChannel,
    primary: Option<Primary>,
    /// Heads and their places in the picture.
    heads: BTreeMap<u32, Rect>,
    /// The monitors that the channel names are those of the picture before.
    stale: bool,
    shown: bool,
    /// The server has opened the channel.
    pub(super) opened: bool,
    pub(super) rest: Rest,
}

/// The picture of a channel, in the library's memory until it says that the picture is destroyed.
struct Primary {
    data: *const u8,
    width: u32,
    height: u32,
    /// Bytes of a row.
    stride: usize,
    form: Form,
    /// The same in 32 bits, where the picture has 16.
    wide: Vec<u8>,
}

impl Primary {
    /// From the arguments of `display-primary-create`.
    fn of(values: &[glib::Value]) -> Result<Self, String> {
        let number = |at: usize| values.get(at).and_then(|value| value.get::<i32>().ok()).unwrap_or(-1);
        let (format, width, height, stride) = (number(1), number(2), number(3), number(4));
        let broken = || format!("a picture of {width} × {height} pixels, {stride} bytes a row, format {format}");
        let data = values
            .get(6)
            .and_then(|value| value.get::<glib::Pointer>().ok())
            .filter(|data| !data.is_null())
            .ok_or_else(broken)?;
        let form = Form::of(format).ok_or_else(broken)?;
        let side = |side: i32| {
            u32::try_from(side)
                .ok()
                .filter(|side| (1..=LONGEST_SIDE).contains(side))
        };
        let (wide, high) = (side(width).ok_or_else(broken)?, side(height).ok_or_else(broken)?);
        let stride = usize::try_from(stride).map_err(|_| broken())?;
        if u64::from(wide) * u64::from(high) > MOST_PIXELS || stride < wide as usize * form.bytes() {
            return Err(broken());
        }
        let converted = match form {
            Form::Bgrx => 0,
            Form::Rgb555 | Form::Rgb565 => wide as usize * high as usize * 4,
        };
        Ok(Self {
            data: data.cast_const().cast(),
            width: wide,
            height: high,
            stride,
            form,
            wide: vec![0; converted],
        })
    }

    fn whole(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// Takes a part of a picture of 16 bits over.
    fn convert(&mut self, part: Rect) {
        if self.form == Form::Bgrx {
            return;
        }
        // SAFETY: the library keeps `stride * height` bytes there until it emits `display-primary-destroy`, at which this value
        // is dropped; it writes them on this thread only.
        let from = unsafe { std::slice::from_raw_parts(self.data, self.stride * self.height as usize) };
        self.form
            .widen_part(from, self.stride, &mut self.wide, self.width as usize, part);
    }

    /// The first pixel of a place inside the picture, in 32 bits, and the bytes of a row.
    fn pixels(&self, place: Rect) -> (*const u8, usize) {
        let (start, stride) = match self.form {
            Form::Bgrx => (self.data, self.stride),
            Form::Rgb555 | Form::Rgb565 => (self.wide.as_ptr(), self.width as usize * 4),
        };
        (
            start.wrapping_add(place.y as usize * stride + place.x as usize * 4),
            stride,
        )
    }
}

/// What two rectangles share, in the coordinates of both.
fn shared(one: Rect, other: Rect) -> Option<Rect> {
    let (x, y) = (one.x.max(other.x), one.y.max(other.y));
    let right = one.x.saturating_add(one.width).min(other.x.saturating_add(other.width));
    let bottom = one
        .y
        .saturating_add(one.height)
        .min(other.y.saturating_add(other.height));
    (right > x && bottom > y).then(|| Rect {
        x,
        y,
        width: right - x,
        height: bottom - y,
    })
}

impl Screen {
    /// The heads of the present picture.
    fn places(&self) -> BTreeMap<u32, Rect> {
        let Some(primary) = &self.primary else {
            return self.heads.clone();
        };
        let whole = primary.whole();
        let id = u32::try_from(self.channel.channel_id()).unwrap_or(0);
        let monitors: Vec<(u32, Rect)> = self
            .channel
            .monitors()
            .unwrap_or_default()
            .iter()
            .filter_map(|monitor| {
                let (x, y, width, height) = monitor.geometry();
                let number = |number: usize| u32::try_from(number).ok();
                let area = Rect {
                    x: number(x)?,
                    y: number(y)?,
                    width: number(width)?,
                    height: number(height)?,
                };
                Some((monitor.id(), shared(area, whole)?))
            })
            .collect();
        let one = |area: Rect| BTreeMap::from([(id, area)]);
        match monitors.as_slice() {
            [] => one(whole),
            [_] if self.stale => one(whole),
            [(_, area)] => one(*area),
            // Only the first channel has several.
            [(_, area), ..] if id != 0 => one(*area),
            several => several.iter().filter(|(head, _)| *head < MOST_HEADS).copied().collect(),
        }
    }
}

impl Spice {
    /// All heads that were told.
    pub(super) fn heads(&self) -> Vec<u32> {
        let screens = self.screens.borrow();
        screens
            .values()
            .flat_map(|screen| screen.heads.keys().copied())
            .collect()
    }

    /// Where a head begins in the picture of its channel, and how large it is.
    pub(super) fn place_of(&self, head: u32) -> Option<Rect> {
        let screens = self.screens.borrow();
        screens.values().find_map(|screen| screen.heads.get(&head).copied())
    }

    /// The head at a place of a channel's picture, and the place in it.
    pub(super) fn head_at(&self, channel: i32, x: u32, y: u32) -> Option<(u32, u32, u32)> {
        let screens = self.screens.borrow();
        let found = screens.get(&channel)?.heads.iter().find(|(_, area)| {
            (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y)
        });
        found.map(|(head, area)| (*head, x - area.x, y - area.y))
    }

    /// Whether a channel ever had a picture; `None` if it is no longer ours.
    pub(super) fn has_shown(&self, channel: &Channel) -> Option<bool> {
        let screens = self.screens.borrow();
        let screen = screens.get(&channel.channel_id())?;
        (screen.channel.upcast_ref::<Channel>() == channel).then_some(screen.shown)
    }

    pub(super) fn add_screen(self: &Rc<Self>, channel: &DisplayChannel) {
        let id = channel.channel_id();
        // A server may list a channel again: what the one before showed goes with its memory.
        if let Some(before) = self.screens.borrow_mut().remove(&id) {
            for head in before.heads.keys() {
                self.outlet.clear_source(*head);
            }
        }
        self.screens.borrow_mut().insert(
            id,
            Screen {
                channel: channel.clone(),
                primary: None,
                heads: BTreeMap::new(),
                stale: true,
                shown: false,
                opened: false,
                rest: Rest::No,
            },
        );
        let weak = Rc::downgrade(self);
        channel.connect_local("display-primary-create", false, move |values| {
            if let Some(spice) = weak.upgrade() {
                spice.primary_created(id, values);
            }
            None
        });
        let weak = Rc::downgrade(self);
        channel.connect_display_primary_destroy(move |_| {
            if let Some(spice) = weak.upgrade() {
                spice.primary_destroyed(id);
            }
        });
        let weak = Rc::downgrade(self);
        channel.connect_display_invalidate(move |_, x, y, width, height| {
            let side = |side: i32| u32::try_from(side).unwrap_or(0);
            if let Some(spice) = weak.upgrade() {
                let part = Rect {
                    x: side(x),
                    y: side(y),
                    width: side(width),
                    height: side(height),
                };
                spice.invalidated(id, part);
            }
        });
        let weak = Rc::downgrade(self);
        channel.connect_monitors_notify(move |_| {
            if let Some(spice) = weak.upgrade() {
                if let Some(screen) = spice.screens.borrow_mut().get_mut(&id) {
                    screen.stale = false;
                }
                spice.lay_out(id);
            }
        });
    }

    pub(super) fn remove_screen(&self, channel: &DisplayChannel) {
        let removed = self.screens.borrow_mut().remove(&channel.channel_id());
        for head in removed.iter().flat_map(|screen| screen.heads.keys()) {
            self.outlet.gone(*head);
        }
    }

    fn primary_created(&self, id: i32, values: &[glib::Value]) {
        if self.ended.get() {
            return;
        }
        match Primary::of(values) {
            Ok(mut primary) => {
                primary.convert(primary.whole());
                if let Some(screen) = self.screens.borrow_mut().get_mut(&id) {
                    screen.primary = Some(primary);
                    screen.stale = true;
                    screen.shown = true;
                }
                self.lay_out(id);
            }
            Err(what) => self.end(End::Broken(what)),
        }
    }

    fn primary_destroyed(self: &Rc<Self>, id: i32) {
        if let Some(screen) = self.screens.borrow_mut().get_mut(&id) {
            for head in screen.heads.keys() {
                self.outlet.clear_source(*head);
            }
            screen.primary = None;
        }
        // The first screen stays as it was, like a monitor without a signal would.
        if id == 0 {
            return;
        }
        let weak = Rc::downgrade(self);
        glib::timeout_add_local_once(GONE, move || {
            let Some(spice) = weak.upgrade() else { return };
            let mut gone = BTreeMap::new();
            if let Some(screen) = spice.screens.borrow_mut().get_mut(&id)
                && screen.primary.is_none()
                && screen.rest == Rest::No
            {
                gone = std::mem::take(&mut screen.heads);
            }
            for head in gone.into_keys() {
                spice.outlet.gone(head);
            }
        });
    }

    /// Gives the outlet the heads of a channel as they are now.
    fn lay_out(&self, id: i32) {
        if self.ended.get() {
            return;
        }
        let mut failed = None;
        // A head belongs to one channel: its size is remembered there.
        let taken: BTreeSet<u32> = {
            let screens = self.screens.borrow();
            let others = screens.iter().filter(|(other, _)| **other != id);
            others.flat_map(|(_, screen)| screen.heads.keys().copied()).collect()
        };
        if let Some(screen) = self.screens.borrow_mut().get_mut(&id)
            && let Some(primary) = &screen.primary
        {
            let mut places = screen.places();
            places.retain(|head, _| !taken.contains(head));
            for head in screen.heads.keys().filter(|head| !places.contains_key(head)) {
                self.outlet.gone(*head);
            }
            for (head, place) in &places {
                let before = screen.heads.get(head);
                if before.is_none_or(|before| (before.width, before.height) != (place.width, place.height))
                    && let Err(end) = self.outlet.surface(*head, place.width, place.height)
                {
                    failed = Some(end);
                    break;
                }
                let (pixels, stride) = primary.pixels(*place);
                // SAFETY: `place` lies inside the picture, whose memory lives until `primary_destroyed` clears the source.
                unsafe { self.outlet.set_source(*head, pixels, stride) };
                self.outlet.damage(*head, Rect { x: 0, y: 0, ..*place });
            }
            screen.heads = places;
        }
        if let Some(end) = failed {
            self.end(end);
        }
    }

    fn invalidated(&self, id: i32, part: Rect) {
        let mut screens = self.screens.borrow_mut();
        let Some(screen) = screens.get_mut(&id) else { return };
        let Some(primary) = &mut screen.primary else { return };
        let Some(part) = shared(part, primary.whole()) else {
            return;
        };
        primary.convert(part);
        for (head, place) in &screen.heads {
            if let Some(inside) = shared(part, *place) {
                self.outlet.damage(
                    *head,
                    Rect {
                        x: inside.x - place.x,
                        y: inside.y - place.y,
                        ..inside
                    },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    fn values(format: i32, width: i32, height: i32, stride: i32, data: *mut u8) -> Vec<glib::Value> {
        let data: glib::Pointer = data.cast();
        vec![
            0.to_value(),
            format.to_value(),
            width.to_value(),
            height.to_value(),
            stride.to_value(),
            (-1).to_value(),
            data.to_value(),
        ]
    }

    #[test]
    fn only_what_two_rectangles_share_is_left() {
        assert_eq!(shared(rect(0, 0, 10, 10), rect(5, 5, 10, 10)), Some(rect(5, 5, 5, 5)));
        assert_eq!(shared(rect(0, 0, 5, 5), rect(5, 0, 5, 5)), None);
        assert_eq!(
            shared(rect(3, 3, u32::MAX, u32::MAX), rect(0, 0, 8, 8)),
            Some(rect(3, 3, 5, 5))
        );
    }

    #[test]
    fn absurd_pictures_are_refused() {
        let mut memory = [0_u8; 16];
        let data = memory.as_mut_ptr();
        assert!(Primary::of(&values(32, 2, 2, 8, data)).is_ok());
        for (format, width, height, stride) in [
            (32, 0, 2, 8),
            (32, -1, 2, 8),
            (32, 2, 2, 7),
            (32, 2, 2, -8),
            (32, 65536, 16385, 262_144),
            (32, 16384, 16384, 65536),
            (8, 2, 2, 8),
            (0, 2, 2, 8),
        ] {
            assert!(
                Primary::of(&values(format, width, height, stride, data)).is_err(),
                "{width} × {height}, {stride}, {format}"
            );
        }
        assert!(Primary::of(&values(32, 2, 2, 8, std::ptr::null_mut())).is_err());
        assert!(Primary::of(&[]).is_err());
    }
}
