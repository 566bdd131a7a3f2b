//! What will be done.

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
    /// A copy of a volume, then made larger where `capacity` says so.
    Copy {
        /// Name of the pool of the original.
        from_pool: String,
        /// Its name there.
        from: String,
        /// Name of the pool.
        pool: String,
        /// Name in the pool.
        name: String,
        /// Format of the copy.
        format: Option<String>,
        /// Size in bytes; `None` for that of the original.
        capacity: Option<u64>,
    },
    /// A small file whose content is known: a cloud-init disk, an installer script, kernel and memory disk of a tree.
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
    /// Files that will be made. In `xml` and `install_xml` they stand as volumes of their pools (`type='volume'`), or by
    /// the path that libvirt tells once they are made: then `{{POOL/NAME}}` stands for it.
    pub files: Vec<Planned>,
    /// The definition that stays: what it is after the installation.
    pub xml: String,
    /// The definition of the first start, where installing needs another one (media first, kernel of a tree).
    pub install_xml: Option<String>,
    /// It is started.
    pub start: bool,
    /// It starts with the host.
    pub autostart: bool,
    /// Restarts of the guest during which media stay in (Windows restarts while it installs).
    pub restarts: u32,
}
