//! Hypervisor, architecture, machine type and firmware.

use std::cmp::Ordering;

use super::{Answer, Board, Choice, Family, HostFacts, choices, explain, forbid, usable_first};
use crate::i18n::{tr, tr_f};
use crate::model::xml::object::Guest;

/// Architectures that people use, most of them first.
const COMMON: &[&str] = &[
    "x86_64",
    "aarch64",
    "riscv64",
    "ppc64le",
    "s390x",
    "armv7l",
    "loongarch64",
];

impl HostFacts {
    /// The architecture of these machines, the host's own where none is named.
    fn arch(&self) -> Option<String> {
        let host = || self.capabilities.as_ref().and_then(|capabilities| capabilities.arch());
        self.kind.arch.clone().or_else(host)
    }

    fn guests(&self, arch: Option<&str>) -> Vec<Guest> {
        let all = self.capabilities.iter().flat_map(|capabilities| capabilities.guests());
        all.filter(|guest| arch.is_none_or(|arch| guest.arch == arch)).collect()
    }

    /// What can run machines of this architecture (`type` of `<domain>`).
    #[must_use]
    pub fn hypervisors(&self) -> Vec<Choice> {
        let mut values: Vec<String> = Vec::new();
        for name in self
            .guests(self.arch().as_deref())
            .into_iter()
            .flat_map(|guest| guest.hypervisors)
        {
            if !values.contains(&name) {
                values.push(name);
            }
        }
        values.sort_by_key(|name| name != "kvm");
        let lacks_kvm = values.iter().any(|name| name == "qemu") && !values.iter().any(|name| name == "kvm");
        let mut all: Vec<Choice> = values
            .iter()
            .map(|value| Choice::new(value, hypervisor_name(value)))
            .collect();
        if lacks_kvm {
            let foreign = self.arch() != self.capabilities.as_ref().and_then(|capabilities| capabilities.arch());
            let problem = if foreign {
                tr("Only machines of the host's own architecture run on KVM.")
            } else {
                tr("The host has no KVM: virtualisation is off in its firmware, or the kernel module is not loaded.")
            };
            all.push(Choice::new("kvm", hypervisor_name("kvm")).but(Some(problem)));
        }
        all
    }

    /// The architectures that the host can run: its own first, then those that people use, then the others. What runs on
    /// another one as it is, as programs for 32 bits do on a PC, is left out.
    #[must_use]
    pub fn architectures(&self) -> Vec<Choice> {
        let own = self.capabilities.as_ref().and_then(|capabilities| capabilities.arch());
        let mut values: Vec<String> = self.guests(None).into_iter().map(|guest| guest.arch).collect();
        if values.iter().any(|arch| arch == "x86_64") {
            values.retain(|arch| arch != "i686");
        }
        let rank = |arch: &str| COMMON.iter().position(|common| *common == arch).unwrap_or(COMMON.len());
        values.sort_by_key(|arch| (Some(arch) != own.as_ref(), rank(arch), arch.clone()));
        values.dedup();
        let all = values.into_iter().map(|arch| {
            let note = (Some(&arch) == own.as_ref()).then(|| tr("the host's own"));
            Choice::plain(arch).noted(note)
        });
        all.collect()
    }

    /// Machine types of an architecture (`None`: that of these machines): short names first, then the newest.
    #[must_use]
    pub fn machines(&self, arch: Option<&str>) -> Vec<Choice> {
        let arch = arch.map(str::to_owned).or_else(|| self.arch());
        let mut seen: Vec<crate::model::xml::object::MachineType> = Vec::new();
        for guest in self.guests(arch.as_deref()) {
            for machine in guest.machine_types {
                if !seen.iter().any(|other| other.name == machine.name) {
                    seen.push(machine);
                }
            }
        }
        seen.sort_by(|a, b| {
            let rank = |machine: &crate::model::xml::object::MachineType| {
                (
                    machine.deprecated,
                    machine.canonical.is_none(),
                    machine.name != "q35",
                    machine.name != "pc",
                )
            };
            rank(a).cmp(&rank(b)).then_with(|| by_version(&a.name, &b.name))
        });
        let all = seen.into_iter().map(|machine| {
            let label = match &machine.canonical {
                Some(canonical) => format!("{} ({canonical})", machine.name),
                None => machine.name.clone(),
            };
            let note = machine.deprecated.then(|| tr("outdated"));
            Choice::new(machine.name, label).noted(note)
        });
        all.collect()
    }

