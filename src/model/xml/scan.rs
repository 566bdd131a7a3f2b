//! The parts of XML's grammar that quick-xml leaves to its callers: characters, names, references, attributes.

use std::borrow::Cow;
use std::ops::Range;

use crate::i18n::{tr, tr_f};

/// Names longer than this are nobody's.
pub(super) const MAX_NAME: usize = 1000;
/// Attributes that one element may have; libvirt's own elements have a dozen.
pub(super) const MAX_ATTRIBUTES: usize = 256;

/// What is wrong, and at which byte of the text that was looked at.
pub(super) type Wrong = (usize, String);

/// One attribute as it stands in a start tag; all positions are bytes of the tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawAttribute {
    /// White space before the name.
    pub(super) space: Range<usize>,
    /// The name with its prefix.
    pub(super) name: Range<usize>,
    /// The value between the quotes, with its references.
    pub(super) value: Range<usize>,
}

impl RawAttribute {
    /// The whole attribute with the white space before it.
    pub(super) fn whole(&self) -> Range<usize> {
        self.space.start..self.value.end + 1
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Whether all of it is white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

fn begins_name(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(c: char) -> bool {
    begins_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Length of the name that `text` begins with.
pub(super) fn name_length(text: &str) -> usize {
    if !text.starts_with(begins_name) {
        return 0;
    }
    text.find(|c| !continues_name(c)).unwrap_or(text.len())
}

/// Whether `text` is a name of XML.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && name_length(text) == text.len()
}

/// A character that no XML 1.0 document may hold, not even as a reference.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Refuses characters that XML cannot hold.
pub(super) fn check_characters(text: &str) -> Result<(), Wrong> {
    // Most text has nothing below the space but line ends, and nothing near U+FFFE.
    let suspicious = |byte: u8| byte == 0xEF || (byte < b' ' && !is_space(byte));
    if !text.bytes().any(suspicious) {
        return Ok(());
    }
    match text.char_indices().find(|(_, c)| is_forbidden(*c)) {
        Some((at, c)) => Err((
            at,
            tr_f(
                "the character U+{code} is not allowed in XML",
                &[("code", &format!("{:04X}", u32::from(c)))],
            ),
        )),
        None => Ok(()),
    }
}

/// Refuses `&` that begins no reference, and references to entities that only a document type could declare.
pub(super) fn check_references(text: &str) -> Result<(), Wrong> {
    for (at, _) in text.match_indices('&') {
        let rest = &text[at + 1..];
        let Some(end) = rest.find(';').filter(|end| *end <= MAX_NAME) else {
            return Err((at, tr("expected ';' after '&': write &amp; for the character itself")));
        };
        check_reference(&rest[..end]).map_err(|message| (at, message))?;
    }
    Ok(())
}

/// Looks at what stands between `&` and `;`.
pub(super) fn check_reference(body: &str) -> Result<(), String> {
    let number = match body.strip_prefix('#') {
        None if matches!(body, "amp" | "lt" | "gt" | "apos" | "quot") => return Ok(()),
        None if is_name(body) => return Err(tr_f("unknown entity &{name};", &[("name", body)])),
        None => {
            return Err(tr(
                "expected the name of an entity after '&': write &amp; for the character itself",
            ));
        }
        Some(number) => match number.strip_prefix('x') {
            Some(hex) if !hex.starts_with('+') => u32::from_str_radix(hex, 16),
            None if !number.starts_with('+') => number.parse(),
            _ => "".parse(),
        },
    };
    match number.ok().and_then(char::from_u32) {
        Some(c) if !is_forbidden(c) => Ok(()),
        _ => Err(tr_f("&{name}; is no character that XML allows", &[("name", body)])),
    }
}

/// Walks over the attributes of a start tag (`<name …>` or `<name …/>`), checking their form.
pub(super) struct Attributes<'t> {
    tag: &'t str,
    at: usize,
}

impl<'t> Attributes<'t> {
    /// `name_end` is where the element's name ends.
    pub(super) fn new(tag: &'t str, name_end: usize) -> Self {
        Self { tag, at: name_end }
    }

    fn read(&mut self) -> Result<Option<RawAttribute>, Wrong> {
        let bytes = self.tag.as_bytes();
        let skip = |mut at: usize| {
            while bytes.get(at).copied().is_some_and(is_space) {
                at += 1;
            }
            at
        };
        let start = self.at;
        let name = skip(start);
        if matches!(&self.tag[name..], ">" | "/>" | "") {
            return Ok(None);
        }
        let length = name_length(&self.tag[name..]);
        if length == 0 {
            return Err((name, tr("expected an attribute, '>' or '/>'")));
        }
        if length > MAX_NAME {
            return Err((
                name,
                tr_f("a name longer than {size} bytes", &[("size", &MAX_NAME.to_string())]),
            ));
        }
        if name == start {
            return Err((name, tr("expected a space before the attribute")));
        }
        let equals = skip(name + length);
        if bytes.get(equals) != Some(&b'=') {
            return Err((equals, tr("expected '=' after the name of the attribute")));
        }
        let open = skip(equals + 1);
        let Some(quote @ (b'"' | b'\'')) = bytes.get(open).copied() else {
            return Err((open, tr("expected a quote before the value of the attribute")));
        };
        let value = open + 1;
        let Some(size) = bytes[value..].iter().position(|byte| *byte == quote) else {
            return Err((open, tr("expected a quote after the value of the attribute")));
        };
        let value = value..value + size;
        self.at = value.end + 1;
        Ok(Some(RawAttribute {
            space: start..name,
            name: name..name + length,
            value,
        }))
    }
}

impl Iterator for Attributes<'_> {
    type Item = Result<RawAttribute, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.read().transpose();
        if matches!(result, Some(Err(_))) {
            self.at = self.tag.len();
        }
        result
    }
}

