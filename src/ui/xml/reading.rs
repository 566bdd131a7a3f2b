//! What is read of a text while it is typed, on another thread.

use std::collections::BTreeMap;

use crate::model::markup::{Fold, Veil, folds};
use crate::model::xml::{Document, XmlError};

/// What a text is.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Why it is no XML.
    pub problem: Option<XmlError>,
    /// What can be folded: the last line by the first one, both from 0. The last line stays, too: those between go.
    pub folds: BTreeMap<u32, u32>,
    /// It is not the text that was loaded.
    pub is_changed: bool,
}

impl Reading {
    /// Reads a text that has masks for what `veil` hides, beside the one that was loaded.
    pub(super) fn of(text: &str, veil: &mut Veil, loaded: &str) -> Self {
        let folds = folds(text)
            .into_iter()
            .filter(|Fold { first, last }| last - first > 1)
            .map(|Fold { first, last }| (first, last))
            .collect();
        Self {
            problem: Document::parse(text).err(),
            folds,
            is_changed: veil.reveal(text) != loaded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_however_unfinished() {
        let text = "<a>\n<b>\n<c/>\n</b>\n<d>\n</d>\n";
        let reading = Reading::of(text, &mut Veil::default(), text);
        assert!(!reading.is_changed);
        assert!(reading.problem.is_some());
        assert_eq!(reading.folds.into_iter().collect::<Vec<_>>(), [(1, 3)]);
        let reading = Reading::of("<a/>", &mut Veil::default(), text);
        assert!(reading.problem.is_none() && reading.is_changed);
    }
}
