//! The document: what is in it.

use std::borrow::Cow;
use std::fmt;

use super::parse::{self, parse};
use super::scan;
use super::tree::{Kind, NodeId, Tree};
use super::{Encoding, XmlError};

/// A definition as a text and a tree over it. Written back unchanged it is the same text, to the byte; an edit changes what
/// it names and nothing else.
///
/// Elements are found by the names of libvirt's schema: `<disk>` is one, `<x:disk>` and a `<disk>` under a default namespace
/// are not. All methods take nodes of this document; a node that was removed can still be asked.
#[derive(Clone)]
pub struct Document {
    pub(super) tree: Tree,
    pub(super) top: NodeId,
    pub(super) root: NodeId,
    pub(super) encoding: Encoding,
}

impl Document {
    /// Reads a document. What the XML declaration says about the encoding is kept, and doesn't matter: the text is read
    /// already. For the bytes of a file see [`Document::from_bytes`].
    ///
    /// # Errors
    /// Where it is not well-formed, has a document type, or is beyond the bounds of size and depth: with line, column and
    /// what was expected there.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        let mut tree = Tree::default();
        let top = parse(&mut tree, text, false, 0)?;
        let root = tree.children(top).find(|id| tree.node(*id).kind == Kind::Element);
        match root {
            Some(root) => Ok(Self {
                tree,
                top,
                root,
                encoding: Encoding::Utf8,
            }),
            None => Err(parse::error_at(text, text.len(), "expected an element".to_owned())),
        }
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Name of an element as it is written, with its prefix; empty for what is no element.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &str {
        let node = self.tree.node(id);
        match node.kind {
            Kind::Element => &self.tree.str(node.open)[1..=usize::from(node.name)],
            _ => "",
        }
    }

    /// Name of an element without its prefix.
    #[must_use]
    pub fn local_name(&self, id: NodeId) -> &str {
        let name = self.name(id);
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// Whether this is the element that libvirt's schema calls so.
    #[must_use]
    pub fn is(&self, id: NodeId, name: &str) -> bool {
        !self.tree.node(id).foreign && self.name(id) == name
    }

    /// The namespace of an element: its URI, or `None` where it has none.
    #[must_use]
    pub fn namespace(&self, id: NodeId) -> Option<String> {
        let declaration = match self.name(id).split_once(':') {
            Some((prefix, _)) => Cow::Owned(format!("xmlns:{prefix}")),
            None => Cow::Borrowed("xmlns"),
        };
        let mut at = Some(id);
        while let Some(id) = at {
            if let Some(uri) = self.attribute(id, &declaration) {
                return (!uri.is_empty()).then(|| uri.into_owned());
            }
            at = self.parent(id);
        }
        None
    }

    /// The element around this one; `None` for the root.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.tree
            .node(id)
            .parent
            .filter(|parent| self.tree.node(*parent).kind == Kind::Element)
    }

    /// Whether the node is a part of the document still. A node of a copy that has gone on may be asked for, too.
    #[must_use]
    pub fn contains(&self, id: NodeId) -> bool {
        if !self.tree.has(id) {
            return false;
        }
        let mut at = id;
        while let Some(parent) = self.tree.node(at).parent {
            at = parent;
        }
        at == self.top
    }

    /// All elements directly inside, in their order.
    pub fn children(&self, parent: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.tree
            .children(parent)
            .filter(|id| self.tree.node(*id).kind == Kind::Element)
    }

    /// The elements of this name directly inside.
    pub fn children_named<'d>(&'d self, parent: NodeId, name: &'d str) -> impl Iterator<Item = NodeId> + 'd {
        self.children(parent).filter(move |id| self.is(*id, name))
    }

    /// The first element of this name directly inside: the one that libvirt reads where there are several.
    #[must_use]
    pub fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        self.children(parent).find(|id| self.is(*id, name))
    }

    /// The first element at a path of names separated by `/`.
    #[must_use]
    pub fn find(&self, from: NodeId, path: &str) -> Option<NodeId> {
        path.split('/').try_fold(from, |at, name| self.child(at, name))
    }

    /// All elements below `from`, itself first, in document order.
    #[must_use]
    pub fn descendants(&self, from: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        self.tree.walk(from, |id, enters| {
            if enters && self.tree.node(id).kind == Kind::Element {
                found.push(id);
            }
        });
        found
    }

    /// The value of an attribute by its name as it is written, with its prefix.
    #[must_use]
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<Cow<'_, str>> {
        self.attributes(id)
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value)
    }

    /// All attributes with their values, declarations of namespaces included.
    pub fn attributes(&self, id: NodeId) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let tag = self.start_tag(id);
        self.raw_attributes(id)
            .map(move |attribute| (&tag[attribute.name], scan::attribute_value(&tag[attribute.value])))
    }

    /// The element's own text, without that of elements inside and without comments.
    #[must_use]
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        let mut text = Cow::Borrowed("");
        for child in self.tree.children(id) {
            let piece = self.tree.str(self.tree.node(child).open);
            let piece = match self.tree.node(child).kind {
                Kind::Text => scan::text_value(piece),
                Kind::Data if piece.contains('\r') => Cow::Owned(scan::line_feeds(data_of(piece))),
                Kind::Data => Cow::Borrowed(data_of(piece)),
                _ => continue,
            };
            if text.is_empty() {
                text = piece;
            } else {
                text.to_mut().push_str(&piece);
            }
        }
        text
    }

    /// The text of the first element at a path, without white space around it; `None` where there is no such element.
    #[must_use]
    pub fn value(&self, from: NodeId, path: &str) -> Option<String> {
        Some(self.text(self.find(from, path)?).trim().to_owned())
    }

    /// The element as it is written.
    #[must_use]
    pub fn source(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.tree.write(id, &mut out);
        out
    }

    /// Line and column (from 1, in characters) at which an element begins. It writes the document: not for loops.
    #[must_use]
    pub fn position(&self, id: NodeId) -> (usize, usize) {
        let mut before = 0;
        let mut found = false;
        self.tree.walk(self.top, |at, enters| {
            found |= at == id;
            if !found {
                let node = self.tree.node(at);
                let piece = if enters { node.open } else { node.close };
                before += (piece.end - piece.start) as usize;
            }
        });
        parse::position(&self.to_string(), before)
    }

    /// Nothing in it but white space.
    pub(super) fn is_hollow(&self, id: NodeId) -> bool {
        self.tree.children(id).all(|child| {
            let node = self.tree.node(child);
            node.kind == Kind::Text && scan::is_blank(self.tree.str(node.open))
        })
    }

    pub(super) fn start_tag(&self, id: NodeId) -> &str {
        self.tree.str(self.tree.node(id).open)
    }

    pub(super) fn raw_attributes(&self, id: NodeId) -> impl Iterator<Item = scan::RawAttribute> + '_ {
        let node = self.tree.node(id);
        let tag = if node.kind == Kind::Element {
            self.tree.str(node.open)
        } else {
            ""
        };
        // The parser has refused what is not sound.
        scan::Attributes::new(tag, tag.len().min(1 + usize::from(node.name))).filter_map(Result::ok)
    }
}

fn data_of(piece: &str) -> &str {
    let piece = piece.strip_prefix("<![CDATA[").unwrap_or(piece);
    piece.strip_suffix("]]>").unwrap_or(piece)
}

/// The text of the document.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source(self.top))
    }
}

/// Without the text: it may hold passwords.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document(<{}>)", self.name(self.root))
    }
}
