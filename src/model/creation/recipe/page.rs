//! Text of a definition while it is written.

use std::fmt::Write;

/// Lines with their indentation.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    depth: usize,
}

impl Page {
    /// A line.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:1$}{2}", "", self.depth * 2, text.as_ref());
    }

    /// An element with others inside: `open` is its start tag without the brackets.
    pub(super) fn element(&mut self, open: &str, inner: impl FnOnce(&mut Self)) {
        self.line(format!("<{open}>"));
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        let name = open.split_whitespace().next().unwrap_or(open);
        self.line(format!("</{name}>"));
    }

    /// All lines.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
