//! Shares and limits on the host: processor time, memory, disk traffic, NUMA nodes, threads.

mod disks;
mod threads;

use super::{Context, Form, Group, Page};
use crate::i18n::{tr, tr_c, tr_f};
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{general, tune};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// Largest quota that libvirt takes, in µs.
const MOST_QUOTA: i64 = 17_592_186_044_415;
/// More memory no host has.
const MOST_BYTES: u64 = 1 << 50;

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let kind = GuestKind::of(context.domain);
    let mut groups = vec![
        Group::new(tr("Processor Time"), processors(&form)),
        Group::new(tr("Memory Limits"), memory(&form)),
        Group::new(tr("Disk Traffic"), disks::rows(&form)),
        Group::new(tr("NUMA Nodes of the Host"), nodes(&form)),
    ];
    let mut advanced = Vec::new();
    if kind.family() == Family::Qemu {
        groups.push(Group::new(tr("Threads for Disks"), threads::rows(&form)));
        advanced.extend(periods(&form));
        advanced.extend(threads::schedulers(&form));
    }
    advanced.push(
        form.text("partition", tr("Resource group"), general::PARTITION)
            .example("/machine/production")
            .help(
                tr("The control group of the host that the machine belongs to. It must exist."),
                "<resource><partition>/machine/production</partition></resource>",
            )
            .edit(|domain, node, value| {
                if !matches!(value.some(), None | Some("/")) && !value.text().starts_with('/') {
                    return Err(Refused(tr("It begins with a slash.")));
                }
                domain
                    .document_mut()
                    .set(node, general::PARTITION, value.some().map(str::to_owned))
            }),
    );
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

fn column(title: String, example: &'static str) -> Column {
    Column {
        title,
        choices: Vec::new(),
        example,
    }
}

fn quota(form: &Form<'_>, id: &'static str, title: String, field: Field<String>) -> Row {
    form.text(id, title, field)
        .example("50000")
        .live()
        .edit(move |domain, node, value| {
            let text = value.some().map(|text| text.trim().to_owned());
            if let Some(text) = &text {
                let is_one = text
                    .parse::<i64>()
                    .is_ok_and(|number| number == -1 || (1000..=MOST_QUOTA).contains(&number));
                if !is_one {
                    return Err(Refused(tr("A quota has 1000 µs at least; -1 is no limit.")));
                }
            }
            domain.document_mut().set(node, field, text)
        })
}

fn period(form: &Form<'_>, id: &'static str, title: String, field: Field<u64>) -> Row {
    form.number(id, title, field, 1000..=1_000_000, "µs")
        .example("100000")
        .live()
}

fn processors(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.number("shares", tr("Weight"), tune::CPU_SHARES, 2..=262_144, "")
            .example("2048")
            .live()
            .help(
                tr("How much of the processors the machine gets beside others when they all want more: twice the number is twice the time."),
                "<cputune><shares>2048</shares></cputune>",
            ),
        quota(form, "global-quota", tr("Limit of the whole machine, in µs"), tune::GLOBAL_QUOTA).help(
            tr("Microseconds of processor time that the machine gets in each period; twice the period is two processors. -1 is no limit."),
            "<global_quota>50000</global_quota>",
        ),
        period(form, "global-period", tr("Period of the whole machine"), tune::GLOBAL_PERIOD).help(
            tr("The time that the limit of the whole machine is for."),
            "<global_period>100000</global_period>",
        ),
        quota(form, "quota", tr("Limit of each virtual CPU, in µs"), tune::CPU_QUOTA).help(
            tr("Microseconds of processor time that each virtual CPU gets in each period. -1 is no limit."),
            "<quota>50000</quota>",
        ),
        period(form, "period", tr("Period of each virtual CPU"), tune::CPU_PERIOD).help(
            tr("The time that the limit of each virtual CPU is for."),
            "<period>100000</period>",
        ),
    ]
}

fn periods(form: &Form<'_>) -> Vec<Row> {
    vec![
        quota(form, "emulator-quota", tr("Limit of the emulator, in µs"), tune::EMULATOR_QUOTA).help(
            tr("Microseconds of processor time that the program around the virtual CPUs gets in each period. -1 is no limit."),
            "<emulator_quota>50000</emulator_quota>",
        ),
        period(form, "emulator-period", tr("Period of the emulator"), tune::EMULATOR_PERIOD).help(
            tr("The time that the limit of the emulator is for."),
            "<emulator_period>100000</emulator_period>",
        ),
        quota(form, "iothread-quota", tr("Limit of threads for disks, in µs"), tune::IOTHREAD_QUOTA).help(
            tr("Microseconds of processor time that each thread for disks gets in each period. -1 is no limit."),
            "<iothread_quota>50000</iothread_quota>",
        ),
        period(form, "iothread-period", tr("Period of threads for disks"), tune::IOTHREAD_PERIOD).help(
            tr("The time that the limit of threads for disks is for."),
            "<iothread_period>100000</iothread_period>",
        ),
    ]
}

