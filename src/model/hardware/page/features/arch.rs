//! Features of one kind of processor or hypervisor alone.

use super::state;
use crate::i18n::tr;
use crate::model::facts::{Choice, GuestKind};
use crate::model::hardware::Row;
use crate::model::hardware::page::Form;
use crate::model::xml::domain::fields::features;
use crate::model::xml::field::Field;

/// Least and most entries that KVM takes for a ring.
const RING: std::ops::RangeInclusive<u64> = 1024..=65_536;

/// What machines of this architecture may have.
pub(super) fn rows(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    match kind.arch.as_deref() {
        Some("ppc64" | "ppc64le") => power(form),
        Some("aarch64") => vec![
            state(form, "ras", tr("Reports of faulty memory"), features::RAS, false).help(
                tr("Faults of the host's memory are reported to the guest, which can then end what used it."),
                "<ras state='on'/>",
            ),
        ],
        Some("s390x") => vec![
            form.switch("teardown", tr("Give memory back after the end"), features::ASYNC_TEARDOWN, true)
                .help(
                    tr("The machine is off before the host has all of its memory back, so that a large one can start again sooner."),
                    "<async-teardown enabled='no'/>",
                ),
        ],
        Some("riscv32" | "riscv64") => vec![
            form.choice("aia", tr("Interrupt controllers"), features::AIA, aia()).help(
                tr("The interrupt controllers of RISC-V's advanced architecture."),
                "<aia value='aplic-imsic'/>",
            ),
        ],
        _ => Vec::new(),
    }
}

fn aia() -> Vec<Choice> {
    vec![
        Choice::new("none", tr("The older ones")),
        Choice::new("aplic", "APLIC"),
        Choice::new("aplic-imsic", "APLIC, IMSIC"),
    ]
}

fn guard(form: &Form<'_>, id: &'static str, title: String, field: Field<String>, choices: &[(&str, String)]) -> Row {
    let choices = choices.iter().map(|(value, label)| Choice::new(*value, label.clone()));
    form.choice(id, title, field, choices.collect())
}

fn power(form: &Form<'_>) -> Vec<Row> {
    let fixed = [
        ("broken", tr("None")),
        ("workaround", tr("By software")),
        ("fixed", tr("By hardware")),
    ];
    let branches = [
        ("broken", tr("None")),
        ("workaround", tr("By software")),
        ("fixed-ibs", tr("By hardware, branches are not speculated")),
        ("fixed-ccd", tr("By hardware, the count cache is off")),
        ("fixed-na", tr("Not needed")),
    ];
    let resizing = vec![
        Choice::new("enabled", tr("Where the guest can")),
        Choice::new("disabled", tr("Never")),
        Choice::new("required", tr("The guest must be able to")),
    ];
    vec![
        form.choice("hpt", tr("Page table grows"), features::HPT_RESIZING, resizing)
            .help(
                tr("Whether the table of memory pages follows when memory is plugged in or out."),
                "<hpt resizing='enabled'/>",
            ),
        form.size(
            "hpt-page",
            tr("Largest memory page"),
            features::HPT_PAGE,
            1 << 12..=1 << 34,
        )
        .example("16777216")
        .help(
            tr("The largest page that the guest may use; the host must have the machine's memory in pages as large."),
            "<hpt><maxpagesize unit='KiB'>16384</maxpagesize></hpt>",
        ),
        state(form, "htm", tr("Transactional memory"), features::HTM, false).help(
            tr("Lets programs change several places in memory as one; newer processors have it no more."),
            "<htm state='on'/>",
        ),
        state(
            form,
            "nested",
            tr("Machines inside the machine"),
            features::NESTED_HV,
            false,
        )
        .help(
            tr("Lets the guest run machines of its own with KVM."),
            "<nested-hv state='on'/>",
        ),
        state(
            form,
            "ccf",
            tr("Help for flushing the count cache"),
            features::CCF_ASSIST,
            false,
        )
        .help(
            tr("The processor helps to forget branches when the kernel changes what it runs."),
            "<ccf-assist state='on'/>",
        ),
        guard(
            form,
            "cfpc",
            tr("Guard of the first-level cache"),
            features::CFPC,
            &fixed,
        )
        .help(
            tr("What the guest is told about how the cache is kept from being read by others."),
            "<cfpc value='workaround'/>",
        ),
        guard(form, "sbbc", tr("Guard of bounds"), features::SBBC, &fixed).help(
            tr("What the guest is told about how speculation past the bounds of an array is stopped."),
            "<sbbc value='workaround'/>",
        ),
        guard(form, "ibs", tr("Guard of indirect branches"), features::IBS, &branches).help(
            tr("What the guest is told about how speculation of indirect branches is stopped."),
            "<ibs value='workaround'/>",
        ),
    ]
}

/// What belongs to emulation or to KVM alone.
pub(super) fn accelerator(form: &Form<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let hypervisor = form.context.domain.hypervisor();
    let ring = form.number(
        "dirty-ring",
        tr("Ring of changed pages"),
        features::KVM_DIRTY_RING_SIZE,
        RING,
        "",
    );
    if hypervisor == "kvm" || ring.value.some().is_some() {
        rows.push(
            ring.example("4096")
                .help(
                    tr("Entries of a ring in which KVM notes changed pages, a power of two: large machines move more smoothly."),
                    "<kvm><dirty-ring state='on' size='4096'/></kvm>",
                )
                .edit(|domain, node, value| {
                    let document = domain.document_mut();
                    let size = value.number();
                    if size.is_some_and(|size| !size.is_power_of_two()) {
                        return Err(crate::model::xml::Refused(tr("It is a power of two, such as 4096.")));
                    }
                    if size.is_none() {
                        if let Some(ring) = document.find(node, "features/kvm/dirty-ring") {
                            document.prune(ring);
                        }
                        return Ok(());
                    }
                    document.set(node, features::KVM_DIRTY_RING, Some(true))?;
                    document.set(node, features::KVM_DIRTY_RING_SIZE, size)
                }),
        );
    }
    let cache = form.size(
        "tcg-cache",
        tr("Memory for translated code"),
        features::TCG_CACHE,
        1 << 20..=1 << 40,
    );
    if hypervisor == "qemu" || cache.value.some().is_some() {
        rows.push(cache.example("134217728").help(
            tr("How much translated code QEMU keeps when it emulates the processor."),
            "<tcg><tb-cache unit='MiB'>128</tb-cache></tcg>",
        ));
    }
    rows
}
