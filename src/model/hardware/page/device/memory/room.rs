//! Room for memory modules: what the machine's memory, its limit, its slots and its NUMA cells have to say about them.

use crate::i18n::tr;
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::memory;
use crate::model::xml::domain::{DeviceKind, Domain};

/// Changes modules, and lets the machine's memory and its limit follow: what it has besides modules stays.
pub(super) fn keep_initial(
    domain: &mut Domain,
    change: impl FnOnce(&mut Domain) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let before = domain.memory_kib();
    let initial = before
        .map(|kib| kib.saturating_sub(domain.modules_kib()))
        .filter(|kib| *kib > 0);
    let is_full = before.is_some() && domain.current_memory_kib() == before;
    change(domain)?;
    let Some(initial) = initial else { return Ok(()) };
    let total = initial.saturating_add(domain.modules_kib());
    if domain.max_memory_kib().is_some_and(|max| max < total) {
        let root = domain.document().root();
        domain
            .document_mut()
            .set(root, memory::MAX, Some(total.saturating_mul(1024)))?;
    }
    domain.set_memory_kib(total)?;
    let root = domain.document().root();
    if is_full && domain.document().child(root, "currentMemory").is_some() {
        domain.set_current_memory_kib(total)?;
    }
    Ok(())
}

/// A machine with modules needs a NUMA cell: one with all that it has.
pub(super) fn ensure_cell(domain: &mut Domain) -> Result<(), Refused> {
    if !domain.cells().is_empty() {
        return Ok(());
    }
    let total = domain.memory_kib().unwrap_or(0);
    let initial = total.saturating_sub(domain.modules_kib());
    if initial == 0 {
        return Err(Refused(tr(
            "The definition does not say how much memory the machine has.",
        )));
    }
    let cpus = match domain.max_vcpus() {
        0 | 1 => "0".to_owned(),
        count => format!("0-{}", count - 1),
    };
    let root = domain.document().root();
    let cpu = domain.ensure_child(root, "cpu")?;
    let numa = domain.ensure_child(cpu, "numa")?;
    let cell = format!("<cell id='0' cpus='{cpus}' memory='{initial}' unit='KiB'/>");
    domain.document_mut().insert_ordered(numa, &cell).map(drop)
}

/// Enough slots for the modules that take one.
pub(super) fn ensure_slots(domain: &mut Domain) -> Result<(), Refused> {
    let root = domain.document().root();
    let modules = domain.devices_of(DeviceKind::Memory).count();
    let modules = u64::try_from(modules).unwrap_or(u64::MAX);
    let has_limit = domain.document().child(root, "maxMemory").is_some();
    let slots: u64 = domain.document().get(root, memory::SLOTS).unwrap_or(0);
    if has_limit && slots < modules {
        domain.document_mut().set(root, memory::SLOTS, Some(modules.max(16)))?;
    }
    Ok(())
}

/// Room for so many bytes more, which libvirt wants to be told before the machine starts.
pub(super) fn ensure_room(domain: &mut Domain, kib: u64) -> Result<(), Refused> {
    let Some(total) = domain.memory_kib() else {
        return Err(Refused(tr(
            "The definition does not say how much memory the machine has.",
        )));
    };
    let root = domain.document().root();
    let wanted = total.saturating_add(kib);
    let limit = match domain.max_memory_kib() {
        Some(max) if max >= wanted => return Ok(()),
        Some(_) => wanted,
        // Some room for more: it costs nothing.
        None => total.saturating_add(kib.saturating_mul(4)),
    };
    domain
        .document_mut()
        .set(root, memory::MAX, Some(limit.saturating_mul(1024)))
}
