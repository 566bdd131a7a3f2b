//! What a network's definition says, as plain values: what a form shows and changes. Each value is `None` where the definition
//! says nothing, and what is not here stays in the definition (see [`NetworkDetails::write`]).

use std::collections::BTreeMap;

/// How packets leave a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ForwardMode {
    /// They don't: machines reach each other and the host.
    Isolated,
    /// With the host's address.
    #[default]
    Nat,
    /// With their own addresses, by the host's routes.
    Route,
    /// The same without rules in the host's firewall.
    Open,
    /// Over a bridge or an interface of the host that libvirt does not set up: a bridge, or macvtap in mode `bridge`.
    Bridge,
    /// Macvtap: machines on one interface do not see each other.
    Private,
    /// Macvtap: the switch sends back what is for a neighbour.
    Vepa,
    /// Macvtap: each machine has an interface of its own.
    Passthrough,
    /// Each machine has a PCI device of its own, a virtual function of a network card.
    Hostdev,
}

impl ForwardMode {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::Isolated,
        Self::Nat,
        Self::Route,
        Self::Open,
        Self::Bridge,
        Self::Private,
        Self::Vepa,
        Self::Passthrough,
        Self::Hostdev,
    ];

    /// libvirt's word; `None` for an isolated network, which has none.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::Isolated => return None,
            Self::Nat => "nat",
            Self::Route => "route",
            Self::Open => "open",
            Self::Bridge => "bridge",
            Self::Private => "private",
            Self::Vepa => "vepa",
            Self::Passthrough => "passthrough",
            Self::Hostdev => "hostdev",
        })
    }

    /// The mode of a word; `None` for one that is not known.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == Some(word))
    }

    /// libvirt makes a bridge for it, with addresses, DHCP and DNS.
    #[must_use]
    pub fn has_own_bridge(self) -> bool {
        matches!(self, Self::Isolated | Self::Nat | Self::Route | Self::Open)
    }

    /// Machines get an interface or a device out of a list.
    #[must_use]
    pub fn has_pool(self) -> bool {
        matches!(
            self,
            Self::Bridge | Self::Private | Self::Vepa | Self::Passthrough | Self::Hostdev
        )
    }
}

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkDetails {
    /// Name.
    pub name: String,
    /// Identity.
    pub uuid: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// How packets leave.
    pub forward: Forward,
    /// The bridge.
    pub bridge: Bridge,
    /// Largest packet, in bytes.
    pub mtu: Option<u64>,
    /// Hardware address of the bridge.
    pub mac: Option<String>,
    /// Machines may talk IPv6 to each other although the network has no such address.
    pub guest_ipv6: Option<bool>,
    /// The DNS domain.
    pub domain: DnsDomain,
    /// Names.
    pub dns: Dns,
    /// Addresses.
    pub ips: Vec<IpBlock>,
    /// Static routes of the host into the network.
    pub routes: Vec<Route>,
    /// What ports may do.
    pub traffic: Traffic,
    /// Groups of ports.
    pub portgroups: Vec<PortGroupDetails>,
    /// Lines for the configuration of dnsmasq (`<dnsmasq:options>`).
    pub dnsmasq: Vec<String>,
}

/// How packets leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forward {
    /// The mode; `None` for one that is not known, which stays as it is.
    pub mode: Option<ForwardMode>,
    /// Only through this device of the host.
    pub dev: Option<String>,
    /// IPv6 is translated, too.
    pub nat_ipv6: Option<bool>,
    /// First of the addresses that packets leave with.
    pub nat_start: Option<String>,
    /// Last of them.
    pub nat_end: Option<String>,
    /// First port that they leave with.
    pub nat_port_start: Option<u64>,
    /// Last port.
    pub nat_port_end: Option<u64>,
    /// libvirt detaches the devices from the host before it hands them out.
    pub managed: Option<bool>,
    /// Driver of the devices that are handed out.
    pub driver: Option<String>,
    /// Network card whose virtual functions are handed out.
    pub pf: Option<String>,
    /// Interfaces that are handed out.
    pub interfaces: Vec<ForwardInterface>,
    /// PCI devices that are handed out.
    pub addresses: Vec<ForwardAddress>,
}

/// An interface of the host that is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ForwardInterface {
    /// Name.
    pub dev: Option<String>,
}

/// A PCI device that is handed out, in the words of the definition (`0x04`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ForwardAddress {
    /// Domain.
    pub domain: Option<String>,
    /// Bus.
    pub bus: Option<String>,
    /// Slot.
    pub slot: Option<String>,
    /// Function.
    pub function: Option<String>,
}

/// The bridge of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bridge {
    /// Its name; libvirt chooses one where a network of its own has none.
    pub name: Option<String>,
    /// Spanning tree; libvirt turns it on where nothing is said.
    pub stp: Option<bool>,
    /// Its delay in seconds.
    pub delay: Option<u64>,
    /// Zone of firewalld.
    pub zone: Option<String>,
    /// Who keeps the table of addresses: `kernel`, `libvirt`.
    pub mac_table: Option<String>,
}

