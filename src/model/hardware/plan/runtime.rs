//! What differs between the running machine and its definition, without what libvirt fills in while a machine runs: aliases,
//! addresses, labels, ports, the resolved processor.

use super::pair::{Pair, pairs};
use super::{Change, plan, reverted};
use crate::model::xml::domain::fields::{graphics, interface};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{Document, NodeId, Refused};

/// What waits for the next start: what the persistent definition says otherwise than the running machine, in ways that matter
/// to a person. [`Change::before`] is what runs, [`Change::after`] what comes. The timing tells what could be had at once:
/// [`super::Timing::Both`] where the running machine can follow.
///
/// Where a device sits in the guest is no difference: one that was plugged in twice, now and for the next start, got two
/// addresses.
#[must_use]
pub fn pending(live: &Domain, persistent: &Domain) -> Vec<Change> {
    let (now, next) = (settled(live, persistent), tidied(persistent));
    plan(&now, &next, Some(&now))
}

/// The persistent definition with what the running machine has instead of these changes, which [`pending`] gave for the same
/// two definitions.
///
/// # Errors
/// Where it cannot be written.
pub fn taken_back<'c>(
    live: &Domain,
    persistent: &Domain,
    changes: impl IntoIterator<Item = &'c Change>,
) -> Result<Domain, Refused> {
    reverted(&settled(live, persistent), persistent, changes)
}

/// The definition of the running machine without what only a running one has, next to the persistent one that shows what that
/// is.
#[must_use]
pub fn settled(live: &Domain, persistent: &Domain) -> Domain {
    let mut copy = tidied(live);
    machine(&mut copy, persistent);
    for Pair { kind, before, after } in pairs(&copy, persistent) {
        let Some(node) = before else { continue };
        let other = after.map(|after| (persistent.document(), after));
        device(copy.document_mut(), node, kind, other);
    }
    copy
}

/// A definition without what says nothing to a person: where devices sit, and what stands for “libvirt chooses”.
#[must_use]
pub fn tidied(domain: &Domain) -> Domain {
    let mut copy = domain.clone();
    let devices: Vec<_> = copy.devices().collect();
    let document = copy.document_mut();
    let root = document.root();
    document.remove_attribute(root, "id");
    let labels: Vec<_> = document.children_named(root, "seclabel").collect();
    for label in labels {
        let is_dynamic = matches!(document.attribute(label, "type").as_deref(), Some("dynamic" | "none"));
        if is_dynamic && document.child(label, "baselabel").is_none() {
            document.remove(label);
        } else {
            remove_children(document, label, &["label", "imagelabel"]);
        }
    }
    for device in devices {
        let node = device.node;
        let is_own = |id: &NodeId| {
            document
                .attribute(*id, "name")
                .is_some_and(|name| name.starts_with("ua-"))
        };
        if let Some(alias) = document.child(node, "alias").filter(|id| !is_own(id)) {
            document.remove(alias);
        }
        remove_children(document, node, &["address", "backingStore", "mirror"]);
        match device.kind {
            DeviceKind::Disk => {
                if let Some(source) = document.child(node, "source") {
                    document.remove_attribute(source, "index");
                    // An empty drive has an empty source while it runs.
                    if document.is_bare_element(source) {
                        document.remove(source);
                    }
                }
            }
            DeviceKind::Graphics if document.get(node, graphics::AUTOPORT) == Some(true) => {
                for name in ["port", "tlsPort"] {
                    document.remove_attribute(node, name);
                }
            }
            DeviceKind::Graphics if document.get(node, graphics::WEBSOCKET).as_deref() == Some("-1") => {
                document.remove_attribute(node, "websocket");
            }
            DeviceKind::Vsock => {
                let auto = document.child(node, "cid").filter(|cid| {
                    let auto = document.attribute(*cid, "auto");
                    auto.as_deref() == Some("yes")
                });
                if let Some(cid) = auto {
                    document.remove_attribute(cid, "address");
                }
            }
            DeviceKind::Memory => {
                if let Some(target) = document.child(node, "target") {
                    remove_children(document, target, &["current"]);
                }
            }
            _ => {}
        }
    }
    copy
}

fn remove_children(document: &mut Document, parent: NodeId, names: &[&str]) {
    for name in names {
        while let Some(child) = document.child(parent, name) {
            document.remove(child);
        }
    }
}

/// Removes what `node` has and its counterpart has not.
fn remove_unless(
    document: &mut Document,
    node: NodeId,
    counterpart: Option<(&Document, NodeId)>,
    children: &[&str],
    attributes: &[&str],
) {
    for name in children {
        if counterpart.is_none_or(|(other, there)| other.child(there, name).is_none()) {
            remove_children(document, node, &[name]);
        }
    }
    for name in attributes {
        if counterpart.is_none_or(|(other, there)| other.attribute(there, name).is_none()) {
            document.remove_attribute(node, name);
        }
    }
}

/// The same below a child that both have.
fn remove_inside(
    document: &mut Document,
    node: NodeId,
    counterpart: Option<(&Document, NodeId)>,
    child: &str,
    children: &[&str],
    attributes: &[&str],
) {
    let Some(inner) = document.child(node, child) else {
        return;
    };
    let there = counterpart.and_then(|(other, there)| Some((other, other.child(there, child)?)));
    remove_unless(document, inner, there, children, attributes);
}

