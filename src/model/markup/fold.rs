//! What can be folded: elements and comments of more than one line.

use super::token::{Kind, tokens};

/// A stretch of lines, both from 0. The first one stays when it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// The line on which it begins.
    pub first: u32,
    /// The line on which it ends.
    pub last: u32,
}

/// All elements and comments that take several lines, by their first line; the longest of those that begin on the same.
#[must_use]
pub fn folds(text: &str) -> Vec<Fold> {
    let mut found = Vec::new();
    let mut open: Vec<(&str, u32)> = Vec::new();
    let (mut line, mut counted) = (0, 0);
    for token in tokens(text) {
        line += newlines(&text[counted..token.span.start]);
        let first = line;
        line += newlines(&text[token.span.clone()]);
        counted = token.span.end;
        let name = &text[token.name];
        match token.kind {
            Kind::Start => open.push((name, first)),
            Kind::End => {
                if let Some(at) = open.iter().rposition(|(other, _)| *other == name) {
                    found.push((open[at].1, line));
                    open.truncate(at);
                }
            }
            Kind::Empty | Kind::Other => found.push((first, line)),
        }
    }
    found.retain(|(first, last)| last > first);
    found.sort_unstable_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
    found.dedup_by_key(|(first, _)| *first);
    found.into_iter().map(|(first, last)| Fold { first, last }).collect()
}

fn newlines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_comments_of_several_lines_fold() {
        let text = "<a>\n  <b/>\n  <c\n    d='e'/>\n  <!-- x\n  y -->\n  <f><g>\n  </g></f>\n</a>\n";
        let all: Vec<_> = folds(text).iter().map(|fold| (fold.first, fold.last)).collect();
        assert_eq!(all, [(0, 8), (2, 3), (4, 5), (6, 7)]);
    }

    #[test]
    fn what_is_not_closed_folds_nothing_else() {
        let all: Vec<_> = folds("<a>\n<b>\n<c>\n</c>\n</a>\n</x>\n")
            .iter()
            .map(|fold| (fold.first, fold.last))
            .collect();
        assert_eq!(all, [(0, 4), (2, 3)]);
    }
}
