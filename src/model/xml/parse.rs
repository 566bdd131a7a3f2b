//! From text to tree, within bounds: no document type, no entity but XML's own, no recursion.

use quick_xml::errors::IllFormedError;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::XmlError;
use super::scan::{self, Wrong};
use super::tree::{Kind, Node, NodeId, Span, Tree};

/// Definitions are tens of kilobytes; whoever sends more than this is broken or hostile.
pub(super) const MAX_BYTES: usize = 8 << 20;
/// libvirt's own schema nests about ten levels deep.
pub(super) const MAX_DEPTH: usize = 256;
/// A machine with 20,000 disks has 200,000 of them.
const MAX_NODES: usize = 1_500_000;

const BOM: char = '\u{feff}';

/// Reads `text` to the end of the tree's buffer. Gives a detached top node with everything below it, exactly one element
/// among its children. `foreign` says whether a default namespace holds where it will stand, `depth` how deep that is.
pub(super) fn parse(tree: &mut Tree, text: &str, foreign: bool, depth: usize) -> Result<NodeId, XmlError> {
    let (nodes, bytes) = (tree.nodes.len(), tree.text.len());
    let result = Parser::new(tree, text, foreign, depth).and_then(Parser::run);
    if result.is_err() {
        tree.nodes.truncate(nodes);
        tree.text.truncate(bytes);
    }
    result.map_err(|(at, message)| error_at(text, at, message))
}

/// Turns a byte offset into line and column.
pub(super) fn error_at(text: &str, offset: usize, message: String) -> XmlError {
    let (line, column) = position(text, offset);
    XmlError { line, column, message }
}

/// Line and column of a byte, both from 1, the column in characters. A byte order mark is no character.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[start..].chars().filter(|c| *c != BOM).count() + 1)
}

struct Parser<'t, 'x> {
    tree: &'t mut Tree,
    /// All that is read, and where it begins in the tree's buffer.
    text: &'x str,
    base: usize,
    top: NodeId,
    /// The innermost open element.
    open: NodeId,
    depth: usize,
    roots: usize,
    limit: usize,
}

impl<'t, 'x> Parser<'t, 'x> {
    fn new(tree: &'t mut Tree, text: &'x str, foreign: bool, depth: usize) -> Result<Self, Wrong> {
        if text.len() > MAX_BYTES {
            return Err((0, format!("larger than {} MiB", MAX_BYTES >> 20)));
        }
        let base = tree.text.len();
        if tree.append(text).is_none() {
            return Err((0, "the document has become too large".to_owned()));
        }
        let mut node = Node::new(Kind::Top, Span::default());
        node.foreign = foreign;
        let limit = tree.nodes.len() + MAX_NODES;
        let top = tree.add(node);
        Ok(Self {
            tree,
            text,
            base,
            top,
            open: top,
            depth,
            roots: 0,
            limit,
        })
    }

    fn run(mut self) -> Result<NodeId, Wrong> {
        let start = if self.text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
        if start > 0 {
            self.leaf(Kind::Other, 0, start);
        }
        let mut reader = Reader::from_str(&self.text[start..]);
        reader.config_mut().check_comments = true;
        let place = |at: u64| start + usize::try_from(at).unwrap_or(usize::MAX - start);
        loop {
            let from = place(reader.buffer_position());
            let event = reader.read_event();
            let event = event.map_err(|error| (place(reader.error_position()), describe(&error)))?;
            let to = place(reader.buffer_position());
            match event {
                Event::Start(_) => self.start(from, to, false)?,
                Event::Empty(_) => self.start(from, to, true)?,
                Event::End(_) => self.end(from, to)?,
                Event::Text(_) | Event::GeneralRef(_) => self.characters(from, to)?,
                Event::CData(_) => self.data(from, to)?,
                Event::Comment(_) => self.other(from, to)?,
                Event::PI(_) => self.instruction(from, to)?,
                Event::Decl(_) => self.declaration(from, to)?,
                Event::DocType(_) => return Err((from, "document type declarations are refused".to_owned())),
                Event::Eof => break,
            }
            if self.tree.nodes.len() > self.limit {
                return Err((from, format!("more than {MAX_NODES} parts")));
            }
        }
        let end = self.text.len();
        if self.open != self.top {
            let node = self.tree.node(self.open);
            let name = &self.tree.str(node.open)[1..=usize::from(node.name)];
            return Err((end, format!("expected </{name}>: the element is not closed")));
        }
        if self.roots == 0 {
            return Err((end, "expected an element".to_owned()));
        }
        Ok(self.top)
    }

    fn leaf(&mut self, kind: Kind, from: usize, to: usize) -> NodeId {
        let mut node = Node::new(kind, self.span(from, to));
        node.foreign = self.tree.node(self.open).foreign;
        let id = self.tree.add(node);
        self.tree.push(self.open, id);
        id
    }

    fn span(&self, from: usize, to: usize) -> Span {
        // `append` has made sure that all positions fit.
        let place = |at: usize| u32::try_from(self.base + at).unwrap_or(u32::MAX);
        Span {
            start: place(from),
            end: place(to),
        }
    }

