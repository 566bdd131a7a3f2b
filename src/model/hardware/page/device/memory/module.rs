//! Memory modules: DIMMs, persistent ones, and memory that grows and shrinks.

use super::room::{ensure_cell, ensure_slots, keep_initial};
use crate::i18n::tr;
use crate::model::hardware::page::device::common::{drop_address, needed};
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{Choice, PathKind, Row, Value};
use crate::model::xml::domain::fields::module;
use crate::model::xml::domain::{DeviceKind, Domain, Parts};
use crate::model::xml::{NodeId, Refused};

const PARTS: &Parts = &[
    ("dimm", &["@access", "@discard", "source"]),
    ("nvdimm", &["@access", "@discard", "uuid", "source"]),
    ("virtio-mem", &["@access", "@discard", "source"]),
    ("virtio-pmem", &["@access", "@discard", "source"]),
    ("sgx-epc", &["source"]),
];

const SOURCE_PARTS: &Parts = &[
    ("dimm", &["pagesize", "nodemask"]),
    ("nvdimm", &["path", "alignsize", "pmem"]),
    ("virtio-mem", &["pagesize", "nodemask"]),
    ("virtio-pmem", &["path"]),
    ("sgx-epc", &["nodemask"]),
];

const TARGET_PARTS: &Parts = &[
    ("dimm", &["node", "address"]),
    ("nvdimm", &["node", "label", "readonly", "address"]),
    (
        "virtio-mem",
        &["@dynamicMemslots", "node", "block", "requested", "current", "address"],
    ),
    ("virtio-pmem", &["address"]),
    ("sgx-epc", &["node"]),
];

/// The largest module: what `maxMemory` can be on any host.
const MOST: u64 = 1 << 46;

/// The page of a memory module.
pub(in crate::model::hardware::page::device) fn page(form: &Form<'_>) -> Page {
    let model = form.says(module::MODEL);
    let mut rows = vec![
        form.required_choice("model", tr("Type"), module::MODEL, form.context.facts.memory_models())
            .help(
                tr("A module is there or not; virtio-mem gives and takes memory in small steps; persistent memory keeps what is in a file."),
                "<memory model='dimm'/>",
            )
            .edit(|domain, node, value| keep_initial(domain, |domain| set_model(domain, node, value.text()))),
        form.size("size", tr("Size"), module::SIZE, 1 << 20..=MOST)
            .example("1073741824")
            .help(
                tr("How much memory it is; the machine's memory and its limit follow."),
                "<target> <size unit='KiB'>1048576</size> </target>",
            )
            .edit(|domain, node, value| keep_initial(domain, |domain| set_size(domain, node, value))),
    ];
    if model == "virtio-mem" {
        rows.extend(growing(form));
    }
    if matches!(model.as_str(), "nvdimm" | "virtio-pmem") {
        rows.push(needed(
            form.path("path", tr("File or device"), module::SOURCE_PATH, PathKind::File)
                .example("/var/lib/libvirt/module.img")
                .help(
                    tr("What holds the memory on the host."),
                    "<source> <path>/var/lib/libvirt/module.img</path> </source>",
                ),
        ));
    }
    if model != "virtio-pmem" {
        rows.push(cell(form));
    }
    Page::new(vec![
        Group::new(String::new(), rows),
        Group::new(tr("On the Host"), backing(form, &model)),
        Group::advanced(advanced(form, &model)),
    ])
}

fn set_model(domain: &mut Domain, node: NodeId, model: &str) -> Result<(), Refused> {
    let path = domain.document().get(node, module::SOURCE_PATH);
    domain.set_type(node, "model", model, PARTS)?;
    let target = domain.ensure_child(node, "target")?;
    domain.keep_parts(target, model, TARGET_PARTS);
    if let Some(source) = domain.document().child(node, "source") {
        domain.keep_parts(source, model, SOURCE_PARTS);
        if domain.document().is_bare_element(source) {
            domain.document_mut().remove(source);
        }
    }
    drop_address(domain, node);
    if model != "virtio-pmem" && domain.document().get(node, module::NODE).is_none() {
        ensure_cell(domain)?;
        domain.document_mut().set(node, module::NODE, Some(0))?;
    }
    let document = domain.document_mut();
    match model {
        "nvdimm" | "virtio-pmem" if path.is_none() => {
            document.set(
                node,
                module::SOURCE_PATH,
                Some("/var/lib/libvirt/module.img".to_owned()),
            )?;
        }
        "virtio-mem" => {
            let size: Option<u64> = document.get(node, module::SIZE);
            document.set(node, module::BLOCK, Some(2 << 20))?;
            document.set(node, module::REQUESTED, size)?;
        }
        _ => {}
    }
    if matches!(model, "dimm" | "nvdimm") {
        ensure_slots(domain)?;
    }
    Ok(())
}

/// Of virtio-mem the guest cannot have more than there is.
fn set_size(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    let Some(bytes) = value.number() else {
        return Err(Refused(tr("A memory module needs a size.")));
    };
    let document = domain.document_mut();
    document.set(node, module::SIZE, Some(bytes))?;
    if document
        .get(node, module::REQUESTED)
        .is_some_and(|requested| requested > bytes)
    {
        document.set(node, module::REQUESTED, Some(bytes))?;
    }
    Ok(())
}

