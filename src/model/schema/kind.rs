//! The kinds of documents that libvirt describes its objects with.

/// What a document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A machine.
    Domain,
    /// One device of a machine, without the rest.
    Device,
    /// A virtual network.
    Network,
    /// A network interface of the host.
    Interface,
    /// A storage pool.
    Pool,
    /// A volume in a pool.
    Volume,
    /// A snapshot of a machine.
    Snapshot,
    /// A checkpoint of a machine's disks.
    Checkpoint,
    /// A backup job.
    Backup,
    /// A device of the host.
    NodeDevice,
    /// A secret.
    Secret,
    /// A network filter.
    NwFilter,
    /// What a host can do.
    Capabilities,
    /// What machines of one kind can have on a host.
    DomainCapabilities,
}

impl DocumentKind {
    /// The file of libvirt's schema that such documents follow.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Domain | Self::Device => "domain.rng",
            Self::Network => "network.rng",
            Self::Interface => "interface.rng",
            Self::Pool => "storagepool.rng",
            Self::Volume => "storagevol.rng",
            Self::Snapshot => "domainsnapshot.rng",
            Self::Checkpoint => "domaincheckpoint.rng",
            Self::Backup => "domainbackup.rng",
            Self::NodeDevice => "nodedev.rng",
            Self::Secret => "secret.rng",
            Self::NwFilter => "nwfilter.rng",
            Self::Capabilities => "capability.rng",
            Self::DomainCapabilities => "domaincaps.rng",
        }
    }

    /// The elements of the schema that stand around such a document.
    pub(super) fn around(self) -> &'static [&'static str] {
        match self {
            Self::Device => &["domain", "devices"],
            _ => &[],
        }
    }
}
