//! Memory: the maximum, what the guest has of it now, what is hot-plugged, and how NUMA cells divide it.

use super::{DeviceKind, Domain};
use crate::i18n::{tr, tr_f};
use crate::model::xml::{NodeId, Refused, unit};

/// More than this no `unsigned long long` of bytes can say.
const MAX_KIB: u64 = u64::MAX / 1024;

/// Slots for modules where nobody says how many.
const SLOTS: &str = "16";

impl Domain {
    /// The size in an element like `<memory>`, in KiB.
    fn kib_of(&self, id: NodeId) -> Option<u64> {
        let unit = self.document().attribute(id, "unit");
        unit::to_kib(&self.document().text(id), unit.as_deref())
    }

    /// Memory that the machine starts with, modules included, in KiB (`<memory>`, or the sum of the NUMA cells and modules
    /// where there are cells: libvirt takes that one).
    #[must_use]
    pub fn memory_kib(&self) -> Option<u64> {
        let cells: Vec<_> = self.memory_cells().into_iter().map(|(_, kib)| kib).collect();
        if cells.is_empty() {
            return self.kib_of(self.child("memory")?);
        }
        let cells: u64 = cells.into_iter().try_fold(0_u64, u64::checked_add)?;
        cells.checked_add(self.modules_kib())
    }

    /// What the balloon leaves the guest, in KiB; the maximum where the definition does not say.
    #[must_use]
    pub fn current_memory_kib(&self) -> Option<u64> {
        self.child("currentMemory")
            .and_then(|id| self.kib_of(id))
            .filter(|kib| *kib > 0)
            .or_else(|| self.memory_kib())
    }

    /// The limit for hot-plugged modules, in KiB (`<maxMemory>`).
    #[must_use]
    pub fn max_memory_kib(&self) -> Option<u64> {
        self.kib_of(self.child("maxMemory")?)
    }

    /// Memory in modules (DIMM, virtio-mem …), in KiB.
    #[must_use]
    pub fn modules_kib(&self) -> u64 {
        let size = |module| {
            let target = self.document().child(module, "target")?;
            self.kib_of(self.document().child(target, "size")?)
        };
        self.devices_of(DeviceKind::Memory)
            .filter_map(size)
            .fold(0, u64::saturating_add)
    }

    /// The NUMA cells that have memory, each with its KiB.
    #[must_use]
    pub fn memory_cells(&self) -> Vec<(NodeId, u64)> {
        let document = self.document();
        let Some(numa) = document.find(document.root(), "cpu/numa") else {
            return Vec::new();
        };
        let size = |cell| {
            let unit = document.attribute(cell, "unit");
            let kib = unit::to_kib(&document.attribute(cell, "memory")?, unit.as_deref())?;
            Some((cell, kib))
        };
        document.children_named(numa, "cell").filter_map(size).collect()
    }

    /// Sets the memory that the machine starts with. What the guest has now is lowered if it would be more; a single NUMA
    /// cell follows.
    ///
    /// # Errors
    /// Where the size is none, does not fit under `<maxMemory>` or over the modules, or several NUMA cells divide it: how,
    /// only the user can say.
    pub fn set_memory_kib(&mut self, kib: u64) -> Result<(), Refused> {
        check(kib)?;
        if let Some(max) = self.max_memory_kib()
            && kib > max
        {
            let max = max.to_string();
            return Err(Refused(tr_f(
                "The limit for hot-plugged memory is {max} KiB: raise <maxMemory> first.",
                &[("max", &max)],
            )));
        }
        let modules = self.modules_kib();
        if kib <= modules {
            let modules = modules.to_string();
            return Err(Refused(tr_f(
                "{modules} KiB are in memory modules already.",
                &[("modules", &modules)],
            )));
        }
        match self.memory_cells()[..] {
            [] => {}
            [(cell, old)] => {
                if old != kib - modules {
                    self.set_cell_kib(cell, kib - modules)?;
                }
            }
            ref cells => {
                if self.memory_kib() != Some(kib) {
                    let count = cells.len().to_string();
                    let text = tr_f(
                        "{count} NUMA cells divide the memory: change the cells instead.",
                        &[("count", &count)],
                    );
                    return Err(Refused(text));
                }
            }
        }
        self.set_total_kib(kib)
    }

