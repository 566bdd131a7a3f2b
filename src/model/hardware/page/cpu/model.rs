//! What processor the guest sees.

use crate::i18n::{tr, tr_f};
use crate::model::facts::{Choice, GuestKind};
use crate::model::hardware::page::{Form, Group};
use crate::model::hardware::{Column, Control, Edit, Row, Value};
use crate::model::xml::domain::fields::cpu;

/// Mode and model.
pub(super) fn everyday(form: &Form<'_>) -> Vec<Row> {
    let facts = form.context.facts;
    let mode = form.says(cpu::MODE);
    let models = facts.cpu_models();
    let host = facts.host_model();
    let usable = |name: &String| models.iter().any(|model| model.value == *name && model.is_usable());
    let first = host.clone().filter(usable);
    let first = first.or_else(|| {
        let model = models.iter().find(|model| model.is_usable() && model.note.is_none());
        model.map(|model| model.value.clone())
    });
    let note = match (mode.as_str(), &host) {
        ("host-model", Some(host)) => Some(tr_f("On this host it is {model}.", &[("model", host)])),
        ("host-passthrough", _) => Some(tr(
            "The machine cannot be moved to a host with another processor while it runs.",
        )),
        _ => None,
    };
    let mut rows = vec![
        form.choice("mode", tr("Processor"), cpu::MODE, facts.cpu_modes())
            .note(note)
            .help(
                tr("What processor the guest sees: the host's is fastest, a certain model is the same on every host."),
                "<cpu mode='host-passthrough'/>",
            )
            .edit(move |domain, _, value| domain.set_cpu_mode(value.text(), first.as_deref())),
    ];
    if matches!(mode.as_str(), "" | "custom") {
        let row = match models.is_empty() {
            true => form.proposal("model", tr("Model"), cpu::MODEL, Vec::new()),
            false => form.choice("model", tr("Model"), cpu::MODEL, models),
        };
        rows.push(
            row.example("qemu64")
                .help(
                    tr("The model that the guest sees. What the host's processor lacks cannot be chosen."),
                    "<cpu mode='custom'><model>Skylake-Client</model></cpu>",
                )
                .edit(|domain, _, value| domain.set_cpu_model(value.text())),
        );
    }
    rows.extend(mitigations(form));
    rows
}

/// One switch for all features that guard against flaws of processors.
fn mitigations(form: &Form<'_>) -> Option<Row> {
    let domain = form.context.domain;
    let names = form.context.facts.cpu_mitigations();
    let is_custom =
        form.says(cpu::MODE) == "custom" || (form.says(cpu::MODE).is_empty() && !form.says(cpu::MODEL).is_empty());
    if names.is_empty() || !is_custom || !GuestKind::of(domain).is_x86() {
        return None;
    }
    let lines = domain.cpu_features();
    let has = |name: &String| lines.iter().any(|line| line[0] == *name && line[1] == "require");
    let value = Value::of(if names.iter().all(has) { "yes" } else { "" });
    let row = Row::new(
        "mitigations",
        tr("Guards against processor flaws"),
        Control::Switch { default: false },
        value,
        Edit::with(move |domain, _, value| domain.set_required_features(&names, value.is_on())),
    );
    Some(row.help(
        tr("Gives the guest the features of the host's processor that guards against Spectre and its like need."),
        "<feature policy='require' name='ssbd'/>",
    ))
}

/// The table of features.
pub(super) fn features(form: &Form<'_>) -> Option<Group> {
    if form.says(cpu::MODE).is_empty() && form.says(cpu::MODEL).is_empty() {
        return None;
    }
    let columns = vec![
        Column {
            title: tr("Feature"),
            choices: Vec::new(),
            example: "vmx",
        },
        Column {
            title: tr("Policy"),
            choices: form.context.facts.cpu_policies(),
            example: "",
        },
    ];
    let row = Row::new(
        "features",
        tr("Features"),
        Control::Table {
            columns,
            add: tr("Add Feature"),
        },
        Value::Table(form.context.domain.cpu_features()),
        Edit::with(|domain, _, value| domain.set_cpu_features(value.lines())),
    );
    let row = row.help(
        tr("Single features of the processor that the guest gets or doesn't get, whatever the model has."),
        "<feature policy='require' name='vmx'/>",
    );
    Some(Group::new(tr("Processor Features"), vec![row]))
}

