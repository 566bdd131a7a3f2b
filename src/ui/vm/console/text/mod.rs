//! The text console of a machine: a terminal on one of its serial ports, connected while somebody looks.

mod devices;
mod filter;
mod keys;
mod line;
mod log;
mod menu;
mod paste;
mod phase;
mod plain;
mod search;
mod size;
mod split;
mod terminal;
mod tiles;
mod view;

pub use self::devices::{is_offered, text_consoles};
pub use self::split::{TextConsoles, TextInit, TextMsg, TextOutput};
pub use self::view::device_name as text_name;

use std::rc::Rc;
use std::time::{Duration, Instant};

use gtk::{gio, glib};
use relm4::gtk;
use relm4::{Component, ComponentParts, ComponentSender};
use vte4::prelude::*;

use self::line::Line;
use self::log::Log;
use self::phase::{Attempt, Phase, Remedy, Situation};
use self::view::View;
use crate::i18n::tr;
use crate::model::action::{DomainAction, StartOptions};
use crate::model::domain::ConsoleInfo;
use crate::model::error::{Kind, VirtError};
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::virt::client::ConsoleStream;

/// How often a device that is in use is tried again, and the pause before each.
const PATIENCE: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);

/// What a console needs to begin.
pub struct ConsoleInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// The console to begin with; the first one if none is given.
    pub device: Option<ConsoleInfo>,
    /// The choice among all consoles of the machine, for the head of the bar; without it the page has its own.
    pub chooser: Option<gtk::Widget>,
    /// It stands beside another one and can be closed.
    pub closable: bool,
    /// The menu of keys for the machine.
    pub keys: gio::Menu,
}

/// What happened on a console page.
#[derive(Debug)]
pub enum ConsoleMsg {
    /// The page appeared (true) or disappeared.
    Shown(bool),
    /// The store has news about the machine or its host.
    Changed,
    /// Another device is to be shown, by its place in the list.
    DeviceChosen(usize),
    /// The user wants another device here, by its place in the list.
    DeviceWanted(usize),
    /// The button that closes a further console was clicked.
    CloseClicked,
    /// One more console was asked for, and there is no room for it.
    NoRoom,
    /// The log is wanted, or no more.
    LogToggled,
    /// The folder of the log was chosen.
    LogChosen(gio::File),
    /// Log number `.0` ended by itself, for this reason.
    LogFailed(u64, String),
    /// The button of the message was clicked.
    RemedyClicked,
    /// The answer to attempt number `.0`.
    Opened(u64, Result<ConsoleStream, VirtError>),
    /// Attempt number `.0`, which found the device in use, may be made again.
    BusyAgain(u64),
    /// The first output of connection number `.0` arrived.
    FirstOutput(u64),
    /// Connection number `.0` ended.
    Ended(u64, Option<VirtError>),
    /// The guest does not take what is typed.
    InputDropped,
}

/// What a console asks of those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleOutput {
    /// It should show this device, by its place in the list.
    DeviceWanted(usize),
    /// It should be closed.
    Closed,
}

/// The console page.
pub struct ConsolePage {
    core: Core,
    key: DomainKey,
    phase: Phase,
    shown: bool,
    last: Attempt,
    /// Consoles that can be chosen; kept while the machine is off.
    devices: Vec<ConsoleInfo>,
    chosen: usize,
    /// Number of the newest attempt: answers to older ones are dropped.
    attempt: u64,
    /// How often a device that is in use is tried again before that is told.
    patience: u32,
    /// When it began.
    began: Instant,
    line: Line,
    log: Rc<Log>,
    /// Number of the newest log.
    logs: u64,
    /// Where the last one was written: a log that is switched on again goes on there.
    log_folder: Option<gio::File>,
    /// The terminal has shown output of this machine.
    has_content: bool,
    tasks: Vec<glib::JoinHandle<()>>,
}