/// The DNS domain of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DnsDomain {
    /// Name.
    pub name: Option<String>,
    /// Names of it are not asked elsewhere.
    pub local_only: Option<bool>,
    /// It is told to the host's resolver.
    pub register: Option<bool>,
}

/// DNS of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dns {
    /// It is served; it is where nothing is said.
    pub enable: Option<bool>,
    /// Names without a dot are asked elsewhere; they are where nothing is said.
    pub forward_plain_names: Option<bool>,
    /// Servers that are asked; the host's where there is none.
    pub forwarders: Vec<Forwarder>,
    /// Texts.
    pub txts: Vec<Txt>,
    /// Names of addresses.
    pub hosts: Vec<DnsHost>,
    /// Services.
    pub srvs: Vec<Srv>,
}

/// A DNS server that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forwarder {
    /// Its address; names of the domain are looked up by the host where there is none.
    pub address: Option<String>,
    /// Only for names of this domain.
    pub domain: Option<String>,
}

/// A text in DNS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Txt {
    /// Name.
    pub name: Option<String>,
    /// Text.
    pub value: Option<String>,
}

/// Names of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DnsHost {
    /// The address.
    pub ip: Option<String>,
    /// Its names.
    pub names: Vec<String>,
}

/// A service in DNS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Srv {
    /// Service.
    pub service: Option<String>,
    /// `tcp` or `udp`.
    pub protocol: Option<String>,
    /// Domain.
    pub domain: Option<String>,
    /// Who serves it.
    pub target: Option<String>,
    /// At which port.
    pub port: Option<u64>,
    /// Lower ones are asked first.
    pub priority: Option<u64>,
    /// Share among those of one priority.
    pub weight: Option<u64>,
}

/// Addresses of one family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpBlock {
    /// `ipv4` or `ipv6`; IPv4 where nothing is said.
    pub family: Option<String>,
    /// Address of the host.
    pub address: Option<String>,
    /// Netmask.
    pub netmask: Option<String>,
    /// Length of the prefix.
    pub prefix: Option<u64>,
    /// Names are found by address.
    pub local_ptr: Option<bool>,
    /// Folder of the host whose files are served by TFTP.
    pub tftp: Option<String>,
    /// DHCP; `None` where it is not served.
    pub dhcp: Option<Dhcp>,
}

/// DHCP of one address family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dhcp {
    /// Addresses that are lent.
    pub ranges: Vec<DhcpRange>,
    /// Addresses that are kept for machines.
    pub hosts: Vec<DhcpHost>,
    /// What network cards boot.
    pub boot_file: Option<String>,
    /// From where; from the host where there is none.
    pub boot_server: Option<String>,
}

/// Addresses that are lent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DhcpRange {
    /// First one.
    pub start: Option<String>,
    /// Last one.
    pub end: Option<String>,
    /// For how long, in `unit`; 0 for ever.
    pub expiry: Option<u64>,
    /// `seconds`, `minutes`, `hours`; minutes where nothing is said.
    pub unit: Option<String>,
}

/// An address that is kept for a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DhcpHost {
    /// Hardware address of the machine; several may be separated by commas.
    pub mac: Option<String>,
    /// DUID of the machine, for IPv6.
    pub id: Option<String>,
    /// Host name.
    pub name: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// For how long, in `unit`; 0 for ever.
    pub expiry: Option<u64>,
    /// As [`DhcpRange::unit`].
    pub unit: Option<String>,
}

/// A static route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// `ipv4` or `ipv6`; IPv4 where nothing is said.
    pub family: Option<String>,
    /// Where it leads.
    pub address: Option<String>,
    /// Netmask.
    pub netmask: Option<String>,
    /// Length of the prefix.
    pub prefix: Option<u64>,
    /// Over which address of the network.
    pub gateway: Option<String>,
    /// Cost.
    pub metric: Option<u64>,
}

/// What a port may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Limit of what machines receive.
    pub inbound: Rate,
    /// Limit of what they send.
    pub outbound: Rate,
    /// Packets keep their VLAN tags.
    pub trunk: Option<bool>,
    /// VLANs.
    pub tags: Vec<VlanTag>,
    /// Kind of virtual port: `openvswitch`, `802.1Qbg`, `802.1Qbh`, `midonet`.
    pub virtualport: Option<String>,
    /// Its parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// Ports of the network cannot talk to each other.
    pub isolated: Option<bool>,
    /// The host believes what a guest says about the addresses that it listens to.
    pub trust: Option<bool>,
}

/// A limit of traffic. Without an average there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// KiB a second on average.
    pub average: Option<u64>,
    /// KiB a second at the most.
    pub peak: Option<u64>,
    /// KiB that may come at the peak.
    pub burst: Option<u64>,
}

/// A VLAN.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VlanTag {
    /// Number, 0 to 4095.
    pub id: Option<u64>,
    /// What happens to packets without a tag: `tagged`, `untagged`.
    pub native: Option<String>,
}

/// A group of ports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortGroupDetails {
    /// Name.
    pub name: Option<String>,
    /// Ports that name none belong to it.
    pub default: Option<bool>,
    /// What its ports may do.
    pub traffic: Traffic,
}
