//! What a machine can begin with.

use super::Around;
use crate::i18n::tr;
use crate::model::facts::Family;

/// What a machine begins with, as it is chosen on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Begin {
    /// An installation medium.
    #[default]
    Media,
    /// A disk with a system on it.
    Disk,
    /// A cloud image.
    Cloud,
    /// A server in the network.
    NetworkBoot,
    /// An installation tree.
    Tree,
    /// Nothing.
    Empty,
    /// A container.
    Container,
    /// A machine that is there, which is copied.
    Machine,
    /// A definition that somebody brings.
    Xml,
}

impl Begin {
    /// All of them, as they are shown.
    pub const ALL: [Self; 9] = [
        Self::Media,
        Self::Cloud,
        Self::Disk,
        Self::Tree,
        Self::NetworkBoot,
        Self::Empty,
        Self::Container,
        Self::Machine,
        Self::Xml,
    ];

    /// What it is called.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Media => tr("Installation Image"),
            Self::Disk => tr("Existing Disk"),
            Self::Cloud => tr("Cloud Image"),
            Self::NetworkBoot => tr("Network Boot"),
            Self::Tree => tr("Install Tree"),
            Self::Empty => tr("Empty"),
            Self::Container => tr("Container"),
            Self::Machine => tr("Another Machine"),
            Self::Xml => tr("Definition (XML)"),
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::Media => tr("Install from a CD or DVD image."),
            Self::Disk => tr("Use a disk that has a system on it already. It is not copied."),
            Self::Cloud => {
                tr("Copy a ready-made disk image, and let cloud-init set up users and packages at the first start.")
            }
            Self::NetworkBoot => tr("Boot from a server in the network (PXE)."),
            Self::Tree => tr("Install from a distribution's server, without an image."),
            Self::Empty => tr("A machine with an empty disk, to be set up later."),
            Self::Container => tr("A container that shares the kernel of the host."),
            Self::Machine => tr("Copy a machine or a template of this host, whole or linked."),
            Self::Xml => tr("Define a machine from libvirt's XML."),
        }
    }

    /// Symbolic icon.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Media => "media-optical-symbolic",
            Self::Disk => "drive-harddisk-symbolic",
            Self::Cloud => "weather-overcast-symbolic",
            Self::NetworkBoot => "network-wired-symbolic",
            Self::Tree => "network-server-symbolic",
            Self::Empty => "computer-symbolic",
            Self::Container => "package-x-generic-symbolic",
            Self::Machine => "edit-copy-symbolic",
            Self::Xml => "vireo-xml-symbolic",
        }
    }

    /// What the host can make machines from; all but containers while that is not known, and copies where there is
    /// something to copy.
    #[must_use]
    pub fn offered(around: &Around) -> Vec<Self> {
        let capabilities = around.facts.capabilities.as_ref();
        let guests = capabilities
            .map(|capabilities| capabilities.guests())
            .unwrap_or_default();
        let kinds = || guests.iter().flat_map(|guest| &guest.hypervisors);
        let is_container = |name: &String| matches!(name.as_str(), "lxc" | "openvz");
        let (has_containers, has_machines) = (kinds().any(is_container), kinds().any(|name| !is_container(name)));
        let only_containers = has_containers && !has_machines || around.facts.family() == Family::Container;
        Self::ALL
            .into_iter()
            .filter(|begin| match begin {
                Self::Container => has_containers || only_containers,
                Self::Machine => !around.originals.is_empty(),
                Self::Xml => true,
                _ => !only_containers,
            })
            .collect()
    }
}
