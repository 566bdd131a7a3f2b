//! What sits on the board: watchdog, random numbers, IOMMU, panic notifier and the like.

mod addition;
mod iommu;
mod rng;

pub(super) use addition::additions;

use super::common::drop_address;
use crate::i18n::tr;
use crate::model::hardware::page::{Form, Group, Page};
use crate::model::hardware::{PathKind, Row};
use crate::model::xml::NodeId;
use crate::model::xml::domain::DeviceKind;
use crate::model::xml::domain::fields::{crypto, hub, nvram, panic, pstore, watchdog};

/// The page of such a device.
pub(super) fn page(form: &Form<'_>, kind: DeviceKind) -> Page {
    let rows = match kind {
        DeviceKind::Watchdog => watchdog(form),
        DeviceKind::Rng => rng::rows(form),
        DeviceKind::Panic => panic(form),
        DeviceKind::Iommu => return iommu::page(form),
        DeviceKind::Crypto => crypto(form),
        DeviceKind::Pstore => pstore(form),
        DeviceKind::Nvram => nvram(form),
        DeviceKind::Hub => vec![form.fact("type", tr("Type"), form.says(hub::TYPE).to_uppercase())],
        _ => Vec::new(),
    };
    Page::new(vec![Group::new(String::new(), rows)])
}

fn watchdog(form: &Form<'_>) -> Vec<Row> {
    let facts = form.context.facts;
    vec![
        form.required_choice("model", tr("Model"), watchdog::MODEL, facts.watchdog_models())
            .help(
                tr("What the guest finds; a program in it has to tell the watchdog all the time that it is alive."),
                "<watchdog model='itco'/>",
            )
            .edit(|domain, node, value| {
                domain.document_mut().set_attribute(node, "model", value.text())?;
                drop_address(domain, node);
                Ok(())
            }),
        form.choice(
            "action",
            tr("When the guest hangs"),
            watchdog::ACTION,
            facts.watchdog_actions(),
        )
        .help(
            tr("What happens to the machine when nobody has told the watchdog in time."),
            "<watchdog model='itco' action='reset'/>",
        )
        // QEMU does one thing for all of them, and Q35 has one on board that libvirt writes down.
        .edit(|domain, _, value| {
            let all: Vec<NodeId> = domain.devices_of(DeviceKind::Watchdog).collect();
            for node in all {
                let action = value.some().map(str::to_owned);
                domain.document_mut().set(node, watchdog::ACTION, action)?;
            }
            Ok(())
        }),
    ]
}

fn panic(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.choice("model", tr("Model"), panic::MODEL, form.context.facts.panic_models())
            .help(
                tr("How a guest that crashes tells the host, which then does what is set for crashes."),
                "<panic model='isa'/>",
            )
            .edit(|domain, node, value| {
                let text = value.some().map(str::to_owned);
                domain.document_mut().set(node, panic::MODEL, text)?;
                drop_address(domain, node);
                Ok(())
            }),
    ]
}

fn crypto(form: &Form<'_>) -> Vec<Row> {
    let facts = form.context.facts;
    vec![
        form.required_choice("model", tr("Model"), crypto::MODEL, facts.crypto_models())
            .help(
                tr("The device that encrypts for the guest."),
                "<crypto model='virtio' type='qemu'/>",
            ),
        form.required_choice("backend", tr("Computed by"), crypto::BACKEND, facts.crypto_backends())
            .help(tr("Who does the work on the host."), "<backend model='builtin'/>"),
        form.number("queues", tr("Queues"), crypto::QUEUES, 1..=1024, "")
            .example("1")
            .help(
                tr("How many requests it works on side by side."),
                "<backend model='builtin' queues='1'/>",
            ),
    ]
}

fn pstore(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.path("path", tr("File"), pstore::PATH, PathKind::File)
            .example("/var/lib/libvirt/crash.bin")
            .help(
                tr("The file that keeps what a crashing guest has said; without one libvirt makes it."),
                "<path>/var/lib/libvirt/crash.bin</path>",
            ),
        form.size("size", tr("Size"), pstore::SIZE, 4 << 10..=64 << 20)
            .example("65536")
            .help(tr("How much it keeps."), "<size unit='KiB'>64</size>"),
    ]
}

fn nvram(form: &Form<'_>) -> Vec<Row> {
    vec![
        form.text("register", tr("Register"), nvram::REGISTER)
            .example("0x3000")
            .help(
                tr("Where the guest finds the memory that keeps the firmware's settings."),
                "<address type='spapr-vio' reg='0x3000'/>",
            )
            .edit(|domain, node, value| {
                let document = domain.document_mut();
                let text = value.some().map(str::to_owned);
                if text.is_none() {
                    domain.remove_children(node, "address");
                    return Ok(());
                }
                document.set(
                    node,
                    crate::model::xml::domain::fields::device::ADDRESS_TYPE,
                    Some("spapr-vio".to_owned()),
                )?;
                document.set(node, nvram::REGISTER, text)
            }),
    ]
}

#[cfg(test)]
mod tests;
