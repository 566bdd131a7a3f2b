//! Which device of one definition is which of another.

use std::collections::HashSet;

use crate::model::xml::domain::fields::{
    controller, disk, filesystem, graphics, hostdev, interface, lease, port, shmem,
};
use crate::model::xml::domain::{DeviceKind, Domain, normal_mac};
use crate::model::xml::{Document, NodeId};

/// A device in two definitions: in both, or in one of them only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) kind: DeviceKind,
    pub(super) before: Option<NodeId>,
    pub(super) after: Option<NodeId>,
}

/// Devices of these kinds come and go one by one while a machine runs: two that have nothing in common are two devices, and
/// not one that has changed.
fn is_many(kind: DeviceKind) -> bool {
    use DeviceKind::{
        Channel, Controller, Disk, Filesystem, Hostdev, Input, Interface, Lease, Memory, Other, Redirdev, Rng, Shmem,
    };
    matches!(
        kind,
        Disk | Interface
            | Hostdev
            | Redirdev
            | Rng
            | Memory
            | Shmem
            | Channel
            | Controller
            | Filesystem
            | Input
            | Lease
            | Other
    )
}

type Key = fn(DeviceKind, &Document, NodeId) -> Option<String>;

/// Brings the devices together, in the order of the second definition; those that are gone stand behind the others of their
/// kind.
pub(super) fn pairs(before: &Domain, after: &Domain) -> Vec<Pair> {
    let mut result = Vec::new();
    let mut done = HashSet::new();
    let kinds = after
        .devices()
        .map(|device| (device.kind, after.document().name(device.node)));
    let gone = before
        .devices()
        .map(|device| (device.kind, before.document().name(device.node)));
    for (kind, name) in kinds.chain(gone) {
        if done.insert(name) {
            of_kind(kind, name, before, after, &mut result);
        }
    }
    result
}

/// Finds the device of `other` that is `node` of `domain`.
pub(super) fn partner(domain: &Domain, node: NodeId, other: &Domain) -> Option<NodeId> {
    let name = domain.document().name(node);
    let mut found = Vec::new();
    of_kind(DeviceKind::of(name), name, domain, other, &mut found);
    found.iter().find(|pair| pair.before == Some(node))?.after
}

fn of_kind(kind: DeviceKind, name: &str, before: &Domain, after: &Domain, result: &mut Vec<Pair>) {
    let list = |domain: &Domain| -> Vec<NodeId> {
        let devices = domain.devices().map(|device| device.node);
        devices.filter(|node| domain.document().name(*node) == name).collect()
    };
    let (olds, news) = (list(before), list(after));
    let mut old_of: Vec<Option<NodeId>> = vec![None; news.len()];
    let mut free: Vec<NodeId> = olds;
    let mut keys: Vec<Key> = vec![
        |_, document, node| Some(document.canonical(node)),
        |_, document, node| alias(document, node),
        |kind, document, node| identity(kind, document, node),
        content,
    ];
    if kind != DeviceKind::Disk && kind != DeviceKind::Hostdev {
        keys.push(|_, document, node| address(document, node));
    }
    if !is_many(kind) {
        keys.push(|_, _, _| Some(String::new()));
    }
    for key in keys {
        for (place, new) in news.iter().enumerate() {
            if old_of[place].is_some() {
                continue;
            }
            let Some(wanted) = key(kind, after.document(), *new) else {
                continue;
            };
            let found = free
                .iter()
                .position(|old| key(kind, before.document(), *old).as_ref() == Some(&wanted));
            old_of[place] = found.map(|found| free.remove(found));
        }
    }
    let known = news.into_iter().zip(old_of).map(|(new, before)| Pair {
        kind,
        before,
        after: Some(new),
    });
    result.extend(known);
    result.extend(free.into_iter().map(|old| Pair {
        kind,
        before: Some(old),
        after: None,
    }));
}

