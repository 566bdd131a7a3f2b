//! What a row of the form writes.

use super::{tables, traffic};
use crate::i18n::tr;
use crate::model::hardware::Value;
use crate::model::network::check::Surroundings;
use crate::model::network::defaults::{NetworkDraft, new_network, usual_range};
use crate::model::network::details::{Dhcp, ForwardMode, IpBlock, NetworkDetails, Rate, Traffic};

/// Gives a row another value.
///
/// # Errors
/// Why it cannot be: a sentence for the user.
pub fn set(details: &mut NetworkDetails, around: &Surroundings, row: &str, value: &Value) -> Result<(), String> {
    if let Some((block, name)) = row.split_once('.') {
        if let Some(group) = block.strip_prefix("group") {
            let place: usize = group.parse().map_err(|_| unknown())?;
            let group = details.portgroups.get_mut(place).ok_or_else(unknown)?;
            return set_traffic(&mut group.traffic, name, value);
        }
        let place: usize = block.parse().map_err(|_| unknown())?;
        return match details.ips.get_mut(place) {
            Some(block) => set_block(block, name, value),
            None => Err(unknown()),
        };
    }
    let text = || value.some().map(|text| text.trim().to_owned());
    let on = || Some(value.is_on());
    match row {
        "name" => details.name = text().unwrap_or_default(),
        "mode" => set_mode(details, around, value.text()),
        "dev" => details.forward.dev = text(),
        "pf" => details.forward.pf = text(),
        "managed" => details.forward.managed = on(),
        "nat-ipv6" => details.forward.nat_ipv6 = on(),
        "nat-addresses" => set_nat(details, value.text()),
        "nat-ports" => set_ports(details, value.text())?,
        "driver" => details.forward.driver = text(),
        "register" => details.domain.register = on(),
        "mac-table" => details.bridge.mac_table = text(),
        "dnsmasq" => {
            let lines = value.text().lines().map(str::trim).filter(|line| !line.is_empty());
            details.dnsmasq = lines.map(str::to_owned).collect();
        }
        "ipv4" => set_family(details, around, false, value.is_on()),
        "ipv6" => set_family(details, around, true, value.is_on()),
        "domain" => details.domain.name = text(),
        "local-only" => details.domain.local_only = on(),
        "dns" => details.dns.enable = on(),
        "plain-names" => details.dns.forward_plain_names = on(),
        "isolated" => details.traffic.isolated = on(),
        "title" => details.title = text(),
        "description" => details.description = text(),
        "mtu" => details.mtu = number(value)?,
        "bridge" => details.bridge.name = text(),
        "stp" => details.bridge.stp = on(),
        "delay" => details.bridge.delay = number(value)?,
        "zone" => details.bridge.zone = text(),
        "mac" => details.mac = text(),
        "guest-ipv6" => details.guest_ipv6 = on(),
        _ => return set_table(details, row, value),
    }
    Ok(())
}

fn set_table(details: &mut NetworkDetails, row: &str, value: &Value) -> Result<(), String> {
    let lines = value.lines();
    match row {
        "interfaces" => tables::write_interfaces(details, lines),
        "addresses" => tables::write_addresses(details, lines)?,
        "routes" => tables::write_routes(details, lines)?,
        "names" => tables::write_names(details, lines),
        "forwarders" => tables::write_forwarders(details, lines),
        "texts" => tables::write_texts(details, lines),
        "services" => tables::write_services(details, lines)?,
        "vlans" => tables::write_vlans(details, lines)?,
        "groups" => tables::write_port_groups(details, lines)?,
        _ => set_traffic(&mut details.traffic, row, value)?,
    }
    Ok(())
}

