//! What is about to be applied, or what others have changed, to be read and decided.

use adw::prelude::*;
use gtk::glib;
use relm4::{adw, gtk};

use crate::i18n::tr;
use crate::ui::message;
use crate::ui::widgets::name_once;
use crate::ui::xml::diff;

/// What the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Choice {
    /// Nothing for now.
    Back,
    /// What the main button says; with the box ticked or without.
    Main(bool),
    /// What the other button says.
    Other,
}

/// A window that shows two texts side by side.
pub(in crate::ui) struct Review<'a> {
    pub title: String,
    /// The text that was, and that comes, each under its title.
    pub before: (String, &'a str),
    pub after: (String, &'a str),
    /// The text of the button that does it; none where there is nothing to do.
    pub main: String,
    /// The text of another button.
    pub other: Option<String>,
    /// The text of a box, ticked at first.
    pub tick: Option<String>,
}

impl Review<'_> {
    /// Shows the window; completes when it is closed.
    pub(in crate::ui) async fn ask(self, parent: &impl IsA<gtk::Widget>) -> Choice {
        let window = adw::Window::builder()
            .title(&self.title)
            .modal(true)
            .destroy_with_parent(true)
            .default_width(900)
            .default_height(600)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        window.connect_map(name_once);
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let back = gtk::Button::with_mnemonic(&tr("_Back"));
        let main = gtk::Button::with_mnemonic(&self.main);
        main.add_css_class("suggested-action");
        header.pack_start(&back);
        header.pack_end(&main);
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&diff::titled(
            (&self.before.0, self.before.1),
            (&self.after.0, self.after.1),
        ));
        let tick = self.tick.as_ref().map(|text| {
            gtk::CheckButton::builder()
                .child(&gtk::Label::builder().label(text).wrap(true).xalign(0.0).build())
                .active(true)
                .hexpand(true)
                .build()
        });
        let other = self.other.as_deref().map(gtk::Button::with_mnemonic);
        if tick.is_some() || other.is_some() {
            let row = gtk::Box::builder()
                .spacing(12)
                .css_classes(["toolbar", "vireo-xml-changes"])
                .build();
            if let Some(tick) = &tick {
                row.append(tick);
            }
            if let Some(other) = &other {
                other.set_hexpand(tick.is_none());
                other.set_halign(gtk::Align::End);
                row.append(other);
            }
            content.append(&row);
        }
        window.set_content(Some(&content));
        window.set_default_widget(Some(&main));
        let answer = wire(&window, &back, &main, other.as_ref(), tick);
        window.present();
        main.grab_focus();
        // The list of windows keeps it; a reference of ours would keep the channel open after its end.
        drop((window, content, header, back, main, other));
        answer.recv().await.unwrap_or(Choice::Back)
    }
}

fn wire(
    window: &adw::Window,
    back: &gtk::Button,
    main: &gtk::Button,
    other: Option<&gtk::Button>,
    tick: Option<gtk::CheckButton>,
) -> async_channel::Receiver<Choice> {
    let (answered, answer) = async_channel::bounded(1);
    let say = {
        let weak = window.downgrade();
        move |choice: Choice| {
            let _ = answered.try_send(choice);
            if let Some(window) = weak.upgrade() {
                window.destroy();
            }
        }
    };
    let done = say.clone();
    back.connect_clicked(move |_| done(Choice::Back));
    let done = say.clone();
    let tick = tick.map(|tick| tick.downgrade());
    main.connect_clicked(move |_| {
        let tick = tick.as_ref().and_then(glib::WeakRef::upgrade);
        done(Choice::Main(tick.is_some_and(|tick| tick.is_active())));
    });
    if let Some(other) = other {
        let done = say.clone();
        other.connect_clicked(move |_| done(Choice::Other));
    }
    let escape = gtk::ShortcutController::new();
    escape.add_shortcut(gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(gtk::NamedAction::new("window.close")),
    ));
    window.add_controller(escape);
    window.connect_close_request(move |_| {
        say(Choice::Back);
        glib::Propagation::Stop
    });
    answer
}
