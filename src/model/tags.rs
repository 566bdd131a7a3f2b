//! Tags of a machine, kept in the metadata of its own definition so that they travel with it and every client sees them.

use crate::model::xml;

/// Namespace of Vireo's metadata.
pub const NAMESPACE: &str = "https://vireo-vm.github.io/ns/1";
/// Prefix under which libvirt stores the element.
pub const PREFIX: &str = "vireo";

const MAX_TAGS: usize = 32;
const MAX_CHARS: usize = 40;

/// Trims, shortens and drops empty and repeated tags (case counts not); keeps the order.
#[must_use]
pub fn normalise(tags: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let clean: String = tag.chars().filter(|c| !c.is_control()).collect();
        let clean: String = clean.trim().chars().take(MAX_CHARS).collect();
        let clean = clean.trim_end().to_owned();
        let known = kept.iter().any(|other| other.to_lowercase() == clean.to_lowercase());
        if !clean.is_empty() && !known && kept.len() < MAX_TAGS {
            kept.push(clean);
        }
    }
    kept
}

/// The element for `virDomainSetMetadata`; libvirt adds prefix and namespace itself. `None` where there are no tags: then
/// the element is removed.
#[must_use]
pub fn to_xml(tags: &[String]) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    let inner: String = tags
        .iter()
        .map(|tag| format!("<tag>{}</tag>", xml::escape(tag)))
        .collect();
    Some(format!("<tags>{inner}</tags>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn tags_are_trimmed_and_unique() {
        assert_eq!(
            normalise(strings(&[" web", "Web", "", "d\u{7}b"])),
            strings(&["web", "db"])
        );
    }

    #[test]
    fn markup_in_a_tag_stays_text() {
        let xml = to_xml(&strings(&["<b>&"]));
        assert_eq!(xml.as_deref(), Some("<tags><tag>&lt;b&gt;&amp;</tag></tags>"));
        assert_eq!(to_xml(&[]), None);
    }
}
