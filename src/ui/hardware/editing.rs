//! A machine that is being edited: what is shown of it, what was changed, what is wrong. Without widgets.

use std::collections::{HashMap, HashSet};

use super::add::New;
use super::browse::{self, Chosen};
use super::form::{Problem, Problems};
use super::reading::Reading;
use crate::i18n::{tr, tr_n};
use crate::model::facts::HostFacts;
use crate::model::hardware::plan::{self, Change, Counts};
use crate::model::hardware::{Context, Control, Draft, Entry, Page, PageId, Row, Value, entries, page};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused, merge};

/// What came of another reading.
#[derive(Debug)]
pub enum Followed {
    /// Nothing that matters to the user's changes.
    Same,
    /// Others have changed the definition, and the user's changes are on top of theirs.
    Merged,
    /// Both have changed the same places. Nothing was taken.
    Clash,
}

/// The machine, its draft, and what is on screen of them.
#[derive(Debug)]
pub struct Editing {
    draft: Draft,
    facts: HostFacts,
    selected: PageId,
    problems: HashMap<PageId, Problems>,
    /// The rows with wrong values, the last one at the end, each with how many changes there were before it.
    wrong: Vec<(PageId, String, usize)>,
    changes: Vec<Change>,
    changed: HashSet<PageId>,
    locked: Option<String>,
    clashes: bool,
    /// The machine is not made yet: rows that do something with one are left out.
    is_new: bool,
}

impl Editing {
    /// Begins with a machine that is not made yet.
    #[must_use]
    pub fn for_new(reading: Reading) -> Self {
        Self {
            is_new: true,
            ..Self::new(reading)
        }
    }

    /// Begins with what was read.
    #[must_use]
    pub fn new(reading: Reading) -> Self {
        Self {
            draft: Draft::new(reading.base, reading.live),
            facts: HostFacts::default(),
            selected: PageId::Overview,
            problems: HashMap::new(),
            wrong: Vec::new(),
            changes: Vec::new(),
            changed: HashSet::new(),
            locked: reading.locked,
            clashes: false,
            is_new: false,
        }
    }

    /// The definitions.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// What the host offers.
    #[must_use]
    pub fn facts(&self) -> &HostFacts {
        &self.facts
    }

    /// Takes what the host offers.
    pub fn set_facts(&mut self, facts: HostFacts) {
        self.facts = facts;
    }

