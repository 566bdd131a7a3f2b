//! Enlightenments of Hyper-V: what makes Windows run better, as one switch and one by one.

use crate::i18n::tr;
use crate::model::facts::HostFacts;
use crate::model::hardware::page::Form;
use crate::model::hardware::{Control, Edit, Row, Value};
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{clock, features};
use crate::model::xml::field::Field;
use crate::model::xml::{NodeId, Refused};

/// Tries before a waiting processor is given up; what Windows recommends.
const RETRIES: u64 = 8191;

/// Elements, their places, and the elements that they need.
const ALL: &[(&str, Field<bool>, &[&str])] = &[
    ("relaxed", features::HYPERV_RELAXED, &[]),
    ("vapic", features::HYPERV_VAPIC, &[]),
    ("spinlocks", features::HYPERV_SPINLOCKS, &[]),
    ("vpindex", features::HYPERV_VPINDEX, &[]),
    ("runtime", features::HYPERV_RUNTIME, &[]),
    ("synic", features::HYPERV_SYNIC, &["vpindex"]),
    ("stimer", features::HYPERV_STIMER, &["synic"]),
    ("reset", features::HYPERV_RESET, &[]),
    ("frequencies", features::HYPERV_FREQUENCIES, &[]),
    ("reenlightenment", features::HYPERV_REENLIGHTENMENT, &[]),
    ("tlbflush", features::HYPERV_TLBFLUSH, &["vpindex"]),
    ("ipi", features::HYPERV_IPI, &["vpindex"]),
    ("evmcs", features::HYPERV_EVMCS, &["vapic"]),
    ("avic", features::HYPERV_AVIC, &[]),
    ("emsr_bitmap", features::HYPERV_EMSR, &["evmcs"]),
    ("xmm_input", features::HYPERV_XMM, &[]),
];

/// What the one switch turns on, where the host offers it.
const USUAL: &[&str] = &[
    "relaxed",
    "vapic",
    "spinlocks",
    "vpindex",
    "runtime",
    "synic",
    "stimer",
    "frequencies",
    "tlbflush",
    "ipi",
];

/// Those that any Windows has used since libvirt knows them: with them the switch is on.
const BASE: &[&str] = &["relaxed", "vapic", "spinlocks"];

fn field(name: &str) -> Option<(Field<bool>, &'static [&'static str])> {
    let known = ALL.iter().find(|(other, _, _)| *other == name);
    known.map(|(_, field, needs)| (*field, *needs))
}

fn is_on(domain: &Domain, name: &str) -> bool {
    let root = domain.document().root();
    field(name).is_some_and(|(field, _)| domain.document().get(root, field) == Some(true))
}

fn is_passed(domain: &Domain) -> bool {
    let root = domain.document().root();
    domain.document().get(root, features::HYPERV_MODE).as_deref() == Some("passthrough")
}

/// Those of the usual ones that the host offers.
fn offered(facts: &HostFacts) -> Vec<&'static str> {
    let choices = facts.hyperv_features();
    let usable = |name: &str| choices.iter().any(|choice| choice.value == name && choice.is_usable());
    USUAL.iter().copied().filter(|name| usable(name)).collect()
}

/// The one switch.
pub(super) fn switch(form: &Form<'_>) -> Option<Row> {
    let domain = form.context.domain;
    let on = is_passed(domain) || BASE.iter().all(|name| is_on(domain, name));
    let names = offered(form.context.facts);
    let problem = form
        .context
        .facts
        .hyperv_features()
        .into_iter()
        .find(|choice| choice.value == "relaxed")?;
    let row = Row::new(
        "hyperv",
        tr("Hyper-V enlightenments"),
        Control::Switch { default: false },
        Value::Text(on.then(|| "yes".to_owned())),
        Edit::with(move |domain, node, value| set_all(domain, node, value.is_on(), &names)),
    );
    let row = row.locked(problem.problem.filter(|_| !on)).help(
        tr("Windows sees that it is virtual and runs better. Other systems do not use them."),
        "<hyperv mode='custom'><relaxed state='on'/><vapic state='on'/></hyperv>",
    );
    Some(row)
}

