//! A definition that the user works on, beside the one that the host has.

use super::page::{self, Context, PageId};
use super::{Control, Value};
use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::markup::Part;
use crate::model::xml::domain::Domain;
use crate::model::xml::{Conflict, Document, NodeId, Refused, merge};

/// The definition of the next start: as the host has it, and as the user wants it.
#[derive(Debug, Clone)]
pub struct Draft {
    base: Domain,
    edited: Domain,
    live: Option<Domain>,
    undo: Vec<Domain>,
    redo: Vec<Domain>,
    /// The row that the last change typed into: more letters there are the same change.
    typed: Option<(PageId, String)>,
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
            typed: None,
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
        let place = (id, row.id.clone());
        let goes_on = is_typed(&row.control) && self.typed.as_ref() == Some(&place);
        // What a half-typed value pulled along, the whole one takes back: it is written to what was there before both.
        let before = self.undo.last().filter(|_| goes_on).unwrap_or(&self.edited);
        let mut copy = before.clone();
        row.write(&mut copy, node, &value)?;
        if goes_on {
            self.edited = copy;
        } else {
            self.replace(copy);
            self.typed = is_typed(&row.control).then_some(place);
        }
        Ok(())
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
        self.typed = None;
    }

    /// A device as XML, with its first line at the margin.
    #[must_use]
    pub fn source(&self, device: NodeId) -> String {
        let document = self.edited.document();
        let part = Part::take(&document.to_string(), &document.place(device));
        part.map_or_else(|| document.source(device), |(_, text)| text)
    }

    /// Puts XML in the place of a device, and gives what stands there now. The rest stays as it is.
    ///
    /// # Errors
    /// Where the text is not one element; nothing is changed then.
    pub fn rewrite(&mut self, device: NodeId, text: &str) -> Result<NodeId, Refused> {
        if text == self.source(device) {
            return Ok(device);
        }
        let text = text.trim();
        let one = Document::parse(text).map_err(|error| Refused(error.to_string()))?;
        let is_alone = one.source(one.root()) == text;
        let whole = self.edited.document();
        let part = Part::take(&whole.to_string(), &whole.place(device)).filter(|_| is_alone);
        let written = part.and_then(|(part, _)| part.put_back(&whole.to_string(), text));
        // As it stands there: with the indentation of its lines.
        let fragment = written.and_then(|(part, whole)| {
            let document = Document::parse(&whole).ok()?;
            Some(document.source(document.at_place(&part.place)?))
        });
        let Some(fragment) = fragment else {
            return Err(Refused(tr("One device is edited here: this has to be one element.")));
        };
        self.change(|domain| domain.document_mut().replace(device, &fragment))
    }

    /// Whether a device may be removed.
    ///
    /// # Errors
    /// Why not, as a sentence for a tooltip.
    pub fn removal(&self, facts: &HostFacts, node: NodeId) -> Result<(), String> {
        page::removal(&self.context(facts), node)
    }

    /// Removes a device.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn remove(&mut self, facts: &HostFacts, node: NodeId) -> Result<(), Refused> {
        self.removal(facts, node).map_err(Refused)?;
        self.change(|domain| domain.remove_device(node))
    }

    /// Takes the last change back; false where there is none.
    pub fn undo(&mut self) -> bool {
        self.typed = None;
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

    /// How many changes can be taken back.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.undo.len()
    }

    /// Forgets all changes.
    pub fn discard(&mut self) {
        self.edited = self.base.clone();
        self.undo.clear();
        self.redo.clear();
        self.typed = None;
    }

    /// Takes another definition of the running machine; `None` where it is off now.
    pub fn set_live(&mut self, live: Option<Domain>) {
        self.live = live;
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
        self.typed = None;
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

/// Whether a row is changed letter by letter.
fn is_typed(control: &Control) -> bool {
    matches!(
        control,
        Control::Text
            | Control::LongText
            | Control::Password
            | Control::Number { .. }
            | Control::Size { .. }
            | Control::Proposal(_)
            | Control::Path(_)
            | Control::Table { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "<domain type='test'>\n  <name>vm</name>\n  <devices>\n    <memballoon model='virtio'/>\n  </devices>\n</domain>\n";

    #[test]
    fn a_device_that_is_written_anew_leaves_the_rest_as_it_was() {
        let text = "<domain type='test'>\n  <devices>\n    <gizmo>\n      <!-- two\n      lines -->\n    </gizmo>\n\
            \t<rng\n model='virtio'/>\n  </devices>\n</domain>\n";
        let domain = Domain::parse(text).expect("a machine");
        let node = domain.devices().next().expect("a gizmo").node;
        let mut draft = Draft::new(domain, None);
        let shown = draft.source(node);
        assert_eq!(shown, "<gizmo>\n  <!-- two\n  lines -->\n</gizmo>\n");
        assert_eq!(draft.rewrite(node, &shown), Ok(node));
        assert!(!draft.is_changed());
        let edited = shown.replace("</gizmo>", "  <knob/>\n</gizmo>");
        let new = draft.rewrite(node, &edited).expect("one element");
        assert_eq!(draft.source(new), edited);
        let now = draft.edited().document().to_string();
        assert_eq!(now, text.replace("    </gizmo>", "      <knob/>\n    </gizmo>"));
        for wrong in ["", "<a/><b/>", "<a>", "<!-- lost --><a/>", "words"] {
            assert!(draft.rewrite(new, wrong).is_err(), "{wrong}");
            assert_eq!(draft.edited().document().to_string(), now);
        }
        assert!(draft.undo());
        assert_eq!(draft.edited().document().to_string(), text);
    }

    #[test]
    fn half_typed_maximum_leaves_the_processors_alone() {
        let text = "<domain type='test'><name>vm</name><vcpu current='4'>8</vcpu></domain>";
        let mut draft = Draft::new(Domain::parse(text).expect("a machine"), None);
        let facts = HostFacts::default();
        for maximum in ["1", "12"] {
            draft
                .set(&facts, PageId::Cpu, "maximum", &Value::of(maximum))
                .expect("a number");
        }
        let written = draft.edited().document().to_string();
        assert!(written.contains("<vcpu current='4'>12</vcpu>"), "{written}");
    }

    #[test]
    fn letters_typed_into_one_row_are_taken_back_together() {
        let domain = Domain::parse(MACHINE).expect("a machine");
        let facts = HostFacts::default();
        let node = domain.devices().next().expect("a balloon").node;
        let page = PageId::Device(node);
        let mut draft = Draft::new(domain, None);
        for period in ["1", "12", "120"] {
            draft.set(&facts, page, "period", &Value::of(period)).expect("a number");
        }
        assert!(draft.edited().document().to_string().contains("period='120'"));
        assert!(draft.undo());
        assert_eq!(draft.edited().document().to_string(), MACHINE);
        assert!(!draft.is_changed());
        assert!(draft.redo());
        draft.set(&facts, page, "period", &Value::of("9")).expect("a number");
        assert!(draft.undo());
        assert!(draft.edited().document().to_string().contains("period='120'"));
    }
}
