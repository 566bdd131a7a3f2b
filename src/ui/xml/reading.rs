//! What is read of a text while it is typed, on another thread.

use std::collections::BTreeMap;

use crate::model::markup::{Fold, folds};
use crate::model::xml::{Document, XmlError};

/// What a text is.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Why it is no XML.
    pub problem: Option<XmlError>,
    /// What can be folded: the last line by the first one, both from 0. The last line stays, too: those between go.
    pub folds: BTreeMap<u32, u32>,
}

impl Reading {
    pub(super) fn of(text: &str) -> Self {
        let folds = folds(text)
            .into_iter()
            .filter(|Fold { first, last }| last - first > 1)
            .map(|Fold { first, last }| (first, last))
            .collect();
        Self {
            problem: Document::parse(text).err(),
            folds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_however_unfinished() {
        let reading = Reading::of("<a>\n<b>\n<c/>\n</b>\n<d>\n</d>\n");
        assert!(reading.problem.is_some());
        assert_eq!(reading.folds.into_iter().collect::<Vec<_>>(), [(1, 3)]);
        assert!(Reading::of("<a/>").problem.is_none());
    }
}
