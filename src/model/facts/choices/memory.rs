//! Memory.

use super::{Board, Choice, Family, HostFacts, choices, forbid, virtio_model};
use crate::i18n::{tr, tr_f};
use crate::model::facts::NumaCell;

impl HostFacts {
    /// Where a machine's memory comes from (`type` of `<memoryBacking><source>`).
    #[must_use]
    pub fn memory_sources(&self) -> Vec<Choice> {
        self.ask(
            "memoryBacking",
            "sourceType",
            &["anonymous", "memfd", "file"],
            |value| match value {
                "anonymous" => tr("Ordinary memory"),
                "memfd" => tr("Memory that can be shared"),
                "file" => tr("A file"),
                other => other.to_owned(),
            },
        )
    }

    /// Sizes of huge pages in KiB, those that the host has set apart first. Empty where the host doesn't tell.
    #[must_use]
    pub fn huge_pages(&self) -> Vec<Choice> {
        let pages = self.node.iter().flat_map(|node| &node.pages);
        let huge = pages.filter(|page| page.size_kib > 64).map(|page| {
            let size = page.size_kib;
            let label = match size {
                _ if size.is_multiple_of(1 << 20) => format!("{} GiB", size >> 20),
                _ if size.is_multiple_of(1 << 10) => format!("{} MiB", size >> 10),
                _ => format!("{size} KiB"),
            };
            let problem = (page.count == Some(0)).then(|| tr("The host has set no such pages apart."));
            Choice::new(size.to_string(), label).but(problem)
        });
        super::usable_first(huge.collect())
    }

    /// The host's NUMA cells; empty where it doesn't tell.
    #[must_use]
    pub fn numa_cells(&self) -> &[NumaCell] {
        self.node.as_ref().map_or(&[], |node| &node.cells)
    }

    /// Models of memory modules (`model` of `<memory>` among the devices).
    #[must_use]
    pub fn memory_models(&self) -> Vec<Choice> {
        if self.family() != Family::Qemu {
            return Vec::new();
        }
        let all = choices(
            &["dimm", "virtio-mem", "nvdimm", "virtio-pmem", "sgx-epc"],
            |value| match value {
                "dimm" => tr("Memory module"),
                "virtio-mem" => tr("Memory that grows and shrinks (virtio-mem)"),
                "nvdimm" => tr("Persistent memory module"),
                "virtio-pmem" => tr("Persistent memory (virtio-pmem)"),
                "sgx-epc" => tr("Enclave memory (SGX)"),
                other => other.to_owned(),
            },
        );
        forbid(all, |value| {
            let fits = match (value, self.board()) {
                (_, Board::Other) => true,
                ("dimm" | "nvdimm", board) => {
                    matches!(board, Board::Q35 | Board::I440fx | Board::Pseries)
                        || (board == Board::Virt && self.kind.is_arm())
                }
                ("sgx-epc", board) => matches!(board, Board::Q35 | Board::I440fx),
                (_, board) => matches!(board, Board::Q35 | Board::I440fx | Board::Virt),
            };
            if !fits {
                return Some(self.not_possible());
            }
            let no_sgx = value == "sgx-epc" && self.feature_problem("sgx").is_some();
            no_sgx.then(|| tr_f("The host's processor has no {feature}.", &[("feature", "Intel SGX")]))
        })
    }

    /// Models of the memory balloon.
    #[must_use]
    pub fn balloon_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Xen, _) => &["xen", "none"],
            (Family::Qemu, Board::S390) => &["virtio", "none"],
            (Family::Qemu, _) => &["virtio", "virtio-transitional", "virtio-non-transitional", "none"],
            _ => return Vec::new(),
        };
        let all = choices(known, |value| match value {
            "xen" => "Xen".to_owned(),
            "none" => tr("None"),
            other => virtio_model(other),
        });
        self.card(all, &["none"])
    }

    /// The reason where the board itself speaks against something.
    pub(super) fn not_possible(&self) -> String {
        match &self.kind.machine {
            Some(machine) => tr_f("Machines of type {machine} cannot have it.", &[("machine", machine)]),
            None => tr("These machines cannot have it."),
        }
    }
}
