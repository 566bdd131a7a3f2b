//! The XML page of a machine: its definition as text, to be read and changed.

mod bar;
mod changes;
mod deed;
pub(in crate::ui) mod review;

use std::rc::Rc;

use gtk::glib;
use gtk::prelude::*;
use relm4::{Component, ComponentController, ComponentParts, ComponentSender, Controller};
use relm4::{adw, gtk};

use self::bar::Bar;
use self::changes::Changes;
use self::review::Choice;
use super::banner::Banner;
use crate::i18n::tr;
use crate::model::error::VirtError;
use crate::model::hardware::apply::Definitions;
use crate::model::key::DomainKey;
use crate::model::markup::{Manuscript, devices};
use crate::model::schema::DocumentKind;
use crate::ui::core::Core;
use crate::ui::errors;
use crate::ui::hardware::applying::Applied;
use crate::ui::xml::{EditorInit, EditorMsg, EditorOutput, Text, XmlEditor};

/// What the page needs to begin.
pub struct XmlInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
}

/// Which definition is on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of the next start, or of a transient machine.
    Next,
    /// That of the running machine.
    Running,
}

/// What happened on the page.
#[derive(Debug)]
pub enum XmlMsg {
    /// The machine's definition or state changed, or its host did.
    Changed,
    /// The page appeared (true) or disappeared.
    Shown(bool),
    /// The definitions were read.
    Read(Box<Found>),
    /// A definition was chosen.
    SideChosen(Side),
    /// A line of the list of parts was chosen.
    PartChosen(Side, u32),
    /// The editor of the next start has something to say.
    Editor(EditorOutput),
    /// What changes is to be seen, and then applied.
    ApplyClicked,
    /// The user wants to begin anew.
    DiscardClicked,
    /// The user saw what changes.
    Reviewed(Decision),
    /// Applying came to an end.
    Applied(Rc<Applied>),
    /// The button of the banner was clicked.
    BannerClicked,
    /// The user saw what others changed.
    Decided(Decision),
}

/// What reading gave. It is not printed: it holds passwords.
pub struct Found(Result<Definitions, VirtError>);

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Found({})", if self.0.is_ok() { "definitions" } else { "an error" })
    }
}

/// What a user decided over what was shown side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing.
    Back,
    /// To do it; also to the running machine.
    Do(bool),
    /// To take what others made of it.
    Theirs,
}

impl From<Choice> for Decision {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Back => Self::Back,
            Choice::Main(ticked) => Self::Do(ticked),
            Choice::Other => Self::Theirs,
        }
    }
}

/// What the page tells its tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XmlOutput {
    /// There is something that was not applied, or no more.
    Unsaved(bool),
}

/// Why the editor was asked for its text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    Apply,
    Show(Option<String>),
    Compare,
}

/// The page.
pub struct XmlPage {
    core: Core,
    key: DomainKey,
    side: Side,
    /// `None` until the definitions were read.
    text: Option<Manuscript>,
    /// The same as it was when the editor was given its text: what it is again when everything is undone.
    loaded: Manuscript,
    /// What others have made of the definition since the edits began.
    theirs: Option<String>,
    live: Option<String>,
    live_part: Option<String>,
    transient: bool,
    locked: Option<String>,
    /// The text on screen differs from what is known of it.
    typed: bool,
    unsaved: bool,
    purpose: Option<Purpose>,
    shown: bool,
    stale: bool,
    reading: bool,
    busy: bool,
    next: Controller<XmlEditor>,
    running: Option<Controller<XmlEditor>>,
}

/// The widgets of the page.
pub struct XmlView {
    toasts: adw::ToastOverlay,
    stack: gtk::Stack,
    banner: Banner,
    bar: Bar,
    running: Option<Bar>,
    changes: Changes,
    waiting: adw::StatusPage,
}

