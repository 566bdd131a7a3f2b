//! Further screens of a guest, each in a window of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gtk::glib;
use gtk::prelude::*;
use relm4::{Sender, adw, gtk};

use super::DisplayMsg;
use super::line::Line;
use crate::i18n::tr_f;
use crate::model::display::wire::{Rect, Request};
use crate::ui::vm::console::screen::Screen;
use crate::virt::client::Picture;

/// Screens that a guest may have at most, as the display cards of QEMU have them.
pub const MOST: u32 = 4;

/// The windows of the further screens.
#[derive(Clone, Default)]
pub struct Heads(Rc<RefCell<BTreeMap<u32, Head>>>);

struct Head {
    window: adw::Window,
    screen: Screen,
}

impl Heads {
    /// Shows a further screen, or the window that it has already.
    pub fn open(&self, head: u32, machine: &str, line: &Line, input: &Sender<DisplayMsg>) {
        if let Some(known) = self.0.borrow().get(&head) {
            known.window.present();
            return;
        }
        let screen = Screen::new();
        screen.set_head(head);
        screen.set_hexpand(true);
        screen.set_vexpand(true);
        screen.set_machine_name(machine);
        let sink = line.clone();
        screen.connect_request(move |request| sink.send(request));
        let number = (head + 1).to_string();
        // Translators: the title of a window: a machine, and which of its screens.
        let title = tr_f("{machine}: screen {n}", &[("machine", machine), ("n", &number)]);
        let content = gtk::Box::builder().orientation(gtk::Orientation::Vertical).build();
        content.append(&adw::HeaderBar::new());
        let frame = gtk::Box::builder().css_classes(["vireo-screen"]).build();
        frame.append(&screen);
        content.append(&frame);
        let window = adw::Window::builder()
            .title(title)
            .default_width(1024)
            .default_height(768)
            .content(&content)
            .build();
        let input = input.clone();
        window.connect_close_request(move |_| {
            input.emit(DisplayMsg::HeadClosed(head));
            glib::Propagation::Proceed
        });
        window.present();
        self.0.borrow_mut().insert(head, Head { window, screen });
        line.send(Request::ShowHead { head, shown: true });
    }

    /// Whether none is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Does something to each.
    pub fn each(&self, act: impl Fn(&Screen)) {
        let screens: Vec<Screen> = self.0.borrow().values().map(|head| head.screen.clone()).collect();
        screens.iter().for_each(act);
    }

    /// The user has closed one.
    pub fn closed(&self, head: u32, line: &Line) {
        let gone = self.0.borrow_mut().remove(&head);
        if gone.is_some() {
            line.send(Request::ShowHead { head, shown: false });
        }
    }

    /// A further screen has another picture.
    pub fn set_picture(&self, head: u32, picture: Picture) {
        if let Some(known) = self.0.borrow().get(&head) {
            known.screen.set_picture(picture);
        }
    }

    /// Parts of it are new. Whether anybody draws them.
    pub fn damage(&self, head: u32, parts: &[Rect]) -> bool {
        let heads = self.0.borrow();
        let known = heads.get(&head);
        if let Some(known) = known {
            known.screen.damage(parts);
        }
        known.is_some()
    }

    /// All windows go: the connection has ended.
    pub fn clear(&self) {
        let heads = self.0.take();
        for head in heads.into_values() {
            head.window.destroy();
        }
    }
}
