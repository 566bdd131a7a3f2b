//! One element of a document, to be edited by itself: a device of a machine.

use crate::model::xml::{Document, NodeId};

/// Where a part stands in its document, and how it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its place, as [`Document::place`] names it.
    pub place: String,
    /// What stands before each of its lines but the first, and is not shown.
    indent: String,
}

/// The places of all devices of a machine, in their order.
#[must_use]
pub fn devices(text: &str) -> Vec<String> {
    let Ok(document) = Document::parse(text) else {
        return Vec::new();
    };
    let devices = document.child(document.root(), "devices");
    let all = devices.into_iter().flat_map(|devices| document.places(devices));
    all.map(|(_, place)| place).collect()
}

/// A place for a reader: `disk vda` for `devices/disk[vda]`.
#[must_use]
pub fn spoken(place: &str) -> String {
    let last = place.strip_prefix("devices/").unwrap_or(place);
    match last.strip_suffix(']').and_then(|last| last.split_once('[')) {
        Some((name, mark)) => format!("{name} {mark}"),
        None => last.to_owned(),
    }
}

impl Part {
    /// Takes an element out of a text; `None` where there is none at this place. Its lines are moved to the left as far as its
    /// first line goes.
    #[must_use]
    pub fn take(text: &str, place: &str) -> Option<(Self, String)> {
        let document = Document::parse(text).ok()?;
        let node = document.at_place(place).filter(|node| *node != document.root())?;
        let (start, source) = written(text, &document, node)?;
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        let mut indent = line.to_owned();
        let fits = source.split('\n').skip(1).all(|line| line.starts_with(&indent));
        if !line.chars().all(|c| matches!(c, ' ' | '\t')) || !fits {
            indent.clear();
        }
        let shown = source.replace(&format!("\n{indent}"), "\n");
        let place = place.to_owned();
        Some((Self { place, indent }, shown + "\n"))
    }

    /// Puts the element back after it was edited; `None` where the text has no such place any more, or what is put there is not
    /// one element.
    #[must_use]
    pub fn put_back(&self, text: &str, edited: &str) -> Option<(Self, String)> {
        let document = Document::parse(text).ok()?;
        let node = document.at_place(&self.place).filter(|node| *node != document.root())?;
        Document::parse(edited).ok()?;
        let (start, source) = written(text, &document, node)?;
        let number = document
            .parent(node)
            .and_then(|parent| document.children(parent).position(|other| other == node))?;
        let new = edited.trim().replace('\n', &format!("\n{}", self.indent));
        let whole = format!("{}{new}{}", &text[..start], &text[start + source.len()..]);
        let document = Document::parse(&whole).ok()?;
        // It may be called otherwise now.
        let parent = match self.place.rsplit_once('/') {
            Some((parent, _)) => document.at_place(parent)?,
            None => document.root(),
        };
        let node = document.children(parent).nth(number)?;
        let part = Self {
            place: document.place(node),
            indent: self.indent.clone(),
        };
        Some((part, whole))
    }
}

/// Where an element begins in a text, and how it is written there.
fn written(text: &str, document: &Document, node: NodeId) -> Option<(usize, String)> {
    let (line, column) = document.position(node);
    let line_start: usize = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let rest = text.get(line_start..)?;
    let before: usize = rest.chars().take(column.checked_sub(1)?).map(char::len_utf8).sum();
    let (start, source) = (line_start + before, document.source(node));
    text.get(start..)?.starts_with(&source).then_some((start, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<domain>\n  <devices>\n    <disk a='é'>\n      <target dev='vda'/>\n    </disk>\n    \
        <disk><target dev='vdb'/></disk><rng/>\n    <video>\n  <model/>\n    </video>\n  </devices>\n</domain>\n";

    #[test]
    fn devices_are_named_as_people_name_them() {
        let all = devices(TEXT);
        let spoken: Vec<_> = all.iter().map(|place| spoken(place)).collect();
        assert_eq!(spoken, ["disk vda", "disk vdb", "rng", "video"]);
        assert!(devices("<domain").is_empty());
    }

    #[test]
    fn a_part_that_is_not_changed_leaves_the_text_as_it_was() {
        for place in devices(TEXT) {
            let (part, shown) = Part::take(TEXT, &place).expect("a device");
            assert_eq!(
                part.put_back(TEXT, &shown),
                Some((part.clone(), TEXT.to_owned())),
                "{place}"
            );
        }
        let (_, shown) = Part::take(TEXT, "devices/disk[vda]").expect("a disk");
        assert_eq!(shown, "<disk a='é'>\n  <target dev='vda'/>\n</disk>\n");
    }

    #[test]
    fn an_edited_part_stands_where_it_stood_and_is_found_under_its_new_name() {
        let (part, shown) = Part::take(TEXT, "devices/disk[vda]").expect("a disk");
        let edited = shown.replace("vda'/>", "sda'/>\n  <readonly/>");
        let (part, whole) = part.put_back(TEXT, &edited).expect("one element");
        assert_eq!(part.place, "devices/disk[sda]");
        assert_eq!(whole, TEXT.replace("vda'/>", "sda'/>\n      <readonly/>"));
        assert_eq!(part.put_back(&whole, "<a/><b/>"), None);
        assert_eq!(part.put_back(&whole, ""), None);
        assert_eq!(part.put_back(TEXT, "<a/>"), None, "the place is not there");
    }
}
