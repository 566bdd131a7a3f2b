//! The Hardware page in a window, and what a user reads and does there.

use std::cell::Cell;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gtk4 as gtk;
use gtk4::glib;
use gtk4::prelude::*;
use libadwaita as adw;
use libadwaita::prelude::*;
use relm4::ComponentController;
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::Page;

use crate::desk::Desk;
use crate::support::Daemon;
use crate::support::core::{connected, key_of};
use crate::support::widgets::{self, LIMIT, button, says, shown, until, windows};

static COMPLAINTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Runs a test on GTK's thread, with our style and without animations; nothing may be complained about meanwhile.
pub fn on_gtk(test: impl FnOnce() + Send + std::panic::UnwindSafe + 'static) {
    widgets::on_gtk(|| {
        thread_local!(static PREPARED: Cell<bool> = const { Cell::new(false) });
        if !PREPARED.replace(true) {
            prepare();
        }
        complaints();
        test();
        // What closing windows and dropping widgets has to say.
        for _ in 0..20 {
            glib::MainContext::default().iteration(false);
        }
        assert_eq!(complaints(), Vec::<String>::new(), "GTK complained");
    });
}

/// What GTK has complained about since this was last asked.
pub fn complaints() -> Vec<String> {
    std::mem::take(&mut *COMPLAINTS.lock().expect("complaints"))
}

fn prepare() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if gtk::is_initialized_main_thread() {
            for window in gtk::Window::list_toplevels() {
                let words: Vec<_> = shown::<gtk::Label>(&window).iter().map(gtk::Label::text).collect();
                eprintln!("{} says {words:?}", window.type_());
            }
        }
        hook(panic);
    }));
    glib::log_set_writer_func(|level, fields| {
        if matches!(
            level,
            glib::LogLevel::Warning | glib::LogLevel::Critical | glib::LogLevel::Error
        ) {
            let message = fields.iter().find(|field| field.key() == "MESSAGE");
            let text = message.and_then(glib::LogField::value_str).unwrap_or_default();
            COMPLAINTS.lock().expect("complaints").push(text.to_owned());
        }
        glib::LogWriterOutput::Handled
    });
    widgets::use_style();
    if let Some(settings) = gtk::Settings::default() {
        settings.set_gtk_enable_animations(false);
    }
}

/// A core that is connected to a host, and one of its machines.
#[track_caller]
pub fn connect(config: HostConfig, machine: &str) -> (Core, DomainKey) {
    let (core, _) = connected(config);
    let key = key_of(&core, machine).expect("the machine");
    (core, key)
}

/// Opens the hardware of a guest of a private daemon.
#[track_caller]
pub fn connect_to(daemon: &Daemon, machine: &str) -> (Core, DomainKey, Form) {
    let (core, key) = connect(HostConfig::new("private", daemon.uri_qemu()), machine);
    let form = Form::open(&core, key);
    (core, key, form)
}

/// Clicks the button with this label or tooltip, as soon as it can be.
#[track_caller]
pub fn click(root: &impl IsA<gtk::Widget>, words: &str) {
    until(&format!("the button {words}"), || {
        button(root, words).is_some_and(|button| button.is_sensitive())
    });
    button(root, words).expect("the button").emit_clicked();
}

/// The window with this title, or the dialog with this heading.
pub fn find_window(title: &str) -> Option<gtk::Window> {
    windows::<gtk::Window>().into_iter().find(|window| {
        let heading = window
            .downcast_ref::<adw::MessageDialog>()
            .and_then(adw::MessageDialog::heading);
        window.is_mapped() && (heading.as_deref() == Some(title) || window.title().as_deref() == Some(title))
    })
}

/// Waits for [`find_window`].
#[track_caller]
pub fn window(title: &str) -> gtk::Window {
    until(title, || find_window(title).is_some());
    find_window(title).expect("the window")
}

/// Lets everything that is under way come to rest.
pub fn rest() {
    let mut turns = 0;
    until("a few turns", || {
        turns += 1;
        turns > 20
    });
}

/// The page.
pub struct Form {
    pub desk: Desk,
}

impl Form {
    /// Opens a machine's tab on its hardware and waits until that is read.
    #[track_caller]
    pub fn open(core: &Core, key: DomainKey) -> Self {
        let desk = Desk::open(core, key, Page::Hardware);
        desk.window.set_default_size(1200, 850);
        let form = Self { desk };
        until("the list of hardware", || !form.lines().is_empty());
        form
    }

