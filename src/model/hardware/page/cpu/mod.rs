//! Virtual CPUs: how many, what the guest sees of them, and where they run.

mod model;
mod place;

use super::{Context, Form, Group, Page};
use crate::i18n::{tr, tr_n};
use crate::model::facts::Family;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Level;
use crate::model::xml::domain::fields::cpu;
use crate::model::xml::{NodeId, Refused, domain::Domain};

/// What no hypervisor goes beyond.
const MOST: u64 = 8192;

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let mut count = counts(&form);
    if context.facts.is_container() {
        return Page::new(vec![Group::new(String::new(), count), place::pinning(&form)]);
    }
    let kind = crate::model::facts::GuestKind::of(context.domain);
    let is_qemu = kind.family() == Family::Qemu;
    count.extend(model::everyday(&form));
    let mut groups = vec![Group::new(String::new(), count), topology(&form)];
    groups.extend(model::features(&form));
    groups.push(place::pinning(&form));
    groups.push(place::cells(&form));
    let mut advanced = if is_qemu { model::advanced(&form) } else { Vec::new() };
    advanced.extend(place::switched(&form));
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

fn number(id: &'static str, title: String, value: u64, max: u64) -> Row {
    let control = Control::Number {
        min: 1,
        max,
        required: true,
        unit: "",
    };
    Row::new(id, title, control, Value::of(value.to_string()), Edit::None).example("2")
}

fn counts(form: &Form<'_>) -> Vec<Row> {
    let domain = form.context.domain;
    let most = form.context.facts.max_vcpus().unwrap_or(MOST).max(domain.max_vcpus());
    let host = form.context.facts.node.as_ref().map(|node| u64::from(node.cpus));
    let host = host.filter(|count| *count > 0);
    let over = |count: u64| {
        let host = host.filter(|host| count > *host)?;
        Some(tr_n(
            "The host has {n} processor only: more virtual CPUs than that make the machine slower.",
            "The host has {n} processors only: more virtual CPUs than that make the machine slower.",
            usize::try_from(host).unwrap_or(usize::MAX),
            &[],
        ))
    };
    let mut rows = Vec::new();
    rows.extend(host.map(|count| form.fact("host", tr("Processors of the host"), count.to_string())));
    rows.push(
        number("count", tr("Virtual CPUs"), domain.vcpus(), most)
            .live()
            .note(over(domain.vcpus()))
            .help(
                tr("How many processors the guest has. Up to the maximum it can be changed while the machine runs."),
                "<vcpu current='2'>4</vcpu>",
            )
            .edit(|domain, _, value| {
                let count = value.number().unwrap_or(0);
                if count > domain.max_vcpus() {
                    domain.set_max_vcpus(count)?;
                }
                domain.set_vcpus(count)
            }),
    );
    rows.push(
        number("maximum", tr("Maximum"), domain.max_vcpus(), most)
            .help(
                tr("How many processors the guest can have at most; those beyond the number above can be added while it runs."),
                "<vcpu>4</vcpu>",
            )
            .edit(|domain, _, value| domain.set_max_vcpus(value.number().unwrap_or(0))),
    );
    rows
}

fn topology(form: &Form<'_>) -> Group {
    let kind = crate::model::facts::GuestKind::of(form.context.domain);
    let says = |field| !form.says(field).is_empty();
    let level = |id, title, field, level: Level| {
        form.number(id, title, field, 1..=4096, "").example("2").edit(
            move |domain: &mut Domain, _: NodeId, value: &Value| -> Result<(), Refused> {
                domain.set_topology(level, value.number())
            },
        )
    };
    let mut rows = vec![level("sockets", tr("Sockets"), cpu::SOCKETS, Level::Sockets).help(
        tr("Processor packages that the guest sees. Some systems are licensed by them."),
        "<topology sockets='2' cores='1' threads='1'/>",
    )];
    if kind.is_x86() || says(cpu::DIES) {
        rows.push(level("dies", tr("Dies in a socket"), cpu::DIES, Level::Dies).help(
            tr("Parts of a socket that share a cache."),
            "<topology sockets='1' dies='2' cores='1' threads='1'/>",
        ));
    }
    if kind.is_arm() || says(cpu::CLUSTERS) {
        rows.push(
            level("clusters", tr("Clusters in a die"), cpu::CLUSTERS, Level::Clusters).help(
                tr("Groups of cores that share a cache."),
                "<topology sockets='1' clusters='2' cores='1' threads='1'/>",
            ),
        );
    }
    rows.push(level("cores", tr("Cores"), cpu::CORES, Level::Cores).help(
        tr("Cores of each socket, die or cluster."),
        "<topology sockets='1' cores='2' threads='1'/>",
    ));
    rows.push(
        level("threads", tr("Threads of a core"), cpu::THREADS, Level::Threads).help(
            tr("Virtual CPUs that the guest takes for one core."),
            "<topology sockets='1' cores='1' threads='2'/>",
        ),
    );
    Group::new(tr("Topology"), rows).description(tr(
        "All numbers together make the maximum of virtual CPUs: where they cannot, the maximum follows.",
    ))
}
