//! What a row of the form writes.

use super::tables;
use crate::i18n::tr;
use crate::model::hardware::Value;
use crate::model::network::check::Surroundings;
use crate::model::network::defaults::{NetworkDraft, new_network, usual_range};
use crate::model::network::details::{Dhcp, ForwardMode, IpBlock, NetworkDetails, Rate};

/// Gives a row another value.
///
/// # Errors
/// Why it cannot be: a sentence for the user.
pub fn set(details: &mut NetworkDetails, around: &Surroundings, row: &str, value: &Value) -> Result<(), String> {
    if let Some((block, name)) = row.split_once('.') {
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
        "ipv4" => set_family(details, around, false, value.is_on()),
        "ipv6" => set_family(details, around, true, value.is_on()),
        "domain" => details.domain.name = text(),
        "local-only" => details.domain.local_only = on(),
        "dns" => details.dns.enable = on(),
        "plain-names" => details.dns.forward_plain_names = on(),
        "isolated" => details.traffic.isolated = on(),
        "trunk" => details.traffic.trunk = on(),
        "virtualport" => details.traffic.virtualport = text(),
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
        _ => {
            let (rates, part) = row.split_once('-').unwrap_or((row, "average"));
            let rate: &mut Rate = match rates {
                "inbound" => &mut details.traffic.inbound,
                "outbound" => &mut details.traffic.outbound,
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
        (forward.pf, forward.managed, forward.driver) = (None, None, None);
        forward.addresses.clear();
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
