//! The widgets of a screen's page. All of it but a placeholder can move into a window of its own.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use adw::prelude::*;
use gtk::glib;
use relm4::{Sender, adw, gtk};

use super::bar::Bar;
use super::login::Login;
use super::phase::{Ask, Notice};
use super::progress::Transfers;
use super::trouble::Remedy;
use super::{DisplayInit, DisplayMsg};
use crate::i18n::tr;
use crate::ui::vm::banner::Banner;
use crate::ui::vm::console::screen::Screen;
use crate::ui::vm::console::send_key::SendKey;
use crate::ui::widgets::spinner;

/// The widgets.
pub struct View {
    /// Everything that can move: strip, banner, picture or status.
    pub content: gtk::Box,
    /// The strip.
    pub bar: Rc<Bar>,
    /// The place of the strip in the content.
    pub bar_place: gtk::Box,
    /// The picture.
    pub screen: Screen,
    /// Picture with what lies over it.
    pub overlay: gtk::Overlay,
    /// Messages of a moment.
    pub toasts: adw::ToastOverlay,
    /// Files on their way.
    pub transfers: Transfers,
    /// In the tab: content or placeholder.
    place: gtk::Stack,
    stack: gtk::Stack,
    banner: Banner,
    banner_remedy: Rc<RefCell<Option<Remedy>>>,
    status: adw::StatusPage,
    spinner: gtk::Spinner,
    remedies: gtk::Box,
    login: Login,
    asked: RefCell<Option<Ask>>,
    shown: RefCell<Option<Notice>>,
    pill: gtk::Label,
    input: Sender<DisplayMsg>,
    has_hint: Rc<Cell<bool>>,
}

