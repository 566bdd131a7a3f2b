//! The strip above a machine's pages: what to do with it, how it is, which page.

use std::rc::Rc;

use gtk::pango;
use gtk::prelude::*;
use relm4::{Sender, adw, gtk};

use super::switcher::Switcher;
use super::tab_actions::{self, Dropdown, GROUP};
use super::{Page, VmMsg};
use crate::i18n::tr;
use crate::model::action::{DomainAction, GuestSignal, StartOptions};
use crate::model::domain::DomainState;
use crate::model::state::{self, Severity};
use crate::model::store::Domain;
use crate::ui::actions::{self, Surroundings};
use crate::ui::text;
use crate::ui::widgets::{StateBadge, Tip, set_tip};

/// Longest name that is laid out.
const LONGEST: usize = 200;

/// The strip.
pub struct Header {
    root: gtk::CenterBox,
    start: adw::SplitButton,
    pause: gtk::Button,
    stop: adw::SplitButton,
    name: gtk::Label,
    badge: StateBadge,
    switcher: Switcher,
    menus: [Rc<Dropdown>; 3],
}

impl Header {
    /// Builds the strip; choices of pages go to `input`.
    pub fn build(input: &Sender<VmMsg>) -> Self {
        let menus = [tab_actions::START, tab_actions::STOP, tab_actions::MORE].map(Dropdown::new);
        let start = adw::SplitButton::builder()
            .popover(menus[0].popover())
            .action_name(format!("{GROUP}.start"))
            .build();
        let pause = gtk::Button::builder()
            .icon_name("media-playback-pause-symbolic")
            .build();
        let stop = adw::SplitButton::builder()
            .icon_name("system-shutdown-symbolic")
            .popover(menus[1].popover())
            .action_name(format!("{GROUP}.shutdown"))
            .build();
        name_arrow(&start, &tr("Other ways to start"));
        name_arrow(&stop, &tr("Other ways to end"));
        let left = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        for button in [start.upcast_ref::<gtk::Widget>(), pause.upcast_ref(), stop.upcast_ref()] {
            button.set_valign(gtk::Align::Center);
            left.append(button);
        }

        let name = gtk::Label::builder()
            .css_classes(["heading"])
            .ellipsize(pango::EllipsizeMode::Middle)
            .single_line_mode(true)
            .max_width_chars(40)
            .build();
        let badge = StateBadge::new();
        badge.add_css_class("caption");
        badge.set_halign(gtk::Align::Center);
        let title = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .margin_start(6)
            .margin_end(6)
            .build();
        // The window's title says it; here it would be there twice.
        name.set_visible(false);
        title.append(&name);
        title.append(&badge);

        let switcher = Switcher::new(input);
        let more = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .popover(menus[2].popover())
            .build()
            .with_tip(tr("More about this machine"));
        more.update_property(&[gtk::accessible::Property::Label(&tr("More about this machine"))]);
        let right = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        for widget in [switcher.widget().upcast_ref::<gtk::Widget>(), more.upcast_ref()] {
            widget.set_valign(gtk::Align::Center);
            right.append(widget);
        }

        let root = gtk::CenterBox::builder()
            .css_classes(["toolbar", "machine-header"])
            .build();
        root.set_start_widget(Some(&left));
        root.set_center_widget(Some(&title));
        root.set_end_widget(Some(&right));
        Self {
            root,
            start,
            pause,
            stop,
            name,
            badge,
            switcher,
            menus,
        }
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::CenterBox {
        &self.root
    }

    /// Shows which page is open.
    pub fn set_page(&self, page: Page) {
        self.switcher.set_page(page);
    }

    /// Shows the machine; what it last was if it is gone.
    pub fn refresh(&self, domain: &Domain, exists: bool, around: Surroundings) {
        let name = text::one_line(&domain.name, LONGEST);
        if self.name.text() != *name {
            self.name.set_text(&name);
            set_tip(&self.name, Some(&name));
        }
        if exists {
            for menu in &self.menus {
                menu.refresh(domain, around);
            }
            self.badge
                .set_state(state::icon(domain), &state::status(domain), state::urgency(domain));
        } else {
            self.badge
                .set_state("user-trash-symbolic", &tr("Removed"), Severity::Neutral);
        }
        // One half of the buttons makes no sense in any state: it goes, and the name has room on a narrow window.
        let on = domain.state.is_active() || domain.id.is_some();
        self.start.set_visible(!on);
        self.pause.set_visible(on);
        self.stop.set_visible(on);
        self.refresh_start(domain, around);
        self.refresh_pause(domain, around);
        let obstacle = actions::obstacle(&DomainAction::Shutdown(GuestSignal::Default), domain, around);
        let text = obstacle.unwrap_or_else(|| tr("Shut down"));
        set_tip(&self.stop, Some(&text));
        name_face(&self.stop, &tr("Shut down"));
    }

    fn refresh_start(&self, domain: &Domain, around: Surroundings) {
        let restores = domain.managed_save && !domain.state.is_active();
        let label = if restores { tr("Restore") } else { tr("Start") };
        if self.start.label().as_deref() != Some(label.as_str()) {
            self.start.set_label(&label);
        }
        let obstacle = actions::obstacle(&DomainAction::Start(StartOptions::default()), domain, around);
        if obstacle.is_none() && around.connected {
            self.start.add_css_class("suggested-action");
        } else {
            self.start.remove_css_class("suggested-action");
        }
        let text = obstacle.unwrap_or_else(|| {
            if restores {
                tr("Start from the saved memory")
            } else {
                tr("Start the machine")
            }
        });
        set_tip(&self.start, Some(&text));
    }

    fn refresh_pause(&self, domain: &Domain, around: Surroundings) {
        let paused = domain.state == DomainState::Paused;
        let (icon, name, text, action) = if paused {
            (
                "media-playback-start-symbolic",
                "resume",
                tr("Resume"),
                DomainAction::Resume,
            )
        } else {
            (
                "media-playback-pause-symbolic",
                "pause",
                tr("Pause"),
                DomainAction::Suspend,
            )
        };
        self.pause.set_icon_name(icon);
        self.pause.set_action_name(Some(&format!("{GROUP}.{name}")));
        self.pause.update_property(&[gtk::accessible::Property::Label(&text)]);
        let text = actions::obstacle(&action, domain, around).unwrap_or(text);
        set_tip(&self.pause, Some(&text));
    }
}

/// Names the arrow of a split button, which libadwaita leaves without a name.
fn name_arrow(button: &adw::SplitButton, name: &str) {
    button.set_dropdown_tooltip(name);
    if let Some(arrow) = button.last_child() {
        arrow.update_property(&[gtk::accessible::Property::Label(name)]);
    }
}

/// Names the part of a split button that shows an icon.
fn name_face(button: &adw::SplitButton, name: &str) {
    if let Some(face) = button.first_child() {
        face.update_property(&[gtk::accessible::Property::Label(name)]);
    }
}
