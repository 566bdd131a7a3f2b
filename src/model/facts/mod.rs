//! What a host has and what its hypervisors can do: the answer to "what can be chosen here?".
//!
//! [`HostFacts`] is what was read, each piece `None` where it is not known: a driver that has no networks says "not
//! supported", a host without networks an empty list. Methods of it answer what a page asks, as a list of [`Choice`]: what the
//! host offers comes from its domain capabilities, and what they do not tell from tables of what the hypervisor has. What it
//! does not offer is there as well, with the reason.

mod choice;
mod choices;
mod device;
mod guest;
mod image;
mod network;
mod node;
mod remote;
mod storage;

use std::sync::Arc;

pub use choice::{Choice, with_current};
pub use device::{HostDevice, HostDeviceKind, MediatedType, Numbered, PciAddress, PciDevice, UsbDevice};
pub use guest::{Board, Family, GuestKind};
pub use image::NewImage;
pub use network::{HostInterface, NetworkFact, PortGroup};
pub use node::{NodeFact, NumaCell, PageSize};
pub use remote::{RemoteAuth, RemoteSource};
pub use storage::{PoolFact, SecretFact, VolumeFact, Volumes};

use crate::model::domain::GuestAddress;
use crate::model::usage::Usage;
use crate::model::xml::object::{Capabilities, DomainCapabilities};

/// What is known about a host, for machines of one kind. Cheap to clone; whoever keeps one sees the host as it was then.
#[derive(Debug, Clone, Default)]
pub struct HostFacts {
    /// The kind of machine that the domain capabilities are about.
    pub kind: GuestKind,
    /// What the host is and which guests it runs (`virConnectGetCapabilities`).
    pub capabilities: Option<Arc<Capabilities>>,
    /// What machines of this kind can have (`virConnectGetDomainCapabilities`).
    pub domain_capabilities: Option<Arc<DomainCapabilities>>,
    /// Virtual networks (`virConnectListAllNetworks`).
    pub networks: Option<Arc<[NetworkFact]>>,
    /// Storage pools (`virConnectListAllStoragePools`), without their volumes.
    pub pools: Option<Arc<[PoolFact]>>,
    /// Devices of the host (`virConnectListAllNodeDevices`).
    pub devices: Option<Arc<[HostDevice]>>,
    /// Names of packet filters (`virConnectListAllNWFilters`).
    pub filters: Option<Arc<[String]>>,
    /// Secrets, without their values (`virConnectListAllSecrets`).
    pub secrets: Option<Arc<[SecretFact]>>,
    /// Network interfaces and bridges of the host (`virConnectListAllInterfaces`).
    pub interfaces: Option<Arc<[HostInterface]>>,
    /// Processors and memory (`virNodeGetInfo`, and what the capabilities tell).
    pub node: Option<Arc<NodeFact>>,
    /// The host's SMBIOS tables as XML (`virConnectGetSysinfo`).
    pub sysinfo: Option<Arc<str>>,
    /// Who uses which image. Not asked of the host but made from all definitions that were read.
    pub usage: Option<Arc<Usage>>,
    /// Media that were put into drives of its machines, the last one first.
    pub recent_media: Option<Arc<[String]>>,
    /// Addresses of the guest that the facts are for, as far as host or guest tell; `None` where nobody was asked.
    pub addresses: Option<Arc<[GuestAddress]>>,
}

impl HostFacts {
    /// The network with this name.
    #[must_use]
    pub fn network(&self, name: &str) -> Option<&NetworkFact> {
        self.networks
            .iter()
            .flat_map(|all| all.iter())
            .find(|network| network.name == name)
    }

    /// The pool with this name.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&PoolFact> {
        self.pools
            .iter()
            .flat_map(|all| all.iter())
            .find(|pool| pool.name == name)
    }

    /// The devices of the host; none where they are not known.
    pub fn devices(&self) -> impl Iterator<Item = &HostDevice> {
        self.devices.iter().flat_map(|all| all.iter())
    }

    /// Whether PCI devices can be given away: where devices are in IOMMU groups they can, whatever the capabilities say. `None`
    /// where neither tells.
    #[must_use]
    pub fn has_iommu(&self) -> Option<bool> {
        let is_grouped = |device: &HostDevice| device.pci().is_some_and(|pci| pci.iommu_group.is_some());
        let grouped = self.devices.as_ref().map(|all| all.iter().any(is_grouped));
        let told = self.node.as_ref().and_then(|node| node.iommu);
        match (told, grouped) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (told, grouped) => told.or(grouped),
        }
    }

    /// What hypervisor machines of this kind run on.
    #[must_use]
    pub fn family(&self) -> Family {
        self.kind.family()
    }

    /// What board machines of this kind have.
    #[must_use]
    pub fn board(&self) -> Board {
        self.kind.board()
    }
}
