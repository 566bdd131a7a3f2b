//! The page of a machine's screen: opens it while somebody looks, asks for what is missing, says what is the matter.

mod actions;
mod bar;
mod clipboard;
pub mod doors;
mod hearing;
mod line;
mod login;
mod menu;
mod opening;
mod phase;
mod progress;
mod real;
mod trouble;
mod view;
mod window;
mod words;

pub use self::real::Real;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use gtk::glib;
use gtk::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentParts, ComponentSender};

use self::clipboard::Exchange;
use self::doors::{Doors, Found};
use self::line::Line;
use self::login::Answer;
use self::phase::{Past, Phase, Situation};
use self::trouble::{Remedy, Trouble};
use self::view::View;
use self::window::ScreenWindow;
use crate::model::credential::Secret;
use crate::model::display::wire::{Abilities, Request};
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::model::settings::{Scaling, Sharing};
use crate::ui::core::Core;
use crate::ui::errors;
use crate::ui::vm::console::send_key::SendKey;
use crate::virt::client::DisplayNews;

/// What a screen's page needs to begin.
pub struct DisplayInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// Number of the graphics device.
    pub index: u32,
    /// How screens are opened.
    pub doors: Rc<dyn Doors>,
    /// The choice among all consoles of the machine, for the head of the bar.
    pub chooser: gtk::Widget,
}

/// What happened on a screen's page.
#[derive(Debug)]
pub enum DisplayMsg {
    /// The content appeared on screen (true) or disappeared, in the tab or in a window of its own.
    Shown(bool),
    /// The store has news about the machine or its host, or a setting changed.
    Changed,
    /// Another graphics device was chosen, by its number.
    Chosen(u32),
    /// The way to the display of attempt number `.0` was looked for.
    Found(u64, Box<Found>),
    /// Why attempt number `.0` found no way.
    Cause(u64, Trouble),
    /// The display of attempt number `.0` told something.
    News(u64, DisplayNews),
    /// The time of attempt number `.0` is over.
    TimeOver(u64),
    /// The wait after attempt number `.0` is over.
    Again(u64),
    /// What the keyring knows for attempt number `.0`.
    Remembered(u64, Option<Vec<Secret>>),
    /// User name and password were typed.
    Answered(Answer),
    /// A button of a message was clicked.
    Remedy(Remedy),
    /// The library's own words are wanted.
    DetailsClicked(String),
    /// Something of this computer's side changed that the clipboard depends on: focus, or its content.
    Focus,
    /// Another text is on this computer's clipboard.
    ClipboardChanged,
    /// The screen took or let go the keyboard or the pointer.
    Grabbed,
    /// A choice in a menu.
    Choice(Choice),
    /// The window of the screen fills a monitor, or no more.
    Fullscreened(bool),
    /// The window of the screen was closed; its size.
    WindowClosed((i32, i32)),
    /// The screen should come back into its tab.
    BringBack,
    /// Files were dropped on the screen.
    Files(Vec<PathBuf>),
    /// A transfer is to be given up.
    TransferCancelled(u64),
}

/// What is chosen in menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// How the picture fills its place.
    Scaling(Scaling),
    /// Smooth edges.
    Smooth(bool),
    /// The guest's screen follows the window.
    ResizeGuest(bool),
    /// Clipboard.
    Clipboard(Sharing),
    /// Only looking.
    ViewOnly(bool),
    /// Sound.
    Sound(bool),
    /// A window of its own.
    Window(bool),
    /// Full screen, or out of it.
    Fullscreen,
    /// Full screen on the monitor with this number.
    FullscreenOn(u32),
    /// Connect again.
    Connect,
    /// Close the connection.
    Disconnect,
    /// The picture onto the clipboard.
    CopyScreenshot,
    /// Choose files to send.
    SendFiles,
}

/// What a screen's page asks of the pages around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisplayOutput {
    /// Why displays can't be used, by their numbers.
    Reasons(Vec<(u32, String)>),
    /// The text console should be shown instead.
    UseText,
    /// The hardware page should show this display.
    ChangeDisplay(u32),
}

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
    line: Line,
    login: Login,
    abilities: Abilities,
    /// The clipboard was asked for when the display was opened.
    with_clipboard: bool,
    exchange: Rc<Exchange>,
    actions: actions::Actions,
    keys: SendKey,
    window: Option<Rc<ScreenWindow>>,
    /// Work that ends with the connection.
    tasks: Vec<glib::JoinHandle<()>>,
    /// A wait for the time limit, or for the next try.
    timer: Option<glib::JoinHandle<()>>,
    waiting: bool,
    clipboard_signal: Option<glib::SignalHandlerId>,
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
        let exchange = Rc::new(Exchange::new(line.clone(), root.clipboard()));
        let signal = {
            let input = input.clone();
            exchange
                .clipboard()
                .connect_changed(move |_| input.emit(DisplayMsg::ClipboardChanged))
        };
        let actions = actions::Actions::new(&input);
        actions.install(&view.content);
        // The strip is not always in the content.
        actions.install(view.bar.widget());
        let model = Self {
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
            line,
            login: Login::default(),
            abilities: Abilities::default(),
            with_clipboard: false,
            exchange,
            actions,
            keys,
            window: None,
            tasks: Vec::new(),
            timer: None,
            waiting: false,
            clipboard_signal: Some(signal),
        };
        model.apply_settings(&view);
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
            DisplayMsg::ClipboardChanged => {
                self.exchange.changed();
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
    fn handle(&mut self, message: DisplayMsg, view: &View, sender: &ComponentSender<Self>) {
        match message {
            DisplayMsg::Shown(shown) => {
                self.shown = shown;
                self.line.send(Request::Hidden(!shown));
            }
            DisplayMsg::Changed => self.apply_settings(view),
            DisplayMsg::Chosen(index) => self.choose(index, view),
            DisplayMsg::Found(attempt, found) if attempt == self.attempt => self.found(*found, sender),
            DisplayMsg::Cause(attempt, trouble) if attempt == self.attempt => {
                if matches!(self.phase, Phase::Failed(_)) {
                    self.phase = Phase::Failed(trouble);
                }
            }
            DisplayMsg::TimeOver(attempt) if attempt == self.attempt => self.time_over(sender),
            DisplayMsg::Again(attempt) if attempt == self.attempt => {
                self.waiting = false;
                self.past.tries += 1;
                self.connect(sender);
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
            DisplayMsg::WindowClosed(size) => self.window_closed(size, view),
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
        self.show(view, &now);
    }

    fn show(&self, view: &View, now: &Situation) {
        let live = self.phase == Phase::Connected;
        view.bar.set_live(live && now.active);
        self.show_facts(view);
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
                view.show(notice.as_ref(), has_picture);
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