/// The name that the user gave it; libvirt's own names differ from start to start.
fn alias(document: &Document, node: NodeId) -> Option<String> {
    let alias = document.attribute(document.child(node, "alias")?, "name")?;
    alias.starts_with("ua-").then(|| alias.into_owned())
}

/// What makes a device itself, as a person would say it.
fn identity(kind: DeviceKind, document: &Document, node: NodeId) -> Option<String> {
    let get = |field| document.get::<String>(node, field);
    let joined = |parts: &[Option<String>]| {
        let known: Vec<_> = parts.iter().flatten().map(String::as_str).collect();
        (!known.is_empty()).then(|| known.join(" "))
    };
    match kind {
        DeviceKind::Disk => get(disk::TARGET),
        DeviceKind::Interface => get(interface::MAC).map(|mac| normal_mac(&mac).unwrap_or(mac)),
        DeviceKind::Controller => joined(&[get(controller::TYPE), Some(index(document, node)?)]),
        DeviceKind::Graphics => get(graphics::TYPE),
        DeviceKind::Filesystem => get(filesystem::TARGET),
        DeviceKind::Channel => joined(&[get(port::TARGET_TYPE), get(port::TARGET_NAME)]),
        DeviceKind::Serial | DeviceKind::Console | DeviceKind::Parallel => {
            let text = |field| document.get::<u64>(node, field).map(|number| number.to_string());
            joined(&[get(port::TARGET_TYPE), text(port::TARGET_PORT)])
        }
        DeviceKind::Shmem => get(shmem::NAME),
        DeviceKind::Lease => joined(&[get(lease::LOCKSPACE), get(lease::KEY)]),
        DeviceKind::Audio => document.attribute(node, "id").map(std::borrow::Cow::into_owned),
        DeviceKind::Hostdev => {
            let source = document.child(node, "source")?;
            Some(format!(
                "{} {}",
                get(hostdev::TYPE).unwrap_or_default(),
                document.canonical(source)
            ))
        }
        _ => None,
    }
}

/// libvirt numbers a controller that has no number: it is known by nothing else then.
fn index(document: &Document, node: NodeId) -> Option<String> {
    document.attribute(node, "index").map(std::borrow::Cow::into_owned)
}

/// What is in it: a disk that was given another name in the guest is the same disk still.
fn content(kind: DeviceKind, document: &Document, node: NodeId) -> Option<String> {
    match kind {
        DeviceKind::Disk | DeviceKind::Filesystem | DeviceKind::Memory | DeviceKind::Redirdev => {
            let source = document.child(node, "source")?;
            // What a running machine adds differs from start to start.
            let attributes = document.attributes(source).filter(|(name, _)| *name != "index");
            let mut parts: Vec<_> = attributes.map(|(name, value)| format!("{name}={value}")).collect();
            parts.sort_unstable();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        _ => None,
    }
}

/// Where it sits in the guest.
fn address(document: &Document, node: NodeId) -> Option<String> {
    let address = document.child(node, "address")?;
    Some(document.canonical(address))
}

/// How places name a device: `disk[vda]`, or `rng#2` where nothing but its number tells it from others.
pub(super) fn label(kind: DeviceKind, domain: &Domain, node: NodeId) -> String {
    let document = domain.document();
    let name = document.name(node);
    let same = |other: &NodeId| document.name(*other) == name;
    let all: Vec<_> = domain.devices().map(|device| device.node).filter(same).collect();
    let mark = match kind {
        DeviceKind::Hostdev => None,
        _ => identity(kind, document, node),
    };
    if let Some(mark) = &mark
        && all
            .iter()
            .filter(|other| identity(kind, document, **other).as_ref() == Some(mark))
            .count()
            == 1
    {
        return format!("{name}[{mark}]");
    }
    let number = all.iter().position(|other| *other == node).unwrap_or(0) + 1;
    if number == 1 {
        name.to_owned()
    } else {
        format!("{name}#{number}")
    }
}
