//! The Hardware page of a machine: what it consists of, to be changed by form.
//!
//! Edits gather in a draft; the changes bar says what they are and when they take effect, and nothing reaches the host before
//! *Apply*.

pub(in crate::ui) mod add;
pub(in crate::ui) mod applying;
pub(in crate::ui) mod bar;
mod browse;
mod customise;
mod deed;
mod editing;
pub(in crate::ui) mod form;
mod kinds;
mod layout;
mod list;
mod reading;
mod removing;
mod review;
pub(in crate::ui) mod row;
pub(in crate::ui) mod source;
mod view;

use std::rc::Rc;
use std::sync::Arc;

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use relm4::{Component, ComponentParts, ComponentSender};

use self::add::New;
use self::applying::Applied;
use self::bar::Choice;
use self::browse::{Choose, Chosen};
use self::editing::Editing;
use self::reading::Reading;
use self::removing::Going;
use self::review::Decision;
use self::row::RowEvent;
use self::source::Written;
use self::view::HardwareView;
use crate::i18n::{tr, tr_f};
use crate::model::domain::GuestAddress;
use crate::model::error::VirtError;
use crate::model::facts::HostFacts;
use crate::model::hardware::{PathKind, plan};
use crate::model::key::DomainKey;
use crate::model::usage::Doomed;
use crate::model::xml::Refused;
use crate::ui::core::{Core, Subscription};
use crate::ui::message;

pub use add::escape;
pub(in crate::ui) use customise::customise;
pub use review::sides;

/// What the page needs to begin.
pub struct HardwareInit {
    /// The core.
    pub core: Core,
    /// The machine.
    pub key: DomainKey,
}

/// What happened on the page.
#[derive(Debug, Clone)]
pub enum HardwareMsg {
    /// The machine's definition or state changed, or is not known any more.
    Changed,
    /// The page appeared (true) or disappeared.
    Shown(bool),
    /// The definitions were read.
    Read(Result<Box<Reading>, VirtError>),
    /// What the host offers was read.
    Facts(Box<HostFacts>),
    /// Another line of the list was selected.
    Selected(usize),
    /// A line was activated: on a narrow window the page is wanted.
    Entered,
    /// A row has something to say.
    Row(String, RowEvent),
    /// A path or image was chosen for a row.
    Chosen(String, Chosen),
    /// The changes are to be counted: the user stopped typing for a moment.
    Count,
    /// A button of the changes bar.
    Bar(Choice),
    /// The user decided over the changes under review.
    Decided(Decision),
    /// *Add Hardware*.
    AddClicked,
    /// A new device was made.
    Added(Box<New>),
    /// The device of the page is to go.
    RemoveClicked,
    /// It goes, with these files.
    Remove(Going, Vec<String>),
    /// The XML of the page's device is wanted.
    SourceClicked,
    /// It was edited.
    Written(Written),
    /// Applying came to an end.
    Applied(Rc<Applied>),
    /// The button of the banner.
    BannerClicked,
    /// *Try Again* after a failure to read.
    Again,
    /// The guest has other addresses.
    Addressed,
    /// The guest may have had enough time to let go of a device.
    PatienceOver,
    /// A disk, by its target, has this many bytes now.
    Resized(String, u64),
    /// The page of the display with this number is wanted.
    DisplayWanted(u32),
}

/// What the page tells its tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HardwareOutput {
    /// There is something that was not applied, or no more.
    Unsaved(bool),
}

/// A device that the guest was asked to let go.
#[derive(Debug)]
struct Leaving {
    alias: String,
    title: String,
    /// Files to delete when it has gone.
    files: Vec<String>,
}

/// What the banner is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    Clash,
    Leaving,
}

/// The page.
pub struct HardwarePage {
    core: Core,
    key: DomainKey,
    editing: Option<Editing>,
    /// Read while the page is not shown, or while another reading is under way.
    stale: bool,
    reading: bool,
    shown: bool,
    busy: bool,
    count: Option<glib::JoinHandle<()>>,
    leaving: Vec<Leaving>,
    patience: Option<glib::JoinHandle<()>>,
    matter: Option<Matter>,
    /// Files to delete when the removal of their disk was applied.
    doomed: Doomed,
    unsaved: bool,
    /// A display whose page is to be shown when the definition was read.
    wanted: Option<u32>,
    _subscription: Subscription,
}

impl Component for HardwarePage {
    type Init = HardwareInit;
    type Input = HardwareMsg;
    type Output = HardwareOutput;
    type CommandOutput = ();
    type Root = gtk::Box;
    type Widgets = HardwareView;

    fn init_root() -> Self::Root {
        gtk::Box::new(gtk::Orientation::Vertical, 0)
    }

