//! The page of a machine's screen: opens it while somebody looks, asks for what is missing, says what is the matter.

mod actions;
mod bar;
mod clipboard;
pub mod doors;
mod external;
mod heads;
mod hearing;
mod line;
mod login;
mod menu;
mod message;
mod opening;
mod phase;
mod progress;
mod real;
mod sharing;
mod trouble;
mod usb;
mod view;
mod window;
mod words;

pub use self::menu::{scaling_name, sharing_name};
pub use self::message::{Choice, DisplayInit, DisplayMsg, DisplayOutput};
pub use self::real::Real;
pub use self::trouble::Trouble;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use gtk::glib;
use gtk::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentParts, ComponentSender};

use self::clipboard::Exchange;
use self::doors::Doors;
use self::line::Line;
use self::login::Answer;
use self::phase::{Past, Phase, Situation};
use self::view::View;
use self::window::ScreenWindow;
use crate::model::display::wire::{Abilities, Request};
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::errors;
use crate::ui::vm::console::send_key::SendKey;

/// Who is asked for a password, and what was answered.
#[derive(Debug, Default)]
struct Login {
    /// User name and password for the next connection.
    given: Option<Answer>,
    /// What the server wants.
    user: bool,
    /// The keyring was asked in this connection.
    looked_up: bool,
}

/// The page of a machine's screen.
pub struct DisplayPage {
    core: Core,
    key: DomainKey,
    index: u32,
    doors: Rc<dyn Doors>,
    phase: Phase,
    past: Past,
    shown: bool,
    /// Number of the newest attempt: news of older ones are dropped.
    attempt: u64,
    began: Instant,
    /// When the display let us in.
    connected: Option<Instant>,
    /// A picture has come over this connection.
    seen: bool,
    line: Line,
    login: Login,
    abilities: Abilities,
    /// The clipboard was asked for when the display was opened.
    with_clipboard: bool,
    exchange: Rc<Exchange>,
    actions: actions::Actions,
    keys: SendKey,
    usb: usb::Usb,
    heads: heads::Heads,
    window: Option<Rc<ScreenWindow>>,
    /// Work that ends with the connection.
    tasks: Vec<glib::JoinHandle<()>>,
    /// A wait for the time limit, or for the next try.
    timer: Option<glib::JoinHandle<()>>,
    waiting: bool,
    clipboard_signal: Option<glib::SignalHandlerId>,
    settings_signal: Option<glib::SignalHandlerId>,
}

impl Component for DisplayPage {
    type Init = DisplayInit;
    type Input = DisplayMsg;
    type Output = DisplayOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = View;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let line = Line::default();
        let keys = SendKey::new(&init.core, init.key);
        let view = View::build(&root, &init, &keys, &input);
        keys.install(view.bar.widget());
        watch(&view, &line, &input);
        let line_for_usb = line.clone();
        let exchange = Rc::new(Exchange::new(line.clone(), root.clipboard()));
        let signal = {
            // At once, and not as a message: what the guest has just given must not be offered back to it.
            let exchange_of_signal = Rc::downgrade(&exchange);
            exchange.clipboard().connect_changed(move |_| {
                if let Some(exchange) = exchange_of_signal.upgrade() {
                    exchange.changed();
                }
            })
        };
        let actions = actions::Actions::new(&input);
        actions.install(&view.content);
        // The strip is not always in the content.
        actions.install(view.bar.widget());
        let mut model = Self {
            core: init.core,
            key: init.key,
            index: init.index,
            doors: init.doors,
            phase: Phase::Idle,
            past: Past::default(),
            shown: false,
            attempt: 0,
            began: Instant::now(),
            connected: None,
            seen: false,
            line,
            login: Login::default(),
            abilities: Abilities::default(),
            with_clipboard: false,
            exchange,
            actions,
            keys,
            usb: usb::Usb::new(line_for_usb),
            heads: heads::Heads::default(),
            window: None,
            tasks: Vec::new(),
            timer: None,
            waiting: false,
            clipboard_signal: Some(signal),
            settings_signal: None,
        };
        model.apply_settings(&view);
        model.watch_settings(&input);
        sender.input(DisplayMsg::Changed);
        if model.core.settings().console_settings(model.key).torn_off {
            sender.input(DisplayMsg::Choice(Choice::Window(true)));
        }
        ComponentParts { model, widgets: view }
    }

    fn update_with_view(
        &mut self,
        view: &mut View,
        message: DisplayMsg,
        sender: ComponentSender<Self>,
        _: &Self::Root,
    ) {
        match message {
            DisplayMsg::News(attempt, news) => {
                if attempt != self.attempt || !self.hear(news, view, &sender) {
                    return;
                }
            }
            DisplayMsg::Focus => {
                self.exchange.set_focused(has_keyboard(view));
                return;
            }
            DisplayMsg::Grabbed => {
                self.show_hint(view);
                return;
            }
            DisplayMsg::TransferCancelled(id) => {
                view.transfers.end(id);
                self.line.send(Request::CancelFiles { id });
                return;
            }
            message => self.handle(message, view, &sender),
        }
        self.settle(view, &sender);
    }

    fn shutdown(&mut self, view: &mut View, _: relm4::Sender<DisplayOutput>) {
        self.close();
        if let Some(signal) = self.clipboard_signal.take() {
            self.exchange.clipboard().disconnect(signal);
        }
        if let Some(signal) = self.settings_signal.take() {
            self.core.settings().backend().disconnect(signal);
        }
        self.remember_size();
        if let Some(window) = self.window.take() {
            window.give_back(view);
        }
    }
}

