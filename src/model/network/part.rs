//! Elements of a network's definition as values, read and written in place.

use std::collections::HashMap;

use super::details::{
    Dhcp, DhcpHost, DhcpRange, DnsHost, ForwardAddress, ForwardInterface, Forwarder, IpBlock, PortGroupDetails, Route,
    Srv, Traffic, Txt, VlanTag,
};
use crate::model::xml::field::{Field, Value};
use crate::model::xml::object::{
    network_dns as dns, network_forward as forward, network_ip as ip, network_portgroup as portgroup,
    network_range as range, network_reservation as reservation, network_route as route, network_tag as tag,
};
use crate::model::xml::{Document, NodeId, Place, Refused};

/// An element of which there may be several.
pub(super) trait Part: Sized + PartialEq + Default {
    /// Its name.
    const ELEMENT: &'static str;

    /// Reads it.
    fn read(document: &Document, id: NodeId) -> Self;

    /// Writes what differs.
    fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused>;

    /// What makes it itself among others.
    fn key(&self) -> String;
}

/// Writes a value where it differs from what is there. What is there and is no such value stays, as long as nobody gives it one.
pub(super) fn put<T: Value + PartialEq + Clone>(
    document: &mut Document,
    id: NodeId,
    field: Field<T>,
    value: &Option<T>,
) -> Result<(), Refused> {
    if document.get(id, field) == *value {
        return Ok(());
    }
    document.set(id, field, value.clone())
}

/// The elements of a kind directly inside.
pub(super) fn nodes<P: Part>(document: &Document, parent: NodeId) -> Vec<NodeId> {
    document.children_named(parent, P::ELEMENT).collect()
}

/// Reads all elements of a kind.
pub(super) fn read_all<P: Part>(document: &Document, parent: NodeId) -> Vec<P> {
    let all = nodes::<P>(document, parent).into_iter();
    all.map(|id| P::read(document, id)).collect()
}

/// Makes the elements of a kind those of the list, in its order. An element that says something already is found again: by
/// being the same, else by its key, else by its place; so what is not known of it stays with it.
pub(super) fn write_all<P: Part>(document: &mut Document, parent: NodeId, wanted: &[P]) -> Result<(), Refused> {
    let there: Vec<(NodeId, P)> = nodes::<P>(document, parent)
        .into_iter()
        .map(|id| (id, P::read(document, id)))
        .collect();
    let found = assign(&there, wanted);
    for (at, (id, _)) in there.iter().enumerate() {
        if !found.contains(&Some(at)) {
            document.remove(*id);
        }
    }
    let mut previous: Option<(NodeId, usize)> = None;
    for (value, at) in wanted.iter().zip(found) {
        let id = match (at, previous) {
            (Some(at), Some((before, rank))) if at < rank => {
                let source = document.source(there[at].0);
                document.remove(there[at].0);
                document.insert(parent, Place::After(before), &source)?
            }
            (Some(at), _) => there[at].0,
            (None, Some((before, _))) => {
                document.insert(parent, Place::After(before), &format!("<{}/>", P::ELEMENT))?
            }
            (None, None) => match there.iter().find(|(id, _)| document.contains(*id)) {
                Some((next, _)) => {
                    let next = *next;
                    document.insert(parent, Place::Before(next), &format!("<{}/>", P::ELEMENT))?
                }
                None => document.insert_ordered(parent, &format!("<{}/>", P::ELEMENT))?,
            },
        };
        value.write(document, id)?;
        let rank = at.unwrap_or(0).max(previous.map_or(0, |(_, rank)| rank));
        previous = Some((id, rank));
    }
    Ok(())
}

/// Which element each value belongs to.
fn assign<P: Part>(there: &[(NodeId, P)], wanted: &[P]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut taken = vec![false; there.len()];
    for (place, value) in wanted.iter().enumerate() {
        let same = (0..there.len()).find(|at| !taken[*at] && there[*at].1 == *value);
        if let Some(at) = same {
            (found[place], taken[at]) = (Some(at), true);
        }
    }
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (at, (_, value)) in there.iter().enumerate().filter(|(at, _)| !taken[*at]) {
        by_key.entry(value.key()).or_insert(at);
    }
    for (place, value) in wanted.iter().enumerate() {
        if found[place].is_none()
            && let Some(at) = by_key.remove(&value.key())
        {
            (found[place], taken[at]) = (Some(at), true);
        }
    }
    if there.len() == wanted.len() {
        for place in 0..wanted.len() {
            if found[place].is_none() && !taken[place] {
                (found[place], taken[place]) = (Some(place), true);
            }
        }
    }
    found
}

fn said(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// A part all of whose values are fields.
macro_rules! part {
    ($type:ident = $element:literal by [$($key:ident),*] { $($name:ident: $field:path),* $(,)? }) => {
        impl Part for $type {
            const ELEMENT: &'static str = $element;

            fn read(document: &Document, id: NodeId) -> Self {
                Self { $($name: document.get(id, $field)),* }
            }

            fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
                $(put(document, id, $field, &self.$name)?;)*
                Ok(())
            }

            fn key(&self) -> String {
                [$(said(&self.$key)),*].join(" ")
            }
        }
    };
}

