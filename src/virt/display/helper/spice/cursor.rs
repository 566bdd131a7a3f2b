//! Cursor channels. The library turns every kind of shape (masks of one bit included) into red, green, blue, alpha.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use spice_client_glib::prelude::*;
use spice_client_glib::{CursorChannel, CursorShape};

use super::Spice;
use crate::wire::{Cursor, LARGEST_CURSOR, News};

/// The shape in Vireo's words.
fn shape(shape: &CursorShape) -> Cursor {
    // SAFETY: the pointer is that of a boxed value which `shape` keeps alive.
    let raw = unsafe { &*shape.as_ptr() };
    let (width, height) = (u32::from(raw.width), u32::from(raw.height));
    let fits = |side: u32| (1..=LARGEST_CURSOR).contains(&side);
    if raw.data.is_null() || !fits(width) || !fits(height) {
        return Cursor::Default;
    }
    // SAFETY: whatever type the server gave it, the library keeps four bytes for each pixel (its own copy function counts on
    // that), and they live as long as `shape`.
    let pixels = unsafe { std::slice::from_raw_parts(raw.data.cast::<u8>(), width as usize * height as usize * 4) };
    Cursor::Shape {
        width,
        height,
        hot_x: u32::from(raw.hot_spot_x).min(width - 1),
        hot_y: u32::from(raw.hot_spot_y).min(height - 1),
        pixels: pixels.to_vec(),
    }
}

impl Spice {
    pub(super) fn wire_cursor(self: &Rc<Self>, channel: &CursorChannel) {
        let id = channel.channel_id();
        let last = Rc::new(RefCell::new(Cursor::Default));
        let hidden = Rc::new(Cell::new(false));
        let weak = Rc::downgrade(self);
        let (kept, is_hidden) = (Rc::clone(&last), Rc::clone(&hidden));
        channel.connect_cursor_notify(move |channel| {
            if let Some(spice) = weak.upgrade() {
                let cursor = channel.cursor().as_ref().map_or(Cursor::Default, shape);
                kept.replace(cursor.clone());
                is_hidden.set(false);
                spice.tell(News::Cursor(cursor));
            }
        });
        let weak = Rc::downgrade(self);
        let is_hidden = Rc::clone(&hidden);
        channel.connect_cursor_hide(move |_| {
            if let Some(spice) = weak.upgrade() {
                is_hidden.set(true);
                spice.tell(News::Cursor(Cursor::Hidden));
            }
        });
        let weak = Rc::downgrade(self);
        let (kept, is_hidden) = (Rc::clone(&last), Rc::clone(&hidden));
        channel.connect_cursor_reset(move |_| {
            if let Some(spice) = weak.upgrade() {
                kept.replace(Cursor::Default);
                is_hidden.set(false);
                spice.tell(News::Cursor(Cursor::Default));
            }
        });
        let weak = Rc::downgrade(self);
        channel.connect_cursor_move(move |_, x, y| {
            let Some(spice) = weak.upgrade() else { return };
            // A cursor that moves is seen again.
            if hidden.replace(false) {
                spice.tell(News::Cursor(last.borrow().clone()));
            }
            let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
            if let Some((head, x, y)) = place.and_then(|(x, y)| spice.head_at(id, x, y)) {
                spice.tell(News::CursorAt { head, x, y });
            }
        });
    }
}