    /// Most virtual CPUs that machines of this kind can have; `None` where the host doesn't tell.
    #[must_use]
    pub fn max_vcpus(&self) -> Option<u64> {
        let capabilities = self.domain_capabilities.as_ref()?;
        capabilities.get(crate::model::xml::object::domain_capabilities::MAX_VCPUS)
    }

    /// Firmware (`firmware` of `<os>`): `bios` and `efi`.
    #[must_use]
    pub fn firmwares(&self) -> Vec<Choice> {
        let all = self.ask("os", "firmware", &["efi", "bios"], |value| match value {
            "efi" => "UEFI".to_owned(),
            "bios" => "BIOS".to_owned(),
            other => other.to_owned(),
        });
        // What libvirt lists are files with a description of theirs. A PC's BIOS is a part of the hypervisor.
        let all = all.into_iter().map(|choice| match choice.value.as_str() {
            "bios" if self.kind.is_x86() => choice.but(None),
            _ => choice,
        });
        let all = explain(all.collect(), |value| {
            let why = match value {
                "efi" if self.loaders().is_empty() => tr("No UEFI firmware is installed on the host."),
                "efi" => tr("The host's firmware images are without description: choose one of them by its path."),
                _ => tr("These machines have no BIOS."),
            };
            Some(why)
        });
        let all = forbid(all, |value| match (value, self.board()) {
            ("efi", Board::Isapc | Board::Microvm | Board::Pseries | Board::S390) => {
                Some(tr("These machines have no UEFI."))
            }
            _ => None,
        });
        usable_first(all)
    }

    /// Firmware images by path (`<loader>`).
    #[must_use]
    pub fn loaders(&self) -> Vec<Choice> {
        let capabilities = self.domain_capabilities.iter();
        let loaders = capabilities.flat_map(|capabilities| capabilities.loaders());
        loaders.map(Choice::plain).collect()
    }

    /// Kinds of firmware images (`type` of `<loader>`).
    #[must_use]
    pub fn loader_types(&self) -> Vec<Choice> {
        self.ask("os/loader", "type", &["pflash", "rom"], |value| match value {
            "pflash" => tr("Flash memory, with variables of its own"),
            "rom" => tr("Read-only memory"),
            other => other.to_owned(),
        })
    }

    /// Why Secure Boot can't be had; `None` where nothing speaks against it.
    #[must_use]
    pub fn secure_boot_problem(&self) -> Option<String> {
        if self.kind.is_x86() && self.board() != Board::Q35 {
            return Some(tr("Secure Boot needs a machine of type q35."));
        }
        if let Some(problem) = self
            .firmwares()
            .into_iter()
            .find(|choice| choice.value == "efi")?
            .problem
        {
            return Some(problem);
        }
        match self.answer("os/loader", "secure") {
            Answer::Values(values) if !values.iter().any(|value| value == "yes") => {
                Some(tr("No firmware with Secure Boot is installed on the host."))
            }
            _ => None,
        }
    }

    /// Kinds of devices that can be booted from in the old way (`<boot dev=…>`).
    #[must_use]
    pub fn boot_devices(&self) -> Vec<Choice> {
        choices(&["hd", "cdrom", "network", "fd"], |value| match value {
            "hd" => tr("Disk"),
            "cdrom" => tr("CD-ROM"),
            "network" => tr("Network"),
            "fd" => tr("Floppy"),
            other => other.to_owned(),
        })
    }

    /// Whether a feature of the domain capabilities is there (`vmcoreinfo`, `genid`, `ps2`, `backup` …): the reason why not.
    #[must_use]
    pub fn feature_problem(&self, name: &str) -> Option<String> {
        let capabilities = self.domain_capabilities.as_ref()?;
        match capabilities.is_supported(&format!("features/{name}")) {
            Some(false) => Some(self.not_offered()),
            _ => None,
        }
    }

