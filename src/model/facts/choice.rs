//! One thing that can be chosen.

use crate::i18n::tr;

/// One value that a setting can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What stands in the definition.
    pub value: String,
    /// What the user reads.
    pub label: String,
    /// Something to know about it, beside the label: that it is outdated, that it is the usual one.
    pub note: Option<String>,
    /// Why it can't be used here: it is shown greyed, with this.
    pub problem: Option<String>,
}

impl Choice {
    /// One that can be used.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: None,
            problem: None,
        }
    }

    /// One that is shown as it is written.
    #[must_use]
    pub fn plain(value: impl Into<String>) -> Self {
        let value = value.into();
        Self::new(value.clone(), value)
    }

    /// The same with something to know.
    #[must_use]
    pub fn noted(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    /// The same with what speaks against it.
    #[must_use]
    pub fn but(self, problem: Option<String>) -> Self {
        Self { problem, ..self }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.problem.is_none()
    }
}

/// Adds what a definition says already where the list doesn't have it: a page must be able to show it. At the end, noted as
/// unknown, and usable: the machine has it.
#[must_use]
pub fn with_current(mut choices: Vec<Choice>, current: Option<&str>) -> Vec<Choice> {
    if let Some(current) = current.filter(|current| !current.is_empty())
        && !choices.iter().any(|choice| choice.value == current)
    {
        choices.push(Choice::plain(current).noted(Some(tr("not known to this host"))));
    }
    choices
}