impl Component for ConsolePage {
    type Init = ConsoleInit;
    type Input = ConsoleMsg;
    type Output = ConsoleOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = View;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let line = Line::default();
        let view = View::build(&root, &init, sender.input_sender());
        let input = sender.input_sender().clone();
        line.attach(&view.terminal, move || input.emit(ConsoleMsg::InputDropped));
        let input = sender.input_sender().clone();
        root.connect_map(move |_| input.emit(ConsoleMsg::Shown(true)));
        let input = sender.input_sender().clone();
        root.connect_unmap(move |_| input.emit(ConsoleMsg::Shown(false)));
        keys::claim(&view.terminal);
        let model = Self {
            core: init.core,
            key: init.key,
            phase: Phase::Idle,
            shown: false,
            last: Attempt::default(),
            devices: init.device.into_iter().collect(),
            chosen: 0,
            attempt: 0,
            patience: 0,
            began: Instant::now(),
            line,
            log: Rc::default(),
            logs: 0,
            log_folder: None,
            has_content: false,
            tasks: Vec::new(),
        };
        sender.input(ConsoleMsg::Changed);
        ComponentParts { model, widgets: view }
    }

    fn update_with_view(
        &mut self,
        view: &mut View,
        message: ConsoleMsg,
        sender: ComponentSender<Self>,
        _: &Self::Root,
    ) {
        // Who comes to a console wants to type.
        let takes_keyboard = matches!(
            message,
            ConsoleMsg::Shown(true) | ConsoleMsg::Opened(..) | ConsoleMsg::DeviceChosen(_)
        );
        match message {
            ConsoleMsg::Shown(shown) => self.shown = shown,
            ConsoleMsg::Changed => self.read_devices(),
            ConsoleMsg::DeviceChosen(index) => self.choose(index, view, &sender),
            ConsoleMsg::DeviceWanted(index) => drop(sender.output(ConsoleOutput::DeviceWanted(index))),
            ConsoleMsg::CloseClicked => drop(sender.output(ConsoleOutput::Closed)),
            ConsoleMsg::NoRoom => view.toast(&tr("There is no room for another console: make the window larger")),
            ConsoleMsg::LogToggled => self.toggle_log(view, &sender),
            ConsoleMsg::LogChosen(folder) => self.start_log(folder, &sender),
            ConsoleMsg::LogFailed(number, reason) => self.log_failed(number, &reason, view),
            ConsoleMsg::RemedyClicked => self.remedy(view, &sender),
            ConsoleMsg::Opened(attempt, result) if attempt == self.attempt => self.opened(result, view, &sender),
            ConsoleMsg::BusyAgain(attempt) if attempt == self.attempt && self.situation().active => {
                self.open(false, view, &sender);
            }
            ConsoleMsg::FirstOutput(attempt) if attempt == self.attempt => {
                self.has_content = true;
                let ms = self.began.elapsed().as_millis();
                tracing::info!(uuid = %self.key.uuid, ms, "console output");
            }
            ConsoleMsg::Ended(attempt, error) if attempt == self.attempt => {
                self.line.close();
                self.phase = Phase::Ended(error);
            }
            ConsoleMsg::InputDropped => view.warn_input_dropped(),
            ConsoleMsg::Opened(..) | ConsoleMsg::BusyAgain(_) | ConsoleMsg::FirstOutput(_) | ConsoleMsg::Ended(..) => {}
        }
        let now = self.situation();
        if !now.host_connected {
            self.last.host_lost = true;
        }
        if phase::connects_by_itself(&self.phase, &now, self.last) {
            self.connect(false, view, &sender);
        }
        view.set_devices(&self.devices, self.chosen);
        view.set_log(self.log.file().as_ref());
        view.set_notice(phase::notice(&self.phase, &now), self.has_content);
        // Not before the terminal shows: what can't be seen takes no keyboard.
        if takes_keyboard && self.shown && matches!(self.phase, Phase::Connected) {
            view.terminal.grab_focus();
        }
    }

    fn shutdown(&mut self, _: &mut View, _: relm4::Sender<ConsoleOutput>) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.line.close();
        self.log.stop();
    }
}

impl ConsolePage {
    fn situation(&self) -> Situation {
        let store = self.core.store();
        let host_connected = store.host(self.key.host).is_some_and(|host| host.status.is_connected());
        let Some(domain) = store.domain(self.key) else {
            return Situation {
                shown: self.shown,
                host_connected,
                ..Situation::default()
            };
        };
        Situation {
            name: domain.name.clone(),
            shown: self.shown,
            exists: true,
            active: domain.state.is_active(),
            instance: domain.id,
            host_connected,
            no_console: domain.details.is_some() && self.devices.is_empty(),
            saved: domain.managed_save,
        }
    }

