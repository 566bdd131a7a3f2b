//! The whole definition.

use super::page::Page;
use super::{Drive, Guest, board, container, device, drive};
use crate::model::creation::installation::Installation;
use crate::model::creation::order::{Container, FirmwareWish, NetworkWish};
use crate::model::facts::{Family, HostFacts};
use crate::model::os::Os;
use crate::model::xml::escape;

/// What a machine is made of, decided by the plan.
#[derive(Debug, Clone, Copy)]
pub(in crate::model::creation) struct Machine<'a> {
    pub(in crate::model::creation) name: &'a str,
    pub(in crate::model::creation) title: &'a str,
    pub(in crate::model::creation) os: Option<&'a Os>,
    /// Bytes.
    pub(in crate::model::creation) memory: u64,
    pub(in crate::model::creation) cpus: u32,
    pub(in crate::model::creation) firmware: FirmwareWish,
    pub(in crate::model::creation) tpm: Option<bool>,
    pub(in crate::model::creation) drives: &'a [Drive],
    pub(in crate::model::creation) network: &'a NetworkWish,
    /// Place of the network card in the order of booting.
    pub(in crate::model::creation) network_boot: Option<u32>,
    /// What is left to do after the installation.
    pub(in crate::model::creation) installation: Option<&'a Installation>,
    pub(in crate::model::creation) container: Option<&'a Container>,
}

/// The definition, and the targets of its drives in their order.
pub(in crate::model::creation) fn definition(facts: &HostFacts, machine: &Machine<'_>) -> (String, Vec<String>) {
    let guest = Guest::of(machine.os, &facts.kind);
    let mut page = Page::default();
    let mut targets = Vec::new();
    let hypervisor = match facts.kind.hypervisor.as_str() {
        "" => "qemu",
        other => other,
    };
    page.element(&format!("domain type='{}'", escape(hypervisor)), |page| {
        write_names(page, machine);
        page.line(format!("<memory unit='KiB'>{}</memory>", machine.memory / 1024));
        page.line(format!("<vcpu>{}</vcpu>", machine.cpus));
        if let Some(container) = machine.container {
            container::write_os(page, facts, container);
        } else {
            board::write_os(page, facts, &guest, machine);
            board::write_features(page, facts, &guest, machine);
            board::write_cpu(page, facts);
        }
        board::write_clock(page, facts, &guest);
        board::write_sleep(page, facts);
        page.element("devices", |page| {
            if let Some(emulator) = &facts.kind.emulator {
                page.line(format!("<emulator>{}</emulator>", escape(emulator)));
            }
            targets = drive::write(page, facts, &guest, machine.drives);
            if let Some(container) = machine.container {
                container::write_devices(page, container);
            }
            device::write(page, facts, &guest, machine);
        });
    });
    (page.finish(), targets)
}

fn write_names(page: &mut Page, machine: &Machine<'_>) {
    page.line(format!("<name>{}</name>", escape(machine.name)));
    if !machine.title.is_empty() {
        page.line(format!("<title>{}</title>", escape(machine.title)));
    }
    if machine.os.is_none() && machine.installation.is_none() {
        return;
    }
    page.element("metadata", |page| {
        if let Some(os) = machine.os {
            let open = "libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'";
            page.element(open, |page| {
                page.line(format!("<libosinfo:os id='{}'/>", escape(&os.id)))
            });
        }
        if let Some(installation) = machine.installation {
            for line in installation.to_xml().lines() {
                page.line(line);
            }
        }
    });
}

/// Whether a machine of these facts has a board with devices that QEMU plays.
pub(super) fn is_emulated(facts: &HostFacts) -> bool {
    facts.family() == Family::Qemu && facts.kind.hypervisor != "test"
}
