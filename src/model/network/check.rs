//! What is wrong with a network, value by value, before libvirt is asked.

mod addresses;
mod names;

use ipnet::IpNet;

use super::details::{ForwardMode, NetworkDetails};
use super::subnet::overlap;
use crate::i18n::{tr, tr_f};

/// Which value of [`NetworkDetails`]; numbers are places in its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spot {
    /// Name of the network.
    Name,
    /// Mode, or what it lacks.
    Forward,
    /// Addresses or ports of the translation.
    Nat,
    /// An interface that is handed out.
    Interface(usize),
    /// Name of the bridge.
    Bridge,
    /// MTU.
    Mtu,
    /// Hardware address.
    Mac,
    /// DNS domain.
    Domain,
    /// An address block.
    Ip(usize),
    /// A range: block, range.
    Range(usize, usize),
    /// A reserved address: block, host.
    Host(usize, usize),
    /// What network cards boot: block.
    Boot(usize),
    /// A route.
    Route(usize),
    /// A DNS server.
    Forwarder(usize),
    /// A DNS text.
    Txt(usize),
    /// DNS names of an address.
    DnsHost(usize),
    /// A DNS service.
    Srv(usize),
    /// Limits, VLANs of the network.
    Traffic,
    /// A group of ports.
    PortGroup(usize),
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but perhaps not as it is meant.
    Warning,
    /// libvirt refuses it, or the network cannot start.
    Error,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub spot: Spot,
    /// How bad.
    pub severity: Severity,
    /// One sentence for the user.
    pub text: String,
}

impl Problem {
    fn error(spot: Spot, text: impl Into<String>) -> Self {
        Self {
            spot,
            severity: Severity::Error,
            text: text.into(),
        }
    }

    fn warning(spot: Spot, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(spot, text)
        }
    }
}

/// What is around a network: what it must not collide with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The other networks of the host, this one not among them.
    pub networks: Vec<Neighbour>,
    /// Subnets that the host reaches already, with the device that leads there; none where they are not known.
    pub routes: Vec<(String, IpNet)>,
}

/// Another network of the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neighbour {
    /// Name.
    pub name: String,
    /// Identity.
    pub uuid: Option<String>,
    /// Its bridge.
    pub bridge: Option<String>,
    /// libvirt makes that bridge: nobody else can have one of this name.
    pub owns_bridge: bool,
    /// Its subnets.
    pub subnets: Vec<IpNet>,
}

impl Neighbour {
    /// What is to be known of a network for others.
    #[must_use]
    pub fn of(details: &NetworkDetails) -> Self {
        Self {
            name: details.name.clone(),
            uuid: details.uuid.clone(),
            bridge: details.bridge.name.clone(),
            owns_bridge: details.forward.mode.is_some_and(ForwardMode::has_own_bridge),
            subnets: super::subnets(details),
        }
    }
}

impl Surroundings {
    /// The same without one network: for an editor of it, who must not collide with others only. What leads to it is its own.
    #[must_use]
    pub fn without(&self, uuid: &str) -> Self {
        let is_it = |other: &&Neighbour| other.uuid.as_deref() == Some(uuid);
        let bridges: Vec<&str> = self
            .networks
            .iter()
            .filter(is_it)
            .filter_map(|it| it.bridge.as_deref())
            .collect();
        Self {
            networks: self.networks.iter().filter(|other| !is_it(other)).cloned().collect(),
            routes: self
                .routes
                .iter()
                .filter(|(device, _)| !bridges.contains(&device.as_str()))
                .cloned()
                .collect(),
        }
    }

    /// All subnets that are taken.
    #[must_use]
    pub fn taken(&self) -> Vec<IpNet> {
        let networks = self.networks.iter().flat_map(|other| other.subnets.iter().copied());
        networks.chain(self.routes.iter().map(|(_, net)| *net)).collect()
    }

    /// A bridge's name that nobody has: `virbr0` and on.
    #[must_use]
    pub fn free_bridge(&self) -> String {
        let is_taken = |name: &String| self.networks.iter().any(|other| other.bridge.as_ref() == Some(name));
        let name = (0..=self.networks.len())
            .map(|number| format!("virbr{number}"))
            .find(|name| !is_taken(name));
        name.unwrap_or_else(|| "virbr".to_owned())
    }
}

