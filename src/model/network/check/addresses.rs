//! Addresses, ranges, reservations and routes.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::names::{is_host_name, is_mac};
use super::{Problem, Spot};
use crate::i18n::{tr, tr_f};
use crate::model::network::details::{Dhcp, IpBlock, NetworkDetails};
use crate::model::network::subnet::overlap;

fn ip(text: Option<&str>) -> Option<IpAddr> {
    text?.trim().parse().ok()
}

/// The address blocks, each and against each other.
pub(super) fn blocks(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    let mut dhcp: [Option<usize>; 2] = [None; 2];
    for (at, block) in details.ips.iter().enumerate() {
        let Some(net) = block.net() else {
            problems.push(Problem::error(
                Spot::Ip(at),
                tr("That is no address with a prefix, such as 192.168.100.1/24 or fd00:100::1/64."),
            ));
            continue;
        };
        if matches!(net, IpNet::V6(_)) != block.is_ipv6() {
            problems.push(Problem::error(
                Spot::Ip(at),
                tr("Address and kind of address do not fit together."),
            ));
            continue;
        }
        host_address(at, net, problems);
        let others = details.ips[..at].iter().filter_map(IpBlock::net);
        if others.into_iter().any(|other| overlap(&net, &other)) {
            problems.push(Problem::error(
                Spot::Ip(at),
                tr("The network has addresses of this subnet already."),
            ));
        }
        if let Some(settings) = &block.dhcp {
            let family = usize::from(block.is_ipv6());
            if dhcp[family].replace(at).is_some() {
                problems.push(Problem::error(
                    Spot::Ip(at),
                    tr("Only one subnet of IPv4 and one of IPv6 can have DHCP."),
                ));
            }
            lent(at, net, settings, problems);
            kept(at, net, settings, problems);
            boot(at, block, settings, problems);
        }
    }
}

fn host_address(at: usize, net: IpNet, problems: &mut Vec<Problem>) {
    let is_edge = |net: IpNet| match net {
        IpNet::V4(net) => net.prefix_len() < 31 && (net.addr() == net.network() || net.addr() == net.broadcast()),
        IpNet::V6(net) => net.prefix_len() < 127 && net.addr() == net.network(),
    };
    let address = net.addr();
    if address.is_loopback() || address.is_multicast() || address.is_unspecified() {
        problems.push(Problem::error(Spot::Ip(at), tr("A network cannot have this address.")));
    } else if is_edge(net) {
        problems.push(Problem::error(
            Spot::Ip(at),
            tr_f(
                "{address} is the subnet itself: the host needs an address in it.",
                &[("address", &address.to_string())],
            ),
        ));
    } else if matches!(net, IpNet::V6(_)) && net.prefix_len() != 64 {
        problems.push(Problem::warning(
            Spot::Ip(at),
            tr("Guests choose IPv6 addresses by themselves only in a subnet with the prefix 64."),
        ));
    }
}

/// Ranges of addresses that are lent.
fn lent(at: usize, net: IpNet, settings: &Dhcp, problems: &mut Vec<Problem>) {
    let mut spans: Vec<(IpAddr, IpAddr)> = Vec::new();
    for (number, range) in settings.ranges.iter().enumerate() {
        let spot = Spot::Range(at, number);
        let (Some(start), Some(end)) = (ip(range.start.as_deref()), ip(range.end.as_deref())) else {
            problems.push(Problem::error(spot, tr("A range is a first and a last address.")));
            continue;
        };
        if !net.contains(&start) || !net.contains(&end) {
            problems.push(Problem::error(
                spot,
                tr_f(
                    "The range is not inside the subnet {subnet}.",
                    &[("subnet", &net.trunc().to_string())],
                ),
            ));
        } else if end < start {
            problems.push(Problem::error(spot, tr("The last address comes before the first one.")));
        } else if matches!(net, IpNet::V4(_)) && (start == net.network() || end == net.broadcast()) {
            problems.push(Problem::error(
                spot,
                tr("First and last address of the subnet cannot be lent."),
            ));
        } else if spans.iter().any(|(first, last)| start <= *last && *first <= end) {
            problems.push(Problem::error(spot, tr("The range overlaps another one.")));
        } else if start <= net.addr() && net.addr() <= end {
            problems.push(Problem::warning(spot, tr("The range holds the host's own address.")));
        }
        spans.push((start, end));
    }
}

