//! Makes rows from fields, with what the definition says in them.

use super::Context;
use crate::i18n::tr;
use crate::model::hardware::{Choice, Control, Edit, PathKind, Row, Value};
use crate::model::xml::NodeId;
use crate::model::xml::field::{Field, Form as Writing};

/// Makes the rows of one element.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// What the page is made from.
    pub context: &'a Context<'a>,
    /// The element that fields are relative to.
    pub node: NodeId,
}

impl<'a> Form<'a> {
    /// For an element.
    #[must_use]
    pub fn new(context: &'a Context<'a>, node: NodeId) -> Self {
        Self { context, node }
    }

    /// For the machine itself.
    #[must_use]
    pub fn of_machine(context: &'a Context<'a>) -> Self {
        Self::new(context, context.domain.document().root())
    }

    /// What the definition says in a field, as a row's value: sizes in bytes, `yes` for what is there.
    #[must_use]
    pub fn value<T>(&self, field: Field<T>) -> Value {
        value_of(self.context.domain.document(), self.node, field)
    }

    /// What it says, empty where it says nothing.
    #[must_use]
    pub fn says<T>(&self, field: Field<T>) -> String {
        self.value(field).text().to_owned()
    }

    fn row<T>(&self, id: &'static str, title: String, control: Control, field: Field<T>) -> Row {
        Row::new(id, title, control, self.value(field), Edit::Field(field.raw()))
    }

    /// Shown only.
    #[must_use]
    pub fn fact(&self, id: &'static str, title: String, value: impl Into<String>) -> Row {
        Row::new(id, title, Control::Fact, Value::of(value), Edit::None)
    }

    /// A line of text.
    #[must_use]
    pub fn text<T>(&self, id: &'static str, title: String, field: Field<T>) -> Row {
        self.row(id, title, Control::Text, field)
    }

    /// A masked text.
    #[must_use]
    pub fn password<T>(&self, id: &'static str, title: String, field: Field<T>) -> Row {
        self.row(id, title, Control::Password, field)
    }

    /// A number that may be left to the hypervisor.
    #[must_use]
    pub fn number<T>(
        &self,
        id: &'static str,
        title: String,
        field: Field<T>,
        bounds: std::ops::RangeInclusive<u64>,
        unit: &'static str,
    ) -> Row {
        let control = Control::Number {
            min: *bounds.start(),
            max: *bounds.end(),
            required: false,
            unit,
        };
        self.row(id, title, control, field)
    }

    /// A size in bytes that may be left to the hypervisor. For fields of the form `Size`.
    #[must_use]
    pub fn size<T>(
        &self,
        id: &'static str,
        title: String,
        field: Field<T>,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Row {
        let control = Control::Size {
            min: *bounds.start(),
            max: *bounds.end(),
            required: false,
        };
        self.row(id, title, control, field)
    }

    /// On or off; `default` is what an absent value means.
    #[must_use]
    pub fn switch<T>(&self, id: &'static str, title: String, field: Field<T>, default: bool) -> Row {
        self.row(id, title, Control::Switch { default }, field)
    }

    /// One of several, the first one being to say nothing.
    #[must_use]
    pub fn choice<T>(&self, id: &'static str, title: String, field: Field<T>, choices: Vec<Choice>) -> Row {
        self.row(id, title, Control::Choice(with_default(choices)), field)
    }

    /// One of several; saying nothing is none of them.
    #[must_use]
    pub fn required_choice<T>(&self, id: &'static str, title: String, field: Field<T>, choices: Vec<Choice>) -> Row {
        self.row(id, title, Control::Choice(choices), field)
    }

    /// A text with proposals.
    #[must_use]
    pub fn proposal<T>(&self, id: &'static str, title: String, field: Field<T>, choices: Vec<Choice>) -> Row {
        self.row(id, title, Control::Proposal(choices), field)
    }

    /// A path on the host.
    #[must_use]
    pub fn path<T>(&self, id: &'static str, title: String, field: Field<T>, kind: PathKind) -> Row {
        self.row(id, title, Control::Path(kind), field)
    }
}

/// A row where it makes sense, and where the definition says something in it already.
#[must_use]
pub fn when(sensible: bool, row: Row) -> Option<Row> {
    (sensible || row.value.some().is_some() || !row.value.lines().is_empty()).then_some(row)
}

/// Choices of words that libvirt knows, as they are shown.
#[must_use]
pub fn words(words: &[(&str, String)]) -> Vec<Choice> {
    words
        .iter()
        .map(|(value, label)| Choice::new(*value, label.clone()))
        .collect()
}

/// Choices with one more in front: the hypervisor decides.
#[must_use]
pub fn with_default(mut choices: Vec<Choice>) -> Vec<Choice> {
    if choices.first().is_none_or(|first| !first.value.is_empty()) {
        choices.insert(0, Choice::new("", tr("Hypervisor default")));
    }
    choices
}

/// What a document says in a field, as a row's value.
pub(super) fn value_of<T>(document: &crate::model::xml::Document, node: NodeId, field: Field<T>) -> Value {
    let text = document.get(node, field.raw());
    Value::Text(match field.form {
        Writing::Present => text.map(|_| "yes".to_owned()),
        Writing::OnOff | Writing::YesNo => {
            let is_on = |text: String| if Value::of(text).is_on() { "yes" } else { "no" };
            text.filter(|text| !text.is_empty()).map(|text| is_on(text).to_owned())
        }
        Writing::Number | Writing::Size(_) => text.filter(|text| !text.is_empty()),
        Writing::Text => text,
    })
}
