//! Why a virtual network cannot start.

use super::Cause;
use super::text::{EPERM, Text};

/// Programs that libvirt runs on a host for its networks.
const PROGRAMS: &[&str] = &[
    "dnsmasq",
    "iptables",
    "ip6tables",
    "ebtables",
    "nft",
    "tc",
    "ip",
    "radvd",
];

/// What hinders a virtual network; `None` where the text is about something else.
pub(super) fn traffic(text: &Text) -> Option<Cause> {
    if text.contains("network is already in use by interface") {
        return Some(Cause::SubnetTaken(text.word_after("in use by interface ")));
    }
    if text.contains("error creating bridge interface") {
        if text.errno(EPERM) {
            return Some(Cause::NoNetworksForUsers);
        }
        let name = text.word_after("bridge interface ");
        let name = name.map(|name| name.trim_end_matches(':').to_owned());
        return text.any(&["file exists"]).then_some(Cause::BridgeTaken(name));
    }
    if text.all(&["bridge name '", "already in use"]) {
        return Some(Cause::BridgeTaken(text.quoted()));
    }
    if text.any(&["cannot find '", "unable to find '"])
        && let Some(program) = text.quoted().filter(|program| PROGRAMS.contains(&program.as_str()))
    {
        return Some(Cause::HostProgramMissing(program));
    }
    if text.contains("failed to create listening socket") {
        let address = text.word_after("listening socket for ");
        return Some(Cause::ListenerTaken(
            address.map(|address| address.trim_end_matches(':').to_owned()),
        ));
    }
    let firewall = [
        "firewall backend",
        "failed to apply firewall command",
        "failed to initialize a valid firewall",
    ];
    text.any(&firewall).then_some(Cause::NoFirewall)
}
