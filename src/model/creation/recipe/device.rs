//! Devices beside disks.

use super::machine::is_emulated;
use super::page::Page;
use super::{Guest, Machine, drive, pick};
use crate::model::creation::order::NetworkWish;
use crate::model::facts::{Board, Family, HostFacts};
use crate::model::xml::escape;

/// PCI Express devices are plugged into ports of their own while the machine runs; without free ports none can be.
const ROOT_PORTS: usize = 14;

pub(super) fn write(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    if is_emulated(facts) {
        write_controllers(page, facts, guest, machine);
    }
    write_network(page, facts, guest, machine);
    if facts.is_container() {
        page.line("<console type='pty'/>");
        return;
    }
    page.line("<console type='pty'/>");
    if !is_emulated(facts) {
        if facts.family() == Family::Xen && pick(&facts.graphics_types(), &["vnc"]).is_some() {
            page.line("<graphics type='vnc' port='-1' autoport='yes'/>");
        }
        return;
    }
    let board = facts.board();
    let screen = screen(facts);
    if guest.console && board != Board::Isapc {
        page.element("channel type='unix'", |page| {
            page.line("<target type='virtio' name='org.qemu.guest_agent.0'/>");
        });
    }
    write_input(page, facts, guest, screen);
    write_screen(page, facts, guest, screen);
    write_board(page, facts, guest, machine);
}

fn write_controllers(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    let board = facts.board();
    if board.has_pcie() {
        page.line("<controller type='pci' model='pcie-root'/>");
        for _ in 0..ROOT_PORTS {
            page.line("<controller type='pci' model='pcie-root-port'/>");
        }
    }
    if matches!(board, Board::Q35 | Board::Virt | Board::Pseries)
        && pick(&facts.controller_models("usb"), &["qemu-xhci"]).is_some()
    {
        page.line("<controller type='usb' model='qemu-xhci' ports='15'/>");
    }
    let scsi = |device: &str| drive::bus(facts, guest, device) == "scsi";
    if machine.drives.iter().any(|drive| scsi(drive.device))
        && pick(&facts.controller_models("scsi"), &["virtio-scsi"]).is_some()
    {
        page.line("<controller type='scsi' model='virtio-scsi'/>");
    }
}

/// The network that a machine gets where the user has not said: the default one, else any that runs, else a bridge, else what
/// needs no rights.
#[must_use]
pub fn usual_network(facts: &HostFacts) -> NetworkWish {
    let networks = || facts.networks.iter().flat_map(|all| all.iter());
    let default = networks().find(|network| network.name == "default");
    let running = networks().find(|network| network.active);
    if let Some(network) = default.or(running) {
        return NetworkWish::Network(network.name.clone());
    }
    if let Some(bridge) = facts.bridges().into_iter().find(|choice| choice.is_usable()) {
        return NetworkWish::Bridge(bridge.value);
    }
    match pick(&facts.nic_sources(), &["user"]) {
        Some(_) => NetworkWish::User,
        None => NetworkWish::None,
    }
}

fn write_network(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    let usual = usual_network(facts);
    let wish = match machine.network {
        NetworkWish::Usual => &usual,
        other => other,
    };
    let (kind, source) = match wish {
        NetworkWish::None | NetworkWish::Usual => return,
        NetworkWish::Network(name) => ("network", Some(format!("<source network='{}'/>", escape(name)))),
        NetworkWish::Bridge(name) => ("bridge", Some(format!("<source bridge='{}'/>", escape(name)))),
        NetworkWish::Direct(name) => (
            "direct",
            Some(format!("<source dev='{}' mode='bridge'/>", escape(name))),
        ),
        NetworkWish::User => ("user", None),
    };
    page.element(&format!("interface type='{kind}'"), |page| {
        if let Some(source) = source {
            page.line(source);
        }
        let preferred: &[&'static str] = if guest.net {
            &["virtio", "e1000e", "e1000", "rtl8139"]
        } else {
            &[guest.card, "e1000e", "e1000", "rtl8139"]
        };
        let models = facts.nic_models();
        let model = match preferred.first() {
            Some(first) if pick(&models, &[*first]).is_some() => Some(*first),
            _ => pick(&models, preferred),
        };
        if let Some(model) = model.filter(|_| is_emulated(facts)) {
            page.line(format!("<model type='{model}'/>"));
        }
        if let Some(place) = machine.network_boot {
            page.line(format!("<boot order='{place}'/>"));
        }
    });
}

/// How the screen is seen: SPICE where it is, since it carries clipboard, sound and USB; VNC is everywhere.
fn screen(facts: &HostFacts) -> Option<&'static str> {
    if facts.board() == Board::S390 {
        // Its guests speak over the console.
        return None;
    }
    pick(&facts.graphics_types(), &["spice", "vnc"])
}

