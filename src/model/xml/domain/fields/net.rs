//! Network interfaces, channels and sockets, relative to the device's element.

use crate::model::xml::field::fields;

fields! {
    /// A network interface.
    interface {
        /// Kind of source: `network`, `bridge`, `direct`, `user`, `ethernet`, `hostdev`, `vhostuser`, `vdpa`, `mcast` …
        TYPE: String = Text, "@type";
        /// libvirt binds and unbinds the host's device (`hostdev`).
        MANAGED: bool = YesNo, "@managed";
        /// Hardware address.
        MAC: String = Text, "mac/@address";
        /// Virtual network.
        SOURCE_NETWORK: String = Text, "source/@network";
        /// Its group of ports.
        SOURCE_PORTGROUP: String = Text, "source/@portgroup";
        /// Bridge.
        SOURCE_BRIDGE: String = Text, "source/@bridge";
        /// Device of the host.
        SOURCE_DEV: String = Text, "source/@dev";
        /// How it is shared (`direct`).
        SOURCE_MODE: String = Text, "source/@mode";
        /// Kind of socket (`vhostuser`).
        SOURCE_TYPE: String = Text, "source/@type";
        /// Path of the socket.
        SOURCE_PATH: String = Text, "source/@path";
        /// Address (`mcast`, `server`, `client`, `udp`).
        SOURCE_ADDRESS: String = Text, "source/@address";
        /// Port.
        SOURCE_PORT: u64 = Number, "source/@port";
        /// Name of an internal network.
        SOURCE_NAME: String = Text, "source/@name";
        /// Address of this end (`udp`).
        LOCAL_ADDRESS: String = Text, "source/local/@address";
        /// Port of this end (`udp`).
        LOCAL_PORT: u64 = Number, "source/local/@port";
        /// Seconds in which a lost switch is looked for again (`vhostuser`).
        SOURCE_RECONNECT: u64 = Number, "source/reconnect/@timeout";
        /// Distributed switch (`vds`).
        SOURCE_SWITCH: String = Text, "source/@switchid";
        /// Its group of ports.
        SOURCE_PORTGROUP_ID: String = Text, "source/@portgroupid";
        /// Whether others may have the address, too.
        MAC_CHECK: bool = YesNo, "mac/@check";
        /// Model of the card.
        MODEL: String = Text, "model/@type";
        /// Who does the traffic: `qemu`, `vhost`, `vfio`.
        DRIVER: String = Text, "driver/@name";
        /// Queues.
        QUEUES: u64 = Number, "driver/@queues";
        /// Length of the receive queue.
        RX_QUEUE_SIZE: u64 = Number, "driver/@rx_queue_size";
        /// Length of the send queue.
        TX_QUEUE_SIZE: u64 = Number, "driver/@tx_queue_size";
        /// Who sends: `iothread` or `timer`.
        TX_MODE: String = Text, "driver/@txmode";
        /// Packets are spread over the queues by what is in them.
        RSS: bool = OnOff, "driver/@rss";
        /// The guest is told by what.
        RSS_HASH_REPORT: bool = OnOff, "driver/@rss_hash_report";
        /// Program behind a user network: `passt` or none.
        BACKEND: String = Text, "backend/@type";
        /// Its log.
        BACKEND_LOG: String = Text, "backend/@logFile";
        /// Device file of the host's taps.
        BACKEND_TAP: String = Text, "backend/@tap";
        /// Device file of the host's vhost.
        BACKEND_VHOST: String = Text, "backend/@vhost";
        /// Host's end, while running or for `ethernet`.
        TARGET: String = Text, "target/@dev";
        /// The host's end is somebody else's.
        TARGET_MANAGED: bool = YesNo, "target/@managed";
        /// Name in a container.
        GUEST: String = Text, "guest/@dev";
        /// The cable: `up` or `down`.
        LINK: String = Text, "link/@state";
        /// Largest packet.
        MTU: u64 = Number, "mtu/@size";
        /// Limit of what comes in, average in KiB a second.
        INBOUND_AVERAGE: u64 = Number, "bandwidth/inbound/@average";
        /// Peak.
        INBOUND_PEAK: u64 = Number, "bandwidth/inbound/@peak";
        /// Burst in KiB.
        INBOUND_BURST: u64 = Number, "bandwidth/inbound/@burst";
        /// What it gets at least, in KiB a second.
        INBOUND_FLOOR: u64 = Number, "bandwidth/inbound/@floor";
        /// Limit of what goes out, average in KiB a second.
        OUTBOUND_AVERAGE: u64 = Number, "bandwidth/outbound/@average";
        /// Peak.
        OUTBOUND_PEAK: u64 = Number, "bandwidth/outbound/@peak";
        /// Burst in KiB.
        OUTBOUND_BURST: u64 = Number, "bandwidth/outbound/@burst";
        /// Packet filter.
        FILTER: String = Text, "filterref/@filter";
        /// VLAN.
        VLAN: u64 = Number, "vlan/tag/@id";
        /// Several VLANs.
        VLAN_TRUNK: bool = YesNo, "vlan/@trunk";
        /// Kind of virtual port.
        VIRTUALPORT: String = Text, "virtualport/@type";
        /// It cannot talk to its neighbours.
        ISOLATED: bool = YesNo, "port/@isolated";
        /// Part in a team.
        TEAMING: String = Text, "teaming/@type";
        /// Its partner there.
        TEAMING_PERSISTENT: String = Text, "teaming/@persistent";
        /// Trust in what the guest asks for.
        TRUST_RX_FILTERS: bool = YesNo, "@trustGuestRxFilters";
        /// Packets that are collected before the guest is told.
        COALESCE: u64 = Number, "coalesce/rx/frames/@max";
        /// Bytes that may wait to be sent.
        SEND_BUFFER: u64 = Number, "tune/sndbuf";
        /// Domain that has the network card (Xen).
        BACKEND_DOMAIN: String = Text, "backenddomain/@name";
        /// Profile of a virtual port.
        PROFILE: String = Text, "virtualport/parameters/@profileid";
        /// Identity of its interface.
        INTERFACE_ID: String = Text, "virtualport/parameters/@interfaceid";
        /// Manager of VSI types.
        MANAGER_ID: String = Text, "virtualport/parameters/@managerid";
        /// VSI type.
        TYPE_ID: String = Text, "virtualport/parameters/@typeid";
        /// Version of the VSI type.
        TYPE_VERSION: String = Text, "virtualport/parameters/@typeidversion";
        /// Identity of its VSI instance.
        INSTANCE_ID: String = Text, "virtualport/parameters/@instanceid";
        /// Script that takes it down.
        DOWN_SCRIPT: String = Text, "downscript/@path";
        /// Script that brings it up.
        SCRIPT: String = Text, "script/@path";
    }
}

