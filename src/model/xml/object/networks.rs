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
