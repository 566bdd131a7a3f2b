//! What a new network begins with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::check::Surroundings;
use super::details::{Dhcp, DhcpRange, ForwardMode, IpBlock, NetworkDetails};
use super::subnet::{first_free_ipv4, first_free_ipv6};

/// What a new network is asked to be; everything else is a default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkDraft {
    /// Name; one that is free where there is none.
    pub name: Option<String>,
    /// How packets leave.
    pub mode: ForwardMode,
    /// It has a subnet of IPv4 where its kind can have one.
    pub ipv4: bool,
    /// It has a subnet of IPv6.
    pub ipv6: bool,
    /// It lends addresses.
    pub dhcp: bool,
}

/// A new network with values that fit the surroundings: subnets that nobody uses, a name and a bridge that nobody has, and
/// addresses lent from the upper part of each subnet, so that there is room for fixed ones.
#[must_use]
pub fn new_network(draft: &NetworkDraft, around: &Surroundings) -> NetworkDetails {
    let mut details = NetworkDetails {
        name: draft.name.clone().unwrap_or_else(|| free_name(around)),
        ..NetworkDetails::default()
    };
    details.forward.mode = Some(draft.mode);
    if !draft.mode.has_own_bridge() {
        return details;
    }
    details.bridge.name = Some(around.free_bridge());
    details.bridge.stp = Some(true);
    details.bridge.delay = Some(0);
    let taken = around.taken();
    let ipv4 = first_free_ipv4(&taken).filter(|_| draft.ipv4).map(IpNet::V4);
    let ipv6 = first_free_ipv6(&taken).filter(|_| draft.ipv6).map(IpNet::V6);
    for net in ipv4.into_iter().chain(ipv6) {
        let mut block = IpBlock::default();
        block.set_net(net);
        block.dhcp = draft.dhcp.then(|| Dhcp {
            ranges: usual_range(net).into_iter().collect(),
            ..Dhcp::default()
        });
        details.ips.push(block);
    }
    if draft.ipv6 && draft.mode == ForwardMode::Nat {
        // Unique local addresses reach nobody outside without it.
        details.forward.nat_ipv6 = Some(true);
    }
    details
}

fn free_name(around: &Surroundings) -> String {
    let is_taken = |name: &String| around.networks.iter().any(|other| other.name == *name);
    let names = std::iter::once("network".to_owned()).chain((2..).map(|number| format!("network-{number}")));
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

/// The addresses that a subnet usually lends: the upper half of one of IPv4, and `::1000` to `::ffff` of one of IPv6; `None` for
/// a subnet that is too small.
#[must_use]
pub fn usual_range(net: IpNet) -> Option<DhcpRange> {
    let (start, end) = match net {
        IpNet::V4(net) if net.prefix_len() <= 29 => {
            let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
            let middle = first + (last - first) / 2 + 1;
            let own = u32::from(net.addr());
            let start = if own >= middle { first + 1 } else { middle };
            let end = if own >= middle { own - 1 } else { last - 1 };
            (IpAddr::V4(Ipv4Addr::from(start)), IpAddr::V4(Ipv4Addr::from(end)))
        }
        IpNet::V6(net) if net.prefix_len() <= 112 => {
            let first = u128::from(net.network());
            let at = |offset: u128| IpAddr::V6(Ipv6Addr::from(first | offset));
            (at(0x1000), at(0xffff))
        }
        _ => return None,
    };
    (start <= end).then(|| DhcpRange {
        start: Some(start.to_string()),
        end: Some(end.to_string()),
        ..DhcpRange::default()
    })
}
