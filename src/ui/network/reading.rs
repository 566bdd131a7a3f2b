//! What the pages show, as the host has it.

use crate::model::facts::{GuestKind, HostDeviceKind, HostFacts, HostInterface, NetworkFact};
use crate::model::key::{DomainKey, HostId};
use crate::model::network::FormFacts;
use crate::model::store::Domain;
use crate::model::topology::{Machine, Net, Port, Target};
use crate::ui::core::Core;

use super::picture::Matter;
use super::words;

/// Everything about networks on a host.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// The networks, by name; `None` where the host's driver has none.
    pub(super) networks: Option<Vec<NetworkFact>>,
    /// Interfaces of the host: as libvirt lists them, else as its list of devices has them.
    pub(super) interfaces: Vec<HostInterface>,
    /// They can be made and changed through libvirt.
    pub(super) has_interface_driver: bool,
    /// Names of packet filters; `None` where the driver has none.
    pub(super) filters: Option<Vec<String>>,
    /// What can be chosen for a network.
    pub(super) form: FormFacts,
}

impl Reading {
    /// From what was read of the host.
    pub(super) fn of(facts: HostFacts) -> Self {
        let mut networks = facts.networks.as_deref().map(<[NetworkFact]>::to_vec);
        if let Some(networks) = &mut networks {
            networks.sort_by_key(|network| network.name.to_lowercase());
        }
        let mut interfaces = match &facts.interfaces {
            Some(listed) if !listed.is_empty() => listed.to_vec(),
            _ => devices(&facts),
        };
        // The host's end of a machine's cable, and the loop of the host to itself, are nobody's uplink.
        interfaces.retain(|interface| !is_inner(&interface.name));
        interfaces.sort_by(|a, b| (a.kind != "bridge", &a.name).cmp(&(b.kind != "bridge", &b.name)));
        let mut filters = facts.filters.as_deref().map(<[String]>::to_vec);
        if let Some(filters) = &mut filters {
            filters.sort_unstable();
        }
        Self {
            form: FormFacts::of(&facts),
            networks,
            has_interface_driver: facts.interfaces.as_ref().is_some_and(|listed| !listed.is_empty()),
            interfaces,
            filters,
        }
    }

    /// The host knows of nothing that belongs here.
    pub(super) fn is_unsupported(&self) -> bool {
        self.networks.is_none() && self.filters.is_none() && self.interfaces.is_empty()
    }

    /// The interface with this name.
    pub(super) fn interface(&self, name: &str) -> Option<&HostInterface> {
        self.interfaces.iter().find(|interface| interface.name == name)
    }

    /// What the picture is made from.
    pub(super) fn matter(&self, core: &Core, host: HostId) -> Matter {
        let networks = self.networks.iter().flatten().map(|network| Net {
            name: network.name.clone(),
            active: network.active,
            forward: network.forward.clone(),
            bridge: network.bridge.clone(),
            uplinks: network.uplinks.clone(),
            detail: words::network(network),
        });
        let of_networks: Vec<&str> = self
            .networks
            .iter()
            .flatten()
            .filter(|network| !matches!(network.forward.as_deref(), Some("bridge" | "hostdev")))
            .filter_map(|network| network.bridge.as_deref())
            .collect();
        let ports = self.interfaces.iter().map(|interface| Port {
            name: interface.name.clone(),
            bridge: interface.kind == "bridge" || of_networks.contains(&interface.name.as_str()),
            // Devices tell of a link where interfaces tell of being up.
            active: self.has_interface_driver.then_some(interface.active),
            detail: match interface.kind == "bridge" || interface.kind.is_empty() {
                true => interface.addresses.join(", "),
                false => words::interface(interface),
            },
            ports: interface.ports.iter().filter(|port| !is_inner(port)).cloned().collect(),
        });
        Matter {
            networks: networks.collect(),
            ports: ports.collect(),
            machines: machines(core, host, machine),
        }
    }
}

fn machine(domain: &Domain) -> Machine {
    let details = domain.details.as_ref();
    Machine {
        uuid: domain.key.uuid,
        name: domain.name.clone(),
        running: domain.state.is_active(),
        plugs: details.map(|details| details.nics.iter().map(Target::of).collect()),
    }
}

fn machines<T>(core: &Core, host: HostId, read: impl Fn(&Domain) -> T) -> Vec<T> {
    let store = core.store();
    let mut of_host: Vec<&Domain> = store.domains().filter(|domain| domain.key.host == host).collect();
    of_host.sort_by(|a, b| a.name.cmp(&b.name));
    of_host.into_iter().map(read).collect()
}

/// Asks for definitions that are not known yet: they come as news.
pub(super) fn ask_definitions(core: &Core, host: HostId) {
    let unknown: Vec<_> = {
        let store = core.store();
        let of_host = store.domains().filter(|domain| domain.key.host == host);
        let keys: Vec<DomainKey> = of_host.map(|domain| domain.key).collect();
        keys.into_iter()
            .filter(|key| store.wants_details(*key))
            .map(|key| key.uuid)
            .collect()
    };
    if let Some(client) = core.client(host).filter(|_| !unknown.is_empty()) {
        client.request_details(unknown);
    }
}

/// Reads what the host has.
pub(super) async fn read(core: &Core, host: HostId) -> Result<Reading, crate::model::error::VirtError> {
    core.facts(host, GuestKind::default()).await.map(Reading::of)
}

fn devices(facts: &HostFacts) -> Vec<HostInterface> {
    let net = facts.devices().filter_map(|device| match &device.kind {
        HostDeviceKind::Net { interface, mac, up } => Some(HostInterface {
            name: interface.clone(),
            active: up.unwrap_or(false),
            mac: mac.clone(),
            ..HostInterface::default()
        }),
        _ => None,
    });
    net.collect()
}

fn is_inner(name: &str) -> bool {
    name == "lo" || ["vnet", "macvtap", "tap"].iter().any(|start| name.starts_with(start))
}
