//! From text to tree, within bounds: no document type, no entity but XML's own, no recursion.

use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::XmlError;
use super::scan::{self, Wrong};
use super::tree::{Kind, Node, NodeId, Span, Tree};
use crate::i18n::{tr, tr_f};

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
            return Err((
                0,
                tr_f("larger than {size} MiB", &[("size", &(MAX_BYTES >> 20).to_string())]),
            ));
        }
        let base = tree.text.len();
        if tree.append(text).is_none() {
            return Err((0, tr("the document has become too large")));
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
                Event::DocType(_) => return Err((from, tr("document type declarations are refused"))),
                Event::Eof => break,
            }
            if self.tree.nodes.len() > self.limit {
                return Err((
                    from,
                    tr_f("more than {count} parts", &[("count", &MAX_NODES.to_string())]),
                ));
            }
        }
        let end = self.text.len();
        if self.open != self.top {
            let node = self.tree.node(self.open);
            let name = &self.tree.str(node.open)[1..=usize::from(node.name)];
            return Err((
                end,
                tr_f("expected </{name}>: the element is not closed", &[("name", name)]),
            ));
        }
        if self.roots == 0 {
            return Err((end, tr("expected an element")));
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
            return Err((from + 1, tr("expected the name of an element after '<'")));
        }
        if length > scan::MAX_NAME {
            return Err((
                from + 1,
                tr_f(
                    "a name longer than {size} bytes",
                    &[("size", &scan::MAX_NAME.to_string())],
                ),
            ));
        }
        if self.open == self.top {
            self.roots += 1;
            if self.roots > 1 {
                return Err((from, tr("expected the end of the document: more than one root element")));
            }
        }
        if self.depth >= MAX_DEPTH {
            return Err((
                from,
                tr_f("more than {count} levels deep", &[("count", &MAX_DEPTH.to_string())]),
            ));
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
            return Err((from, tr("an end tag without a start tag")));
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
            let message = if self.roots == 0 {
                tr("text before the root element")
            } else {
                tr("text after the root element")
            };
            return Err((from + at, message));
        }
        let wrong = |(at, message): Wrong| (from + at, message);
        scan::check_characters(text).map_err(wrong)?;
        if let Some(reference) = text.strip_prefix('&') {
            let body = reference.strip_suffix(';').unwrap_or(reference);
            scan::check_reference(body).map_err(|message| (from, message))?;
        }
        if let Some(at) = text.find("]]>") {
            return Err((from + at, tr("expected ]]&gt; instead of ']]>' in text")));
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
            return Err((from, tr("text outside of the root element")));
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
            return Err((from + 2, tr("expected the name of a processing instruction after '<?'")));
        }
        if body[..length].eq_ignore_ascii_case("xml") {
            return Err((from, tr("an XML declaration is allowed only at the very beginning")));
        }
        if !body[length..].starts_with([' ', '\t', '\r', '\n', '?']) {
            return Err((from + 2 + length, tr("expected a space or '?>'")));
        }
        self.other(from, to)
    }

    fn declaration(&mut self, from: usize, to: usize) -> Result<(), Wrong> {
        // Only the byte order mark may precede it.
        if from > 0 && !(from == BOM.len_utf8() && self.text.starts_with(BOM)) {
            return Err((from, tr("an XML declaration is allowed only at the very beginning")));
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
            return Err((from + 5, tr("expected version='1.0' in the XML declaration")));
        }
        self.other(from, to)
    }
}

/// What is missing at the end of something that was begun.
fn unclosed(error: &SyntaxError) -> String {
    match error {
        SyntaxError::InvalidBangMarkup => tr("expected a comment or a CDATA section after '<!'"),
        SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => tr("expected '?>': the instruction is not closed"),
        SyntaxError::UnclosedComment => tr("expected '-->': the comment is not closed"),
        SyntaxError::UnclosedCData => tr("expected ']]>': the CDATA section is not closed"),
        SyntaxError::UnclosedDoctype => tr("document type declarations are refused"),
        SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            tr("expected a quote after the value of the attribute")
        }
        _ => tr("expected '>': the tag is not closed"),
    }
}

/// quick-xml's words without its name for the kind of the error.
fn describe(error: &quick_xml::Error) -> String {
    match error {
        quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => {
            tr("expected ';' after '&': write &amp; for the character itself")
        }
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => tr_f(
            "expected </{expected}> instead of </{found}>",
            &[("expected", expected), ("found", found)],
        ),
        quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(name)) => {
            tr_f("the end tag </{name}> has no start tag", &[("name", name)])
        }
        quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => tr("a comment may not hold '--'"),
        quick_xml::Error::Syntax(error) => unclosed(error),
        quick_xml::Error::IllFormed(error) => error.to_string(),
        error => error.to_string(),
    }
}
