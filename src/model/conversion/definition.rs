//! A definition of another host as that of a new machine of this one.

use std::collections::HashSet;

use super::plan::{Made, problem, refused};
use super::{Appliance, ImportWish};
use crate::i18n::tr_f;
use crate::model::creation::{NetworkWish, Problem, Surroundings, Weight, usual_network};
use crate::model::facts::HostFacts;
use crate::model::xml::NodeId;
use crate::model::xml::domain::fields::{disk, interface, os};
use crate::model::xml::domain::{DeviceKind, Domain};

/// The definition of a bundle, which knows nothing of its host any more, as a new machine of this one.
pub(super) fn bundled(
    appliance: &Appliance,
    text: &str,
    made: &Made,
    wish: &ImportWish,
    around: &Surroundings<'_>,
) -> Result<Domain, Problem> {
    let mut domain = Domain::parse(text).map_err(|error| problem("source", error.to_string()))?;
    if domain.name() != made.plan.name {
        domain.set_name(&made.plan.name).map_err(refused)?;
    }
    domain.set_new_uuid().map_err(refused)?;
    let disks: Vec<_> = domain.devices_of(DeviceKind::Disk).collect();
    for node in disks {
        let target = domain.document().get(node, disk::TARGET).unwrap_or_default();
        let device = domain.document().get(node, disk::DEVICE).unwrap_or_default();
        match made
            .images
            .iter()
            .zip(&appliance.disks)
            .find(|(_, known)| known.target.as_deref() == Some(&target))
        {
            Some((image, _)) => domain.set_disk_image(node, image).map_err(refused)?,
            // A medium of the other host is not here; the drive is.
            None if matches!(device.as_str(), "cdrom" | "floppy") => {
                while let Some(source) = domain.document().child(node, "source") {
                    domain.document_mut().remove(source);
                }
            }
            None => domain.remove_device(node).map_err(refused)?,
        }
    }
    let nics: Vec<_> = domain.devices_of(DeviceKind::Interface).collect();
    for nic in nics {
        if wish.network == NetworkWish::None {
            domain.remove_device(nic).map_err(refused)?;
        } else {
            // The original may be on the same network.
            let mac = domain.new_mac();
            domain
                .document_mut()
                .set(nic, interface::MAC, Some(mac))
                .map_err(refused)?;
        }
    }
    connect_all(&mut domain, &wish.network, around)?;
    drop_lost_filters(&mut domain, around.facts);
    set_cpus(&mut domain, wish.cpus)?;
    if let Some(bytes) = wish.memory {
        domain.set_memory_kib(bytes / 1024).map_err(refused)?;
    }
    settle(&mut domain, around)?;
    let settings = made.images.get(appliance.disks.len());
    if let Some(image) = settings.filter(|_| appliance.firmware.is_some()) {
        let document = domain.document_mut();
        let root = document.root();
        document
            .set(root, os::NVRAM, Some(image.path.clone()))
            .map_err(refused)?;
    }
    Ok(domain)
}

/// What runs it here: the other host may have had other hypervisors and versions.
fn settle(domain: &mut Domain, around: &Surroundings<'_>) -> Result<(), Problem> {
    let hypervisor = &around.facts.kind.hypervisor;
    let document = domain.document_mut();
    let root = document.root();
    if document.attribute(root, "type").as_deref() == Some("kvm") && hypervisor == "qemu" {
        document.set_attribute(root, "type", "qemu").map_err(refused)?;
    }
    let Some(machine) = document.get(root, os::MACHINE) else {
        return Ok(());
    };
    let arch = document.get(root, os::ARCH);
    let known = around.facts.machines(arch.as_deref());
    if known.is_empty() || known.iter().any(|choice| choice.value == machine) {
        return Ok(());
    }
    // `pc-q35-9.1`, `pc-i440fx-7.2`, `virt-8.0`: a newer version than this host has.
    let family = match machine.as_str() {
        name if name.contains("q35") => "q35",
        name if name.starts_with("pc") => "pc",
        name if name.starts_with("virt") => "virt",
        _ => return Ok(()),
    };
    if known.iter().any(|choice| choice.value == family) {
        let document = domain.document_mut();
        document
            .set(root, os::MACHINE, Some(family.to_owned()))
            .map_err(refused)?;
    }
    Ok(())
}

fn set_cpus(domain: &mut Domain, cpus: Option<u32>) -> Result<(), Problem> {
    let Some(count) = cpus.map(u64::from) else {
        return Ok(());
    };
    domain.set_max_vcpus(count).map_err(refused)?;
    domain.set_vcpus(count).map_err(refused)
}

/// Kind and place of what a network card is connected to.
pub(super) type Cable = (String, Option<String>);

pub(super) fn cable(domain: &Domain, nic: NodeId) -> Cable {
    let document = domain.document();
    let kind = document.get(nic, interface::TYPE).unwrap_or_default();
    let place = match kind.as_str() {
        "network" => document.get(nic, interface::SOURCE_NETWORK),
        "bridge" => document.get(nic, interface::SOURCE_BRIDGE),
        "direct" => document.get(nic, interface::SOURCE_DEV),
        _ => None,
    };
    (kind, place)
}

pub(super) fn connect(domain: &mut Domain, nic: NodeId, own: &Cable) -> Result<(), Problem> {
    if cable(domain, nic) == *own {
        return Ok(());
    }
    drop_port(domain, nic);
    let (kind, place) = own;
    let place = place.as_deref().unwrap_or_default();
    domain.set_nic_source(nic, kind, place).map_err(refused)?;
    let field = match kind.as_str() {
        "network" => interface::SOURCE_NETWORK,
        "bridge" => interface::SOURCE_BRIDGE,
        "direct" => interface::SOURCE_DEV,
        _ => return Ok(()),
    };
    // One of the same kind keeps its old place otherwise.
    let document = domain.document_mut();
    document.set(nic, field, Some(place.to_owned())).map_err(refused)
}

