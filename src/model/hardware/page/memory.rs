//! Memory: how much, where it comes from on the host, and what can be plugged in.

use super::{Context, Form, Group, Page};
use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::{Control, Edit, Row, Value, size};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{memory, tune};
use crate::model::xml::{NodeId, Refused};

/// Less is of no use to any guest.
const LEAST: u64 = 1 << 20;
/// More no host has.
const MOST: u64 = 1 << 50;

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let amounts = amounts(&form);
    if context.facts.is_container() {
        return Page::new(vec![Group::new(String::new(), amounts)]);
    }
    Page::new(vec![
        Group::new(String::new(), amounts),
        hot_plug(&form),
        backing(&form),
        Group::advanced(advanced(&form)),
    ])
}

fn amount(id: &'static str, title: String, kib: Option<u64>, required: bool) -> Row {
    let value = kib.map(|kib| kib.saturating_mul(1024).to_string());
    let control = Control::Size {
        min: LEAST,
        max: MOST,
        required,
    };
    Row::new(id, title, control, Value::Text(value), Edit::None).example("1073741824")
}

fn kib(value: &Value) -> Option<u64> {
    value.number().map(|bytes| bytes.div_ceil(1024))
}

fn amounts(form: &Form<'_>) -> Vec<Row> {
    let domain = form.context.domain;
    let host = form.context.facts.node.as_ref().map(|node| node.memory_kib);
    let host = host.filter(|kib| *kib > 0);
    let is_over = |kib: Option<u64>| matches!((kib, host), (Some(kib), Some(host)) if kib > host);
    let over = |kib: Option<u64>| is_over(kib).then(|| tr("The host has less memory than that."));
    let mut rows = Vec::new();
    rows.extend(host.map(|kib| {
        let text = size::about((kib >> 10) << 20);
        form.fact("host", tr("Memory of the host"), text)
    }));
    let current = domain.current_memory_kib();
    rows.push(
        amount("current", tr("Memory"), current, true)
            .live()
            .note(over(current))
            .help(
                tr("What the guest has now. The balloon can take some of the maximum back while the machine runs."),
                "<currentMemory unit='KiB'>1048576</currentMemory>",
            )
            .edit(|domain, _, value| domain.grow_memory_kib(kib(value).unwrap_or(0))),
    );
    let cells = domain.memory_cells().len();
    let divided = (cells > 1).then(|| {
        let count = cells.to_string();
        tr_f(
            "{count} NUMA cells divide the memory: it is changed on the page of the processors.",
            &[("count", &count)],
        )
    });
    let most = domain.memory_kib();
    rows.push(
        amount("maximum", tr("Maximum"), most, true)
            .note(over(most))
            .locked(divided)
            .help(
                tr("What the machine starts with, and the most that the balloon can give the guest."),
                "<memory unit='KiB'>2097152</memory>",
            )
            .edit(|domain, _, value| domain.set_memory_kib(kib(value).unwrap_or(0))),
    );
    rows
}

fn hot_plug(form: &Form<'_>) -> Group {
    let domain = form.context.domain;
    let mut rows = vec![
        amount("limit", tr("Limit with modules"), domain.max_memory_kib(), false)
            .example("68719476736")
            .help(
                tr("How much memory the machine can have with the modules that are plugged in while it runs."),
                "<maxMemory slots='16' unit='KiB'>16777216</maxMemory>",
            )
            .edit(|domain, _, value| domain.set_max_memory_kib(kib(value))),
    ];
    if domain.max_memory_kib().is_some() {
        let slots = form.number("slots", tr("Slots"), memory::SLOTS, 1..=256, "");
        rows.push(
            slots
                .example("8")
                .help(
                    tr("How many modules can be plugged in."),
                    "<maxMemory slots='16' unit='KiB'>16777216</maxMemory>",
                )
                .edit(|domain, node, value| match value.number() {
                    Some(slots) => domain.document_mut().set(node, memory::SLOTS, Some(slots)),
                    None => domain.set_max_memory_kib(None),
                }),
        );
    }
    Group::new(tr("Memory Modules"), rows)
}

fn backing(form: &Form<'_>) -> Group {
    let shared = form.says(memory::ACCESS) == "shared";
    let has_cells = form.context.domain.cells().iter().any(|cell| !cell.access.is_empty());
    let rows = vec![
        Row::new(
            "shared",
            tr("Shared with programs of the host"),
            Control::Switch { default: false },
            Value::Text(shared.then(|| "yes".to_owned())),
            Edit::with(|domain, _, value| domain.set_shared_memory(value.is_on())),
        )
        .note(has_cells.then(|| tr("NUMA cells of the guest say something else about it.")))
        .help(
            tr("Needed for shared folders with virtiofs and for network interfaces with vhost-user."),
            "<source type='memfd'/><access mode='shared'/>",
        ),
        huge_pages(form),
        form.switch("locked", tr("Never swapped out"), memory::LOCKED, false)
            .note(locked_note(form))
            .help(
                tr("The host keeps all of the guest's memory in RAM, for steady reaction times."),
                "<memoryBacking><locked/></memoryBacking>",
            ),
    ];
    Group::new(tr("On the Host"), rows)
}

fn locked_note(form: &Form<'_>) -> Option<String> {
    let is_on = !form.says(memory::LOCKED).is_empty();
    let unbound = form.says(tune::HARD_LIMIT).is_empty();
    (is_on && unbound)
        .then(|| tr("Set the hard limit among the shares and limits, too: without it the host may run out of memory."))
}

