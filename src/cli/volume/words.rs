//! The words of `vireo volume`. They follow virsh.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::model::hardware::size;
use crate::model::storage::{Checksum, VolumeRef, Wipe};

/// A volume, named as virsh names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct VolumeWords {
    /// Name of the pool
    pub pool: String,
    /// Name of the volume
    pub volume: String,
}

impl VolumeWords {
    pub(super) fn volume(&self) -> VolumeRef {
        VolumeRef::new(&self.pool, &self.volume)
    }
}

/// Something to do with volumes.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum VolumeCommand {
    /// Prints the volumes of a pool
    List {
        /// Name of the pool
        pool: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
        /// Prints names only, one a line: one question, however many there are
        #[arg(long, conflicts_with = "json")]
        names: bool,
    },
    /// Prints what there is to say of a volume
    Info {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a volume
    Create(Box<VolumeCreateWords>),
    /// Gives a volume another size
    Resize {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// The new size: 20G, 512M
        #[arg(value_parser = read_size)]
        size: u64,
        /// It may become smaller: what is at its end is lost
        #[arg(long)]
        shrink: bool,
        /// Takes the space at once
        #[arg(long)]
        allocate: bool,
        /// Makes it smaller although a machine uses it, or another volume builds on it
        #[arg(long, requires = "shrink")]
        force: bool,
        /// Only prints what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Copies a volume
    Clone {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// Name of the copy
        new: String,
        /// Pool of the copy, if it is another one
        #[arg(long, value_name = "POOL")]
        to_pool: Option<String>,
        /// Format of the copy, if it is another one
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
        /// Only prints what would be made
        #[arg(long)]
        dry_run: bool,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Overwrites what a volume holds
    Wipe {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// How
        #[arg(long, default_value = "zero", value_parser = Wipe::ALL.map(Wipe::name))]
        algorithm: String,
        /// Does it although a machine uses the volume, or another volume builds on it
        #[arg(long)]
        force: bool,
        /// Only prints what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Deletes volumes that no machine uses and no other volume builds on
    Delete {
        /// Name of the pool
        pool: String,
        /// Names of volumes
        #[arg(required = true)]
        volumes: Vec<String>,
        /// Only prints what would be deleted
        #[arg(long)]
        dry_run: bool,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a volume of a file of this computer, or of something from the network
    Upload {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// File, or address that begins with http:// or https://
        source: String,
        /// Writes over a volume that is there, instead of making one
        #[arg(long)]
        overwrite: bool,
        /// Where in the volume to begin, in bytes
        #[arg(long, value_name = "BYTES", default_value_t = 0, requires = "overwrite")]
        offset: u64,
        /// Writes over it although a machine uses it, or another volume builds on it
        #[arg(long, requires = "overwrite")]
        force: bool,
        /// What the bytes of an address must add up to: sha256:… or sha512:…
        #[arg(long, value_name = "SUM", value_parser = read_sum)]
        checksum: Option<Checksum>,
        /// Only prints what would be made
        #[arg(long)]
        dry_run: bool,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Writes a volume to a file of this computer
    Download {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
        /// The file; one that is there is replaced
        file: PathBuf,
        /// Where in the volume to begin, in bytes
        #[arg(long, value_name = "BYTES", default_value_t = 0)]
        offset: u64,
        /// How many bytes
        #[arg(long, value_name = "BYTES")]
        length: Option<u64>,
    },
    /// Prints what libvirt says of a volume
    Dumpxml {
        /// Which volume
        #[command(flatten)]
        which: VolumeWords,
    },
}

/// What stands behind `vireo volume create`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct VolumeCreateWords {
    #[command(flatten)]
    pub(super) which: VolumeWords,
    /// Size that a guest sees: 20G, 512M
    #[arg(value_parser = read_size)]
    pub(super) capacity: u64,
    /// Format: qcow2, raw …
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<String>,
    /// Space that is taken at once
    #[arg(long, value_name = "SIZE", value_parser = read_size)]
    pub(super) allocation: Option<u64>,
    /// Makes the tables of a qcow2 image at once
    #[arg(long)]
    pub(super) prealloc_metadata: bool,
    /// Image that it builds on
    #[arg(long, value_name = "PATH", requires = "backing_vol_format")]
    pub(super) backing_vol: Option<String>,
    /// Format of that image
    #[arg(long, value_name = "FORMAT", requires = "backing_vol")]
    pub(super) backing_vol_format: Option<String>,
    /// Encrypts it (LUKS) with this secret of the host
    #[arg(long, value_name = "UUID")]
    pub(super) secret_uuid: Option<String>,
    /// Size of the clusters of a qcow2 image
    #[arg(long, value_name = "SIZE", value_parser = read_size)]
    pub(super) cluster_size: Option<u64>,
    /// Only prints what would be made
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
}

fn read_size(text: &str) -> Result<u64, String> {
    size::read(text).ok_or_else(|| "this is no size: 20G, 512M".to_owned())
}

fn read_sum(text: &str) -> Result<Checksum, String> {
    Checksum::read(text).ok_or_else(|| "this is no checksum: sha256:…, sha512:…".to_owned())
}
