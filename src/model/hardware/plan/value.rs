//! What stands at a place, for people. Passwords never do.

use super::property::is_below;
use crate::i18n::tr;
use crate::model::hardware::size;
use crate::model::xml::domain::fields::{self, disk, hostdev, interface};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Difference, Document, NodeId};

const HIDDEN: &str = "••••••";
/// Characters of a value that a list shows.
const LONGEST: usize = 200;

/// What a change makes of what, from its differences.
pub(super) fn sides(
    place: &str,
    details: &[Difference],
    base: &Domain,
    edited: &Domain,
) -> (Option<String>, Option<String>) {
    let known = |value: fn(&Domain) -> Option<String>| (value(base), value(edited));
    match place {
        "memory" => return known(|domain| domain.memory_kib().map(kib)),
        "currentMemory" => return known(|domain| domain.current_memory_kib().map(kib)),
        "maxMemory" => return known(|domain| domain.max_memory_kib().map(kib)),
        "vcpu" => return known(|domain| Some(domain.max_vcpus().to_string())),
        "vcpu/@current" => return known(|domain| Some(domain.vcpus().to_string())),
        _ => {}
    }
    let side = |value: fn(&Difference) -> Option<&String>| {
        let mut parts = details
            .iter()
            .filter_map(|detail| Some((detail, value(detail)?)))
            .map(|(detail, value)| (last(&detail.place), shown(&detail.place, value)));
        let text = match (details.len(), parts.next()) {
            (_, None) => return None,
            (1, Some((_, value))) => value,
            (_, Some((name, value))) => {
                let mut text = format!("{name}={value}");
                for (name, value) in parts {
                    text.push_str(&format!(", {name}={value}"));
                }
                text
            }
        };
        Some(clipped(&text))
    };
    (
        side(|detail| detail.before.as_ref()),
        side(|detail| detail.after.as_ref()),
    )
}

/// Memory for people.
fn kib(kib: u64) -> String {
    size::write(kib.saturating_mul(1024))
}

/// The last name of a place.
fn last(place: &str) -> &str {
    let name = place.rsplit('/').next().unwrap_or(place);
    name.trim_start_matches('@')
}

fn is_secret(place: &str) -> bool {
    place
        .rsplit_once('@')
        .is_some_and(|(_, attribute)| attribute == fields::PASSWORD)
}

fn shown(place: &str, value: &str) -> String {
    if is_secret(place) {
        return HIDDEN.to_owned();
    }
    if !value.starts_with('<') {
        return value.to_owned();
    }
    let Ok(element) = Document::parse(value) else {
        return value.to_owned();
    };
    let root = element.root();
    if element.children(root).next().is_some() {
        return without_password(value);
    }
    let mut attributes: Vec<_> = element.attributes(root).collect();
    let text = element.text(root);
    match (&attributes[..], text.trim()) {
        // Translators: something that is there or not, as in "read-only: yes".
        ([], "") => tr("yes"),
        ([(name, _)], "") if *name == fields::PASSWORD => HIDDEN.to_owned(),
        ([(_, value)], "") => value.to_string(),
        (_, "") => {
            attributes.retain(|(name, _)| !name.starts_with("xmlns"));
            let parts = attributes.iter().map(|(name, value)| {
                let value = if *name == fields::PASSWORD { HIDDEN } else { value };
                format!("{name}={value}")
            });
            parts.collect::<Vec<_>>().join(" ")
        }
        (_, text) => text.to_owned(),
    }
}

fn clipped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The element with its passwords hidden.
pub(super) fn without_password(source: &str) -> String {
    if !source.contains(fields::PASSWORD) {
        return source.to_owned();
    }
    let Ok(mut element) = Document::parse(source) else {
        return source.to_owned();
    };
    for id in element.descendants(element.root()) {
        if element.attribute(id, fields::PASSWORD).is_some() {
            // An attribute that is there takes any text.
            let _ = element.set_attribute(id, fields::PASSWORD, HIDDEN);
        }
    }
    element.to_string()
}

/// The difference with its passwords hidden.
pub(crate) fn masked(mut difference: Difference) -> Difference {
    let secret = is_secret(&difference.place) || is_below(&difference.place, fields::PASSWORD);
    for value in [&mut difference.before, &mut difference.after].into_iter().flatten() {
        *value = if secret {
            HIDDEN.to_owned()
        } else {
            without_password(value)
        };
    }
    difference
}

/// A device in a few words: what is in it.
pub(super) fn device(kind: DeviceKind, domain: &Domain, node: NodeId) -> String {
    let document = domain.document();
    let get = |field| document.get::<String>(node, field);
    let words = match kind {
        DeviceKind::Disk => get(disk::SOURCE_FILE)
            .or_else(|| get(disk::SOURCE_DEV))
            .or_else(|| Some(format!("{}/{}", get(disk::SOURCE_POOL)?, get(disk::SOURCE_VOLUME)?)))
            .or_else(|| get(disk::SOURCE_NAME))
            .or_else(|| get(disk::SOURCE_DIR))
            .unwrap_or_else(|| tr("empty")),
        DeviceKind::Interface => get(interface::SOURCE_NETWORK)
            .or_else(|| get(interface::SOURCE_BRIDGE))
            .or_else(|| get(interface::SOURCE_DEV))
            .or_else(|| get(interface::TYPE))
            .unwrap_or_default(),
        DeviceKind::Hostdev => get(hostdev::TYPE).unwrap_or_default(),
        _ => {
            let all = document.attributes(node).filter(|(name, _)| *name != fields::PASSWORD);
            let parts = all.map(|(_, value)| value.into_owned());
            parts.collect::<Vec<_>>().join(" ")
        }
    };
    clipped(&words)
}