/// What few people need.
pub(super) fn advanced(form: &Form<'_>) -> Vec<Row> {
    let mode = form.says(cpu::MODE);
    let has_model = !form.says(cpu::MODEL).is_empty();
    let takes_all = matches!(mode.as_str(), "host-passthrough" | "maximum");
    let mut rows = Vec::new();
    if takes_all {
        rows.push(
            form.switch("migratable", tr("Only what can be migrated"), cpu::MIGRATABLE, true)
                .help(
                    tr("Leaves features out that a machine with them could not be moved with while it runs."),
                    "<cpu mode='host-passthrough' migratable='on'/>",
                ),
        );
    }
    if mode == "host-model" || has_model {
        rows.push(
            form.choice("check", tr("Check before the start"), cpu::CHECK, checks())
                .help(
                    tr("How strictly the processor that the guest gets must be the one that is asked for."),
                    "<cpu check='partial'/>",
                ),
        );
    }
    if has_model && mode != "host-model" {
        rows.push(
            form.choice("match", tr("Match with the host"), cpu::MATCH, matches())
                .help(
                    tr("What happens with features of the host's processor that the model does not have."),
                    "<cpu match='exact'/>",
                ),
        );
        rows.push(
            form.choice(
                "fallback",
                tr("If the model is not available"),
                cpu::FALLBACK,
                fallbacks(),
            )
            .help(
                tr("Whether a lesser model may take the place of one that the hypervisor does not have."),
                "<model fallback='forbid'>Skylake-Client</model>",
            ),
        );
        rows.push(
            form.proposal(
                "vendor",
                tr("Vendor"),
                cpu::VENDOR,
                vec![Choice::plain("Intel"), Choice::plain("AMD")],
            )
            .example("Intel")
            .help(
                tr("The machine starts only on hosts with processors of this vendor."),
                "<vendor>Intel</vendor>",
            ),
        );
    }
    rows.push(cache(form, takes_all));
    rows.extend(address_bits(form, takes_all));
    rows
}

fn checks() -> Vec<Choice> {
    vec![
        Choice::new("none", tr("No check")),
        Choice::new("partial", tr("By libvirt")),
        Choice::new("full", tr("By libvirt and the hypervisor")),
    ]
}

fn matches() -> Vec<Choice> {
    vec![
        Choice::new("exact", tr("The guest does not see them")),
        Choice::new("minimum", tr("The guest sees them")),
        Choice::new("strict", tr("The machine does not start")),
    ]
}

fn fallbacks() -> Vec<Choice> {
    vec![
        Choice::new("allow", tr("Take the nearest one")),
        Choice::new("forbid", tr("Do not start")),
    ]
}

fn cache(form: &Form<'_>, takes_all: bool) -> Row {
    let through = Choice::new("passthrough", tr("The host's"));
    let through = match takes_all {
        true => through,
        false => through.but(Some(tr("Only with the host's processor as it is."))),
    };
    let choices = vec![
        Choice::new("emulate", tr("One that the hypervisor makes up")),
        through,
        Choice::new("disable", tr("None")),
    ];
    form.choice("cache", tr("Cache"), cpu::CACHE_MODE, choices)
        .help(
            tr("What the guest sees of the processor's caches."),
            "<cache mode='passthrough'/>",
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            // Only level 3 can be emulated, and only that mode takes a level.
            let level = (value.text() == "emulate").then_some(3);
            document.set(node, cpu::CACHE_LEVEL, level)?;
            document.set(node, cpu::CACHE_MODE, value.some().map(str::to_owned))
        })
}

fn address_bits(form: &Form<'_>, takes_all: bool) -> Vec<Row> {
    let through = Choice::new("passthrough", tr("The host's"));
    let through = match takes_all {
        true => through,
        false => through.but(Some(tr("Only with the host's processor as it is."))),
    };
    let choices = vec![Choice::new("emulate", tr("A certain number")), through];
    let mode = form
        .choice("address-mode", tr("Address bits"), cpu::ADDRESS_BITS_MODE, choices)
        .help(
            tr("How many bits an address of the guest's memory has: machines with very much memory need more."),
            "<maxphysaddr mode='passthrough'/>",
        )
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            if value.text().is_empty() {
                if let Some(bits) = document.find(node, "cpu/maxphysaddr") {
                    document.prune(bits);
                }
                return Ok(());
            }
            match value.text() {
                "emulate" if document.get(node, cpu::ADDRESS_BITS).is_none() => {
                    document.set(node, cpu::ADDRESS_BITS, Some(42))?;
                }
                "passthrough" => document.set(node, cpu::ADDRESS_BITS, None)?,
                _ => {}
            }
            document.set(node, cpu::ADDRESS_BITS_MODE, Some(value.text().to_owned()))
        });
    let mut rows = vec![mode];
    if form.says(cpu::ADDRESS_BITS_MODE) == "emulate" {
        rows.push(
            form.number(
                "address-bits",
                tr("Number of address bits"),
                cpu::ADDRESS_BITS,
                32..=64,
                "",
            )
            .example("42")
            .help(
                tr("How many bits an address of the guest's memory has."),
                "<maxphysaddr mode='emulate' bits='42'/>",
            ),
        );
    }
    rows
}