fn set_all(domain: &mut Domain, node: NodeId, on: bool, names: &[&str]) -> Result<(), Refused> {
    if !on {
        let document = domain.document_mut();
        let known: Vec<NodeId> = document
            .find(node, "features/hyperv")
            .into_iter()
            .flat_map(|hyperv| document.children(hyperv))
            .filter(|child| field(document.name(*child)).is_some())
            .collect();
        for child in known {
            document.remove(child);
        }
        document.set(node, features::HYPERV_MODE, None)?;
        if let Some(hyperv) = document
            .find(node, "features/hyperv")
            .filter(|id| document.is_bare_element(*id))
        {
            document.prune(hyperv);
        }
        return document.set(node, clock::HYPERVCLOCK, None);
    }
    for name in names {
        turn_on(domain, node, name)?;
    }
    Ok(())
}

fn turn_on(domain: &mut Domain, node: NodeId, name: &str) -> Result<(), Refused> {
    let Some((field, needs)) = field(name) else {
        return Ok(());
    };
    for needed in needs {
        turn_on(domain, node, needed)?;
    }
    let document = domain.document_mut();
    document.set(node, field, Some(true))?;
    match name {
        "spinlocks" if document.get(node, features::HYPERV_RETRIES).is_none() => {
            document.set(node, features::HYPERV_RETRIES, Some(RETRIES))
        }
        // QEMU wants the clock with these timers.
        "stimer" => {
            if document.child(node, "clock").is_none() {
                document.set(node, clock::OFFSET, Some("utc".to_owned()))?;
            }
            document.set(node, clock::HYPERVCLOCK, Some(true))
        }
        _ => Ok(()),
    }
}

/// Turns one off, and those that need it; `None` removes it.
fn turn_off(domain: &mut Domain, node: NodeId, name: &str, state: Option<bool>) -> Result<(), Refused> {
    for (other, _, needs) in ALL {
        if needs.contains(&name) && is_on(domain, other) {
            turn_off(domain, node, other, Some(false))?;
        }
    }
    let document = domain.document_mut();
    match (state, field(name)) {
        (Some(state), Some((field, _))) => document.set(node, field, Some(state)),
        _ => {
            if let Some(place) = document.find(node, &format!("features/hyperv/{name}")) {
                document.prune(place);
            }
            Ok(())
        }
    }
}

/// The rows one by one. The host's own set has none.
pub(super) fn single(form: &Form<'_>) -> Vec<Row> {
    if is_passed(form.context.domain) {
        return Vec::new();
    }
    let choices = form.context.facts.hyperv_features();
    let mut rows = Vec::new();
    for (name, field, _) in ALL {
        let (id, title, help, xml) = words(name);
        let choice = choices.iter().find(|choice| choice.value == *name);
        let problem = choice.and_then(|choice| choice.problem.clone());
        let row = form.switch(id, title, *field, false).help(help, xml);
        let is_there = row.value.some().is_some();
        rows.push(
            row.locked(problem.filter(|_| !is_there))
                .edit(move |domain, node, value| match value.is_on() {
                    true => turn_on(domain, node, name),
                    false => turn_off(domain, node, name, value.some().map(|_| false)),
                }),
        );
    }
    rows.extend(details(form));
    rows.push(
        form.text("hv-vendor", tr("Name of the hypervisor"), features::HYPERV_VENDOR)
            .example("KVM Hv")
            .help(
                tr("What the guest is told that it runs on, up to 12 letters."),
                "<vendor_id state='on' value='KVM Hv'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                if value.text().chars().count() > 12 {
                    return Err(Refused(tr("It has 12 letters at most.")));
                }
                let Some(text) = value.some() else {
                    if let Some(place) = document.find(node, "features/hyperv/vendor_id") {
                        document.prune(place);
                    }
                    return Ok(());
                };
                document.set(node, features::HYPERV_VENDOR, Some(text.to_owned()))?;
                match document.find(node, "features/hyperv/vendor_id") {
                    Some(place) => document.set_attribute(place, "state", "on"),
                    None => Ok(()),
                }
            }),
    );
    rows
}

