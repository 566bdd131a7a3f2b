//! The consoles of a machine as a user meets them, with a display that does what the test says. Needs a display
//! (`scripts/headless cargo test --test console_page`).

mod support;

#[path = "console_page/guest.rs"]
mod guest;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::rc::Rc;

use adw::prelude::*;
use relm4::{Component, ComponentController, Controller, adw};
use support::widgets::{button, find, on_gtk, says, screenshot, until};
use vireo::model::credential::Secret;
use vireo::model::display::wire::{End, News, Protocol, Request, Route, Tls};
use vireo::model::host::HostConfig;
use vireo::model::key::DomainKey;
use vireo::model::settings::{Settings, Sharing};
use vireo::ui::core::Core;
use vireo::ui::vm::console::display::doors::{Doors, Found, Later, Link, Open, Way};
use vireo::ui::vm::console::{ConsolesInit, ConsolesPage};
use vireo::virt::client::DisplayNews;

/// A machine with a screen and a serial port.
const MACHINE: &str = "<node>
  <domain type='test'>
    <name>vm</name>
    <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
    <memory>8388608</memory>
    <os><type arch='i686'>hvm</type></os>
    <devices>
      <graphics type='vnc' port='5900'/>
      <serial type='pty'/>
    </devices>
  </domain>
</node>";

/// What the page did with its doors.
#[derive(Default)]
struct Log {
    opened: RefCell<Vec<Open>>,
    asked: RefCell<Vec<Request>>,
    closed: Cell<u32>,
    /// What the open display tells.
    news: RefCell<Option<async_channel::Sender<DisplayNews>>>,
    password: RefCell<Option<Secret>>,
    spice: Cell<bool>,
    /// What comes instead of a way, once each.
    troubles: RefCell<VecDeque<Found>>,
}

impl Log {
    fn tells(&self, news: News) {
        let sender = self.news.borrow().clone().expect("an open display");
        sender.try_send(DisplayNews::News(news)).expect("room");
    }

    fn connected(&self) {
        self.tells(News::Connected {
            security: "None".to_owned(),
        });
    }

    fn wants_password(&self, attempt: u32) {
        self.tells(News::NeedCredentials {
            user: false,
            password: true,
            attempt,
            reason: None,
        });
    }

    fn opens(&self) -> usize {
        self.opened.borrow().len()
    }

    /// The passwords that were answered to questions.
    fn answers(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let answers = asked.iter().filter_map(|request| match request {
            Request::Credentials { password, .. } => password.as_ref().map(|hidden| hidden.0.clone()),
            _ => None,
        });
        answers.collect()
    }
}

struct Played(Rc<Log>);

struct PlayedLink {
    log: Rc<Log>,
    news: async_channel::Receiver<DisplayNews>,
}

impl Link for PlayedLink {
    fn news(&self) -> async_channel::Receiver<DisplayNews> {
        self.news.clone()
    }

    fn send(&self, request: Request) {
        self.log.asked.borrow_mut().push(request);
    }

    fn send_socket(&self, _: u64, _: Result<OwnedFd, String>) {}
}

impl Drop for PlayedLink {
    fn drop(&mut self) {
        self.log.closed.set(self.log.closed.get() + 1);
    }
}

impl Doors for Played {
    fn way(&self, _: &Core, _: DomainKey, _: u32) -> Later<Found> {
        let log = self.0.clone();
        Box::pin(async move {
            if let Some(found) = log.troubles.borrow_mut().pop_front() {
                return found;
            }
            let protocol = if log.spice.get() {
                Protocol::Spice
            } else {
                Protocol::Vnc
            };
            let way = Way {
                protocol,
                route: Route::Unix {
                    path: "/nowhere".to_owned(),
                },
                socket: None,
                tls: Tls::default(),
                password: log.password.borrow().clone(),
            };
            Found {
                reasons: Vec::new(),
                way: Ok(way),
            }
        })
    }

    fn socket(&self, _: &Core, _: DomainKey, _: u32, _: String, _: bool) -> Later<Result<OwnedFd, String>> {
        Box::pin(async { Err("none".to_owned()) })
    }

