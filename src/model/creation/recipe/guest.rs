//! What an operating system has drivers for and needs of its board.

use crate::model::facts::GuestKind;
use crate::model::os::Os;

/// Identities of devices in the database, by PCI or USB numbers: the older and the newer form of each.
const NET: &[&str] = &["pci/1af4/1000", "pci/1af4/1041"];
const BLOCK: &[&str] = &["pci/1af4/1001", "pci/1af4/1042"];
const SCSI: &[&str] = &["pci/1af4/1004", "pci/1af4/1048"];
const CONSOLE: &[&str] = &["pci/1af4/1003", "pci/1af4/1043"];
const RNG: &[&str] = &["pci/1af4/1005", "pci/1af4/1044"];
const BALLOON: &[&str] = &["pci/1af4/1002", "pci/1af4/1045"];
const GPU: &[&str] = &["pci/1af4/1050"];
const TABLET: &[&str] = &["usb/80ee/0021", "usb/0627/0001"];
const E1000E: &[&str] = &["pci/8086/10d3"];
const E1000: &[&str] = &["pci/8086/100e"];

/// Systems that need more of their board than the database tells, by the beginning of their short identity.
const DEMANDS: &[(&str, Demand)] = &[
    (
        "win11",
        Demand {
            secure: true,
            tpm: true,
        },
    ),
    (
        "win2k25",
        Demand {
            secure: true,
            tpm: true,
        },
    ),
    (
        "win2k22",
        Demand {
            secure: true,
            tpm: false,
        },
    ),
];

#[derive(Debug, Clone, Copy)]
struct Demand {
    secure: bool,
    tpm: bool,
}

/// What a guest is and can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a driver of its own")]
pub(in crate::model::creation) struct Guest {
    /// It is Windows.
    pub(super) windows: bool,
    /// It has drivers for paravirtual disks.
    pub(super) block: bool,
    /// … for paravirtual SCSI controllers.
    pub(super) scsi: bool,
    /// … for paravirtual network cards.
    pub(super) net: bool,
    /// … for paravirtual serial ports, which agents speak through.
    pub(super) console: bool,
    /// … for the paravirtual source of random numbers.
    pub(super) rng: bool,
    /// … for the memory balloon.
    pub(super) balloon: bool,
    /// … for the paravirtual graphics card.
    pub(super) gpu: bool,
    /// … for a tablet at USB.
    pub(super) tablet: bool,
    /// The network card that it has a driver for where it has none for a paravirtual one.
    pub(super) card: &'static str,
    /// It boots with UEFI only.
    pub(super) needs_efi: bool,
    /// It wants Secure Boot.
    pub(super) needs_secure: bool,
    /// It wants a TPM 2.0.
    pub(super) needs_tpm: bool,
}

impl Guest {
    /// It boots with UEFI only.
    pub(in crate::model::creation) fn wants_efi(&self) -> bool {
        self.needs_efi
    }

    /// It wants Secure Boot.
    pub(in crate::model::creation) fn wants_secure_boot(&self) -> bool {
        self.needs_secure
    }

    /// It wants a TPM 2.0.
    pub(in crate::model::creation) fn wants_tpm(&self) -> bool {
        self.needs_tpm
    }

    /// What is known of a system. One that is not known is taken for a Linux of these years, which drives everything: Windows
    /// is recognised by its media.
    pub(in crate::model::creation) fn of(os: Option<&Os>, kind: &GuestKind) -> Self {
        let windows = os.is_some_and(|os| os.family.starts_with("win"));
        let drives = |ids: &[&str]| match os {
            None => true,
            Some(os) if os.devices.is_empty() => !windows && os.family != "msdos",
            Some(os) => has(os, ids),
        };
        let arch = kind.arch.as_deref().unwrap_or("x86_64");
        let firmware = |name: &str| {
            let all = os.into_iter().flat_map(|os| &os.firmware);
            let mut fits =
                all.filter(move |one| one.kind == name && matches!(one.arch.as_str(), "all") | (one.arch == arch));
            fits.next().map(|one| one.supported)
        };
        let demand = os.and_then(|os| DEMANDS.iter().find(|(id, _)| os.short_id.starts_with(id)));
        let secure = demand.is_some_and(|(_, demand)| demand.secure);
        let modern = os.is_none_or(|os| os.released.as_deref().is_none_or(|released| released >= "2009"));
        Self {
            windows,
            block: drives(BLOCK),
            scsi: drives(SCSI),
            net: drives(NET),
            console: drives(CONSOLE),
            rng: drives(RNG),
            balloon: drives(BALLOON),
            gpu: drives(GPU) || (!windows && modern),
            tablet: windows || drives(TABLET) || modern,
            card: match os {
                Some(os) if has(os, E1000E) => "e1000e",
                Some(os) if has(os, E1000) => "e1000",
                _ if modern => "e1000e",
                _ => "rtl8139",
            },
            needs_efi: firmware("bios") == Some(false) || secure,
            needs_secure: secure || firmware("efi-secure") == Some(true) && firmware("bios") == Some(false),
            needs_tpm: demand.is_some_and(|(_, demand)| demand.tpm),
        }
    }
}

fn has(os: &Os, ids: &[&str]) -> bool {
    os.devices
        .iter()
        .any(|device| ids.iter().any(|id| device.ends_with(id)))
}
