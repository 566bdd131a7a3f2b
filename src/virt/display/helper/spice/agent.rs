//! What the agent in the guest is asked for: text of the clipboard, sizes of screens. And what it can do at all.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use glib::prelude::*;
use spice_client_glib::MainChannel;

use super::Spice;
use crate::wire::{Hidden, LONGEST_CLIPBOARD, LONGEST_SIDE, MOST_HEADS, News};

/// `VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD`: not what is merely selected.
const SELECTION: u32 = 0;
/// `VD_AGENT_CLIPBOARD_NONE`
const NOTHING: u32 = 0;
/// `VD_AGENT_CLIPBOARD_UTF8_TEXT`
const TEXT: u32 = 1;

/// `VD_AGENT_CAP_MONITORS_CONFIG`
const CAN_RESIZE: u32 = 1;
/// `VD_AGENT_CAP_CLIPBOARD_BY_DEMAND`
const CAN_CLIPBOARD: u32 = 5;
/// `VD_AGENT_CAP_GUEST_LINEEND_CRLF`
const ENDS_LINES_TWICE: u32 = 9;
/// `VD_AGENT_CAP_FILE_XFER_DISABLED`
const REFUSES_FILES: u32 = 13;

/// Who has text.
#[derive(Debug, Default)]
pub struct Clipboard {
    /// This computer has some.
    ours: Cell<bool>,
    /// The guest has some.
    theirs: Cell<bool>,
    /// The guest has asked for ours.
    wanted: Cell<bool>,
}

/// What was asked of the guest's screens.
#[derive(Debug, Default)]
pub struct Monitors {
    sizes: RefCell<BTreeMap<u32, (u32, u32)>>,
    off: RefCell<BTreeSet<u32>>,
}

/// The types of an offer of the guest's, from the arguments of `main-clipboard-selection-grab`.
fn offers_text(values: &[glib::Value]) -> bool {
    let number = |at: usize| values.get(at).and_then(|value| value.get::<u32>().ok());
    let types = values.get(2).and_then(|value| value.get::<glib::Pointer>().ok());
    let (Some(types), Some(count)) = (types.filter(|types| !types.is_null()), number(3)) else {
        return false;
    };
    // SAFETY: the library passes as many types as it says, in an array that lives as long as the signal is emitted.
    let types = unsafe { std::slice::from_raw_parts(types.cast_const().cast::<u32>(), count as usize) };
    number(1) == Some(SELECTION) && types.contains(&TEXT)
}

impl Spice {
    pub(super) fn wire_agent(self: &Rc<Self>, main: &MainChannel) {
        main.set_max_clipboard(i32::try_from(LONGEST_CLIPBOARD).unwrap_or(i32::MAX));
        let weak = Rc::downgrade(self);
        let changed = move |main: &MainChannel| {
            if let Some(spice) = weak.upgrade() {
                spice.agent_changed(main);
            }
        };
        main.connect_main_agent_update(changed.clone());
        main.connect_agent_connected_notify(changed.clone());
        main.connect_agent_caps_0_notify(changed);
        let weak = Rc::downgrade(self);
        let moved = move |main: &MainChannel| {
            if let Some(spice) = weak.upgrade() {
                spice.pointer_mode(main);
            }
        };
        main.connect_main_mouse_update(moved.clone());
        main.connect_mouse_mode_notify(moved);
        if self.open.clipboard {
            self.wire_clipboard(main);
        }
    }

