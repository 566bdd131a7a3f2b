//! One image, and how one machine uses it.

use std::fmt;
use std::sync::Arc;

use crate::model::uri::decode;

/// Where an image is, in a form in which two definitions that mean the same image agree: a path of the host, or
/// `volume:POOL/NAME`, `rbd:POOL/IMAGE`, `nvme:ADDRESS/NAMESPACE` and the like. Links in the file system of the host are not
/// followed: two names of one file are two images here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(Arc<str>);

impl Source {
    /// A file, device or folder of the host.
    #[must_use]
    pub fn path(path: &str) -> Self {
        let tidy = !path.contains("//") && !path.contains("/./") && (path.len() <= 1 || !path.ends_with('/'));
        if tidy || !path.starts_with('/') {
            return Self(path.into());
        }
        let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        let plain: String = parts.flat_map(|part| ["/", part]).collect();
        Self(if plain.is_empty() { "/".into() } else { plain.into() })
    }

    /// A volume of a storage pool, by their names.
    #[must_use]
    pub fn volume(pool: &str, name: &str) -> Self {
        Self(format!("volume:{pool}/{name}").into())
    }

    /// What a server offers. Servers that are one cluster (`rbd`, `gluster`, `sheepdog`) are listed by any of their hosts, and
    /// a name of iSCSI is one in the world: only of the others the host counts.
    #[must_use]
    pub fn network(protocol: &str, name: &str, host: &str) -> Self {
        let name = name.trim_start_matches('/');
        Self(match protocol {
            "rbd" | "gluster" | "sheepdog" | "iscsi" | "vxhs" => format!("{protocol}:{name}").into(),
            _ => format!("{protocol}://{host}/{name}").into(),
        })
    }

    /// A namespace of an NVMe device that is given to machines as a whole.
    #[must_use]
    pub fn nvme(address: &str, namespace: &str) -> Self {
        Self(format!("nvme:{address}/{namespace}").into())
    }

    /// A lease of the lock manager.
    #[must_use]
    pub fn lease(lockspace: &str, key: &str) -> Self {
        Self(format!("lease:{lockspace}/{key}").into())
    }

    /// What an image names as the one below it, as volumes tell it: a path, an address, or QEMU's own `rbd:pool/image:option=…`.
    #[must_use]
    pub fn backing(text: &str) -> Self {
        if let Some(rest) = text.strip_prefix("rbd:") {
            let name = rest.split(':').next().unwrap_or(rest);
            return Self::network("rbd", name, "");
        }
        match text.split_once("://") {
            Some((protocol, rest)) if !text.starts_with('/') => {
                let (host, name) = rest.split_once('/').unwrap_or((rest, ""));
                // libvirt writes volumes of Gluster as URIs, and definitions name them plainly. Its transport says nothing of
                // the volume.
                if protocol == "gluster" || protocol.starts_with("gluster+") {
                    let name = name.split('?').next().unwrap_or(name);
                    let plain = decode(name);
                    return Self::network("gluster", plain.as_deref().unwrap_or(name), host);
                }
                Self::network(protocol, name, host)
            }
            _ => Self::path(text),
        }
    }

    /// The path on the host; `None` for everything else.
    #[must_use]
    pub fn as_path(&self) -> Option<&str> {
        self.0.starts_with('/').then_some(&*self.0)
    }

    /// Pool and name of a volume.
    #[must_use]
    pub fn as_volume(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix("volume:")?.split_once('/')
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a machine has an image for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// A disk or drive, by its target name: `vda`.
    Disk(Arc<str>),
    /// Where a running job of a disk writes its copy, by the disk's target name.
    Copy(Arc<str>),
    /// A file system of a container, by the folder that it is seen at.
    Filesystem(Arc<str>),
    /// A memory module that keeps what it holds.
    MemoryModule,
    /// The firmware's code.
    Firmware,
    /// The firmware's settings.
    Nvram,
    /// A kernel of the host that the machine boots directly.
    Kernel,
    /// Its first file system.
    Initrd,
    /// Its description of the board.
    DeviceTree,
    /// What going back to a snapshot needs, by its name.
    Snapshot(Arc<str>),
    /// A lease of the lock manager, no image at all: whoever holds it keeps others from starting.
    Lease,
}

/// How an image is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read, never written: CD-ROMs, `<readonly/>`.
    Read,
    /// Written, by nobody else at the same time.
    Write,
    /// Written, also by others (`<shareable/>`): what is on it takes care of that itself.
    Share,
    /// Read as the base of another image, which holds differences only: whoever changes the base destroys the other one.
    Base,
}

impl Access {
    /// Whether it writes.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::Share)
    }
}

/// An image in the definition of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub source: Source,
    /// What it is for.
    pub role: Role,
    /// How the machine uses it.
    pub access: Access,
    /// What it builds on, nearest first, as far as the definition tells: that of a running machine does.
    pub chain: Box<[Source]>,
}
