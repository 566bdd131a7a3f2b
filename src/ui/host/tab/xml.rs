//! A window with XML that is only looked at.

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;

use crate::i18n::tr;
use crate::ui::message;
use crate::ui::widgets::Tip;
use crate::ui::xml::Excerpt;

/// Shows a text over the window of `parent`; `title` is safe to show.
pub(super) fn show(parent: &impl IsA<gtk::Widget>, title: &str, text: &str) {
    let excerpt = Excerpt::new(title);
    excerpt.show(text);
    let scrolled = gtk::ScrolledWindow::builder()
        .vexpand(true)
        .child(excerpt.widget())
        .build();
    excerpt.widget().set_margin_start(12);
    excerpt.widget().set_margin_end(12);
    excerpt.widget().set_margin_bottom(12);
    let copy = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .build()
        .with_tip(tr("Copy the XML"));
    copy.update_property(&[gtk::accessible::Property::Label(&tr("Copy the XML"))]);
    let whole = text.to_owned();
    copy.connect_clicked(move |button| button.clipboard().set_text(&whole));
    let header = adw::HeaderBar::new();
    header.pack_start(&copy);
    let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
    content.append(&header);
    content.append(&scrolled);
    let window = adw::Window::builder()
        .title(title)
        .modal(true)
        .destroy_with_parent(true)
        .default_width(760)
        .default_height(640)
        .width_request(340)
        .content(&content)
        .build();
    window.set_transient_for(message::window_of(parent).as_ref());
    closes_with_escape(&window);
    window.present();
}

/// Lets Escape close a window.
pub(in crate::ui) fn closes_with_escape(window: &adw::Window) {
    let close = gtk::Shortcut::new(
        gtk::ShortcutTrigger::parse_string("Escape"),
        Some(gtk::NamedAction::new("window.close")),
    );
    let shortcuts = gtk::ShortcutController::new();
    shortcuts.add_shortcut(close);
    window.add_controller(shortcuts);
}
