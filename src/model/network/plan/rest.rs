//! What no call brings to a running network.

use super::{NetworkChange, NetworkTiming};
use crate::i18n::{tr, tr_f};
use crate::model::xml::object::Network;
use crate::model::xml::{Difference, Document, NodeId, differences};

/// The changes besides those of [`super::entry`].
pub(super) fn changes(base: &Network, edited: &Network, live: Option<&Network>) -> Vec<NetworkChange> {
    let (old, new) = (bare(base, edited), bare(edited, base));
    let now = live.map(|live| bare(live, edited));
    let mut changes: Vec<NetworkChange> = Vec::new();
    for difference in differences(&old, &new) {
        let (key, title) = property(&difference.place);
        let is_words = matches!(key, "title" | "description" | "metadata");
        let timing = match &now {
            _ if is_words => NetworkTiming::Now,
            None => NetworkTiming::NextStart,
            // The running network may be so already, where an earlier change is taken back.
            Some(now)
                if !differences(now, &new)
                    .iter()
                    .any(|other| property(&other.place).0 == key) =>
            {
                NetworkTiming::Now
            }
            Some(_) => NetworkTiming::Restart(tr("libvirt cannot change this while the network runs.")),
        };
        let Difference { before, after, .. } = difference;
        match changes.iter_mut().find(|change| change.place == key) {
            Some(change) => {
                join(&mut change.before, before);
                join(&mut change.after, after);
            }
            None => changes.push(NetworkChange {
                place: key.to_owned(),
                title,
                before,
                after,
                timing,
                updates: Vec::new(),
            }),
        }
    }
    changes
}

fn join(text: &mut Option<String>, more: Option<String>) {
    match (text.as_mut(), more) {
        (Some(text), Some(more)) => {
            text.push_str(", ");
            text.push_str(&more);
        }
        (None, more) => *text = more,
        (Some(_), None) => {}
    }
}

/// A copy of the definition without what [`super::entry`] is about. Address blocks that the other one has not stay whole.
fn bare(definition: &Network, other: &Network) -> Document {
    let known = super::entry::entries(other).blocks;
    let own = super::entry::entries(definition).blocks;
    let mut document = definition.document().clone();
    let root = document.root();
    let mut gone: Vec<NodeId> = document.children_named(root, "portgroup").collect();
    let mut holders = Vec::new();
    let blocks: Vec<NodeId> = definition.ips();
    let dhcps = blocks.iter().zip(&own).filter(|(_, subnet)| known.contains(subnet));
    let dhcps = dhcps.filter_map(|(id, _)| document.child(*id, "dhcp"));
    let lists = dhcps.map(|dhcp| (dhcp, ["range", "host", "host"]));
    let dns = document.child(root, "dns").map(|dns| (dns, ["txt", "host", "srv"]));
    let forward = document
        .child(root, "forward")
        .map(|forward| (forward, ["interface"; 3]));
    for (holder, names) in lists.chain(dns).chain(forward).collect::<Vec<_>>() {
        for name in names {
            gone.extend(document.children_named(holder, name));
        }
        if !document.is(holder, "forward") {
            holders.push(holder);
        }
    }
    for id in gone {
        if document.contains(id) {
            document.remove(id);
        }
    }
    for holder in holders {
        if document.is_bare_element(holder) {
            document.remove(holder);
        }
    }
    document
}

/// What a difference belongs to, and what a person calls it.
fn property(place: &str) -> (&'static str, String) {
    let first = place.split(['/', '@', '[', '#']).next().unwrap_or_default();
    match first {
        "name" => ("name", tr("Name")),
        "title" => ("title", tr("Title")),
        "description" => ("description", tr("Description")),
        "metadata" => ("metadata", tr("Metadata")),
        "forward" => ("forward", tr("Forwarding")),
        "bridge" => ("bridge", tr("Bridge")),
        "mtu" => ("mtu", tr("MTU")),
        "mac" => ("mac", tr("Hardware address")),
        "domain" => ("domain", tr("DNS domain")),
        "dns" => ("dns", tr("DNS")),
        "ip" => ("ip", tr("Addresses")),
        "route" => ("route", tr("Static routes")),
        "virtualport" => ("virtualport", tr("Virtual port")),
        "bandwidth" => ("bandwidth", tr("Bandwidth")),
        "vlan" => ("vlan", tr("VLAN")),
        "port" => ("port", tr("Isolation of ports")),
        "options" => ("options", tr("Options of dnsmasq")),
        _ => ("other", tr_f("Other settings ({place})", &[("place", first)])),
    }
}
