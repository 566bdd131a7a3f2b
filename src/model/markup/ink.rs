//! What each piece of a text is, for its colour.

use std::ops::Range;

use super::token::{Kind, Token, attributes, tokens};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ink {
    /// The brackets of a tag and the name of its element.
    Element,
    /// The prefix of a name, colon included.
    Prefix,
    /// The name of an attribute, and its equals sign.
    Attribute,
    /// The value of an attribute, quotes included.
    Value,
    /// A comment.
    Comment,
    /// A processing instruction or a declaration.
    Instruction,
    /// A reference to a character, or the brackets of a CDATA section.
    Entity,
}

/// The pieces of a stretch of text that have a colour, one after the other. It may begin in a comment, but not in a tag.
#[must_use]
pub fn inks(text: &str) -> Vec<(Ink, Range<usize>)> {
    let mut all = Vec::new();
    let mut at = end_of_comment(text);
    if at > 0 {
        all.push((Ink::Comment, 0..at));
    }
    let from = at;
    for token in tokens(&text[from..]) {
        let moved = |range: Range<usize>| range.start + from..range.end + from;
        let token = Token {
            span: moved(token.span),
            name: moved(token.name),
            ..token
        };
        entities(text, at..token.span.start, None, &mut all);
        at = token.span.end;
        if token.kind == Kind::Other {
            other(text, &token, &mut all);
        } else {
            tag(text, &token, &mut all);
        }
    }
    entities(text, at..text.len(), None, &mut all);
    all
}

/// Where a comment ends that began before the text.
fn end_of_comment(text: &str) -> usize {
    match (text.find("-->"), text.find("<!--")) {
        (Some(end), Some(start)) if start < end => 0,
        (Some(end), _) => end + 3,
        (None, _) => 0,
    }
}

fn other(text: &str, token: &Token, all: &mut Vec<(Ink, Range<usize>)>) {
    let (span, source) = (token.span.clone(), &text[token.span.clone()]);
    if source.starts_with("<!--") {
        all.push((Ink::Comment, span));
    } else if source.starts_with("<![CDATA[") {
        all.push((Ink::Entity, span.start..span.start + 9));
        if token.whole {
            all.push((Ink::Entity, span.end - 3..span.end));
        }
    } else {
        all.push((Ink::Instruction, span));
    }
}

fn tag(text: &str, token: &Token, all: &mut Vec<(Ink, Range<usize>)>) {
    all.push((Ink::Element, token.span.start..token.name.start));
    name(text, token.name.clone(), Ink::Element, all);
    let mut at = token.name.end;
    for attribute in attributes(text, token) {
        name(text, attribute.name.clone(), Ink::Attribute, all);
        let quote = attribute.value.start - 1;
        all.push((Ink::Attribute, attribute.name.end..quote));
        at = attribute.value.end + usize::from(attribute.whole);
        entities(text, quote..at, Some(Ink::Value), all);
    }
    if token.whole {
        let length = if token.kind == Kind::Empty { 2 } else { 1 };
        all.push((Ink::Element, (token.span.end - length).max(at)..token.span.end));
    }
}

fn name(text: &str, range: Range<usize>, ink: Ink, all: &mut Vec<(Ink, Range<usize>)>) {
    let colon = text[range.clone()]
        .find(':')
        .map_or(range.start, |at| range.start + at + 1);
    if colon > range.start {
        all.push((Ink::Prefix, range.start..colon));
    }
    all.push((ink, colon..range.end));
}

/// References to characters, and what is between them.
fn entities(text: &str, range: Range<usize>, between: Option<Ink>, all: &mut Vec<(Ink, Range<usize>)>) {
    let mut at = range.start;
    let plain = |range: Range<usize>, all: &mut Vec<_>| {
        if let Some(ink) = between.filter(|_| !range.is_empty()) {
            all.push((ink, range));
        }
    };
    while let Some(start) = text[at..range.end].find('&').map(|found| at + found) {
        let rest = &text[start + 1..range.end];
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '#')
            .unwrap_or(rest.len());
        let end = start + 1 + length + usize::from(rest[length..].starts_with(';'));
        plain(at..start, all);
        all.push((Ink::Entity, start..end));
        at = end;
    }
    plain(at..range.end, all);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Ink, &str)> {
        inks(text).into_iter().map(|(ink, range)| (ink, &text[range])).collect()
    }

    #[test]
    fn every_piece_has_its_colour() {
        use Ink::{Attribute, Comment, Element, Entity, Instruction, Prefix, Value};
        assert_eq!(
            shown("<?xml?><q:a x:b = 'c&lt;d' é=\"\"/>t&#10;<!-- <a> --></b ><![CDATA[<]]>"),
            [
                (Instruction, "<?xml?>"),
                (Element, "<"),
                (Prefix, "q:"),
                (Element, "a"),
                (Prefix, "x:"),
                (Attribute, "b"),
                (Attribute, " = "),
                (Value, "'c"),
                (Entity, "&lt;"),
                (Value, "d'"),
                (Attribute, "é"),
                (Attribute, "="),
                (Value, "\"\""),
                (Element, "/>"),
                (Entity, "&#10;"),
                (Comment, "<!-- <a> -->"),
                (Element, "</"),
                (Element, "b"),
                (Element, ">"),
                (Entity, "<![CDATA["),
                (Entity, "]]>"),
            ]
        );
    }

    #[test]
    fn what_begins_in_a_comment_is_one_until_its_end() {
        assert_eq!(
            shown("x <a> --> <b"),
            [(Ink::Comment, "x <a> -->"), (Ink::Element, "<"), (Ink::Element, "b")]
        );
    }

    #[test]
    fn a_mistake_takes_the_colour_of_its_own_tag_only() {
        let after = shown("<a b='c\n<d e='f'/>");
        assert_eq!(after[after.len() - 4..], shown("<d e='f'/>")[2..]);
    }

    #[test]
    fn pieces_follow_each_other_in_any_text() {
        for text in [
            "",
            "<",
            "</",
            "<a b='",
            "<a b=''c",
            "<!",
            "<![CDATA[",
            "&",
            "<a &;'",
            "é&é;<é:é é:='&",
            "-->",
            "<a:/>",
            "<a b='/>",
        ] {
            let mut at = 0;
            for (ink, range) in inks(text) {
                assert!(
                    range.start >= at && range.end >= range.start,
                    "{text}: {ink:?} at {range:?}"
                );
                assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                at = range.end;
            }
            assert!(at <= text.len());
        }
    }
}
