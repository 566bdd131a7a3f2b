//! The tree of a document: nodes in one vector, each with the pieces of text that it is written as.
//!
//! The text is a buffer that only grows. What is read or inserted is appended to it once; nodes refer to it by position. An
//! edit appends a new piece and lets one node refer to that one instead: all other nodes keep theirs, to the byte.

use std::ops::Range;

/// A piece of the buffer, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Names a node of one [`super::Document`] for as long as that document lives. A node that was removed keeps its name, but
/// is not part of the document any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The document itself, or what a fragment is read into.
    Top,
    Element,
    /// Text with its references.
    Text,
    Data,
    /// Comment, processing instruction, XML declaration, byte order mark.
    Other,
}

/// One node. Elements have a start tag (`open`) and an end tag (`close`, empty where the start tag ends in `/>`); of all
/// others `open` is all of it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// A default namespace holds here: the name is none of libvirt's.
    pub(super) foreign: bool,
    /// Length of the element's name, which begins after `<`.
    pub(super) name: u16,
    pub(super) open: Span,
    pub(super) close: Span,
    pub(super) parent: Option<NodeId>,
    pub(super) previous: Option<NodeId>,
    pub(super) next: Option<NodeId>,
    pub(super) first: Option<NodeId>,
    pub(super) last: Option<NodeId>,
}

impl Node {
    pub(super) fn new(kind: Kind, open: Span) -> Self {
        Self {
            kind,
            foreign: false,
            name: 0,
            open,
            close: Span::default(),
            parent: None,
            previous: None,
            next: None,
            first: None,
            last: None,
        }
    }
}

/// Nodes and their text.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn has(&self, id: NodeId) -> bool {
        (id.0 as usize) < self.nodes.len()
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub(super) fn str(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    pub(super) fn add(&mut self, node: Node) -> NodeId {
        // A node takes at least a byte of a buffer that `append` keeps within 32 bits.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    /// Puts new text at the end of the buffer; `None` when that is full.
    pub(super) fn append(&mut self, text: &str) -> Option<Span> {
        let start = u32::try_from(self.text.len()).ok()?;
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        self.text.push_str(text);
        Some(Span { start, end })
    }

    /// Makes `child` the last one of `parent`.
    pub(super) fn push(&mut self, parent: NodeId, child: NodeId) {
        self.link(parent, self.node(parent).last, child, None);
    }

    /// Puts a detached node between two neighbours in `parent`.
    pub(super) fn link(&mut self, parent: NodeId, previous: Option<NodeId>, child: NodeId, next: Option<NodeId>) {
        let node = self.node_mut(child);
        (node.parent, node.previous, node.next) = (Some(parent), previous, next);
        match previous {
            Some(previous) => self.node_mut(previous).next = Some(child),
            None => self.node_mut(parent).first = Some(child),
        }
        match next {
            Some(next) => self.node_mut(next).previous = Some(child),
            None => self.node_mut(parent).last = Some(child),
        }
    }

    /// Takes a node with all below it out of the document.
    pub(super) fn unlink(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        let (parent, previous, next) = (node.parent.take(), node.previous.take(), node.next.take());
        let Some(parent) = parent else { return };
        match previous {
            Some(previous) => self.node_mut(previous).next = next,
            None => self.node_mut(parent).first = next,
        }
        match next {
            Some(next) => self.node_mut(next).previous = previous,
            None => self.node_mut(parent).last = previous,
        }
    }

    pub(super) fn children(&self, parent: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(parent).first, |id| self.node(*id).next)
    }

    /// The node after `id` in document order, below `top`; `inside` false leaves out what is below `id`. Calls `leave` for
    /// each node that is complete then.
    pub(super) fn walk(&self, top: NodeId, mut visit: impl FnMut(NodeId, bool)) {
        let mut at = top;
        loop {
            visit(at, true);
            if let Some(first) = self.node(at).first {
                at = first;
                continue;
            }
            loop {
                visit(at, false);
                if at == top {
                    return;
                }
                if let Some(next) = self.node(at).next {
                    at = next;
                    break;
                }
                match self.node(at).parent {
                    Some(parent) => at = parent,
                    None => return,
                }
            }
        }
    }

    /// Writes a node with all below it.
    pub(super) fn write(&self, id: NodeId, out: &mut String) {
        // Pieces that lie side by side in the buffer go out at once: a document that was not edited is one copy.
        let mut pending = Span::default();
        self.walk(id, |id, enters| {
            let node = self.node(id);
            let piece = if enters { node.open } else { node.close };
            if piece.start == piece.end {
                return;
            }
            if pending.end == piece.start {
                pending.end = piece.end;
            } else {
                out.push_str(self.str(pending));
                pending = piece;
            }
        });
        out.push_str(self.str(pending));
    }
}
