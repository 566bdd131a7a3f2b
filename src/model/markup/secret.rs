//! Where passwords stand.

use std::ops::Range;

use super::token::{Kind, attributes, tokens};

/// Attributes whose values nobody should see who looks over a shoulder.
const ATTRIBUTES: &[&str] = &["passwd", "password"];
/// The same for the text of elements.
const ELEMENTS: &[&str] = &["passwd", "password", "cookie"];

/// The places of all passwords in a text, in bytes, in their order. Empty ones are left out.
#[must_use]
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for token in tokens(text) {
        if !matches!(token.kind, Kind::Start | Kind::Empty) {
            continue;
        }
        let named = |name: &str| ATTRIBUTES.contains(&name);
        found.extend(
            attributes(text, &token)
                .filter(|attribute| attribute.whole && named(&text[attribute.name.clone()]))
                .map(|attribute| attribute.value),
        );
        if token.kind == Kind::Start && token.whole && ELEMENTS.contains(&&text[token.name]) {
            let start = token.span.end;
            let value = &text[start..start + text[start..].find('<').unwrap_or(0)];
            let blank = value.len() - value.trim_start().len();
            found.push(start + blank..start + blank + value.trim().len());
        }
    }
    found.retain(|place| !place.is_empty());
    found
}

/// What stands in the place of a password: the same for each, so that it tells nothing of its length.
pub(super) const MASK: &str = "••••••";

/// The text with a mask for each password. Its lines stay where they are.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for place in secrets(text) {
        out.push_str(&text[done..place.start]);
        out.push_str(MASK);
        out.extend(text[place.clone()].chars().filter(|c| *c == '\n'));
        done = place.end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_text_has_the_same_lines_and_no_password() {
        let text = "<a>\n<g passwd='1\n2'/>\n<g passwd='longer'/></a>\n";
        let masked = masked(text);
        assert_eq!(masked, "<a>\n<g passwd='••••••\n'/>\n<g passwd='••••••'/></a>\n");
        assert_eq!(super::masked("<a/>"), "<a/>");
    }

    #[test]
    fn passwords_are_found_and_nothing_else() {
        let text = "<domain><graphics type='vnc' passwd='a&amp;b' passwdValidTo='2030'/>\
                    <cookies><cookie name='x'> y </cookie></cookies><g passwd=''/><!-- passwd='c' -->\
                    <x password=\"d\"/><y passwd='unfinished";
        let all: Vec<_> = secrets(text).into_iter().map(|place| &text[place]).collect();
        assert_eq!(all, ["a&amp;b", "y", "d"]);
    }
}
