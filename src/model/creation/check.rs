//! What speaks against an order as far as it is known without asking anybody.

use super::order::{DiskWish, FirmwareWish, ImageRef, NetworkWish, Order, Source};
use super::plan::Plan;
use super::problem::{Problem, Remedy, Weight};
use super::recipe::{Guest, usual_network};
use super::{Surroundings, amounts, image, plan, space, suggested_name};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::outside;
use crate::model::facts::{Choice, HostFacts};
use crate::model::hardware::size;
use crate::model::storage::pool_kind;
use crate::model::usage::{self, Purpose};
use crate::model::xml::domain::Domain;

/// What speaks against an order, the weightiest first. What has to be asked of the host tells `HostClient::examine`.
#[must_use]
pub fn problems(order: &Order, around: &Surroundings<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    check_name(order, around, &mut found);
    let is_planned = !matches!(order.source, Source::Xml(_));
    if is_planned && order.customised.is_none() {
        check_amounts(order, around, &mut found);
        check_host(order, around, &mut found);
        check_firmware(order, around, &mut found);
        check_network(order, around, &mut found);
    }
    if let Source::Xml(text) = &order.source {
        found.extend(check_trust(order.customised.as_deref().unwrap_or(text)));
    }
    check_disk(order, around, &mut found);
    found.extend(image::packed(order, around));
    match plan(order, around) {
        Ok(plan) => {
            check_images(&plan, around, &mut found);
            found.extend(image::unpacking(&plan.files, around));
            if is_planned && order.customised.is_none() {
                found.extend(image::remote(&pools_of(order), &plan.files, around));
            }
        }
        // The row may have said it better.
        Err(problem)
            if !found
                .iter()
                .any(|other| other.row == problem.row && other.weight == Weight::Error) =>
        {
            found.push(problem);
        }
        Err(_) => {}
    }
    found.sort_by_key(|problem| std::cmp::Reverse(problem.weight));
    found
}

fn tell(found: &mut Vec<Problem>, weight: Weight, row: &'static str, text: String, remedy: Option<Remedy>) {
    found.push(Problem {
        weight,
        row,
        text,
        remedy,
    });
}

/// What a definition that somebody brings uses of the host.
fn check_trust(text: &str) -> Option<Problem> {
    let domain = Domain::parse(text).ok()?;
    let list = outside(&domain);
    if list.is_empty() {
        return None;
    }
    let text = tr_f(
        "This definition uses more of the host than a disk, a network and a screen: {list}. Create it only if you trust where it comes from.",
        &[("list", &list.join(", "))],
    );
    Some(Problem {
        weight: Weight::Warning,
        row: "source",
        text,
        remedy: None,
    })
}

/// What speaks against a name, in one sentence.
pub(super) fn name_problem(name: &str) -> Option<String> {
    let bad = name.chars().find(|c| *c == '/' || c.is_control());
    if let Some(bad) = bad {
        let shown = bad.escape_default().to_string();
        return Some(tr_f("A name cannot contain “{character}”.", &[("character", &shown)]));
    }
    (name.trim() != name).then(|| tr("A name cannot begin or end with a space."))
}

/// The problem of a name that a machine of the host has.
#[must_use]
pub fn taken(name: &str, machines: &[String]) -> Problem {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = stem.strip_suffix('-').unwrap_or(name);
    let mut names = (2_u32..).map(|number| format!("{stem}-{number}"));
    let free = names.find(|name| !machines.contains(name));
    Problem {
        weight: Weight::Error,
        row: "name",
        text: tr_f("There is a machine “{name}” already.", &[("name", name)]),
        remedy: free.map(Remedy::Rename),
    }
}

fn check_name(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    if order.name.is_empty() {
        return;
    }
    if let Some(text) = name_problem(&order.name) {
        let remedy = suggested_name(around.os, false, around.machines);
        tell(found, Weight::Error, "name", text, Some(Remedy::Rename(remedy)));
    } else if around.machines.contains(&order.name) {
        found.push(taken(&order.name, around.machines));
    }
}

