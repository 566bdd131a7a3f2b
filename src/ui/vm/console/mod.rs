//! The consoles of a machine: its screens and its text consoles, one choice over all of them.

mod choice;
mod chooser;
pub mod display;
pub mod screen;
pub mod send_key;
pub mod text;

use std::rc::Rc;

use gtk::prelude::*;
use relm4::gtk;
use relm4::{Component, ComponentController, ComponentParts, ComponentSender, Controller};

use self::choice::{ConsoleId, Offer};
use self::chooser::Chooser;
use self::display::doors::Doors;
use self::display::{DisplayInit, DisplayMsg, DisplayOutput, DisplayPage};
use self::text::{TextConsoles, TextInit, TextMsg, TextOutput};
use crate::model::key::DomainKey;
use crate::ui::core::Core;

/// What the consoles need to begin.
pub struct ConsolesInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
    /// How screens are opened.
    pub doors: Rc<dyn Doors>,
}

/// What happened on the page.
#[derive(Debug)]
pub enum ConsolesMsg {
    /// The store has news about the machine or its host.
    Changed,
    /// Another console was chosen.
    Chosen(ConsoleId),
    /// The first text console is wanted.
    UseText,
    /// The text page has come to show this console, by its place there.
    TextShown(usize),
    /// Why screens can't be used, by their numbers.
    Reasons(Vec<(u32, String)>),
    /// The hardware page should show this display.
    ChangeDisplay(u32),
}

/// What the page asks of its tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsolesOutput {
    /// The hardware page should show the display with this number.
    ChangeDisplay(u32),
}

/// The consoles of a machine.
pub struct ConsolesPage {
    core: Core,
    key: DomainKey,
    doors: Rc<dyn Doors>,
    /// Kept while the machine is off.
    offers: Vec<Offer>,
    /// Text consoles of the machine, in the order of the text page.
    texts: Vec<ConsoleId>,
    reasons: Vec<(u32, String)>,
    chosen: Option<ConsoleId>,
    /// The text console that the text page was told to show: told again, it would take the keyboard again.
    told: Option<usize>,
    choosers: [Chooser; 2],
    /// Made when they are first looked at.
    screen: Option<Controller<DisplayPage>>,
    text: Option<Controller<TextConsoles>>,
}

impl Component for ConsolesPage {
    type Init = ConsolesInit;
    type Input = ConsolesMsg;
    type Output = ConsolesOutput;
    type CommandOutput = ();
    type Root = gtk::Stack;
    type Widgets = gtk::Stack;

    fn init_root() -> Self::Root {
        gtk::Stack::builder().hhomogeneous(false).vhomogeneous(false).build()
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let choosers = [(), ()].map(|()| {
            let input = sender.input_sender().clone();
            Chooser::new(move |id| input.emit(ConsolesMsg::Chosen(id)))
        });
        let mut model = Self {
            core: init.core,
            key: init.key,
            doors: init.doors,
            offers: Vec::new(),
            texts: Vec::new(),
            reasons: Vec::new(),
            chosen: None,
            told: None,
            choosers,
            screen: None,
            text: None,
        };
        model.read();
        model.show(&root, &sender);
        ComponentParts { model, widgets: root }
    }

    fn update_with_view(
        &mut self,
        stack: &mut gtk::Stack,
        message: ConsolesMsg,
        sender: ComponentSender<Self>,
        _: &Self::Root,
    ) {
        match message {
            ConsolesMsg::Changed => {
                self.read();
                if let Some(screen) = &self.screen {
                    screen.emit(DisplayMsg::Changed);
                }
                if let Some(text) = &self.text {
                    text.emit(TextMsg::Changed);
                }
            }
            ConsolesMsg::Chosen(id) => self.choose(id),
            ConsolesMsg::TextShown(place) => {
                if let Some(id) = self.texts.get(place).cloned() {
                    self.told = Some(place);
                    self.choose(id);
                }
            }
            ConsolesMsg::UseText => {
                if let Some(id) = self.texts.first().cloned() {
                    self.choose(id);
                }
            }
            ConsolesMsg::Reasons(reasons) => {
                self.reasons = reasons;
                self.read();
            }
            ConsolesMsg::ChangeDisplay(index) => {
                let _ = sender.output(ConsolesOutput::ChangeDisplay(index));
                return;
            }
        }
        self.show(stack, &sender);
    }
}

