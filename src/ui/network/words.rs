//! Networks and interfaces in words.

use crate::i18n::{tr, tr_c};
use crate::model::facts::{HostInterface, NetworkFact};

/// What a network does with packets, by libvirt's word for it.
#[must_use]
pub fn mode(forward: Option<&str>) -> String {
    match forward {
        None => tr("Isolated"),
        Some("nat") => tr("NAT"),
        Some("route") => tr("Routed"),
        Some("open") => tr_c("network mode", "Open"),
        Some("bridge") => tr("Bridge"),
        Some("private") => tr("Macvtap, private"),
        Some("vepa") => tr("Macvtap, VEPA"),
        Some("passthrough") => tr("Macvtap, passthrough"),
        Some("hostdev") => tr("SR-IOV pool"),
        Some(other) => other.to_owned(),
    }
}

/// Mode and subnets of a network in one line.
pub(super) fn network(fact: &NetworkFact) -> String {
    let mut parts = vec![mode(fact.forward.as_deref())];
    parts.extend(fact.addresses.iter().map(|address| address.trunc().to_string()));
    if fact.addresses.is_empty() {
        parts.extend(fact.bridge.clone().or_else(|| fact.uplinks.first().cloned()));
    }
    parts.join(" · ")
}

/// The kind of an interface.
pub(super) fn kind(kind: &str) -> String {
    match kind {
        "ethernet" => tr("Ethernet"),
        "bridge" => tr("Bridge"),
        "bond" => tr("Bond"),
        "vlan" => tr("VLAN"),
        other => other.to_owned(),
    }
}

/// Kind and addresses of an interface in one line.
pub(super) fn interface(fact: &HostInterface) -> String {
    let mut parts = vec![kind(&fact.kind)];
    parts.extend(fact.addresses.iter().cloned());
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}