impl Component for XmlPage {
    type Init = XmlInit;
    type Input = XmlMsg;
    type Output = XmlOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = XmlView;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender();
        let clicked = input.clone();
        let banner = Banner::new(move || clicked.emit(XmlMsg::BannerClicked));
        let bar = Bar::new(Side::Next, input);
        let next = XmlEditor::builder()
            .launch(EditorInit {
                kind: DocumentKind::Domain,
                text: Text::default(),
                editable: true,
                lead: Some(bar.widget().clone().upcast()),
                trail: None,
            })
            .forward(input, XmlMsg::Editor);
        let waiting = adw::StatusPage::builder()
            .icon_name("text-x-generic-symbolic")
            .title(tr("Reading the definition…"))
            .build();
        let changes = Changes::new(input);
        let column = gtk::Box::new(gtk::Orientation::Vertical, 0);
        column.append(next.widget());
        column.append(changes.widget());
        let stack = gtk::Stack::builder().vexpand(true).hhomogeneous(false).build();
        stack.add_named(&waiting, Some("waiting"));
        stack.add_named(&column, Some("next"));
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(banner.widget());
        content.append(&stack);
        let toasts = adw::ToastOverlay::new();
        toasts.set_child(Some(&content));
        root.append(&toasts);
        let model = Self {
            core: init.core,
            key: init.key,
            side: Side::Next,
            text: None,
            loaded: Manuscript::default(),
            theirs: None,
            live: None,
            live_part: None,
            transient: false,
            locked: None,
            typed: false,
            unsaved: false,
            purpose: None,
            shown: false,
            stale: true,
            reading: false,
            busy: false,
            next,
            running: None,
        };
        let widgets = XmlView {
            toasts,
            stack,
            banner,
            bar,
            running: None,
            changes,
            waiting,
        };
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        view: &mut XmlView,
        message: XmlMsg,
        sender: ComponentSender<Self>,
        root: &gtk::Box,
    ) {
        match message {
            XmlMsg::Changed => {
                self.stale = true;
                self.read(&sender);
            }
            XmlMsg::Shown(shown) => {
                self.shown = shown;
                self.read(&sender);
            }
            XmlMsg::Read(read) => self.was_read(view, read.0, &sender),
            XmlMsg::SideChosen(side) => self.choose_side(view, side, &sender),
            XmlMsg::PartChosen(side, selected) => self.choose_part(view, side, selected),
            XmlMsg::Editor(EditorOutput::Changed(typed)) => {
                self.typed = typed;
                if !typed && self.text.is_some() && self.purpose.is_none() {
                    self.text = Some(self.loaded.clone());
                }
            }
            XmlMsg::Editor(EditorOutput::Unsound) => self.purpose = None,
            XmlMsg::Editor(EditorOutput::Submitted(Text(text))) => self.submitted(view, root, &text, &sender),
            XmlMsg::ApplyClicked => self.ask_text(Purpose::Apply),
            XmlMsg::DiscardClicked => self.discard(),
            XmlMsg::Reviewed(decision) => self.reviewed(root, decision, &sender),
            XmlMsg::Applied(applied) => self.applied(view, root, &applied, &sender),
            XmlMsg::BannerClicked => self.ask_text(Purpose::Compare),
            XmlMsg::Decided(decision) => self.decided(view, decision),
        }
        self.refresh(view, &sender);
    }
}

/// Reading.
impl XmlPage {
    /// Reads the definitions, if they are to be seen and may have changed.
    fn read(&mut self, sender: &ComponentSender<Self>) {
        let client = self.core.client(self.key.host);
        let Some(client) = client.filter(|_| self.stale && self.shown && !self.reading && !self.busy) else {
            return;
        };
        self.stale = false;
        self.reading = true;
        // Only what is known of a definition can become stale, and tell that it changed again.
        if self.core.store().wants_details(self.key) {
            client.request_details(vec![self.key.uuid]);
        }
        let (uuid, input) = (self.key.uuid, sender.input_sender().clone());
        glib::spawn_future_local(async move {
            let read = client.definitions(uuid).await;
            input.emit(XmlMsg::Read(Box::new(Found(read))));
        });
    }