    fn init(init: Self::Init, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let HardwareInit { core, key } = init;
        let view = HardwareView::new(&root, sender.input_sender());
        let input = sender.input_sender().clone();
        root.connect_map(move |_| input.emit(HardwareMsg::Shown(true)));
        let input = sender.input_sender().clone();
        root.connect_unmap(move |_| input.emit(HardwareMsg::Shown(false)));
        let input = sender.input_sender().clone();
        let subscription = core.subscribe(move |_, changes| {
            let aspects = changes.changed.get(&key);
            if aspects.is_some_and(|aspects| aspects.identity || aspects.state) || changes.hosts.contains(&key.host) {
                input.emit(HardwareMsg::Changed);
            } else if aspects.is_some_and(|aspects| aspects.addresses) {
                input.emit(HardwareMsg::Addressed);
            }
        });
        let model = Self {
            core,
            key,
            editing: None,
            stale: true,
            reading: false,
            shown: false,
            busy: false,
            count: None,
            leaving: Vec::new(),
            patience: None,
            matter: None,
            doomed: Doomed::default(),
            unsaved: false,
            wanted: None,
            _subscription: subscription,
        };
        ComponentParts { model, widgets: view }
    }

    fn update_with_view(
        &mut self,
        view: &mut HardwareView,
        message: HardwareMsg,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            HardwareMsg::Changed => {
                self.stale = true;
                self.read(&sender);
                return;
            }
            HardwareMsg::Shown(shown) => {
                self.shown = shown;
                self.read(&sender);
                return;
            }
            HardwareMsg::Again => {
                self.stale = true;
                self.read(&sender);
                return;
            }
            HardwareMsg::Read(read) => self.take(view, root, read, &sender),
            HardwareMsg::Facts(facts) => {
                if let Some(editing) = &mut self.editing {
                    let addresses = known_addresses(&self.core, self.key);
                    editing.set_facts(HostFacts { addresses, ..*facts });
                }
            }
            HardwareMsg::Addressed => {
                if let Some(editing) = &mut self.editing {
                    let addresses = known_addresses(&self.core, self.key);
                    let facts = editing.facts().clone();
                    editing.set_facts(HostFacts { addresses, ..facts });
                }
            }
            HardwareMsg::Selected(index) => {
                let (Some(editing), Some(id)) = (&mut self.editing, view.list.page(index)) else {
                    return;
                };
                if editing.selected() == id {
                    return;
                }
                editing.select(id);
            }
            HardwareMsg::DisplayWanted(index) => {
                self.wanted = Some(index);
                view.layout.enter();
            }
            HardwareMsg::Entered => view.layout.enter(),
            HardwareMsg::Row(row, event) => self.said(view, root, &row, event, &sender),
            HardwareMsg::Chosen(row, chosen) => {
                if let Some(editing) = &mut self.editing {
                    editing.put(&row, &chosen);
                }
                self.count_soon(&sender);
            }
            HardwareMsg::Count => {
                self.count = None;
                if let Some(editing) = &mut self.editing {
                    editing.recount();
                }
            }
            HardwareMsg::Bar(choice) => self.chosen(root, choice, &sender),
            HardwareMsg::Decided(Decision::Apply) => self.apply(root, &sender),
            HardwareMsg::Decided(Decision::Revert(place)) => self.revert(&place, view),
            HardwareMsg::AddClicked => self.add(root, &sender),
            HardwareMsg::Added(new) => self.added(view, *new),
            HardwareMsg::RemoveClicked => self.ask_removal(root, &sender),
            HardwareMsg::Remove(going, files) => self.remove(view, &going, files),
            HardwareMsg::SourceClicked => self.show_source(root, &sender),
            HardwareMsg::Written(written) => self.written(written),
            HardwareMsg::Applied(applied) => self.applied(view, root, &applied, &sender),
            HardwareMsg::BannerClicked => self.banner_clicked(&sender),
            HardwareMsg::PatienceOver => self.patience_over(),
            HardwareMsg::Resized(target, bytes) => Self::resized(view, &target, bytes),
        }
        self.refresh(view, &sender);
    }

    fn shutdown(&mut self, _: &mut HardwareView, _: relm4::Sender<HardwareOutput>) {
        for wait in [self.count.take(), self.patience.take()].into_iter().flatten() {
            wait.abort();
        }
    }
}

/// The addresses of the guest that are known.
fn known_addresses(core: &Core, key: DomainKey) -> Option<Arc<[GuestAddress]>> {
    let store = core.store();
    store.domain(key).map(|domain| domain.addresses.as_slice().into())
}

/// How long the user stops typing before the changes are counted.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(120);
/// How long a guest may take to let go of a device before the user is asked.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(8);

/// Editing.
impl HardwarePage {
    fn refresh(&mut self, view: &mut HardwareView, sender: &ComponentSender<Self>) {
        self.see_clash_end(sender);
        let Some(editing) = &mut self.editing else { return };
        if let Some(index) = self.wanted.take() {
            editing.select_display(index);
        }
        match editing.draft().is_changed() {
            true => self.doomed.follow(editing.draft().edited()),
            false => self.doomed.clear(),
        }
        let leaving = deed::leaving_pages(editing.draft(), &self.leaving);
        view.show(editing, &leaving, self.busy);
        let unsaved = editing.is_changed();
        if unsaved != self.unsaved {
            self.unsaved = unsaved;
            let _ = sender.output(HardwareOutput::Unsaved(unsaved));
        }
        self.show_banner(view);
    }

