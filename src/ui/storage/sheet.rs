//! A window that asks for something to be made: rows, what is wrong with them, and a button that makes it.

use std::cell::Cell;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;

use super::waiting::PATIENCE;
use crate::i18n::tr;
use crate::ui::message;
use crate::ui::widgets::name_once;

/// The window.
pub(super) struct Sheet {
    pub(super) window: adw::Window,
    pub(super) page: adw::PreferencesPage,
    pub(super) done: gtk::Button,
    problem: gtk::Label,
    spinner: gtk::Spinner,
    busy: Cell<bool>,
    sound: Cell<bool>,
}

impl Sheet {
    /// An empty one over the window of `parent`; `verb` is what its button says.
    pub(super) fn new(parent: &impl IsA<gtk::Widget>, title: &str, verb: &str) -> Self {
        let window = adw::Window::builder()
            .title(title)
            .modal(true)
            .destroy_with_parent(true)
            .default_width(540)
            .default_height(640)
            .width_request(340)
            .height_request(280)
            .build();
        window.set_transient_for(message::window_of(parent).as_ref());
        window.connect_map(name_once);
        let header = adw::HeaderBar::builder()
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let cancel = gtk::Button::with_mnemonic(&tr("_Cancel"));
        let done = gtk::Button::with_mnemonic(verb);
        done.add_css_class("suggested-action");
        let spinner = gtk::Spinner::new();
        header.pack_start(&cancel);
        header.pack_end(&done);
        header.pack_end(&spinner);
        let problem = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .visible(false)
            .margin_top(8)
            .margin_bottom(8)
            .margin_start(18)
            .margin_end(18)
            .css_classes(["caption", "error"])
            .build();
        let page = adw::PreferencesPage::new();
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&header);
        content.append(&page);
        content.append(&problem);
        window.set_content(Some(&content));
        window.set_default_widget(Some(&done));
        crate::ui::hardware::escape(&window);
        let weak = window.downgrade();
        cancel.connect_clicked(move |_| {
            if let Some(window) = weak.upgrade() {
                window.close();
            }
        });
        Self {
            window,
            page,
            done,
            problem,
            spinner,
            busy: Cell::default(),
            sound: Cell::default(),
        }
    }

    /// Says what hinders it; `quiet` where nothing was typed yet that could be wrong.
    pub(super) fn set_problem(&self, problem: Option<&str>, quiet: bool) {
        self.sound.set(problem.is_none());
        let shown = problem.filter(|_| !quiet).unwrap_or_default();
        if self.problem.text() != shown {
            self.problem.set_text(shown);
        }
        self.problem.add_css_class("error");
        self.problem.set_visible(!shown.is_empty());
        self.done.set_sensitive(problem.is_none() && !self.busy.get());
    }

    /// Says what is waited for as soon as it takes long, until what is returned is aborted.
    pub(super) fn say_when_late(&self) -> glib::JoinHandle<()> {
        let problem = self.problem.clone();
        glib::spawn_future_local(async move {
            glib::timeout_future(PATIENCE).await;
            problem.remove_css_class("error");
            problem.set_text(&tr(
                "The host is still at work. A server or device may be off or out of reach; it can take minutes until the host gives up. Cancel stops the waiting; the host goes on by itself.",
            ));
            problem.set_visible(true);
        })
    }

    /// Whether the user has closed it.
    pub(super) fn is_closed(&self) -> bool {
        !self.window.is_visible()
    }

    /// Says that it is being made, or no more.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.set(busy);
        self.page.set_sensitive(!busy);
        self.spinner.set_spinning(busy);
        self.done.set_sensitive(!busy && self.sound.get());
    }
}

/// A group of rows with a title, or none.
pub(super) fn group(title: &str, rows: &[&gtk::Widget]) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(title).build();
    for row in rows {
        group.add(*row);
    }
    group
}

/// A row to type into.
pub(super) fn entry(title: &str) -> adw::EntryRow {
    adw::EntryRow::builder().title(title).activates_default(true).build()
}

/// A row to choose from texts.
pub(super) fn combo(title: &str, texts: &[String]) -> adw::ComboRow {
    let row = adw::ComboRow::builder().title(title).build();
    set_texts(&row, texts);
    row
}

/// Gives a row other texts to choose from.
pub(super) fn set_texts(row: &adw::ComboRow, texts: &[String]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    row.set_model(Some(&gtk::StringList::new(&texts)));
}

/// What is chosen in a row.
pub(super) fn chosen(row: &adw::ComboRow) -> usize {
    usize::try_from(row.selected()).unwrap_or(0)
}

/// A row with a switch.
pub(super) fn switch(title: &str, below: &str) -> (adw::ActionRow, gtk::Switch) {
    let switch = gtk::Switch::builder().valign(gtk::Align::Center).build();
    let row = adw::ActionRow::builder()
        .title(title)
        .subtitle(below)
        .activatable_widget(&switch)
        .build();
    row.add_suffix(&switch);
    (row, switch)
}
