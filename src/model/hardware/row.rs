//! One row of a hardware page.

use std::fmt;
use std::sync::Arc;

use super::size;
use crate::i18n::tr_f;
use crate::model::xml::domain::Domain;
use crate::model::xml::field::{Field, Form};
use crate::model::xml::{NodeId, Refused};

pub use crate::model::facts::Choice;

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One value as the definition writes it; `None` where it says nothing and the hypervisor decides.
    Text(Option<String>),
    /// The chosen ones of an ordered list, by [`OrderItem::key`].
    Order(Vec<String>),
    /// Lines of a table, a text for each column.
    Table(Vec<Vec<String>>),
}

impl Value {
    /// A value from a text; an empty one is none.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self::Text(Some(text.into()).filter(|text| !text.is_empty()))
    }

    /// The text, empty where there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// The text, `None` where there is none.
    #[must_use]
    pub fn some(&self) -> Option<&str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// Whether it says yes.
    #[must_use]
    pub fn is_on(&self) -> bool {
        matches!(self.text(), "yes" | "on" | "true" | "1")
    }

    /// The number that it says.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.text().trim().parse().ok()
    }

    /// The lines of a table.
    #[must_use]
    pub fn lines(&self) -> &[Vec<String>] {
        match self {
            Self::Table(lines) => lines,
            _ => &[],
        }
    }

    /// The chosen keys of an ordered list.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        match self {
            Self::Order(keys) => keys,
            _ => &[],
        }
    }
}

/// What a path may point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A disk image: storage pools are offered, too.
    Image,
    /// A disk image of a CD or floppy.
    Media,
    /// Any file.
    File,
    /// A folder.
    Folder,
}

/// One entry of an ordered list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    /// What [`Value::Order`] names it by.
    pub key: String,
    /// What a person reads.
    pub label: String,
    /// Symbolic icon.
    pub icon: &'static str,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Heading, and accessible name of its cells.
    pub title: String,
    /// What can be chosen; empty where any text is allowed.
    pub choices: Vec<Choice>,
    /// What a cell may look like: shown in an empty one.
    pub example: &'static str,
}

/// Something that a row does instead of holding a value; the page's owner knows how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Make the disk larger.
    Resize,
    /// Take the medium out.
    Eject,
    /// Begin with fresh firmware variables at the next start.
    ResetNvram,
    /// Rename the machine.
    Rename,
    /// Ask for the guest's addresses anew.
    RefreshAddresses,
    /// Edit the device as XML.
    EditXml,
    /// Something that only the owner of the page knows, by a word and a number.
    Own(&'static str, usize),
}

/// What the host keeps about a machine beside its definition; the page's owner knows it and changes it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostSetting {
    /// The machine starts with the host (`virDomainSetAutostart`).
    Autostart,
}

/// How a row is shown and changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// Shown only; it can be selected and copied.
    Fact,
    /// One line of text.
    Text,
    /// Several lines.
    LongText,
    /// A text that is masked until asked.
    Password,
    /// A whole number within these bounds. Empty lets the hypervisor decide, unless it is required.
    Number {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
        /// It has to be said.
        required: bool,
        /// What it counts, for behind the number: `ms`, `KiB/s`. May be empty.
        unit: &'static str,
    },
    /// A number of bytes, shown and typed with a binary unit; the value is a number of bytes.
    Size {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
        /// It has to be said.
        required: bool,
    },
    /// On or off; what an absent value means.
    Switch {
        /// What it is where the definition is silent.
        default: bool,
    },
    /// One of several. A value that is none of them is shown as one more.
    Choice(Vec<Choice>),
    /// A text, with choices that are only proposed.
    Proposal(Vec<Choice>),
    /// A path on the host.
    Path(PathKind),
    /// An ordered list; those that are chosen come first.
    Order(Vec<OrderItem>),
    /// A table whose lines can be added and removed.
    Table {
        /// Its columns.
        columns: Vec<Column>,
        /// What the button for one more line says.
        add: String,
    },
    /// A button with this label, beside the value where there is one.
    Button(String, Button),
    /// A switch for what the definition doesn't hold.
    OfHost(HostSetting),
}

type Writer = dyn Fn(&mut Domain, NodeId, &Value) -> Result<(), Refused> + Send + Sync;

/// How a new value gets into the definition.
#[derive(Clone)]
pub enum Edit {
    /// It does not.
    None,
    /// Into this place.
    Field(Field<String>),
    /// By an edit that keeps other places consistent.
    With(Arc<Writer>),
}

impl Edit {
    /// An edit that keeps other places consistent; it is given the page's element and the new value.
    pub fn with(write: impl Fn(&mut Domain, NodeId, &Value) -> Result<(), Refused> + Send + Sync + 'static) -> Self {
        Self::With(Arc::new(write))
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Field(field) => write!(f, "{}", field.path),
            Self::With(_) => f.write_str("With"),
        }
    }
}

/// A row: a value of the definition, as a person sees it.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is found by on its page, and stays the same over edits.
    pub id: String,
    /// Label.
    pub title: String,
    /// One sentence on what it does, for the question mark.
    pub help: String,
    /// The XML that it writes, as an example.
    pub xml: &'static str,
    /// Whether a change reaches the running guest.
    pub live: bool,
    /// How it is shown.
    pub control: Control,
    /// What the definition says.
    pub value: Value,
    /// What the value may look like: shown in an empty entry, and what tests set.
    pub example: &'static str,
    /// What an empty entry means, shown in it instead of the example; empty for the example.
    pub blank: String,
    /// What can be meant by a path, as a list beside it.
    pub proposals: Vec<Choice>,
    /// A hint or warning below.
    pub note: Option<String>,
    /// Why it cannot be changed.
    pub locked: Option<String>,
    /// That reason is said elsewhere on the page, once for all rows that it is for.
    pub is_lock_told: bool,
    /// Something is being found out about it.
    pub is_busy: bool,
    /// How a change is written.
    pub edit: Edit,
}

