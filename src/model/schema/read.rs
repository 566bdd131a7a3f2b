//! RelaxNG in its XML form, within bounds.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::DocumentKind;
use super::grammar::{Id, Pattern, Schema};
use crate::model::xml::{Document, NodeId, XmlError};

/// libvirt's largest file is 243 kB, and a grammar takes ten of them.
const MAX_BYTES: u64 = 4 << 20;
const MAX_FILES: usize = 64;

/// Why a grammar cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A file is not there or cannot be read.
    #[error("{0} cannot be read")]
    Missing(String),
    /// A file is no XML.
    #[error("{0}: {1}")]
    Malformed(String, XmlError),
    /// It includes more than any grammar of libvirt does.
    #[error("the schema includes too much")]
    TooLarge,
}

impl Schema {
    /// Reads the grammar for documents of a kind from a folder. Blocks: not for the main thread.
    ///
    /// # Errors
    /// Where a file is missing, is no XML or is larger than it should be.
    pub fn load(folder: &Path, kind: DocumentKind) -> Result<Self, SchemaError> {
        Self::read(kind.file(), |name| {
            let mut text = String::new();
            let file = fs::File::open(folder.join(name)).ok()?;
            file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
            Some(text)
        })
    }

    /// Reads a grammar whose files are got by `open`: they lie in one folder.
    ///
    /// # Errors
    /// As [`Schema::load`].
    pub fn read(file: &str, open: impl Fn(&str) -> Option<String>) -> Result<Self, SchemaError> {
        let mut reader = Reader {
            schema: Self::default(),
            starts: HashMap::new(),
            open,
        };
        reader.file(file)?;
        let mut schema = reader.schema;
        schema.start = reader.starts.remove(file).unwrap_or_default();
        Ok(schema)
    }
}

struct Reader<F> {
    schema: Schema,
    /// Where each file that was read begins.
    starts: HashMap<String, Vec<Id>>,
    open: F,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn file(&mut self, name: &str) -> Result<(), SchemaError> {
        if self.starts.contains_key(name) {
            return Ok(());
        }
        if self.starts.len() >= MAX_FILES {
            return Err(SchemaError::TooLarge);
        }
        self.starts.insert(name.to_owned(), Vec::new());
        // A grammar is a file beside the one that includes it.
        let text = Some(name)
            .filter(|name| !name.contains('/'))
            .and_then(|name| (self.open)(name))
            .ok_or_else(|| SchemaError::Missing(name.to_owned()))?;
        let document = Document::parse(&text).map_err(|error| SchemaError::Malformed(name.to_owned(), error))?;
        let starts = self.grammar(&document, document.root())?;
        self.starts.insert(name.to_owned(), starts);
        Ok(())
    }

    /// Reads definitions; gives what stands at the start.
    fn grammar(&mut self, document: &Document, grammar: NodeId) -> Result<Vec<Id>, SchemaError> {
        let mut starts = Vec::new();
        for node in document.children(grammar) {
            match document.local_name(node) {
                "start" => starts.extend(self.children(document, node)?),
                "define" => {
                    let name = attribute(document, node, "name");
                    let place = self.schema.definition(&name);
                    let content = self.children(document, node)?;
                    self.schema.definitions[place].extend(content);
                }
                "include" => {
                    let file = attribute(document, node, "href");
                    self.file(&file)?;
                    starts.extend(self.starts.get(&file).into_iter().flatten().copied());
                    starts.extend(self.grammar(document, node)?);
                }
                "div" => starts.extend(self.grammar(document, node)?),
                _ => {}
            }
        }
        Ok(starts)
    }

    fn children(&mut self, document: &Document, parent: NodeId) -> Result<Vec<Id>, SchemaError> {
        let nodes: Vec<_> = document.children(parent).collect();
        nodes
            .into_iter()
            .filter_map(|node| self.pattern(document, node).transpose())
            .collect()
    }

    /// As deep as the document, which is bounded.
    fn pattern(&mut self, document: &Document, node: NodeId) -> Result<Option<Id>, SchemaError> {
        let pattern = match document.local_name(node) {
            kind @ ("element" | "attribute") => {
                let names = names(document, node);
                let content = self.children(document, node)?;
                if kind == "element" {
                    Pattern::Element(names, content)
                } else {
                    Pattern::Attribute(names, content)
                }
            }
            "choice" => Pattern::Choice(self.children(document, node)?),
            "group" | "interleave" | "optional" | "zeroOrMore" | "oneOrMore" | "mixed" | "list" => {
                Pattern::All(self.children(document, node)?)
            }
            "ref" | "parentRef" => {
                let name = attribute(document, node, "name");
                Pattern::Reference(self.schema.definition(&name))
            }
            "grammar" => Pattern::All(self.grammar(document, node)?),
            "externalRef" => {
                let file = attribute(document, node, "href");
                self.file(&file)?;
                Pattern::All(self.starts.get(&file).cloned().unwrap_or_default())
            }
            "value" => Pattern::Value(document.text(node).trim().to_owned()),
            "text" | "data" => Pattern::Text,
            _ => return Ok(None),
        };
        Ok(Some(self.schema.add(pattern)))
    }
}

fn attribute(document: &Document, node: NodeId, name: &str) -> String {
    document.attribute(node, name).unwrap_or_default().trim().to_owned()
}

/// The names that an element or attribute may have; none where the grammar allows any.
fn names(document: &Document, node: NodeId) -> Vec<String> {
    if let Some(name) = document.attribute(node, "name") {
        return vec![name.trim().to_owned()];
    }
    let Some(class) = document.children(node).next() else {
        return Vec::new();
    };
    match document.local_name(class) {
        "name" => vec![document.text(class).trim().to_owned()],
        "choice" => document
            .children(class)
            .filter(|name| document.local_name(*name) == "name")
            .map(|name| document.text(name).trim().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}