    pub fn root(&self) -> &gtk::Widget {
        self.desk.tab.widget().upcast_ref()
    }

    /// The lines of the list with their words.
    pub fn lines(&self) -> Vec<(gtk::ListBoxRow, String)> {
        let lists = shown::<gtk::ListBox>(self.root());
        let list = lists.into_iter().find(|list| list.has_css_class("navigation-sidebar"));
        let rows = list.map(|list| shown::<gtk::ListBoxRow>(&list)).unwrap_or_default();
        rows.into_iter()
            .map(|row| {
                let words: Vec<String> = shown::<gtk::Label>(&row)
                    .iter()
                    .map(|label| label.text().into())
                    .collect();
                (row, words.join("\n"))
            })
            .collect()
    }

    /// Chooses the first line with these words.
    #[track_caller]
    pub fn choose(&self, words: &str) {
        let found = |form: &Self| form.lines().into_iter().find(|(_, text)| text.contains(words));
        until(&format!("the line {words}"), || found(self).is_some());
        let (row, _) = found(self).expect("the line");
        let list = row.parent().and_downcast::<gtk::ListBox>().expect("its list");
        list.select_row(Some(&row));
        let title = shown::<gtk::Label>(&row)[0].text();
        until(&format!("the page {title}"), || self.title() == title);
        for fold in shown::<adw::ExpanderRow>(self.root()) {
            fold.set_expanded(true);
        }
    }

    /// The heading of the page that is shown.
    pub fn title(&self) -> String {
        let labels = shown::<gtk::Label>(self.root());
        let title = labels.iter().find(|label| label.has_css_class("title-4"));
        title.map(|label| label.text().into()).unwrap_or_default()
    }

    /// A row of the page.
    #[track_caller]
    pub fn row(&self, title: &str) -> adw::PreferencesRow {
        row(self.root(), title)
    }

    /// Opens a fold of rows that few need.
    #[track_caller]
    pub fn unfold(&self, title: &str) {
        let fold = self.row(title).downcast::<adw::ExpanderRow>();
        fold.expect("a fold").set_expanded(true);
    }

    /// The line of text in a row.
    #[track_caller]
    pub fn entry(&self, title: &str) -> gtk::Entry {
        let row = self.row(title);
        let entry = shown::<gtk::Entry>(&row).into_iter().next();
        entry.unwrap_or_else(|| panic!("no entry in {title}"))
    }

    /// Types over what a row says.
    #[track_caller]
    pub fn types(&self, title: &str, text: &str) {
        type_over(&self.entry(title), text);
    }

    /// What stands below the title of a row: its note, or what is wrong with it.
    #[track_caller]
    pub fn below(&self, title: &str) -> String {
        let row = self.row(title).downcast::<adw::ActionRow>().expect("a row with words");
        row.subtitle().map(String::from).unwrap_or_default()
    }

    /// What the changes bar says; `None` while it is not there.
    pub fn bar(&self) -> Option<String> {
        let bar = shown::<gtk::Revealer>(self.root())
            .into_iter()
            .find(|bar| bar.child().is_some_and(|child| child.has_css_class("vireo-changes")));
        let bar = bar.filter(gtk::Revealer::reveals_child)?;
        Some(shown::<gtk::Label>(&bar).first()?.text().into())
    }

    #[track_caller]
    pub fn waits_for_bar(&self, words: &str) {
        let mut last = None;
        let start = Instant::now();
        until(&format!("the bar to say {words}"), || {
            last = self.bar();
            assert!(
                start.elapsed() < LIMIT - Duration::from_secs(1),
                "the bar says {last:?}, not {words}"
            );
            last.as_deref() == Some(words)
        });
    }

    #[track_caller]
    pub fn waits_for_no_bar(&self) {
        until("the bar to go", || self.bar().is_none());
    }

    #[track_caller]
    pub fn click(&self, words: &str) {
        click(self.root(), words);
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        until(text, || says(self.root(), text));
    }
}

/// A row with this title below `root`.
#[track_caller]
pub fn row(root: &impl IsA<gtk::Widget>, title: &str) -> adw::PreferencesRow {
    let found = || {
        shown::<adw::PreferencesRow>(root)
            .into_iter()
            .find(|row| row.title() == title)
    };
    until(&format!("the row {title}"), || found().is_some());
    found().expect("the row")
}

/// Replaces the text of an entry in one step, as typing over a selection does.
pub fn type_over(entry: &gtk::Entry, text: &str) {
    entry.buffer().set_text(text);
}
