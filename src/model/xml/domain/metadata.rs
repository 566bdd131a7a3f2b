//! What programs keep in a definition: one element for each namespace below `<metadata>`.

use super::Domain;
use crate::i18n::{tr, tr_f};
use crate::model::xml::scan::escape_attribute;
use crate::model::xml::{Document, NodeId, Place, Refused};

impl Domain {
    /// The element of a namespace below `<metadata>`.
    #[must_use]
    pub fn metadata(&self, uri: &str) -> Option<NodeId> {
        let document = self.document();
        let metadata = self.child("metadata")?;
        document
            .children(metadata)
            .find(|id| document.namespace(*id).as_deref() == Some(uri))
    }

    /// Sets the element of a namespace as `virDomainSetMetadata` does: elements of `xml` without a namespace get this one,
    /// under the prefix `key`. An empty `xml` removes it. Other programs' elements stay.
    ///
    /// # Errors
    /// Where the namespace is empty, the prefix is none, or `xml` is not one well-formed element.
    pub fn set_metadata(&mut self, key: &str, uri: &str, xml: &str) -> Result<(), Refused> {
        if uri.is_empty() {
            return Err(Refused(tr("The namespace is empty.")));
        }
        let known = self.metadata(uri);
        if xml.trim().is_empty() {
            if let Some(known) = known {
                self.document_mut().remove(known);
            }
            let hollow = self
                .child("metadata")
                .filter(|id| known.is_some() && self.document().is_bare(*id));
            if let Some(metadata) = hollow {
                self.document_mut().remove(metadata);
            }
            return Ok(());
        }
        let is_prefix = |key: &str| !key.contains(':') && crate::model::xml::scan::is_name(key);
        if !is_prefix(key) || key.to_ascii_lowercase().starts_with("xml") {
            return Err(Refused(tr_f("“{key}” is no prefix for a namespace.", &[("key", key)])));
        }
        let element = with_namespace(xml, key, uri)?;
        match known {
            Some(known) if self.document().source(known) == element => Ok(()),
            Some(known) => self.document_mut().replace(known, &element).map(drop),
            None => {
                let metadata = self.ensure("metadata")?;
                self.document_mut().insert(metadata, Place::Last, &element).map(drop)
            }
        }
    }
}

/// The element with all names in the namespace that had none.
fn with_namespace(xml: &str, key: &str, uri: &str) -> Result<String, Refused> {
    let mut fragment = Document::parse(xml)?;
    let root = fragment.root();
    match fragment.namespace(root) {
        Some(own) if own == uri => return Ok(fragment.source(root)),
        Some(own) => {
            return Err(Refused(tr_f(
                "The element is in another namespace: {namespace}.",
                &[("namespace", &own)],
            )));
        }
        None if fragment.name(root).contains(':') => {
            return Err(Refused(tr_f(
                "The prefix of <{name}> is not declared.",
                &[("name", fragment.name(root))],
            )));
        }
        None => {}
    }
    let plain: Vec<_> = fragment
        .descendants(root)
        .into_iter()
        .filter(|id| !fragment.name(*id).contains(':') && fragment.namespace(*id).is_none())
        .collect();
    for id in plain {
        let name = format!("{key}:{}", fragment.name(id));
        fragment.rename(id, &name)?;
    }
    let source = fragment.source(root);
    let name = fragment.name(root).len() + 1;
    Ok(format!(
        "{} xmlns:{key}='{}'{}",
        &source[..name],
        escape_attribute(uri, '\''),
        &source[name..]
    ))
}
