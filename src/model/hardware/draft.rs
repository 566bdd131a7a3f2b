//! A definition that the user works on, beside the one that the host has.

use super::page::{self, Context, PageId};
use super::{Control, Value};
use crate::model::facts::HostFacts;
use crate::model::xml::domain::Domain;
use crate::model::xml::{Conflict, NodeId, Refused, merge};

/// The definition of the next start: as the host has it, and as the user wants it.
#[derive(Debug, Clone)]
pub struct Draft {
    base: Domain,
    edited: Domain,
    live: Option<Domain>,
    undo: Vec<Domain>,
    redo: Vec<Domain>,
}

impl Draft {
    /// Begins with nothing changed.
    #[must_use]
    pub fn new(base: Domain, live: Option<Domain>) -> Self {
        Self {
            edited: base.clone(),
            base,
            live,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// The definition that the host had when it was read.
    #[must_use]
    pub fn base(&self) -> &Domain {
        &self.base
    }

    /// The definition as the user wants it.
    #[must_use]
    pub fn edited(&self) -> &Domain {
        &self.edited
    }

    /// The definition of the running machine.
    #[must_use]
    pub fn live(&self) -> Option<&Domain> {
        self.live.as_ref()
    }

    /// What pages are made from.
    #[must_use]
    pub fn context<'a>(&'a self, facts: &'a HostFacts) -> Context<'a> {
        Context {
            domain: &self.edited,
            live: self.live.as_ref(),
            facts,
        }
    }

    /// Whether anything is to be applied.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.undo.is_empty() && self.base.document().to_string() != self.edited.document().to_string()
    }

    /// Gives a row of a page another value. A switch that is put back to what its absence means becomes absent again where
    /// the host's definition has nothing there.
    ///
    /// # Errors
    /// Why the row cannot have it. Nothing is changed then.
    pub fn set(&mut self, facts: &HostFacts, id: PageId, row: &str, value: &Value) -> Result<(), Refused> {
        let page = page::page(&self.context(facts), id);
        let Some(row) = page.row(row) else { return Ok(()) };
        if row.value == *value {
            return Ok(());
        }
        let mut value = value.clone();
        if let Control::Switch { default } = row.control
            && value.is_on() == default
            && self.base_value(facts, id, &row.id) == Some(Value::Text(None))
        {
            value = Value::Text(None);
        }
        let node = id.node(&self.edited);
        self.change(|domain| row.write(domain, node, &value))
    }

    /// What a row of a page says in the definition that the host has; `None` where it has no such row.
    #[must_use]
    pub fn base_value(&self, facts: &HostFacts, id: PageId, row: &str) -> Option<Value> {
        let context = Context {
            domain: &self.base,
            live: self.live.as_ref(),
            facts,
        };
        page::page(&context, id).row(row).map(|row| row.value.clone())
    }

    /// Changes the definition in any way.
    ///
    /// # Errors
    /// Those of the change. Nothing is changed then.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Domain) -> Result<T, Refused>) -> Result<T, Refused> {
        let mut copy = self.edited.clone();
        let done = change(&mut copy)?;
        self.replace(copy);
        Ok(done)
    }

    /// Takes another definition for the edited one, as one step of undo.
    pub fn replace(&mut self, edited: Domain) {
        self.undo.push(std::mem::replace(&mut self.edited, edited));
        self.redo.clear();
    }

    /// Removes a device.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn remove(&mut self, facts: &HostFacts, node: NodeId) -> Result<(), Refused> {
        page::removal(&self.context(facts), node).map_err(Refused)?;
        self.change(|domain| domain.remove_device(node))
    }

    /// Takes the last change back; false where there is none.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        self.redo.push(std::mem::replace(&mut self.edited, before));
        true
    }

    /// Makes the change anew that was taken back; false where there is none.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        self.undo.push(std::mem::replace(&mut self.edited, after));
        true
    }

    /// Forgets all changes.
    pub fn discard(&mut self) {
        self.edited = self.base.clone();
        self.undo.clear();
        self.redo.clear();
    }

    /// Takes the definition that the host has now, with the user's changes on top. Undo begins anew.
    ///
    /// # Errors
    /// The places that both have changed, each in another way. The draft stays as it was then.
    pub fn rebase(&mut self, base: Domain, live: Option<Domain>) -> Result<(), Vec<Conflict>> {
        let edited = if self.is_changed() {
            let merged = merge(self.base.document(), self.edited.document(), base.document())?;
            Domain::new(merged).ok()
        } else {
            None
        };
        self.redo.clear();
        self.undo.clear();
        match edited {
            Some(edited) => {
                self.undo.push(base.clone());
                self.edited = edited;
            }
            None => self.edited = base.clone(),
        }
        self.base = base;
        self.live = live;
        Ok(())
    }

    /// The page of the same device in the edited definition, for a page of another reading of it: devices are known by what
    /// makes them themselves, a disk by its target.
    #[must_use]
    pub fn same_page(&self, other: &Domain, id: PageId) -> Option<PageId> {
        let PageId::Device(node) = id else { return Some(id) };
        if !other.document().contains(node) {
            return None;
        }
        let place = other.document().place(node);
        self.edited.document().at_place(&place).map(PageId::Device)
    }
}
