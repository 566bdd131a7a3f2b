//! What of a document the schema doesn't know: names, and values where the schema lists them. Whether all that has to be there is
//! there, and in the right number, is told by libvirt itself when the document is applied.

use super::DocumentKind;
use super::grammar::{Id, Pattern, Schema};
use crate::i18n::tr_f;
use crate::model::xml::{Document, NodeId};

/// More than these nobody reads, and each takes the time to find its line.
const MOST: usize = 50;

/// Something that the schema doesn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1, on which its element begins.
    pub line: usize,
    /// A sentence about it.
    pub text: String,
}

impl Schema {
    /// Looks for names and values that no document of this kind may have where they stand; in the order of the document, at
    /// most fifty. What other namespaces add is passed over.
    #[must_use]
    pub fn check(&self, kind: DocumentKind, document: &Document) -> Vec<Finding> {
        let mut variants: Vec<&[Id]> = vec![&self.start];
        for name in kind.around() {
            variants = self.inside(&self.content(&variants, &[]).elements, name).0;
        }
        let mut findings = Vec::new();
        let root = document.root();
        let (own, any) = self.inside(&self.content(&variants, &[]).elements, document.local_name(root));
        if own.is_empty() && !any {
            findings.push(unknown_element(document, root));
            return findings;
        }
        let mut waiting = vec![(root, own)];
        while let Some((node, variants)) = waiting.pop() {
            if findings.len() >= MOST {
                break;
            }
            let attributes: Vec<(String, String)> = document
                .attributes(node)
                .map(|(name, value)| (name.to_owned(), value.into_owned()))
                .collect();
            let plain = attributes
                .iter()
                .filter(|(name, _)| !name.contains(':') && name != "xmlns");
            for (name, value) in plain {
                findings.extend(self.attribute_problem(document, node, &variants, &attributes, name, value));
            }
            let elements = self.content(&variants, &attributes).elements;
            let mut inner = Vec::new();
            for child in document.children(node) {
                let name = document.name(child);
                if name.contains(':') || document.namespace(child).is_some() {
                    continue;
                }
                match self.inside(&elements, name) {
                    (own, _) if !own.is_empty() => inner.push((child, own)),
                    (_, true) => {}
                    _ => findings.push(unknown_element(document, child)),
                }
            }
            waiting.extend(inner.into_iter().rev());
        }
        findings.sort_by_key(|finding| finding.line);
        findings.truncate(MOST);
        findings
    }

    /// What elements or attributes of this name hold, and whether one of any name is allowed.
    fn inside(&self, patterns: &[Id], name: &str) -> (Vec<&[Id]>, bool) {
        let mut any = false;
        let mut own = Vec::new();
        for id in patterns {
            if let Pattern::Element(names, content) | Pattern::Attribute(names, content) = &self.patterns[*id] {
                any |= names.is_empty();
                if names.iter().any(|other| other == name) {
                    own.push(content.as_slice());
                }
            }
        }
        (own, any)
    }

    fn attribute_problem(
        &self,
        document: &Document,
        node: NodeId,
        variants: &[&[Id]],
        present: &[(String, String)],
        name: &str,
        value: &str,
    ) -> Option<Finding> {
        // What it says itself decides nothing about what it may say.
        let others: Vec<_> = present.iter().filter(|(other, _)| other != name).cloned().collect();
        let (own, any) = self.inside(&self.content(variants, &others).attributes, name);
        let finding = |text: String| {
            Some(Finding {
                line: document.position(node).0,
                text,
            })
        };
        let element = document.name(node);
        if own.is_empty() {
            if any {
                return None;
            }
            return finding(tr_f(
                "The schema has no attribute “{name}” for <{element}> as it is written here.",
                &[("name", name), ("element", element)],
            ));
        }
        let content = self.content(&own, &[]);
        let is_listed = content.values.iter().any(|known| known == value.trim());
        if any || content.text || content.values.is_empty() || is_listed || value.trim().contains(' ') {
            return None;
        }
        let known: Vec<&str> = content.values.iter().map(String::as_str).take(8).collect();
        finding(tr_f(
            "“{value}” is none of the values that the schema lists for “{name}”: {known}.",
            &[("value", value), ("name", name), ("known", &known.join(", "))],
        ))
    }
}

fn unknown_element(document: &Document, node: NodeId) -> Finding {
    Finding {
        line: document.position(node).0,
        text: tr_f(
            "The schema has no element <{element}> at this place.",
            &[("element", document.name(node))],
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::model::schema::installed;

    fn found(text: &str) -> Option<Vec<(usize, String)>> {
        let schema = installed(DocumentKind::Domain)?;
        let document = Document::parse(text).expect("well-formed");
        let all = schema.check(DocumentKind::Domain, &document);
        Some(all.into_iter().map(|finding| (finding.line, finding.text)).collect())
    }

    #[test]
    fn unknown_names_and_values_are_found_on_their_lines() {
        let text = "<domain type='kvm'>\n<devices>\n<disk device='disc' type='file'>\n<gadget/>\n</disk>\n\
            <rng colour='red' model='virtio'/>\n</devices>\n</domain>";
        let Some(all) = found(text) else { return };
        let lines: Vec<_> = all.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 6], "{all:?}");
        assert!(all[0].1.contains("disc") && all[0].1.contains("cdrom"), "{all:?}");
    }

    #[test]
    fn what_other_namespaces_add_is_passed_over() {
        let text = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><metadata><x:y \
            xmlns:x='urn:x'><z/></x:y></metadata><qemu:commandline><qemu:arg value='-x'/></qemu:commandline></domain>";
        let Some(all) = found(text) else { return };
        assert!(all.is_empty(), "{all:?}");
    }

    #[test]
    fn valid_definitions_have_nothing_unknown() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/domain");
        let mut wrong = Vec::new();
        for entry in fs::read_dir(folder).expect("the corpus") {
            let path = entry.expect("an entry").path();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            if Document::parse(&text).is_err() {
                continue;
            }
            let Some(all) = found(&text) else { return };
            if !all.is_empty() {
                wrong.push((path.file_name().map(std::ffi::OsStr::to_owned), all));
            }
        }
        assert!(wrong.is_empty(), "{} files: {wrong:#?}", wrong.len());
    }
}
