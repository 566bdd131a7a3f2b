//! Volumes as a user wants them.

use super::{IfUsed, pool_kind};
use crate::i18n::tr;
use crate::model::xml::escape;

/// A volume by pool and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VolumeRef {
    /// Name of the pool.
    pub pool: String,
    /// Name in the pool.
    pub name: String,
}

impl VolumeRef {
    /// A volume of a pool.
    #[must_use]
    pub fn new(pool: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            pool: pool.into(),
            name: name.into(),
        }
    }
}

/// Encryption of a new volume (LUKS).
#[derive(Clone, PartialEq, Eq)]
pub enum Encryption {
    /// With the value of a secret that the host has, by its UUID.
    Secret(String),
    /// With this passphrase: a secret is made for it, of the usage `volume`.
    Passphrase(zeroize::Zeroizing<String>),
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret(uuid) => write!(f, "Secret({uuid})"),
            Self::Passphrase(_) => f.write_str("Passphrase"),
        }
    }
}

/// A volume to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewVolume {
    /// Name of the pool.
    pub pool: String,
    /// Name in the pool.
    pub name: String,
    /// Format; `None` where the pool gives plain space.
    pub format: Option<String>,
    /// Size that a guest sees, in bytes.
    pub capacity: u64,
    /// Space that is taken at once, in bytes; `None` for what libvirt does by itself, which is all of it for plain images.
    pub allocation: Option<u64>,
    /// The tables of a qcow2 image are made at once (`VIR_STORAGE_VOL_CREATE_PREALLOC_METADATA`).
    pub preallocate: bool,
    /// Path of the image that it builds on, with its format.
    pub backing: Option<(String, String)>,
    /// It is encrypted.
    pub encryption: Option<Encryption>,
    /// Size of the clusters of a qcow2 image in bytes.
    pub cluster: Option<u64>,
    /// Version of the qcow2 format: `0.10`, `1.1`.
    pub compat: Option<String>,
    /// Counting is written late: quicker, slower to repair.
    pub lazy_refcounts: bool,
    /// Without copy-on-write of the file system below (btrfs).
    pub no_cow: bool,
}

impl NewVolume {
    /// What it will be.
    #[must_use]
    pub fn volume(&self) -> VolumeRef {
        VolumeRef::new(&self.pool, &self.name)
    }

    /// What a pool of this kind is asked for. Of a volume that takes less space than its size LVM makes a snapshot of nothing,
    /// which is lost as soon as more was written than its one extent holds; partitions take all of theirs anyway.
    #[must_use]
    pub fn in_pool(mut self, kind: &str) -> Self {
        let whole = pool_kind(kind).is_some_and(|kind| !kind.thin_volumes);
        // What is told to take nothing is thin, however small it is.
        let is_all = |bytes: &u64| self.capacity > 0 && *bytes >= self.capacity;
        self.allocation = self.allocation.filter(|bytes| !whole || is_all(bytes));
        self
    }

    /// The description that libvirt makes it from; `secret` is the UUID of the one that encrypts it.
    #[must_use]
    pub fn xml(&self, secret: Option<&str>) -> String {
        let mut xml = format!(
            "<volume>\n  <name>{}</name>\n  <capacity unit='bytes'>{}</capacity>\n",
            escape(&self.name),
            self.capacity
        );
        if let Some(bytes) = self.allocation {
            xml.push_str(&format!("  <allocation unit='bytes'>{bytes}</allocation>\n"));
        }
        let target = self.target(secret);
        if !target.is_empty() {
            xml.push_str(&format!("  <target>\n{target}  </target>\n"));
        }
        if let Some((path, format)) = &self.backing {
            xml.push_str(&format!(
                "  <backingStore>\n    <path>{}</path>\n    <format type='{}'/>\n  </backingStore>\n",
                escape(path),
                escape(format)
            ));
        }
        xml.push_str("</volume>\n");
        xml
    }

