//! A `<domain>`: its devices, its settings, and the changes that need more than one value to be right.

mod boot;
mod change;
mod controller;
mod device;
mod disk;
pub mod fields;
mod folder;
mod identity;
mod image;
mod memory;
mod metadata;
mod nic;
mod numa;
mod port;
mod processor;
mod retype;
mod socket;
mod source;
mod target;
mod thread;
mod vcpu;

use uuid::Uuid;

pub use change::DomainChange;
pub use device::{Device, DeviceKind};
pub use image::DiskImage;
pub use nic::normal_mac;
pub use numa::Cell;
pub use processor::Level;
pub use retype::Parts;
pub use target::free_target;

use super::{Document, NodeId, Refused, XmlError};
use crate::i18n::{tr, tr_f};

/// A machine's definition. Values are read and set through [`Document::get`] and [`Document::set`] with the fields in
/// [`fields`]; what must stay consistent has a method here.
#[derive(Debug, Clone)]
pub struct Domain {
    document: Document,
}

impl Domain {
    /// Reads a definition.
    ///
    /// # Errors
    /// As [`Document::parse`]; and where it is no `<domain>`.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        let document = Document::parse(text)?;
        let root = document.root();
        if document.is(root, "domain") {
            return Ok(Self { document });
        }
        let (line, column) = document.position(root);
        Err(XmlError {
            line,
            column,
            message: "expected a <domain> document".to_owned(),
        })
    }

    /// Takes a document that was read elsewhere.
    ///
    /// # Errors
    /// Where it is no `<domain>`.
    pub fn new(document: Document) -> Result<Self, Refused> {
        if document.is(document.root(), "domain") {
            return Ok(Self { document });
        }
        Err(Refused(tr(
            "This is not the definition of a machine: it should begin with <domain>.",
        )))
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The document, to be changed.
    pub fn document_mut(&mut self) -> &mut Document {
        &mut self.document
    }

    /// Gives the document back.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    /// The name; empty where there is none.
    #[must_use]
    pub fn name(&self) -> String {
        self.document.value(self.document.root(), "name").unwrap_or_default()
    }

    /// The identity, where the definition has one.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        self.document.value(self.document.root(), "uuid")?.parse().ok()
    }

    /// The kind of hypervisor: `kvm`, `qemu`, `xen`, `lxc` …
    #[must_use]
    pub fn hypervisor(&self) -> String {
        self.document
            .attribute(self.document.root(), "type")
            .unwrap_or_default()
            .into_owned()
    }

    fn child(&self, name: &str) -> Option<NodeId> {
        self.document.child(self.document.root(), name)
    }

    /// The element below the root, made where it is missing.
    fn ensure(&mut self, name: &str) -> Result<NodeId, Refused> {
        match self.child(name) {
            Some(id) => Ok(id),
            None => self
                .document
                .insert_ordered(self.document.root(), &format!("<{name}/>")),
        }
    }
}

/// Refuses lines of a table that have less than `columns` texts, whose first text is empty or comes twice.
fn lines_of(lines: &[Vec<String>], columns: usize) -> Result<(), Refused> {
    for (at, line) in lines.iter().enumerate() {
        let key = line.first().map(|key| key.trim()).unwrap_or_default();
        if key.is_empty() || line.len() < columns {
            return Err(Refused(tr("A line of the table is not filled in.")));
        }
        if lines[..at].iter().any(|other| other[0].trim() == key) {
            return Err(Refused(tr_f("“{entry}” is there twice.", &[("entry", key)])));
        }
    }
    Ok(())
}