fields! {
    /// A serial port, parallel port, console or channel.
    port {
        /// Where it ends on the host: `pty`, `unix`, `tcp`, `file`, `spicevmc`, `qemu-vdagent` …
        TYPE: String = Text, "@type";
        /// Path there.
        SOURCE_PATH: String = Text, "source/@path";
        /// `bind` or `connect`.
        SOURCE_MODE: String = Text, "source/@mode";
        /// Host.
        SOURCE_HOST: String = Text, "source/@host";
        /// Service.
        SOURCE_SERVICE: String = Text, "source/@service";
        /// Channel of SPICE.
        SOURCE_CHANNEL: String = Text, "source/@channel";
        /// TLS.
        SOURCE_TLS: bool = YesNo, "source/@tls";
        /// A file grows instead of being replaced.
        SOURCE_APPEND: bool = OnOff, "source/@append";
        /// The clipboard is shared (`qemu-vdagent`).
        CLIPBOARD: bool = YesNo, "source/clipboard/@copypaste";
        /// Who moves the pointer (`qemu-vdagent`).
        MOUSE: String = Text, "source/mouse/@mode";
        /// `raw` or `telnet`.
        PROTOCOL: String = Text, "protocol/@type";
        /// Kind of the guest's end.
        TARGET_TYPE: String = Text, "target/@type";
        /// Number of the guest's end.
        TARGET_PORT: u64 = Number, "target/@port";
        /// Name of a channel.
        TARGET_NAME: String = Text, "target/@name";
        /// Model of the guest's end.
        TARGET_MODEL: String = Text, "target/model/@name";
        /// Whether the guest listens (running machines).
        STATE: String = Text, "target/@state";
        /// Copy of everything that is said.
        LOG_FILE: String = Text, "log/@file";
        /// It grows instead of being replaced.
        LOG_APPEND: bool = OnOff, "log/@append";
        /// Master of a null modem.
        SOURCE_MASTER: String = Text, "source/@master";
        /// Slave of a null modem.
        SOURCE_SLAVE: String = Text, "source/@slave";
        /// It connects again when the other side is gone.
        RECONNECT: bool = YesNo, "source/reconnect/@enabled";
        /// Seconds until then.
        RECONNECT_TIMEOUT: u64 = Number, "source/reconnect/@timeout";
        /// Host that is listened on (`udp`).
        BIND_HOST: String = Text, "source[@mode='bind']/@host";
        /// Its port.
        BIND_SERVICE: String = Text, "source[@mode='bind']/@service";
        /// Host that is sent to (`udp`).
        CONNECT_HOST: String = Text, "source[@mode='connect']/@host";
        /// Its port.
        CONNECT_SERVICE: String = Text, "source[@mode='connect']/@service";
        /// Address that the guest connects to.
        TARGET_ADDRESS: String = Text, "target/@address";
    }
}

fields! {
    /// A socket between host and guest.
    vsock {
        /// Model.
        MODEL: String = Text, "@model";
        /// libvirt chooses the number.
        CID_AUTO: bool = YesNo, "cid/@auto";
        /// The number, from 3.
        CID: u64 = Number, "cid/@address";
    }
}

fields! {
    /// A tag of a VLAN, below `<vlan>`.
    vlan_tag {
        /// Number.
        ID: String = Text, "@id";
        /// Whether packets without a tag belong to it: `tagged`, `untagged`.
        NATIVE_MODE: String = Text, "@nativeMode";
    }
}

fields! {
    /// A parameter of a packet filter, below `<filterref>`.
    filter_parameter {
        /// Name.
        NAME: String = Text, "@name";
        /// Value.
        VALUE: String = Text, "@value";
    }
}

fields! {
    /// An address of an interface.
    ip {
        /// Address.
        ADDRESS: String = Text, "@address";
        /// Bits of the network.
        PREFIX: String = Text, "@prefix";
        /// `ipv4` or `ipv6`.
        FAMILY: String = Text, "@family";
        /// Address of the other end.
        PEER: String = Text, "@peer";
    }
}

fields! {
    /// A route of an interface.
    route {
        /// Network.
        ADDRESS: String = Text, "@address";
        /// Its bits.
        PREFIX: String = Text, "@prefix";
        /// Next hop.
        GATEWAY: String = Text, "@gateway";
        /// Cost.
        METRIC: String = Text, "@metric";
        /// `ipv4` or `ipv6`.
        FAMILY: String = Text, "@family";
    }
}
