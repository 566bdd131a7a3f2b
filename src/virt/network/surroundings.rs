//! What is around a network: other networks, and what the host reaches already.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{list, xml};
use crate::model::network::{Neighbour, NetworkDetails, Surroundings};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Handle, Network};
use crate::virt::sys;

/// The networks of a host with their subnets, and the routes of the host where it is this computer.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn surroundings(connection: &Connection) -> Result<Surroundings> {
    const OP: &str = "list networks";
    let networks: Vec<Handle<Network>> = list(connection, sys::virConnectListAllNetworks, 0, OP)?;
    let known = networks.iter().filter_map(|network| {
        let text = xml(connection, network, false, OP).ok()?;
        NetworkDetails::parse(&text).ok().map(|details| Neighbour::of(&details))
    });
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let routes = if connection.is_local && connection.shared_world {
        let (ipv4, ipv6) = (read("/proc/net/route"), read("/proc/net/ipv6_route"));
        ipv4_routes(&ipv4).chain(ipv6_routes(&ipv6)).collect()
    } else {
        Vec::new()
    };
    Ok(Surroundings {
        networks: known.collect(),
        routes,
    })
}

/// Reads the kernel's table: hexadecimal numbers in the order of bytes of the network.
fn ipv4_routes(table: &str) -> impl Iterator<Item = (String, IpNet)> + '_ {
    table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok().map(u32::to_ne_bytes);
        let net = Ipv4Net::with_netmask(Ipv4Addr::from(number(1)?), Ipv4Addr::from(number(7)?)).ok()?;
        Some(((*fields.first()?).to_owned(), IpNet::V4(net.trunc())))
    })
}

fn ipv6_routes(table: &str) -> impl Iterator<Item = (String, IpNet)> + '_ {
    table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let address = Ipv6Addr::from(u128::from_str_radix(fields.first()?, 16).ok()?);
        let length = u8::from_str_radix(fields.get(1)?, 16).ok()?;
        let device = (*fields.last()?).to_owned();
        let is_own = device == "lo" || address.is_multicast() || address.is_unicast_link_local() || length == 128;
        let net = Ipv6Net::new(address, length).ok()?;
        (!is_own).then(|| (device, IpNet::V6(net.trunc())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_tables_are_read() {
        let ipv4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                    virbr0\t007AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
                    broken\tzz\n";
        let found: Vec<_> = ipv4_routes(ipv4)
            .map(|(device, net)| format!("{net} {device}"))
            .collect();
        if cfg!(target_endian = "little") {
            assert_eq!(found, ["0.0.0.0/0 eth0", "192.168.122.0/24 virbr0"]);
        }
        let ipv6 = "fd000000000000640000000000000000 40 00000000000000000000000000000000 00 \
                    00000000000000000000000000000000 00000100 00000001 00000000 00000001   virbr1\n\
                    00000000000000000000000000000001 80 00000000000000000000000000000000 00 \
                    00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo\n\
                    fe800000000000000000000000000000 40 00000000000000000000000000000000 00 \
                    00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n";
        let found: Vec<_> = ipv6_routes(ipv6)
            .map(|(device, net)| format!("{net} {device}"))
            .collect();
        assert_eq!(found, ["fd00:0:0:64::/64 virbr1"]);
    }
}