/// Addresses that are kept.
fn kept(at: usize, net: IpNet, settings: &Dhcp, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (number, host) in settings.hosts.iter().enumerate() {
        let spot = Spot::Host(at, number);
        let mut tell = |text: String| problems.push(Problem::error(spot, text));
        match &host.mac {
            Some(mac) if !mac.split(',').all(|mac| is_mac(mac.trim())) => {
                tell(tr("That is no hardware address, such as 52:54:00:12:34:56."));
            }
            None if host.id.is_none() && host.name.is_none() => tell(if matches!(net, IpNet::V4(_)) {
                // libvirt wants one or the other for IPv4.
                tr("Say whose address it is: by hardware address or name.")
            } else {
                tr("Say whose address it is: by DUID or name.")
            }),
            _ => {}
        }
        match ip(host.ip.as_deref()) {
            None if host.ip.is_none() && host.name.is_some() && matches!(net, IpNet::V4(_)) => {}
            None => tell(tr("Say which address is kept.")),
            Some(address) if !net.contains(&address) => tell(tr_f(
                "The address is not inside the subnet {subnet}.",
                &[("subnet", &net.trunc().to_string())],
            )),
            Some(address) if address == net.addr() => tell(tr("That is the host's own address.")),
            Some(_) => {}
        }
        if host.name.as_deref().is_some_and(|name| !is_host_name(name)) {
            tell(tr("A host name has letters, digits, dashes and dots."));
        }
        let marks = [
            host.mac.as_ref().map(|mac| format!("mac {}", mac.to_lowercase())),
            host.id.as_ref().map(|id| format!("id {id}")),
            host.name.as_ref().map(|name| format!("name {}", name.to_lowercase())),
            ip(host.ip.as_deref()).map(|ip| format!("ip {ip}")),
        ];
        let is_double = marks
            .into_iter()
            .flatten()
            .filter(|mark| seen.insert(mark.clone(), number).is_some())
            .count()
            > 0;
        if is_double {
            tell(tr(
                "Another reservation has the same hardware address, name or address.",
            ));
        }
    }
}

fn boot(at: usize, block: &IpBlock, settings: &Dhcp, problems: &mut Vec<Problem>) {
    if block.is_ipv6() && settings.boot_file.is_some() {
        problems.push(Problem::error(
            Spot::Boot(at),
            tr("libvirt serves boot files over IPv4 only."),
        ));
    }
    if settings.boot_server.is_some() && settings.boot_file.is_none() {
        problems.push(Problem::error(
            Spot::Boot(at),
            tr("Name the file that is to be booted, too."),
        ));
    }
    if block.tftp.as_deref().is_some_and(|root| !root.starts_with('/')) {
        problems.push(Problem::error(
            Spot::Boot(at),
            tr("The folder that is served by TFTP is an absolute path on the host."),
        ));
    }
}

/// Static routes.
pub(super) fn routes(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    for (at, route) in details.routes.iter().enumerate() {
        let spot = Spot::Route(at);
        let Some(net) = route.net() else {
            problems.push(Problem::error(spot, tr("That is no subnet, such as 10.0.0.0/8.")));
            continue;
        };
        if matches!(net, IpNet::V6(_)) != (route.family.as_deref() == Some("ipv6")) {
            problems.push(Problem::error(
                spot,
                tr("Address and kind of address do not fit together."),
            ));
        }
        if net.addr() != net.network() {
            problems.push(Problem::error(
                spot,
                tr_f(
                    "The subnet of that address is {subnet}.",
                    &[("subnet", &net.trunc().to_string())],
                ),
            ));
        }
        match ip(route.gateway.as_deref()) {
            None => problems.push(Problem::error(spot, tr("A route needs a gateway."))),
            Some(gateway) => {
                let mut own = details.ips.iter().filter_map(IpBlock::net);
                if !own.any(|own| own.contains(&gateway)) {
                    problems.push(Problem::error(spot, tr("The gateway is in no subnet of this network.")));
                }
            }
        }
        if route.metric == Some(0) {
            problems.push(Problem::error(spot, tr("The cost of a route is 1 or more.")));
        }
    }
}
