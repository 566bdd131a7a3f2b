//! The kinds of storage pools that libvirt knows, as data: what each asks for and what can be done with it.

use super::usual::SYSTEM_IMAGES;
use crate::i18n::tr;

/// Something that a pool's definition says about where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Folder on the host where its volumes are seen.
    Target,
    /// Servers, each with an optional port.
    Hosts,
    /// Folder on the server, or the volume of Gluster.
    Directory,
    /// Device or devices on the host; for iSCSI the name of the target.
    Devices,
    /// Name of what it is: volume group, Ceph pool, ZFS pool, Gluster volume, cluster.
    Name,
    /// Format: file system, partition table.
    Format,
    /// Adapter of SCSI.
    Adapter,
    /// Our name to the iSCSI server.
    Initiator,
    /// User and password.
    Auth,
    /// Version of the NFS protocol.
    Protocol,
}

/// Whether `virStoragePoolBuild` makes something, and what that does to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// There is nothing to make.
    None,
    /// A folder: what is in it stays.
    Folder,
    /// A file system, partition table or volume group: what the devices hold is lost. libvirt can be told to look before.
    Format,
    /// As `Format`, but libvirt never looks before.
    FormatBlindly,
}

/// What libvirt can look for (`virConnectFindStoragePoolSources`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing.
    None,
    /// What the host itself has.
    Host,
    /// What a server offers.
    Server,
}

/// A kind of pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolKind {
    /// Its name in definitions: `dir`, `iscsi-direct`.
    pub name: &'static str,
    /// What it must be given, in the order of the form.
    pub needs: &'static [Field],
    /// What it may be given.
    pub may: &'static [Field],
    /// Formats of its source, the usual one first.
    pub formats: &'static [&'static str],
    /// Where its volumes are seen, if that is always the same; `None` where a folder is asked for or there is none.
    pub fixed_target: Option<&'static str>,
    /// What building does.
    pub build: Build,
    /// Deleting it removes what it was built from (`virStoragePoolDelete`).
    pub deletes: bool,
    /// What can be looked for.
    pub finding: Finding,
    /// Logins that it knows.
    pub auth: Option<super::AuthKind>,
    /// Volumes can be made, and have these formats; empty: plain space.
    pub volume_formats: &'static [&'static str],
    /// Volumes can be made.
    pub makes_volumes: bool,
    /// The key of a volume is its path.
    pub key_is_path: bool,
    /// A volume may take less space than its size.
    pub thin_volumes: bool,
}

/// Formats of volumes that are files, the usual ones first.
const FILES: &[&str] = &[
    "qcow2", "raw", "qed", "vmdk", "vdi", "vpc", "bochs", "cloop", "dmg", "iso", "cow",
];
const NO_FORMATS: &[&str] = &[];

const PLAIN: PoolKind = PoolKind {
    name: "",
    needs: &[],
    may: &[],
    formats: NO_FORMATS,
    fixed_target: None,
    build: Build::None,
    deletes: false,
    finding: Finding::None,
    auth: None,
    volume_formats: NO_FORMATS,
    makes_volumes: false,
    key_is_path: false,
    thin_volumes: true,
};

