//! What of a machine from elsewhere is left out here, in sentences.

use super::Foreign;
use crate::i18n::{tr, tr_f, tr_n};

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
        tell(
            self.tpm,
            tr("What its TPM holds is left out: a disk that is encrypted with it asks for its recovery key."),
        );
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

/// What of a definition of another host is left out, by the names of the elements that went.
pub(super) fn of_bundle(gone: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = Vec::new();
    for name in gone {
        match name.as_str() {
            "hostdev" => all.push(tr("The devices of the other host that it used are left out.")),
            "filesystem" => all.push(tr("The folders that it shared with the other host are left out.")),
            "nvram" => all.push(tr(
                "The settings of its firmware, such as its boot entries, are left out.",
            )),
            name => rest.push(name),
        }
    }
    if !rest.is_empty() {
        all.push(tr_f(
            "Settings that are about the other host are left out: {names}.",
            &[("names", &rest.join(", "))],
        ));
    }
    all
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
            "Windows gets no virtio drivers, only the slower devices that it knows by itself: to have them put in, convert the file with virt-v2v first.",
        ),
        (Foreign::Vmware, true) => tr(
            "The guest was installed for VMware’s devices and gets no other drivers: if it does not start, convert the file with virt-v2v first.",
        ),
    }
}
