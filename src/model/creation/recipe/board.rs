//! Firmware, features, processor and clock.

use super::machine::is_emulated;
use super::page::Page;
use super::{Guest, Machine, pick};
use crate::model::creation::order::FirmwareWish;
use crate::model::facts::{Board, Family, HostFacts};
use crate::model::xml::escape;

/// Enlightenments that every Windows of these years gains from, by the elements' names; the rest of the element beside it.
const HYPERV: &[(&str, &str)] = &[
    ("relaxed", ""),
    ("vapic", ""),
    ("spinlocks", " retries='8191'"),
    ("vpindex", ""),
    ("runtime", ""),
    ("synic", ""),
    ("stimer", ""),
    ("frequencies", ""),
    ("tlbflush", ""),
    ("ipi", ""),
];

/// What starts the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Firmware {
    /// What the board has.
    Own,
    Efi,
    EfiSecure,
}

/// The firmware: what the user wants, else what system and board need and the host has.
pub(super) fn firmware(facts: &HostFacts, guest: &Guest, wish: FirmwareWish) -> Firmware {
    if !is_emulated(facts) {
        return Firmware::Own;
    }
    let efi = pick(&facts.firmwares(), &["efi"]).is_some();
    let secure = efi && facts.secure_boot_problem().is_none();
    match wish {
        FirmwareWish::Bios => Firmware::Own,
        FirmwareWish::Efi => Firmware::Efi,
        FirmwareWish::EfiSecure => Firmware::EfiSecure,
        FirmwareWish::Usual if guest.needs_secure && secure => Firmware::EfiSecure,
        FirmwareWish::Usual if guest.needs_efi && efi => Firmware::Efi,
        // Boards without a BIOS.
        FirmwareWish::Usual if efi && facts.board() == Board::Virt => Firmware::Efi,
        FirmwareWish::Usual => Firmware::Own,
    }
}

pub(super) fn write_os(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    let firmware = firmware(facts, guest, machine.firmware);
    let open = if firmware == Firmware::Own {
        "os"
    } else {
        "os firmware='efi'"
    };
    page.element(open, |page| {
        let mut kind = String::from("<type");
        for (name, value) in [("arch", &facts.kind.arch), ("machine", &facts.kind.machine)] {
            if let Some(value) = value {
                kind.push_str(&format!(" {name}='{}'", escape(value)));
            }
        }
        page.line(format!("{kind}>{}</type>", os_type(facts)));
        if firmware == Firmware::EfiSecure {
            page.element("firmware", |page| {
                page.line("<feature enabled='yes' name='enrolled-keys'/>");
                page.line("<feature enabled='yes' name='secure-boot'/>");
            });
        }
    });
}

/// What the guest runs on (`<type>`): Xen names its kinds of guests there.
fn os_type(facts: &HostFacts) -> &'static str {
    if facts.family() != Family::Xen {
        return "hvm";
    }
    match facts.kind.machine.as_deref() {
        Some("xenpv") => "linux",
        Some("xenpvh") => "xenpvh",
        _ => "hvm",
    }
}

pub(super) fn write_features(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    let board = facts.board();
    let efi = firmware(facts, guest, machine.firmware) != Firmware::Own;
    let paravirtual = facts.family() == Family::Xen && os_type(facts) != "hvm";
    let acpi = facts.kind.is_x86() && !paravirtual || board == Board::Virt && efi;
    if !acpi {
        return;
    }
    page.element("features", |page| {
        page.line("<acpi/>");
        if facts.kind.is_x86() {
            page.line("<apic/>");
        }
        if guest.windows {
            write_hyperv(page, facts);
        }
        if facts.kind.hypervisor == "kvm" && facts.kind.is_x86() {
            page.line("<vmport state='off'/>");
        }
    });
}

fn write_hyperv(page: &mut Page, facts: &HostFacts) {
    let choices = facts.hyperv_features();
    let has = |name: &&'static str| pick(&choices, &[*name]).is_some();
    let all: Vec<_> = HYPERV.iter().filter(|(name, _)| has(name)).collect();
    // Without KVM there is nobody to enlighten.
    if all.is_empty() || facts.kind.hypervisor != "kvm" || !facts.kind.is_x86() {
        return;
    }
    page.element("hyperv mode='custom'", |page| {
        for (name, rest) in all {
            page.line(format!("<{name} state='on'{rest}/>"));
        }
    });
}

pub(super) fn write_cpu(page: &mut Page, facts: &HostFacts) {
    // Without acceleration not every architecture knows a processor that can do everything.
    let unknown = facts.domain_capabilities.is_none() && facts.kind.hypervisor == "qemu";
    if !is_emulated(facts) || unknown {
        return;
    }
    let preferred: &[&str] = match facts.kind.hypervisor.as_str() {
        "kvm" | "hvf" | "nvmm" => &["host-passthrough", "host-model", "maximum"],
        _ => &["maximum", "host-model"],
    };
    match pick(&facts.cpu_modes(), preferred) {
        Some("host-passthrough") => page.line("<cpu mode='host-passthrough' check='none' migratable='on'/>"),
        Some("host-model") => page.line("<cpu mode='host-model' check='partial'/>"),
        Some("maximum") => page.line("<cpu mode='maximum' check='none' migratable='on'/>"),
        _ => {}
    }
}

pub(super) fn write_clock(page: &mut Page, facts: &HostFacts, guest: &Guest) {
    let offset = if guest.windows { "localtime" } else { "utc" };
    if !is_emulated(facts) || !facts.kind.is_x86() {
        page.line(format!("<clock offset='{offset}'/>"));
        return;
    }
    page.element(&format!("clock offset='{offset}'"), |page| {
        page.line("<timer name='rtc' tickpolicy='catchup'/>");
        page.line("<timer name='pit' tickpolicy='delay'/>");
        page.line("<timer name='hpet' present='no'/>");
        if guest.windows && facts.kind.hypervisor == "kvm" {
            page.line("<timer name='hypervclock' present='yes'/>");
        }
    });
}

/// Sleep of the guest, which loses it where nobody wakes it.
pub(super) fn write_sleep(page: &mut Page, facts: &HostFacts) {
    if is_emulated(facts) && facts.kind.is_x86() {
        page.element("pm", |page| {
            page.line("<suspend-to-mem enabled='no'/>");
            page.line("<suspend-to-disk enabled='no'/>");
        });
    }
}