/// Takes out what a network card has of its port in the switch that it leaves: other networks refuse it.
fn drop_port(domain: &mut Domain, nic: NodeId) {
    let document = domain.document_mut();
    for name in ["virtualport", "vlan"] {
        while let Some(id) = document.child(nic, name) {
            document.remove(id);
        }
    }
    if let Some(source) = document.child(nic, "source") {
        document.remove_attribute(source, "portgroup");
    }
}

/// What a network card is connected to for this wish; `None` where that is nothing.
fn wanted(wish: &NetworkWish) -> Option<Cable> {
    let (kind, place) = match wish {
        NetworkWish::None | NetworkWish::Usual => return None,
        NetworkWish::Network(name) => ("network", Some(name)),
        NetworkWish::Bridge(name) => ("bridge", Some(name)),
        NetworkWish::Direct(name) => ("direct", Some(name)),
        NetworkWish::User => ("user", None),
    };
    Some((kind.to_owned(), place.cloned()))
}

/// Connects the network cards of a bundle as it is wanted; one that has none gets one.
fn connect_all(domain: &mut Domain, wish: &NetworkWish, around: &Surroundings<'_>) -> Result<(), Problem> {
    let Some(own) = wanted(wish) else {
        return connect_loose(domain, around);
    };
    if let NetworkWish::Network(name) = wish
        && around.facts.networks.is_some()
        && around.facts.network(name).is_none()
    {
        let text = tr_f("There is no network “{network}” on the host.", &[("network", name)]);
        return Err(problem("network", text));
    }
    let mut nics: Vec<_> = domain.devices_of(DeviceKind::Interface).collect();
    if nics.is_empty() {
        nics.push(domain.add_nic("default").map_err(refused)?);
    }
    for nic in nics {
        connect(domain, nic, &own)?;
    }
    Ok(())
}

/// Connects the network cards that were connected to something of the other host as usual here. Where the host has no network for
/// machines they go, but for those whose network can be made.
fn connect_loose(domain: &mut Domain, around: &Surroundings<'_>) -> Result<(), Problem> {
    let own = wanted(&usual_network(around.facts));
    let nics = domain.devices_of(DeviceKind::Interface);
    let is_loose = |nic: &NodeId| match cable(domain, *nic) {
        (kind, None) => kind == "network",
        (kind, Some(name)) => kind == "network" && own.is_some() && lacks_network(around.facts, &name),
    };
    let loose: Vec<_> = nics.filter(is_loose).collect();
    for nic in loose {
        match &own {
            Some(own) => connect(domain, nic, own)?,
            None => domain.remove_device(nic).map_err(refused)?,
        }
    }
    Ok(())
}

/// Whether the host is known to have no network of this name.
fn lacks_network(facts: &HostFacts, name: &str) -> bool {
    facts.networks.is_some() && facts.network(name).is_none()
}

/// Takes the packet filters off the network cards that the host does not have: no such machine would start.
fn drop_lost_filters(domain: &mut Domain, facts: &HostFacts) {
    let nics: Vec<_> = domain.devices_of(DeviceKind::Interface).collect();
    for nic in nics {
        let document = domain.document_mut();
        let name = document.get(nic, interface::FILTER);
        if name.is_some_and(|name| lacks_filter(facts, &name))
            && let Some(filter) = document.child(nic, "filterref")
        {
            document.remove(filter);
        }
    }
}

fn lacks_filter(facts: &HostFacts, name: &str) -> bool {
    let known = facts.filters.as_deref();
    known.is_some_and(|known| !known.iter().any(|filter| filter == name))
}

/// What the network cards of a bundle name that this host does not have, and what becomes of it.
#[must_use]
pub fn not_here(appliance: &Appliance, wish: &ImportWish, facts: &HostFacts) -> Vec<Problem> {
    let has_cards = wish.network != NetworkWish::None;
    let definition = appliance.definition.as_deref().filter(|_| has_cards);
    let Some(domain) = definition.and_then(|text| Domain::parse(text).ok()) else {
        return Vec::new();
    };
    let has_usual = usual_network(facts) != NetworkWish::None;
    let mut texts: Vec<String> = Vec::new();
    for nic in domain.devices_of(DeviceKind::Interface) {
        if let (NetworkWish::Usual, (kind, Some(name))) = (&wish.network, cable(&domain, nic))
            && kind == "network"
            && lacks_network(facts, &name)
        {
            let name = [("network", name.as_str())];
            texts.push(if has_usual {
                tr_f(
                    "The host has no network “{network}”: what was connected to it is connected as usual here.",
                    &name,
                )
            } else {
                tr_f(
                    "The host has no network “{network}”: make one of this name before the machine starts.",
                    &name,
                )
            });
        }
        let filter = domain.document().get(nic, interface::FILTER);
        if let Some(name) = filter.filter(|name| lacks_filter(facts, name)) {
            texts.push(tr_f(
                "The host has no packet filter “{filter}”: the network card is not filtered.",
                &[("filter", &name)],
            ));
        }
    }
    let mut known = HashSet::new();
    texts.retain(|text| known.insert(text.clone()));
    let warning = |text| Problem {
        weight: Weight::Warning,
        ..problem("network", text)
    };
    texts.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests;
