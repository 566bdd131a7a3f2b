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
        /// Program behind a user network: `passt` or none.
        BACKEND: String = Text, "backend/@type";
        /// Its log.
        BACKEND_LOG: String = Text, "backend/@logFile";
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