/// What is wrong with a network in these surroundings, in the order of its values.
#[must_use]
pub fn check(details: &NetworkDetails, around: &Surroundings) -> Vec<Problem> {
    let mut problems = Vec::new();
    name(details, around, &mut problems);
    forward(details, &mut problems);
    bridge(details, around, &mut problems);
    names::domain(details, &mut problems);
    addresses::blocks(details, &mut problems);
    around_blocks(details, around, &mut problems);
    addresses::routes(details, &mut problems);
    names::dns(details, &mut problems);
    names::ports(details, &mut problems);
    problems
}

fn name(details: &NetworkDetails, around: &Surroundings, problems: &mut Vec<Problem>) {
    let name = details.name.as_str();
    if name.trim().is_empty() {
        problems.push(Problem::error(Spot::Name, tr("A network needs a name.")));
    } else if name.contains('/') || name.contains('\n') {
        problems.push(Problem::error(
            Spot::Name,
            tr("The name must not contain a slash or a line break."),
        ));
    } else if around.networks.iter().any(|other| other.name == name) {
        problems.push(Problem::error(
            Spot::Name,
            tr_f("There is a network “{name}” already.", &[("name", name)]),
        ));
    }
}

fn forward(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    let forward = &details.forward;
    let Some(mode) = forward.mode else { return };
    if mode.has_own_bridge() {
        if !forward.interfaces.is_empty() && mode == ForwardMode::Open {
            problems.push(Problem::error(
                Spot::Forward,
                tr("An open network has no outgoing interface."),
            ));
        }
        if mode == ForwardMode::Open && forward.dev.is_some() {
            problems.push(Problem::error(
                Spot::Forward,
                tr("An open network sends to all interfaces of the host: name none."),
            ));
        }
        if matches!(mode, ForwardMode::Nat | ForwardMode::Route) && details.ips.is_empty() {
            problems.push(Problem::warning(
                Spot::Forward,
                tr("Without an address nothing leaves the network."),
            ));
        }
    } else {
        pool(details, mode, problems);
    }
    for (at, interface) in forward.interfaces.iter().enumerate() {
        match interface.dev.as_deref() {
            None | Some("") => problems.push(Problem::error(
                Spot::Interface(at),
                tr("Name an interface of the host."),
            )),
            Some(dev)
                if forward.interfaces[..at]
                    .iter()
                    .any(|other| other.dev.as_deref() == Some(dev)) =>
            {
                problems.push(Problem::error(
                    Spot::Interface(at),
                    tr_f("{name} is there already.", &[("name", dev)]),
                ));
            }
            Some(_) => {}
        }
    }
    translation(details, problems);
}

/// What a network needs that hands out something of the host.
fn pool(details: &NetworkDetails, mode: ForwardMode, problems: &mut Vec<Problem>) {
    let forward = &details.forward;
    let has_interface = !forward.interfaces.is_empty() || forward.dev.is_some() || forward.pf.is_some();
    match mode {
        ForwardMode::Bridge if details.bridge.name.is_none() && !has_interface => problems.push(Problem::error(
            Spot::Bridge,
            tr("Name the bridge of the host, or an interface for macvtap."),
        )),
        ForwardMode::Bridge if details.bridge.name.is_some() && has_interface => problems.push(Problem::error(
            Spot::Bridge,
            tr("A network is on a bridge or on interfaces, not on both."),
        )),
        ForwardMode::Private | ForwardMode::Vepa | ForwardMode::Passthrough if !has_interface => problems.push(
            Problem::error(Spot::Forward, tr("Name at least one interface of the host.")),
        ),
        ForwardMode::Hostdev
            if forward.pf.is_none() && forward.addresses.is_empty() && forward.interfaces.is_empty() =>
        {
            problems.push(Problem::error(
                Spot::Forward,
                tr("Name a network card with virtual functions, or PCI devices."),
            ));
        }
        _ => {}
    }
    if !details.ips.is_empty() {
        problems.push(Problem::error(
            Spot::Ip(0),
            tr("A network of this kind has no addresses: the network outside gives them."),
        ));
    }
    if !details.dns.hosts.is_empty() || !details.dns.txts.is_empty() || !details.dns.srvs.is_empty() {
        problems.push(Problem::error(
            Spot::Domain,
            tr("A network of this kind has no DNS: the network outside has."),
        ));
    }
}

