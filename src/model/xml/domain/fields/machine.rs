//! Settings of the machine itself.

use crate::model::xml::field::fields;

fields! {
    /// Identity and words.
    general {
        /// Identity.
        UUID: String = Text, "uuid";
    }
}

fields! {
    /// Processors.
    cpu {
        /// Sockets.
        SOCKETS: u64 = Number, "cpu/topology/@sockets";
        /// Dies in a socket.
        DIES: u64 = Number, "cpu/topology/@dies";
        /// Clusters in a die.
        CLUSTERS: u64 = Number, "cpu/topology/@clusters";
        /// Cores in a cluster.
        CORES: u64 = Number, "cpu/topology/@cores";
        /// Threads of a core.
        THREADS: u64 = Number, "cpu/topology/@threads";
    }
}