    /// What pages are made from.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        self.draft.context(&self.facts)
    }

    /// The page that is shown.
    #[must_use]
    pub fn selected(&self) -> PageId {
        self.selected
    }

    /// Shows another page.
    pub fn select(&mut self, id: PageId) {
        self.selected = id;
    }

    /// Shows the page of the display with this number, if there is one.
    pub fn select_display(&mut self, index: u32) {
        let displays = self.draft.edited().devices_of(DeviceKind::Graphics);
        if let Some(display) = displays.into_iter().nth(index as usize) {
            self.selected = PageId::Device(display);
        }
    }

    /// The lines of the list. Where the page that was shown is gone, the first one is selected.
    pub fn entries(&mut self) -> Vec<Entry> {
        let all = entries(&self.context());
        if !all.iter().any(|entry| entry.id == self.selected) {
            self.selected = PageId::Overview;
        }
        all
    }

    /// The rows of the page that is shown.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut page = page(&self.context(), self.selected);
        if self.is_new {
            let needs_machine = |row: &Row| matches!(row.control, Control::Button(..) | Control::OfHost(_));
            for group in &mut page.groups {
                group.rows.retain(|row| !needs_machine(row));
            }
        }
        if let Some(reason) = &self.locked {
            let rows = page.groups.iter_mut().flat_map(|group| &mut group.rows);
            for row in rows {
                row.locked.get_or_insert_with(|| reason.clone());
            }
            page.tell_locks_once();
        }
        page
    }

    /// What is wrong with its rows.
    #[must_use]
    pub fn problems(&self) -> Problems {
        self.problems.get(&self.selected).cloned().unwrap_or_default()
    }

    /// Why the changes cannot be applied.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        let wrong: usize = self.problems.values().map(HashMap::len).sum();
        if wrong > 0 {
            return Some(tr_n(
                "{n} value has to be corrected first.",
                "{n} values have to be corrected first.",
                wrong,
                &[],
            ));
        }
        self.locked.clone().filter(|_| self.draft.is_changed())
    }

    /// Why nothing can be changed here.
    #[must_use]
    pub fn locked(&self) -> Option<&str> {
        self.locked.as_deref()
    }

    /// Whether anything was changed, or is being typed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.draft.is_changed() || self.problems.values().any(|problems| !problems.is_empty())
    }

    /// Whether the machine runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.draft.live().is_some()
    }

    /// Gives a row of the page another value; what it cannot have is kept with the reason.
    pub fn set(&mut self, row: &str, value: &Value) {
        let done = self.draft.set(&self.facts, self.selected, row, value);
        self.note(row, value.clone(), done);
    }

    /// Gives a row of the page what was chosen for it.
    pub fn put(&mut self, row: &str, chosen: &Chosen) {
        let done = browse::put(&mut self.draft, &self.facts, self.selected, row, chosen);
        self.note(row, chosen.typed(), done);
    }

    /// Keeps on screen what a row of the page cannot have.
    fn note(&mut self, row: &str, value: Value, done: Result<(), Refused>) {
        let page = self.selected;
        self.forget_problem(page, row);
        if let Err(Refused(reason)) = done {
            let problems = self.problems.entry(page).or_default();
            problems.insert(row.to_owned(), Problem { value, reason });
            self.wrong.push((page, row.to_owned(), self.draft.steps()));
        }
    }

    fn forget_problem(&mut self, page: PageId, row: &str) {
        if let Some(problems) = self.problems.get_mut(&page) {
            problems.remove(row);
        }
        self.wrong
            .retain(|(other, name, _)| (*other, name.as_str()) != (page, row));
    }

    /// Adds a new device, and shows its page. What others have changed since its dialog was opened stays.
    ///
    /// # Errors
    /// They have changed the same place. Nothing is added then.
    pub fn add(&mut self, new: New) -> Result<(), Refused> {
        let (before, after, edited) = (
            new.before.document(),
            new.after.document(),
            self.draft.edited().document(),
        );
        if before.to_string() == edited.to_string() {
            self.draft.replace(new.after);
            self.selected = PageId::Device(new.node);
            return Ok(());
        }
        let merged = merge(before, after, edited).ok();
        let Some(merged) = merged.and_then(|merged| Domain::new(merged).ok()) else {
            return Err(Refused(tr(
                "Someone else has changed the machine meanwhile, and the new device does not fit any more. It was not added.",
            )));
        };
        let node = merged.document().at_place(&after.place(new.node));
        self.draft.replace(merged);
        self.selected = node.map_or(PageId::Overview, PageId::Device);
        Ok(())
    }

    /// Changes the draft in another way.
    pub fn draft_mut(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// Whether others have changed the same places as the user, as last read.
    #[must_use]
    pub fn clashes(&self) -> bool {
        self.clashes
    }

    /// Forgets what was changed.
    pub fn discard(&mut self) {
        self.problems.clear();
        self.wrong.clear();
        let before = self.draft.edited().clone();
        self.draft.discard();
        self.stay(&before);
    }

    /// Keeps the page of a device that was written anew, and is another node of the document now.
    fn stay(&mut self, before: &Domain) {
        if let PageId::Device(node) = self.selected
            && !self.draft.edited().document().contains(node)
        {
            self.selected = self.draft.same_page(before, self.selected).unwrap_or(PageId::Overview);
        }
    }

    /// Takes back what was done last: a change, or a value that cannot be.
    pub fn undo(&mut self) {
        if let Some((page, row, steps)) = self.wrong.last().cloned()
            && steps >= self.draft.steps()
        {
            self.forget_problem(page, &row);
            return;
        }
        let before = self.draft.edited().clone();
        if self.draft.undo() {
            self.stay(&before);
        }
    }

    /// The changes, as they were last counted.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many take effect when.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.changes)
    }

    /// Whether something on a page was changed.
    #[must_use]
    pub fn is_page_changed(&self, id: PageId) -> bool {
        self.changed.contains(&id)
    }

    /// Counts the changes anew.
    pub fn recount(&mut self) {
        self.forget_problems_of_removed();
        self.changes.clear();
        self.changed.clear();
        if !self.draft.is_changed() {
            return;
        }
        self.changes = plan::plan(self.draft.base(), self.draft.edited(), self.draft.live());
        let places: Vec<&str> = self.changes.iter().map(|change| change.place.as_str()).collect();
        let edited = self.draft.edited();
        let mut changed = HashSet::new();
        for (node, place) in edited.device_places() {
            let inside = |other: &str| {
                other
                    .strip_prefix(place.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if places.iter().any(|other| inside(other)) {
                changed.insert(PageId::Device(node));
            }
        }
        if self.changes.iter().any(|change| change.owner.kind.is_none()) {
            let base = Context {
                domain: self.draft.base(),
                ..self.context()
            };
            for id in SETTINGS {
                let (old, new) = (page(&base, *id), page(&self.context(), *id));
                let values = |page: &Page| {
                    page.rows()
                        .map(|row| (row.id.clone(), row.value.clone()))
                        .collect::<Vec<_>>()
                };
                if values(&old) != values(&new) {
                    changed.insert(*id);
                }
            }
        }
        self.changed = changed;
    }

    fn forget_problems_of_removed(&mut self) {
        let document = self.draft.edited().document();
        let is_there = |id: PageId| !matches!(id, PageId::Device(node) if !document.contains(node));
        self.problems.retain(|id, _| is_there(*id));
        self.wrong.retain(|(id, ..)| is_there(*id));
    }

    /// Takes another reading: the user's changes stay on top of it.
    pub fn follow(&mut self, reading: Reading) -> Followed {
        self.locked = reading.locked;
        self.clashes = false;
        let same = reading.base.document().to_string() == self.draft.base().document().to_string();
        if same {
            self.draft.set_live(reading.live);
            return Followed::Same;
        }
        let had_changes = self.draft.is_changed();
        let (before, selected) = (self.draft.edited().clone(), self.selected);
        if self.draft.rebase(reading.base, reading.live.clone()).is_err() {
            self.draft.set_live(reading.live);
            self.clashes = true;
            return Followed::Clash;
        }
        self.move_to_new_nodes(&before, selected);
        if had_changes { Followed::Merged } else { Followed::Same }
    }

    /// The changes were applied: `definition` is what the host has now, empty where only the next reading tells; `left` is
    /// the base with what is still to be done.
    pub fn settled(&mut self, definition: &str, left: Option<Domain>) {
        let (before, selected) = (self.draft.edited().clone(), self.selected);
        let mut draft = Draft::new(self.draft.base().clone(), self.draft.live().cloned());
        if let Some(left) = left {
            draft.replace(left);
        }
        if let Ok(base) = Domain::parse(definition)
            && draft.rebase(base, self.draft.live().cloned()).is_err()
        {
            tracing::info!("what was left to do clashes with what the host has now");
        }
        self.draft = draft;
        self.move_to_new_nodes(&before, selected);
    }

    fn move_to_new_nodes(&mut self, before: &Domain, selected: PageId) {
        self.selected = self.draft.same_page(before, selected).unwrap_or(PageId::Overview);
        let problems = std::mem::take(&mut self.problems);
        self.problems = problems
            .into_iter()
            .filter_map(|(id, problems)| Some((self.draft.same_page(before, id)?, problems)))
            .collect();
        let wrong = std::mem::take(&mut self.wrong);
        self.wrong = wrong
            .into_iter()
            .filter_map(|(id, row, steps)| Some((self.draft.same_page(before, id)?, row, steps)))
            .collect();
    }

    /// The device of the page that is shown, and why it cannot be removed.
    #[must_use]
    pub fn removal(&self) -> Option<(NodeId, Result<(), String>)> {
        let PageId::Device(node) = self.selected else {
            return None;
        };
        let removal = match &self.locked {
            Some(reason) => Err(reason.clone()),
            None => self.draft.removal(&self.facts, node),
        };
        Some((node, removal))
    }
}

const SETTINGS: &[PageId] = &[
    PageId::Overview,
    PageId::System,
    PageId::Cpu,
    PageId::Memory,
    PageId::Boot,
    PageId::Features,
    PageId::Tuning,
    PageId::Security,
    PageId::Other,
];
