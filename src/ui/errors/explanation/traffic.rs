//! Failures of virtual networks.

use super::{Explanation, Remedy};
use crate::i18n::{tr, tr_f};
use crate::ui::errors::cause::Cause;
use crate::ui::text;

/// Failures of virtual networks.
pub(super) fn networks(cause: &Cause) -> Option<Explanation> {
    let name = |name: &Option<String>| text::name(name.as_deref().unwrap_or("?"));
    let explained = match cause {
        Cause::NetworkOff(network) => {
            let explained = Explanation::new(
                tr("Network is off"),
                tr_f(
                    "The virtual network {name}, which this machine uses, is off. Start the network first.",
                    &[("name", &name(network))],
                ),
            );
            return Some(explained.way_out(&[Remedy::StartNetwork, Remedy::Retry]));
        }
        Cause::SubnetTaken(device) => Explanation::new(
            tr("Subnet already used"),
            tr_f(
                "The host reaches the addresses of this network over {device} already. Give the network another subnet.",
                &[("device", &name(device))],
            ),
        ),
        Cause::BridgeTaken(bridge) => Explanation::new(
            tr("Bridge already there"),
            tr_f(
                "The host has an interface {name} already, which is not that of this network. Give the network's bridge another name.",
                &[("name", &name(bridge))],
            ),
        ),
        Cause::HostProgramMissing(program) if program == "dnsmasq" => Explanation::new(
            tr("dnsmasq is missing"),
            tr(
                "The host lacks dnsmasq, which gives addresses and names to machines on virtual networks. Install the package dnsmasq or dnsmasq-base there.",
            ),
        ),
        Cause::HostProgramMissing(program) => Explanation::new(
            tr_f("{program} is missing", &[("program", &text::name(program))]),
            tr_f(
                "The host lacks {program}, which libvirt needs for virtual networks. Install it there, or choose another firewall_backend in /etc/libvirt/network.conf.",
                &[("program", &text::name(program))],
            ),
        ),
        Cause::ListenerTaken(address) => Explanation::new(
            tr("Address already used"),
            tr_f(
                "Another DNS or DHCP server on the host listens on {address} already. Stop it, or have it leave out the bridges of virtual networks.",
                &[("address", &name(address))],
            ),
        ),
        Cause::NoFirewall => Explanation::new(
            tr("Firewall not set up"),
            tr(
                "libvirt could not set up the host's firewall for the network. Install nftables or iptables there; firewall_backend in /etc/libvirt/network.conf chooses between them.",
            ),
        ),
        Cause::NoNetworksForUsers => Explanation::new(
            tr("Not in a user session"),
            tr("A user session may not make networks on the host. Connect to its system instead (qemu:///system)."),
        ),
        _ => return None,
    };
    Some(explained.way_out(&[Remedy::Retry]))
}