fn device(document: &mut Document, node: NodeId, kind: DeviceKind, other: Option<(&Document, NodeId)>) {
    match kind {
        DeviceKind::Interface => {
            let network = document.get(node, interface::SOURCE_NETWORK);
            remove_unless(document, node, other, &["target", "virtualport", "driver"], &[]);
            remove_inside(
                document,
                node,
                other,
                "source",
                &[],
                &["portid", "bridge", "dev", "mode"],
            );
            remove_inside(document, node, other, "virtualport", &["parameters"], &[]);
            // A network that lends a bridge or a device of the host makes another type of the running interface.
            let kind = other.and_then(|(other, there)| {
                let same = other.get(there, interface::SOURCE_NETWORK) == network && network.is_some();
                same.then(|| other.attribute(there, "type").map(std::borrow::Cow::into_owned))?
            });
            if let Some(kind) = kind {
                // An attribute that is there takes any text.
                let _ = document.set_attribute(node, "type", &kind);
            }
        }
        DeviceKind::Serial | DeviceKind::Parallel | DeviceKind::Console | DeviceKind::Channel => {
            if matches!(document.attribute(node, "type").as_deref(), Some("pty" | "unix")) {
                remove_unless(document, node, other, &["source"], &[]);
                remove_inside(document, node, other, "source", &[], &["path", "mode"]);
            }
            document.remove_attribute(node, "tty");
            remove_inside(document, node, other, "target", &[], &["state"]);
        }
        DeviceKind::Graphics => {
            remove_unless(
                document,
                node,
                other,
                &[],
                &["listen", "socket", "websocket", "port", "tlsPort"],
            );
            remove_inside(document, node, other, "listen", &[], &["address", "socket"]);
        }
        DeviceKind::Hostdev => {
            remove_unless(document, node, other, &["driver"], &[]);
            remove_inside(document, node, other, "source", &["address"], &[]);
        }
        DeviceKind::Redirdev | DeviceKind::Smartcard => remove_unless(document, node, other, &["source"], &[]),
        // Whoever wants to see how much memory a guest uses asks for it while it runs.
        DeviceKind::Memballoon => remove_unless(document, node, other, &["stats"], &[]),
        DeviceKind::Tpm => remove_inside(document, node, other, "backend", &["source"], &["version"]),
        _ => {}
    }
}

fn machine(live: &mut Domain, persistent: &Domain) {
    balloon(live, persistent);
    let other = persistent.document();
    let document = live.document_mut();
    let root = document.root();
    let counterpart = Some((other, other.root()));
    remove_unless(
        document,
        root,
        counterpart,
        &["resource", "genid", "seclabel", "cpu"],
        &[],
    );
    remove_inside(document, root, counterpart, "os", &["nvram", "loader", "firmware"], &[]);
    remove_inside(document, root, counterpart, "clock", &[], &["adjustment", "basis"]);
    if let (Some(_), Some(theirs)) = (document.child(root, "genid"), other.child(other.root(), "genid"))
        && other.text(theirs).trim().is_empty()
    {
        remove_children(document, root, &["genid"]);
        let _ = document.insert_ordered(root, &other.source(theirs));
    }
    cpu(document, other);
}

/// What the balloon has reached is a figure and no setting, as long as the guest was not asked to give something back.
fn balloon(live: &mut Domain, persistent: &Domain) {
    let reached = live.current_memory_kib();
    if reached == live.memory_kib() && live.memory_kib() == persistent.memory_kib() {
        let other = persistent.document();
        let root = live.document().root();
        let _ = live.document_mut().carry(root, "currentMemory", other, other.root());
        if persistent.document().child(other.root(), "currentMemory").is_none() {
            remove_children(live.document_mut(), root, &["currentMemory"]);
        }
    }
}

/// libvirt resolves the processor when a machine starts. What it was made of is the definition's word, as far as the running
/// one is of that kind.
fn cpu(document: &mut Document, other: &Document) {
    let root = document.root();
    let (Some(ours), Some(theirs)) = (document.child(root, "cpu"), other.child(other.root(), "cpu")) else {
        return;
    };
    let mode = |document: &Document, cpu| {
        let mode = document.attribute(cpu, "mode");
        mode.map_or_else(|| "custom".to_owned(), std::borrow::Cow::into_owned)
    };
    let (running, wanted) = (mode(document, ours), mode(other, theirs));
    let same_model = document.value(ours, "model") == other.value(theirs, "model");
    let fits = match wanted.as_str() {
        "host-model" => running == "custom" || running == "host-model",
        "custom" => running == "custom" && same_model,
        _ => running == wanted,
    };
    if !fits {
        return;
    }
    let named = |document: &Document, feature| document.attribute(feature, "name").map(std::borrow::Cow::into_owned);
    let known: Vec<_> = document
        .children_named(ours, "feature")
        .filter_map(|feature| named(document, feature))
        .collect();
    // Only what a person writes there is left to compare.
    let kept = ["topology", "numa", "cache"].map(|name| document.child(ours, name).map(|id| document.source(id)));
    let Ok(new) = document.replace(ours, &other.source(theirs)) else {
        return;
    };
    remove_children(document, new, &["topology", "numa", "cache"]);
    for element in kept.into_iter().flatten() {
        let _ = document.insert_ordered(new, &element);
    }
    let is_expanded = matches!(wanted.as_str(), "custom" | "host-model");
    let missing: Vec<_> = document
        .children_named(new, "feature")
        .filter(|feature| is_expanded && named(document, *feature).is_some_and(|name| !known.contains(&name)))
        .collect();
    for feature in missing {
        document.remove(feature);
    }
}