    fn start(&mut self, from: usize, to: usize, is_empty: bool) -> Result<(), Wrong> {
        let tag = &self.text[from..to];
        let length = scan::name_length(&tag[1..]);
        if length == 0 {
            return Err((from + 1, "expected the name of an element after '<'".to_owned()));
        }
        if length > scan::MAX_NAME {
            return Err((from + 1, format!("a name longer than {} bytes", scan::MAX_NAME)));
        }
        if self.open == self.top {
            self.roots += 1;
            if self.roots > 1 {
                return Err((
                    from,
                    "expected the end of the document: more than one root element".to_owned(),
                ));
            }
        }
        if self.depth >= MAX_DEPTH {
            return Err((from, format!("more than {MAX_DEPTH} levels deep")));
        }
        let declared = scan::check_attributes(tag, 1 + length).map_err(|(at, message)| (from + at, message))?;
        let id = self.leaf(Kind::Element, from, to);
        let node = self.tree.node_mut(id);
        node.name = u16::try_from(length).unwrap_or(u16::MAX);
        node.foreign = declared.unwrap_or(node.foreign);
        if !is_empty {
            self.open = id;
            self.depth += 1;
        }
        Ok(())
    }

    fn end(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        // quick-xml has compared the names.
        let span = self.span(from, to);
        let node = self.tree.node_mut(self.open);
        node.close = span;
        let Some(parent) = node.parent else {
            return Err((from, "an end tag without a start tag".to_owned()));
        };
        self.open = parent;
        self.depth -= 1;
        Ok(())
    }

    fn characters(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        let text = &self.text[from..to];
        if self.open == self.top
            && let Some(at) = text.find(|c: char| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        {
            let place = if self.roots == 0 { "before" } else { "after" };
            return Err((from + at, format!("text {place} the root element")));
        }
        let wrong = |(at, message): Wrong| (from + at, message);
        scan::check_characters(text).map_err(wrong)?;
        if let Some(reference) = text.strip_prefix('&') {
            let body = reference.strip_suffix(';').unwrap_or(reference);
            scan::check_reference(body).map_err(|message| (from, message))?;
        }
        if let Some(at) = text.find("]]>") {
            return Err((from + at, "expected ]]&gt; instead of ']]>' in text".to_owned()));
        }
        // Text and references side by side are one node.
        let span = self.span(from, to);
        if let Some(last) = self.tree.node(self.open).last
            && self.tree.node(last).kind == Kind::Text
        {
            self.tree.node_mut(last).open.end = span.end;
        } else {
            self.leaf(Kind::Text, from, to);
        }
        Ok(())
    }

    fn data(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        if self.open == self.top {
            return Err((from, "text outside of the root element".to_owned()));
        }
        scan::check_characters(&self.text[from..to]).map_err(|(at, message)| (from + at, message))?;
        self.leaf(Kind::Data, from, to);
        Ok(())
    }

    fn other(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        scan::check_characters(&self.text[from..to]).map_err(|(at, message)| (from + at, message))?;
        self.leaf(Kind::Other, from, to);
        Ok(())
    }

    fn instruction(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        let body = &self.text[from + 2..to];
        let length = scan::name_length(body);
        if length == 0 {
            return Err((
                from + 2,
                "expected the name of a processing instruction after '<?'".to_owned(),
            ));
        }
        if body[..length].eq_ignore_ascii_case("xml") {
            return Err((
                from,
                "an XML declaration is allowed only at the very beginning".to_owned(),
            ));
        }
        if !body[length..].starts_with([' ', '\t', '\r', '\n', '?']) {
            return Err((from + 2 + length, "expected a space or '?>'".to_owned()));
        }
        self.other(from, to)
    }

    fn declaration(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        // Only the byte order mark may precede it.
        if from > 0 && !(from == BOM.len_utf8() && self.text.starts_with(BOM)) {
            return Err((
                from,
                "an XML declaration is allowed only at the very beginning".to_owned(),
            ));
        }
        // "<?xml version=…?>" is scanned like a start tag that ends in "/>".
        let body = self.text[from + 1..to - 2].replace('?', " ");
        let tag = format!("<{body}>");
        let mut names = Vec::new();
        for attribute in scan::Attributes::new(&tag, "<?xml".len()) {
            let attribute = attribute.map_err(|(at, message)| (from + at, message))?;
            names.push(tag[attribute.name].to_owned());
        }
        if names.first().map(String::as_str) != Some("version") {
            return Err((from + 5, "expected version='1.0' in the XML declaration".to_owned()));
        }
        self.other(from, to)
    }
}

/// quick-xml's words without its name for the kind of the error.
fn describe(error: &quick_xml::Error) -> String {
    match error {
        quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => {
            "expected ';' after '&': write &amp; for the character itself".to_owned()
        }
        quick_xml::Error::Syntax(error) => error.to_string(),
        quick_xml::Error::IllFormed(error) => error.to_string(),
        error => error.to_string(),
    }
}
