//! What will be done.

use super::image::{file_name, unpacked_name};
use super::installation::Installation;
use super::order::{ImageRef, Seed};

/// A file that will be made, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// An empty image in a pool.
    Image {
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// Format; `None` where the pool gives plain space.
        format: Option<String>,
        /// Size in bytes.
        capacity: u64,
        /// Space is taken at once.
        allocate: bool,
    },
    /// A file of this computer, brought to a pool.
    Upload {
        /// Where it is here.
        file: std::path::PathBuf,
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
    },
    /// Something from the network, brought to a pool.
    Download {
        /// Address.
        url: String,
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
    },
    /// A copy of an image, then made larger where `capacity` says so.
    Copy {
        /// The original; it stays as it is. One to upload or download comes straight to its place.
        from: ImageRef,
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// Format of the copy.
        format: Option<String>,
        /// Size in bytes; `None` for that of the original.
        capacity: Option<u64>,
    },
    /// A disk with the settings for cloud-init. It stays with the machine: without it a guest of many distributions would take
    /// itself for a new one.
    Seed {
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// What is on it.
        seed: Seed,
    },
    /// Kernel and memory disk of an installation tree. Of use for the installation only.
    Tree {
        /// Address of the tree, or a folder of this computer.
        url: String,
        /// Architecture, for finding the files by the conventions of distributions.
        arch: String,
        /// Kernel in the tree, if that is known.
        kernel: Option<String>,
        /// Memory disk in the tree, if that is known.
        initrd: Option<String>,
        /// What comes after the end of the memory disk: the script of an installation without questions.
        appendix: Option<std::sync::Arc<[u8]>>,
        /// Name of the pool.
        pool: String,
        /// Name of the kernel in the pool.
        kernel_name: String,
        /// Name of the memory disk in the pool.
        initrd_name: String,
    },
    /// A small file whose content is known: an installer script, its kernel and memory disk.
    Content {
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// All bytes.
        bytes: std::sync::Arc<[u8]>,
        /// It is of use for the installation only, and goes after it.
        temporary: bool,
    },
}

/// What will be done to make a machine. Pure: shown by the page, printed by the command line, carried out by the client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Name of the machine.
    pub name: String,
    /// Files that will be made. In `xml` and `install_xml` they stand by the path that they will have; where the pool does not
    /// tell that before they are made, `{{POOL/NAME}}` stands for it.
    pub files: Vec<Planned>,
    /// The definition that stays: what it is after the installation.
    pub xml: String,
    /// The definition of the first start, where installing needs another one (media first, kernel of a tree).
    pub install_xml: Option<String>,
    /// It is started.
    pub start: bool,
    /// It starts with the host.
    pub autostart: bool,
    /// What is left to do when the guest is installed.
    pub installation: Option<Installation>,
}

impl Planned {
    /// Pool and name of what is made; a tree makes two.
    #[must_use]
    pub fn volumes(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Image { pool, name, .. }
            | Self::Upload { pool, name, .. }
            | Self::Download { pool, name, .. }
            | Self::Copy { pool, name, .. }
            | Self::Seed { pool, name, .. }
            | Self::Content { pool, name, .. } => vec![(pool, name)],
            Self::Tree {
                pool,
                kernel_name,
                initrd_name,
                ..
            } => vec![(pool, kernel_name), (pool, initrd_name)],
        }
    }

    /// Whether it comes compressed, and is unpacked on its way.
    #[must_use]
    pub fn is_unpacked(&self) -> bool {
        let name = match self {
            Self::Upload { file, .. } => file.display().to_string(),
            Self::Download { url, .. } => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            Self::Copy { from, .. } => file_name(from),
            _ => return false,
        };
        unpacked_name(&name).is_some()
    }

    /// Whether it is of use for the installation only.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Tree { .. } | Self::Content { temporary: true, .. })
    }
}
