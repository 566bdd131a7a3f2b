//! The grammar: patterns in one vector, which refer to each other by their place and to definitions by their name.

use std::collections::HashMap;

/// Names a pattern.
pub(super) type Id = usize;

/// What of a RelaxNG pattern decides which words may stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// An element with one of these names; none is any name.
    Element(Vec<String>, Vec<Id>),
    /// An attribute with one of these names.
    Attribute(Vec<String>, Vec<Id>),
    /// One of these.
    Choice(Vec<Id>),
    /// All of these, in whatever order and number.
    All(Vec<Id>),
    /// A definition, by its place in [`Schema::definitions`].
    Reference(usize),
    /// This word.
    Value(String),
    /// Some text, which the grammar does not list.
    Text,
}

/// A grammar with all that it includes.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub(super) patterns: Vec<Pattern>,
    /// What each name stands for; several where it is defined more than once.
    pub(super) definitions: Vec<Vec<Id>>,
    pub(super) names: HashMap<String, usize>,
    pub(super) start: Vec<Id>,
}

impl Schema {
    pub(super) fn add(&mut self, pattern: Pattern) -> Id {
        self.patterns.push(pattern);
        self.patterns.len() - 1
    }

    /// The definition of a name, empty as long as none was read.
    pub(super) fn definition(&mut self, name: &str) -> usize {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        self.definitions.push(Vec::new());
        self.names.insert(name.to_owned(), self.definitions.len() - 1);
        self.definitions.len() - 1
    }

    /// How many patterns it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether it allows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }
}