/// Which pages of the host the memory is in: none, `default`, or a size in KiB.
fn huge_pages(form: &Form<'_>) -> Row {
    let value = pages(form.context.domain);
    let mut choices = vec![
        Choice::new("", tr("Ordinary pages")),
        Choice::new("default", tr("Huge pages of the usual size")),
    ];
    choices.extend(form.context.facts.huge_pages());
    match value.as_deref() {
        Some("mixed") => choices.push(Choice::new("mixed", tr("Several sizes, as the XML says"))),
        Some(size) if choices.iter().all(|choice| choice.value != size) => {
            let bytes = size.parse::<u64>().unwrap_or(0).saturating_mul(1024);
            choices.push(Choice::new(size, size::write(bytes)));
        }
        _ => {}
    }
    Row::new(
        "hugepages",
        tr("Memory pages"),
        Control::Choice(choices),
        Value::Text(value),
        Edit::with(set_pages),
    )
    .help(
        tr("Huge pages make large machines faster; the host must have set enough of them apart."),
        "<hugepages><page size='2048' unit='KiB'/></hugepages>",
    )
}

fn pages(domain: &Domain) -> Option<String> {
    let document = domain.document();
    let huge = document.find(document.root(), "memoryBacking/hugepages")?;
    let all: Vec<NodeId> = document.children_named(huge, "page").collect();
    Some(match all[..] {
        [] => "default".to_owned(),
        [page] if document.attribute(page, "nodeset").is_none() => {
            let size = document.attribute(page, "size").unwrap_or_default();
            let unit = document.attribute(page, "unit");
            let kib = crate::model::xml::unit::to_kib(&size, unit.as_deref());
            kib.map_or_else(|| "mixed".to_owned(), |kib| kib.to_string())
        }
        _ => "mixed".to_owned(),
    })
}

fn set_pages(domain: &mut Domain, node: NodeId, value: &Value) -> Result<(), Refused> {
    if pages(domain).as_deref() == value.some() {
        return Ok(());
    }
    let document = domain.document_mut();
    let Some(size) = value.some() else {
        if let Some(huge) = document.find(node, "memoryBacking/hugepages") {
            document.prune(huge);
        }
        return Ok(());
    };
    // libvirt refuses huge pages of such a kind.
    if document.get(node, memory::SOURCE).as_deref() == Some("anonymous") {
        document.set(node, memory::SOURCE, None)?;
    }
    if document.get(node, memory::ALLOCATION).as_deref() == Some("ondemand") {
        document.set(node, memory::ALLOCATION, None)?;
    }
    let huge = document.ensure_path(node, "memoryBacking/hugepages")?;
    let lines = match size {
        "default" | "mixed" => Vec::new(),
        size => vec![vec![size.to_owned(), "KiB".to_owned(), String::new()]],
    };
    document.set_lines(huge, "page", &["size", "unit", "nodeset"], &lines)
}

fn advanced(form: &Form<'_>) -> Vec<Row> {
    let has_huge = pages(form.context.domain).is_some();
    let but_huge = |choices: Vec<Choice>, value: &str| -> Vec<Choice> {
        let forbid = |choice: Choice| {
            let clash = has_huge && choice.value == value;
            match clash {
                true => choice.but(Some(tr("Not with huge pages."))),
                false => choice,
            }
        };
        choices.into_iter().map(forbid).collect()
    };
    let access = vec![
        Choice::new("shared", tr("Programs of the host may see it")),
        Choice::new("private", tr("The machine has it for itself")),
    ];
    let allocation = vec![
        Choice::new("ondemand", tr("When the guest uses it")),
        Choice::new("immediate", tr("At the start")),
    ];
    vec![
        form.choice(
            "source",
            tr("Kind of memory"),
            memory::SOURCE,
            but_huge(form.context.facts.memory_sources(), "anonymous"),
        )
        .help(
            tr("Where the guest's memory comes from on the host."),
            "<source type='memfd'/>",
        ),
        form.choice("access", tr("Access"), memory::ACCESS, access).help(
            tr("Whether other programs on the host may have a part in the guest's memory."),
            "<access mode='shared'/>",
        ),
        form.choice(
            "allocation",
            tr("Taken from the host"),
            memory::ALLOCATION,
            but_huge(allocation, "ondemand"),
        )
        .help(
            tr("Memory that is taken at the start is there for sure, but the start takes longer."),
            "<allocation mode='immediate'/>",
        ),
        form.number(
            "allocation-threads",
            tr("Threads that take it"),
            memory::ALLOCATION_THREADS,
            1..=256,
            "",
        )
        .example("4")
        .help(
            tr("More threads make the start of a machine with much memory faster."),
            "<allocation mode='immediate' threads='4'/>",
        ),
        form.switch(
            "no-merge",
            tr("Never merged with that of others"),
            memory::NO_SHARE_PAGES,
            false,
        )
        .help(
            tr("The host does not keep equal pages of several machines as one."),
            "<memoryBacking><nosharepages/></memoryBacking>",
        ),
        form.switch("discard", tr("Thrown away at the end"), memory::DISCARD, false)
            .help(
                tr("The host need not write the content of memory in files back when the machine ends."),
                "<memoryBacking><discard/></memoryBacking>",
            ),
        form.switch("dump", tr("Part of core dumps"), memory::DUMP_CORE, true)
            .help(
                tr("Whether the guest's memory is written when the program that runs the machine crashes."),
                "<memory dumpCore='off' unit='KiB'>1048576</memory>",
            ),
    ]
}