    /// A clash ends when the others take their change back, and when the user does: what they made of it is read then.
    fn see_clash_end(&mut self, sender: &ComponentSender<Self>) {
        let Some(editing) = &self.editing else { return };
        if self.matter != Some(Matter::Clash) || editing.clashes() && editing.draft().is_changed() {
            return;
        }
        self.matter = None;
        if editing.clashes() {
            self.stale = true;
            self.read(sender);
        }
    }

    fn show_banner(&self, view: &HardwareView) {
        let names: Vec<&str> = self.leaving.iter().map(|device| device.title.as_str()).collect();
        let names = names.join(", ");
        match self.matter {
            None if names.is_empty() => view.banner.hide(),
            None => {
                let text = tr_f("Waiting for the guest to let go of {name}…", &[("name", &names)]);
                view.banner.show(&text, None, false);
            }
            Some(Matter::Clash) => view.banner.show(
                &tr("Someone else has changed what you are editing. When you apply, you decide whose changes hold."),
                Some(&tr("Take Theirs")),
                true,
            ),
            Some(Matter::Leaving) => {
                let text = tr_f(
                    "The guest has not let go of {name} yet. It may be in use, or the guest may not have started.",
                    &[("name", &names)],
                );
                view.banner.show(&text, Some(&tr("Try Again")), true);
            }
        }
    }

    fn said(
        &mut self,
        view: &mut HardwareView,
        root: &gtk::Box,
        row: &str,
        event: RowEvent,
        sender: &ComponentSender<Self>,
    ) {
        match event {
            RowEvent::Set(value) => {
                view.form.heard(row);
                if let Some(editing) = &mut self.editing {
                    editing.set(row, &value);
                }
                self.count_soon(sender);
            }
            RowEvent::Pressed(button) => self.press(view, root, button, sender),
            RowEvent::Browse(kind) => {
                let Some(window) = message::window_of(root) else { return };
                let (input, row) = (sender.input_sender().clone(), row.to_owned());
                self.browse(
                    &window,
                    kind,
                    Rc::new(move |chosen| input.emit(HardwareMsg::Chosen(row.clone(), chosen))),
                );
            }
        }
    }

    fn browse(&self, window: &gtk::Window, kind: PathKind, chosen: Choose) {
        browse::show(&self.core, self.key, window, kind, chosen);
    }

    fn count_soon(&mut self, sender: &ComponentSender<Self>) {
        if let Some(wait) = self.count.take() {
            wait.abort();
        }
        let input = sender.input_sender().clone();
        self.count = Some(glib::spawn_future_local(async move {
            glib::timeout_future(PAUSE).await;
            input.emit(HardwareMsg::Count);
        }));
    }

    fn chosen(&mut self, root: &gtk::Box, choice: Choice, sender: &ComponentSender<Self>) {
        let Some(editing) = &mut self.editing else { return };
        match choice {
            Choice::Undo => {
                editing.undo();
                editing.recount();
            }
            Choice::Discard => {
                editing.discard();
                editing.recount();
            }
            Choice::Review => {
                editing.recount();
                let input = sender.input_sender().clone();
                review::show(
                    root,
                    editing.draft().base(),
                    editing.draft().edited(),
                    editing.changes(),
                    &self.doomed.files().collect::<Vec<_>>(),
                    editing.obstacle().as_deref(),
                    move |decision| input.emit(HardwareMsg::Decided(decision)),
                );
            }
            Choice::Apply => self.apply(root, sender),
        }
    }

    fn revert(&mut self, place: &str, view: &HardwareView) {
        let Some(editing) = &mut self.editing else { return };
        let Some(change) = editing.changes().iter().find(|change| change.place == place).cloned() else {
            return;
        };
        let draft = editing.draft();
        match plan::reverted(draft.base(), draft.edited(), [&change]) {
            Ok(edited) => editing.draft_mut().replace(edited),
            Err(refused) => view
                .toasts
                .add_toast(adw::Toast::new(&glib::markup_escape_text(&refused.0))),
        }
        editing.recount();
    }

    fn add(&self, root: &gtk::Box, sender: &ComponentSender<Self>) {
        let Some(editing) = &self.editing else { return };
        let (core, key) = (self.core.clone(), self.key);
        let input = sender.input_sender().clone();
        add::show(
            root,
            editing.draft(),
            editing.facts(),
            move |window, kind, chosen| browse::show(&core, key, window, kind, chosen),
            move |new| input.emit(HardwareMsg::Added(Box::new(new))),
        );
    }

    fn added(&mut self, view: &HardwareView, new: New) {
        let Some(editing) = &mut self.editing else { return };
        match editing.add(new) {
            Ok(()) => view.layout.enter(),
            Err(Refused(reason)) => view
                .toasts
                .add_toast(adw::Toast::new(&glib::markup_escape_text(&reason))),
        }
        editing.recount();
    }
}
