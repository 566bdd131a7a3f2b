//! Network interfaces and what they are connected to.

use super::{Board, Choice, Family, HostFacts, choices, explain, forbid, virtio_model};
use crate::i18n::{tr, tr_f};
use crate::model::facts::HostDeviceKind;

impl HostFacts {
    /// What an interface can be connected to (`type` of `<interface>`).
    #[must_use]
    pub fn nic_sources(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &[
                "network",
                "bridge",
                "direct",
                "user",
                "hostdev",
                "vdpa",
                "vhostuser",
                "ethernet",
                "mcast",
                "server",
                "client",
                "udp",
                "null",
            ],
            Family::Xen => &["network", "bridge", "ethernet", "hostdev"],
            Family::Container => &["network", "bridge", "direct", "ethernet", "hostdev"],
            Family::Vmware => &["bridge", "network", "vds"],
            Family::VirtualBox => &["user", "bridge", "network", "internal"],
            Family::Bhyve => &["network", "bridge"],
            _ => &["network", "bridge"],
        };
        let all = choices(known, |value| match value {
            "network" => tr("Virtual network"),
            "bridge" => tr("Bridge of the host"),
            "direct" => tr("Card of the host (macvtap)"),
            "user" => tr("User mode"),
            "hostdev" => tr("Virtual function (SR-IOV)"),
            "vdpa" => tr("vDPA device"),
            "vhostuser" => tr("Switch (vhost-user)"),
            "ethernet" => tr("Ready-made tap device"),
            "mcast" => tr("Multicast group"),
            "server" => tr("TCP: wait"),
            "client" => tr("TCP: connect"),
            "udp" => tr("UDP"),
            "internal" => tr("Internal network"),
            "vds" => tr("Distributed switch"),
            "null" => tr("Nothing"),
            other => other.to_owned(),
        });
        let all = all.into_iter().map(|choice| {
            let note = source_note(&choice.value);
            choice.noted(note)
        });
        forbid(all.collect(), |value| {
            let none = |known: bool| known.then(|| tr("The host has no virtual network."));
            match value {
                "network" => none(self.networks.as_ref().is_some_and(|networks| networks.is_empty())),
                _ => None,
            }
        })
    }

    /// The virtual networks, running ones first.
    #[must_use]
    pub fn network_choices(&self) -> Vec<Choice> {
        let networks = self.networks.iter().flat_map(|networks| networks.iter());
        let mut all: Vec<_> = networks
            .map(|network| {
                let way = match network.forward.as_deref() {
                    None => tr("isolated"),
                    Some("nat") => tr("translated addresses"),
                    Some("route" | "open") => tr("routed"),
                    Some("bridge") => tr("bridged"),
                    Some(other) => other.to_owned(),
                };
                let note = if network.active {
                    way
                } else {
                    tr_f("{kind}, not running", &[("kind", &way)])
                };
                (network.active, Choice::plain(network.name.clone()).noted(Some(note)))
            })
            .collect();
        all.sort_by_key(|(active, choice)| (!active, choice.value.to_lowercase()));
        all.into_iter().map(|(_, choice)| choice).collect()
    }

    /// Groups of ports of a network.
    #[must_use]
    pub fn portgroups(&self, network: &str) -> Vec<Choice> {
        let groups = self
            .network(network)
            .into_iter()
            .flat_map(|network| &network.portgroups);
        let all = groups.map(|group| {
            let note = group.is_default.then(|| tr("the usual one"));
            Choice::plain(group.name.clone()).noted(note)
        });
        all.collect()
    }

    /// Bridges of the host. Those of virtual networks are left out: libvirt sets them up for itself.
    #[must_use]
    pub fn bridges(&self) -> Vec<Choice> {
        let networks = self.networks.iter().flat_map(|networks| networks.iter());
        let managed: Vec<&str> = networks
            .filter(|network| network.forward.as_deref() != Some("bridge"))
            .filter_map(|network| network.bridge.as_deref())
            .collect();
        let interfaces = self.interfaces.iter().flat_map(|all| all.iter());
        let mut names: Vec<&str> = interfaces
            .filter(|interface| interface.kind == "bridge")
            .map(|interface| interface.name.as_str())
            .collect();
        // Networks over a bridge of the host name it, too; where interfaces can't be listed that is all there is.
        let over = self.networks.iter().flat_map(|networks| networks.iter());
        let over = over.filter(|network| network.forward.as_deref() == Some("bridge"));
        names.extend(over.filter_map(|network| network.bridge.as_deref()));
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !managed.contains(name));
        names.into_iter().map(Choice::plain).collect()
    }

    /// Network cards of the host that a machine can share (macvtap), by name.
    #[must_use]
    pub fn host_cards(&self) -> Vec<Choice> {
        let devices = self.devices().filter_map(|device| match &device.kind {
            HostDeviceKind::Net { interface, up, .. } => Some((interface.clone(), *up)),
            _ => None,
        });
        let mut all: Vec<(String, Option<bool>)> = devices.collect();
        let interfaces = self.interfaces.iter().flat_map(|all| all.iter());
        for interface in interfaces.filter(|interface| interface.kind != "bridge") {
            if !all.iter().any(|(name, _)| *name == interface.name) {
                all.push((interface.name.clone(), Some(interface.active)));
            }
        }
        // What others made for themselves is no card.
        let is_card = |name: &str| {
            let made = ["lo", "vnet", "virbr", "tap", "macvtap", "veth", "docker"];
            !made
                .iter()
                .any(|prefix| name == *prefix || name.starts_with(prefix) && *prefix != "lo")
        };
        all.retain(|(name, _)| is_card(name));
        all.sort();
        let cards = all.into_iter().map(|(name, up)| {
            let note = (up == Some(false)).then(|| tr("no link"));
            Choice::plain(name).noted(note)
        });
        cards.collect()
    }

    /// Models of network interfaces (`type` of `<model>`), best first.
    #[must_use]
    pub fn nic_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390 | Board::Microvm) => &["virtio"],
            (Family::Qemu, Board::Isapc) => &["ne2k_isa"],
            (Family::Qemu, Board::Pseries) => &["virtio", "spapr-vlan", "e1000", "rtl8139"],
            (Family::Qemu, Board::Q35) => &[
                "virtio",
                "e1000e",
                "igb",
                "e1000",
                "rtl8139",
                "vmxnet3",
                "pcnet",
                "ne2k_pci",
                "virtio-transitional",
                "virtio-non-transitional",
                "usb-net",
            ],
            (Family::Qemu, Board::I440fx) => &[
                "virtio",
                "e1000",
                "rtl8139",
                "vmxnet3",
                "pcnet",
                "ne2k_pci",
                "virtio-transitional",
                "virtio-non-transitional",
                "usb-net",
                "e1000e",
                "igb",
            ],
            (Family::Qemu, _) => &["virtio", "e1000e", "e1000", "rtl8139", "usb-net"],
            (Family::Xen, _) => &["netfront", "e1000", "rtl8139", "virtio"],
            (Family::Bhyve, _) => &["virtio", "e1000"],
            (Family::Vmware, _) => &["vmxnet3", "e1000e", "e1000", "vmxnet2", "vmxnet", "vlance"],
            (Family::VirtualBox, _) => &["Am79C973", "Am79C970A", "82540EM", "82543GC", "82545EM", "virtio"],
            (Family::Virtuozzo, _) => &["virtio", "e1000", "rtl8139"],
            (Family::HyperV | Family::Container, _) => &[],
            (Family::Other, _) => &["virtio", "e1000", "rtl8139"],
        };
        let all = choices(known, |value| match value {
            "e1000" | "e1000e" | "igb" => format!("Intel {value}"),
            "rtl8139" => "Realtek RTL8139".to_owned(),
            "vmxnet3" => "VMware VMXNET 3".to_owned(),
            "pcnet" => "AMD PCnet".to_owned(),
            "ne2k_pci" | "ne2k_isa" => "NE2000".to_owned(),
            "usb-net" => "USB".to_owned(),
            "netfront" => "Xen".to_owned(),
            "spapr-vlan" => "IBM Power".to_owned(),
            other => virtio_model(other),
        });
        self.card(all, &[])
    }

    /// Programs behind an interface in user mode (`type` of its `<backend>`).
    #[must_use]
    pub fn nic_backends(&self) -> Vec<Choice> {
        let all = self.ask(
            "devices/interface",
            "backendType",
            &["default", "passt"],
            |value| match value {
                "default" => tr("QEMU's own (SLIRP)"),
                "passt" => tr("passt: fast, and forwards ports"),
                other => other.to_owned(),
            },
        );
        explain(all, |value| {
            (value == "passt").then(|| tr("The program passt is not installed on the host."))
        })
    }

    /// Packet filters.
    #[must_use]
    pub fn filter_choices(&self) -> Vec<Choice> {
        let filters = self.filters.iter().flat_map(|filters| filters.iter());
        let mut all: Vec<Choice> = filters.map(|name| Choice::plain(name.clone())).collect();
        all.sort_by(|a, b| a.value.cmp(&b.value));
        all
    }
}

/// What a kind of connection means for the guest.
fn source_note(kind: &str) -> Option<String> {
    let note = match kind {
        "network" => tr("Through a network that libvirt runs on the host"),
        "bridge" => tr("Beside the host in the network that the bridge is in"),
        "direct" => tr("Through a card, but host and guest do not see each other"),
        "user" => tr("Reaches the network outside, and needs no rights"),
        "hostdev" => tr("A part of a card that the guest has to itself"),
        "vdpa" => tr("A card that speaks VirtIO itself"),
        "vhostuser" => tr("A switch in user space, such as Open vSwitch with DPDK"),
        "ethernet" => tr("Somebody else sets it up on the host"),
        "mcast" => tr("All machines with the same address see each other"),
        "server" | "client" | "udp" => tr("A cable to one other machine"),
        "null" => tr("A card without a cable"),
        _ => return None,
    };
    Some(note)
}