/// Checks all attributes of a start tag. True where it declares a default namespace, false where it takes one away.
pub(super) fn check_attributes(tag: &str, name_end: usize) -> Result<Option<bool>, Wrong> {
    let mut names: Vec<&str> = Vec::new();
    let mut default_namespace = None;
    for attribute in Attributes::new(tag, name_end) {
        let attribute = attribute?;
        let (name, value) = (&tag[attribute.name.clone()], &tag[attribute.value.clone()]);
        if names.len() == MAX_ATTRIBUTES {
            return Err((
                attribute.name.start,
                tr_f(
                    "more than {count} attributes",
                    &[("count", &MAX_ATTRIBUTES.to_string())],
                ),
            ));
        }
        if names.contains(&name) {
            return Err((
                attribute.name.start,
                tr_f("the attribute '{name}' is there twice", &[("name", name)]),
            ));
        }
        names.push(name);
        if let Some(at) = value.find('<') {
            return Err((
                attribute.value.start + at,
                tr("expected &lt; instead of '<' in the value of an attribute"),
            ));
        }
        let inside = |(at, message): Wrong| (attribute.value.start + at, message);
        check_characters(value).map_err(inside)?;
        check_references(value).map_err(inside)?;
        if name == "xmlns" {
            default_namespace = Some(!value.is_empty());
        }
    }
    Ok(default_namespace)
}

/// What a raw value of an attribute says: line ends and tabs are spaces, references are resolved.
pub(super) fn attribute_value(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['&', '\t', '\r', '\n']) {
        return Cow::Borrowed(raw);
    }
    let spaces = raw.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
    Cow::Owned(resolve(&spaces).into_owned())
}

/// What raw text says: every line end is a line feed, references are resolved.
pub(super) fn text_value(raw: &str) -> Cow<'_, str> {
    if raw.contains('\r') {
        return Cow::Owned(resolve(&line_feeds(raw)).into_owned());
    }
    resolve(raw)
}

/// Every line end as a line feed.
pub(super) fn line_feeds(raw: &str) -> String {
    raw.replace("\r\n", "\n").replace('\r', "\n")
}

fn resolve(text: &str) -> Cow<'_, str> {
    // The parser has let through only what can be resolved.
    quick_xml::escape::unescape(text).unwrap_or(Cow::Borrowed(text))
}

/// Writes a value for between `quote`s so that every reader gets the same text back.
pub(super) fn escape_attribute(value: &str, quote: char) -> String {
    escape_with(value, |c| match c {
        '"' if quote == '"' => Some("&quot;"),
        '\'' if quote == '\'' => Some("&apos;"),
        '\n' => Some("&#10;"),
        '\t' => Some("&#9;"),
        _ => None,
    })
}

/// Writes text for between tags so that every reader gets the same text back.
pub(super) fn escape_text(text: &str) -> String {
    escape_with(text, |_| None)
}

fn escape_with(text: &str, more: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        let written = match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            // `]]>` may not stand in text.
            '>' => Some("&gt;"),
            '\r' => Some("&#13;"),
            _ => more(c),
        };
        match written {
            Some(reference) => out.push_str(reference),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_where_they_stand() {
        let tag = "<disk type='file'\n  device = \"cd'rom\"/>";
        let found: Vec<_> = Attributes::new(tag, 5)
            .map(|attribute| attribute.expect("sound"))
            .map(|attribute| (&tag[attribute.name.clone()], &tag[attribute.value.clone()]))
            .collect();
        assert_eq!(found, [("type", "file"), ("device", "cd'rom")]);
    }

    #[test]
    fn what_was_expected_is_told_with_its_place() {
        for (tag, at, expected) in [
            ("<a b>", 4, "'='"),
            ("<a b=1>", 5, "quote before"),
            ("<a b='1>", 5, "quote after"),
            ("<a b='1'c='2'>", 8, "space"),
            ("<a b='1' b='2'>", 9, "twice"),
            ("<a b='<'>", 6, "&lt;"),
            ("<a b='&'>", 6, "&amp;"),
            ("<a b='&x;'>", 6, "unknown entity &x;"),
            ("<a b='&#0;'>", 6, "no character"),
            ("<a b='\u{1}'>", 6, "U+0001"),
            ("<a 1='2'>", 3, "an attribute"),
        ] {
            let wrong = check_attributes(tag, 2).expect_err(tag);
            assert_eq!(wrong.0, at, "{tag}");
            assert!(wrong.1.contains(expected), "{tag}: {}", wrong.1);
        }
    }

    #[test]
    fn every_text_survives_writing_and_reading() {
        for text in ["", " a b ", "a\nb\tc\r\nd\re", "<&>'\"]]>", "ü–😀", "&amp;#10;"] {
            assert_eq!(text_value(&escape_text(text)), text);
            for quote in ['\'', '"'] {
                let raw = escape_attribute(text, quote);
                assert!(!raw.contains(quote));
                assert_eq!(attribute_value(&raw), text);
            }
        }
    }
}
