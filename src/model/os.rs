//! Operating systems as libosinfo's database knows them, as plain values.

pub mod catalogue;
pub mod download;
pub mod guess;

/// An operating system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Os {
    /// Identity in the database: `http://debian.org/debian/12`.
    pub id: String,
    /// Short identity: `debian12`.
    pub short_id: String,
    /// Name for people: `Debian 12`.
    pub name: String,
    /// Version, if it has one.
    pub version: Option<String>,
    /// Code name, `Bookworm`.
    pub codename: Option<String>,
    /// Family: `linux`, `winnt`, `freebsd` …
    pub family: String,
    /// Distribution: `debian`, `fedora`, `win` …
    pub distro: String,
    /// Who makes it.
    pub vendor: Option<String>,
    /// Release date, `2023-06-10`.
    pub released: Option<String>,
    /// End of support, `2028-06-30`.
    pub ends: Option<String>,
    /// Not released yet, or a rolling or development version.
    pub unstable: bool,
    /// What it needs and likes, by architecture (`all` for any).
    pub resources: Vec<Resources>,
    /// Identities of the devices that it has drivers for, inherited ones included: `http://pcisig.com/pci/1af4/1041` …
    pub devices: Vec<String>,
    /// Firmware that it boots with, by architecture.
    pub firmware: Vec<Firmware>,
    /// Profiles of installer scripts: `desktop`, `jeos`; empty without unattended installation.
    pub scripts: Vec<Script>,
    /// Ready-made cloud images.
    pub images: Vec<Offer>,
    /// Trees to install from over the network.
    pub trees: Vec<Offer>,
    /// Installation media to download.
    pub media: Vec<Offer>,
    /// User that its cloud images have by themselves: `debian`, `fedora`.
    pub cloud_user: Option<String>,
    /// Argument of the kernel by which the installer is told its tree: `inst.repo`, `install`.
    pub url_argument: Option<String>,
}

/// Needs of an operating system on an architecture. What the database does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resources {
    /// Architecture, `all` for any.
    pub arch: String,
    /// The least that it runs with.
    pub minimum: Amounts,
    /// What makes it run well.
    pub recommended: Amounts,
    /// The least that its installation over the network needs, which is more: the installer is in memory.
    pub network_install: Amounts,
}

/// Amounts of what a machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Processors.
    pub cpus: Option<u32>,
    /// Storage in bytes.
    pub storage: Option<u64>,
}

/// A firmware that an operating system can or cannot boot with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firmware {
    /// Architecture.
    pub arch: String,
    /// `bios`, `efi`, `efi-secure`.
    pub kind: String,
    /// Whether it boots with it.
    pub supported: bool,
}

/// An installer script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Identity.
    pub id: String,
    /// `desktop` or `jeos`.
    pub profile: String,
    /// How the installer gets it: `disk`, `floppy`, `initrd`, `network` …
    pub injection: Vec<String>,
    /// It needs a product key.
    pub needs_key: bool,
    /// The installer fetches packages from the internet.
    pub needs_internet: bool,
    /// What it can be told, by libosinfo's names (`user-login`, `reg-product-key`), and whether it has to be.
    pub asks: Vec<(String, bool)>,
}

/// Something to download.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// Address.
    pub url: String,
    /// Architecture.
    pub arch: String,
    /// Edition or format: `netinst`, `qcow2` …
    pub variant: Option<String>,
    /// It knows cloud-init.
    pub cloud_init: bool,
    /// Kernel of a tree or medium, relative.
    pub kernel: Option<String>,
    /// Memory disk of a tree or medium, relative.
    pub initrd: Option<String>,
    /// A medium that runs without being installed.
    pub live: bool,
}

/// What a medium or a tree was recognised as.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recognised {
    /// The operating system, by its identity.
    pub os: String,
    /// Architecture, if it tells.
    pub arch: Option<String>,
    /// It runs without being installed.
    pub live: bool,
    /// Kernel in the medium or tree, relative.
    pub kernel: Option<String>,
    /// First memory disk, relative.
    pub initrd: Option<String>,
    /// Label of the volume.
    pub label: Option<String>,
    /// It has to stay in its drive after the first restart: Windows installs in several parts.
    pub restarts: u32,
    /// It can install without questions.
    pub scripted: bool,
    /// Only concluded from the name of the file.
    pub guess: bool,
    /// The version is newer than the database knows: `os` is the nearest older one.
    pub newer: bool,
}

impl Os {
    /// What it likes on an architecture; what is not told is `None`.
    #[must_use]
    pub fn recommended(&self, arch: &str) -> Amounts {
        self.amounts(arch, |resources| resources.recommended)
    }

    /// The least that it needs on an architecture.
    #[must_use]
    pub fn minimum(&self, arch: &str) -> Amounts {
        self.amounts(arch, |resources| resources.minimum)
    }

    /// The least that installing it from the network needs on an architecture.
    #[must_use]
    pub fn network_install(&self, arch: &str) -> Amounts {
        self.amounts(arch, |resources| resources.network_install)
    }

    fn amounts(&self, arch: &str, which: impl Fn(&Resources) -> Amounts) -> Amounts {
        let of = |wanted: &str| {
            let mut all = self.resources.iter();
            all.find(|resources| resources.arch == wanted).map(&which)
        };
        let (own, any) = (of(arch).unwrap_or_default(), of("all").unwrap_or_default());
        Amounts {
            memory: own.memory.or(any.memory),
            cpus: own.cpus.or(any.cpus),
            storage: own.storage.or(any.storage),
        }
    }

    /// Whether it has a driver for a device, by the identity of libosinfo's database.
    #[must_use]
    pub fn supports(&self, device: &str) -> bool {
        self.devices.iter().any(|id| id == device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_architecture_does_not_tell_is_taken_from_all() {
        let of = |arch: &str, memory, cpus| Resources {
            arch: arch.into(),
            recommended: Amounts {
                memory,
                cpus,
                storage: None,
            },
            ..Resources::default()
        };
        let os = Os {
            resources: vec![of("all", Some(1 << 30), Some(2)), of("x86_64", Some(2 << 30), None)],
            ..Os::default()
        };
        let amounts = os.recommended("x86_64");
        assert_eq!(
            (amounts.memory, amounts.cpus, amounts.storage),
            (Some(2 << 30), Some(2), None)
        );
        assert_eq!(os.recommended("riscv64").memory, Some(1 << 30));
    }
}
