//! A tab in a window, and what a user reads and does there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::{gio, glib};
use relm4::{Component, ComponentController, Controller, adw, gtk};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::ui::core::Core;
use vireo::ui::vm::{Page, VmInit, VmMsg, VmPage};
use vte4::prelude::*;

use crate::support::core::connected;
use crate::support::widgets::{all, button, says, until};
use crate::support::{Daemon, Guest};

/// Everything in a terminal.
pub fn text_of(terminal: &vte4::Terminal) -> String {
    let memory = gio::MemoryOutputStream::new_resizable();
    terminal
        .write_contents_sync(&memory, vte4::WriteFlags::Default, gio::Cancellable::NONE)
        .expect("the contents");
    memory.close(gio::Cancellable::NONE).expect("closing");
    String::from_utf8_lossy(&memory.steal_as_bytes()).into_owned()
}

/// A core that is connected to the guest's host.
pub fn connect(daemon: &Daemon, guest: &Guest<'_>) -> (Core, DomainKey) {
    let (core, host) = connected(HostConfig::new("private", daemon.uri_qemu()));
    let key = DomainKey::new(host, guest.uuid);
    assert!(core.store().domain(key).is_some(), "it is listed");
    (core, key)
}

/// A machine's tab in a window of its own.
pub struct Desk {
    pub window: adw::Window,
    pub tab: Controller<VmPage>,
}

impl Desk {
    pub fn open(core: &Core, key: DomainKey, page: Page) -> Self {
        let tab = VmPage::builder()
            .launch(VmInit {
                core: core.clone(),
                key,
                page,
            })
            .detach();
        let window = adw::Window::builder()
            .title("A window")
            .default_width(1100)
            .default_height(800)
            .content(tab.widget())
            .build();
        window.present();
        Self { window, tab }
    }

    /// Whether the console was ever looked at.
    pub fn has_terminal(&self) -> bool {
        !all::<vte4::Terminal>(self.tab.widget()).is_empty()
    }

    /// The terminal of a tab whose console was looked at.
    #[track_caller]
    pub fn terminal(&self) -> vte4::Terminal {
        all(self.tab.widget()).remove(0)
    }

    pub fn page(&self, page: Page) {
        self.tab.emit(VmMsg::PageChosen(page));
    }

    /// Whether this is to be read somewhere.
    pub fn has_text(&self, text: &str) -> bool {
        says(self.tab.widget(), text)
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        until(text, || self.has_text(text));
    }

    /// Clicks a button that is on screen.
    #[track_caller]
    pub fn click(&self, label: &str) {
        let button = button(self.tab.widget(), label);
        button.unwrap_or_else(|| panic!("no button {label}")).emit_clicked();
    }

    /// Everything in the terminal.
    pub fn output(&self) -> String {
        text_of(&self.terminal())
    }

    /// Types a command line.
    pub fn run(&self, command: &str) {
        self.terminal().paste_text(&format!("{command}\r"));
    }

    /// Types a command line, again every five seconds: the shell drops what comes while it changes the line's settings.
    #[track_caller]
    pub fn runs_until(&self, command: &str, mut done: impl FnMut() -> bool) {
        let asked = Cell::new(None::<Instant>);
        until(command, || {
            if asked.get().is_none_or(|at| at.elapsed() > Duration::from_secs(5)) {
                asked.set(Some(Instant::now()));
                self.run(command);
            }
            done()
        });
    }

    /// Types until the guest answers, which may boot meanwhile.
    #[track_caller]
    pub fn answers(&self, word: &str) {
        until("the terminal", || self.has_terminal() && self.terminal().is_mapped());
        let asked = Cell::new(None::<Instant>);
        until("the guest's answer", || {
            if asked.get().is_none_or(|at| at.elapsed() > Duration::from_secs(2)) {
                asked.set(Some(Instant::now()));
                self.run(&format!("echo $((6*7))-{word}"));
            }
            self.output().contains(&format!("42-{word}"))
        });
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.window.destroy();
    }
}

/// Longest time that the main loop did not get to a timer of 5 ms.
pub struct Stalls {
    longest: Rc<Cell<Duration>>,
    source: RefCell<Option<glib::SourceId>>,
}

impl Stalls {
    pub fn watch() -> Self {
        let longest = Rc::new(Cell::new(Duration::ZERO));
        let (most, last) = (longest.clone(), Cell::new(Instant::now()));
        let source = glib::timeout_add_local_full(Duration::from_millis(5), glib::Priority::DEFAULT, move || {
            let now = Instant::now();
            most.set(most.get().max(now - last.replace(now)));
            glib::ControlFlow::Continue
        });
        Self {
            longest,
            source: RefCell::new(Some(source)),
        }
    }

    pub fn longest(&self) -> Duration {
        self.longest.get()
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            source.remove();
        }
    }
}
