//! Controllers that can be added.

use crate::i18n::tr;
use crate::model::facts::Choice;
use crate::model::hardware::Addition;
use crate::model::hardware::page::Context;
use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::controller;

/// A controller that can be added: name, kind, model, words.
struct Kind {
    id: &'static str,
    kind: &'static str,
    model: Option<&'static str>,
    title: String,
    description: String,
}

fn kinds() -> Vec<Kind> {
    let kind = |id, kind, model, title, description| Kind {
        id,
        kind,
        model,
        title,
        description,
    };
    vec![
        kind(
            "controller-usb",
            "usb",
            None,
            tr("USB Controller"),
            tr("Room for more USB devices, or for faster ones."),
        ),
        kind(
            "controller-scsi",
            "scsi",
            None,
            tr("SCSI Controller"),
            tr("Room for SCSI disks; one of its own makes a disk faster."),
        ),
        kind(
            "controller-sata",
            "sata",
            None,
            tr("SATA Controller"),
            tr("Room for six more SATA disks and drives."),
        ),
        kind(
            "controller-nvme",
            "nvme",
            None,
            tr("NVMe Controller"),
            tr("Room for NVMe disks."),
        ),
        kind(
            "controller-virtio-serial",
            "virtio-serial",
            None,
            tr("VirtIO Serial Controller"),
            tr("Room for more channels and consoles."),
        ),
        kind(
            "controller-ccid",
            "ccid",
            None,
            tr("Smartcard Controller"),
            tr("Room for readers of smartcards."),
        ),
        kind(
            "controller-pcie-root-port",
            "pci",
            Some("pcie-root-port"),
            tr("PCIe Port"),
            tr("A slot for a device that is plugged in while the machine runs."),
        ),
        kind(
            "controller-pcie-bridge",
            "pci",
            Some("pcie-to-pci-bridge"),
            tr("PCIe-to-PCI Bridge"),
            tr("Slots for old PCI devices in a machine with PCI Express."),
        ),
        kind(
            "controller-pci-bridge",
            "pci",
            Some("pci-bridge"),
            tr("PCI Bridge"),
            tr("More slots in a machine with PCI."),
        ),
    ]
}

pub(in crate::model::hardware::page::device) fn additions(context: &Context<'_>) -> Vec<Addition> {
    let types = context.facts.controller_types();
    kinds()
        .into_iter()
        .filter_map(|kind| {
            let known = types.iter().find(|choice| choice.value == kind.kind)?;
            let models = context.facts.controller_models(kind.kind);
            let model = kind.model;
            let fits = |wanted| models.iter().find(|choice: &&Choice| choice.value == wanted);
            // A bridge that the board has no use for is none to offer.
            let problem = match model {
                Some(model) => fits(model)?.problem.clone(),
                None => models.first().and_then(|first| first.problem.clone()),
            };
            let off = |domain: &Domain| {
                let document = domain.document();
                domain
                    .devices_of(crate::model::xml::domain::DeviceKind::Controller)
                    .find(|node| {
                        document.get(*node, controller::TYPE).as_deref() == Some("usb")
                            && document.get(*node, controller::MODEL).as_deref() == Some("none")
                    })
            };
            let name = kind.kind;
            let addition = Addition::new(kind.id, kind.title, "vireo-card-symbolic", move |domain, facts| {
                if name == "usb"
                    && let Some(none) = off(domain)
                {
                    domain.remove_device(none)?;
                }
                let models = facts.controller_models(name);
                let best = models.iter().find(|choice| choice.problem.is_none());
                let best = best.map(|choice| choice.value.clone());
                domain.add_controller(name, model.map(str::to_owned).or(best).as_deref())
            });
            Some(
                addition
                    .description(kind.description)
                    .problem(known.problem.clone().or(problem)),
            )
        })
        .collect()
}
