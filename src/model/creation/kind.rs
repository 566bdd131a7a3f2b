//! Hypervisor, architecture and machine type.

use super::order::{Order, Source};
use crate::model::facts::{GuestKind, HostFacts};
use crate::model::os::Os;
use crate::model::xml::object::Guest;

/// Systems that were released before this know nothing of PCI Express.
const Q35_SINCE: &str = "2008";

/// The kind of machine that an order gives on a host: what the user chose, the rest as a specialist would. The facts may have
/// been read for any kind; those for the plan have to be read for this one.
#[must_use]
pub fn kind(order: &Order, facts: &HostFacts, os: Option<&Os>) -> GuestKind {
    let wish = &order.kind;
    let all = facts.capabilities.as_ref().map(|capabilities| capabilities.guests());
    let all = all.unwrap_or_default();
    let container = matches!(order.source, Source::Container(_));
    let fits = |guest: &&Guest| {
        wish.arch.as_ref().is_none_or(|arch| guest.arch == *arch)
            && (wish.hypervisor.is_empty() || guest.hypervisors.contains(&wish.hypervisor))
            && (guest.os_type == "exe") == container
    };
    let own = facts.capabilities.as_ref().and_then(|capabilities| capabilities.arch());
    let mut guests: Vec<&Guest> = all.iter().filter(fits).collect();
    guests.sort_by_key(|guest| {
        let machine = wish.machine.as_ref();
        let has_machine = machine.is_some_and(|machine| guest.machines.contains(machine));
        (
            !has_machine,
            Some(&guest.arch) != own.as_ref(),
            type_rank(&guest.os_type, order),
        )
    });
    let best = guests.first();
    let hypervisor = if wish.hypervisor.is_empty() {
        best.map(|guest| usual_hypervisor(guest)).unwrap_or_default()
    } else {
        wish.hypervisor.clone()
    };
    let arch = wish
        .arch
        .clone()
        .or_else(|| best.map(|guest| guest.arch.clone()))
        .or(own);
    let usual = || {
        let machine = usual_machine(arch.as_deref()?, &hypervisor, os)?;
        let known = best.is_some_and(|guest| guest.machines.iter().any(|name| name == machine));
        known.then(|| machine.to_owned())
    };
    let only = || {
        // Xen has one machine type for each kind of guest, and that names the kind.
        let machine = best.filter(|_| hypervisor == "xen")?.machines.first()?;
        Some(machine.clone())
    };
    GuestKind {
        machine: wish.machine.clone().or_else(usual).or_else(only),
        emulator: wish.emulator.clone(),
        hypervisor,
        arch,
    }
}

/// Xen's kinds of guests: an installation medium boots only where there is firmware.
fn type_rank(os_type: &str, order: &Order) -> u8 {
    match (os_type, &order.source) {
        ("hvm", _) => 0,
        ("xenpvh" | "pvh", Source::Tree { .. }) => 1,
        _ => 2,
    }
}

fn usual_hypervisor(guest: &Guest) -> String {
    let has = |name: &&&str| guest.hypervisors.iter().any(|other| other == **name);
    let best = ["kvm", "hvf", "qemu"].iter().find(has).map(|name| (*name).to_owned());
    best.or_else(|| guest.hypervisors.first().cloned()).unwrap_or_default()
}

fn usual_machine(arch: &str, hypervisor: &str, os: Option<&Os>) -> Option<&'static str> {
    if !matches!(hypervisor, "kvm" | "qemu" | "hvf" | "nvmm") {
        return None;
    }
    let old = os
        .and_then(|os| os.released.as_deref())
        .is_some_and(|released| released < Q35_SINCE);
    match arch {
        "x86_64" | "i686" if old => Some("pc"),
        "x86_64" | "i686" => Some("q35"),
        "aarch64" | "armv7l" | "riscv64" | "riscv32" | "loongarch64" => Some("virt"),
        "ppc64" | "ppc64le" => Some("pseries"),
        "s390x" => Some("s390-ccw-virtio"),
        _ => None,
    }
}
