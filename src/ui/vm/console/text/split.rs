//! The text consoles of a machine, one or several side by side, each with a terminal and a device of its own.

use gtk::gio;
use gtk::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentController, ComponentParts, ComponentSender, Controller};

use super::tiles::Tiles;
use super::{ConsoleInit, ConsoleMsg, ConsoleOutput, ConsolePage, text_consoles};
use crate::model::domain::ConsoleInfo;
use crate::model::key::DomainKey;
use crate::ui::core::Core;
use crate::ui::vm::console::send_key::SendKey;

/// What the text consoles need to begin.
pub struct TextInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// The choice among all consoles of the machine, for the first bar; without it that has its own.
    pub chooser: Option<gtk::Widget>,
}

/// What happened to the text consoles.
#[derive(Debug)]
pub enum TextMsg {
    /// The store has news about the machine or its host.
    Changed,
    /// The first console should show this device, by its place among [`text_consoles`].
    DeviceChosen(usize),
    /// One more was asked for.
    Split,
    /// What one of them asks.
    Asked(u32, ConsoleOutput),
}

/// What the text consoles tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOutput {
    /// The first one has come to show this device, by its place among [`text_consoles`], without having been told.
    FirstShows(usize),
}

/// The text consoles of a machine.
pub struct TextConsoles {
    core: Core,
    key: DomainKey,
    keys: SendKey,
    /// As in the consoles: kept while the machine is off.
    devices: Vec<ConsoleInfo>,
    /// The first one is always there.
    panes: Vec<Pane>,
    split: gio::SimpleAction,
    /// Number of the next one.
    next: u32,
}

struct Pane {
    number: u32,
    device: Option<ConsoleInfo>,
    page: Controller<ConsolePage>,
}

impl Component for TextConsoles {
    type Init = TextInit;
    type Input = TextMsg;
    type Output = TextOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = Tiles;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let keys = SendKey::new(&init.core, init.key);
        keys.install(&root);
        let tiles = Tiles::new();
        root.append(&tiles);
        root.append(keys.progress());
        let group = gio::SimpleActionGroup::new();
        let split = gio::SimpleAction::new("split", None);
        split.set_enabled(false);
        let input = sender.input_sender().clone();
        split.connect_activate(move |_, _| input.emit(TextMsg::Split));
        group.add_action(&split);
        root.insert_action_group("consoles", Some(&group));
        let mut model = Self {
            core: init.core,
            key: init.key,
            keys,
            devices: Vec::new(),
            panes: Vec::new(),
            split,
            next: 0,
        };
        model.read();
        let first = model.devices.first().cloned();
        model.add(first, init.chooser, &tiles, &sender);
        model.refresh();
        ComponentParts { model, widgets: tiles }
    }

    fn update_with_view(&mut self, tiles: &mut Tiles, message: TextMsg, sender: ComponentSender<Self>, _: &gtk::Box) {
        match message {
            TextMsg::Changed => {
                self.read();
                self.follow(tiles);
                for pane in &self.panes {
                    pane.page.emit(ConsoleMsg::Changed);
                }
            }
            TextMsg::DeviceChosen(index) => drop(self.choose(0, index)),
            TextMsg::Split => {
                let free = self.free().cloned();
                if let Some(device) = free.filter(|_| tiles.has_room()) {
                    self.add(Some(device), None, tiles, &sender);
                } else {
                    self.panes[0].page.emit(ConsoleMsg::NoRoom);
                }
            }
            TextMsg::Asked(number, ConsoleOutput::DeviceWanted(index)) => {
                let at = self.panes.iter().position(|pane| pane.number == number);
                let swapped = at.and_then(|at| self.choose(at, index));
                let first = match (at, swapped) {
                    (Some(0), _) => Some(index),
                    (_, Some((0, place))) => Some(place),
                    _ => None,
                };
                if let Some(first) = first {
                    let _ = sender.output(TextOutput::FirstShows(first));
                }
            }
            TextMsg::Asked(number, ConsoleOutput::Closed) => {
                if let Some(at) = self.panes.iter().position(|pane| pane.number == number) {
                    self.close(at, tiles);
                }
            }
        }
        self.refresh();
    }
}

