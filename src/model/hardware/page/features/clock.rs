//! The clock of the guest and its timers.

use crate::i18n::tr;
use crate::model::facts::{Choice, Family, GuestKind};
use crate::model::hardware::Row;
use crate::model::hardware::page::Form;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::clock;
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

pub(super) fn everyday(form: &Form<'_>) -> Vec<Row> {
    let offset = form.says(clock::OFFSET);
    let title = tr("The guest's clock shows");
    // A clock that is there has to say it.
    let has_clock = form.context.domain.document().child(form.node, "clock").is_some();
    let row = match has_clock {
        true => form.required_choice("offset", title, clock::OFFSET, offsets()),
        false => form.choice("offset", title, clock::OFFSET, offsets()),
    };
    let mut rows = vec![
        row.help(
            tr("What the hardware clock of the guest begins with. Windows expects local time, all others UTC."),
            "<clock offset='utc'/>",
        )
        .edit(|domain, node, value| set_offset(domain, node, value.text())),
    ];
    match offset.as_str() {
        "timezone" => rows.push(
            form.text("timezone", tr("Time zone"), clock::TIMEZONE)
                .example("Europe/Berlin")
                .help(
                    tr("The time zone by its name."),
                    "<clock offset='timezone' timezone='Europe/Berlin'/>",
                ),
        ),
        "variable" => {
            rows.push(
                form.text("adjustment", tr("Difference"), clock::ADJUSTMENT)
                    .example("3600")
                    .help(
                        tr("Seconds by which the clock is ahead, with a minus behind. The guest changes it when it sets its clock."),
                        "<clock offset='variable' adjustment='3600'/>",
                    ),
            );
            let basis = vec![
                Choice::new("utc", "UTC"),
                Choice::new("localtime", tr("Local time of the host")),
            ];
            rows.push(form.choice("basis", tr("Difference from"), clock::BASIS, basis).help(
                tr("What the difference is counted from."),
                "<clock offset='variable' adjustment='3600' basis='utc'/>",
            ));
        }
        "absolute" => rows.push(
            form.number("start", tr("Seconds since 1970"), clock::START, 0..=1 << 40, "s")
                .example("1700000000")
                .help(
                    tr("The time that the clock shows at each start."),
                    "<clock offset='absolute' start='1700000000'/>",
                ),
        ),
        _ => {}
    }
    rows
}

fn offsets() -> Vec<Choice> {
    vec![
        Choice::new("utc", "UTC"),
        Choice::new("localtime", tr("Local time of the host")),
        Choice::new("timezone", tr("The time of a time zone")),
        Choice::new("variable", tr("What the guest has set it to")),
        Choice::new("absolute", tr("The same time at each start")),
    ]
}

/// Changes what the clock follows. What only another kind of clock says goes, what this one must say comes.
fn set_offset(domain: &mut Domain, node: NodeId, offset: &str) -> Result<(), Refused> {
    let document = domain.document_mut();
    let had: String = document.get(node, clock::OFFSET).unwrap_or_default();
    if had == offset {
        return Ok(());
    }
    let is_plain = |offset: &str| matches!(offset, "utc" | "localtime");
    if !(is_plain(&had) && is_plain(offset)) {
        document.set(node, clock::ADJUSTMENT, None)?;
    }
    for (field, owner) in [(clock::TIMEZONE, "timezone"), (clock::BASIS, "variable")] {
        if offset != owner {
            document.set(node, field, None)?;
        }
    }
    if offset != "absolute" {
        document.set(node, clock::START, None)?;
    }
    match offset {
        "timezone" => document.set(node, clock::TIMEZONE, Some("UTC".to_owned()))?,
        "absolute" => document.set(node, clock::START, Some(0))?,
        _ => {}
    }
    let text = Some(offset.to_owned()).filter(|text| !text.is_empty());
    document.set(node, clock::OFFSET, text)
}