part!(ForwardInterface = "interface" by [dev] { dev: forward::DEV });
part!(ForwardAddress = "address" by [domain, bus, slot, function] {
    domain: forward::PCI_DOMAIN, bus: forward::PCI_BUS, slot: forward::PCI_SLOT, function: forward::PCI_FUNCTION,
});
part!(Forwarder = "forwarder" by [address, domain] { address: dns::ADDRESS, domain: dns::DOMAIN });
part!(Txt = "txt" by [name] { name: dns::NAME, value: dns::VALUE });
part!(Srv = "srv" by [service, protocol, domain, target] {
    service: dns::SERVICE, protocol: dns::PROTOCOL, domain: dns::DOMAIN, target: dns::TARGET, port: dns::PORT,
    priority: dns::PRIORITY, weight: dns::WEIGHT,
});
part!(DhcpRange = "range" by [start, end] {
    start: range::START, end: range::END, expiry: range::EXPIRY, unit: range::UNIT,
});
part!(DhcpHost = "host" by [mac, id] {
    mac: reservation::MAC, id: reservation::ID, name: reservation::NAME, ip: reservation::IP,
    expiry: reservation::EXPIRY, unit: reservation::UNIT,
});
part!(Route = "route" by [family, address, gateway] {
    family: route::FAMILY, address: route::ADDRESS, netmask: route::NETMASK, prefix: route::PREFIX,
    gateway: route::GATEWAY, metric: route::METRIC,
});
part!(VlanTag = "tag" by [native] { id: tag::ID, native: tag::NATIVE });

impl Part for DnsHost {
    const ELEMENT: &'static str = "host";

    fn read(document: &Document, id: NodeId) -> Self {
        let names = document.children_named(id, "hostname");
        Self {
            ip: document.get(id, dns::IP),
            names: names.map(|name| document.text(name).trim().to_owned()).collect(),
        }
    }

    fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        put(document, id, dns::IP, &self.ip)?;
        let names: Vec<HostName> = self.names.iter().cloned().map(HostName).collect();
        write_all(document, id, &names)
    }

    fn key(&self) -> String {
        said(&self.ip).to_owned()
    }
}

/// A name of an address.
#[derive(PartialEq, Default)]
struct HostName(String);

impl Part for HostName {
    const ELEMENT: &'static str = "hostname";

    fn read(document: &Document, id: NodeId) -> Self {
        Self(document.text(id).trim().to_owned())
    }

    fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        document.set_value(id, &self.0)
    }

    fn key(&self) -> String {
        self.0.clone()
    }
}

impl Part for IpBlock {
    const ELEMENT: &'static str = "ip";

    fn read(document: &Document, id: NodeId) -> Self {
        Self {
            family: document.get(id, ip::FAMILY),
            address: document.get(id, ip::ADDRESS),
            netmask: document.get(id, ip::NETMASK),
            prefix: document.get(id, ip::PREFIX),
            local_ptr: document.get(id, ip::LOCAL_PTR),
            tftp: document.get(id, ip::TFTP),
            dhcp: document.child(id, "dhcp").map(|dhcp| Dhcp {
                ranges: read_all(document, dhcp),
                hosts: read_all(document, dhcp),
                boot_file: document.get(id, ip::BOOT_FILE),
                boot_server: document.get(id, ip::BOOT_SERVER),
            }),
        }
    }

    fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        put(document, id, ip::FAMILY, &self.family)?;
        put(document, id, ip::ADDRESS, &self.address)?;
        put(document, id, ip::NETMASK, &self.netmask)?;
        put(document, id, ip::PREFIX, &self.prefix)?;
        put(document, id, ip::LOCAL_PTR, &self.local_ptr)?;
        put(document, id, ip::TFTP, &self.tftp)?;
        let Some(dhcp) = &self.dhcp else {
            if let Some(dhcp) = document.child(id, "dhcp") {
                document.remove(dhcp);
            }
            return Ok(());
        };
        let inside = match document.child(id, "dhcp") {
            Some(inside) => inside,
            None => document.insert_ordered(id, "<dhcp/>")?,
        };
        write_all(document, inside, &dhcp.ranges)?;
        write_all(document, inside, &dhcp.hosts)?;
        if dhcp.boot_file.is_none() && document.get(id, ip::BOOT_FILE).is_some() {
            // A server without a file is nothing to libvirt.
            if let Some(bootp) = document.child(inside, "bootp") {
                document.remove(bootp);
            }
            return Ok(());
        }
        put(document, id, ip::BOOT_FILE, &dhcp.boot_file)?;
        put(document, id, ip::BOOT_SERVER, &dhcp.boot_server)
    }

    fn key(&self) -> String {
        // There is one of a family that matters most: the first.
        said(&self.address).to_owned()
    }
}

impl Part for PortGroupDetails {
    const ELEMENT: &'static str = "portgroup";

    fn read(document: &Document, id: NodeId) -> Self {
        Self {
            name: document.get(id, portgroup::NAME),
            default: document.get(id, portgroup::DEFAULT),
            traffic: Traffic::read(document, id),
        }
    }

    fn write(&self, document: &mut Document, id: NodeId) -> Result<(), Refused> {
        put(document, id, portgroup::NAME, &self.name)?;
        put(document, id, portgroup::DEFAULT, &self.default)?;
        self.traffic.write(document, id)
    }

    fn key(&self) -> String {
        said(&self.name).to_owned()
    }
}
