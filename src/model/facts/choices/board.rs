//! What sits on the board: TPM, random numbers, watchdog, panic, IOMMU, inputs and the like.

use super::{Answer, Board, Choice, Family, HostFacts, VIRTIO, choices, explain, forbid, virtio_model};
use crate::i18n::tr;

impl HostFacts {
    /// Models of a TPM.
    #[must_use]
    pub fn tpm_models(&self) -> Vec<Choice> {
        let known: &[&str] = match self.board() {
            Board::Pseries => &["tpm-spapr", "spapr-tpm-proxy"],
            _ if self.kind.is_arm() => &["tpm-tis"],
            _ => &["tpm-crb", "tpm-tis"],
        };
        let all = self.ask("devices/tpm", "model", known, |value| match value {
            "tpm-crb" => "CRB".to_owned(),
            "tpm-tis" => "TIS".to_owned(),
            "tpm-spapr" => "SPAPR".to_owned(),
            "spapr-tpm-proxy" => tr("Proxy to the host's TPM"),
            other => other.to_owned(),
        });
        forbid(all, |_| (self.board() == Board::S390).then(|| self.not_possible()))
    }

    /// Who plays the TPM (`type` of its `<backend>`).
    #[must_use]
    pub fn tpm_backends(&self) -> Vec<Choice> {
        let known = &["emulator", "passthrough", "external"];
        let all = self.ask("devices/tpm", "backendModel", known, |value| match value {
            "emulator" => tr("Emulated (swtpm)"),
            "passthrough" => tr("The host's TPM"),
            "external" => tr("A TPM that runs already, by its socket"),
            other => other.to_owned(),
        });
        explain(all, |value| {
            (value == "emulator").then(|| tr("The program swtpm is not installed on the host."))
        })
    }

    /// Versions of an emulated TPM (`version` of its `<backend>`).
    #[must_use]
    pub fn tpm_versions(&self) -> Vec<Choice> {
        self.ask("devices/tpm", "backendVersion", &["2.0", "1.2"], str::to_owned)
    }

    /// Models of a source of random numbers.
    #[must_use]
    pub fn rng_models(&self) -> Vec<Choice> {
        self.card(self.ask("devices/rng", "model", VIRTIO, virtio_model), &[])
    }

    /// Where random numbers come from (`model` of the `<backend>`).
    #[must_use]
    pub fn rng_backends(&self) -> Vec<Choice> {
        self.ask(
            "devices/rng",
            "backendModel",
            &["random", "builtin", "egd"],
            |value| match value {
                "random" => tr("A device of the host, such as /dev/urandom"),
                "builtin" => tr("The hypervisor itself"),
                "egd" => tr("A daemon (EGD)"),
                other => other.to_owned(),
            },
        )
    }

