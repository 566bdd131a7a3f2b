//! Subnets: reading them, and finding one that nobody uses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::details::{IpBlock, NetworkDetails, Route};

/// The subnet of an address with its netmask or prefix. Without either it is what the class of the address says, as libvirt
/// has it: IPv4 by its first bits, 64 for IPv6.
pub(super) fn net_of(address: Option<&str>, netmask: Option<&str>, prefix: Option<u64>) -> Option<IpNet> {
    let address: IpAddr = address?.trim().parse().ok()?;
    let length = match (netmask, prefix) {
        (None, None) if address.is_unspecified() => 0,
        (_, Some(prefix)) => u8::try_from(prefix).ok()?,
        (Some(mask), None) => ipnet::ip_mask_to_prefix(mask.trim().parse().ok()?).ok()?,
        (None, None) => match address {
            IpAddr::V4(address) => match address.octets()[0] {
                0..128 => 8,
                128..192 => 16,
                _ => 24,
            },
            IpAddr::V6(_) => 64,
        },
    };
    IpNet::new(address, length).ok()
}

impl IpBlock {
    /// It is one of IPv6.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.family.as_deref() == Some("ipv6")
    }

    /// The host's address with the length of the prefix; `None` where it is none. Its `trunc` is the subnet.
    #[must_use]
    pub fn net(&self) -> Option<IpNet> {
        net_of(self.address.as_deref(), self.netmask.as_deref(), self.prefix)
    }

    /// The host's address as a person writes it: `192.168.122.1/24`; what is there where that is no address.
    #[must_use]
    pub fn address_text(&self) -> String {
        match self.net() {
            Some(net) => net.to_string(),
            None => self.address.clone().unwrap_or_default(),
        }
    }

    /// Sets address and prefix or netmask (the one that is there already), and the family.
    pub fn set_net(&mut self, net: IpNet) {
        if self.net() == Some(net) {
            return;
        }
        self.address = Some(net.addr().to_string());
        match net {
            IpNet::V4(net) if self.netmask.is_some() => self.netmask = Some(net.netmask().to_string()),
            _ => (self.prefix, self.netmask) = (Some(u64::from(net.prefix_len())), None),
        }
        match net {
            IpNet::V6(_) => self.family = Some("ipv6".to_owned()),
            IpNet::V4(_) if self.is_ipv6() => self.family = None,
            IpNet::V4(_) => {}
        }
    }
}

impl Route {
    /// Where it leads; `None` where that is no subnet.
    #[must_use]
    pub fn net(&self) -> Option<IpNet> {
        net_of(self.address.as_deref(), self.netmask.as_deref(), self.prefix)
    }

    /// Where it leads as a person writes it: `10.0.0.0/8`.
    #[must_use]
    pub fn address_text(&self) -> String {
        match self.net() {
            Some(net) => net.to_string(),
            None => self.address.clone().unwrap_or_default(),
        }
    }

    /// Sets where it leads, and the family.
    pub fn set_net(&mut self, net: IpNet) {
        if self.net() == Some(net) {
            return;
        }
        self.address = Some(net.trunc().addr().to_string());
        (self.prefix, self.netmask) = (Some(u64::from(net.prefix_len())), None);
        self.family = matches!(net, IpNet::V6(_)).then(|| "ipv6".to_owned());
    }
}

/// The subnets of a network.
#[must_use]
pub fn subnets(details: &NetworkDetails) -> Vec<IpNet> {
    details
        .ips
        .iter()
        .filter_map(IpBlock::net)
        .map(|net| net.trunc())
        .collect()
}

/// Whether two subnets share an address.
pub(super) fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

/// The first subnet for a new network that overlaps none of these: `192.168.100.0/24` and on, as others choose them, too; those
/// before it, and those of `10.0.0.0/8` and `172.16.0.0/12` when all are taken. The address is that of the host in it.
#[must_use]
pub fn first_free_ipv4(taken: &[IpNet]) -> Option<Ipv4Net> {
    let of = |a: u8, b: u8, c: u8| Ipv4Net::new(Ipv4Addr::new(a, b, c, 1), 24).ok();
    let usual = (100..=254u8).chain(1..100).filter_map(|c| of(192, 168, c));
    let more = (16..32u8).filter_map(|b| of(172, b, 100));
    let most = (100..=254u8).filter_map(|b| of(10, b, 0));
    usual
        .chain(more)
        .chain(most)
        .find(|net| is_free(IpNet::V4(*net), taken))
}

/// The first unique local subnet `fd00:0:0:N::/64` that overlaps none of these. The address is that of the host in it.
#[must_use]
pub fn first_free_ipv6(taken: &[IpNet]) -> Option<Ipv6Net> {
    (100..=0xffff_u16)
        .filter_map(|number| Ipv6Net::new(Ipv6Addr::new(0xfd00, 0, 0, number, 0, 0, 0, 1), 64).ok())
        .find(|net| is_free(IpNet::V6(*net), taken))
}

fn is_free(net: IpNet, taken: &[IpNet]) -> bool {
    // A route for everything takes no subnet.
    taken
        .iter()
        .all(|other| other.prefix_len() == 0 || !overlap(&net, other))
}
