//! Search in the scroll-back.

use gtk::{gdk, glib};
use relm4::gtk;
use vte4::prelude::*;

use super::paste::literal_pattern;
use crate::i18n::tr;
use crate::ui::widgets::Tip;

/// PCRE2 flags: case does not count, `^` and `$` match at lines, text is UTF-8.
const FLAGS: u32 = 0x0000_0008 | 0x0000_0400 | 0x0008_0000;

/// The search bar above a terminal.
#[derive(Debug, Clone)]
pub struct SearchBar(gtk::SearchBar);

impl SearchBar {
    /// A hidden bar that searches `terminal`.
    #[must_use]
    pub fn new(terminal: &vte4::Terminal) -> Self {
        let entry = gtk::SearchEntry::builder().hexpand(true).build();
        entry.update_property(&[gtk::accessible::Property::Label(&tr("Search in the console"))]);
        let step = |icon: &str, text: &str| {
            let button = gtk::Button::builder().icon_name(icon).build().with_tip(text);
            button.update_property(&[gtk::accessible::Property::Label(text)]);
            button
        };
        let up = step("go-up-symbolic", &tr("Earlier match"));
        let down = step("go-down-symbolic", &tr("Later match"));
        let row = gtk::Box::builder().css_classes(["linked"]).hexpand(true).build();
        row.append(&entry);
        row.append(&up);
        row.append(&down);
        let bar = gtk::SearchBar::builder().child(&row).build();
        bar.connect_entry(&entry);
        terminal.search_set_wrap_around(true);

        let weak = terminal.downgrade();
        entry.connect_search_changed(move |entry| {
            if let Some(terminal) = weak.upgrade() {
                search(&terminal, entry);
            }
        });
        let weak = terminal.downgrade();
        let find = move |earlier: bool| {
            if let Some(terminal) = weak.upgrade() {
                if earlier {
                    terminal.search_find_previous();
                } else {
                    terminal.search_find_next();
                }
            }
        };
        let go = find.clone();
        up.connect_clicked(move |_| go(true));
        let go = find.clone();
        down.connect_clicked(move |_| go(false));
        let go = find.clone();
        entry.connect_activate(move |_| go(true));
        entry.connect_next_match({
            let go = find.clone();
            move |_| go(false)
        });
        entry.connect_previous_match(move |_| find(true));
        let weak = terminal.downgrade();
        bar.connect_search_mode_enabled_notify(move |bar| {
            let Some(terminal) = weak.upgrade() else { return };
            if !bar.is_search_mode() {
                terminal.search_set_regex(None, 0);
                terminal.unselect_all();
                terminal.grab_focus();
            }
        });
        let keys = gtk::EventControllerKey::new();
        let weak = bar.downgrade();
        keys.connect_key_pressed(move |_, key, _, _| match weak.upgrade() {
            Some(bar) if key == gdk::Key::Escape => {
                bar.set_search_mode(false);
                glib::Propagation::Stop
            }
            _ => glib::Propagation::Proceed,
        });
        bar.add_controller(keys);
        Self(bar)
    }

    /// The widget.
    #[must_use]
    pub fn widget(&self) -> &gtk::SearchBar {
        &self.0
    }

    /// Shows the bar and takes the focus.
    pub fn open(&self) {
        self.0.set_search_mode(true);
    }
}

fn search(terminal: &vte4::Terminal, entry: &gtk::SearchEntry) {
    let text = entry.text();
    let regex = if text.is_empty() {
        None
    } else {
        vte4::Regex::for_search(&literal_pattern(&text), FLAGS).ok()
    };
    terminal.search_set_regex(regex.as_ref(), 0);
    let found = regex.is_some() && terminal.search_find_previous();
    if found || text.is_empty() {
        entry.remove_css_class("error");
    } else {
        entry.add_css_class("error");
    }
}