impl ConsolesPage {
    /// Takes over which consoles the machine has.
    fn read(&mut self) {
        let details = {
            let store = self.core.store();
            store.domain(self.key).and_then(|domain| domain.details.clone())
        };
        let Some(details) = details else { return };
        self.offers = choice::offers(&details, &self.reasons);
        self.texts = text::text_consoles(&details.consoles)
            .iter()
            .map(|console| ConsoleId::Text(console.kind.clone(), console.port))
            .collect();
        let gone = |chosen: &ConsoleId| !self.offers.iter().any(|offer| offer.id == *chosen);
        if self.chosen.as_ref().is_none_or(gone) {
            let remembered = self.core.settings().console_settings(self.key).console;
            self.chosen = choice::pick(&self.offers, remembered.as_deref());
        }
    }

    fn choose(&mut self, id: ConsoleId) {
        let word = id.to_string();
        self.core
            .settings()
            .change_console_settings(self.key, |settings| settings.console = Some(word));
        self.chosen = Some(id);
    }

    fn show(&mut self, stack: &gtk::Stack, sender: &ComponentSender<Self>) {
        for chooser in &self.choosers {
            chooser.set(&self.offers, self.chosen.as_ref());
        }
        let known = self
            .core
            .store()
            .domain(self.key)
            .is_none_or(|domain| domain.details.is_some());
        match self.chosen.clone() {
            Some(ConsoleId::Screen(index)) => {
                if self.screen.is_none() {
                    self.build_screen(index, stack, sender);
                }
                if let Some(screen) = &self.screen {
                    screen.emit(DisplayMsg::Chosen(index));
                }
                stack.set_visible_child_name("screen");
            }
            chosen => {
                // Before the definition was read nobody knows whether there is a screen.
                if self.text.is_none() && known {
                    self.build_text(stack, sender);
                }
                let place = self.texts.iter().position(|text| Some(text) == chosen.as_ref());
                if let (Some(text), Some(place)) = (&self.text, place.filter(|place| self.told != Some(*place))) {
                    text.emit(TextMsg::DeviceChosen(place));
                    self.told = Some(place);
                }
                if self.text.is_some() {
                    stack.set_visible_child_name("text");
                }
            }
        }
    }

    fn build_screen(&mut self, index: u32, stack: &gtk::Stack, sender: &ComponentSender<Self>) {
        let init = DisplayInit {
            core: self.core.clone(),
            key: self.key,
            index,
            doors: self.doors.clone(),
            chooser: self.choosers[0].widget().clone().upcast(),
        };
        let screen = DisplayPage::builder()
            .launch(init)
            .forward(sender.input_sender(), |output| match output {
                DisplayOutput::Reasons(reasons) => ConsolesMsg::Reasons(reasons),
                DisplayOutput::UseText => ConsolesMsg::UseText,
                DisplayOutput::ChangeDisplay(index) => ConsolesMsg::ChangeDisplay(index),
            });
        stack.add_named(screen.widget(), Some("screen"));
        self.screen = Some(screen);
    }

    fn build_text(&mut self, stack: &gtk::Stack, sender: &ComponentSender<Self>) {
        let init = TextInit {
            core: self.core.clone(),
            key: self.key,
            chooser: Some(self.choosers[1].widget().clone().upcast()),
        };
        let text = TextConsoles::builder()
            .launch(init)
            .forward(sender.input_sender(), |TextOutput::FirstShows(place)| {
                ConsolesMsg::TextShown(place)
            });
        stack.add_named(text.widget(), Some("text"));
        self.text = Some(text);
    }
}
