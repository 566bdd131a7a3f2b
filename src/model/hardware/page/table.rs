//! Elements of one name as the lines of a table, a place in each for every column.

use super::Form;
use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::field::Field;
use crate::model::xml::{Document, NodeId, Place, Refused};

/// Which elements are the lines.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    /// The element that holds them, below the page's; empty for the page's element itself. It is made when it is needed,
    /// and goes with the last line where it says nothing else.
    pub holder: &'static str,
    /// Their name.
    pub element: &'static str,
    /// What the columns show, relative to each.
    pub fields: &'static [Field<String>],
    /// How many of the columns must be filled in, counted from the first one.
    pub required: usize,
}

/// One column.
#[must_use]
pub fn column(title: String, example: &'static str, choices: Vec<Choice>) -> Column {
    Column {
        title,
        choices,
        example,
    }
}

impl Form<'_> {
    /// A table; `add` is what the button for one more line says.
    #[must_use]
    pub fn table(&self, id: &'static str, title: String, lines: Lines, columns: Vec<Column>, add: String) -> Row {
        let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
        let value = lines.read(self.context.domain.document(), self.node);
        let write = move |domain: &mut Domain, node, value: &Value| {
            lines.check(value.lines(), &titles)?;
            lines.write(domain.document_mut(), node, value.lines())
        };
        Row::new(id, title, Control::Table { columns, add }, value, Edit::with(write))
    }
}

impl Lines {
    /// What the definition says.
    #[must_use]
    pub fn read(&self, document: &Document, node: NodeId) -> Value {
        let lines = self.elements(document, node).into_iter();
        Value::Table(lines.map(|line| self.line(document, line)).collect())
    }

    /// Makes the elements say these lines. Those that say theirs already stay as they are, with all that Vireo doesn't know
    /// about them.
    ///
    /// # Errors
    /// Where a text cannot be written.
    pub fn write(&self, document: &mut Document, node: NodeId, lines: &[Vec<String>]) -> Result<(), Refused> {
        let old = self.elements(document, node);
        let said: Vec<Vec<String>> = old.iter().map(|line| self.line(document, *line)).collect();
        let before = said.iter().zip(lines).take_while(|(old, new)| old == new).count();
        let rest = said.len().min(lines.len()) - before;
        let after = said.iter().rev().zip(lines.iter().rev());
        let after = after.take(rest).take_while(|(old, new)| old == new).count();
        let changed = &old[before..old.len() - after];
        let wanted = &lines[before..lines.len() - after];
        for (number, line) in wanted.iter().enumerate() {
            let element = match changed.get(number) {
                Some(element) => *element,
                None => self.add(document, node, old.get(before + changed.len()).copied())?,
            };
            for (field, text) in self.fields.iter().zip(line) {
                let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                if document.get(element, *field) != text {
                    document.set(element, *field, text)?;
                }
            }
        }
        for element in changed.iter().skip(wanted.len()) {
            document.remove(*element);
        }
        if let Some(holder) = document.find(node, self.holder)
            && !self.holder.is_empty()
            && document.is_bare_element(holder)
        {
            document.remove(holder);
        }
        Ok(())
    }

    fn elements(&self, document: &Document, node: NodeId) -> Vec<NodeId> {
        let holder = match self.holder {
            "" => Some(node),
            holder => document.find(node, holder),
        };
        let lines = holder
            .into_iter()
            .flat_map(|holder| document.children_named(holder, self.element));
        lines.collect()
    }

    fn line(&self, document: &Document, element: NodeId) -> Vec<String> {
        let cells = self.fields.iter();
        cells
            .map(|field| document.get(element, *field).unwrap_or_default())
            .collect()
    }

    fn add(&self, document: &mut Document, node: NodeId, before: Option<NodeId>) -> Result<NodeId, Refused> {
        let mut holder = node;
        for name in self.holder.split('/').filter(|name| !name.is_empty()) {
            holder = match document.child(holder, name) {
                Some(child) => child,
                None => document.insert_ordered(holder, &format!("<{name}/>"))?,
            };
        }
        let text = format!("<{}/>", self.element);
        match before {
            Some(before) => document.insert(holder, Place::Before(before), &text),
            None => document.insert_ordered(holder, &text),
        }
    }

