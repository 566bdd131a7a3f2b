//! The document: how it is changed. Each edit replaces the pieces that it names; all others stay as they are, to the byte.

use super::layout::Indent;
use super::parse::parse;
use super::scan;
use super::tree::{Kind, Node, NodeId, Span};
use super::{Document, XmlError};
use crate::i18n::{tr, tr_f};

/// Why an edit is not done: one line for the user. The document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl From<XmlError> for Refused {
    fn from(error: XmlError) -> Self {
        Self(error.to_string())
    }
}

/// Where to insert an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before all other elements.
    First,
    /// After everything else.
    Last,
    /// Before this element of the same parent.
    Before(NodeId),
    /// After this element of the same parent.
    After(NodeId),
}

impl Document {
    /// Gives an attribute a value. An attribute that is there keeps its place and its kind of quotes; one that already has
    /// this value is left alone; a new one comes last.
    ///
    /// # Errors
    /// Where the value holds a character that XML cannot, or the name is none.
    pub fn set_attribute(&mut self, id: NodeId, name: &str, value: &str) -> Result<(), Refused> {
        check(value)?;
        let tag = self.start_tag(id);
        let known = self
            .raw_attributes(id)
            .find(|attribute| &tag[attribute.name.clone()] == name);
        let new = match known {
            Some(known) => {
                if scan::attribute_value(&tag[known.value.clone()]) == value {
                    return Ok(());
                }
                let quote = if tag[known.value.end..].starts_with('"') {
                    '"'
                } else {
                    '\''
                };
                let (before, after) = (&tag[..known.value.start], &tag[known.value.end..]);
                format!("{before}{}{after}", scan::escape_attribute(value, quote))
            }
            None => {
                if !scan::is_name(name) {
                    return Err(Refused(tr_f(
                        "“{name}” is no name for an attribute.",
                        &[("name", name)],
                    )));
                }
                let quote = self.usual_quote(id);
                let last = self.raw_attributes(id).last();
                let (end, space) = match &last {
                    Some(last) => (last.value.end + 1, &tag[last.space.clone()]),
                    None => (1 + usize::from(self.tree.node(id).name), " "),
                };
                let value = scan::escape_attribute(value, quote);
                format!("{}{space}{name}={quote}{value}{quote}{}", &tag[..end], &tag[end..])
            }
        };
        self.set_start_tag(id, &new)
    }

    /// Removes an attribute; false where there is none.
    pub fn remove_attribute(&mut self, id: NodeId, name: &str) -> bool {
        let tag = self.start_tag(id);
        let known = self
            .raw_attributes(id)
            .find(|attribute| &tag[attribute.name.clone()] == name);
        let Some(known) = known else { return false };
        let whole = known.whole();
        let new = format!("{}{}", &tag[..whole.start], &tag[whole.end..]);
        self.set_start_tag(id, &new).is_ok()
    }

    /// Replaces the text of an element that holds no others. Comments inside stay; a CDATA section stays one.
    ///
    /// # Errors
    /// Where there are elements inside, or the text holds a character that XML cannot.
    pub fn set_text(&mut self, id: NodeId, text: &str) -> Result<(), Refused> {
        check(text)?;
        if self.text(id) == text {
            return Ok(());
        }
        let is_data = |node: &Node| node.kind == Kind::Data;
        let pieces: Vec<NodeId> = self.text_nodes(id);
        let as_data = matches!(&pieces[..], [only] if is_data(self.tree.node(*only)))
            && !text.is_empty()
            && !text.contains("]]>")
            && !text.contains('\r');
        let raw = if as_data {
            format!("<![CDATA[{text}]]>")
        } else {
            scan::escape_text(text)
        };
        self.set_raw_text(id, &raw, if as_data { Kind::Data } else { Kind::Text })
    }