    /// Versions of the interrupt controller of ARM machines (`<gic>`).
    #[must_use]
    pub fn gic_versions(&self) -> Vec<Choice> {
        if !self.kind.is_arm() {
            return Vec::new();
        }
        self.ask("features/gic", "version", &["3", "2"], str::to_owned)
    }

    /// Hyper-V enlightenments, by the names of their elements below `<hyperv>`.
    #[must_use]
    pub fn hyperv_features(&self) -> Vec<Choice> {
        let known = &[
            "relaxed",
            "vapic",
            "spinlocks",
            "vpindex",
            "runtime",
            "synic",
            "stimer",
            "reset",
            "vendor_id",
            "frequencies",
            "reenlightenment",
            "tlbflush",
            "ipi",
            "evmcs",
            "avic",
            "emsr_bitmap",
            "xmm_input",
        ];
        let all = self.ask("features/hyperv", "features", known, str::to_owned);
        explain(all, |_| {
            let is_emulated = self.kind.hypervisor == "qemu";
            is_emulated.then(|| tr("Needs KVM."))
        })
    }

    /// Kinds of protection from the host (`type` of `<launchSecurity>`).
    #[must_use]
    pub fn launch_security(&self) -> Vec<Choice> {
        let known: &[&str] = match self.board() {
            Board::S390 => &["s390-pv"],
            _ if self.kind.is_x86() => &["sev", "sev-snp", "tdx"],
            _ => &[],
        };
        let all = self.ask("features/launchSecurity", "sectype", known, |value| match value {
            "sev" => "AMD SEV".to_owned(),
            "sev-snp" => "AMD SEV-SNP".to_owned(),
            "tdx" => "Intel TDX".to_owned(),
            "s390-pv" => "IBM Secure Execution".to_owned(),
            other => other.to_owned(),
        });
        // libvirt before 10.5 says only whether there is SEV at all.
        let silent = matches!(self.answer("features/launchSecurity", "sectype"), Answer::Silent);
        let no_sev = silent && self.feature_problem("sev").is_some();
        forbid(all, |value| {
            // Those that came with the list are not to be had without it.
            if silent && matches!(value, "sev-snp" | "tdx") {
                return Some(self.not_offered());
            }
            let lacks = value == "sev" && no_sev;
            lacks.then(|| tr_f("The host's processor has no {feature}.", &[("feature", "AMD SEV")]))
        })
    }
}

/// Newer versions first, names in their order: `pc-q35-10.0`, `pc-q35-9.2`.
fn by_version(a: &str, b: &str) -> Ordering {
    let (name_a, version_a) = split(a);
    let (name_b, version_b) = split(b);
    name_a
        .cmp(name_b)
        .then_with(|| version_b.cmp(&version_a))
        .then_with(|| a.cmp(b))
}

fn split(name: &str) -> (&str, Vec<u32>) {
    let digits = name.rfind('-').map_or(name.len(), |at| at + 1);
    let (family, version) = name.split_at(digits);
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    match numbers {
        Some(numbers) => (family, numbers),
        None => (name, Vec::new()),
    }
}

fn hypervisor_name(value: &str) -> String {
    match value {
        "kvm" => "KVM".to_owned(),
        "qemu" => tr("QEMU without acceleration"),
        "hvf" => "Hypervisor.framework".to_owned(),
        "xen" => "Xen".to_owned(),
        "lxc" => "LXC".to_owned(),
        "bhyve" => "bhyve".to_owned(),
        "vmware" => "VMware".to_owned(),
        "vbox" => "VirtualBox".to_owned(),
        "hyperv" => "Hyper-V".to_owned(),
        "vz" | "parallels" => "Virtuozzo".to_owned(),
        other => other.to_owned(),
    }
}

impl HostFacts {
    /// Whether machines are containers: they have no hardware to choose.
    #[must_use]
    pub fn is_container(&self) -> bool {
        self.family() == Family::Container
    }
}