    fn read_devices(&mut self) {
        let devices = {
            let store = self.core.store();
            let details = store.domain(self.key).and_then(|domain| domain.details.clone());
            details.map(|details| text_consoles(&details.consoles))
        };
        let Some(devices) = devices.filter(|devices| *devices != self.devices) else {
            return;
        };
        let chosen = self.devices.get(self.chosen).cloned();
        self.devices = devices;
        let same = |device: &ConsoleInfo| {
            chosen
                .as_ref()
                .is_some_and(|old| (&old.kind, old.port) == (&device.kind, device.port))
        };
        self.chosen = self.devices.iter().position(same).unwrap_or(0);
    }

    fn choose(&mut self, index: usize, view: &View, sender: &ComponentSender<Self>) {
        if index == self.chosen || index >= self.devices.len() {
            return;
        }
        self.chosen = index;
        // The log is of the device that was shown.
        self.log.stop();
        view.terminal.reset(true, true);
        self.has_content = false;
        if self.situation().active {
            self.connect(false, view, sender);
        }
    }

    fn remedy(&mut self, view: &View, sender: &ComponentSender<Self>) {
        let Some((_, remedy)) = phase::notice(&self.phase, &self.situation()).and_then(|notice| notice.remedy) else {
            return;
        };
        match remedy {
            Remedy::Start => self
                .core
                .perform(self.key, DomainAction::Start(StartOptions::default())),
            Remedy::Connect => self.connect(false, view, sender),
            Remedy::TakeOver => self.connect(true, view, sender),
        }
    }

    fn connect(&mut self, force: bool, view: &View, sender: &ComponentSender<Self>) {
        self.patience = PATIENCE;
        self.open(force, view, sender);
    }

    fn open(&mut self, force: bool, view: &View, sender: &ComponentSender<Self>) {
        let Some(client) = self.core.client(self.key.host) else {
            return;
        };
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.line.close();
        self.attempt += 1;
        self.began = Instant::now();
        self.last = Attempt {
            instance: self.situation().instance,
            host_lost: false,
        };
        self.phase = Phase::Connecting;
        if self.has_content {
            // What an earlier instance left half done must not colour the next one's output.
            view.terminal.reset(true, false);
        }
        let alias = self.devices.get(self.chosen).and_then(|device| device.alias.clone());
        let (attempt, uuid) = (self.attempt, self.key.uuid);
        let input = sender.input_sender().clone();
        self.tasks.push(glib::spawn_future_local(async move {
            let result = client.open_console(uuid, alias, force).await;
            input.emit(ConsoleMsg::Opened(attempt, result));
        }));
    }

    fn opened(&mut self, result: Result<ConsoleStream, VirtError>, view: &View, sender: &ComponentSender<Self>) {
        let stream = match result {
            Ok(stream) => self.line.open(stream),
            Err(error) if error.kind == Kind::Cancelled => {
                self.phase = Phase::Idle;
                return;
            }
            // A connection of ours that was just closed: the host hears of that a moment later.
            Err(error) if error.kind == Kind::Busy && self.patience > 0 => {
                self.patience -= 1;
                let (attempt, input) = (self.attempt, sender.input_sender().clone());
                self.tasks.push(glib::spawn_future_local(async move {
                    glib::timeout_future(PAUSE).await;
                    input.emit(ConsoleMsg::BusyAgain(attempt));
                }));
                return;
            }
            Err(error) => {
                self.phase = Phase::Failed(error);
                return;
            }
        };
        self.phase = Phase::Connected;
        let ms = self.began.elapsed().as_millis();
        tracing::info!(uuid = %self.key.uuid, ms, "console connected");
        let attempt = self.attempt;
        let input = sender.input_sender().clone();
        let terminal = view.terminal.downgrade();
        let log = self.log.clone();
        self.tasks.push(glib::spawn_future_local(async move {
            let first = {
                let input = input.clone();
                move || input.emit(ConsoleMsg::FirstOutput(attempt))
            };
            let error = line::pump(stream, terminal, first, move |output| log.take(output)).await;
            input.emit(ConsoleMsg::Ended(attempt, error));
        }));
    }
}
