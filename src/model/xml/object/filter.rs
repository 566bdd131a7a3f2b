//! Packet filters and secrets.

use super::object;
use crate::model::xml::NodeId;
use crate::model::xml::field::fields;

object! {
    /// A packet filter for network interfaces.
    NwFilter = "filter"
}

object! {
    /// A secret: what it is for, never what it says.
    Secret = "secret"
}

fields! {
    /// Fields of a packet filter.
    nwfilter {
        /// Name.
        NAME: String = Text, "@name";
        /// Chain.
        CHAIN: String = Text, "@chain";
        /// Priority of the chain.
        PRIORITY: String = Text, "@priority";
        /// Identity.
        UUID: String = Text, "uuid";
    }
}

fields! {
    /// Fields of a secret.
    secret {
        /// It is never written to disk.
        EPHEMERAL: bool = YesNo, "@ephemeral";
        /// Nobody can read its value back.
        PRIVATE: bool = YesNo, "@private";
        /// Identity.
        UUID: String = Text, "uuid";
        /// Description.
        DESCRIPTION: String = Text, "description";
        /// What it is for: `volume`, `ceph`, `iscsi`, `tls`, `vtpm`.
        USAGE: String = Text, "usage/@type";
        /// Volume that it opens.
        USAGE_VOLUME: String = Text, "usage/volume";
        /// Name that users of it give.
        USAGE_NAME: String = Text, "usage/name";
        /// Target that it logs in to.
        USAGE_TARGET: String = Text, "usage/target";
    }
}

impl NwFilter {
    /// Its own rules.
    #[must_use]
    pub fn rules(&self) -> Vec<NodeId> {
        self.document().children_named(self.document().root(), "rule").collect()
    }

    /// Names of the filters that it includes.
    #[must_use]
    pub fn includes(&self) -> Vec<String> {
        let document = self.document();
        let references = document.children_named(document.root(), "filterref");
        references
            .filter_map(|id| document.attribute(id, "filter").map(std::borrow::Cow::into_owned))
            .collect()
    }
}
