//! What can be changed of a network, by form: edits gather in a draft, the bar below says what they are and when they hold,
//! and nothing reaches the host before *Apply*.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gtk4 as gtk;
use gtk4::prelude::*;
use libadwaita as adw;
use uuid::Uuid;

use super::applying;
use crate::i18n::{tr, tr_n};
use crate::model::hardware::plan::Counts;
use crate::model::key::HostId;
use crate::model::network::{
    FormContext, FormFacts, NetworkChange, NetworkDefinitions, NetworkDetails, NetworkTiming, NetworkWish, Problem,
    Severity, Surroundings, check, form_page, plan, row_of, set_row,
};
use crate::model::xml::object::Network;
use crate::ui::core::Core;
use crate::ui::hardware::bar::{ChangesBar, Choice};
use crate::ui::hardware::form::{self, FormView};
use crate::ui::hardware::row::RowEvent;

/// Widest the form gets.
const WIDTH: i32 = 760;

/// What is edited.
struct Draft {
    /// The definition that the user began with.
    base: Network,
    /// What the user made of it.
    details: NetworkDetails,
    /// What it was before each change, for taking it back.
    steps: Vec<NetworkDetails>,
    live: Option<Network>,
}

/// The form with its bar.
pub(super) struct Settings {
    core: Core,
    host: HostId,
    uuid: Option<Uuid>,
    root: gtk::Box,
    form: RefCell<FormView>,
    bar: ChangesBar,
    draft: RefCell<Option<Draft>>,
    around: RefCell<Surroundings>,
    facts: RefCell<FormFacts>,
    locked: RefCell<Option<String>>,
    /// Values that rows cannot have, as they were typed.
    wrong: RefCell<form::Problems>,
    busy: Cell<bool>,
    /// Told after each edit, with what makes the network impossible.
    edited: Box<dyn Fn(Option<String>)>,
}

impl Settings {
    /// An empty form: for a network that is there, or a new one, without a bar. `edited` hears of every change, and what
    /// speaks against it.
    pub(super) fn new(
        core: &Core,
        host: HostId,
        uuid: Option<Uuid>,
        edited: impl Fn(Option<String>) + 'static,
    ) -> Rc<Self> {
        let (said, hearing) = async_channel::unbounded::<(String, RowEvent)>();
        let (chosen, choices) = async_channel::unbounded::<Choice>();
        let form = FormView::new(move |row, event| {
            let _ = said.try_send((row.to_owned(), event));
        });
        let bar = ChangesBar::new(move |choice| {
            let _ = chosen.try_send(choice);
        });
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .margin_top(12)
            .margin_bottom(24)
            .margin_start(12)
            .margin_end(12)
            .build();
        column.append(form.widget());
        let clamp = adw::Clamp::builder()
            .maximum_size(WIDTH)
            .tightening_threshold(560)
            .child(&column)
            .build();
        let scrolled = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
        root.append(&scrolled);
        if uuid.is_some() {
            root.append(bar.widget());
        }
        let settings = Rc::new(Self {
            core: core.clone(),
            host,
            uuid,
            root,
            form: RefCell::new(form),
            bar,
            draft: RefCell::default(),
            around: RefCell::default(),
            facts: RefCell::default(),
            locked: RefCell::default(),
            wrong: RefCell::default(),
            busy: Cell::new(false),
            edited: Box::new(edited),
        });
        listen(&settings, hearing, Self::hear);
        listen(&settings, choices, Self::choose);
        settings
    }

    /// The widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// What can be chosen, and what the network must not collide with.
    pub(super) fn set_surroundings(&self, facts: FormFacts, around: Surroundings) {
        let around = match self.uuid {
            Some(uuid) => around.without(&uuid.to_string()),
            None => around,
        };
        self.facts.replace(facts);
        self.around.replace(around);
        self.refresh();
    }

    /// Why nothing can be changed.
    pub(super) fn set_locked(&self, reason: Option<String>) {
        self.locked.replace(reason);
        self.refresh();
    }