    /// As [`Document::set_text`] for words and numbers: white space around the old text stays around the new one.
    ///
    /// # Errors
    /// As [`Document::set_text`].
    pub fn set_value(&mut self, id: NodeId, value: &str) -> Result<(), Refused> {
        check(value)?;
        if self.text(id).trim() == value {
            return Ok(());
        }
        if let [only] = self.text_nodes(id)[..]
            && self.tree.node(only).kind == Kind::Text
        {
            let raw = self.tree.str(self.tree.node(only).open);
            let core = raw.trim_matches([' ', '\t', '\r', '\n']);
            if !core.is_empty() {
                let start = raw.find(core).unwrap_or(0);
                let (before, after) = (&raw[..start], &raw[start + core.len()..]);
                let raw = format!("{before}{}{after}", scan::escape_text(value));
                return self.set_raw_text(id, &raw, Kind::Text);
            }
        }
        self.set_text(id, value)
    }

    /// Inserts an element, given as text, with line and indentation of its own where its neighbours have such.
    ///
    /// # Errors
    /// Where the text is not one well-formed element.
    pub fn insert(&mut self, parent: NodeId, place: Place, fragment: &str) -> Result<NodeId, Refused> {
        let new = self.read_fragment(parent, fragment)?;
        let place = match place {
            Place::First => self.children(parent).next().map_or(Place::Last, Place::Before),
            Place::After(id) if self.tree.node(id).parent != Some(parent) => Place::Last,
            Place::Before(id) if self.tree.node(id).parent != Some(parent) => Place::Last,
            place => place,
        };
        match place {
            Place::Before(next) => {
                let indent = self.indent_beside(next);
                let previous = self.tree.node(next).previous;
                self.reindent(new, indent.as_ref())?;
                self.tree.link(parent, previous, new, Some(next));
                if let Some(indent) = indent {
                    let white = self.text_node(&indent.lead)?;
                    self.tree.link(parent, Some(new), white, Some(next));
                }
            }
            Place::After(previous) => {
                let indent = self.indent_beside(previous);
                let anchor = self.end_of_line(previous);
                self.insert_after(parent, anchor, new, indent.as_ref())?;
            }
            Place::First | Place::Last => self.insert_last(parent, new)?,
        }
        Ok(new)
    }

    /// Removes an element, and its line where it has one for itself. The root stays.
    pub fn remove(&mut self, id: NodeId) {
        if id == self.root {
            return;
        }
        if let (Some(lead), Some(white)) = (self.lead(id).map(str::len), self.tree.node(id).previous)
            && self.ends_line(id)
        {
            let piece = &mut self.tree.node_mut(white).open;
            piece.end -= u32::try_from(lead).unwrap_or(0);
            if piece.start == piece.end {
                self.tree.unlink(white);
            }
        }
        self.tree.unlink(id);
    }

    /// Puts another element, given as text, in the place of one.
    ///
    /// # Errors
    /// Where the text is not one well-formed element.
    pub fn replace(&mut self, id: NodeId, fragment: &str) -> Result<NodeId, Refused> {
        let Some(parent) = self.parent(id) else {
            return Err(Refused(tr("The whole document cannot be replaced by a part.")));
        };
        let new = self.read_fragment(parent, fragment)?;
        let indent = self.indent_beside(id);
        self.reindent(new, indent.as_ref())?;
        self.tree.link(parent, Some(id), new, self.tree.node(id).next);
        self.tree.unlink(id);
        Ok(new)
    }

    /// Gives an element another name, prefix included, in its start tag and its end tag.
    ///
    /// # Errors
    /// Where it is no name.
    pub fn rename(&mut self, id: NodeId, name: &str) -> Result<(), Refused> {
        if !scan::is_name(name) {
            return Err(Refused(tr_f("“{name}” is no name for an element.", &[("name", name)])));
        }
        let old = 1 + usize::from(self.tree.node(id).name);
        let open = format!("<{name}{}", &self.start_tag(id)[old..]);
        let close = self.tree.node(id).close;
        self.set_start_tag(id, &open)?;
        if close.start != close.end {
            let tail = self.tree.str(close)[1 + old..].to_owned();
            let close = self.append(&format!("</{name}{tail}"))?;
            self.tree.node_mut(id).close = close;
        }
        self.tree.node_mut(id).name = u16::try_from(name.len()).unwrap_or(u16::MAX);
        Ok(())
    }