    /// Writes the memory that the machine starts with, and lowers what the guest has of it.
    pub(super) fn set_total_kib(&mut self, kib: u64) -> Result<(), Refused> {
        let place = self.ensure("memory")?;
        self.write_kib(place, kib)?;
        if let Some(current) = self.child("currentMemory")
            && self.kib_of(current).is_some_and(|old| old > kib)
        {
            self.write_kib(current, kib)?;
        }
        Ok(())
    }

    /// Sets what the guest has now, the target of the balloon.
    ///
    /// # Errors
    /// Where it is nothing or more than the machine has.
    pub fn set_current_memory_kib(&mut self, kib: u64) -> Result<(), Refused> {
        check(kib)?;
        match self.memory_kib() {
            Some(memory) if kib > memory => {
                let memory = memory.to_string();
                Err(Refused(tr_f(
                    "The machine has {memory} KiB of memory: raise that first.",
                    &[("memory", &memory)],
                )))
            }
            Some(_) => {
                let place = self.ensure("currentMemory")?;
                self.write_kib(place, kib)
            }
            None => Err(Refused(tr(
                "The definition does not say how much memory the machine has.",
            ))),
        }
    }

    /// Sets the limit for hot-plugged memory, in KiB; `None` removes it. libvirt wants a number of slots beside it.
    ///
    /// # Errors
    /// Where it is less than the machine has, or there are modules.
    pub fn set_max_memory_kib(&mut self, kib: Option<u64>) -> Result<(), Refused> {
        let Some(kib) = kib else {
            if self.modules_kib() > 0 {
                return Err(Refused(tr("There are memory modules: remove them first.")));
            }
            if let Some(limit) = self.child("maxMemory") {
                self.document_mut().remove(limit);
            }
            return Ok(());
        };
        check(kib)?;
        if let Some(memory) = self.memory_kib()
            && kib < memory
        {
            return Err(Refused(tr_f(
                "The machine has {memory} KiB of memory already: the limit must not be less.",
                &[("memory", &memory.to_string())],
            )));
        }
        let place = self.ensure("maxMemory")?;
        if self.document().attribute(place, "slots").is_none() {
            self.document_mut().set_attribute(place, "slots", SLOTS)?;
        }
        self.write_kib(place, kib)
    }

    /// Sets what the guest has now, and what the machine starts with if that is less.
    ///
    /// # Errors
    /// As [`Domain::set_current_memory_kib`] and [`Domain::set_memory_kib`].
    pub fn grow_memory_kib(&mut self, kib: u64) -> Result<(), Refused> {
        if self.memory_kib().is_none_or(|memory| kib > memory) {
            self.set_memory_kib(kib)?;
        }
        self.set_current_memory_kib(kib)
    }

    /// Writes a size in the unit that is there, if that can say it exactly.
    fn write_kib(&mut self, place: NodeId, kib: u64) -> Result<(), Refused> {
        if self.kib_of(place) == Some(kib) {
            return Ok(());
        }
        let unit = self
            .document()
            .attribute(place, "unit")
            .map(std::borrow::Cow::into_owned);
        let document = self.document_mut();
        if let Some(value) = unit::in_unit(kib, unit.as_deref()) {
            if unit.is_none() && document.is_hollow(place) {
                document.set_attribute(place, "unit", "KiB")?;
            }
            return document.set_value(place, &value.to_string());
        }
        document.set_attribute(place, "unit", "KiB")?;
        document.set_value(place, &kib.to_string())
    }

    /// Sets the memory of a NUMA cell, in the unit that is there, if that can say it exactly.
    pub(super) fn set_cell_kib(&mut self, cell: NodeId, kib: u64) -> Result<(), Refused> {
        let unit = self
            .document()
            .attribute(cell, "unit")
            .map(std::borrow::Cow::into_owned);
        let document = self.document_mut();
        if let Some(value) = unit::in_unit(kib, unit.as_deref()) {
            return document.set_attribute(cell, "memory", &value.to_string());
        }
        document.set_attribute(cell, "memory", &kib.to_string())?;
        document.set_attribute(cell, "unit", "KiB")
    }
}

fn check(kib: u64) -> Result<(), Refused> {
    match kib {
        0 => Err(Refused(tr("A machine needs some memory."))),
        1..=MAX_KIB => Ok(()),
        _ => Err(Refused(tr("That is more memory than libvirt can count."))),
    }
}