    /// What a new network begins with.
    pub(super) fn begin(&self, details: NetworkDetails) {
        // An empty document of a known root is well-formed.
        let Ok(base) = Network::parse("<network>\n</network>\n") else {
            return;
        };
        self.draft.replace(Some(Draft {
            base,
            details,
            steps: Vec::new(),
            live: None,
        }));
        self.refresh();
    }

    /// Follows what the host has: edits stay, unless there are none.
    pub(super) fn follow(&self, definitions: &NetworkDefinitions) {
        if self.busy.get() || self.is_changed() {
            let live = definitions.live.as_deref().and_then(|text| Network::parse(text).ok());
            if let Some(draft) = &mut *self.draft.borrow_mut() {
                draft.live = live;
            }
            self.refresh();
            return;
        }
        self.load(definitions);
    }

    fn load(&self, definitions: &NetworkDefinitions) {
        let Some(base) = definitions.base().and_then(|text| Network::parse(text).ok()) else {
            return;
        };
        self.wrong.borrow_mut().clear();
        self.draft.replace(Some(Draft {
            details: NetworkDetails::read(&base),
            base,
            steps: Vec::new(),
            live: definitions.live.as_deref().and_then(|text| Network::parse(text).ok()),
        }));
        self.refresh();
    }

    /// Whether something waits to be applied.
    pub(super) fn is_changed(&self) -> bool {
        let draft = self.draft.borrow();
        let changed = |draft: &Draft| NetworkDetails::read(&draft.base) != draft.details;
        self.uuid.is_some() && (draft.as_ref().is_some_and(changed) || !self.wrong.borrow().is_empty())
    }

    /// The definition as it was edited.
    pub(super) fn edited_xml(&self) -> Option<String> {
        let draft = self.draft.borrow();
        let mut edited = draft.as_ref()?.base.clone();
        draft.as_ref()?.details.write(&mut edited).ok()?;
        Some(edited.document().to_string())
    }

    fn hear(self: &Rc<Self>, (row, event): (String, RowEvent)) {
        self.form.borrow_mut().heard(&row);
        let RowEvent::Set(value) = event else { return };
        let result = {
            let mut draft = self.draft.borrow_mut();
            let Some(draft) = draft.as_mut() else { return };
            let before = draft.details.clone();
            let result = set_row(&mut draft.details, &self.around.borrow(), &row, &value);
            match &result {
                Ok(()) if draft.details != before => draft.steps.push(before),
                Ok(()) => {}
                // Half of a table may have been taken in.
                Err(_) => draft.details = before,
            }
            result
        };
        match result {
            Ok(()) => {
                self.wrong.borrow_mut().remove(&row);
            }
            Err(reason) => {
                self.wrong.borrow_mut().insert(row, form::Problem { value, reason });
            }
        }
        self.refresh();
    }

    fn changes(&self) -> Vec<NetworkChange> {
        let Some(text) = self.edited_xml() else {
            return Vec::new();
        };
        let draft = self.draft.borrow();
        match (draft.as_ref(), Network::parse(&text)) {
            (Some(draft), Ok(edited)) => plan(&draft.base, &edited, draft.live.as_ref()),
            _ => Vec::new(),
        }
    }

    /// Shows the draft and what is wrong with it.
    fn refresh(&self) {
        let (page, problems, found) = {
            let draft = self.draft.borrow();
            let Some(draft) = draft.as_ref() else { return };
            let found = check(&draft.details, &self.around.borrow());
            let locked = self.locked.borrow();
            let page = form_page(&FormContext {
                details: &draft.details,
                facts: &self.facts.borrow(),
                running: draft.live.is_some(),
                locked: locked.as_deref(),
                problems: &found,
            });
            let mut problems = self.wrong.borrow().clone();
            for problem in found.iter().filter(|problem| problem.severity == Severity::Error) {
                let id = row_of(problem.spot);
                if let Some(row) = page.rows().find(|row| row.id == id) {
                    problems.entry(id).or_insert_with(|| form::Problem {
                        value: row.value.clone(),
                        reason: problem.text.clone(),
                    });
                }
            }
            (page, problems, found)
        };
        // Rows say what they hear through a channel: nothing comes back while this is borrowed.
        self.form.borrow_mut().show(&page, &problems);
        let obstacle = obstacle(&found, self.wrong.borrow().len());
        if self.uuid.is_some() {
            let counts = counts(&self.changes());
            let runs = self.draft.borrow().as_ref().is_some_and(|draft| draft.live.is_some());
            let obstacle = obstacle.as_deref().filter(|_| self.is_changed());
            self.bar.show(counts, runs, obstacle, self.busy.get());
        }
        (self.edited)(obstacle);
    }