fn check_amounts(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    let amounts = amounts(order, around);
    if let Some(host) = amounts.host_memory.filter(|host| amounts.memory > *host) {
        let text = tr_f(
            "The host has {memory} of memory only.",
            &[("memory", &size::about(host))],
        );
        tell(
            found,
            Weight::Warning,
            "memory",
            text,
            Some(Remedy::Memory((host / 2) >> 20 << 20)),
        );
    }
    if let Some(least) = amounts.least_memory.filter(|least| amounts.memory < *least) {
        let text = tr_f(
            "The operating system needs at least {memory} of memory.",
            &[("memory", &size::about(least))],
        );
        tell(found, Weight::Warning, "memory", text, Some(Remedy::Memory(least)));
    }
    if amounts.memory == 0 {
        tell(found, Weight::Error, "memory", tr("A machine needs memory."), None);
    }
    let most = around.facts.max_vcpus();
    if most.is_some_and(|most| u64::from(amounts.cpus) > most) {
        let most = most.unwrap_or_default().to_string();
        let text = tr_f(
            "Machines of this type have at most {count} processors.",
            &[("count", &most)],
        );
        tell(found, Weight::Error, "cpus", text, None);
    } else if let Some(cpus) = amounts.host_cpus.filter(|cpus| amounts.cpus > *cpus) {
        let text = tr_f(
            "The host has {count} processors only: more make the machine slower.",
            &[("count", &cpus.to_string())],
        );
        tell(found, Weight::Warning, "cpus", text, None);
    }
    if amounts.cpus == 0 {
        tell(found, Weight::Error, "cpus", tr("A machine needs a processor."), None);
    }
}

fn check_host(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    let facts = around.facts;
    if facts.kind.hypervisor == "qemu" && order.kind.hypervisor != "qemu" {
        let kvm = facts.hypervisors().into_iter().find(|choice| choice.value == "kvm");
        let own = facts.capabilities.as_ref().and_then(|capabilities| capabilities.arch());
        match kvm.and_then(|choice| choice.problem) {
            Some(_) if own == facts.kind.arch => {
                let text = tr("The host has no KVM, so machines run on it, but slowly.");
                tell(found, Weight::Warning, "host", text, Some(Remedy::CheckHost));
            }
            Some(reason) => {
                let text = tr_f("The machine will be slow. {reason}", &[("reason", &reason)]);
                tell(found, Weight::Warning, "host", text, None);
            }
            None => {}
        }
    }
    let wanted = around.recognised.and_then(|recognised| recognised.arch.as_deref());
    if let (Some(wanted), Some(arch)) = (wanted, facts.kind.arch.as_deref())
        && wanted != arch
        // A PC of 64 bits runs what is made for 32.
        && !(wanted == "i686" && arch == "x86_64")
        // The test driver runs nothing.
        && facts.kind.hypervisor != "test"
    {
        let text = tr_f(
            "The image is for {wanted} processors, the machine has one of {arch}.",
            &[("wanted", wanted), ("arch", arch)],
        );
        tell(found, Weight::Error, "source", text, None);
    }
}

fn blocked(choices: &[Choice], value: &str) -> Option<String> {
    let choice = choices.iter().find(|choice| choice.value == value)?;
    choice.problem.clone()
}

fn check_firmware(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    let facts = around.facts;
    let guest = Guest::of(around.os, &facts.kind);
    let efi = || blocked(&facts.firmwares(), "efi");
    let (reason, weight) = match order.firmware {
        FirmwareWish::Efi => (efi(), Weight::Error),
        FirmwareWish::EfiSecure => (facts.secure_boot_problem(), Weight::Error),
        FirmwareWish::Usual if guest.wants_secure_boot() => (facts.secure_boot_problem(), Weight::Warning),
        FirmwareWish::Usual if guest.wants_efi() => (efi(), Weight::Warning),
        FirmwareWish::Bios if guest.wants_efi() => {
            (Some(tr("The operating system starts with UEFI only.")), Weight::Warning)
        }
        FirmwareWish::Usual | FirmwareWish::Bios => (None, Weight::Hint),
    };
    if let Some(reason) = reason {
        tell(found, weight, "firmware", reason, None);
    }
    let wanted = order.tpm.unwrap_or(guest.wants_tpm());
    if wanted && let Some(reason) = no_tpm(facts) {
        let weight = if order.tpm == Some(true) {
            Weight::Error
        } else {
            Weight::Warning
        };
        tell(found, weight, "firmware", reason, None);
    }
}

fn no_tpm(facts: &HostFacts) -> Option<String> {
    let models = facts.tpm_models();
    let model = match models.iter().any(Choice::is_usable) {
        true => None,
        false => models.into_iter().next().and_then(|choice| choice.problem),
    };
    blocked(&facts.tpm_backends(), "emulator").or(model)
}

fn check_network(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    let usual = usual_network(around.facts);
    let wish = match &order.network {
        NetworkWish::Usual => &usual,
        other => other,
    };
    match wish {
        NetworkWish::Network(name) => match around.facts.network(name) {
            Some(network) if !network.active => tell(
                found,
                Weight::Error,
                "network",
                tr_f("The network “{network}” is off.", &[("network", name)]),
                Some(Remedy::StartNetwork(name.clone())),
            ),
            None if around.facts.networks.is_some() => tell(
                found,
                Weight::Error,
                "network",
                tr_f("There is no network “{network}” on the host.", &[("network", name)]),
                None,
            ),
            _ => {}
        },
        NetworkWish::None if order.network == NetworkWish::Usual => tell(
            found,
            Weight::Warning,
            "network",
            tr("The host has no network for machines: this one will have none."),
            None,
        ),
        _ => {}
    }
}