    fn wire_clipboard(self: &Rc<Self>, main: &MainChannel) {
        let weak = Rc::downgrade(self);
        main.connect_local("main-clipboard-selection-grab", false, move |values| {
            if let Some(spice) = weak.upgrade() {
                spice.guest_offers(offers_text(values));
            }
            Some(true.to_value())
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection_release(move |_, selection| {
            if let Some(spice) = weak.upgrade().filter(|_| selection == SELECTION) {
                spice.guest_offers(false);
            }
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection_request(move |_, selection, kind| {
            let Some(spice) = weak.upgrade().filter(|_| selection == SELECTION && kind == TEXT) else {
                return false;
            };
            spice.clipboard.wanted.set(true);
            spice.tell(News::ClipboardWanted);
            true
        });
        let weak = Rc::downgrade(self);
        main.connect_main_clipboard_selection(move |main, selection, kind, bytes| {
            let Some(spice) = weak.upgrade().filter(|_| selection == SELECTION) else {
                return;
            };
            // Who asked is answered in any case.
            let mut text = String::new();
            if kind == TEXT && bytes.len() <= LONGEST_CLIPBOARD {
                text = String::from_utf8_lossy(bytes).replace('\0', "");
            }
            if main.agent_test_capability(ENDS_LINES_TWICE) {
                text = text.replace("\r\n", "\n");
            }
            if text.len() > LONGEST_CLIPBOARD {
                text.clear();
            }
            spice.tell(News::ClipboardText(Hidden(text)));
        });
    }

    fn guest_offers(&self, offers: bool) {
        let before = self.clipboard.theirs.replace(offers);
        if offers {
            self.clipboard.ours.set(false);
            self.tell(News::ClipboardOffered);
        } else if before {
            self.tell(News::ClipboardGone);
        }
    }

    fn agent_changed(&self, main: &MainChannel) {
        let agent = main.is_agent_connected();
        let can = |ability: u32| agent && main.agent_test_capability(ability);
        let could = self.abilities.get().clipboard;
        self.change_abilities(|abilities| {
            abilities.agent = agent;
            abilities.resize = can(CAN_RESIZE);
            abilities.clipboard = self.open.clipboard && can(CAN_CLIPBOARD);
            // An agent that has not said yet what it can takes nothing.
            abilities.files = agent && main.agent_caps_0() != 0 && !can(REFUSES_FILES);
        });
        let can = self.abilities.get().clipboard;
        if could && !can {
            self.guest_offers(false);
        } else if can && !could && self.clipboard.ours.get() {
            self.offer_clipboard();
        }
    }

    /// This computer has text which the guest may ask for.
    pub(super) fn offer_clipboard(&self) {
        if !self.open.clipboard {
            return;
        }
        self.clipboard.ours.set(true);
        self.clipboard.theirs.set(false);
        if let Some(main) = self.main().filter(|_| self.abilities.get().clipboard) {
            main.clipboard_selection_grab(SELECTION, &[TEXT]);
        }
    }

    /// The text that the guest asked for.
    pub(super) fn give_clipboard(&self, text: &str) {
        let Some(main) = self.main() else { return };
        if !self.clipboard.wanted.replace(false) {
            return;
        }
        let mut text = text.to_owned();
        if main.agent_test_capability(ENDS_LINES_TWICE) {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        if text.is_empty() || text.len() > LONGEST_CLIPBOARD {
            main.clipboard_selection_notify(SELECTION, NOTHING, &[]);
        } else {
            main.clipboard_selection_notify(SELECTION, TEXT, text.as_bytes());
        }
    }

    pub(super) fn want_clipboard(&self) {
        match self.main().filter(|_| self.clipboard.theirs.get()) {
            Some(main) => main.clipboard_selection_request(SELECTION, TEXT),
            None if self.open.clipboard => self.tell(News::ClipboardGone),
            None => {}
        }
    }

    /// The guest's screen should have this size.
    pub(super) fn resize(&self, head: u32, width: u32, height: u32) {
        let fits = |side: u32| (1..=LONGEST_SIDE).contains(&side);
        if head < MOST_HEADS && fits(width) && fits(height) {
            self.monitors.sizes.borrow_mut().insert(head, (width, height));
            self.arrange();
        }
    }

    pub(super) fn show_head(&self, head: u32, shown: bool) {
        if head >= MOST_HEADS {
            return;
        }
        if shown {
            self.monitors.off.borrow_mut().remove(&head);
            let size = self.size_of(head).or_else(|| self.size_of(0)).unwrap_or((1024, 768));
            self.monitors.sizes.borrow_mut().entry(head).or_insert(size);
        } else {
            self.monitors.off.borrow_mut().insert(head);
        }
        self.arrange();
    }

    fn size_of(&self, head: u32) -> Option<(u32, u32)> {
        let asked = self.monitors.sizes.borrow().get(&head).copied();
        asked.or_else(|| self.place_of(head).map(|place| (place.width, place.height)))
    }

    /// Tells the agent all screens at once, side by side: it takes them as a whole.
    fn arrange(&self) {
        let Some(main) = self.main().filter(|_| self.abilities.get().resize) else {
            return;
        };
        let mut heads: BTreeSet<u32> = self.heads().into_iter().collect();
        heads.extend(self.monitors.sizes.borrow().keys());
        heads.extend(self.monitors.off.borrow().iter());
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let mut left: u32 = 0;
        for head in heads {
            let shown = !self.monitors.off.borrow().contains(&head);
            if let Some((width, height)) = self.size_of(head).filter(|_| shown) {
                main.update_display(number(head), number(left), 0, number(width), number(height), false);
                left = left.saturating_add(width);
            }
            main.update_display_enabled(number(head), shown, false);
        }
        main.send_monitor_config();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_on_the_clipboard_is_an_offer() {
        let offer = |selection: u32, types: &mut [u32]| {
            let pointer: glib::Pointer = types.as_mut_ptr().cast();
            let count = u32::try_from(types.len()).expect("few");
            offers_text(&[0.to_value(), selection.to_value(), pointer.to_value(), count.to_value()])
        };
        assert!(offer(0, &mut [2, 1]));
        assert!(!offer(0, &mut [2, 3]));
        assert!(!offer(1, &mut [1]), "what is selected is not the clipboard");
        assert!(!offers_text(&[]));
    }
}
