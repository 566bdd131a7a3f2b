//! What of a machine from elsewhere is left out here, in sentences.

use super::Foreign;
use super::trust::Sifted;
use crate::i18n::{tr, tr_f, tr_n};
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, Domain};

/// What a description names and no import brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extras {
    pub(super) sound: bool,
    pub(super) usb: bool,
    pub(super) ports: bool,
    pub(super) drives: bool,
    pub(super) snapshots: bool,
    pub(super) tpm: bool,
    /// How many network cards.
    pub(super) nics: usize,
}

impl Extras {
    /// Whole sentences.
    pub(super) fn sentences(self) -> Vec<String> {
        let mut all = Vec::new();
        let mut tell = |is_there: bool, text: String| {
            if is_there {
                all.push(text);
            }
        };
        tell(
            self.snapshots,
            tr("Its snapshots are left out: the disks are as they were at the export."),
        );
        tell(self.tpm, tpm());
        tell(
            self.nics > 1,
            tr_n(
                "Its {n} network card has a new hardware address.",
                "Its {n} network cards are all connected to the same network, with new hardware addresses.",
                self.nics,
                &[],
            ),
        );
        tell(
            self.sound,
            tr("Its sound card is left out; one can be added afterwards."),
        );
        tell(
            self.usb,
            tr("Its USB controllers, and what is connected to them, are left out."),
        );
        tell(self.ports, tr("Its serial and parallel ports are left out."));
        tell(self.drives, tr("Its CD and floppy drives are left out."));
        all
    }
}

/// What of a definition of another host is left out or is not as it was there.
pub(super) fn of_bundle(domain: &Domain, sifted: &Sifted) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = Vec::new();
    for name in &sifted.gone {
        match name.as_str() {
            "hostdev" => all.push(tr("The devices of the other host that it used are left out.")),
            "filesystem" => all.push(tr("The folders that it shared with the other host are left out.")),
            "nvram" => all.push(tr(
                "The settings of its firmware, such as its boot entries, are left out.",
            )),
            name => rest.push(name),
        }
    }
    if !sifted.cards.is_empty() {
        all.push(tr_n(
            "{n} network card was connected to a device of the other host: it is connected to the network that is chosen here.",
            "{n} network cards were connected to devices of the other host: they are connected to the network that is chosen here.",
            sifted.cards.len(),
            &[],
        ));
    }
    if has_tpm(domain) {
        all.push(tpm());
    }
    if !rest.is_empty() {
        all.push(tr_f(
            "Settings that are about the other host are left out: {names}.",
            &[("names", &rest.join(", "))],
        ));
    }
    all
}

/// What no bundle of a machine takes along. `is_saved`: its memory is saved; `unread`: why the settings of its firmware can't be read.
#[must_use]
pub fn of_export(domain: &Domain, is_saved: bool, unread: Option<&str>) -> Vec<String> {
    let document = domain.document();
    let mut all = Vec::new();
    if is_saved {
        all.push(tr(
            "Its saved memory is left out: the copy starts as after a power cut.",
        ));
    }
    if has_tpm(domain) {
        all.push(tpm());
    }
    if let Some(reason) = unread {
        all.push(tr_f(
            "The settings of its firmware, such as its boot entries, are left out: {reason}",
            &[("reason", reason)],
        ));
    }
    if domain.devices_of(DeviceKind::Hostdev).next().is_some() {
        all.push(tr("The devices of the host that it uses are left out."));
    }
    if domain.devices_of(DeviceKind::Filesystem).next().is_some() {
        all.push(tr("The folders that it shares with the host are left out."));
    }
    let media = domain.devices_of(DeviceKind::Disk).any(|node| {
        let device = document.get(node, disk::DEVICE);
        let is_medium = device.is_some_and(|device| matches!(device.as_str(), "cdrom" | "floppy"));
        is_medium && document.child(node, "source").is_some()
    });
    if media {
        all.push(tr("The media in its drives are left out."));
    }
    all
}

fn has_tpm(domain: &Domain) -> bool {
    domain.devices_of(DeviceKind::Tpm).next().is_some()
}

fn tpm() -> String {
    tr("What its TPM holds is left out: a disk that is encrypted with it asks for its recovery key.")
}

/// That a guest gets no drivers, and what could give it some; `is_here` where virt-v2v is installed on this computer.
#[must_use]
pub fn drivers(foreign: Foreign, is_here: bool) -> String {
    match (foreign, is_here) {
        (Foreign::Windows, false) => tr(
            "Windows gets no virtio drivers, only the slower devices that it knows by itself: the program virt-v2v, from the package of that name, puts them in, but is not installed on this computer.",
        ),
        (Foreign::Vmware, false) => tr(
            "The guest was installed for VMware’s devices and gets no other drivers: the program virt-v2v, from the package of that name, puts them in, but is not installed on this computer.",
        ),
        (Foreign::Windows, true) => tr(
            "Windows gets no virtio drivers, only the slower devices that it knows by itself, unless it is converted with virt-v2v.",
        ),
        (Foreign::Vmware, true) => tr(
            "The guest was installed for VMware’s devices and gets no other drivers, unless it is converted with virt-v2v.",
        ),
    }
}
