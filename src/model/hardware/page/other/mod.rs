//! What has no page of its own: the hypervisor's command line, what the host counts, the users of a container, and, as it
//! stands in the definition, everything that Vireo has no form for.

mod command;
mod rest;

use super::table::{Lines, check_number, column};
use super::{Context, Form, Group, Page};
use crate::i18n::tr;
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::{Column, Row};
use crate::model::xml::domain::fields::{id_range, perf_event};

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let mut groups = Vec::new();
    match GuestKind::of(context.domain).family() {
        Family::Qemu => {
            groups.push(command::group(&form));
            groups.push(
                Group::new(tr("Performance Events"), vec![events(&form)]).description(tr(
                    "What the host's processor counts for the machine; programs that watch it read the counts from libvirt.",
                )),
            );
        }
        Family::Container => groups.push(Group::new(tr("Users"), users(&form)).description(tr(
            "Users of the container are others on the host, so that its root is nobody there.",
        ))),
        _ => {}
    }
    groups.extend(rest::groups(context.domain.document()));
    Page::new(groups)
}

/// Whether there is nothing to see on the page.
pub(super) fn is_empty(context: &Context<'_>) -> bool {
    let family = GuestKind::of(context.domain).family();
    !matches!(family, Family::Qemu | Family::Container) && rest::groups(context.domain.document()).is_empty()
}

/// Names of what can be counted, as libvirt has them.
const EVENTS: &[&str] = &[
    "cpu_cycles",
    "instructions",
    "cache_references",
    "cache_misses",
    "branch_instructions",
    "branch_misses",
    "bus_cycles",
    "stalled_cycles_frontend",
    "stalled_cycles_backend",
    "ref_cpu_cycles",
    "cpu_clock",
    "task_clock",
    "page_faults",
    "page_faults_min",
    "page_faults_maj",
    "context_switches",
    "cpu_migrations",
    "alignment_faults",
    "emulation_faults",
    "cmt",
    "mbmt",
    "mbml",
];

fn events(form: &Form<'_>) -> Row {
    let names = EVENTS.iter().map(|name| Choice::plain((*name).to_owned())).collect();
    let counted = vec![Choice::new("yes", tr("Yes")), Choice::new("no", tr("No"))];
    let columns = vec![column(tr("Event"), "", names), column(tr("Counted"), "", counted)];
    let lines = Lines {
        holder: "perf",
        element: "event",
        fields: &[perf_event::NAME, perf_event::ENABLED],
        required: 2,
    };
    form.table("events", tr("Events"), lines, columns, tr("Add Event"))
        .help(
            tr("What is counted while the machine runs. Counting costs a little of its speed."),
            "<perf><event name='instructions' enabled='yes'/></perf>",
        )
}

fn users(form: &Form<'_>) -> Vec<Row> {
    let columns = || -> Vec<Column> {
        vec![
            column(tr("First in the container"), "0", Vec::new()),
            column(tr("First on the host"), "100000", Vec::new()),
            column(tr("How many"), "65536", Vec::new()),
        ]
    };
    let table = |id, title, element, add| {
        let lines = Lines {
            holder: "idmap",
            element,
            fields: &[id_range::START, id_range::TARGET, id_range::COUNT],
            required: 3,
        };
        let titles: Vec<String> = columns().into_iter().map(|column| column.title).collect();
        form.table(id, title, lines, columns(), add)
            .edit(move |domain, node, value| {
                lines.check(value.lines(), &titles)?;
                for (title, cell) in value.lines().iter().flat_map(|line| titles.iter().zip(line)) {
                    check_number(title, cell, 0, u64::from(u32::MAX))?;
                }
                lines.write(domain.document_mut(), node, value.lines())
            })
    };
    vec![
        table("users", tr("User numbers"), "uid", tr("Add Range")).help(
            tr("Which users of the host the users of the container are."),
            "<idmap><uid start='0' target='100000' count='65536'/></idmap>",
        ),
        table("groups", tr("Group numbers"), "gid", tr("Add Range")).help(
            tr("Which groups of the host the groups of the container are."),
            "<idmap><gid start='0' target='100000' count='65536'/></idmap>",
        ),
    ]
}