    fn cause(&self, _: &Core, _: DomainKey, _: u32) -> Later<Option<vireo::ui::vm::console::display::Trouble>> {
        Box::pin(async { None })
    }

    fn viewer(&self, _: &Core, _: DomainKey, _: u32, _: bool) -> Later<Result<String, String>> {
        Box::pin(async { Err("none".to_owned()) })
    }

    fn open(&self, open: Open, _: Option<OwnedFd>) -> io::Result<Rc<dyn Link>> {
        self.0.opened.borrow_mut().push(open);
        let (sender, news) = async_channel::unbounded();
        self.0.news.replace(Some(sender));
        Ok(Rc::new(PlayedLink {
            log: self.0.clone(),
            news,
        }))
    }
}

/// A page in a window, and the display behind it.
struct Desk {
    core: Core,
    key: DomainKey,
    log: Rc<Log>,
    page: Option<Controller<ConsolesPage>>,
    window: adw::Window,
    _file: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self::prepared(|_, _| {}, Rc::default())
    }

    fn prepared(prepare: impl FnOnce(&Settings, DomainKey), log: Rc<Log>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file: PathBuf = folder.path().join("node.xml");
        std::fs::write(&file, MACHINE).expect("the machine");
        let settings = Settings::in_memory().expect("the schema");
        let core = Core::new(settings.clone());
        let host = HostConfig::new("played", format!("test://{}", file.display()));
        let key = DomainKey::new(host.id, "6695eb01-f6a4-8304-79aa-97f2502e193f".parse().expect("a UUID"));
        prepare(&settings, key);
        core.put_host(host.clone(), false);
        core.connect_host(host.id);
        until("the machine", || core.store().domain(key).is_some());
        if let Some(client) = core.client(key.host) {
            client.request_details(vec![key.uuid]);
        }
        until("its definition", || {
            core.store().domain(key).is_some_and(|domain| domain.details.is_some())
        });
        let page = ConsolesPage::builder()
            .launch(ConsolesInit {
                core: core.clone(),
                key,
                doors: Rc::new(Played(log.clone())),
            })
            .detach();
        let window = adw::Window::builder()
            .title("A window")
            .default_width(900)
            .default_height(700)
            .content(page.widget())
            .build();
        window.present();
        Self {
            core,
            key,
            log,
            page: Some(page),
            window,
            _file: folder,
        }
    }

    fn has_text(&self, text: &str) -> bool {
        says(&self.window, text)
    }

    #[track_caller]
    fn sees(&self, text: &str) {
        until(text, || self.has_text(text));
    }

    #[track_caller]
    fn click(&self, label: &str) {
        let button = button(&self.window, label);
        button.unwrap_or_else(|| panic!("no button {label}")).emit_clicked();
    }

    #[track_caller]
    fn types_password(&self, password: &str) {
        let row = find::<adw::PasswordEntryRow>(&self.window, &|row| row.is_mapped());
        row.expect("an entry for the password").set_text(password);
        self.click("Connect");
    }

    #[track_caller]
    fn opened(&self, times: usize) {
        until("the display to be opened", || self.log.opens() == times);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.window.destroy();
        drop(self.page.take());
        self.core.disconnect_host(self.key.host);
    }
}

#[test]
fn one_look_opens_the_screen_and_the_end_of_the_page_closes_it() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        desk.log.connected();
        desk.sees("Waiting for the first picture…");
        let log = desk.log.clone();
        drop(desk);
        until("the display to be closed", || log.closed.get() == 1);
        assert_eq!(log.opens(), 1);
    });
}

#[test]
fn a_password_of_the_definition_is_used_and_nobody_is_asked() {
    on_gtk(|| {
        let log = Rc::new(Log::default());
        log.password.replace(Some(Secret("known".to_owned())));
        let desk = Desk::prepared(|_, _| {}, log);
        desk.opened(1);
        let password = desk.log.opened.borrow()[0].password.clone();
        assert_eq!(password.map(|hidden| hidden.0.clone()), Some("known".to_owned()));
    });
}

