//! Serial ports, consoles, channels.

use super::{Board, Choice, Family, HostFacts, choices, explain};
use crate::i18n::tr;

impl HostFacts {
    /// The host's end of serial ports, consoles and channels (`type` of their elements).
    #[must_use]
    pub fn character_backends(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Container => &["pty"],
            Family::Bhyve => &["nmdm", "tcp"],
            _ => &[
                "pty",
                "unix",
                "tcp",
                "udp",
                "file",
                "dev",
                "pipe",
                "null",
                "stdio",
                "vc",
                "dbus",
                "spicevmc",
                "spiceport",
            ],
        };
        choices(known, backend_name)
    }

    /// The host's end of channels (`type` of `<channel>`).
    #[must_use]
    pub fn channel_types(&self) -> Vec<Choice> {
        let known = &["unix", "spicevmc", "qemu-vdagent", "pty", "dbus", "spiceport"];
        let all = self.ask("devices/channel", "type", known, backend_name);
        let mut all = explain(all, |value| match value {
            "spicevmc" | "spiceport" => Some(tr("The host's QEMU is built without SPICE.")),
            "qemu-vdagent" => Some(tr("The host's QEMU has no agent for the clipboard of VNC.")),
            _ => None,
        });
        // The capabilities never name the ports of SPICE, which are there where its agent is.
        let has_spice = all
            .iter()
            .any(|choice| choice.value == "spicevmc" && choice.is_usable());
        for port in all.iter_mut().filter(|choice| choice.value == "spiceport" && has_spice) {
            port.problem = None;
        }
        all
    }

    /// Kinds of serial ports (`type` of a serial port's `<target>`).
    #[must_use]
    pub fn serial_types(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390) => &["sclp-serial"],
            (Family::Qemu, Board::Pseries) => &["spapr-vio-serial", "pci-serial", "usb-serial"],
            (Family::Qemu, Board::Virt) => &["system-serial", "pci-serial", "usb-serial"],
            (Family::Qemu, Board::Isapc | Board::Microvm) => &["isa-serial", "isa-debug"],
            (Family::Qemu, _) if self.kind.is_x86() => &["isa-serial", "pci-serial", "usb-serial", "isa-debug"],
            _ => return Vec::new(),
        };
        choices(known, |value| match value {
            "isa-serial" => tr("Serial port of a PC"),
            "pci-serial" => tr("Serial card (PCI)"),
            "usb-serial" => tr("USB serial adapter"),
            "isa-debug" => tr("Debug port of a firmware"),
            "system-serial" => tr("The board's own"),
            "spapr-vio-serial" => tr("Virtual serial port (Power)"),
            "sclp-serial" => tr("Operator console (IBM Z)"),
            other => other.to_owned(),
        })
    }

    /// Kinds of consoles (`type` of a console's `<target>`).
    #[must_use]
    pub fn console_types(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390) => &["sclp", "sclplm", "virtio"],
            (Family::Qemu, board) if !board.has_pci() => &["serial"],
            (Family::Qemu, _) => &["serial", "virtio"],
            (Family::Xen, _) => &["xen", "serial"],
            (Family::Container, _) => &["lxc"],
            _ => &["serial"],
        };
        choices(known, |value| match value {
            "serial" => tr("The first serial port"),
            "virtio" => "VirtIO".to_owned(),
            "xen" => "Xen".to_owned(),
            "lxc" => "LXC".to_owned(),
            other => other.to_owned(),
        })
    }
}

fn backend_name(value: &str) -> String {
    match value {
        "pty" => tr("Terminal that Vireo opens (pty)"),
        "unix" => tr("Socket of the host"),
        "tcp" => "TCP".to_owned(),
        "udp" => "UDP".to_owned(),
        "file" => tr("A file"),
        "dev" => tr("Device of the host"),
        "pipe" => tr("Named pipe"),
        "null" => tr("Nothing"),
        "stdio" => tr("Output of the emulator"),
        "vc" => tr("Text screen of the viewer"),
        "nmdm" => tr("Null modem"),
        "dbus" => tr("The viewer, through D-Bus"),
        "spicevmc" => tr("The viewer, through SPICE"),
        "spiceport" => tr("Named port of SPICE"),
        "qemu-vdagent" => tr("Clipboard of VNC"),
        other => other.to_owned(),
    }
}
