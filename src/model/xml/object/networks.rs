//! Virtual networks.

use super::object;
use crate::model::xml::NodeId;
use crate::model::xml::field::fields;

object! {
    /// A virtual network.
    Network = "network"
}

fields! {
    /// Fields of a network.
    network {
        /// Name.
        NAME: String = Text, "name";
        /// Identity.
        UUID: String = Text, "uuid";
        /// Title.
        TITLE: String = Text, "title";
        /// Description.
        DESCRIPTION: String = Text, "description";
        /// How packets leave: `nat`, `route`, `open`, `bridge`, `private`, `vepa`, `passthrough`, `hostdev`; isolated without.
        FORWARD: String = Text, "forward/@mode";
        /// Through which device.
        FORWARD_DEV: String = Text, "forward/@dev";
        /// IPv6 is translated, too.
        NAT_IPV6: bool = YesNo, "forward/nat/@ipv6";
        /// First address of the translation.
        NAT_START: String = Text, "forward/nat/address/@start";
        /// Last address.
        NAT_END: String = Text, "forward/nat/address/@end";
        /// First port of the translation.
        NAT_PORT_START: u64 = Number, "forward/nat/port/@start";
        /// Last port.
        NAT_PORT_END: u64 = Number, "forward/nat/port/@end";
        /// Bridge of the host.
        BRIDGE: String = Text, "bridge/@name";
        /// Spanning tree.
        STP: bool = OnOff, "bridge/@stp";
        /// Its delay in seconds.
        DELAY: u64 = Number, "bridge/@delay";
        /// Zone of firewalld.
        ZONE: String = Text, "bridge/@zone";
        /// Who keeps the bridge's table.
        MAC_TABLE: String = Text, "bridge/@macTableManager";
        /// Largest packet.
        MTU: u64 = Number, "mtu/@size";
        /// Hardware address of the bridge.
        MAC: String = Text, "mac/@address";
        /// DNS domain.
        DOMAIN: String = Text, "domain/@name";
        /// Names of that domain are not asked elsewhere.
        DOMAIN_LOCAL_ONLY: bool = YesNo, "domain/@localOnly";
        /// DNS is served.
        DNS: bool = YesNo, "dns/@enable";
        /// Machines talk IPv6 without an address here.
        IPV6: bool = YesNo, "@ipv6";
        /// Kind of virtual port.
        VIRTUALPORT: String = Text, "virtualport/@type";
        /// Ports cannot talk to each other.
        ISOLATED: bool = YesNo, "port/@isolated";
        /// Limit of what comes in, average in KiB a second.
        INBOUND_AVERAGE: u64 = Number, "bandwidth/inbound/@average";
        /// Limit of what goes out.
        OUTBOUND_AVERAGE: u64 = Number, "bandwidth/outbound/@average";
        /// libvirt detaches the devices that it hands out.
        FORWARD_MANAGED: bool = YesNo, "forward/@managed";
        /// Driver of the devices that it hands out.
        FORWARD_DRIVER: String = Text, "forward/driver/@name";
        /// Physical function whose virtual functions are handed out.
        FORWARD_PF: String = Text, "forward/pf/@dev";
        /// Names of that domain are told to the host's resolver.
        DOMAIN_REGISTER: bool = YesNo, "domain/@register";
        /// Names without a dot are asked elsewhere.
        DNS_PLAIN_NAMES: bool = YesNo, "dns/@forwardPlainNames";
    }
}

fields! {
    /// Fields that a network and a group of its ports share: what a port may do.
    network_traffic {
        /// What comes in: average in KiB a second.
        INBOUND_AVERAGE: u64 = Number, "bandwidth/inbound/@average";
        /// The most, in KiB a second.
        INBOUND_PEAK: u64 = Number, "bandwidth/inbound/@peak";
        /// How much at the most, in KiB.
        INBOUND_BURST: u64 = Number, "bandwidth/inbound/@burst";
        /// What goes out: average in KiB a second.
        OUTBOUND_AVERAGE: u64 = Number, "bandwidth/outbound/@average";
        /// The most, in KiB a second.
        OUTBOUND_PEAK: u64 = Number, "bandwidth/outbound/@peak";
        /// How much at the most, in KiB.
        OUTBOUND_BURST: u64 = Number, "bandwidth/outbound/@burst";
        /// Packets keep their tags.
        TRUNK: bool = YesNo, "vlan/@trunk";
        /// Kind of virtual port.
        VIRTUALPORT: String = Text, "virtualport/@type";
        /// Ports cannot talk to each other.
        ISOLATED: bool = YesNo, "port/@isolated";
        /// The host believes what a guest says about the addresses that it listens to.
        TRUST: bool = YesNo, "@trustGuestRxFilters";
    }
}

fields! {
    /// Fields of a `<tag>` of a VLAN.
    network_tag {
        /// Number.
        ID: u64 = Number, "@id";
        /// What happens to packets without a tag: `tagged`, `untagged`.
        NATIVE: String = Text, "@nativeMode";
    }
}

