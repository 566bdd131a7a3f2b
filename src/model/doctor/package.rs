//! What packages are called, and how they are installed.

use super::{Computer, Program};

/// A family of systems that call packages alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Distribution {
    /// Debian, Ubuntu, Mint …
    Debian,
    /// Fedora, RHEL, CentOS, Rocky, Alma …
    Fedora,
    /// Arch, Manjaro …
    Arch,
    /// openSUSE, SLES.
    Suse,
    /// None of these.
    #[default]
    Other,
}

impl Distribution {
    /// Reads `/etc/os-release`.
    #[must_use]
    pub fn read(os_release: &str) -> Self {
        let value = |key: &str| {
            let line = os_release
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_ascii_lowercase()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        let families = [
            (Self::Debian, ["debian", "ubuntu"].as_slice()),
            (Self::Fedora, &["fedora", "rhel", "centos"]),
            (Self::Arch, &["arch"]),
            (Self::Suse, &["suse", "opensuse", "sles"]),
        ];
        let is = |known: &&str| {
            names
                .split_whitespace()
                .any(|name| name.split('-').next() == Some(*known))
        };
        let family = families.into_iter().find(|(_, all)| all.iter().any(&is));
        family.map_or(Self::Other, |(family, _)| family)
    }

    /// What installs these packages.
    #[must_use]
    pub fn install(self, packages: &str) -> Option<String> {
        match self {
            Self::Debian => Some(format!("apt install {packages}")),
            Self::Fedora => Some(format!("dnf install {packages}")),
            Self::Arch => Some(format!("pacman -S {packages}")),
            Self::Suse => Some(format!("zypper install {packages}")),
            Self::Other => None,
        }
    }
}

/// Names of a package on Debian, Fedora, Arch and openSUSE.
type Names = [&'static str; 4];

fn names(program: Program, arch: &str) -> Names {
    match program {
        Program::Qemu if arch == "x86_64" => ["qemu-system-x86", "qemu-kvm", "qemu-desktop", "qemu-x86"],
        Program::Qemu if arch == "aarch64" => ["qemu-system-arm", "qemu-kvm", "qemu-system-aarch64", "qemu-arm"],
        Program::Qemu if arch == "s390x" => ["qemu-system-s390x", "qemu-kvm", "qemu-system-s390x", "qemu-s390x"],
        Program::Qemu if arch.starts_with("ppc64") => ["qemu-system-ppc", "qemu-kvm", "qemu-system-ppc", "qemu-ppc"],
        Program::Qemu => ["qemu-system-misc", "qemu", "qemu-full", "qemu-extra"],
        Program::QemuImg => ["qemu-utils", "qemu-img", "qemu-img", "qemu-img"],
        Program::Firmware if arch == "aarch64" => {
            ["qemu-efi-aarch64", "edk2-aarch64", "edk2-aarch64", "qemu-uefi-aarch64"]
        }
        Program::Firmware => ["ovmf", "edk2-ovmf", "edk2-ovmf", "qemu-ovmf-x86_64"],
        Program::Swtpm => ["swtpm swtpm-tools", "swtpm swtpm-tools", "swtpm", "swtpm"],
        Program::Virtiofsd => ["virtiofsd", "virtiofsd", "virtiofsd", "virtiofsd"],
        Program::OsinfoDb => ["osinfo-db", "osinfo-db", "osinfo-db", "osinfo-db"],
        Program::Dnsmasq => ["dnsmasq-base", "dnsmasq", "dnsmasq", "dnsmasq"],
        Program::Firewall => ["nftables", "nftables", "nftables", "nftables"],
        Program::VirtV2v => ["virt-v2v", "virt-v2v", "virt-v2v", "virt-v2v"],
    }
}

/// libvirt's service with its QEMU driver.
pub(super) const SERVICE: Names = [
    "libvirt-daemon-system",
    "libvirt-daemon-kvm",
    "libvirt",
    "libvirt-daemon-qemu",
];

impl Computer {
    /// The command that installs something here; `None` where packages are not known.
    #[must_use]
    pub fn install(&self, program: Program) -> Option<String> {
        self.install_one(names(program, &self.arch))
    }

    pub(super) fn install_one(&self, names: Names) -> Option<String> {
        let name = match self.distribution {
            Distribution::Debian => names[0],
            Distribution::Fedora => names[1],
            Distribution::Arch => names[2],
            Distribution::Suse => names[3],
            Distribution::Other => return None,
        };
        Some(self.as_root(&self.distribution.install(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_known_by_their_own_name_or_by_what_they_are_like() {
        for (text, family) in [
            ("ID=debian\nVERSION_ID=13", Distribution::Debian),
            ("NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"", Distribution::Debian),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", Distribution::Fedora),
            ("ID=manjaro\nID_LIKE=arch", Distribution::Arch),
            (
                "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"",
                Distribution::Suse,
            ),
            ("ID=nixos", Distribution::Other),
            ("", Distribution::Other),
        ] {
            assert_eq!(Distribution::read(text), family, "{text}");
        }
    }

    #[test]
    fn commands_are_those_of_the_system_and_its_processor() {
        let mut computer = Computer {
            distribution: Distribution::Debian,
            arch: "aarch64".into(),
            ..Computer::default()
        };
        let command = |computer: &Computer, program| computer.install(program).unwrap_or_default();
        assert_eq!(command(&computer, Program::Qemu), "sudo apt install qemu-system-arm");
        computer.distribution = Distribution::Fedora;
        computer.is_root = true;
        assert_eq!(command(&computer, Program::Firmware), "dnf install edk2-aarch64");
        computer.distribution = Distribution::Other;
        assert_eq!(computer.install(Program::Qemu), None);
    }
}
