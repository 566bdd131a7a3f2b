//! New devices on the board.

use crate::i18n::tr;
use crate::model::facts::{Board, Choice, Family, HostFacts};
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::hardware::page::device::common::{best, problem_of};
use crate::model::xml::domain::fields::watchdog;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::model::xml::{NodeId, Refused, escape};

pub(in crate::model::hardware::page::device) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let facts = context.facts;
    // Devices of which a machine has one.
    let single = |kind, problem: Option<String>| {
        let there = context.domain.devices_of(kind).next().is_some();
        there.then(|| tr("The machine has one already.")).or(problem)
    };
    let mut all = vec![
        Addition::new("rng", tr("Random Number Generator"), "vireo-card-symbolic", add_rng)
            .description(tr("Gives the guest good random numbers from the start."))
            .problem(problem_of(&facts.rng_models()).or_else(|| problem_of(&facts.rng_backends()))),
        Addition::new("watchdog", tr("Watchdog"), "alarm-symbolic", add_watchdog)
            .description(tr("Resets or ends the machine when the guest hangs."))
            .problem(problem_of(&facts.watchdog_models())),
        Addition::new("panic", tr("Panic Notifier"), "dialog-warning-symbolic", add_panic)
            .description(tr("Lets the host know when the guest has crashed."))
            .problem(problem_of(&facts.panic_models())),
        Addition::new("iommu", tr("IOMMU"), "vireo-card-symbolic", |domain, facts| {
            add_model(domain, "iommu", "", &facts.iommu_models())
        })
        .description(tr(
            "Lets the guest limit which memory its devices reach, and give devices to machines of its own.",
        ))
        .problem(single(DeviceKind::Iommu, problem_of(&facts.iommu_models()))),
        Addition::new(
            "crypto",
            tr("Crypto Accelerator"),
            "security-high-symbolic",
            |domain, facts| {
                let backend = best(&facts.crypto_backends()).unwrap_or_else(|| "builtin".to_owned());
                let model = best(&facts.crypto_models()).unwrap_or_else(|| "virtio".to_owned());
                let (model, backend) = (escape(&model), escape(&backend));
                domain.add_device(&format!(
                    "<crypto model='{model}' type='qemu'>\n  <backend model='{backend}'/>\n</crypto>"
                ))
            },
        )
        .description(tr("Encrypts for the guest on the host."))
        .problem(problem_of(&facts.crypto_models()).or_else(|| qemu_only(facts))),
        Addition::new("pstore", tr("Crash Storage"), "vireo-card-symbolic", |domain, _| {
            domain.add_device("<pstore backend='acpi-erst'>\n  <size unit='KiB'>64</size>\n</pstore>")
        })
        .description(tr(
            "Keeps the last words of a guest that crashes, for after its restart.",
        ))
        .problem(single(DeviceKind::Pstore, pstore_problem(facts))),
        Addition::new("hub", tr("USB Hub"), "vireo-usb-symbolic", |domain, _| {
            domain.add_device("<hub type='usb'/>")
        })
        .description(tr("Has more USB ports; libvirt adds one by itself where they run out."))
        .problem(qemu_only(facts)),
    ];
    let has_nvram = context.domain.devices_of(DeviceKind::Nvram).next().is_some();
    if facts.board() == Board::Pseries && !has_nvram {
        all.push(
            Addition::new("nvram", tr("NVRAM"), "vireo-card-symbolic", |domain, _| {
                domain.add_device("<nvram>\n  <address type='spapr-vio' reg='0x3000'/>\n</nvram>")
            })
            .description(tr("Memory that keeps the settings of the firmware.")),
        );
    }
    if facts.balloon_models().iter().any(Choice::is_usable) {
        let models: Vec<Choice> = facts.balloon_models();
        all.push(
            Addition::new(
                "memballoon",
                tr("Memory Balloon"),
                "vireo-memory-symbolic",
                |domain, facts| add_model(domain, "memballoon", "", &facts.balloon_models()),
            )
            .description(tr(
                "Lets the host take memory back from the guest, and see how much it uses.",
            ))
            .problem(single(DeviceKind::Memballoon, problem_of(&models))),
        );
    }
    all
}

fn qemu_only(facts: &HostFacts) -> Option<String> {
    (facts.family() != Family::Qemu).then(|| tr("Machines of this kind cannot have it."))
}

fn pstore_problem(facts: &HostFacts) -> Option<String> {
    let fits = facts.kind.is_x86() || facts.kind.machine.is_none();
    qemu_only(facts).or_else(|| (!fits || !facts.board().has_pci()).then(|| tr("Only PCs with PCI have it.")))
}

fn add_model(domain: &mut Domain, element: &str, inner: &str, models: &[Choice]) -> Result<NodeId, Refused> {
    let Some(model) = best(models) else {
        return Err(Refused(tr("This host does not offer it.")));
    };
    domain.add_device(&format!("<{element} model='{}'{inner}/>", escape(&model)))
}

fn add_rng(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let model = best(&facts.rng_models()).unwrap_or_else(|| "virtio".to_owned());
    let backend = match best(&facts.rng_backends()).as_deref() {
        Some("random") | None => "<backend model='random'>/dev/urandom</backend>".to_owned(),
        Some(other) => format!("<backend model='{}'/>", escape(other)),
    };
    domain.add_device(&format!("<rng model='{}'>\n  {backend}\n</rng>", escape(&model)))
}

fn add_watchdog(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let models = unused(domain, DeviceKind::Watchdog, facts.watchdog_models());
    let action = domain
        .devices_of(DeviceKind::Watchdog)
        .find_map(|node| domain.document().get(node, watchdog::ACTION));
    let node = add_model(domain, "watchdog", " action='reset'", &models)?;
    if let Some(action) = action {
        // QEMU does one thing for all of them.
        domain.document_mut().set(node, watchdog::ACTION, Some(action))?;
    }
    Ok(node)
}

fn add_panic(domain: &mut Domain, facts: &HostFacts) -> Result<NodeId, Refused> {
    let models = unused(domain, DeviceKind::Panic, facts.panic_models());
    add_model(domain, "panic", "", &models)
}

/// The models that the machine has not got: it takes one of each.
fn unused(domain: &Domain, kind: DeviceKind, mut models: Vec<Choice>) -> Vec<Choice> {
    let document = domain.document();
    let used: Vec<String> = domain
        .devices_of(kind)
        .filter_map(|node| document.attribute(node, "model").map(std::borrow::Cow::into_owned))
        .collect();
    models.retain(|choice| !used.contains(&choice.value));
    models
}
