//! White space: what is inserted stands like its neighbours, what is removed takes its own line with it.

use super::Document;
use super::scan::is_blank;
use super::tree::{Kind, NodeId};

const UNIT: &str = "  ";

/// How lines begin where something will stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Indent {
    /// Line end and indentation, as in "\n    ".
    pub(super) lead: String,
    /// What each level adds.
    pub(super) unit: String,
}

impl Indent {
    fn line_end(&self) -> &str {
        if self.lead.starts_with('\r') { "\r\n" } else { "\n" }
    }
}

/// The part of white space that makes the last line: from its line end on.
fn last_line(text: &str) -> Option<&str> {
    let newline = text.rfind('\n')?;
    let start = if text[..newline].ends_with('\r') {
        newline - 1
    } else {
        newline
    };
    is_blank(&text[start..]).then(|| &text[start..])
}

impl Document {
    /// Line end and indentation before a node that begins its line.
    pub(super) fn lead(&self, id: NodeId) -> Option<&str> {
        let previous = self.tree.node(self.tree.node(id).previous?);
        if previous.kind != Kind::Text {
            return None;
        }
        last_line(self.tree.str(previous.open))
    }

    /// Whether nothing but the end of the line follows a node.
    pub(super) fn ends_line(&self, id: NodeId) -> bool {
        let Some(next) = self.tree.node(id).next else {
            return true;
        };
        let next = self.tree.node(next);
        if next.kind != Kind::Text {
            return false;
        }
        let text = self.tree.str(next.open);
        is_blank(text.split('\n').next().unwrap_or_default()) && text.contains('\n')
    }

    /// The last node on the line of `id`: a comment behind an element belongs to it.
    pub(super) fn end_of_line(&self, id: NodeId) -> NodeId {
        let (mut end, mut at) = (id, id);
        while let Some(next) = self.tree.node(at).next {
            at = next;
            let node = self.tree.node(at);
            match node.kind {
                Kind::Text if is_blank(self.tree.str(node.open)) && !self.tree.str(node.open).contains('\n') => {}
                Kind::Other => end = at,
                _ => break,
            }
        }
        end
    }

    /// The indentation of an element that begins its line. The root counts as one if the document has lines at all.
    pub(super) fn indent(&self, id: NodeId) -> Option<Indent> {
        let lead = match self.lead(id) {
            Some(lead) => lead.to_owned(),
            None if id == self.root => self.line_end()?.to_owned(),
            None => return None,
        };
        Some(Indent {
            unit: self.unit(id, &lead),
            lead,
        })
    }

    /// The indentation for a first child of `parent`.
    pub(super) fn inner_indent(&self, parent: NodeId) -> Option<Indent> {
        let outer = self.indent(parent)?;
        Some(Indent {
            lead: outer.lead + &outer.unit,
            unit: outer.unit,
        })
    }

    /// What one level adds to `lead`, learnt from the element around, else from the root's children.
    fn unit(&self, id: NodeId, lead: &str) -> String {
        let around = self.parent(id).and_then(|parent| match self.lead(parent) {
            Some(outer) => lead.strip_prefix(outer),
            None if parent == self.root => Some(lead.trim_start_matches(['\r', '\n'])),
            None => None,
        });
        let of_root = || self.children(self.root).find_map(|child| self.lead(child));
        around
            .or_else(|| of_root().map(|lead| lead.trim_start_matches(['\r', '\n'])))
            .filter(|unit| !unit.is_empty())
            .unwrap_or(UNIT)
            .to_owned()
    }

    fn line_end(&self) -> Option<&'static str> {
        let text = &self.tree.text;
        let at = text.find('\n')?;
        Some(if text[..at].ends_with('\r') { "\r\n" } else { "\n" })
    }

    /// White space inside of a fragment that moves it below `indent`: (node, new text).
    pub(super) fn reindented(&self, fragment: NodeId, indent: &Indent) -> Vec<(NodeId, String)> {
        let mut changes = Vec::new();
        let mut depth = 0;
        self.tree.walk(fragment, |id, enters| {
            let node = self.tree.node(id);
            match (node.kind, enters) {
                (Kind::Element, true) => depth += 1,
                (Kind::Element, false) => depth -= 1,
                (Kind::Text, true) => {
                    let text = self.tree.str(node.open);
                    let lines = text.matches('\n').count();
                    if lines == 0
                        || !is_blank(text)
                        || !node.parent.is_some_and(|parent| self.has_only_elements(parent))
                    {
                        return;
                    }
                    let level = if node.next.is_some() { depth } else { depth - 1 };
                    let lead = indent.lead.trim_start_matches(['\r', '\n']);
                    let new = indent.line_end().repeat(lines) + lead + &indent.unit.repeat(level);
                    changes.push((id, new));
                }
                _ => {}
            }
        });
        changes
    }

    /// Whether white space inside of an element means nothing: there is an element, and no text.
    fn has_only_elements(&self, parent: NodeId) -> bool {
        let mut has_element = false;
        for child in self.tree.children(parent) {
            let node = self.tree.node(child);
            match node.kind {
                Kind::Element => has_element = true,
                Kind::Data => return false,
                Kind::Text if !is_blank(self.tree.str(node.open)) => return false,
                _ => {}
            }
        }
        has_element
    }
}