impl TextConsoles {
    fn read(&mut self) {
        let details = self
            .core
            .store()
            .domain(self.key)
            .and_then(|domain| domain.details.clone());
        if let Some(details) = details {
            self.devices = text_consoles(&details.consoles);
        }
    }

    /// Takes over what became of the devices: a console whose device is gone shows the first one, or goes with it.
    fn follow(&mut self, tiles: &Tiles) {
        let devices = self.devices.clone();
        let now = |device: &Option<ConsoleInfo>| {
            let same = |other: &&ConsoleInfo| device.as_ref().is_some_and(|device| is_same(device, other));
            devices.iter().find(same).cloned()
        };
        for at in (0..self.panes.len()).rev() {
            let device = now(&self.panes[at].device);
            if device.is_none() && at > 0 {
                self.close(at, tiles);
            } else {
                self.panes[at].device = device.or_else(|| devices.first().cloned());
            }
        }
        // The first one may have come to the device of another.
        let first = self.panes.first().and_then(|pane| pane.device.clone());
        let twin =
            |pane: &Pane| matches!((&pane.device, &first), (Some(device), Some(first)) if is_same(device, first));
        if let Some(at) = self.panes.iter().skip(1).position(twin) {
            self.close(at + 1, tiles);
        }
    }

    /// The first device that is not shown.
    fn free(&self) -> Option<&ConsoleInfo> {
        let shown = |device: &ConsoleInfo| {
            let mut all = self.panes.iter().filter_map(|pane| pane.device.as_ref());
            all.any(|other| is_same(device, other))
        };
        self.devices.iter().find(|device| !shown(device))
    }

    /// Shows a device in a console; one that showed it takes over the other's, because a device can be open only once.
    /// Returns that one and what it shows now.
    fn choose(&mut self, at: usize, index: usize) -> Option<(usize, usize)> {
        let device = self.devices.get(index).cloned()?;
        let old = self.panes[at].device.replace(device.clone());
        if old.as_ref().is_some_and(|old| is_same(old, &device)) {
            return None;
        }
        let mut swapped = None;
        let twin = |(other, pane): (usize, &Pane)| {
            other != at && pane.device.as_ref().is_some_and(|shown| is_same(shown, &device))
        };
        if let Some(twin) = self.panes.iter().enumerate().position(twin) {
            let place = old
                .as_ref()
                .and_then(|old| self.devices.iter().position(|other| is_same(old, other)));
            self.panes[twin].device = old;
            if let Some(place) = place {
                self.panes[twin].page.emit(ConsoleMsg::DeviceChosen(place));
                swapped = Some((twin, place));
            }
        }
        self.panes[at].page.emit(ConsoleMsg::DeviceChosen(index));
        swapped
    }

    fn add(
        &mut self,
        device: Option<ConsoleInfo>,
        chooser: Option<gtk::Widget>,
        tiles: &Tiles,
        sender: &ComponentSender<Self>,
    ) {
        let number = self.next;
        self.next += 1;
        let init = ConsoleInit {
            core: self.core.clone(),
            key: self.key,
            device: device.clone(),
            chooser,
            closable: number > 0,
            keys: self.keys.menu().clone(),
        };
        let page = ConsolePage::builder()
            .launch(init)
            .forward(sender.input_sender(), move |output| TextMsg::Asked(number, output));
        page.widget().add_css_class("background");
        tiles.append(page.widget());
        self.panes.push(Pane { number, device, page });
    }

    fn close(&mut self, at: usize, tiles: &Tiles) {
        let pane = self.panes.remove(at);
        tiles.remove(pane.page.widget());
        if let Some(terminal) = terminal_in(self.panes[0].page.widget().upcast_ref()) {
            terminal.grab_focus();
        }
    }

    fn refresh(&self) {
        let possible = self.free().is_some();
        if self.split.is_enabled() != possible {
            self.split.set_enabled(possible);
        }
    }
}

fn is_same(one: &ConsoleInfo, other: &ConsoleInfo) -> bool {
    (&one.kind, one.port) == (&other.kind, other.port)
}

fn terminal_in(widget: &gtk::Widget) -> Option<vte4::Terminal> {
    if let Some(terminal) = widget.downcast_ref() {
        return Some(vte4::Terminal::clone(terminal));
    }
    std::iter::successors(widget.first_child(), gtk::Widget::next_sibling)
        .find_map(|child: gtk::Widget| terminal_in(&child))
}
