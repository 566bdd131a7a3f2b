//! Kinds of machines: what runs them and what board they have.

use crate::model::xml::domain::Domain;

/// What decides what a machine can have: hypervisor, architecture, machine type and the program that runs it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct GuestKind {
    /// Domain type: `kvm`, `qemu`, `xen`, `lxc` …; empty for the host's own choice.
    pub hypervisor: String,
    /// Architecture; `None` for the host's own.
    pub arch: Option<String>,
    /// Machine type; `None` for the usual one.
    pub machine: Option<String>,
    /// Program that runs it; `None` for the usual one.
    pub emulator: Option<String>,
}

/// What hypervisors have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// QEMU with or without acceleration; libvirt's test driver counts as one, its machines have the same devices.
    Qemu,
    /// Xen.
    Xen,
    /// Containers: LXC, OpenVZ, Virtuozzo containers.
    Container,
    /// bhyve.
    Bhyve,
    /// VMware ESX, Workstation.
    Vmware,
    /// VirtualBox.
    VirtualBox,
    /// Microsoft Hyper-V.
    HyperV,
    /// Virtuozzo.
    Virtuozzo,
    /// Something else.
    Other,
}

/// What boards have in common, as far as it decides which devices fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Board {
    /// PC with PCI Express (`q35`).
    Q35,
    /// PC with PCI (`pc`, `i440fx`, Xen's `xenfv`).
    I440fx,
    /// PC with ISA only.
    Isapc,
    /// PC with nothing but virtio (`microvm`).
    Microvm,
    /// `virt` of ARM, RISC-V and LoongArch: PCI Express and no legacy.
    Virt,
    /// IBM Power (`pseries`).
    Pseries,
    /// IBM Z (`s390-ccw-virtio`).
    S390,
    /// Any other.
    Other,
}

impl GuestKind {
    /// The kind of a machine.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        let document = domain.document();
        let system = document.find(document.root(), "os/type");
        let said = |name: &str| {
            let value = document.attribute(system?, name)?;
            (!value.is_empty()).then(|| value.into_owned())
        };
        Self {
            hypervisor: domain.hypervisor(),
            arch: said("arch"),
            machine: said("machine"),
            emulator: document
                .value(document.root(), "devices/emulator")
                .filter(|path| !path.is_empty()),
        }
    }

    /// What hypervisor it is.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.hypervisor.as_str() {
            "" | "kvm" | "qemu" | "hvf" | "nvmm" | "kqemu" | "test" => Family::Qemu,
            "xen" => Family::Xen,
            "lxc" | "openvz" => Family::Container,
            "bhyve" => Family::Bhyve,
            "vmware" => Family::Vmware,
            "vbox" => Family::VirtualBox,
            "hyperv" => Family::HyperV,
            "vz" | "parallels" => Family::Virtuozzo,
            _ => Family::Other,
        }
    }

    /// What board it has.
    #[must_use]
    pub fn board(&self) -> Board {
        let machine = self.machine.as_deref().unwrap_or_default();
        let starts =
            |prefix: &str| machine == prefix || machine.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        if starts("q35") || machine.starts_with("pc-q35") {
            Board::Q35
        } else if starts("isapc") {
            Board::Isapc
        } else if starts("microvm") {
            Board::Microvm
        } else if starts("pc") || starts("xenfv") || starts("fedora") {
            Board::I440fx
        } else if starts("virt") {
            Board::Virt
        } else if starts("pseries") {
            Board::Pseries
        } else if starts("s390-ccw-virtio") {
            Board::S390
        } else {
            self.usual_board()
        }
    }

    /// What board machines of the architecture have where none is named.
    fn usual_board(&self) -> Board {
        match (self.machine.as_deref(), self.arch.as_deref()) {
            // Red Hat's names: `rhel6.0.0`, `rhel7.6.0`, `rhel-q35`.
            (Some(machine), _) if machine.contains("q35") => Board::Q35,
            (Some(machine), Some("x86_64" | "i686")) if machine.starts_with("rhel") => Board::I440fx,
            (Some(_), _) => Board::Other,
            (None, Some("x86_64" | "i686")) => Board::I440fx,
            (None, Some("s390x")) => Board::S390,
            (None, Some("ppc64" | "ppc64le")) => Board::Pseries,
            (None, _) => Board::Other,
        }
    }

    /// Whether it is a PC.
    #[must_use]
    pub fn is_x86(&self) -> bool {
        matches!(self.arch.as_deref(), Some("x86_64" | "i686"))
            || matches!(self.board(), Board::Q35 | Board::I440fx | Board::Isapc | Board::Microvm)
    }

    /// Whether it is an ARM machine.
    #[must_use]
    pub fn is_arm(&self) -> bool {
        matches!(self.arch.as_deref(), Some("aarch64" | "armv7l" | "armv6l"))
    }
}

impl Board {
    /// Whether cards are plugged into PCI Express.
    #[must_use]
    pub fn has_pcie(self) -> bool {
        matches!(self, Self::Q35 | Self::Virt)
    }

    /// Whether there is a bus for cards at all.
    #[must_use]
    pub fn has_pci(self) -> bool {
        !matches!(self, Self::Isapc | Self::Microvm)
    }
}