    /// Where an element of this name belongs among the children of `parent`, given the order of the schema: behind the last
    /// one that precedes it. Elements that `order` doesn't know are passed over.
    #[must_use]
    pub fn ordered_place(&self, parent: NodeId, name: &str, order: &[&str]) -> Place {
        let rank = |name: &str| order.iter().position(|known| *known == name);
        let Some(own) = rank(name) else { return Place::Last };
        let ranked = |id: &NodeId| {
            if self.tree.node(*id).foreign {
                None
            } else {
                rank(self.name(*id))
            }
        };
        let before = self
            .children(parent)
            .filter(|id| ranked(id).is_some_and(|rank| rank <= own))
            .last();
        let after = || {
            self.children(parent)
                .find(|id| ranked(id).is_some_and(|rank| rank > own))
        };
        before
            .map(Place::After)
            .or_else(|| after().map(Place::Before))
            .unwrap_or(Place::Last)
    }

    fn insert_last(&mut self, parent: NodeId, new: NodeId) -> Result<(), Refused> {
        let last = self
            .tree
            .children(parent)
            .filter(|id| !matches!(self.tree.node(*id).kind, Kind::Text | Kind::Data));
        if let Some(last) = last.last() {
            // A comment at the end keeps its place behind what it may belong to.
            let line = self.tree.children(parent).filter(|id| self.lead(*id).is_some()).last();
            let indent = match line {
                Some(_) if self.has_text(parent) => None,
                Some(line) => self.lead(line).map(str::to_owned).map(|lead| {
                    let unit = self
                        .inner_indent(parent)
                        .map_or_else(|| "  ".to_owned(), |indent| indent.unit);
                    Indent { lead, unit }
                }),
                None => None,
            };
            return self.insert_after(parent, last, new, indent.as_ref());
        }
        self.expand(parent)?;
        let indent = if self.has_text(parent) {
            None
        } else {
            self.inner_indent(parent)
        };
        let white = self.tree.node(parent).last;
        self.reindent(new, indent.as_ref())?;
        let Some(indent) = indent else {
            self.tree.push(parent, new);
            return Ok(());
        };
        if let Some(white) = white {
            // `<devices>\n  </devices>`: what stands there indents the end tag.
            let lead = self.text_node(&indent.lead)?;
            self.tree.link(parent, None, lead, Some(white));
            self.tree.link(parent, Some(lead), new, Some(white));
        } else {
            let outer = indent
                .lead
                .strip_suffix(indent.unit.as_str())
                .unwrap_or(&indent.lead)
                .to_owned();
            let (lead, tail) = (self.text_node(&indent.lead)?, self.text_node(&outer)?);
            for node in [lead, new, tail] {
                self.tree.push(parent, node);
            }
        }
        Ok(())
    }

    fn insert_after(
        &mut self,
        parent: NodeId,
        anchor: NodeId,
        new: NodeId,
        indent: Option<&Indent>,
    ) -> Result<(), Refused> {
        self.reindent(new, indent)?;
        let mut previous = anchor;
        if let Some(indent) = indent {
            let white = self.text_node(&indent.lead)?;
            self.tree.link(parent, Some(anchor), white, self.tree.node(anchor).next);
            previous = white;
        }
        self.tree
            .link(parent, Some(previous), new, self.tree.node(previous).next);
        Ok(())
    }

    /// The indentation for a new neighbour of an element; none where they share a line or stand between words.
    fn indent_beside(&self, sibling: NodeId) -> Option<Indent> {
        let parent = self.parent(sibling)?;
        if self.lead(sibling).is_none() || self.has_text(parent) {
            return None;
        }
        self.indent(sibling)
    }

    fn has_text(&self, parent: NodeId) -> bool {
        self.text_nodes(parent).into_iter().any(|id| {
            let node = self.tree.node(id);
            node.kind == Kind::Data || !scan::is_blank(self.tree.str(node.open))
        })
    }

    /// Reads a fragment for below `parent`; the element is detached.
    fn read_fragment(&mut self, parent: NodeId, fragment: &str) -> Result<NodeId, Refused> {
        let mut depth = 1;
        let mut at = parent;
        while let Some(parent) = self.parent(at) {
            (at, depth) = (parent, depth + 1);
        }
        let foreign = self.tree.node(parent).foreign;
        let top = parse(&mut self.tree, fragment, foreign, depth)?;
        let element = self
            .tree
            .children(top)
            .find(|id| self.tree.node(*id).kind == Kind::Element);
        let Some(element) = element else {
            return Err(Refused(tr("An element was expected.")));
        };
        self.tree.unlink(element);
        Ok(element)
    }