impl Row {
    /// A row that writes one place of the page's element.
    #[must_use]
    pub fn new(id: impl Into<String>, title: String, control: Control, value: Value, edit: Edit) -> Self {
        Self {
            id: id.into(),
            title,
            help: String::new(),
            xml: "",
            live: false,
            control,
            value,
            example: "",
            blank: String::new(),
            proposals: Vec::new(),
            note: None,
            locked: None,
            is_lock_told: false,
            is_busy: false,
            edit,
        }
    }

    /// With a sentence on what it does, and the XML that it writes.
    #[must_use]
    pub fn help(mut self, help: String, xml: &'static str) -> Self {
        (self.help, self.xml) = (help, xml);
        self
    }

    /// A change reaches the running guest.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// With an example of a value.
    #[must_use]
    pub fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    /// With what an empty entry means.
    #[must_use]
    pub fn empty(mut self, meaning: String) -> Self {
        self.blank = meaning;
        self
    }

    /// With a list of what can be meant by a path.
    #[must_use]
    pub fn proposals(mut self, choices: Vec<Choice>) -> Self {
        self.proposals = choices;
        self
    }

    /// With a hint or warning below.
    #[must_use]
    pub fn note(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }

    /// Not to be changed, with the reason; `None` leaves it as it is.
    #[must_use]
    pub fn locked(mut self, reason: Option<String>) -> Self {
        self.locked = reason.or(self.locked);
        self
    }

    /// With another way to write it than into its field.
    #[must_use]
    pub fn edit(
        mut self,
        write: impl Fn(&mut Domain, NodeId, &Value) -> Result<(), Refused> + Send + Sync + 'static,
    ) -> Self {
        self.edit = Edit::with(write);
        self
    }

    /// Whether a user can do something with it where it is not locked.
    #[must_use]
    pub fn can_act(&self) -> bool {
        !matches!(self.control, Control::Fact | Control::OfHost(_))
    }

    /// Writes a value into the definition, at the page's element.
    ///
    /// # Errors
    /// Why it cannot be: it is locked, or the value is none that it can have.
    pub fn write(&self, domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
        if let Some(reason) = &self.locked {
            return Err(Refused(reason.clone()));
        }
        self.check(value)?;
        match &self.edit {
            Edit::None => Ok(()),
            Edit::Field(field) => {
                let text = value.some().map(|text| match (field.form, value.is_on()) {
                    (Form::OnOff, true) => "on",
                    (Form::OnOff, false) => "off",
                    (Form::YesNo | Form::Present, true) => "yes",
                    (Form::YesNo | Form::Present, false) => "no",
                    _ => text,
                });
                domain.document_mut().set(node, *field, text.map(str::to_owned))
            }
            Edit::With(write) => write(domain, node, value),
        }
    }
}

/// What a value has to be, by how it is shown.
impl Row {
    /// Whether it can have a value, as far as its control says.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, value: &Value) -> Result<(), Refused> {
        let title = self.title.as_str();
        match &self.control {
            Control::Number { min, max, required, .. } => {
                let Some(text) = value.some() else {
                    return refuse_empty(*required, title);
                };
                match text.trim().parse::<u64>() {
                    Ok(number) if (*min..=*max).contains(&number) => Ok(()),
                    _ => {
                        let (min, max) = (min.to_string(), max.to_string());
                        Err(Refused(tr_f(
                            "{name}: a whole number from {min} to {max}.",
                            &[("name", title), ("min", &min), ("max", &max)],
                        )))
                    }
                }
            }
            Control::Size { min, max, required } => {
                let Some(text) = value.some() else {
                    return refuse_empty(*required, title);
                };
                let refuse = |text: String| Err(Refused(text));
                match text.trim().parse::<u64>() {
                    Ok(bytes) if bytes < *min => {
                        let least = [("name", title), ("size", &size::write(*min))];
                        refuse(tr_f("{name}: at least {size}.", &least))
                    }
                    Ok(bytes) if bytes > *max => {
                        let most = [("name", title), ("size", &size::write(*max))];
                        refuse(tr_f("{name}: at most {size}.", &most))
                    }
                    Ok(_) => Ok(()),
                    Err(_) => refuse(tr_f("{name}: a size, such as 4 GiB.", &[("name", title)])),
                }
            }
            Control::Choice(choices) => {
                let problem = choices
                    .iter()
                    .find(|choice| choice.value == value.text())
                    .and_then(|choice| choice.problem.clone());
                match problem {
                    Some(problem) if self.value != *value => Err(Refused(problem)),
                    _ => Ok(()),
                }
            }
            Control::Fact => Err(Refused(tr_f("{name} cannot be changed.", &[("name", title)]))),
            _ => Ok(()),
        }
    }
}

fn refuse_empty(required: bool, title: &str) -> Result<(), Refused> {
    if required {
        return Err(Refused(tr_f("{name} must not be empty.", &[("name", title)])));
    }
    Ok(())
}
