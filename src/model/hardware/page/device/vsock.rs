//! A socket between host and guest.

use crate::i18n::tr;
use crate::model::facts::Family;
use crate::model::hardware::page::form::when;
use crate::model::hardware::page::{Context, Form, Group, Page};
use crate::model::hardware::{Addition, Control, Edit, Row};
use crate::model::xml::domain::DeviceKind;
use crate::model::xml::domain::fields::vsock;

pub(super) fn page(form: &Form<'_>) -> Page {
    let automatic = form
        .switch("auto", tr("Choose the number at the start"), vsock::CID_AUTO, false)
        .edit(|domain, node, value| {
            let document = domain.document_mut();
            document.set(node, vsock::CID_AUTO, Some(value.is_on()))?;
            match value.is_on() {
                true => document.set(node, vsock::CID, None),
                false if document.get(node, vsock::CID).is_none() => document.set(node, vsock::CID, Some(3)),
                false => Ok(()),
            }
        })
        .help(
            tr("libvirt gives the machine a number that no other machine on the host has."),
            "<cid auto='yes'/>",
        );
    let is_auto = automatic.value.is_on();
    let number = Row::new(
        "cid",
        tr("Number"),
        Control::Number {
            min: 3,
            max: u64::from(u32::MAX) - 1,
            required: true,
            unit: "",
        },
        form.value(vsock::CID),
        Edit::Field(vsock::CID.raw()),
    )
    .example("42")
    .help(
        tr("The number by which programs on the host reach the guest. No two running machines of a host can have the same one."),
        "<cid auto='no' address='42'/>",
    );
    let model = form
        .choice("model", tr("Model"), vsock::MODEL, form.context.facts.vsock_models())
        .help(
            tr("Which versions of VirtIO the card speaks: old guests know only the old one."),
            "<vsock model='virtio'>",
        );
    let now = form.context.live.and_then(|live| {
        let node = live.devices_of(DeviceKind::Vsock).next()?;
        live.document().get(node, vsock::CID)
    });
    let now = now
        .filter(|_| is_auto)
        .map(|number: u64| form.fact("cid-now", tr("Number of the running machine"), number.to_string()));
    let rows = [Some(automatic), when(!is_auto, number), now, Some(model)];
    Page::new(vec![Group::new(String::new(), rows.into_iter().flatten().collect())])
}

pub(super) fn additions(context: &Context<'_>) -> Vec<Addition> {
    if context.facts.family() != Family::Qemu {
        return Vec::new();
    }
    let has_one = context.domain.devices_of(DeviceKind::Vsock).next().is_some();
    let usable = context
        .facts
        .vsock_models()
        .into_iter()
        .find(|model| model.value == "virtio");
    let problem = has_one
        .then(|| tr("A machine can have only one."))
        .or_else(|| usable.and_then(|model| model.problem));
    vec![
        Addition::new(
            "vsock",
            tr("VSOCK"),
            "network-transmit-receive-symbolic",
            |domain, _| domain.add_device("<vsock model='virtio'>\n  <cid auto='yes'/>\n</vsock>"),
        )
        .description(tr(
            "A socket through which programs of host and guest talk without a network.",
        ))
        .problem(problem),
    ]
}
