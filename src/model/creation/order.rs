//! What a user wants.

use zeroize::Zeroizing;

use crate::model::facts::GuestKind;

/// An image that is there already, or that has to be brought to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageRef {
    /// A volume of a storage pool.
    Volume {
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// Its path.
        path: String,
    },
    /// A file or device on the host.
    Path(String),
    /// A file on this computer that has to be uploaded to a pool of the host.
    Upload {
        /// Its path here.
        file: std::path::PathBuf,
        /// Name of the pool.
        pool: String,
    },
    /// Something to download, through this computer, into a pool of the host.
    Download {
        /// Address.
        url: String,
        /// Name of the pool.
        pool: String,
    },
}

/// What the machine begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time, never a list")]
pub enum Source {
    /// An installation medium.
    Media(ImageRef),
    /// A disk with a system on it, used as it is.
    Disk(ImageRef),
    /// A cloud image: copied, then set up by cloud-init at the first start.
    Cloud {
        /// The image; it stays as it is.
        image: ImageRef,
        /// What it is set up with.
        seed: Seed,
    },
    /// A server in the network.
    NetworkBoot,
    /// An installation tree: kernel and memory disk from a URL.
    Tree {
        /// Address of the tree.
        url: String,
        /// More arguments for the kernel.
        arguments: String,
    },
    /// Nothing.
    #[default]
    Empty,
    /// A container.
    Container(Container),
    /// A definition that somebody brings.
    Xml(String),
}

/// What a container runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// One program, in the file system of the host.
    Application {
        /// Its path.
        init: String,
    },
    /// A system in a folder of the host.
    System {
        /// The folder.
        root: String,
    },
}

/// What cloud-init sets up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seed {
    /// Name of the guest; empty for that of the machine.
    pub hostname: String,
    /// The user.
    pub account: Account,
    /// SSH keys that may log in as that user, one each.
    pub ssh_keys: Vec<String>,
    /// Packages to install.
    pub packages: Vec<String>,
    /// Language and region, `de_DE.UTF-8`.
    pub locale: Option<String>,
    /// Time zone, `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Lines of user-data to take in place of all this.
    pub user_data: Option<String>,
    /// Lines of network-config.
    pub network_config: Option<String>,
}

/// A user of the guest. Its text form never shows the password.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Login name; empty for none.
    pub name: String,
    /// Full name.
    pub full_name: String,
    /// Password; empty for none. Its memory is overwritten in the end.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An installation without questions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unattended {
    /// Profile of the script: `desktop`, `jeos`.
    pub profile: String,
    /// The user.
    pub account: Account,
    /// Name of the guest; empty for that of the machine.
    pub hostname: String,
    /// Language and region.
    pub locale: Option<String>,
    /// Time zone.
    pub timezone: Option<String>,
    /// Keyboard layout.
    pub keyboard: Option<String>,
    /// Product key.
    pub product_key: Option<String>,
}

/// The disk of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DiskWish {
    /// None.
    #[default]
    None,
    /// A new image; for a cloud image the copy of it.
    New {
        /// Name of the pool.
        pool: String,
        /// Name in the pool; empty for one after the machine.
        name: String,
        /// Format; `None` for the usual one of the pool.
        format: Option<String>,
        /// Size in bytes.
        capacity: u64,
        /// Space is taken at once.
        allocate: bool,
    },
    /// An image that is there.
    Existing(ImageRef),
}

/// What it is connected to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NetworkWish {
    /// Nothing.
    None,
    /// What is usual on this host.
    #[default]
    Usual,
    /// A virtual network.
    Network(String),
    /// A bridge of the host.
    Bridge(String),
    /// A network device of the host, by macvtap.
    Direct(String),
    /// The network of the user who runs it.
    User,
}

/// What starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirmwareWish {
    /// What the operating system needs, else what is usual.
    #[default]
    Usual,
    /// BIOS, or what the board has.
    Bios,
    /// UEFI.
    Efi,
    /// UEFI with secure boot.
    EfiSecure,
}

/// All that a user wants. Empty values are filled in by the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// Name; empty for one after the operating system.
    pub name: String,
    /// Title.
    pub title: String,
    /// Hypervisor, architecture, machine type.
    pub kind: GuestKind,
    /// What it begins with.
    pub source: Source,
    /// The operating system, by its identity in the database; `None` where it is not known.
    pub os: Option<String>,
    /// Memory in bytes; `None` for what is recommended.
    pub memory: Option<u64>,
    /// Processors; `None` for what is recommended.
    pub cpus: Option<u32>,
    /// Its disk.
    pub disk: DiskWish,
    /// Its network.
    pub network: NetworkWish,
    /// Its firmware.
    pub firmware: FirmwareWish,
    /// A TPM: `None` where the operating system decides.
    pub tpm: Option<bool>,
    /// Installation without questions.
    pub unattended: Option<Unattended>,
    /// The definition as the user has changed it, in place of the one that is planned.
    pub customised: Option<String>,
    /// It is started when it is made.
    pub start: bool,
    /// It starts with the host.
    pub autostart: bool,
}
