//! Names, and what ports may do.

use std::collections::HashSet;
use std::net::IpAddr;

use super::{Problem, Spot};
use crate::i18n::{tr, tr_f};
use crate::model::network::details::{NetworkDetails, Rate, Traffic};

/// Six bytes with colons between them.
pub(super) fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The bit of a group.
pub(super) fn is_multicast(mac: &str) -> bool {
    let first = mac.split(':').next().and_then(|part| u8::from_str_radix(part, 16).ok());
    first.is_some_and(|first| first & 1 == 1)
}

/// A name of DNS; underscores are in use.
pub(super) fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_label)
}

/// The DNS domain.
pub(super) fn domain(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    if details.domain.name.as_deref().is_some_and(|name| !is_host_name(name)) {
        problems.push(Problem::error(
            Spot::Domain,
            tr("A domain has letters, digits, dashes and dots."),
        ));
    }
    if details.domain.name.is_none() && details.domain.local_only == Some(true) {
        problems.push(Problem::error(
            Spot::Domain,
            tr("Name the domain that is not to be asked elsewhere."),
        ));
    }
}

/// What DNS serves.
pub(super) fn dns(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    let dns = &details.dns;
    let is_ip = |text: &str| text.trim().parse::<IpAddr>().is_ok();
    for (at, forwarder) in dns.forwarders.iter().enumerate() {
        let spot = Spot::Forwarder(at);
        if forwarder.address.is_none() && forwarder.domain.is_none() {
            problems.push(Problem::error(spot, tr("Name a server or a domain.")));
        }
        if forwarder.address.as_deref().is_some_and(|address| !is_ip(address)) {
            problems.push(Problem::error(spot, tr("That is no address of a server.")));
        }
        if forwarder.domain.as_deref().is_some_and(|domain| !is_host_name(domain)) {
            problems.push(Problem::error(
                spot,
                tr("A domain has letters, digits, dashes and dots."),
            ));
        }
    }
    let mut seen = HashSet::new();
    for (at, txt) in dns.txts.iter().enumerate() {
        let name = txt.name.as_deref().unwrap_or_default();
        if name.is_empty() || name.contains([' ', ',']) {
            problems.push(Problem::error(
                Spot::Txt(at),
                tr("A text needs a name without spaces and commas."),
            ));
        } else if !seen.insert(name) {
            problems.push(Problem::error(
                Spot::Txt(at),
                tr_f("There is a text “{name}” already.", &[("name", name)]),
            ));
        }
    }
    let mut seen = HashSet::new();
    for (at, host) in dns.hosts.iter().enumerate() {
        let spot = Spot::DnsHost(at);
        let ip = host.ip.as_deref().unwrap_or_default();
        if !is_ip(ip) {
            problems.push(Problem::error(spot, tr("Say which address the names are for.")));
        } else if !seen.insert(ip.trim().to_owned()) {
            problems.push(Problem::error(
                spot,
                tr_f("Names of {address} are there already.", &[("address", ip)]),
            ));
        }
        if host.names.is_empty() || host.names.iter().any(|name| !is_host_name(name)) {
            problems.push(Problem::error(
                spot,
                tr("A host name has letters, digits, dashes and dots."),
            ));
        }
    }
    for (at, srv) in dns.srvs.iter().enumerate() {
        let spot = Spot::Srv(at);
        let service = srv.service.as_deref().unwrap_or_default();
        if service.is_empty() || service.contains(['.', ' ']) {
            problems.push(Problem::error(spot, tr("A service needs a name, such as “ldap”.")));
        }
        if !matches!(srv.protocol.as_deref(), Some("tcp" | "udp")) {
            problems.push(Problem::error(spot, tr("The protocol of a service is tcp or udp.")));
        }
        if srv.target.is_some() && srv.port.is_none() {
            problems.push(Problem::error(spot, tr("Say at which port the service is.")));
        }
        let numbers = [
            srv.port.filter(|port| *port > 0 || srv.port == Some(0)),
            srv.priority,
            srv.weight,
        ];
        if numbers.into_iter().flatten().any(|number| number > 65535) || srv.port == Some(0) {
            problems.push(Problem::error(
                spot,
                tr("Port, priority and weight of a service are at most 65535, and a port is 1 or more."),
            ));
        }
    }
}

/// Groups of ports, and what all ports may do.
pub(super) fn ports(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    traffic(&details.traffic, Spot::Traffic, problems);
    let mut seen = HashSet::new();
    let mut defaults = 0;
    for (at, group) in details.portgroups.iter().enumerate() {
        let spot = Spot::PortGroup(at);
        let name = group.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            problems.push(Problem::error(spot, tr("A port group needs a name.")));
        } else if !seen.insert(name) {
            problems.push(Problem::error(
                spot,
                tr_f("There is a port group “{name}” already.", &[("name", name)]),
            ));
        }
        if group.default == Some(true) {
            defaults += 1;
            if defaults > 1 {
                problems.push(Problem::error(spot, tr("Another port group is the default already.")));
            }
        }
        traffic(&group.traffic, spot, problems);
    }
}

fn traffic(traffic: &Traffic, spot: Spot, problems: &mut Vec<Problem>) {
    for rate in [traffic.inbound, traffic.outbound] {
        let Rate { average, peak, burst } = rate;
        if average.is_none() && (peak.is_some() || burst.is_some()) {
            problems.push(Problem::error(
                spot,
                tr("A limit needs an average before it can have a peak or a burst."),
            ));
        } else if average == Some(0) {
            problems.push(Problem::error(spot, tr("A limit of 0 lets nothing through.")));
        } else if let (Some(average), Some(peak)) = (average, peak)
            && peak < average
        {
            problems.push(Problem::error(
                spot,
                tr("The peak of a limit is not below its average."),
            ));
        }
    }
    let mut seen = HashSet::new();
    for tag in &traffic.tags {
        match tag.id {
            Some(id) if id <= 4095 && seen.insert(id) => {}
            Some(id) if id <= 4095 => problems.push(Problem::error(
                spot,
                tr_f("VLAN {number} is there twice.", &[("number", &id.to_string())]),
            )),
            _ => problems.push(Problem::error(spot, tr("The number of a VLAN is between 0 and 4095."))),
        }
    }
    if traffic.tags.len() > 1 && traffic.trunk == Some(false) {
        problems.push(Problem::error(spot, tr("Several VLANs need a trunk.")));
    }
}