/// What a network and each of its port groups have.
fn set_traffic(of: &mut Traffic, row: &str, value: &Value) -> Result<(), String> {
    match row {
        "trunk" => of.trunk = Some(value.is_on()),
        "trust" => of.trust = Some(value.is_on()),
        "virtualport" => {
            of.virtualport = value.some().map(str::to_owned);
            if of.virtualport.is_none() {
                of.parameters.clear();
            }
        }
        "parameters" => traffic::write_parameters(of, value.lines())?,
        "native" => set_native(of, value)?,
        _ => {
            let (rates, part) = row.split_once('-').unwrap_or((row, "average"));
            let rate: &mut Rate = match rates {
                "inbound" => &mut of.inbound,
                "outbound" => &mut of.outbound,
                _ => return Err(unknown()),
            };
            match part {
                "average" => rate.average = number(value)?,
                "peak" => rate.peak = number(value)?,
                "burst" => rate.burst = number(value)?,
                _ => return Err(unknown()),
            }
        }
    }
    Ok(())
}

/// The VLAN that packets without a tag belong to.
fn set_native(traffic: &mut Traffic, value: &Value) -> Result<(), String> {
    let wanted = number(value)?;
    if wanted.is_some() && traffic.tags.iter().all(|tag| tag.id != wanted) {
        return Err(tr("This is none of the VLANs of the group."));
    }
    for tag in &mut traffic.tags {
        tag.native = match (wanted.is_some() && tag.id == wanted, tag.native.take()) {
            (true, native) => Some(native.unwrap_or_else(|| "untagged".to_owned())),
            (false, _) => None,
        };
    }
    Ok(())
}

fn set_block(block: &mut IpBlock, name: &str, value: &Value) -> Result<(), String> {
    let text = || value.some().map(|text| text.trim().to_owned());
    let ipv6 = block.is_ipv6();
    match name {
        "address" => set_address(block, value.text().trim())?,
        "dhcp" if value.is_on() && block.dhcp.is_none() => {
            let ranges = block.net().and_then(usual_range).into_iter().collect();
            block.dhcp = Some(Dhcp {
                ranges,
                ..Dhcp::default()
            });
        }
        "dhcp" if !value.is_on() => block.dhcp = None,
        "dhcp" => {}
        "tftp" => block.tftp = text(),
        "local-ptr" => block.local_ptr = Some(value.is_on()),
        _ => {
            let Some(dhcp) = &mut block.dhcp else {
                return Err(unknown());
            };
            match name {
                "ranges" => tables::write_ranges(dhcp, value.lines())?,
                "hosts" => tables::write_hosts(dhcp, value.lines(), ipv6)?,
                "boot-file" => dhcp.boot_file = text(),
                "boot-server" => dhcp.boot_server = text(),
                _ => return Err(unknown()),
            }
        }
    }
    Ok(())
}

/// Another address; a range that was the usual one of the old subnet becomes that of the new one.
fn set_address(block: &mut IpBlock, text: &str) -> Result<(), String> {
    let ipv6 = block.is_ipv6();
    let wrong = || match ipv6 {
        true => tr("An address with the length of its prefix, like fd00:100::1/64."),
        false => tr("An address with the length of its prefix, like 192.168.100.1/24."),
    };
    let net: ipnet::IpNet = text.parse().map_err(|_| wrong())?;
    if net.addr().is_ipv6() != ipv6 {
        return Err(wrong());
    }
    let before = block.net().and_then(usual_range);
    block.set_net(net);
    if let (Some(before), Some(dhcp)) = (before, &mut block.dhcp) {
        for range in &mut dhcp.ranges {
            if range.start == before.start
                && range.end == before.end
                && let Some(usual) = usual_range(net)
            {
                (range.start, range.end) = (usual.start, usual.end);
            }
        }
    }
    Ok(())
}