fn write_input(page: &mut Page, facts: &HostFacts, guest: &Guest, screen: Option<&str>) {
    if screen.is_none() {
        return;
    }
    let usb = pick(&facts.input_buses("tablet"), &["usb"]).is_some();
    if guest.tablet && usb {
        page.line("<input type='tablet' bus='usb'/>");
    }
    // PCs have a keyboard of their own.
    if !facts.kind.is_x86() && pick(&facts.input_buses("keyboard"), &["usb"]).is_some() {
        page.line("<input type='keyboard' bus='usb'/>");
    }
}

fn write_screen(page: &mut Page, facts: &HostFacts, guest: &Guest, screen: Option<&str>) {
    let Some(screen) = screen else { return };
    let spice = screen == "spice";
    if spice {
        if guest.console {
            page.element("channel type='spicevmc'", |page| {
                page.line("<target type='virtio' name='com.redhat.spice.0'/>");
            });
        }
        page.element("graphics type='spice' autoport='yes'", |page| {
            page.line("<image compression='off'/>");
        });
    } else {
        page.line(format!("<graphics type='{screen}' port='-1' autoport='yes'/>"));
    }
    let sounds: &[&'static str] = match facts.board() {
        Board::Q35 => &["ich9", "ich6"],
        Board::I440fx => &["ich6", "ac97"],
        _ => &[],
    };
    if let Some(model) = pick(&facts.sound_models(), sounds) {
        page.line(format!("<sound model='{model}'/>"));
    }
    let cards: &[&'static str] = match (facts.board(), guest.gpu, spice) {
        (Board::Virt, ..) => &["virtio", "ramfb"],
        (Board::Pseries, ..) => &["vga", "virtio"],
        (_, true, _) => &["virtio", "qxl", "vga"],
        (_, false, true) => &["qxl", "vga"],
        (_, false, false) => &["vga", "bochs"],
    };
    if let Some(model) = pick(&facts.video_models(), cards) {
        page.element("video", |page| page.line(format!("<model type='{model}'/>")));
    }
    if spice && facts.board() != Board::S390 {
        for _ in 0..2 {
            page.line("<redirdev bus='usb' type='spicevmc'/>");
        }
    }
}

fn write_board(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    write_tpm(page, facts, guest, machine);
    if guest.balloon && pick(&facts.balloon_models(), &["virtio"]).is_some() {
        // QEMU 5.1.
        let reporting = if version(facts).is_some_and(|version| version >= (5, 1)) {
            " freePageReporting='on'"
        } else {
            ""
        };
        page.line(format!("<memballoon model='virtio'{reporting}/>"));
    }
    if guest.rng && pick(&facts.rng_models(), &["virtio"]).is_some() {
        let backend = match pick(&facts.rng_backends(), &["random", "builtin"]) {
            Some("builtin") => "<backend model='builtin'/>",
            _ => "<backend model='random'>/dev/urandom</backend>",
        };
        page.element("rng model='virtio'", |page| page.line(backend));
    }
    // Windows and Linux of these years have drivers for the one on the board; a card would take a slot.
    if let Some(model) = pick(&facts.panic_models(), &["isa", "pseries", "s390"]) {
        match model {
            "isa" => page.element("panic model='isa'", |page| {
                page.line("<address type='isa' iobase='0x505'/>");
            }),
            model => page.line(format!("<panic model='{model}'/>")),
        }
    }
}

fn write_tpm(page: &mut Page, facts: &HostFacts, guest: &Guest, machine: &Machine<'_>) {
    let wanted = machine.tpm.unwrap_or(guest.needs_tpm);
    if !wanted {
        return;
    }
    let model = pick(&facts.tpm_models(), &["tpm-crb", "tpm-tis", "tpm-spapr"]);
    let emulated = pick(&facts.tpm_backends(), &["emulator"]).is_some();
    // Asked for in so many words it is written all the same: libvirt says why not.
    let model = match (model, emulated) {
        (Some(model), true) => model,
        _ if machine.tpm == Some(true) => "tpm-crb",
        _ => return,
    };
    page.element(&format!("tpm model='{model}'"), |page| {
        page.line("<backend type='emulator' version='2.0'/>");
    });
}

/// The release of QEMU, by the machine type that short names stand for: `pc-q35-10.0`.
fn version(facts: &HostFacts) -> Option<(u32, u32)> {
    use crate::model::xml::object::domain_capabilities::MACHINE;
    let named = facts.domain_capabilities.as_ref().and_then(|caps| caps.get(MACHINE))?;
    let number = named.rsplit('-').next()?;
    let (major, minor) = number.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
