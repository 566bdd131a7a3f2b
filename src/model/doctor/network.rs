//! Virtual networks.

use super::{Area, Case, Finding, Program, Remedy, Verdict};
use crate::i18n::{tr, tr_f};
use crate::model::facts::NetworkFact;

const AREA: Area = Area::Network;
/// The network that libvirt's packages bring along, and that new machines are connected to.
const USUAL: &str = "default";

pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let networks = case.facts.as_ref().and_then(|facts| facts.networks.as_deref());
    // Guests of a user's own service use the network without one.
    let Some(networks) = networks.filter(|_| !case.is_session()) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    match networks.iter().find(|network| network.name == USUAL) {
        Some(usual) => all.extend(of_one(case, usual)),
        None if networks.is_empty() => all.push(
            Finding::new("network", AREA, Verdict::Warning, tr("There is no virtual network"))
                .text(tr(
                    "New machines have nothing to be connected to. The usual one reaches the outside through the host (NAT).",
                ))
                .fix_if_allowed(case, Remedy::DefineNetwork),
        ),
        None => {}
    }
    for network in networks.iter().filter(|network| network.name != USUAL) {
        if network.autostart && !network.active {
            all.push(off(case, network));
        }
    }
    let runs = networks.iter().filter(|network| network.active).count();
    if runs > 0 && all.is_empty() {
        all.push(Finding::fine("network", AREA, tr("Virtual networks are on")));
    }
    all.extend(helpers(case, networks));
    all
}

fn off(case: &Case, network: &NetworkFact) -> Finding {
    let title = tr_f("The network “{name}” is off", &[("name", &network.name)]);
    let finding = Finding::new("network", AREA, Verdict::Warning, title)
        .text(tr("Machines that are connected to it cannot start."));
    finding.fix_if_allowed(case, Remedy::StartNetwork(network.name.clone()))
}

fn of_one(case: &Case, usual: &NetworkFact) -> Vec<Finding> {
    let mut all = Vec::new();
    if !usual.active {
        all.push(off(case, usual));
    }
    if !usual.autostart {
        let title = tr_f(
            "The network “{name}” does not start with the host",
            &[("name", &usual.name)],
        );
        let finding = Finding::new("network-autostart", AREA, Verdict::Note, title).text(tr(
            "After the host's next start it is off, and machines that are connected to it cannot start.",
        ));
        all.push(finding.fix_if_allowed(case, Remedy::NetworkAutostart(usual.name.clone())));
    }
    all
}

/// Programs that networks with addresses of their own need.
fn helpers(case: &Case, networks: &[NetworkFact]) -> Vec<Finding> {
    let Some(computer) = case.computer.as_ref().filter(|_| case.driver() != "test") else {
        return Vec::new();
    };
    let own = |network: &&NetworkFact| {
        !matches!(
            network.forward.as_deref(),
            Some("bridge" | "hostdev" | "private" | "vepa" | "passthrough")
        )
    };
    if !networks.is_empty() && !networks.iter().any(|network| own(&network)) {
        return Vec::new();
    }
    let needed = [
        (
            Program::Dnsmasq,
            "dnsmasq",
            tr("dnsmasq is not installed"),
            tr("Virtual networks cannot start: it gives guests their addresses."),
        ),
        (
            Program::Firewall,
            "firewall",
            tr("Neither nft nor iptables is installed"),
            tr("Networks that reach the outside through the host cannot start."),
        ),
    ];
    let missing = needed.into_iter().filter(|(program, ..)| !computer.has(*program));
    let found = missing.map(|(program, id, title, text)| {
        let finding = Finding::new(id, AREA, Verdict::Problem, title).text(text);
        match computer.install(program) {
            Some(command) => finding.run(command),
            None => finding,
        }
    });
    found.collect()
}