/// All kinds, those that people use most first.
const KINDS: &[PoolKind] = &[
    PoolKind {
        name: "dir",
        needs: &[Field::Target],
        build: Build::Folder,
        deletes: true,
        volume_formats: FILES,
        makes_volumes: true,
        key_is_path: true,
        ..PLAIN
    },
    PoolKind {
        name: "fs",
        needs: &[Field::Devices, Field::Target],
        may: &[Field::Format],
        formats: &[
            "auto", "ext4", "xfs", "ext3", "ext2", "vfat", "ufs", "iso9660", "udf", "gfs", "gfs2", "hfs+", "ocfs2",
            "vmfs",
        ],
        build: Build::Format,
        deletes: true,
        volume_formats: FILES,
        makes_volumes: true,
        key_is_path: true,
        ..PLAIN
    },
    PoolKind {
        name: "netfs",
        needs: &[Field::Hosts, Field::Directory, Field::Target],
        may: &[Field::Format, Field::Protocol],
        formats: &["auto", "nfs", "glusterfs", "cifs"],
        build: Build::Folder,
        deletes: true,
        finding: Finding::Server,
        volume_formats: FILES,
        makes_volumes: true,
        key_is_path: true,
        ..PLAIN
    },
    PoolKind {
        name: "logical",
        needs: &[Field::Name],
        may: &[Field::Devices, Field::Format],
        formats: &["lvm2", "unknown"],
        build: Build::Format,
        deletes: true,
        finding: Finding::Host,
        makes_volumes: true,
        thin_volumes: false,
        ..PLAIN
    },
    PoolKind {
        name: "disk",
        needs: &[Field::Devices],
        may: &[Field::Format, Field::Target],
        formats: &["gpt", "dos", "dvh", "mac", "bsd", "pc98", "sun", "lvm2", "unknown"],
        fixed_target: Some("/dev"),
        build: Build::Format,
        volume_formats: &[
            "none",
            "linux",
            "fat16",
            "fat32",
            "linux-swap",
            "linux-lvm",
            "linux-raid",
            "extended",
        ],
        makes_volumes: true,
        thin_volumes: false,
        ..PLAIN
    },
    PoolKind {
        name: "iscsi",
        needs: &[Field::Hosts, Field::Devices],
        may: &[Field::Initiator, Field::Auth],
        fixed_target: Some("/dev/disk/by-path"),
        finding: Finding::Server,
        auth: Some(super::AuthKind::Chap),
        ..PLAIN
    },
    PoolKind {
        name: "iscsi-direct",
        needs: &[Field::Hosts, Field::Devices, Field::Initiator],
        may: &[Field::Auth],
        finding: Finding::Server,
        auth: Some(super::AuthKind::Chap),
        ..PLAIN
    },
    PoolKind {
        name: "scsi",
        needs: &[Field::Adapter],
        fixed_target: Some("/dev/disk/by-path"),
        ..PLAIN
    },
    PoolKind {
        name: "mpath",
        fixed_target: Some("/dev/mapper"),
        ..PLAIN
    },
    PoolKind {
        name: "rbd",
        needs: &[Field::Hosts, Field::Name],
        may: &[Field::Auth],
        auth: Some(super::AuthKind::Ceph),
        volume_formats: &["raw"],
        makes_volumes: true,
        ..PLAIN
    },
    PoolKind {
        name: "gluster",
        needs: &[Field::Hosts, Field::Name],
        may: &[Field::Directory],
        finding: Finding::Server,
        ..PLAIN
    },
    PoolKind {
        name: "zfs",
        needs: &[Field::Name],
        may: &[Field::Devices],
        build: Build::FormatBlindly,
        deletes: true,
        finding: Finding::Host,
        makes_volumes: true,
        key_is_path: true,
        ..PLAIN
    },
    PoolKind {
        name: "vstorage",
        needs: &[Field::Name, Field::Target],
        build: Build::Folder,
        volume_formats: FILES,
        makes_volumes: true,
        key_is_path: true,
        ..PLAIN
    },
];

/// All kinds of pools, those that people use most first. Which of them a host has is not told before one is defined.
#[must_use]
pub fn pool_kinds() -> &'static [PoolKind] {
    KINDS
}

/// A kind by its name in definitions.
#[must_use]
pub fn pool_kind(name: &str) -> Option<&'static PoolKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl PoolKind {
    /// Its name for the user.
    #[must_use]
    pub fn title(&self) -> String {
        match self.name {
            "dir" => tr("Folder"),
            "fs" => tr("File System on a Device"),
            "netfs" => tr("Network Folder (NFS, CIFS)"),
            "logical" => tr("LVM Volume Group"),
            "disk" => tr("Whole Disk with Partitions"),
            "iscsi" => tr("iSCSI Target"),
            "iscsi-direct" => tr("iSCSI Target without Devices on the Host"),
            "scsi" => tr("SCSI Host Adapter"),
            "mpath" => tr("Multipath Devices"),
            "rbd" => tr("Ceph (RBD)"),
            "gluster" => tr("Gluster"),
            "zfs" => tr("ZFS"),
            "vstorage" => tr("Virtuozzo Storage"),
            other => other.to_owned(),
        }
    }

    /// What a pool of it is called where nobody has said anything, without a number.
    pub(super) fn usual_name(&self) -> &'static str {
        match self.name {
            "dir" => "images",
            "fs" | "disk" => "disk",
            "netfs" => "share",
            "logical" => "volumes",
            "iscsi-direct" => "iscsi",
            "mpath" => "multipath",
            "rbd" => "ceph",
            "vstorage" => "cluster",
            other => other,
        }
    }

    /// Whether a field belongs to it.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.needs.contains(&field) || self.may.contains(&field)
    }

    /// Whether a folder for its volumes can be named, and what is usual for a pool of this name. User sessions keep
    /// theirs in the home folder, so only the system's default is known here.
    #[must_use]
    pub fn usual_target(&self, name: &str) -> Option<String> {
        if let Some(fixed) = self.fixed_target {
            return Some(fixed.to_owned());
        }
        match self.name {
            "logical" => Some(format!("/dev/{name}")),
            _ if self.needs.contains(&Field::Target) => Some(format!("{SYSTEM_IMAGES}/{name}")),
            _ => None,
        }
    }
}