fn check_disk(order: &Order, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    found.extend(space::no_pool(order, around.facts));
    for pool in pools_of(order) {
        if around.facts.pool(pool).is_some_and(|fact| !fact.active) {
            let text = tr_f("The storage pool “{pool}” is off.", &[("pool", pool)]);
            tell(
                found,
                Weight::Error,
                "disk",
                text,
                Some(Remedy::StartPool(pool.to_owned())),
            );
        }
    }
    let DiskWish::New {
        pool,
        name,
        capacity,
        allocate,
        ..
    } = &order.disk
    else {
        return;
    };
    let fact = around.facts.pool(pool);
    let space = fact.and_then(|fact| fact.available).filter(|space| capacity > space);
    if let Some(space) = space {
        let room = size::about(space);
        let whole = fact.and_then(|fact| pool_kind(&fact.kind));
        let (weight, text) = if *allocate || whole.is_some_and(|kind| !kind.thin_volumes) {
            (
                Weight::Error,
                tr_f("The storage pool has {size} of space only.", &[("size", &room)]),
            )
        } else {
            (
                Weight::Warning,
                tr_f(
                    "The storage pool has {size} of space only. The machine stops when the disk has grown beyond that.",
                    &[("size", &room)],
                ),
            )
        };
        let remedy = (space >= 1 << 30).then_some(Remedy::Capacity(space >> 30 << 30));
        tell(found, weight, "disk", text, remedy);
    } else if let Some(left) = fact.and_then(|fact| space::left_over(fact, *capacity)) {
        let text = tr_f(
            "The storage pool is nearly full: of its space {size} are left once this disk is full.",
            &[("size", &size::about(left))],
        );
        tell(found, Weight::Warning, "disk", text, None);
    }
    let least = amounts(order, around).least_storage;
    if let Some(least) = least.filter(|least| *capacity > 0 && capacity < least) {
        let text = tr_f(
            "The operating system needs a disk of at least {size}.",
            &[("size", &size::about(least))],
        );
        tell(found, Weight::Warning, "disk", text, Some(Remedy::Capacity(least)));
    }
    let volumes = around.volumes.iter().flat_map(|all| all.pools.iter());
    let mut same = volumes
        .filter(|(other, _)| other == pool)
        .flat_map(|(_, volumes)| volumes.iter());
    if !name.is_empty() && same.any(|volume| volume.name == *name) {
        let text = tr_f(
            "There is a volume “{name}” in the pool “{pool}” already.",
            &[("name", name), ("pool", pool)],
        );
        tell(found, Weight::Error, "disk", text, None);
    }
}

fn pool_of(image: &ImageRef) -> Option<&str> {
    match image {
        ImageRef::Volume { pool, .. } | ImageRef::Upload { pool, .. } | ImageRef::Download { pool, .. } => Some(pool),
        ImageRef::Path(_) => None,
    }
}

/// The pools that an order names.
fn pools_of(order: &Order) -> Vec<&str> {
    let source = match &order.source {
        Source::Media(from) | Source::Disk(from) | Source::Cloud { image: from, .. } => pool_of(from),
        _ => None,
    };
    let disk = match &order.disk {
        DiskWish::None => None,
        DiskWish::New { pool, .. } => Some(pool.as_str()),
        DiskWish::Existing(from) => pool_of(from),
    };
    let mut pools: Vec<&str> = source.into_iter().chain(disk).filter(|pool| !pool.is_empty()).collect();
    pools.dedup();
    pools
}

/// Who else uses the images.
fn check_images(plan: &Plan, around: &Surroundings<'_>, found: &mut Vec<Problem>) {
    let (Some(known), Ok(domain)) = (&around.facts.usage, Domain::parse(&plan.xml)) else {
        return;
    };
    let images = usage::images(domain.document());
    let conflicts = known.check_all(None, &images, Purpose::Add { running: plan.start });
    for conflict in &conflicts {
        let weight = if conflict.refused {
            Weight::Error
        } else {
            Weight::Warning
        };
        let text = tr_f(
            "{image} is in use. {user}",
            &[
                ("image", &conflict.source.label()),
                ("user", &conflict.holder.sentence()),
            ],
        );
        tell(found, weight, "disk", text, None);
    }
}

#[cfg(test)]
mod tests;