    fn choose(self: &Rc<Self>, choice: Choice) {
        match choice {
            Choice::Undo => {
                self.wrong.borrow_mut().clear();
                if let Some(draft) = &mut *self.draft.borrow_mut()
                    && let Some(before) = draft.steps.pop()
                {
                    draft.details = before;
                }
                self.refresh();
            }
            Choice::Discard => {
                self.wrong.borrow_mut().clear();
                if let Some(draft) = &mut *self.draft.borrow_mut() {
                    draft.details = NetworkDetails::read(&draft.base);
                    draft.steps.clear();
                }
                self.refresh();
            }
            Choice::Review => self.review(),
            Choice::Apply => self.apply(),
        }
    }

    fn review(self: &Rc<Self>) {
        let before = self
            .draft
            .borrow()
            .as_ref()
            .map(|draft| draft.base.document().to_string());
        let (Some(before), Some(after)) = (before, self.edited_xml()) else {
            return;
        };
        let weak = Rc::downgrade(self);
        applying::review(&self.root, &before, &after, &self.changes(), move || {
            if let Some(this) = weak.upgrade() {
                this.apply();
            }
        });
    }

    fn apply(self: &Rc<Self>) {
        let base = self
            .draft
            .borrow()
            .as_ref()
            .map(|draft| draft.base.document().to_string());
        let (Some(uuid), Some(base), Some(edited)) = (self.uuid, base, self.edited_xml()) else {
            return;
        };
        if self.busy.replace(true) {
            return;
        }
        self.refresh();
        let wish = NetworkWish {
            base,
            edited,
            live: true,
            validate: true,
        };
        let this = Rc::clone(self);
        glib::spawn_future_local(async move {
            let applied = applying::apply(&this.root, &this.core, this.host, uuid, wish).await;
            this.busy.set(false);
            if let Some(definitions) = applied {
                this.load(&definitions);
            } else {
                this.refresh();
            }
        });
    }
}

/// What speaks against the draft, in one sentence.
fn obstacle(found: &[Problem], wrong: usize) -> Option<String> {
    let errors = found
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count()
        + wrong;
    let only = found.iter().find(|problem| problem.severity == Severity::Error);
    match (errors, only) {
        (0, _) => None,
        (1, Some(only)) => Some(only.text.clone()),
        (count, _) => Some(tr_n(
            "{n} value has to be corrected first.",
            "{n} values have to be corrected first.",
            count,
            &[],
        )),
    }
}

fn counts(changes: &[NetworkChange]) -> Counts {
    let now = changes
        .iter()
        .filter(|change| change.timing == NetworkTiming::Now)
        .count();
    Counts {
        now,
        next_start: changes.len() - now,
        off: 0,
    }
}

/// Hands on what comes through a channel, for as long as somebody is there to hear it.
fn listen<T: 'static>(settings: &Rc<Settings>, news: async_channel::Receiver<T>, hear: fn(&Rc<Settings>, T)) {
    let weak: Weak<Settings> = Rc::downgrade(settings);
    glib::spawn_future_local(async move {
        while let Ok(item) = news.recv().await {
            match weak.upgrade() {
                Some(settings) => hear(&settings, item),
                None => return,
            }
        }
    });
}

/// Why nothing can be changed on a host.
pub(super) fn lock_of(core: &Core, host: HostId) -> Option<String> {
    let store = core.store();
    let host = store.host(host)?;
    let read_only = host.config.read_only || host.info.as_ref().is_some_and(|info| info.features.read_only);
    read_only.then(|| tr("This connection is for viewing only."))
}