    /// Refuses lines in which a required cell is empty.
    ///
    /// # Errors
    /// Which one it is.
    pub fn check(&self, lines: &[Vec<String>], titles: &[String]) -> Result<(), Refused> {
        for line in lines {
            let missing = line.iter().zip(titles).take(self.required);
            let mut missing = missing.filter(|(text, _)| text.trim().is_empty());
            if let Some((_, title)) = missing.next() {
                return Err(Refused(tr_f("“{column}” must not be empty.", &[("column", title)])));
            }
        }
        Ok(())
    }
}

/// Refuses a cell that is no whole number within these bounds; an empty one is right.
///
/// # Errors
/// Which one it is.
pub fn check_number(title: &str, text: &str, min: u64, max: u64) -> Result<(), Refused> {
    let text = text.trim();
    match text.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(()),
        _ if text.is_empty() => Ok(()),
        _ => Err(Refused(tr_f(
            "{name}: a whole number from {min} to {max}.",
            &[("name", title), ("min", &min.to_string()), ("max", &max.to_string())],
        ))),
    }
}

/// Refuses what is no path from the root of the host's files; an empty one is right.
///
/// # Errors
/// That it is none.
pub fn check_path(text: &str) -> Result<(), Refused> {
    if text.is_empty() || text.starts_with('/') {
        return Ok(());
    }
    Err(Refused(tr("A path on the host begins with “/”.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xml::domain::fields::vlan_tag;

    const TAGS: Lines = Lines {
        holder: "vlan",
        element: "tag",
        fields: &[vlan_tag::ID, vlan_tag::NATIVE_MODE],
        required: 1,
    };

    fn written(text: &str, lines: &[&[&str]]) -> String {
        let mut document = Document::parse(text).expect("well-formed");
        let lines: Vec<Vec<String>> = lines
            .iter()
            .map(|line| line.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        let root = document.root();
        TAGS.write(&mut document, root, &lines).expect("written");
        assert_eq!(TAGS.read(&document, root), Value::Table(lines));
        document.to_string()
    }

    #[test]
    fn a_line_that_stays_keeps_what_is_not_known() {
        let text = "<i><vlan trunk='yes'><tag id='1' x='a'/><tag id='2' x='b'/><tag id='3' x='c'/></vlan></i>";
        assert_eq!(
            written(text, &[&["1", ""], &["3", ""]]),
            "<i><vlan trunk='yes'><tag id='1' x='a'/><tag id='3' x='c'/></vlan></i>"
        );
        assert_eq!(
            written(text, &[&["1", ""], &["2", "tagged"], &["3", ""]]),
            text.replace("id='2' x='b'", "id='2' x='b' nativeMode='tagged'")
        );
        assert_eq!(
            written(text, &[&["1", ""], &["2", ""], &["9", ""], &["3", ""]]),
            text.replace("<tag id='3'", "<tag id='9'/><tag id='3'")
        );
    }

    #[test]
    fn the_holder_comes_and_goes_with_the_lines() {
        assert_eq!(written("<i/>", &[&["7", ""]]), "<i><vlan><tag id='7'/></vlan></i>");
        assert_eq!(
            written("<i><vlan><tag id='7'/></vlan></i>", &[]),
            "<i/>".replace("/>", "></i>")
        );
        assert_eq!(
            written("<i><vlan trunk='yes'><tag id='7'/></vlan></i>", &[]),
            "<i><vlan trunk='yes'></vlan></i>"
        );
    }

    #[test]
    fn cells_are_checked() {
        let titles = ["Tag".to_owned(), "Mode".to_owned()];
        assert!(
            TAGS.check(&[vec!["".to_owned(), "tagged".to_owned()]], &titles)
                .is_err()
        );
        assert!(TAGS.check(&[vec!["1".to_owned(), "".to_owned()]], &titles).is_ok());
        assert!(check_number("Port", "65536", 1, 65535).is_err());
        assert!(check_number("Port", "", 1, 65535).is_ok());
        assert!(check_path("relative").is_err());
    }
}
