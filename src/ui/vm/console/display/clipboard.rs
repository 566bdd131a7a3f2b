//! Text of the clipboard between this computer and a guest: only the way that the user chose, only while the screen has the
//! keyboard, and never more than the bound.

use std::cell::Cell;
use std::rc::Rc;

use gtk::{gdk, glib};
use relm4::gtk;

use super::line::Line;
use crate::model::display::wire::{Hidden, LONGEST_CLIPBOARD, News, Request};
use crate::model::settings::Sharing;

/// The exchange for one screen.
pub struct Exchange {
    line: Line,
    clipboard: gdk::Clipboard,
    sharing: Rc<Cell<Sharing>>,
    /// The screen has the keyboard.
    focused: Rc<Cell<bool>>,
    /// The server can exchange text now.
    possible: Cell<bool>,
    /// This computer's text has changed since it was offered.
    fresh: Cell<bool>,
    /// The guest has offered text that was not fetched yet.
    offered: Cell<bool>,
    /// What changes now is the guest's own text: not offered back to it.
    taking: Cell<bool>,
}

impl Exchange {
    /// An exchange that does nothing until it is told otherwise. Call [`Exchange::changed`] when the clipboard changes.
    pub fn new(line: Line, clipboard: gdk::Clipboard) -> Self {
        Self {
            line,
            clipboard,
            sharing: Rc::default(),
            focused: Rc::default(),
            possible: Cell::default(),
            fresh: Cell::new(true),
            offered: Cell::default(),
            taking: Cell::default(),
        }
    }

    /// The clipboard of this computer.
    pub fn clipboard(&self) -> &gdk::Clipboard {
        &self.clipboard
    }

    /// Which way text may pass from now on.
    pub fn set_sharing(&self, sharing: Sharing) {
        self.sharing.set(sharing);
        self.go_on();
    }

    /// The screen has the keyboard, or no more.
    pub fn set_focused(&self, focused: bool) {
        self.focused.set(focused);
        self.go_on();
    }

    /// Text can be exchanged now, or no more; with a new connection everything is to be told again.
    pub fn set_possible(&self, possible: bool) {
        if self.possible.replace(possible) != possible {
            self.fresh.set(true);
            self.offered.set(false);
        }
        self.go_on();
    }

    /// Something else is on this computer's clipboard.
    pub fn changed(&self) {
        self.fresh.set(!self.taking.get());
        self.go_on();
    }

    fn go_on(&self) {
        if !self.focused.get() || !self.possible.get() {
            return;
        }
        let sharing = self.sharing.get();
        let has_text = || self.clipboard.formats().contains_type(glib::Type::STRING);
        if sharing.to_guest() && self.fresh.get() && has_text() {
            self.fresh.set(false);
            self.line.send(Request::OfferClipboard);
        }
        if sharing.from_guest() && self.offered.replace(false) {
            self.line.send(Request::WantClipboard);
        }
    }

    /// Takes what the display tells about its clipboard.
    pub fn hear(&self, news: &News) {
        match news {
            News::ClipboardOffered => {
                self.offered.set(true);
                self.go_on();
            }
            News::ClipboardGone => self.offered.set(false),
            News::ClipboardText(Hidden(text)) => self.take(text),
            News::ClipboardWanted => self.give(),
            _ => {}
        }
    }

    fn take(&self, text: &str) {
        let allowed = self.sharing.get().from_guest() && self.focused.get();
        if allowed && text.len() <= LONGEST_CLIPBOARD && !text.is_empty() {
            self.taking.set(true);
            self.clipboard.set_text(text);
            self.taking.set(false);
        }
    }

    fn give(&self) {
        let (sharing, focused) = (self.sharing.clone(), self.focused.clone());
        let allowed = move || sharing.get().to_guest() && focused.get();
        if !allowed() {
            if self.sharing.get().to_guest() {
                // The guest waits for an answer.
                self.line.send(Request::ClipboardText(Hidden(String::new())));
            }
            return;
        }
        let (line, clipboard) = (self.line.clone(), self.clipboard.clone());
        glib::spawn_future_local(async move {
            let text = clipboard.read_text_future().await.ok().flatten();
            // Who owns the text may have taken long.
            let text = text.filter(|text| text.len() <= LONGEST_CLIPBOARD && allowed());
            let text = Hidden(text.map(String::from).unwrap_or_default());
            line.send(Request::ClipboardText(text));
        });
    }
}