/// A clock with timers has to say what it follows.
fn say_offset(domain: &mut Domain, node: NodeId) -> Result<(), Refused> {
    let document = domain.document_mut();
    if document.child(node, "clock").is_some() && document.get(node, clock::OFFSET).is_none() {
        document.set(node, clock::OFFSET, Some("utc".to_owned()))?;
    }
    Ok(())
}

fn present(form: &Form<'_>, id: &'static str, title: String, field: Field<bool>, default: bool) -> Row {
    form.switch(id, title, field, default).edit(move |domain, node, value| {
        let text = value.some().map(|_| value.is_on());
        domain.document_mut().set(node, field, text)?;
        say_offset(domain, node)
    })
}

fn ticks(form: &Form<'_>, id: &'static str, title: String, field: Field<String>) -> Row {
    let is_qemu = GuestKind::of(form.context.domain).family() == Family::Qemu;
    let not = |refused: bool| (is_qemu && refused).then(|| tr("QEMU does not do that."));
    let policies = vec![
        Choice::new("delay", tr("Go on, and stay behind")),
        Choice::new("catchup", tr("Make up for them")),
        Choice::new("merge", tr("Make one of them")).but(not(true)),
        Choice::new("discard", tr("Forget them")).but(not(id == "rtc")),
    ];
    form.choice(id, title, field, policies)
        .edit(move |domain, node, value| {
            let document = domain.document_mut();
            if value.text() != "catchup" {
                // How fast it makes up for them is of no use to others.
                let timers: Vec<NodeId> = document
                    .child(node, "clock")
                    .into_iter()
                    .flat_map(|clock| document.children_named(clock, "timer"))
                    .filter(|timer| document.attribute(*timer, "name").as_deref() == Some(id))
                    .collect();
                for catchup in timers
                    .into_iter()
                    .filter_map(|timer| document.child(timer, "catchup"))
                    .collect::<Vec<_>>()
                {
                    document.remove(catchup);
                }
            }
            document.set(node, field, value.some().map(str::to_owned))?;
            say_offset(domain, node)
        })
}

/// The timers, for who knows them.
pub(super) fn timers(form: &Form<'_>) -> Vec<Row> {
    let kind = GuestKind::of(form.context.domain);
    if !kind.is_x86() {
        return Vec::new();
    }
    let modes = vec![
        Choice::new("auto", tr("By itself")),
        Choice::new("native", tr("The processor's own")),
        Choice::new("emulate", tr("Emulated")),
        Choice::new("paravirt", tr("Paravirtual")),
        Choice::new("smpsafe", tr("Emulated where it must be")),
    ];
    vec![
        ticks(form, "rtc", tr("Lost ticks of the real-time clock"), clock::RTC).help(
            tr("What happens with ticks that came while the guest did not run. Windows wants them made up for."),
            "<timer name='rtc' tickpolicy='catchup'/>",
        ),
        ticks(form, "pit", tr("Lost ticks of the interval timer"), clock::PIT).help(
            tr("What happens with ticks that came while the guest did not run."),
            "<timer name='pit' tickpolicy='delay'/>",
        ),
        present(form, "hpet", tr("High-precision timer (HPET)"), clock::HPET, true).help(
            tr("A timer of PCs that costs the host much; hardly any guest needs it."),
            "<timer name='hpet' present='no'/>",
        ),
        present(form, "kvmclock", tr("Clock of KVM"), clock::KVMCLOCK, true).help(
            tr("The clock that Linux guests read the time from without leaving to the host."),
            "<timer name='kvmclock' present='yes'/>",
        ),
        present(form, "hypervclock", tr("Clock of Hyper-V"), clock::HYPERVCLOCK, false).help(
            tr("The clock that Windows guests read the time from without leaving to the host."),
            "<timer name='hypervclock' present='yes'/>",
        ),
        form.choice("tsc", tr("Time-stamp counter"), clock::TSC, modes)
            .help(
                tr("How the counter of the processor is given to the guest."),
                "<timer name='tsc' mode='native'/>",
            )
            .edit(|domain, node, value| {
                domain
                    .document_mut()
                    .set(node, clock::TSC, value.some().map(str::to_owned))?;
                say_offset(domain, node)
            }),
    ]
}