fn memory(form: &Form<'_>) -> Vec<Row> {
    let limit = |id, title, field| {
        form.size(id, title, field, 1 << 20..=MOST_BYTES)
            .example("8589934592")
            .live()
    };
    let hard = form.says(tune::HARD_LIMIT).parse::<u64>().ok();
    let machine = form.context.domain.memory_kib().map(|kib| kib.saturating_mul(1024));
    let is_tight = matches!((hard, machine), (Some(hard), Some(machine)) if hard < machine);
    let mut rows = vec![
        limit("hard-limit", tr("Hard limit"), tune::HARD_LIMIT)
            .note(is_tight.then(|| tr("The machine has more memory than that: the host will end it when it uses it.")))
            .help(
                tr("The most memory that the machine uses on the host, that of the hypervisor included. Beyond it the host ends it."),
                "<memtune><hard_limit unit='KiB'>8388608</hard_limit></memtune>",
            )
            .edit(|domain, node, value| set_limit(domain, node, value, tune::HARD_LIMIT)),
        limit("soft-limit", tr("Soft limit"), tune::SOFT_LIMIT).help(
            tr("What the host takes the machine back to when memory is short."),
            "<memtune><soft_limit unit='KiB'>8388608</soft_limit></memtune>",
        ),
        limit("swap-limit", tr("Limit of memory and swap"), tune::SWAP_LIMIT)
            .help(
                tr("The most memory and swap together that the machine uses on the host."),
                "<memtune><swap_hard_limit unit='KiB'>8388608</swap_hard_limit></memtune>",
            )
            .edit(|domain, node, value| set_limit(domain, node, value, tune::SWAP_LIMIT)),
    ];
    let is_vmware = GuestKind::of(form.context.domain).family() == Family::Vmware;
    if is_vmware || !form.says(tune::MIN_GUARANTEE).is_empty() {
        let row = form.size("guarantee", tr("Guaranteed"), tune::MIN_GUARANTEE, 1 << 20..=MOST_BYTES);
        rows.push(row.example("1073741824").help(
            tr("Memory that the host keeps for the machine in any case."),
            "<memtune><min_guarantee unit='KiB'>1048576</min_guarantee></memtune>",
        ));
    }
    rows
}

/// libvirt refuses a limit of memory and swap that is below the one of memory.
fn set_limit(domain: &mut Domain, node: NodeId, value: &Value, field: Field<u64>) -> Result<(), Refused> {
    let document = domain.document_mut();
    document.set(node, field, value.number())?;
    let limits = (
        document.get(node, tune::HARD_LIMIT),
        document.get(node, tune::SWAP_LIMIT),
    );
    match limits {
        (Some(hard), Some(swap)) if swap < hard && value.some().is_some() => Err(Refused(tr(
            "The limit of memory and swap must not be less than the hard limit.",
        ))),
        _ => Ok(()),
    }
}

fn modes() -> Vec<Choice> {
    vec![
        Choice::new("strict", tr("These nodes only")),
        Choice::new("preferred", tr("These nodes first")),
        Choice::new("interleave", tr("In turn over these nodes")),
        Choice::new("restrictive", tr("As the control group says")),
    ]
}

fn nodes(form: &Form<'_>) -> Vec<Row> {
    let count = form.context.facts.numa_cells().len();
    let mut rows = Vec::new();
    if count > 0 {
        rows.push(form.fact("nodes", tr("Nodes of the host"), count.to_string()));
    }
    rows.push(
        form.choice("numa-mode", tr("Memory is taken from"), tune::NUMA_MODE, modes())
            .help(
                tr("How the machine's memory is placed on the nodes of the host, each of which is near to some processors."),
                "<numatune><memory mode='strict' nodeset='0'/></numatune>",
            )
            .edit(|domain, _, value| domain.set_numa_mode(value.text())),
    );
    rows.push(
        form.text("numa-nodes", tr("Nodes"), tune::NUMA_NODES)
            .example("0")
            .live()
            .help(
                tr("The nodes of the host as numbers and ranges: 0-1,3."),
                "<numatune><memory mode='strict' nodeset='0-1'/></numatune>",
            )
            .edit(|domain, _, value| domain.set_numa_nodes(value.text())),
    );
    let placed = form.context.domain.placed_cells();
    if !form.context.domain.cells().is_empty() || !placed.is_empty() {
        let columns = vec![
            column(tr("NUMA cell"), "0"),
            Column {
                title: tr_c("NUMA placement", "Mode"),
                choices: modes(),
                example: "",
            },
            column(tr("Nodes"), "0"),
        ];
        let add = tr("Place a Cell");
        let row = Row::new(
            "numa-cells",
            tr("Cells of the guest one by one"),
            Control::Table { columns, add },
            Value::Table(placed),
            Edit::with(|domain, _, value| {
                let cells = domain.cells().len();
                for line in value.lines() {
                    let id = line.first().map(|id| id.trim()).unwrap_or_default();
                    if !id.parse::<usize>().is_ok_and(|id| id < cells) {
                        return Err(Refused(tr_f("There is no NUMA cell {cell}.", &[("cell", id)])));
                    }
                }
                domain.set_placed_cells(value.lines())
            }),
        );
        rows.push(row.help(
            tr("Nodes of the host for the memory of single NUMA cells of the guest."),
            "<memnode cellid='0' mode='strict' nodeset='0'/>",
        ));
    }
    rows
}