#[test]
fn a_wrong_password_is_asked_for_again_and_the_right_one_only_once() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        desk.log.wants_password(1);
        desk.sees("The screen is protected");
        screenshot("login");
        desk.types_password("wrong");
        until("the answer", || desk.log.answers() == ["wrong"]);
        desk.log.wants_password(2);
        desk.sees("That was not right");
        screenshot("login-wrong");
        desk.types_password("right");
        until("the answer", || desk.log.answers() == ["wrong", "right"]);
        desk.log.connected();
        desk.sees("Waiting for the first picture…");

        // The network goes and comes: nobody is asked again.
        desk.log.tells(News::Ended(End::Unreachable("gone".to_owned())));
        desk.opened(2);
        let again = desk.log.opened.borrow()[1].password.clone();
        assert_eq!(again.map(|hidden| hidden.0.clone()), Some("right".to_owned()));
    });
}

#[test]
fn a_server_that_hangs_up_on_a_wrong_password_is_called_again_with_the_next() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        desk.log
            .tells(News::Ended(End::Refused("Authentication failed".to_owned())));
        desk.sees("Authentication failed");
        desk.types_password("right");
        desk.opened(2);
        let second = desk.log.opened.borrow()[1].password.clone();
        assert_eq!(second.map(|hidden| hidden.0.clone()), Some("right".to_owned()));
    });
}

#[test]
fn a_screen_that_was_lost_comes_back_by_itself() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        desk.log.connected();
        desk.log.tells(News::Ended(End::Closed));
        desk.sees("connected again in a moment");
        desk.opened(2);
        desk.log.connected();
        desk.sees("Waiting for the first picture…");
    });
}

#[test]
fn an_exclusive_screen_is_left_to_who_took_it() {
    on_gtk(|| {
        let log = Rc::new(Log::default());
        log.spice.set(true);
        let desk = Desk::prepared(|_, _| {}, log);
        desk.opened(1);
        desk.log.connected();
        desk.log.tells(News::Ended(End::Closed));
        desk.sees("Another program may have taken it over");
        desk.click("Try Again");
        desk.opened(2);
    });
}

#[test]
fn a_server_that_broke_the_rules_is_named_and_not_called_again() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        desk.log.connected();
        desk.log
            .tells(News::Ended(End::Broken("a rectangle outside".to_owned())));
        desk.sees("sent something that makes no sense");
        desk.sees("Details");
        screenshot("broken");
        desk.window.set_default_size(360, 640);
        screenshot("broken-narrow");
        assert_eq!(desk.log.opens(), 1);
    });
}

#[test]
fn the_clipboard_is_not_even_negotiated_unless_it_was_chosen() {
    on_gtk(|| {
        let desk = Desk::new();
        desk.opened(1);
        assert!(!desk.log.opened.borrow()[0].clipboard);
        desk.log.connected();
        desk.log.tells(News::ClipboardOffered);
        desk.log.tells(News::ClipboardWanted);
        desk.sees("Waiting for the first picture…");
        let exchanged = |request: &Request| {
            matches!(
                request,
                Request::OfferClipboard | Request::WantClipboard | Request::ClipboardText(_)
            )
        };
        assert!(!desk.log.asked.borrow().iter().any(exchanged));
    });
    on_gtk(|| {
        let desk = Desk::prepared(
            |settings, key| settings.change_console_settings(key, |own| own.clipboard = Some(Sharing::Both)),
            Rc::default(),
        );
        desk.opened(1);
        assert!(desk.log.opened.borrow()[0].clipboard);
    });
}

#[test]
fn the_console_that_was_chosen_is_remembered() {
    on_gtk(|| {
        let desk = Desk::prepared(
            |settings, key| settings.change_console_settings(key, |own| own.console = Some("serial-0".to_owned())),
            Rc::default(),
        );
        // The test driver opens no serial ports; the page of the text console says so.
        desk.sees("This host can't open consoles");
        assert_eq!(desk.log.opens(), 0);
    });
}
