//! What may stand at a place.

use std::collections::HashSet;

use super::DocumentKind;
use super::grammar::{Id, Pattern, Schema};
use crate::model::markup::{Place, Spot, Step};

/// References follow each other a dozen deep in libvirt's grammars.
const MAX_DEPTH: usize = 200;

pub(super) type Attributes<'a> = &'a [(String, String)];

/// What an element, an attribute or the document may hold.
#[derive(Default)]
pub(super) struct Content {
    pub(super) elements: Vec<Id>,
    pub(super) attributes: Vec<Id>,
    pub(super) values: Vec<String>,
    pub(super) text: bool,
}

impl Schema {
    /// The words that may be written at a place, in the order of the schema and each once. Attributes that the element has
    /// are left out, and so is what belongs to another type of it: a disk of type `file` is not offered what one of type
    /// `network` has.
    #[must_use]
    pub fn words(&self, kind: DocumentKind, place: &Place) -> Vec<String> {
        let Some((variants, step)) = self.find(kind, &place.path) else {
            return Vec::new();
        };
        let present = step.attributes.as_slice();
        let mut words = match &place.spot {
            Spot::Element(_) => self.names(&self.content(&variants, present).elements),
            Spot::Attribute(_) => self.names(&self.content(&variants, present).attributes),
            Spot::Value { attribute, .. } => self.values(&variants, present, attribute),
            Spot::Text(_) => self.content(&variants, present).values,
            Spot::End(_) | Spot::Elsewhere => Vec::new(),
        };
        if matches!(place.spot, Spot::Attribute(_)) {
            words.retain(|name| !present.iter().any(|(other, _)| other == name));
        }
        let mut seen = HashSet::new();
        words.retain(|word| !word.is_empty() && seen.insert(word.clone()));
        words
    }

    /// Whether an element of this name at a place may hold elements or text, so that it needs an end tag. Also where the
    /// schema doesn't know it.
    #[must_use]
    pub fn holds_something(&self, kind: DocumentKind, place: &Place, name: &str) -> bool {
        let mut path = place.path.clone();
        path.push(Step {
            name: name.to_owned(),
            ..Step::default()
        });
        self.find(kind, &path).is_none_or(|(variants, _)| {
            let content = self.content(&variants, &[]);
            content.text || !content.values.is_empty() || !content.elements.is_empty()
        })
    }

    /// The ways in which the grammar describes the innermost element of a path; `None` where it knows none.
    fn find(&self, kind: DocumentKind, path: &[Step]) -> Option<(Vec<&[Id]>, Step)> {
        let around = kind.around().iter().map(|name| Step {
            name: (*name).to_owned(),
            ..Step::default()
        });
        let mut last = Step::default();
        let mut variants: Vec<&[Id]> = vec![&self.start];
        for step in around.chain(path.iter().cloned()) {
            let content = self.content(&variants, &last.attributes);
            let of = |id: Id| match &self.patterns[id] {
                Pattern::Element(names, content) if names.contains(&step.name) => Some(content.as_slice()),
                _ => None,
            };
            variants = content.elements.into_iter().filter_map(of).collect();
            if variants.is_empty() {
                return None;
            }
            last = step;
        }
        Some((variants, last))
    }

    fn values(&self, variants: &[&[Id]], present: Attributes, attribute: &str) -> Vec<String> {
        // The value that is being written decides nothing yet.
        let others: Vec<_> = present.iter().filter(|(name, _)| name != attribute).cloned().collect();
        let of = |id: Id| match &self.patterns[id] {
            Pattern::Attribute(names, content) if names.iter().any(|name| name == attribute) => {
                Some(content.as_slice())
            }
            _ => None,
        };
        let content = self.content(variants, &others);
        let inside: Vec<&[Id]> = content.attributes.into_iter().filter_map(of).collect();
        self.content(&inside, &[]).values
    }

    fn names(&self, patterns: &[Id]) -> Vec<String> {
        let of = |id: &Id| match &self.patterns[*id] {
            Pattern::Element(names, _) | Pattern::Attribute(names, _) => names.clone(),
            _ => Vec::new(),
        };
        patterns.iter().flat_map(of).collect()
    }

    pub(super) fn content(&self, variants: &[&[Id]], present: Attributes) -> Content {
        let mut content = Content::default();
        let mut seen = HashSet::new();
        let fitting = self.fitting(variants.iter().copied(), present);
        for id in fitting.into_iter().flatten() {
            self.collect(*id, present, &mut content, &mut seen, 0);
        }
        content
    }

