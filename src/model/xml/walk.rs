//! One pass over a document, without recursion and within bounds.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::XmlError;

/// Definitions are tens of kilobytes; a host that sends more than this is broken or hostile.
const MAX_BYTES: usize = 8 << 20;
/// libvirt's own schema nests about ten levels deep.
const MAX_DEPTH: usize = 256;

/// Gets to know the document, element by element. `path` holds the names of all open elements, without prefixes, the
/// current one last.
pub(super) trait Visitor {
    /// An element begins.
    fn start(&mut self, path: &[Name], attributes: &Attributes<'_, '_>);
    /// An element ends; `text` is its own text, trimmed, without that of its children.
    fn end(&mut self, path: &[Name], text: &str);
}

/// Name of an element: local part and prefix.
pub(super) struct Name {
    pub(super) local: String,
    text: String,
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.local == other
    }
}

/// Whether the open elements are exactly these.
pub(super) fn at(path: &[Name], names: &[&str]) -> bool {
    path.len() == names.len() && path.iter().zip(names).all(|(name, wanted)| name.local == *wanted)
}

/// The attributes of one element.
pub(super) struct Attributes<'e, 'x>(&'e BytesStart<'x>);

impl Attributes<'_, '_> {
    /// A value, with entities resolved; `None` where it is absent or unreadable.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let attribute = self.0.try_get_attribute(name).ok()??;
        attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .ok()
            .map(Cow::into_owned)
    }
}

/// Walks through `xml`.
pub(super) fn walk(xml: &str, visitor: &mut impl Visitor) -> Result<(), XmlError> {
    if xml.len() > MAX_BYTES {
        return Err(error_at(xml, 0, format!("larger than {} MiB", MAX_BYTES >> 20)));
    }
    let mut reader = Reader::from_str(xml);
    reader.config_mut().enable_all_checks(true);
    let mut path: Vec<Name> = Vec::new();
    let mut roots = 0;
    loop {
        let here = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let position = usize::try_from(reader.error_position()).unwrap_or(0);
            error_at(xml, position, error.to_string())
        })?;
        match event {
            Event::Start(element) => {
                roots += usize::from(path.is_empty());
                open(xml, here, &element, &mut path)?;
                visitor.start(&path, &Attributes(&element));
            }
            Event::Empty(element) => {
                roots += usize::from(path.is_empty());
                open(xml, here, &element, &mut path)?;
                visitor.start(&path, &Attributes(&element));
                visitor.end(&path, "");
                path.pop();
            }
            Event::End(_) => {
                let text = path
                    .last_mut()
                    .map(|name| std::mem::take(&mut name.text))
                    .unwrap_or_default();
                visitor.end(&path, text.trim());
                path.pop();
            }
            Event::Text(text) => append(&mut path, &text.xml10_content()),
            Event::CData(text) => append(&mut path, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character.to_string()),
                    Ok(None) => {
                        quick_xml::escape::resolve_predefined_entity(&reference.xml10_content()).map(str::to_owned)
                    }
                    Err(error) => return Err(error_at(xml, here, error.to_string())),
                };
                // Entities can only come from a DTD, and those are refused.
                let character = character.ok_or_else(|| error_at(xml, here, "unknown entity".to_owned()))?;
                append(&mut path, &character);
            }
            Event::DocType(_) => return Err(error_at(xml, here, "document type declarations are refused".to_owned())),
            Event::Eof => break,
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
        }
        if roots > 1 {
            return Err(error_at(xml, here, "more than one root element".to_owned()));
        }
    }
    if let Some(open) = path.last() {
        return Err(error_at(xml, xml.len(), format!("<{}> is not closed", open.local)));
    }
    if roots == 0 {
        return Err(error_at(xml, xml.len(), "no element".to_owned()));
    }
    Ok(())
}

fn open(xml: &str, here: usize, element: &BytesStart<'_>, path: &mut Vec<Name>) -> Result<(), XmlError> {
    if path.len() >= MAX_DEPTH {
        return Err(error_at(xml, here, format!("more than {MAX_DEPTH} levels deep")));
    }
    for attribute in element.attributes() {
        attribute.map_err(|error| error_at(xml, here, error.to_string()))?;
    }
    path.push(Name {
        local: element.local_name().into_inner().to_string(),
        text: String::new(),
    });
    Ok(())
}

fn append(path: &mut [Name], text: &str) {
    if let Some(name) = path.last_mut() {
        name.text.push_str(text);
    }
}

/// Turns a byte offset into line and column.
fn error_at(xml: &str, offset: usize, message: String) -> XmlError {
    let mut offset = offset.min(xml.len());
    while !xml.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &xml[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    XmlError {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message,
    }
}