fn translation(details: &NetworkDetails, problems: &mut Vec<Problem>) {
    let forward = &details.forward;
    if forward.mode != Some(ForwardMode::Nat) {
        return;
    }
    let address = |text: &Option<String>| text.as_deref().map(|text| text.parse::<std::net::Ipv4Addr>());
    match (address(&forward.nat_start), address(&forward.nat_end)) {
        (None, None) => {}
        (Some(Ok(start)), Some(Ok(end))) if start <= end => {}
        (Some(Ok(_)), None) => {}
        _ => problems.push(Problem::error(
            Spot::Nat,
            tr("The addresses that packets leave with are a first and a last IPv4 address."),
        )),
    }
    let port = |port: u64| (1..=65535).contains(&port);
    match (forward.nat_port_start, forward.nat_port_end) {
        (None, None) => {}
        (Some(start), Some(end)) if port(start) && port(end) && start <= end => {}
        _ => problems.push(Problem::error(
            Spot::Nat,
            tr("The ports that packets leave with are a first and a last port between 1 and 65535."),
        )),
    }
}

fn bridge(details: &NetworkDetails, around: &Surroundings, problems: &mut Vec<Problem>) {
    if let Some(name) = details.bridge.name.as_deref() {
        // The kernel's bound, IFNAMSIZ, with the byte at the end.
        if name.is_empty() || name.len() > 15 || name.contains(['/', ' ', '%']) {
            problems.push(Problem::error(
                Spot::Bridge,
                tr("The name of a bridge has 1 to 15 characters, without spaces and slashes."),
            ));
        }
        let is_own = details.forward.mode.is_some_and(ForwardMode::has_own_bridge);
        let other = around
            .networks
            .iter()
            .find(|other| other.owns_bridge && other.bridge.as_deref() == Some(name));
        if let Some(other) = other.filter(|_| is_own) {
            problems.push(Problem::error(
                Spot::Bridge,
                tr_f(
                    "The network “{name}” has this bridge already.",
                    &[("name", &other.name)],
                ),
            ));
        }
    }
    if details.mtu.is_some_and(|mtu| !(68..=65535).contains(&mtu)) {
        problems.push(Problem::error(Spot::Mtu, tr("The MTU is between 68 and 65535 bytes.")));
    } else if details.mtu.is_some_and(|mtu| mtu < 1280) {
        problems.push(Problem::warning(
            Spot::Mtu,
            tr("IPv6 needs an MTU of at least 1280 bytes."),
        ));
    }
    if details
        .mac
        .as_deref()
        .is_some_and(|mac| !names::is_mac(mac) || names::is_multicast(mac))
    {
        problems.push(Problem::error(
            Spot::Mac,
            tr("That is no hardware address of a single device, such as 52:54:00:12:34:56."),
        ));
    }
}

fn around_blocks(details: &NetworkDetails, around: &Surroundings, problems: &mut Vec<Problem>) {
    for (at, block) in details.ips.iter().enumerate() {
        let Some(net) = block.net() else { continue };
        let other = around
            .networks
            .iter()
            .find(|other| other.subnets.iter().any(|taken| overlap(&net, taken)));
        if let Some(other) = other {
            problems.push(Problem::error(
                Spot::Ip(at),
                tr_f(
                    "The network “{name}” has addresses of this subnet already.",
                    &[("name", &other.name)],
                ),
            ));
            continue;
        }
        let own = details.bridge.name.as_deref();
        let route = around.routes.iter().find(|(device, taken)| {
            // A route for everything is in nobody's way.
            taken.prefix_len() > 0 && own != Some(device.as_str()) && overlap(&net, taken)
        });
        if let Some((device, taken)) = route {
            let names = [("subnet", taken.to_string()), ("device", device.clone())];
            let names = [(names[0].0, names[0].1.as_str()), (names[1].0, names[1].1.as_str())];
            problems.push(Problem::error(
                Spot::Ip(at),
                tr_f("The host reaches {subnet} over {device} already.", &names),
            ));
        }
    }
}
