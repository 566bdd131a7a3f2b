//! New memory modules.

use super::room::{ensure_cell, ensure_room, ensure_slots, keep_initial};
use crate::i18n::tr;
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::xml::domain::Domain;
use crate::model::xml::{NodeId, Refused};

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let models = context.facts.memory_models();
    let one = |id, model: &'static str, title, text| {
        let offered = models.iter().find(|choice| choice.value == model);
        let problem = match offered {
            Some(choice) => choice.problem.clone(),
            None => Some(tr("Machines of this kind cannot have it.")),
        };
        Addition::new(id, title, "vireo-memory-symbolic", move |domain, _| add(domain, model))
            .description(text)
            .problem(problem)
    };
    vec![
        one(
            "memory-dimm",
            "dimm",
            tr("Memory Module"),
            tr("More memory, which can be plugged while the machine runs."),
        ),
        one(
            "memory-virtio",
            "virtio-mem",
            tr("Memory That Grows and Shrinks"),
            tr("Memory that the guest gets more or less of while it runs (virtio-mem)."),
        ),
        one(
            "memory-nvdimm",
            "nvdimm",
            tr("Persistent Memory Module"),
            tr("Memory whose content is in a file or device of the host and stays (NVDIMM)."),
        ),
        one(
            "memory-pmem",
            "virtio-pmem",
            tr("Persistent Memory"),
            tr("A file of the host that the guest uses like memory, without a cache of its own (virtio-pmem)."),
        ),
        one(
            "memory-sgx",
            "sgx-epc",
            tr("Enclave Memory"),
            tr("Encrypted memory for programs that use Intel SGX."),
        ),
    ]
}

pub(super) fn add(domain: &mut Domain, model: &str) -> Result<NodeId, Refused> {
    const FILE: &str = "  <source>\n    <path>/var/lib/libvirt/module.img</path>\n  </source>\n";
    let kib: u64 = if model == "sgx-epc" { 64 << 10 } else { 1 << 20 };
    let node = if model == "virtio-pmem" {
        ""
    } else {
        "\n    <node>0</node>"
    };
    let (source, access, inner) = match model {
        "nvdimm" | "virtio-pmem" => (FILE, " access='shared'", ""),
        "virtio-mem" => (
            "",
            "",
            "\n    <block unit='KiB'>2048</block>\n    <requested unit='KiB'>1048576</requested>",
        ),
        _ => ("", "", ""),
    };
    let mut device = None;
    keep_initial(domain, |domain| {
        if model != "virtio-pmem" {
            ensure_cell(domain)?;
        }
        if model != "sgx-epc" {
            ensure_room(domain, kib)?;
        }
        let size = format!("<size unit='KiB'>{kib}</size>");
        let target = format!("  <target>\n    {size}{node}{inner}\n  </target>\n");
        device = Some(domain.add_device(&format!("<memory model='{model}'{access}>\n{source}{target}</memory>"))?);
        match model {
            "dimm" | "nvdimm" => ensure_slots(domain),
            _ => Ok(()),
        }
    })?;
    device.ok_or_else(|| Refused(tr("The machine has no place for it.")))
}