impl View {
    /// Builds the page into `root`.
    pub fn build(root: &gtk::Box, init: &DisplayInit, keys: &SendKey, input: &Sender<DisplayMsg>) -> Self {
        let bar = Rc::new(Bar::new(&init.chooser, keys.menu().upcast_ref()));
        let bar_place = gtk::Box::new(gtk::Orientation::Vertical, 0);
        bar_place.append(bar.widget());
        let banner_remedy = Rc::new(RefCell::new(None));
        let banner = {
            let (input, remedy) = (input.clone(), banner_remedy.clone());
            Banner::new(move || {
                if let Some(remedy) = remedy.borrow().clone() {
                    input.emit(DisplayMsg::Remedy(remedy));
                }
            })
        };
        let screen = Screen::new();
        screen.set_hexpand(true);
        screen.set_vexpand(true);
        let pill = gtk::Label::builder()
            .halign(gtk::Align::Center)
            .valign(gtk::Align::End)
            .margin_bottom(12)
            .margin_start(12)
            .margin_end(12)
            .wrap(true)
            .justify(gtk::Justification::Center)
            .can_target(false)
            .visible(false)
            .css_classes(["osd", "caption", "vireo-pill"])
            .build();
        let transfers = Transfers::new(input);
        let overlay = gtk::Overlay::builder()
            .child(&screen)
            .css_classes(["vireo-screen"])
            .build();
        overlay.add_overlay(&pill);
        overlay.add_overlay(transfers.widget());
        let spinner = spinner(&tr("Connecting to the screen…"));
        let remedies = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .halign(gtk::Align::Center)
            .build();
        let below = gtk::Box::new(gtk::Orientation::Vertical, 12);
        below.append(&spinner);
        below.append(&remedies);
        let status = adw::StatusPage::builder()
            .icon_name("video-display-symbolic")
            .child(&below)
            .vexpand(true)
            .build();
        let login = {
            let input = input.clone();
            Login::new(move |answer| input.emit(DisplayMsg::Answered(answer)))
        };
        let stack = gtk::Stack::builder().vexpand(true).build();
        stack.add_named(&status, Some("status"));
        stack.add_named(&overlay, Some("live"));
        stack.add_named(login.widget(), Some("login"));
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&stack));
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&bar_place);
        content.append(&gtk::Separator::new(gtk::Orientation::Horizontal));
        content.append(banner.widget());
        content.append(keys.progress());
        content.append(&toasts);
        let place = gtk::Stack::builder().vexpand(true).build();
        place.add_named(&content, Some("here"));
        place.add_named(&placeholder(input), Some("away"));
        root.append(&place);
        let this = Self {
            content,
            bar,
            bar_place,
            screen,
            overlay,
            toasts,
            transfers,
            place,
            stack,
            banner,
            banner_remedy,
            status,
            spinner,
            remedies,
            login,
            asked: RefCell::default(),
            shown: RefCell::default(),
            pill,
            input: input.clone(),
            has_hint: Rc::default(),
        };
        this.watch_room();
        this
    }

    /// The hint stands over the picture where the strip has no room for it.
    fn watch_room(&self) {
        let (pill, has_hint) = (self.pill.downgrade(), self.has_hint.clone());
        self.bar.room().connect_visible_child_notify(move |room| {
            if let Some(pill) = pill.upgrade() {
                pill.set_visible(has_hint.get() && room.visible_child().is_none());
            }
        });
    }

    /// Says how keyboard and pointer are given back, while they are held.
    pub fn set_hint(&self, hint: Option<&str>) {
        self.bar.set_hint(hint);
        self.pill.set_label(hint.unwrap_or_default());
        self.has_hint.set(hint.is_some());
        self.pill.set_visible(hint.is_some() && !self.bar.has_room());
    }

    /// Takes the content out of the tab, to stand elsewhere.
    pub fn take_out(&self) {
        if self.content.parent().is_some() {
            self.place.remove(&self.content);
        }
        self.place.set_visible_child_name("away");
    }

    /// Puts the content back into the tab. It must stand nowhere.
    pub fn put_back(&self) {
        if self.content.parent().is_none() {
            self.place.add_named(&self.content, Some("here"));
        }
        self.place.set_visible_child_name("here");
    }

    /// Shows the picture, with what there is to say above it; without a picture, the words alone.
    pub fn show(&self, notice: Option<&Notice>, has_picture: bool) {
        self.asked.replace(None);
        let same = self.shown.borrow().as_ref() == notice;
        self.shown.replace(notice.cloned());
        let Some(notice) = notice else {
            self.banner.hide();
            self.overlay.set_opacity(1.0);
            self.stack.set_visible_child_name("live");
            return;
        };
        if has_picture {
            if notice.said {
                self.banner.hide();
            } else {
                let remedy = notice.remedies.first();
                self.banner_remedy.replace(remedy.cloned());
                let label = remedy.map(Remedy::label);
                self.banner.show(&notice.title, label.as_deref(), notice.warning);
            }
            self.overlay.set_opacity(0.5);
            self.stack.set_visible_child_name("live");
            return;
        }
        self.banner.hide();
        if !same {
            self.fill_status(notice);
        }
        self.stack.set_visible_child_name("status");
    }

    fn fill_status(&self, notice: &Notice) {
        self.spinner.set_visible(notice.busy);
        // The title is no markup, the description is.
        self.status.set_title(&notice.title);
        let body = (!notice.body.is_empty()).then(|| glib::markup_escape_text(&notice.body));
        self.status.set_description(body.as_deref());
        let icon = if notice.warning {
            "dialog-warning-symbolic"
        } else {
            "video-display-symbolic"
        };
        self.status.set_icon_name(Some(icon));
        while let Some(child) = self.remedies.first_child() {
            self.remedies.remove(&child);
        }
        for (remedy, place) in notice.remedies.iter().zip(0..) {
            let input = self.input.clone();
            let remedy = remedy.clone();
            let button = pill_button(&remedy.label(), place == 0);
            button.connect_clicked(move |_| input.emit(DisplayMsg::Remedy(remedy.clone())));
            self.remedies.append(&button);
        }
        if let Some(details) = notice.details.clone() {
            let button = gtk::Button::builder()
                .label(tr("Details"))
                .css_classes(["flat"])
                .halign(gtk::Align::Center)
                .build();
            let input = self.input.clone();
            button.connect_clicked(move |_| input.emit(DisplayMsg::DetailsClicked(details.clone())));
            self.remedies.append(&button);
        }
    }

    /// Whether the picture is to be seen.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.stack.visible_child_name().as_deref() == Some("live")
    }

    /// Asks for the password.
    pub fn ask(&self, ask: &Ask, machine: &str) {
        self.banner.hide();
        self.shown.replace(None);
        let same = self.asked.borrow().as_ref() == Some(ask);
        self.stack.set_visible_child_name("login");
        if !same {
            self.asked.replace(Some(ask.clone()));
            self.login.ask(ask, machine);
            self.login.focus();
        }
    }
}

fn pill_button(label: &str, best: bool) -> gtk::Button {
    let button = gtk::Button::builder()
        .label(label)
        .halign(gtk::Align::Center)
        .css_classes(["pill"])
        .build();
    if best {
        button.add_css_class("suggested-action");
    }
    button
}

/// What stands in the tab while the screen is in a window of its own.
fn placeholder(input: &Sender<DisplayMsg>) -> adw::StatusPage {
    let back = pill_button(&tr("Bring It Back"), true);
    let input = input.clone();
    back.connect_clicked(move |_| input.emit(DisplayMsg::BringBack));
    adw::StatusPage::builder()
        .icon_name("window-new-symbolic")
        .title(tr("The screen has a window of its own"))
        .child(&back)
        .build()
}
