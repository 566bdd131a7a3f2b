//! Tags, comments and the like, one after the other.

use std::ops::Range;

/// What a piece of markup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `<name …>`
    Start,
    /// `<name …/>`
    Empty,
    /// `</name>`
    End,
    /// Comment, CDATA section, processing instruction, declaration.
    Other,
}

/// A piece of markup. All positions are bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// All of it.
    pub span: Range<usize>,
    /// The name of the element; empty for others.
    pub name: Range<usize>,
    /// It ends with what ends such a piece, and not where another one begins or the text ends.
    pub whole: bool,
}

/// All pieces of markup in a text.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('<')?;
        let token = token(text, start);
        at = token.span.end;
        Some(token)
    })
}

fn token(text: &str, start: usize) -> Token {
    let rest = &text[start..];
    for (open, close) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
        if let Some(inside) = rest.strip_prefix(open) {
            let found = inside.find(close).map(|end| open.len() + end + close.len());
            return Token {
                kind: Kind::Other,
                span: start..start + found.unwrap_or(rest.len()),
                name: start..start,
                whole: found.is_some(),
            };
        }
    }
    let is_end = rest.starts_with("</");
    let name = start + 1 + usize::from(is_end);
    let name = name..name + name_length(&text[name..]);
    let (end, whole) = tag_end(text, name.end);
    let kind = if is_end {
        Kind::End
    } else if whole && text[..end].ends_with("/>") {
        Kind::Empty
    } else {
        Kind::Start
    };
    Token {
        kind,
        span: start..end,
        name,
        whole,
    }
}

/// Where a tag ends, and whether with its `>`. A `<` ends it in any case: no value may hold one.
fn tag_end(text: &str, from: usize) -> (usize, bool) {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (_, b'<') => return (at, false),
            (None, b'>') => return (at + 1, true),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    (text.len(), false)
}

/// Whether a character may stand in the name of an element or attribute.
pub(super) fn in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')
}

pub(super) fn name_length(text: &str) -> usize {
    text.find(|c| !in_name(c)).unwrap_or(text.len())
}

/// An attribute of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Range<usize>,
    /// What stands between its quotes; as much as there is where the second one is missing.
    pub value: Range<usize>,
    /// Both quotes are there.
    pub whole: bool,
}

/// The attributes of a tag that begins at `tag.span`; those without a value are left out.
pub fn attributes<'t>(text: &'t str, tag: &Token) -> impl Iterator<Item = Attribute> + use<'t> {
    let end = tag.span.end;
    let mut at = tag.name.end;
    std::iter::from_fn(move || {
        loop {
            at += text[at..end].find(in_name)?;
            let name = at..at + name_length(&text[at..end]);
            let rest = &text[name.end..end];
            let equals = rest.trim_start();
            at = name.end;
            let Some(value) = equals.strip_prefix('=').map(str::trim_start) else {
                continue;
            };
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                continue;
            };
            let start = end - value.len() + 1;
            let closing = text[start..end].find(quote);
            let stop = closing.map_or(end, |length| start + length);
            at = (stop + 1).min(end);
            return Some(Attribute {
                name,
                value: start..stop,
                whole: closing.is_some(),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Kind, &str, bool)> {
        tokens(text)
            .map(|token| (token.kind, &text[token.span], token.whole))
            .collect()
    }

    #[test]
    fn markup_is_told_apart_however_broken() {
        use Kind::{Empty, End, Other, Start};
        assert_eq!(
            shown("<?xml version='1.0'?><a b='>'>x<!-- <c> --><c/></a>"),
            [
                (Other, "<?xml version='1.0'?>", true),
                (Start, "<a b='>'>", true),
                (Other, "<!-- <c> -->", true),
                (Empty, "<c/>", true),
                (End, "</a>", true)
            ]
        );
        assert_eq!(
            shown("<a b='c\n<d/>"),
            [(Start, "<a b='c\n", false), (Empty, "<d/>", true)]
        );
        assert_eq!(shown("x<"), [(Start, "<", false)]);
        assert_eq!(shown("</a"), [(End, "</a", false)]);
        assert_eq!(shown("<!-- x"), [(Other, "<!-- x", false)]);
        assert_eq!(
            shown("<![CDATA[ <a> ]]></é>"),
            [(Other, "<![CDATA[ <a> ]]>", true), (End, "</é>", true)]
        );
    }

    #[test]
    fn attributes_are_read_as_far_as_they_go() {
        let text = "<a b = 'c' d=\"é='\" e f=g h='i";
        let tag = tokens(text).next().expect("a tag");
        let all: Vec<_> = attributes(text, &tag)
            .map(|attribute| (&text[attribute.name], &text[attribute.value], attribute.whole))
            .collect();
        assert_eq!(all, [("b", "c", true), ("d", "é='", true), ("h", "i", false)]);
    }

    #[test]
    fn no_text_makes_it_stand_still() {
        for text in [
            "",
            "<",
            "<<<",
            "</",
            "<!",
            "<a =",
            "<a b=",
            "<a b='",
            "<a 'b",
            "é<é é='é",
            "<a b=''c=''",
        ] {
            let count = tokens(text).take(100).count();
            assert!(count < 100, "{text}");
            for tag in tokens(text) {
                assert!(attributes(text, &tag).take(100).count() < 100, "{text}");
            }
        }
    }
}