    /// Those alternatives that the attributes which are there allow; all of them where they allow none.
    fn fitting<'a>(&self, alternatives: impl Iterator<Item = &'a [Id]> + Clone, present: Attributes) -> Vec<&'a [Id]> {
        let refused = |ids: &&[Id]| ids.iter().any(|id| self.refuses(*id, present, 0));
        let fitting: Vec<_> = alternatives.clone().filter(|ids| !refused(ids)).collect();
        if fitting.is_empty() {
            alternatives.collect()
        } else {
            fitting
        }
    }

    fn collect(&self, id: Id, present: Attributes, content: &mut Content, seen: &mut HashSet<usize>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match &self.patterns[id] {
            Pattern::Element(..) => content.elements.push(id),
            Pattern::Attribute(..) => content.attributes.push(id),
            Pattern::Value(word) => content.values.push(word.clone()),
            Pattern::Text => content.text = true,
            Pattern::All(ids) => {
                for id in ids {
                    self.collect(*id, present, content, seen, depth + 1);
                }
            }
            Pattern::Choice(ids) => {
                for id in self
                    .fitting(ids.iter().map(std::slice::from_ref), present)
                    .into_iter()
                    .flatten()
                {
                    self.collect(*id, present, content, seen, depth + 1);
                }
            }
            Pattern::Reference(place) => {
                if seen.insert(*place) {
                    for id in &self.definitions[*place] {
                        self.collect(*id, present, content, seen, depth + 1);
                    }
                }
            }
        }
    }

    /// Whether a pattern wants another value for an attribute that is there.
    fn refuses(&self, id: Id, present: Attributes, depth: usize) -> bool {
        if present.is_empty() || depth > MAX_DEPTH {
            return false;
        }
        match &self.patterns[id] {
            Pattern::Attribute(names, ids) => {
                let value = present.iter().find(|(name, _)| names.contains(name));
                value.is_some_and(|(_, value)| {
                    let mut content = Content::default();
                    for id in ids {
                        self.collect(*id, &[], &mut content, &mut HashSet::new(), depth + 1);
                    }
                    !content.text && !content.values.is_empty() && !content.values.contains(value)
                })
            }
            Pattern::All(ids) => ids.iter().any(|id| self.refuses(*id, present, depth + 1)),
            Pattern::Choice(ids) => !ids.is_empty() && ids.iter().all(|id| self.refuses(*id, present, depth + 1)),
            Pattern::Reference(place) => {
                let ids = &self.definitions[*place];
                ids.iter().any(|id| self.refuses(*id, present, depth + 1))
            }
            Pattern::Element(..) | Pattern::Value(_) | Pattern::Text => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::markup::place;
    use crate::model::schema::{SchemaError, folder};

    const MAIN: &str = r#"<grammar xmlns="http://relaxng.org/ns/structure/1.0">
      <include href="more.rng"/>
      <start><ref name="box"/></start>
      <define name="box"><element name="box"><interleave>
        <optional><element name="lid"><choice><value>open</value><value>shut</value></choice></element></optional>
        <zeroOrMore><choice><ref name="thing"/><element><choice><name>left</name><name>right</name></choice><empty/></element></choice></zeroOrMore>
        <ref name="own"/>
      </interleave></element></define>
      <define name="own"><zeroOrMore><element name="own"><ref name="own"/><ref name="thing"/></element></zeroOrMore></define>
    </grammar>"#;
    const MORE: &str = r#"<grammar xmlns="http://relaxng.org/ns/structure/1.0"><include href="main.rng"/>
      <define name="thing"><element name="thing">
        <choice>
          <group><attribute name="type"><value>file</value></attribute><element name="path"><attribute name="file"/></element></group>
          <group><attribute name="type"><choice><value>net</value><value>web</value></choice></attribute>
            <optional><attribute name="port"><data type="int"/></attribute></optional><element name="url"><text/></element></group>
        </choice>
        <optional><attribute name="locked"><ref name="yesno"/></attribute></optional>
      </element></define>
      <define name="yesno"><choice><value>yes</value><value>no</value></choice></define>
    </grammar>"#;

    fn small() -> Schema {
        let open = |name: &str| match name {
            "main.rng" => Some(MAIN.to_owned()),
            "more.rng" => Some(MORE.to_owned()),
            _ => None,
        };
        Schema::read("main.rng", open).expect("a grammar")
    }

    fn offered(schema: &Schema, kind: DocumentKind, text: &str) -> Vec<String> {
        let cursor = text.find('|').expect("a cursor");
        schema.words(kind, &place(&text.replacen('|', "", 1), cursor))
    }

    #[test]
    fn words_follow_references_and_includes() {
        let schema = small();
        let words = |text: &str| offered(&schema, DocumentKind::Network, text);
        assert_eq!(words("<|"), ["box"]);
        assert_eq!(words("<box><|"), ["lid", "thing", "left", "right", "own"]);
        assert_eq!(words("<box><lid>|</lid>"), ["open", "shut"]);
        assert_eq!(words("<box><thing type='|'/>"), ["file", "net", "web"]);
        assert_eq!(words("<box><own><own><thing locked='|"), ["yes", "no"]);
        assert!(words("<nowhere><|").is_empty());
        assert!(words("<box></|").is_empty());
    }

    #[test]
    fn what_belongs_to_another_type_is_not_offered() {
        let schema = small();
        let words = |text: &str| offered(&schema, DocumentKind::Network, text);
        assert_eq!(words("<box><thing |"), ["type", "port", "locked"]);
        assert_eq!(words("<box><thing type='file' |"), ["locked"]);
        assert_eq!(words("<box><thing type='web'><|"), ["url"]);
        assert_eq!(words("<box><thing | type='web' locked='yes'/>"), ["port"]);
        // A type that the schema doesn't know hides nothing.
        assert_eq!(words("<box><thing type='tape'><|"), ["path", "url"]);
    }

    #[test]
    fn elements_that_hold_nothing_are_known() {
        let schema = small();
        let at = place("<box><", 6);
        let holds = |name: &str| schema.holds_something(DocumentKind::Network, &at, name);
        assert!(holds("thing") && holds("lid") && holds("unknown"));
        assert!(!holds("left"));
    }

    #[test]
    fn a_grammar_leaves_its_folder_for_nothing() {
        let outside = r#"<grammar><include href="../../etc/passwd"/></grammar>"#;
        let read = Schema::read("main.rng", |name| (name == "main.rng").then(|| outside.to_owned()));
        assert!(matches!(read, Err(SchemaError::Missing(_))));
        assert!(matches!(
            Schema::read("main.rng", |_| Some("<grammar>".to_owned())),
            Err(SchemaError::Malformed(..))
        ));
        let endless = Schema::read("0", |name| {
            let next = name.parse::<u32>().ok()? + 1;
            Some(format!("<grammar><include href='{next}'/></grammar>"))
        });
        assert!(matches!(endless, Err(SchemaError::TooLarge)));
    }

    /// libvirt's own grammars; a machine without them has nothing to try.
    fn installed(kind: DocumentKind) -> Option<Schema> {
        let folder = folder()?;
        Some(Schema::load(Path::new(&folder), kind).expect("libvirt's schema"))
    }

    #[test]
    fn words_of_a_machine_come_from_the_installed_schema() {
        let Some(schema) = installed(DocumentKind::Domain) else {
            return;
        };
        let words = |text: &str| offered(&schema, DocumentKind::Domain, text);
        let has = |text: &str, all: &[&str]| {
            let words = words(text);
            for word in all {
                assert!(words.iter().any(|other| other == word), "{word} at {text}: {words:?}");
            }
        };
        let lacks =
            |text: &str, word: &str| assert!(!words(text).iter().any(|other| other == word), "{word} at {text}");
        has(
            "<domain><|",
            &["name", "uuid", "memory", "vcpu", "os", "devices", "features"],
        );
        has("<domain type='|'", &["kvm", "qemu", "lxc", "test"]);
        has(
            "<domain><devices><|",
            &["disk", "interface", "graphics", "tpm", "controller"],
        );
        has("<domain><devices><disk |", &["type", "device", "snapshot"]);
        has("<domain><devices><disk device='|", &["disk", "cdrom", "floppy", "lun"]);
        has("<domain><devices><disk type='file'><source |", &["file"]);
        lacks("<domain><devices><disk type='file'><source |", "dev");
        has("<domain><devices><disk type='block'><source |", &["dev"]);
        has(
            "<domain><devices><disk type='file'><driver cache='|",
            &["none", "writeback"],
        );
        has("<domain><on_crash>|", &["destroy", "restart"]);
        has("<domain><devices><video><model type='|", &["virtio", "qxl"]);
        has("<domain><features><|", &["acpi", "hyperv"]);
        assert!(words("<domain><devices><nothing><|").is_empty());
        let device = |text: &str| offered(&schema, DocumentKind::Device, text);
        assert!(device("<graphics type='|").iter().any(|word| word == "spice"));
        assert!(device("<|").iter().any(|word| word == "hostdev"));
    }

    #[test]
    fn every_installed_grammar_is_read() {
        use DocumentKind as K;
        let roots = [
            (K::Network, "network"),
            (K::Interface, "interface"),
            (K::Pool, "pool"),
            (K::Volume, "volume"),
            (K::Snapshot, "domainsnapshot"),
            (K::Checkpoint, "domaincheckpoint"),
            (K::Backup, "domainbackup"),
            (K::NodeDevice, "device"),
            (K::Secret, "secret"),
            (K::NwFilter, "filter"),
            (K::Capabilities, "capabilities"),
            (K::DomainCapabilities, "domainCapabilities"),
        ];
        for (kind, root) in roots {
            let Some(schema) = installed(kind) else { return };
            assert!(offered(&schema, kind, "<|").iter().any(|word| word == root), "{kind:?}");
            assert!(!offered(&schema, kind, &format!("<{root}><|")).is_empty(), "{kind:?}");
        }
        let snapshot = installed(K::Snapshot).expect("as above");
        let words = offered(&snapshot, K::Snapshot, "<domainsnapshot><domain><devices><|");
        assert!(words.iter().any(|word| word == "disk"), "{words:?}");
    }
}