/// What single ones can be told, where they are on.
fn details(form: &Form<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    if is_on(form.context.domain, "spinlocks") {
        rows.push(
            form.number(
                "hv-retries",
                tr("Tries at a spin lock"),
                features::HYPERV_RETRIES,
                4095..=u64::from(u32::MAX),
                "",
            )
            .example("8191")
            .help(
                tr("How often a processor tries to get a lock before it gives its time away."),
                "<spinlocks state='on' retries='8191'/>",
            ),
        );
    }
    if is_on(form.context.domain, "stimer") {
        rows.push(
            form.switch("hv-direct", tr("Direct timers"), features::HYPERV_STIMER_DIRECT, false)
                .help(
                    tr("The end of a synthetic timer is an interrupt of the processor instead of a message."),
                    "<stimer state='on'><direct state='on'/></stimer>",
                ),
        );
    }
    rows
}

/// Id, title, help and XML of each.
fn words(name: &str) -> (&'static str, String, String, &'static str) {
    match name {
        "relaxed" => (
            "hv-relaxed",
            tr("Relaxed timing"),
            tr("Windows does not take delays for a crash."),
            "<relaxed state='on'/>",
        ),
        "vapic" => (
            "hv-vapic",
            tr("Virtual APIC"),
            tr("Interrupts cost less."),
            "<vapic state='on'/>",
        ),
        "spinlocks" => (
            "hv-spinlocks",
            tr("Spin locks"),
            tr("A processor that waits for a lock too long gives its time away."),
            "<spinlocks state='on' retries='8191'/>",
        ),
        "vpindex" => (
            "hv-vpindex",
            tr("Processor index"),
            tr("Processors know their numbers; others of these need it."),
            "<vpindex state='on'/>",
        ),
        "runtime" => (
            "hv-runtime",
            tr("Run time"),
            tr("Windows knows how long its processors really ran."),
            "<runtime state='on'/>",
        ),
        "synic" => (
            "hv-synic",
            tr("Synthetic interrupts"),
            tr("An interrupt controller for the timers of Hyper-V."),
            "<synic state='on'/>",
        ),
        "stimer" => (
            "hv-stimer",
            tr("Synthetic timers"),
            tr("Timers that cost less: an idle Windows then needs far less of the host."),
            "<stimer state='on'/>",
        ),
        "reset" => (
            "hv-reset",
            tr("Reset"),
            tr("Windows restarts through the hypervisor."),
            "<reset state='on'/>",
        ),
        "frequencies" => (
            "hv-frequencies",
            tr("Frequencies"),
            tr("Windows knows the frequencies of its counters."),
            "<frequencies state='on'/>",
        ),
        "reenlightenment" => (
            "hv-reenlightenment",
            tr("Notice of migration"),
            tr("Nested guests notice when the clock changed by a move to another host."),
            "<reenlightenment state='on'/>",
        ),
        "tlbflush" => (
            "hv-tlbflush",
            tr("Flush by the host"),
            tr("Processors need not be woken to forget addresses."),
            "<tlbflush state='on'/>",
        ),
        "ipi" => (
            "hv-ipi",
            tr("Interrupts between processors"),
            tr("Processors wake each other through the hypervisor."),
            "<ipi state='on'/>",
        ),
        "evmcs" => (
            "hv-evmcs",
            tr("Nested on Intel"),
            tr("Makes Hyper-V inside the guest faster, on Intel processors only."),
            "<evmcs state='on'/>",
        ),
        "avic" => (
            "hv-avic",
            tr("Interrupts by hardware"),
            tr("Lets the processor's own help with interrupts work beside the others of these."),
            "<avic state='on'/>",
        ),
        "emsr_bitmap" => (
            "hv-emsr",
            tr("Nested registers"),
            tr("Makes registers of guests inside the guest cheaper."),
            "<emsr_bitmap state='on'/>",
        ),
        _ => (
            "hv-xmm",
            tr("Fast calls"),
            tr("Calls of the hypervisor carry more at once."),
            "<xmm_input state='on'/>",
        ),
    }
}