    fn reindent(&mut self, fragment: NodeId, indent: Option<&Indent>) -> Result<(), Refused> {
        let Some(indent) = indent else { return Ok(()) };
        for (id, white) in self.reindented(fragment, indent) {
            let span = self.append(&white)?;
            self.tree.node_mut(id).open = span;
        }
        Ok(())
    }

    /// Turns `<a/>` into `<a></a>`.
    fn expand(&mut self, id: NodeId) -> Result<(), Refused> {
        let node = self.tree.node(id);
        if node.close.start != node.close.end {
            return Ok(());
        }
        let tag = self.start_tag(id);
        let open = format!(
            "{}>",
            tag.strip_suffix("/>")
                .unwrap_or(tag)
                .trim_end_matches([' ', '\t', '\r', '\n'])
        );
        let close = format!("</{}>", self.name(id));
        self.set_start_tag(id, &open)?;
        let close = self.append(&close)?;
        self.tree.node_mut(id).close = close;
        Ok(())
    }

    fn text_nodes(&self, id: NodeId) -> Vec<NodeId> {
        let is_text = |id: &NodeId| matches!(self.tree.node(*id).kind, Kind::Text | Kind::Data);
        self.tree.children(id).filter(is_text).collect()
    }

    /// Puts `raw` where the first text that is more than white space stands, and takes away all other text.
    fn set_raw_text(&mut self, id: NodeId, raw: &str, kind: Kind) -> Result<(), Refused> {
        if let Some(child) = self.children(id).next() {
            let names = [("outer", self.name(id)), ("inner", self.name(child))];
            return Err(Refused(tr_f(
                "<{outer}> holds <{inner}>: its text cannot be replaced.",
                &names,
            )));
        }
        let span = self.append(raw)?;
        self.expand(id)?;
        let nodes = self.text_nodes(id);
        let says_something = |id: &&NodeId| !scan::is_blank(self.tree.str(self.tree.node(**id).open));
        let place = nodes.iter().find(says_something).or(nodes.first()).copied();
        for node in nodes {
            if Some(node) != place || raw.is_empty() {
                self.tree.unlink(node);
            }
        }
        match place {
            _ if raw.is_empty() => {}
            Some(place) => {
                let node = self.tree.node_mut(place);
                (node.kind, node.open) = (kind, span);
            }
            None => {
                let new = self.tree.add(Node::new(kind, span));
                self.tree.push(id, new);
            }
        }
        Ok(())
    }

    fn text_node(&mut self, text: &str) -> Result<NodeId, Refused> {
        let span = self.append(text)?;
        Ok(self.tree.add(Node::new(Kind::Text, span)))
    }

    fn set_start_tag(&mut self, id: NodeId, tag: &str) -> Result<(), Refused> {
        let span = self.append(tag)?;
        self.tree.node_mut(id).open = span;
        Ok(())
    }

    fn append(&mut self, text: &str) -> Result<Span, Refused> {
        self.tree
            .append(text)
            .ok_or_else(|| Refused(tr("The document has become too large.")))
    }

    /// The quotes of the element's last attribute, else those that the document begins with.
    fn usual_quote(&self, id: NodeId) -> char {
        let quote_of = |id: NodeId| {
            let last = self.raw_attributes(id).last()?;
            self.start_tag(id)[last.value.end..].chars().next()
        };
        quote_of(id)
            .or_else(|| self.parent(id).and_then(quote_of))
            .or_else(|| self.children(self.root).find_map(quote_of))
            .or_else(|| quote_of(self.root))
            .unwrap_or('\'')
    }
}

fn check(text: &str) -> Result<(), Refused> {
    match text.chars().find(|c| scan::is_forbidden(*c)) {
        Some(c) => {
            let code = format!("U+{:04X}", u32::from(c));
            Err(Refused(tr_f(
                "The character {code} is not allowed in XML.",
                &[("code", &code)],
            )))
        }
        None => Ok(()),
    }
}