/// Another kind: what only the old one has goes, what the new one needs comes.
fn set_mode(details: &mut NetworkDetails, around: &Surroundings, word: &str) {
    let mode = match word {
        "" => ForwardMode::Isolated,
        word => match ForwardMode::from_word(word) {
            Some(mode) => mode,
            None => return,
        },
    };
    let before = details.forward.mode;
    if before == Some(mode) {
        return;
    }
    let forward = &mut details.forward;
    forward.mode = Some(mode);
    if mode != ForwardMode::Nat {
        (forward.nat_ipv6, forward.nat_start, forward.nat_end) = (None, None, None);
        (forward.nat_port_start, forward.nat_port_end) = (None, None);
    }
    if !matches!(mode, ForwardMode::Nat | ForwardMode::Route) && mode.has_own_bridge() || mode == ForwardMode::Hostdev {
        forward.dev = None;
    }
    if mode != ForwardMode::Hostdev {
        (forward.managed, forward.driver) = (None, None);
        forward.addresses.clear();
    }
    if !matches!(mode, ForwardMode::Hostdev | ForwardMode::Passthrough) {
        forward.pf = None;
    }
    if mode.has_own_bridge() || mode == ForwardMode::Hostdev {
        forward.interfaces.clear();
    }
    let had_own = before.is_none_or(ForwardMode::has_own_bridge);
    if mode.has_own_bridge() && !had_own {
        let fresh = new_network(
            &NetworkDraft {
                name: Some(details.name.clone()),
                mode,
                ipv4: true,
                ipv6: false,
                dhcp: true,
            },
            around,
        );
        (details.bridge, details.ips) = (fresh.bridge, fresh.ips);
    } else if !mode.has_own_bridge() {
        details.bridge = super::super::details::Bridge::default();
        details.ips.clear();
        details.routes.clear();
        details.dns = super::super::details::Dns::default();
        details.domain = super::super::details::DnsDomain::default();
        (details.mac, details.guest_ipv6) = (None, None);
    }
}

fn set_family(details: &mut NetworkDetails, around: &Surroundings, ipv6: bool, on: bool) {
    if !on {
        details.ips.retain(|block| block.is_ipv6() != ipv6);
        return;
    }
    if details.ips.iter().any(|block| block.is_ipv6() == ipv6) {
        return;
    }
    let fresh = new_network(
        &NetworkDraft {
            name: Some(details.name.clone()),
            mode: details.forward.mode.unwrap_or_default(),
            ipv4: !ipv6,
            ipv6,
            dhcp: true,
        },
        around,
    );
    let translates = fresh.forward.nat_ipv6;
    details.ips.extend(fresh.ips);
    details.ips.sort_by_key(IpBlock::is_ipv6);
    if translates.is_some() && details.forward.nat_ipv6.is_none() {
        details.forward.nat_ipv6 = translates;
    }
}

fn set_nat(details: &mut NetworkDetails, text: &str) {
    let mut parts = text.split(['–', '-']).map(str::trim).filter(|part| !part.is_empty());
    let (start, end) = (parts.next(), parts.next());
    details.forward.nat_start = start.map(str::to_owned);
    // One address is a range of one.
    details.forward.nat_end = end.or(start).map(str::to_owned);
}

/// A range of ports, or one.
fn set_ports(details: &mut NetworkDetails, text: &str) -> Result<(), String> {
    let parts = text.split(['–', '-']).map(str::trim).filter(|part| !part.is_empty());
    let wrong = || tr("A port is a number from 1 to 65535; a range is two of them, like 1024 – 65535.");
    let read = |part: &str| {
        part.parse::<u16>()
            .ok()
            .filter(|port| *port > 0)
            .map(u64::from)
            .ok_or_else(wrong)
    };
    let ports: Vec<u64> = parts.map(read).collect::<Result<_, String>>()?;
    let forward = &mut details.forward;
    (forward.nat_port_start, forward.nat_port_end) = match ports[..] {
        [] => (None, None),
        [one] => (Some(one), Some(one)),
        [start, end] => (Some(start), Some(end)),
        _ => return Err(wrong()),
    };
    Ok(())
}

fn number(value: &Value) -> Result<Option<u64>, String> {
    let text = value.text().trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| tr("This is no whole number."))
}

fn unknown() -> String {
    tr("This cannot be changed here.")
}
