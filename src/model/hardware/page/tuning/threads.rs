//! Threads for disks, and how the host's scheduler treats the machine's threads.

use super::column;
use crate::i18n::{tr, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::cpu;

pub(super) fn rows(form: &Form<'_>) -> Vec<Row> {
    let pins = Row::new(
        "thread-pins",
        tr("Where they run"),
        Control::Table {
            columns: vec![column(tr("Thread"), "1"), column(tr("Processors of the host"), "0-3")],
            add: tr("Pin a Thread"),
        },
        Value::Table(form.context.domain.pins("iothreadpin", "iothread")),
        Edit::with(|domain, _, value| {
            let count = domain.io_threads();
            let had = domain.pins("iothreadpin", "iothread");
            for line in value.lines().iter().filter(|line| !had.contains(line)) {
                let id = line.first().map(|id| id.trim()).unwrap_or_default();
                if !id.parse::<u32>().is_ok_and(|id| count.contains(&id)) {
                    return Err(Refused(tr_f("There is no thread {thread}.", &[("thread", id)])));
                }
            }
            domain.set_pins("iothreadpin", "iothread", value.lines())
        }),
    );
    vec![
        form.number("iothreads", tr("Threads"), cpu::IOTHREADS, 0..=64, "")
            .example("2")
            .live()
            .help(
                tr("Threads that only read and write disks. A disk uses one when its page says so."),
                "<iothreads>2</iothreads>",
            )
            .edit(|domain, _, value| domain.set_io_threads(value.number())),
        pins.live().help(
            tr("The processors of the host that a thread for disks may run on."),
            "<iothreadpin iothread='1' cpuset='2-3'/>",
        ),
    ]
}

/// The scheduler of virtual CPUs.
pub(super) fn schedulers(form: &Form<'_>) -> Vec<Row> {
    let domain = form.context.domain;
    let document = domain.document();
    let tune = document.child(form.node, "cputune");
    let kinds = vec![
        Choice::new("batch", tr("Batch: less often, for longer")),
        Choice::new("idle", tr("Idle: only when nobody else wants to")),
        Choice::new("fifo", tr("Real time, one after the other")),
        Choice::new("rr", tr("Real time, in turn")),
    ];
    let columns = vec![
        column(tr("Virtual CPUs"), "0"),
        Column {
            title: tr("Scheduler"),
            choices: kinds,
            example: "",
        },
        column(tr("Priority"), ""),
    ];
    let row = Row::new(
        "schedulers",
        tr("Scheduler of virtual CPUs"),
        Control::Table {
            columns,
            add: tr("Add Scheduler"),
        },
        Value::Table(document.lines(tune, "vcpusched", SCHEDULER)),
        Edit::with(|domain, node, value| {
            for line in value.lines() {
                check(line)?;
            }
            let document = domain.document_mut();
            if value.lines().is_empty() && document.child(node, "cputune").is_none() {
                return Ok(());
            }
            let tune = document.ensure_path(node, "cputune")?;
            document.set_lines(tune, "vcpusched", SCHEDULER, value.lines())?;
            if document.is_bare_element(tune) {
                document.remove(tune);
            }
            Ok(())
        }),
    );
    vec![row.help(
        tr("How the host's scheduler treats virtual CPUs. Real time needs processors that nobody else uses, and a priority from 1 to 99."),
        "<vcpusched vcpus='0' scheduler='fifo' priority='1'/>",
    )]
}

const SCHEDULER: &[&str] = &["vcpus", "scheduler", "priority"];

fn check(line: &[String]) -> Result<(), Refused> {
    let text = |at: usize| line.get(at).map(|text| text.trim()).unwrap_or_default();
    if !crate::model::xml::lines::is_cpuset(text(0)) {
        return Err(Refused(tr_f(
            "“{text}” is no list of numbers such as 0-3,8.",
            &[("text", text(0))],
        )));
    }
    let priority = text(2).parse::<u32>();
    let fits = match (text(1), priority) {
        ("fifo" | "rr", Ok(priority)) => (1..=99).contains(&priority),
        ("fifo" | "rr", Err(_)) => false,
        _ => text(2).is_empty(),
    };
    match fits {
        true => Ok(()),
        false => Err(Refused(tr(
            "Real time has a priority from 1 to 99, all others have none.",
        ))),
    }
}