    fn target(&self, secret: Option<&str>) -> String {
        let mut xml = String::new();
        if let Some(format) = &self.format {
            xml.push_str(&format!("    <format type='{}'/>\n", escape(format)));
        }
        if let Some(secret) = secret {
            xml.push_str(&format!(
                "    <encryption format='luks'>\n      <secret type='passphrase' uuid='{}'/>\n    </encryption>\n",
                escape(secret)
            ));
        }
        if let Some(compat) = &self.compat {
            xml.push_str(&format!("    <compat>{}</compat>\n", escape(compat)));
        }
        if self.no_cow {
            xml.push_str("    <nocow/>\n");
        }
        if let Some(bytes) = self.cluster {
            xml.push_str(&format!("    <clusterSize unit='B'>{bytes}</clusterSize>\n"));
        }
        if self.lazy_refcounts {
            xml.push_str("    <features>\n      <lazy_refcounts/>\n    </features>\n");
        }
        xml
    }
}

/// How a volume gets another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resize {
    /// The new size in bytes.
    pub capacity: u64,
    /// It may become smaller: what is at its end is lost.
    pub shrink: bool,
    /// The space is taken at once.
    pub allocate: bool,
    /// When it becomes smaller although somebody uses it.
    pub if_used: IfUsed,
}

/// How what a volume holds is overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wipe {
    /// Zeroes, once.
    #[default]
    Zero,
    /// NNSA NAP-14.1-C: four times.
    Nnsa,
    /// DoD 5220.22-M: four times.
    Dod,
    /// BSI: nine times.
    Bsi,
    /// Gutmann: 35 times.
    Gutmann,
    /// Schneier: seven times.
    Schneier,
    /// Pfitzner: seven times.
    Pfitzner7,
    /// Pfitzner: 33 times.
    Pfitzner33,
    /// Random bytes, once.
    Random,
    /// The device is told to forget it.
    Trim,
}

impl Wipe {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Zero,
        Self::Random,
        Self::Trim,
        Self::Dod,
        Self::Nnsa,
        Self::Bsi,
        Self::Schneier,
        Self::Pfitzner7,
        Self::Pfitzner33,
        Self::Gutmann,
    ];

    /// Its name on the command line, as `virsh vol-wipe` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Nnsa => "nnsa",
            Self::Dod => "dod",
            Self::Bsi => "bsi",
            Self::Gutmann => "gutmann",
            Self::Schneier => "schneier",
            Self::Pfitzner7 => "pfitzner7",
            Self::Pfitzner33 => "pfitzner33",
            Self::Random => "random",
            Self::Trim => "trim",
        }
    }

    /// What it does, for the user.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Zero => tr("Zeroes, once"),
            Self::Random => tr("Random data, once"),
            Self::Trim => tr("Tell the device to discard it"),
            Self::Dod => tr("DoD 5220.22-M, four times"),
            Self::Nnsa => tr("NNSA NAP-14.1-C, four times"),
            Self::Bsi => tr("BSI, nine times"),
            Self::Schneier => tr("Schneier, seven times"),
            Self::Pfitzner7 => tr("Pfitzner, seven times"),
            Self::Pfitzner33 => tr("Pfitzner, 33 times"),
            Self::Gutmann => tr("Gutmann, 35 times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_of_lvm_and_partitions_are_never_thin_snapshots() {
        let xml = |kind: &str, allocation| {
            let new = NewVolume {
                pool: "vg".to_owned(),
                name: "disk".to_owned(),
                capacity: 4096,
                allocation,
                ..NewVolume::default()
            };
            new.in_pool(kind).xml(None)
        };
        for kind in ["logical", "disk"] {
            for thin in [Some(0), Some(4095), None] {
                assert!(!xml(kind, thin).contains("allocation"), "{kind}: {thin:?}");
            }
            assert!(
                xml(kind, Some(4096)).contains("<allocation unit='bytes'>4096<"),
                "{kind}"
            );
        }
        // Of a size that is not known yet, which libvirt makes that of what is copied.
        let empty = NewVolume {
            allocation: Some(0),
            ..NewVolume::default()
        };
        assert_eq!(empty.clone().in_pool("logical").allocation, None);
        assert_eq!(empty.in_pool("dir").allocation, Some(0));
        for kind in ["dir", "netfs", "zfs", "rbd", "something new"] {
            assert!(xml(kind, Some(0)).contains("<allocation unit='bytes'>0<"), "{kind}");
        }
    }
}