/// Memory of which the guest has more or less while it runs.
fn growing(form: &Form<'_>) -> Vec<Row> {
    let size = form.value(module::SIZE).number().unwrap_or(MOST);
    let mut rows = vec![
        form.size("requested", tr("The guest gets"), module::REQUESTED, 0..=size)
            .example("268435456")
            .live()
            .help(
                tr("How much of it the guest should have; it can change while the machine runs."),
                "<target> <requested unit='KiB'>262144</requested> </target>",
            ),
    ];
    if let Some(live) = form.context.live {
        let place = form
            .context
            .domain
            .devices_of(DeviceKind::Memory)
            .position(|node| node == form.node);
        let same = place.and_then(|place| live.devices_of(DeviceKind::Memory).nth(place));
        let current = same.and_then(|node| live.document().get(node, module::CURRENT));
        rows.extend(current.map(|bytes| {
            form.fact(
                "current",
                tr("The guest has now"),
                crate::model::hardware::size::write(bytes),
            )
        }));
    }
    rows.push(
        form.size("block", tr("Step"), module::BLOCK, 1 << 20..=1 << 40)
            .example("4194304")
            .help(
                tr("It grows and shrinks by this much at a time; a power of two."),
                "<target> <block unit='KiB'>2048</block> </target>",
            ),
    );
    rows
}

fn cell(form: &Form<'_>) -> Row {
    let count = form.context.domain.cells().len();
    let cells = (0..count).map(|number| Choice::plain(number.to_string())).collect();
    let note = (count == 0).then(|| tr("The machine has no NUMA cells: they are on the Memory page."));
    form.choice("node", tr("NUMA cell of the guest"), module::NODE, cells)
        .note(note)
        .help(
            tr("The part of the machine that the memory belongs to."),
            "<target> <node>0</node> </target>",
        )
}

fn backing(form: &Form<'_>, model: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if matches!(model, "dimm" | "virtio-mem") {
        let pages = form.context.facts.huge_pages().into_iter().map(|choice| {
            let bytes = choice
                .value
                .parse::<u64>()
                .map(|kib| kib.saturating_mul(1024).to_string());
            Choice {
                value: bytes.unwrap_or_default(),
                ..choice
            }
        });
        rows.push(
            form.choice("page-size", tr("Page size"), module::PAGE_SIZE, pages.collect())
                .help(
                    tr("The size of the host's memory pages that it is made of."),
                    "<source> <pagesize unit='KiB'>2048</pagesize> </source>",
                )
                .edit(|domain, node, value| domain.document_mut().set(node, module::PAGE_SIZE, value.number())),
        );
    }
    if matches!(model, "dimm" | "virtio-mem" | "sgx-epc") {
        rows.push(
            form.text("nodes", tr("NUMA nodes of the host"), module::SOURCE_NODES)
                .example("0")
                .help(
                    tr("The nodes of the host that it is taken from, such as 0-1."),
                    "<source> <nodemask>0</nodemask> </source>",
                ),
        );
    }
    if model == "nvdimm" {
        rows.push(
            form.size("align", tr("Alignment"), module::ALIGN, 4 << 10..=1 << 40)
                .example("2097152")
                .help(
                    tr("The step that the device of the host is mapped in."),
                    "<source> <path>/dev/dax0.0</path> <alignsize unit='KiB'>2048</alignsize> </source>",
                ),
        );
        rows.push(
            form.switch("pmem", tr("Backed by persistent memory"), module::PMEM, false)
                .help(
                    tr("The host holds it in real persistent memory, so that what is written stays."),
                    "<source> <path>/dev/dax0.0</path> <pmem/> </source>",
                ),
        );
    }
    rows
}

fn advanced(form: &Form<'_>, model: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    if model == "nvdimm" {
        rows.push(
            form.size("label", tr("Label area"), module::LABEL, 128 << 10..=1 << 30)
                .example("262144")
                .help(
                    tr("The end of the module where the guest notes how it divides it."),
                    "<target> <label> <size unit='KiB'>256</size> </label> </target>",
                ),
        );
        rows.push(
            form.switch("readonly", tr("Read-only"), module::READONLY, false)
                .help(tr("The guest cannot write to it."), "<target> <readonly/> </target>"),
        );
        rows.push(
            form.text("uuid", tr("Identity"), module::UUID)
                .example("9c7c1f1c-a3a5-4ddf-9b5c-f7a2a8d7a1c0")
                .help(
                    tr("What a guest on Power knows the module by."),
                    "<uuid>9c7c1f1c-a3a5-4ddf-9b5c-f7a2a8d7a1c0</uuid>",
                ),
        );
    }
    if model == "virtio-mem" {
        rows.push(
            form.switch("dynamic", tr("Slots as needed"), module::DYNAMIC_SLOTS, false)
                .help(
                    tr("The emulator uses memory for bookkeeping only for what the guest has."),
                    "<target dynamicMemslots='yes'/>",
                ),
        );
    }
    if model == "sgx-epc" {
        return rows;
    }
    let access = vec![
        Choice::new("private", tr("This machine only")),
        Choice::new("shared", tr("Helpers on the host, too")),
    ];
    rows.push(form.choice("access", tr("Seen by"), module::ACCESS, access).help(
        tr("Who on the host may see the memory; virtiofs and programs that move network packets must."),
        "<memory model='dimm' access='shared'/>",
    ));
    rows.push(
        form.switch("discard", tr("Forget the content at the end"), module::DISCARD, false)
            .help(
                tr("What is in it is thrown away when the machine ends, instead of being written back."),
                "<memory model='dimm' discard='yes'/>",
            ),
    );
    rows
}

#[cfg(test)]
mod tests;
