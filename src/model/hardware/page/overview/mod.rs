//! What the machine is: names, hypervisor, board, firmware.

mod board;
mod firmware;

use super::{Context, Form, Group, Page};
use crate::i18n::tr;
use crate::model::facts::{Choice, Family, GuestKind, HostFacts};
use crate::model::hardware::{Button, Control, Edit, Row, Value};
use crate::model::xml::Refused;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::{cpu, general, os};

pub(super) fn page(context: &Context<'_>) -> Page {
    let form = Form::of_machine(context);
    let kind = GuestKind::of(context.domain);
    let mut groups = vec![Group::new(String::new(), identity(&form))];
    groups.push(Group::new(tr("Hypervisor"), hypervisor(&form, &kind)));
    let mut advanced = Vec::new();
    if form.says(os::TYPE) != "exe" && !context.facts.is_container() {
        groups.push(Group::new(tr("Board"), board::rows(&form, &kind)));
        groups.push(Group::new(tr("Firmware"), firmware::rows(&form, &kind)));
        advanced.extend(firmware::advanced(&form));
    }
    if kind.family() == Family::Qemu {
        advanced.push(generation(&form));
    }
    groups.push(Group::advanced(advanced));
    Page::new(groups)
}

/// Why something cannot change that is fixed while the machine runs.
fn running(context: &Context<'_>) -> Option<String> {
    context
        .live
        .map(|_| tr("This can be changed only while the machine is off."))
}

fn identity(form: &Form<'_>) -> Vec<Row> {
    let rename = Row::new(
        "rename",
        tr("Name"),
        Control::Button(tr("Rename…"), Button::Rename),
        Value::of(form.context.domain.name()),
        Edit::None,
    );
    let mut rows = vec![
        rename.locked(running(form.context)),
        form.text("title", tr("Title"), general::TITLE)
            .example("Build server")
            .live()
            .help(
                tr("A short text that is shown in place of the name. It may have spaces and any letters."),
                "<title>Build server</title>",
            )
            .edit(|domain, _, value| domain.set_title(value.text())),
        Row::new(
            "description",
            tr("Description"),
            Control::LongText,
            form.value(general::DESCRIPTION),
            Edit::with(|domain, _, value| domain.set_description(value.text())),
        )
        .example("Builds every night")
        .live()
        .help(
            tr("Anything to know about the machine. It is kept in its definition, so others see it, too."),
            "<description>Builds every night</description>",
        ),
    ];
    // A machine that is not made yet has none.
    let uuid = form.says(general::UUID);
    if !uuid.is_empty() {
        rows.push(form.fact("uuid", "UUID".to_owned(), uuid));
    }
    rows
}

fn hypervisor(form: &Form<'_>, kind: &GuestKind) -> Vec<Row> {
    let facts = form.context.facts;
    let mut rows = Vec::new();
    let hypervisors = facts.hypervisors();
    if kind.family() == Family::Qemu && hypervisors.len() > 1 {
        let has_accelerator = |choice: &Choice| matches!(choice.value.as_str(), "kvm" | "qemu" | "hvf" | "nvmm");
        let choices = hypervisors.into_iter().filter(has_accelerator).collect();
        rows.push(
            form.required_choice("hypervisor", tr("Acceleration"), general::TYPE, choices)
                .locked(running(form.context))
                .help(
                    tr("What runs the guest's instructions. Without acceleration everything is much slower."),
                    "<domain type='kvm'>",
                )
                .edit(|domain, _, value| set_hypervisor(domain, value.text())),
        );
    } else {
        rows.push(form.fact("hypervisor", tr("Hypervisor"), form.says(general::TYPE)));
    }
    rows.push(form.fact("arch", tr("Architecture"), kind.arch.clone().unwrap_or_default()));
    if matches!(kind.family(), Family::Qemu | Family::Xen | Family::Container) {
        rows.push(
            form.proposal("emulator", tr("Emulator"), general::EMULATOR, emulators(facts, kind))
                .example("/usr/bin/qemu-system-x86_64")
                .help(
                    tr("The program on the host that runs the machine. Empty takes the usual one."),
                    "<emulator>/usr/bin/qemu-system-x86_64</emulator>",
                ),
        );
    }
    rows
}

fn emulators(facts: &HostFacts, kind: &GuestKind) -> Vec<Choice> {
    let mut paths: Vec<String> = Vec::new();
    for guest in facts.capabilities.iter().flat_map(|capabilities| capabilities.guests()) {
        let fits = kind.arch.as_ref().is_none_or(|arch| *arch == guest.arch);
        paths.extend(guest.emulator.filter(|path| fits && !paths.contains(path)));
    }
    paths.into_iter().map(Choice::plain).collect()
}

fn set_hypervisor(domain: &mut Domain, name: &str) -> Result<(), Refused> {
    let root = domain.document().root();
    let mode = domain.document().get(root, cpu::MODE);
    // There is no processor of the host to pass through.
    if name == "qemu" && mode.as_deref() == Some("host-passthrough") {
        domain.set_cpu_mode("maximum", None)?;
    }
    domain.document_mut().set(root, general::TYPE, Some(name.to_owned()))
}

fn generation(form: &Form<'_>) -> Row {
    let id = form.value(general::GENID);
    let is_there = matches!(id, Value::Text(Some(_)));
    let note = id.some().map(str::to_owned);
    Row::new(
        "genid",
        tr("Generation ID"),
        Control::Switch { default: false },
        Value::Text(is_there.then(|| "yes".to_owned())),
        Edit::with(move |domain, node, value| {
            let document = domain.document_mut();
            match (document.child(node, "genid"), value.is_on()) {
                (None, true) => document.insert_ordered(node, "<genid/>").map(drop),
                (Some(genid), false) => {
                    document.remove(genid);
                    Ok(())
                }
                _ => Ok(()),
            }
        }),
    )
    .note(note)
    .locked(form.context.facts.feature_problem("genid").filter(|_| !is_there))
    .help(
        tr("A number that changes when the machine is restored or cloned, so that the guest can notice it."),
        "<genid/>",
    )
}