fields! {
    /// Fields of a `<portgroup>`, besides those of [`network_traffic`].
    network_portgroup {
        /// Name.
        NAME: String = Text, "@name";
        /// Ports that name none belong to it.
        DEFAULT: bool = YesNo, "@default";
    }
}

fields! {
    /// Fields of a `<route>`.
    network_route {
        /// `ipv4` or `ipv6`.
        FAMILY: String = Text, "@family";
        /// Where it leads.
        ADDRESS: String = Text, "@address";
        /// Netmask.
        NETMASK: String = Text, "@netmask";
        /// Length of the prefix.
        PREFIX: u64 = Number, "@prefix";
        /// Over which address.
        GATEWAY: String = Text, "@gateway";
        /// Cost.
        METRIC: u64 = Number, "@metric";
    }
}

fields! {
    /// Fields of a `<range>` of addresses.
    network_range {
        /// First address.
        START: String = Text, "@start";
        /// Last address.
        END: String = Text, "@end";
        /// How long an address is lent; 0 for ever.
        EXPIRY: u64 = Number, "lease/@expiry";
        /// `seconds`, `minutes`, `hours`; minutes without.
        UNIT: String = Text, "lease/@unit";
    }
}

fields! {
    /// Fields of a `<host>` of DHCP.
    network_reservation {
        /// Hardware address.
        MAC: String = Text, "@mac";
        /// DUID, for IPv6.
        ID: String = Text, "@id";
        /// Host name.
        NAME: String = Text, "@name";
        /// The address that is kept for it.
        IP: String = Text, "@ip";
        /// How long an address is lent; 0 for ever.
        EXPIRY: u64 = Number, "lease/@expiry";
        /// `seconds`, `minutes`, `hours`; minutes without.
        UNIT: String = Text, "lease/@unit";
    }
}

fields! {
    /// Fields of the elements of `<dns>`.
    network_dns {
        /// Of a `<forwarder>`: the server.
        ADDRESS: String = Text, "@addr";
        /// Of a `<forwarder>` and a `<srv>`: the domain.
        DOMAIN: String = Text, "@domain";
        /// Of a `<txt>`: the name.
        NAME: String = Text, "@name";
        /// Of a `<txt>`: the text.
        VALUE: String = Text, "@value";
        /// Of a `<srv>`: the service.
        SERVICE: String = Text, "@service";
        /// Of a `<srv>`: `tcp` or `udp`.
        PROTOCOL: String = Text, "@protocol";
        /// Of a `<srv>`: who serves it.
        TARGET: String = Text, "@target";
        /// Of a `<srv>`: at which port.
        PORT: u64 = Number, "@port";
        /// Of a `<srv>`: lower ones are asked first.
        PRIORITY: u64 = Number, "@priority";
        /// Of a `<srv>`: share among those of one priority.
        WEIGHT: u64 = Number, "@weight";
        /// Of a `<host>`: the address.
        IP: String = Text, "@ip";
    }
}

fields! {
    /// Fields of the devices in `<forward>`.
    network_forward {
        /// Of an `<interface>`: the device.
        DEV: String = Text, "@dev";
        /// Of an `<address>`: the domain.
        PCI_DOMAIN: String = Text, "@domain";
        /// The bus.
        PCI_BUS: String = Text, "@bus";
        /// The slot.
        PCI_SLOT: String = Text, "@slot";
        /// The function.
        PCI_FUNCTION: String = Text, "@function";
    }
}

fields! {
    /// Fields of an `<ip>`.
    network_ip {
        /// `ipv4` or `ipv6`.
        FAMILY: String = Text, "@family";
        /// The host's address.
        ADDRESS: String = Text, "@address";
        /// Netmask.
        NETMASK: String = Text, "@netmask";
        /// Length of the prefix.
        PREFIX: u64 = Number, "@prefix";
        /// The only pool of addresses: its first one.
        RANGE_START: String = Text, "dhcp/range/@start";
        /// Its last one.
        RANGE_END: String = Text, "dhcp/range/@end";
        /// Names are found by address.
        LOCAL_PTR: bool = YesNo, "@localPtr";
        /// Folder of a TFTP server.
        TFTP: String = Text, "tftp/@root";
        /// What network cards boot.
        BOOT_FILE: String = Text, "dhcp/bootp/@file";
        /// From where.
        BOOT_SERVER: String = Text, "dhcp/bootp/@server";
    }
}

impl Network {
    /// The address families that the network serves: fields are in [`network_ip`].
    #[must_use]
    pub fn ips(&self) -> Vec<NodeId> {
        self.document().children_named(self.document().root(), "ip").collect()
    }

    /// Addresses that are kept for machines (`<dhcp><host>`), of all families.
    #[must_use]
    pub fn reservations(&self) -> Vec<NodeId> {
        let document = self.document();
        let pools = self.ips().into_iter().filter_map(|ip| document.child(ip, "dhcp"));
        pools.flat_map(|dhcp| document.children_named(dhcp, "host")).collect()
    }

    /// Groups of ports.
    #[must_use]
    pub fn portgroups(&self) -> Vec<NodeId> {
        self.document()
            .children_named(self.document().root(), "portgroup")
            .collect()
    }
}