    fn was_read(&mut self, view: &XmlView, read: Result<Definitions, VirtError>, sender: &ComponentSender<Self>) {
        self.reading = false;
        match read {
            Ok(read) => {
                self.locked = read.locked;
                self.transient = read.persistent.is_none();
                self.live = read.live;
                let text = read.persistent.or_else(|| self.live.clone());
                if let Some(text) = text {
                    self.take(text);
                }
                self.next.emit(EditorMsg::Locked(self.locked.is_some()));
                self.show_live();
            }
            // What was read before stays: the text is the user's.
            Err(error) if self.text.is_some() => tracing::info!(%error, "the definition was not read again"),
            Err(error) => {
                let host = self.core.store().host(self.key.host).map(|host| host.config.clone());
                let why = errors::explain(&error, host.as_ref());
                view.waiting.set_title(&glib::markup_escape_text(&why.title));
                view.waiting.set_description(Some(&glib::markup_escape_text(&why.body)));
                // The next news about the machine or its host is a reason to try again.
                self.stale = true;
                return;
            }
        }
        self.read(sender);
    }

    /// Takes what the host has now: on screen where nothing was edited, else beside it.
    fn take(&mut self, current: String) {
        match &mut self.text {
            None => {
                self.text = Some(Manuscript::new(current));
                self.load();
            }
            Some(text) if text.base() == current => self.theirs = None,
            Some(text) if !text.is_changed() && !self.typed => {
                text.settle(current);
                self.theirs = None;
                self.settle();
            }
            Some(_) => self.theirs = Some(current),
        }
    }
}

/// What is on screen.
impl XmlPage {
    fn refresh(&mut self, view: &XmlView, sender: &ComponentSender<Self>) {
        let Some(text) = &self.text else { return };
        let both = self.live.is_some() && !self.transient;
        if !both {
            self.side = Side::Next;
        }
        let name = match self.side {
            Side::Next => "next",
            Side::Running => "running",
        };
        if view.stack.visible_child_name().as_deref() != Some(name) {
            view.stack.set_visible_child_name(name);
        }
        view.bar.set_both(both);
        view.bar.set_busy(self.busy);
        view.bar.show(&devices(text.edited()), text.place());
        if let (Some(bar), Some(live)) = (&view.running, &self.live) {
            bar.set_both(both);
            bar.show(&devices(live), self.live_part.as_deref());
        }
        let unsaved = self.typed || text.is_changed();
        view.changes.set(unsaved, self.busy);
        if unsaved != self.unsaved {
            self.unsaved = unsaved;
            let _ = sender.output(XmlOutput::Unsaved(unsaved));
        }
        self.show_banner(view);
    }

    fn show_banner(&self, view: &XmlView) {
        if let Some(why) = &self.locked {
            view.banner.show(why, None, false);
        } else if self.theirs.is_some() {
            view.banner.show(
                &tr("Someone else has changed the definition meanwhile."),
                Some(&tr("Show…")),
                true,
            );
        } else {
            view.banner.hide();
        }
    }

    fn choose_side(&mut self, view: &mut XmlView, side: Side, sender: &ComponentSender<Self>) {
        self.side = side;
        if side == Side::Next || self.running.is_some() {
            return;
        }
        let bar = Bar::new(Side::Running, sender.input_sender());
        let editor = XmlEditor::builder()
            .launch(EditorInit {
                kind: DocumentKind::Domain,
                text: Text::default(),
                editable: false,
                lead: Some(bar.widget().clone().upcast()),
                trail: None,
            })
            .detach();
        view.stack.add_named(editor.widget(), Some("running"));
        self.running = Some(editor);
        view.running = Some(bar);
        self.show_live();
    }

    fn show_live(&self) {
        let (Some(editor), Some(live)) = (&self.running, &self.live) else {
            return;
        };
        let mut text = Manuscript::new(live.clone());
        text.choose(self.live_part.as_deref());
        editor.emit(EditorMsg::Settled(Text(text.shown())));
    }

    fn choose_part(&mut self, view: &XmlView, side: Side, selected: u32) {
        match side {
            Side::Running => {
                let place = view.running.as_ref().and_then(|bar| bar.place(selected));
                if place != self.live_part {
                    self.live_part = place;
                    self.show_live();
                }
            }
            Side::Next => {
                let place = view.bar.place(selected);
                if self.text.as_ref().is_some_and(|text| text.place() != place.as_deref()) {
                    // What is on screen has to be sound before it goes.
                    self.ask_text(Purpose::Show(place));
                }
            }
        }
    }
}