    /// Models of a watchdog.
    #[must_use]
    pub fn watchdog_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390) => &["diag288"],
            (Family::Qemu, Board::Q35) => &["itco", "i6300esb", "ib700"],
            (Family::Qemu, Board::I440fx) => &["i6300esb", "ib700", "itco"],
            (Family::Qemu, Board::Isapc | Board::Microvm) => &["ib700"],
            (Family::Qemu, _) => &["i6300esb"],
            _ => return Vec::new(),
        };
        let all = choices(known, |value| match value {
            "i6300esb" => "Intel 6300ESB".to_owned(),
            "ib700" => "iBASE 700".to_owned(),
            "itco" => "Intel iTCO".to_owned(),
            "diag288" => "diag288".to_owned(),
            other => other.to_owned(),
        });
        forbid(all, |value| match (value, self.board()) {
            ("itco", Board::I440fx) => Some(tr("Only machines of type q35 have it.")),
            ("ib700", Board::Q35 | Board::Isapc | Board::Microvm) => Some(self.not_possible()),
            _ => None,
        })
    }

    /// What a watchdog does.
    #[must_use]
    pub fn watchdog_actions(&self) -> Vec<Choice> {
        let known = &["reset", "shutdown", "poweroff", "pause", "dump", "inject-nmi", "none"];
        choices(known, |value| match value {
            "reset" => tr("Reset"),
            "shutdown" => tr("Shut down"),
            "poweroff" => tr("Force Off"),
            "pause" => tr("Pause"),
            "dump" => tr("Write a core dump and reset"),
            "inject-nmi" => tr("Send a non-maskable interrupt"),
            "none" => tr("Nothing"),
            other => other.to_owned(),
        })
    }

    /// Models of the device that tells the host of a crash.
    #[must_use]
    pub fn panic_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::S390) => &["s390"],
            (Family::Qemu, Board::Pseries) => &["pseries"],
            (Family::Qemu, _) if self.kind.is_x86() => &["isa", "pvpanic", "hyperv"],
            (Family::Qemu, _) => &["pvpanic"],
            _ => return Vec::new(),
        };
        let all = self.ask("devices/panic", "model", known, |value| match value {
            "isa" => tr("pvpanic, on the board"),
            "pvpanic" => tr("pvpanic, as a card"),
            "hyperv" => "Hyper-V".to_owned(),
            "pseries" => "pSeries".to_owned(),
            "s390" => "IBM Z".to_owned(),
            other => other.to_owned(),
        });
        forbid(all, |value| {
            let lacks = value == "pvpanic" && !self.board().has_pci();
            lacks.then(|| self.not_possible())
        })
    }

    /// Models of an IOMMU.
    #[must_use]
    pub fn iommu_models(&self) -> Vec<Choice> {
        let known: &[&str] = match (self.family(), self.board()) {
            (Family::Qemu, Board::Q35) => &["intel", "virtio"],
            (Family::Qemu, Board::Virt) if self.kind.is_arm() => &["smmuv3", "virtio"],
            (Family::Qemu, Board::I440fx) => &["virtio", "intel"],
            _ => return Vec::new(),
        };
        let all = choices(known, |value| match value {
            "intel" => "Intel VT-d".to_owned(),
            "smmuv3" => "ARM SMMUv3".to_owned(),
            other => virtio_model(other),
        });
        forbid(all, |_| {
            let lacks = self.board() == Board::I440fx;
            lacks.then(|| tr("Only machines of type q35 have it."))
        })
    }

    /// Kinds of inputs (`type` of `<input>`).
    #[must_use]
    pub fn input_types(&self) -> Vec<Choice> {
        let known: &[&str] = match self.family() {
            Family::Qemu => &["tablet", "mouse", "keyboard", "passthrough", "evdev"],
            Family::Container => &[],
            _ => &["tablet", "mouse", "keyboard"],
        };
        choices(known, |value| match value {
            "tablet" => tr("Tablet"),
            "mouse" => tr("Mouse"),
            "keyboard" => tr("Keyboard"),
            "passthrough" => tr("Device of the host, given to the guest"),
            "evdev" => tr("Device of the host, shared with the guest"),
            other => other.to_owned(),
        })
    }

    /// Buses for a kind of input.
    #[must_use]
    pub fn input_buses(&self, kind: &str) -> Vec<Choice> {
        let known: &[&str] = match (kind, self.family(), self.board()) {
            ("passthrough", ..) => &["virtio"],
            ("evdev", ..) => &[],
            (_, Family::Xen, _) => &["xen", "ps2", "usb"],
            (_, Family::Qemu, Board::S390) => &["virtio"],
            ("tablet", Family::Qemu, _) => &["usb", "virtio"],
            (_, Family::Qemu, _) if self.kind.is_x86() => &["usb", "virtio", "ps2"],
            (_, Family::Qemu, _) => &["usb", "virtio"],
            ("tablet", ..) => &["usb"],
            _ => &["ps2", "usb"],
        };
        let all = choices(known, |value| match value {
            "usb" => "USB".to_owned(),
            "ps2" => "PS/2".to_owned(),
            "xen" => "Xen".to_owned(),
            other => virtio_model(other),
        });
        let all = self.card(all, &["ps2"]);
        let lacks_ps2 = self.feature_problem("ps2");
        forbid(all, |value| lacks_ps2.clone().filter(|_| value == "ps2"))
    }

    /// Models of a socket between host and guest.
    #[must_use]
    pub fn vsock_models(&self) -> Vec<Choice> {
        self.virtio_models()
    }

    /// Models of a crypto accelerator.
    #[must_use]
    pub fn crypto_models(&self) -> Vec<Choice> {
        self.card(self.ask("devices/crypto", "model", &["virtio"], virtio_model), &[])
    }

    /// Who computes for a crypto accelerator (`model` of its `<backend>`).
    #[must_use]
    pub fn crypto_backends(&self) -> Vec<Choice> {
        self.ask(
            "devices/crypto",
            "backendModel",
            &["builtin", "lkcf"],
            |value| match value {
                "builtin" => tr("The hypervisor itself"),
                "lkcf" => tr("The host's kernel"),
                other => other.to_owned(),
            },
        )
    }

    /// Models of memory shared between machines.
    #[must_use]
    pub fn shmem_models(&self) -> Vec<Choice> {
        let all = choices(&["ivshmem-plain", "ivshmem-doorbell"], |value| match value {
            "ivshmem-plain" => tr("Memory alone"),
            "ivshmem-doorbell" => tr("Memory with interrupts, through a server"),
            other => other.to_owned(),
        });
        self.card(all, &[])
    }

    /// Where a smartcard is (`mode` of `<smartcard>`).
    #[must_use]
    pub fn smartcard_modes(&self) -> Vec<Choice> {
        choices(&["passthrough", "host", "host-certificates"], |value| match value {
            "passthrough" => tr("At the viewer"),
            "host" => tr("In the host's reader"),
            "host-certificates" => tr("Certificates of the host"),
            other => other.to_owned(),
        })
    }

    /// Models that virtio devices of the board have, where libvirt doesn't list them for the kind of device.
    pub(super) fn virtio_models(&self) -> Vec<Choice> {
        if self.family() != Family::Qemu {
            return Vec::new();
        }
        let all = choices(VIRTIO, virtio_model);
        let all = forbid(all, |value| {
            let lacks = value != "virtio" && self.board() == Board::S390;
            lacks.then(|| self.not_possible())
        });
        self.card(all, &[])
    }

    /// Buses for USB redirection.
    #[must_use]
    pub fn redirection_buses(&self) -> Vec<Choice> {
        let all = self.ask("devices/redirdev", "bus", &["usb"], |_| "USB".to_owned());
        let absent = matches!(self.answer("devices/redirdev", "bus"), Answer::Absent);
        explain(all, |_| {
            absent.then(|| tr("The host's QEMU is built without USB redirection."))
        })
    }
}
