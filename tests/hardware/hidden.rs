//! Every value of every definition is shown by some row.

use std::collections::BTreeMap;

use vireo::model::facts::HostFacts;
use vireo::model::hardware::{PageId, entries, page};
use vireo::model::xml::NodeId;
use vireo::model::xml::domain::{DeviceKind, Domain};

use super::{context, facts_for, machines};

/// What no page shows: constants of a kind of device, what libvirt writes for itself, and what a page decides by other rows.
const UNSHOWN: &[&str] = &[
    "domain/clock@adjustment",
    "domain/cpu/numa/cell@id",
    "domain/devices/controller/model@name",
    "domain/devices/crypto@type",
    "domain/devices/disk/backingStore/backingStore@type",
    "domain/devices/disk/backingStore@type",
    "domain/devices/disk/driver@name",
    "domain/devices/disk/source/auth/secret@type",
    "domain/devices/disk/source/encryption/secret@type",
    "domain/devices/disk/source@type",
    "domain/devices/graphics@listen",
    "domain/devices/hostdev@mode",
    "domain/devices/interface/ip@family",
    "domain/devices/interface/source@type",
    "domain/devices/pstore@backend",
    "domain/devices/redirdev@bus",
    "domain/features/hyperv/vendor_id@state",
    "domain/features/hyperv@mode",
    "domain/iothreadids/iothread@id",
    "domain/vcpu@placement",
];

/// The pages of the machine itself, or of the one device at a place, as text.
fn shown(domain: &Domain, facts: &HostFacts, place: Option<&str>) -> Vec<String> {
    let context = context(domain, facts);
    let mut said = Vec::new();
    for entry in entries(&context) {
        let is_wanted = match (place, entry.id) {
            (Some(place), PageId::Device(node)) => place.starts_with(&domain.document().place(node)),
            (Some(_), _) => false,
            (None, id) => !matches!(id, PageId::Device(_)),
        };
        if is_wanted {
            said.push(format!("{} {}", entry.title, entry.subtitle));
            let page = page(&context, entry.id);
            said.extend(
                page.rows()
                    .map(|row| format!("{} {:?} {:?}", row.id, row.value, row.note)),
            );
        }
    }
    said
}

/// The values of a machine: a path of names, and the attribute or nothing for a text.
fn leaves(domain: &Domain) -> Vec<(String, NodeId, Option<String>)> {
    const ELSEWHERE: &[&str] = &["/metadata", "/address", "/alias"];
    let document = domain.document();
    let mut found = Vec::new();
    for node in document.descendants(document.root()) {
        // The page of the first serial port says the same.
        let is_shadow = |node| domain.shadow_console() == Some(node);
        if std::iter::successors(Some(node), |node| document.parent(*node)).any(is_shadow) {
            continue;
        }
        let mut names: Vec<&str> = std::iter::successors(Some(node), |node| document.parent(*node))
            .map(|node| document.name(node))
            .collect();
        names.reverse();
        let path = names.join("/");
        if ELSEWHERE.iter().any(|place| path.contains(place)) {
            continue;
        }
        let attributes = document.attributes(node).filter(|(name, _)| !name.starts_with("xmlns"));
        found.extend(attributes.map(|(name, _)| (format!("{path}@{name}"), node, Some(name.to_owned()))));
        if document.children(node).next().is_none() && !document.text(node).trim().is_empty() {
            found.push((path, node, None));
        }
    }
    found
}

/// Whether the pages show another value of a leaf in another way.
fn is_shown(domain: &Domain, facts: &HostFacts, node: NodeId, attribute: Option<&str>) -> bool {
    let document = domain.document();
    let is_device = |node: &NodeId| {
        let mut all = domain.devices().filter(|device| device.kind != DeviceKind::Emulator);
        all.any(|device| device.node == *node)
    };
    let device = std::iter::successors(Some(node), |node| document.parent(*node)).find(is_device);
    let place = device.map(|node| document.place(node));
    let before = shown(domain, facts, place.as_deref());
    ["zz9", "7", "yes", "no", "up", "down"].iter().any(|value| {
        let mut copy = domain.clone();
        let written = match attribute {
            Some(name) => copy.document_mut().set_attribute(node, name, value),
            None => copy.document_mut().set_value(node, value),
        };
        written.is_ok() && shown(&copy, facts, place.as_deref()) != before
    })
}

#[test]
fn nothing_of_a_definition_is_hidden() {
    let mut tried: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for (_, domain) in machines() {
        let facts = facts_for(&domain);
        for (path, node, attribute) in leaves(&domain) {
            let (count, seen) = tried.entry(path).or_default();
            if !*seen && *count < 4 {
                *count += 1;
                *seen = is_shown(&domain, &facts, node, attribute.as_deref());
            }
        }
    }
    let hidden: Vec<&str> = tried
        .iter()
        .filter(|(path, (_, seen))| !seen && !UNSHOWN.contains(&path.as_str()))
        .map(|(path, _)| path.as_str())
        .collect();
    assert!(hidden.is_empty(), "no row shows {hidden:#?}");
}
