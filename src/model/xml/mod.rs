//! Definitions as lossless documents: read, looked at through typed views, edited in place, compared and merged.
//!
//! Nothing of a definition is ever rebuilt from values. A [`Document`] keeps the text, views read from it, edits replace
//! the pieces that they name. Whatever a host or a file holds, reading stays within bounds.

mod compare;
mod cover;
mod details;
mod document;
pub mod domain;
mod edit;
mod encoding;
pub mod field;
mod layout;
pub mod lines;
pub mod object;
mod order;
mod parse;
mod place;
mod scan;
mod tree;
pub mod unit;

pub use compare::{Conflict, Difference, differences, merge};
pub use details::read_domain;
pub use document::Document;
pub use edit::{Place, Refused};
pub use encoding::Encoding;
pub use order::order_of;
pub use tree::NodeId;

use crate::i18n::tr_f;

/// Why a document cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct XmlError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl XmlError {
    fn sentence(&self) -> String {
        tr_f(
            "line {line}, column {column}: {message}",
            &[
                ("line", &self.line.to_string()),
                ("column", &self.column.to_string()),
                ("message", &self.message),
            ],
        )
    }
}

/// Text as the content of an element or attribute value.
#[must_use]
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
