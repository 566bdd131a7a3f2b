//! Nodes of a picture in words.

use crate::i18n::{tr, tr_c, tr_f, tr_n};
use crate::model::topology::{Column, Node, Standing, Subject, Topology};
use crate::ui::text;

/// Machines named by a group's tooltip.
const NAMED: usize = 12;

/// Heading of a column.
pub(super) fn heading(column: Column) -> String {
    match column {
        Column::Machines => tr("Machines"),
        Column::Networks => tr("Networks"),
        Column::Bridges => tr("Bridges"),
        Column::Host => tr("Host"),
    }
}

/// What stands in a node.
pub(super) fn title(node: &Node) -> String {
    match &node.subject {
        Subject::Machines(_, members) => tr_n("{n} machine", "{n} machines", members.len(), &[]),
        Subject::User => tr("User-mode network"),
        Subject::Outside => tr("Outside"),
        Subject::Nowhere => tr("Not connected"),
        Subject::Other(word) => match word.as_str() {
            "hostdev" => tr("Assigned network device"),
            "vdpa" => tr("vDPA device"),
            "vhostuser" => tr("vhost-user socket"),
            "ethernet" => tr("Tap device of its own"),
            "" => tr("Unknown connection"),
            other => text::name(other),
        },
        _ => text::name(&node.name),
    }
}

/// The line below.
pub(super) fn detail(node: &Node) -> String {
    if let Subject::Machines(_, members) = &node.subject {
        let all = members.len();
        return match node.running {
            0 => tr("All off"),
            running if running == all => tr("All running"),
            running => tr_n("{n} running", "{n} running", running, &[]),
        };
    }
    let standing = match (&node.subject, node.standing) {
        (Subject::Outside, _) => return tr("By the host's routes"),
        (Subject::User, _) => return tr("Inside the hypervisor"),
        (Subject::Nowhere, _) => return tr("No network card"),
        (_, Standing::Missing) => return tr("Does not exist"),
        (Subject::Machine(_), Standing::On) => return tr("Running"),
        (Subject::Interface(_) | Subject::Bridge(_), Standing::Off) => tr_c("network device", "Down"),
        (_, Standing::Off) => tr("Off"),
        _ => String::new(),
    };
    match (standing.as_str(), node.detail.as_str()) {
        (standing, "") => standing.to_owned(),
        ("", detail) => detail.to_owned(),
        (standing, detail) => format!("{standing} · {detail}"),
    }
}

/// What kind of thing a node is.
fn kind(node: &Node) -> String {
    match node.subject {
        Subject::Machine(_) => tr("Machine"),
        Subject::Network(_) => tr("Network"),
        Subject::Bridge(_) => tr("Bridge"),
        Subject::Interface(_) => tr("Interface"),
        _ => String::new(),
    }
}

/// All of a node, for who does not see the links.
pub(super) fn spoken(topology: &Topology, at: usize) -> String {
    let node = &topology.nodes[at];
    let near: Vec<String> = topology
        .neighbours(at)
        .map(|near| title(&topology.nodes[near]))
        .take(NAMED)
        .collect();
    let mut said = [kind(node), title(node), detail(node)];
    let said: Vec<String> = said
        .iter_mut()
        .filter(|part| !part.is_empty())
        .map(std::mem::take)
        .collect();
    let said = said.join(", ");
    match near.len() {
        0 => said,
        _ => tr_f(
            "{node}, linked to {others}",
            &[("node", &said), ("others", &near.join(", "))],
        ),
    }
}

/// The way of a node's packets as a line of text.
pub(super) fn way(topology: &Topology, at: usize) -> String {
    let mut line = title(&topology.nodes[at]);
    let mut seen = vec![at];
    let mut next: Vec<usize> = forward(topology, at);
    while !next.is_empty() {
        let names: Vec<String> = next.iter().map(|node| title(&topology.nodes[*node])).collect();
        line = format!("{line} → {}", names.join(", "));
        seen.extend(&next);
        let mut further: Vec<usize> = next.iter().flat_map(|node| forward(topology, *node)).collect();
        further.sort_unstable();
        further.dedup();
        further.retain(|node| !seen.contains(node));
        next = further;
    }
    line
}

fn forward(topology: &Topology, at: usize) -> Vec<usize> {
    let links = topology.links.iter().filter(|link| link.from == at);
    links.map(|link| link.to).collect()
}

/// The icon of a node.
pub(super) fn icon(node: &Node) -> &'static str {
    match node.subject {
        Subject::Machine(_) | Subject::Machines(..) => "computer-symbolic",
        Subject::Network(_) => "network-workgroup-symbolic",
        Subject::Bridge(_) => "vireo-bridge-symbolic",
        Subject::Interface(_) => "network-wired-symbolic",
        Subject::User | Subject::Other(_) => "network-transmit-receive-symbolic",
        Subject::Outside => "vireo-globe-symbolic",
        Subject::Nowhere => "network-offline-symbolic",
    }
}