/// The screen's own signals.
fn watch(view: &View, line: &Line, input: &relm4::Sender<DisplayMsg>) {
    let to_display = line.clone();
    view.screen.connect_request(move |request| to_display.send(request));
    let sender = input.clone();
    view.screen
        .connect_grab_changed(move |_| sender.emit(DisplayMsg::Grabbed));
    let sender = input.clone();
    view.screen
        .connect_stage_changed(move |_| sender.emit(DisplayMsg::Grabbed));
    let sender = input.clone();
    view.screen
        .connect_has_focus_notify(move |_| sender.emit(DisplayMsg::Focus));
    let sender = input.clone();
    view.content.connect_map(move |_| sender.emit(DisplayMsg::Shown(true)));
    let sender = input.clone();
    view.content
        .connect_unmap(move |_| sender.emit(DisplayMsg::Shown(false)));
    let drop = gtk::DropTarget::new(gtk::gdk::FileList::static_type(), gtk::gdk::DragAction::COPY);
    let sender = input.clone();
    drop.connect_drop(move |_, value, _, _| {
        let Ok(list) = value.get::<gtk::gdk::FileList>() else {
            return false;
        };
        let paths: Vec<PathBuf> = list
            .files()
            .iter()
            .filter_map(gtk::gio::prelude::FileExt::path)
            .collect();
        let any = !paths.is_empty();
        if any {
            sender.emit(DisplayMsg::Files(paths));
        }
        any
    });
    view.overlay.add_controller(drop);
}

/// Whether what is typed goes to the screen.
fn has_keyboard(view: &View) -> bool {
    let window = view.screen.root().and_downcast::<gtk::Window>();
    view.screen.has_focus() && window.is_some_and(|window| window.is_active())
}

impl DisplayPage {
    fn watch_settings(&mut self, input: &relm4::Sender<DisplayMsg>) {
        let input = input.clone();
        let signal = self.core.settings().backend().connect_changed(None, move |_, key| {
            if key.starts_with("display-") {
                input.emit(DisplayMsg::Changed);
            }
        });
        self.settings_signal = Some(signal);
    }

