//! Where in a document a cursor stands.

use super::token::{Kind, Token, attributes, in_name, tokens};

/// How far behind the cursor the rest of its tag is looked for.
const AHEAD: usize = 4096;

/// An element around the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Its name as it is written.
    pub name: String,
    /// Its attributes with their values as they are written.
    pub attributes: Vec<(String, String)>,
}

/// What could be written at a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// The name of an element: this much of it is there.
    Element(String),
    /// The name in an end tag.
    End(String),
    /// The name of an attribute of the innermost step.
    Attribute(String),
    /// The value of an attribute of the innermost step.
    Value {
        /// The attribute's name.
        attribute: String,
        /// What of the value stands before the cursor.
        typed: String,
    },
    /// The text of the innermost step.
    Text(String),
    /// Nothing that could be known: a comment, white space that belongs to nothing.
    Elsewhere,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The elements around it, the root first. For an attribute or value the last one is its own element.
    pub path: Vec<Step>,
    /// What could be written there.
    pub spot: Spot,
}

/// The place of a cursor at byte `at`.
#[must_use]
pub fn place(text: &str, at: usize) -> Place {
    let at = floor(text, at);
    let before = &text[..at];
    let mut open: Vec<Token> = Vec::new();
    let mut last = None;
    for token in tokens(before) {
        if token.span.end == at && !token.whole {
            last = Some(token);
            break;
        }
        step(before, &mut open, token);
    }
    let mut path: Vec<Step> = open.iter().map(|token| read(text, token, None)).collect();
    let Some(token) = last else {
        let typed = before.rsplit(['>', '<']).next().unwrap_or_default().trim_start();
        let spot = if path.is_empty() || typed.contains(char::is_whitespace) {
            Spot::Elsewhere
        } else {
            Spot::Text(typed.to_owned())
        };
        return Place { path, spot };
    };
    let spot = match token.kind {
        Kind::Other => Spot::Elsewhere,
        Kind::End => Spot::End(before[token.name.clone()].to_owned()),
        Kind::Start | Kind::Empty if token.name.end == at => Spot::Element(before[token.name.clone()].to_owned()),
        Kind::Start | Kind::Empty => {
            let behind = floor(text, (at + AHEAD).min(text.len()));
            let whole = tokens(&text[token.span.start..behind]).next();
            path.push(read(text, &token, whole));
            in_tag(before, &token)
        }
    };
    Place { path, spot }
}

/// The name of the innermost element that is open at the end of a text.
#[must_use]
pub fn innermost(before: &str) -> Option<&str> {
    let mut open = Vec::new();
    for token in tokens(before) {
        step(before, &mut open, token);
    }
    open.pop().map(|token| &before[token.name])
}

/// Whether an element of this name that is open before `after` is closed in it.
#[must_use]
pub fn closes_later(after: &str, name: &str) -> bool {
    let mut depth = 0_usize;
    for token in tokens(after) {
        match token.kind {
            Kind::Start => depth += 1,
            Kind::End if depth == 0 => return &after[token.name] == name,
            Kind::End => depth -= 1,
            Kind::Empty | Kind::Other => {}
        }
    }
    false
}

fn step(text: &str, open: &mut Vec<Token>, token: Token) {
    match token.kind {
        Kind::Start if !token.name.is_empty() => open.push(token),
        Kind::End => {
            let name = &text[token.name];
            if let Some(at) = open.iter().rposition(|other| &text[other.name.clone()] == name) {
                open.truncate(at);
            }
        }
        _ => {}
    }
}

/// A tag as a step; `whole` is the same tag as far as it goes behind the cursor, from its own begin.
fn read(text: &str, token: &Token, whole: Option<Token>) -> Step {
    let (text, token) = match whole {
        Some(whole) => (&text[token.span.start..], whole),
        None => (text, token.clone()),
    };
    let attributes = attributes(text, &token)
        .filter(|attribute| attribute.whole)
        .map(|attribute| (text[attribute.name].to_owned(), text[attribute.value].to_owned()));
    Step {
        attributes: attributes.collect(),
        name: text[token.name.clone()].to_owned(),
    }
}

fn in_tag(before: &str, token: &Token) -> Spot {
    let last = attributes(before, token).last();
    if let Some(last) = last.as_ref().filter(|last| !last.whole) {
        return Spot::Value {
            attribute: before[last.name.clone()].to_owned(),
            typed: before[last.value.clone()].to_owned(),
        };
    }
    let since = last.map_or(token.name.end, |last| last.value.end + 1);
    let rest = &before[since.min(before.len())..];
    let typed = rest.rsplit(|c| !in_name(c)).next().unwrap_or_default();
    let gap = &rest[..rest.len() - typed.len()];
    if gap.ends_with(char::is_whitespace) && !gap.trim_end().ends_with('=') {
        Spot::Attribute(typed.to_owned())
    } else {
        Spot::Elsewhere
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor is the `|`.
    fn at(text: &str) -> (String, Spot) {
        let cursor = text.find('|').expect("a cursor");
        let place = place(&text.replacen('|', "", 1), cursor);
        let names: Vec<_> = place.path.iter().map(|step| step.name.as_str()).collect();
        (names.join("/"), place.spot)
    }

    #[test]
    fn every_place_of_a_document_is_known() {
        let is = |text: &str, path: &str, spot: Spot| assert_eq!(at(text), (path.to_owned(), spot), "{text}");
        let word = str::to_owned;
        is("<a><b|", "a", Spot::Element(word("b")));
        is("<a><b/><|", "a", Spot::Element(word("")));
        is("<a><b>x</b></|", "a", Spot::End(word("")));
        is("<a><b></b|></a>", "a/b", Spot::End(word("b")));
        is("<a b='c' |", "a", Spot::Attribute(word("")));
        is("<a b='c' d|><e/></a>", "a", Spot::Attribute(word("d")));
        is("<a>x|</a>", "a", Spot::Text(word("x")));
        is("<a>\n  |\n</a>", "a", Spot::Text(word("")));
        is("<a>x y|</a>", "a", Spot::Elsewhere);
        is("<a><!-- <b |", "a", Spot::Elsewhere);
        is("<a b='c'|", "a", Spot::Elsewhere);
        is("<a b=|", "a", Spot::Elsewhere);
        is("|", "", Spot::Elsewhere);
        is("<a></x><b></a><c>|", "c", Spot::Text(word("")));
        for quote in ["'", "\""] {
            let spot = Spot::Value {
                attribute: word("d"),
                typed: word("e "),
            };
            is(&format!("<a><b c='x' d={quote}e |f{quote}/>"), "a/b", spot);
        }
    }

    #[test]
    fn attributes_behind_the_cursor_belong_to_the_element() {
        let place = place("<a><b c='1'  d='2' e='3'><f g='4'/>", 12);
        let names: Vec<_> = place.path[1].attributes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["c", "d", "e"]);
    }

    #[test]
    fn an_element_is_closed_by_the_next_end_tag_that_is_left_over() {
        assert!(closes_later("<b></b><c/></a>", "a"));
        assert!(!closes_later("<b></b></x></a>", "a"));
        assert!(!closes_later("<a></a>", "a"));
        assert_eq!(innermost("<a><b></b><c x='<d>'"), Some("d"));
        assert_eq!(innermost("<a><b></b><c/>"), Some("a"));
        assert_eq!(innermost("<a></a>"), None);
    }
}
