//! Lists of elements of one name as lines of a table: a text for each attribute, the first of which tells them apart.

use std::borrow::Cow;

use super::{Document, NodeId, Place, Refused};

/// Stands for the text of an element where an attribute is named.
pub const TEXT: &str = "";

impl Document {
    /// The elements of a name directly inside `parent`, each with the values of these attributes; an absent one is empty.
    #[must_use]
    pub fn lines(&self, parent: Option<NodeId>, element: &str, attributes: &[&str]) -> Vec<Vec<String>> {
        let elements = parent
            .into_iter()
            .flat_map(|parent| self.children_named(parent, element));
        elements.map(|node| self.line(node, attributes)).collect()
    }

    fn line(&self, node: NodeId, attributes: &[&str]) -> Vec<String> {
        let said = |name: &&str| match *name {
            TEXT => self.text(node).trim().to_owned(),
            name => self.attribute(node, name).map(Cow::into_owned).unwrap_or_default(),
        };
        attributes.iter().map(said).collect()
    }

    /// Makes the elements of a name what these lines say; an empty text removes the attribute. Elements are known by their
    /// first attribute, or by their place where as many lines as before are given: what else they hold stays.
    ///
    /// # Errors
    /// Where XML cannot hold a text.
    pub fn set_lines(
        &mut self,
        parent: NodeId,
        element: &str,
        attributes: &[&str],
        lines: &[Vec<String>],
    ) -> Result<(), Refused> {
        let mut old: Vec<(NodeId, Vec<String>)> = self
            .children_named(parent, element)
            .map(|node| (node, self.line(node, attributes)))
            .collect();
        let same_keys = lines
            .iter()
            .all(|line| old.iter().any(|(_, known)| known.first() == line.first()));
        let by_place = old.len() == lines.len() && !same_keys;
        let mut last = None;
        for line in lines {
            let known = old
                .iter()
                .position(|(_, known)| by_place || known.first() == line.first());
            let node = match (known, last) {
                (Some(at), _) => old.remove(at).0,
                (None, Some(last)) => self.insert(parent, Place::After(last), &format!("<{element}/>"))?,
                (None, None) => match old.first() {
                    Some((first, _)) => self.insert(parent, Place::Before(*first), &format!("<{element}/>"))?,
                    None => self.insert_ordered(parent, &format!("<{element}/>"))?,
                },
            };
            self.write_line(node, attributes, line)?;
            last = Some(node);
        }
        for (node, _) in old {
            self.remove(node);
        }
        Ok(())
    }

    fn write_line(&mut self, node: NodeId, attributes: &[&str], line: &[String]) -> Result<(), Refused> {
        for (name, text) in attributes.iter().zip(line) {
            let text = text.trim();
            match *name {
                TEXT => self.set_value(node, text)?,
                name if text.is_empty() => {
                    self.remove_attribute(node, name);
                }
                name => self.set_attribute(node, name, text)?,
            }
        }
        Ok(())
    }

    /// The element at a path of names, made where it is missing.
    ///
    /// # Errors
    /// Where a name is none.
    pub fn ensure_path(&mut self, from: NodeId, path: &str) -> Result<NodeId, Refused> {
        path.split('/').try_fold(from, |at, name| match self.child(at, name) {
            Some(child) => Ok(child),
            None => self.insert_ordered(at, &format!("<{name}/>")),
        })
    }

    /// Removes an element, and those around it that say nothing any more then; never the root.
    pub fn prune(&mut self, mut node: NodeId) {
        loop {
            let parent = self.parent(node);
            self.remove(node);
            match parent {
                Some(parent) if parent != self.root() && self.is_bare(parent) => node = parent,
                _ => return,
            }
        }
    }
}

/// Whether a text can be the content of a list of processors or nodes: `0-3,^2,8`. Empty is none.
#[must_use]
pub fn is_cpuset(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_part = |part: &str| {
        let part = part.trim();
        match part.strip_prefix('^').unwrap_or(part).split_once('-') {
            Some((from, to)) => {
                let ends = (from.trim().parse::<u32>(), to.trim().parse::<u32>());
                !part.starts_with('^')
                    && is_number(from.trim())
                    && is_number(to.trim())
                    && matches!(ends, (Ok(from), Ok(to)) if from <= to)
            }
            None => is_number(part.strip_prefix('^').unwrap_or(part)),
        }
    };
    !text.trim().is_empty() && text.split(',').all(is_part)
}

/// The numbers of a list like `0-3,^2`; `None` where it is no such list.
#[must_use]
pub fn cpuset(text: &str) -> Option<std::collections::BTreeSet<u32>> {
    if !is_cpuset(text) {
        return None;
    }
    let mut found = std::collections::BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        if let Some(not) = part.strip_prefix('^') {
            found.remove(&not.trim().parse().ok()?);
        } else if let Some((from, to)) = part.split_once('-') {
            found.extend(from.trim().parse::<u32>().ok()?..=to.trim().parse().ok()?);
        } else {
            found.insert(part.parse().ok()?);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn lines_keep_what_they_do_not_show() {
        let text = "<a>\n  <b id='0' x='1'><c/></b>\n  <b id='1' y='2'/>\n  <d/>\n</a>";
        let set = |lines: &[Vec<String>]| {
            let mut document = Document::parse(text).expect("sound");
            let root = document.root();
            document.set_lines(root, "b", &["id", "x"], lines).expect("set");
            document.to_string()
        };
        let both = [line(&["0", "1"]), line(&["1", ""])];
        assert_eq!(set(&both), text);
        assert_eq!(set(&both[1..]), "<a>\n  <b id='1' y='2'/>\n  <d/>\n</a>");
        assert_eq!(
            set(&[line(&["0", "5"]), line(&["7", ""])]),
            "<a>\n  <b id='0' x='5'><c/></b>\n  <b id='7' y='2'/>\n  <d/>\n</a>"
        );
        assert_eq!(
            set(&[line(&["0", ""]), line(&["3", "4"]), line(&["1", ""])]),
            "<a>\n  <b id='0'><c/></b>\n  <b id='3' x='4'/>\n  <b id='1' y='2'/>\n  <d/>\n</a>"
        );
        assert_eq!(set(&[]), "<a>\n  <d/>\n</a>");
    }

    #[test]
    fn processors_are_listed_as_libvirt_does() {
        let numbers = |text| cpuset(text).map(|set| set.into_iter().collect::<Vec<_>>());
        assert_eq!(numbers("0-3,^2,8"), Some(vec![0, 1, 3, 8]));
        assert_eq!(numbers("5"), Some(vec![5]));
        for text in ["", " ", "a", "3-1", "1,,2", "-", "1-", "^", "^1-2", "999999"] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }
}