    fn handle(&mut self, message: DisplayMsg, view: &View, sender: &ComponentSender<Self>) {
        match message {
            DisplayMsg::Shown(shown) => {
                self.shown = shown;
                self.tell_hidden();
                if shown && view.is_live() {
                    // Who comes to a screen wants to type.
                    view.screen.grab_focus();
                }
            }
            DisplayMsg::Changed => self.apply_settings(view),
            DisplayMsg::Chosen(index) => self.choose(index, view),
            DisplayMsg::Found(attempt, found) if attempt == self.attempt => self.found(*found, sender),
            DisplayMsg::Cause(attempt, trouble) if attempt == self.attempt => {
                if matches!(self.phase, Phase::Failed(_)) {
                    self.phase = Phase::Failed(self.with_text_console(trouble));
                }
            }
            DisplayMsg::TimeOver(attempt) if attempt == self.attempt => self.time_over(sender),
            DisplayMsg::Again(attempt) if attempt == self.attempt => {
                self.waiting = false;
                // A page that nobody sees, or whose host is away, tries when that is over.
                if self.situation().possible() {
                    self.past.tries += 1;
                    self.connect(sender);
                }
            }
            DisplayMsg::Remembered(attempt, secrets) if attempt == self.attempt => self.remembered(secrets, sender),
            DisplayMsg::Answered(answer) => self.answered(answer, sender),
            DisplayMsg::Remedy(remedy) => self.remedy(remedy, view, sender),
            DisplayMsg::DetailsClicked(text) => {
                let error = VirtError::own(Kind::Other, "open screen", text);
                errors::show_details(&view.content, &error);
            }
            DisplayMsg::Choice(choice) => self.choice(choice, view, sender),
            DisplayMsg::Fullscreened(full) => self.fullscreened(full, view),
            DisplayMsg::HeadClosed(head) => {
                self.heads.closed(head, &self.line);
                self.tell_hidden();
            }
            DisplayMsg::BringBack => self.bring_back(view),
            DisplayMsg::Files(paths) => self.send_files(&paths, view),
            _ => {}
        }
    }

    /// After every message: what follows from how it stands now.
    fn settle(&mut self, view: &View, sender: &ComponentSender<Self>) {
        let now = self.situation();
        if !now.host_connected {
            self.past.host_lost = true;
        } else if self.phase == Phase::Connected {
            // The screen has outlived the loss.
            self.past.host_lost = false;
        }
        if !now.active && self.phase != Phase::Idle {
            self.close();
            view.screen.clear_picture();
            view.transfers.clear();
        }
        if phase::connects_by_itself(&self.phase, &now, self.past) {
            self.connect(sender);
        } else if let Some(wait) = phase::tries_again_after(&self.phase, &now, self.past)
            && !self.waiting
        {
            self.waiting = true;
            self.after(wait, DisplayMsg::Again(self.attempt), sender);
        }
        if self.phase != Phase::Connected {
            // Nobody is there who could use them.
            view.screen.release();
            view.screen.set_locks(None);
        }
        self.show(view, &now);
    }

    fn show(&self, view: &View, now: &Situation) {
        let live = self.phase == Phase::Connected;
        view.bar.set_live(live && now.active);
        self.show_facts(view);
        self.show_hint(view);
        if let Some(window) = &self.window {
            window.set_name(&now.name);
        }
        view.screen.set_machine_name(&now.name);
        let has_picture = view.screen.picture_size().is_some();
        match (phase::notice(&self.phase, now, self.past), &self.phase) {
            (None, Phase::Asking(ask)) => view.ask(ask, &now.name),
            // Let in, but nothing to see yet.
            (None, _) if !has_picture => view.show(Some(&phase::waiting_for_picture()), false),
            (notice, _) => {
                let was_live = view.is_live();
                // The last picture stays while there is hope; after that the words are more important.
                let stays = notice
                    .as_ref()
                    .is_none_or(|notice| notice.busy || notice.goes_on || notice.said);
                view.show(notice.as_ref(), has_picture && stays);
                if !was_live && view.is_live() && self.shown {
                    // Who comes to a screen wants to type.
                    view.screen.grab_focus();
                }
            }
        }
    }

    fn situation(&self) -> Situation {
        let store = self.core.store();
        let host_connected = store.host(self.key.host).is_some_and(|host| host.status.is_connected());
        let mut now = Situation {
            shown: self.shown,
            host_connected,
            autoconnect: self.core.settings().display_autoconnect(),
            ..Situation::default()
        };
        if let Some(domain) = store.domain(self.key) {
            now.name.clone_from(&domain.name);
            now.exists = true;
            now.active = domain.state.is_active();
            now.instance = domain.id;
            now.saved = domain.managed_save;
        }
        now
    }

    fn choose(&mut self, index: u32, view: &View) {
        if index == self.index {
            return;
        }
        self.close();
        view.screen.clear_picture();
        view.transfers.clear();
        self.index = index;
        self.past = Past::default();
        self.login = Login::default();
    }
}
