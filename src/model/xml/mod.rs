//! Reading libvirt's definitions with quick-xml: tolerant of everything unknown, strict about well-formedness, and within
//! bounds whatever a host sends.

mod domain;
mod walk;

pub use domain::read_domain;

/// Why a document cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct XmlError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Text as the content of an element or attribute value.
#[must_use]
pub fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
