//! Where virtual CPUs run, and which NUMA cell they belong to.

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::facts::Choice;
use crate::model::hardware::page::{Form, Group};
use crate::model::hardware::{Column, Control, Edit, Row, Value, size};
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::{cpu, tune};
use crate::model::xml::domain::{Cell, Domain};

fn column(title: String, example: &'static str) -> Column {
    Column {
        title,
        choices: Vec::new(),
        example,
    }
}

/// Which processors of the host are used.
pub(super) fn pinning(form: &Form<'_>) -> Group {
    let domain = form.context.domain;
    let table = Row::new(
        "pins",
        tr("Single virtual CPUs"),
        Control::Table {
            columns: vec![
                column(tr("Virtual CPU"), "0"),
                column(tr("Processors of the host"), "0-3"),
            ],
            add: tr("Pin a Virtual CPU"),
        },
        Value::Table(domain.pins("vcpupin", "vcpu")),
        Edit::with(|domain, _, value| set_pins(domain, value.lines())),
    );
    let rows = vec![
        form.text("cpuset", tr("All virtual CPUs"), cpu::CPUSET)
            .example("0-3")
            .help(
                tr("The processors of the host that all virtual CPUs may run on, unless they are pinned one by one."),
                "<vcpu cpuset='0-3'>2</vcpu>",
            )
            .edit(|domain, _, value| domain.set_cpuset(value.text())),
        table.live().help(
            tr("The processors of the host that a virtual CPU may run on."),
            "<vcpupin vcpu='0' cpuset='2-3'/>",
        ),
        form.text("emulator-pin", tr("Emulator"), tune::EMULATOR_PIN)
            .example("0-1")
            .live()
            .help(
                tr("The processors of the host that the program around the virtual CPUs may run on."),
                "<emulatorpin cpuset='0-1'/>",
            )
            .edit(|domain, node, value| {
                if let Some(text) = value.some() {
                    check(text)?;
                }
                let text = value.some().map(str::to_owned);
                domain.document_mut().set(node, tune::EMULATOR_PIN, text)
            }),
    ];
    Group::new(tr("Pinning"), rows).description(tr(
        "Processors of the host are written as numbers and ranges: 0-3,8. Empty leaves the choice to the host.",
    ))
}

fn check(text: &str) -> Result<(), Refused> {
    match crate::model::xml::lines::is_cpuset(text) {
        true => Ok(()),
        false => Err(Refused(tr_f(
            "“{text}” is no list of numbers such as 0-3,8.",
            &[("text", text)],
        ))),
    }
}

fn set_pins(domain: &mut Domain, lines: &[Vec<String>]) -> Result<(), Refused> {
    let max = domain.max_vcpus();
    let had = domain.pins("vcpupin", "vcpu");
    for line in lines {
        let number = line.first().and_then(|text| text.trim().parse::<u64>().ok());
        // What was there already is not this change's fault.
        if let Some(cpu) = number.filter(|cpu| *cpu >= max && !had.contains(line)) {
            let cpu = cpu.to_string();
            return Err(Refused(tr_f("There is no virtual CPU {cpu}.", &[("cpu", &cpu)])));
        }
    }
    domain.set_pins("vcpupin", "vcpu", lines)
}

/// NUMA cells of the guest.
pub(super) fn cells(form: &Form<'_>) -> Group {
    let cells = form.context.domain.cells();
    let lines = cells.into_iter().map(|cell| {
        let memory = size::write(cell.kib.saturating_mul(1024));
        vec![cell.cpus, memory, cell.access]
    });
    let access = vec![
        Choice::new("", tr("As the machine's memory")),
        Choice::new("shared", tr_c("memory", "Shared")),
        Choice::new("private", tr_c("memory", "Private")),
    ];
    let row = Row::new(
        "cells",
        tr("NUMA cells"),
        Control::Table {
            columns: vec![
                column(tr("Virtual CPUs"), "0"),
                column(tr("Memory"), "512 MiB"),
                Column {
                    title: tr("Access"),
                    choices: access,
                    example: "",
                },
            ],
            add: tr("Add NUMA Cell"),
        },
        Value::Table(lines.collect()),
        Edit::with(|domain, _, value| {
            let cells: Result<Vec<Cell>, Refused> = value.lines().iter().map(|line| cell(line)).collect();
            domain.set_cells(&cells?)
        }),
    );
    let row = row.help(
        tr("Parts of the machine with processors and memory of their own. The machine's memory is what they have together."),
        "<cell id='0' cpus='0-1' memory='1' unit='GiB'/>",
    );
    Group::new(tr("NUMA"), vec![row])
}

fn cell(line: &[String]) -> Result<Cell, Refused> {
    let text = |at: usize| line.get(at).map(|text| text.trim().to_owned()).unwrap_or_default();
    let memory = text(1);
    let bytes = size::read(&memory).filter(|bytes| *bytes > 0);
    let Some(bytes) = bytes else {
        return Err(Refused(tr_f("“{text}” is no size.", &[("text", &memory)])));
    };
    Ok(Cell {
        cpus: text(0),
        kib: bytes.div_ceil(1024),
        access: text(2),
    })
}

/// The list of single virtual CPUs, where the definition has one.
pub(super) fn switched(form: &Form<'_>) -> Option<Row> {
    let lines = form.context.domain.listed_vcpus();
    if lines.is_empty() {
        return None;
    }
    let yes_no = || vec![Choice::new("yes", tr("Yes")), Choice::new("no", tr("No"))];
    let choice = |title, choices| Column {
        title,
        choices,
        example: "",
    };
    let row = Row::new(
        "list",
        tr("Virtual CPUs one by one"),
        Control::Table {
            columns: vec![
                column(tr("Virtual CPU"), "0"),
                choice(tr("Present"), yes_no()),
                choice(tr("Can be added and removed"), yes_no()),
            ],
            add: tr("Add Virtual CPU"),
        },
        Value::Table(lines),
        Edit::with(|domain, _, value| domain.set_listed_vcpus(value.lines())),
    );
    Some(row.help(
        tr("Which virtual CPUs are there at the start, and which can come and go while the machine runs."),
        "<vcpu id='1' enabled='no' hotpluggable='yes'/>",
    ))
}
