//! The names that a document uses already: what can be offered where no schema is at hand.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{Place, Spot};
use super::token::{Kind, attributes, tokens};

/// Names of elements by the element around them, of attributes by their element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    children: BTreeMap<String, BTreeSet<String>>,
    attributes: BTreeMap<String, BTreeSet<String>>,
}

impl Words {
    /// Collects the names of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut open: Vec<&str> = Vec::new();
        for token in tokens(text).filter(|token| token.whole) {
            let name = &text[token.name.clone()];
            match token.kind {
                Kind::Start | Kind::Empty => {
                    let parent = open.last().copied().unwrap_or_default();
                    put(&mut words.children, parent, name);
                    for attribute in attributes(text, &token) {
                        put(&mut words.attributes, name, &text[attribute.name]);
                    }
                    if token.kind == Kind::Start {
                        open.push(name);
                    }
                }
                Kind::End => {
                    if let Some(at) = open.iter().rposition(|other| *other == name) {
                        open.truncate(at);
                    }
                }
                Kind::Other => {}
            }
        }
        words
    }

    /// What is written at such places elsewhere in the document.
    #[must_use]
    pub fn at(&self, place: &Place) -> Vec<String> {
        let name = place.path.last().map(|step| step.name.as_str()).unwrap_or_default();
        let known = match place.spot {
            Spot::Element(_) => self.children.get(name),
            Spot::Attribute(_) => self.attributes.get(name),
            _ => None,
        };
        known.into_iter().flatten().cloned().collect()
    }
}

fn put(all: &mut BTreeMap<String, BTreeSet<String>>, at: &str, word: &str) {
    if word.is_empty() {
        return;
    }
    match all.get_mut(at) {
        Some(words) if words.contains(word) => {}
        Some(words) => {
            words.insert(word.to_owned());
        }
        None => {
            all.insert(at.to_owned(), BTreeSet::from([word.to_owned()]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::place;
    use super::*;

    #[test]
    fn names_of_the_document_are_offered_where_they_are_used() {
        let text = "<a><b c='1'/><d/><b e='2'/></a>";
        let words = Words::of(text);
        let offered = |text: &str| words.at(&place(text, text.len()));
        assert_eq!(offered("<a><"), ["b", "d"]);
        assert_eq!(offered("<a><b "), ["c", "e"]);
        assert!(offered("<a><d><").is_empty());
        assert!(offered("<a><b c='").is_empty());
    }
}
