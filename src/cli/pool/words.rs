//! The words of `vireo pool`. They follow virsh.

use clap::Subcommand;

use super::PoolDefineWords;

/// Something to do with storage pools.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum PoolCommand {
    /// Prints all pools with their state and space
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
        /// Prints names only, one a line
        #[arg(long, conflicts_with = "json")]
        names: bool,
    },
    /// Prints what there is to say of a pool
    Info {
        /// Name of the pool
        pool: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Defines a pool
    Define(Box<PoolDefineWords>),
    /// Makes what a pool is: its folder, file system, partition table or volume group
    Build {
        /// Name of the pool
        pool: String,
        /// Formats devices even where they hold something: that is lost
        #[arg(long)]
        overwrite: bool,
        /// Formats devices only where they hold nothing
        #[arg(long, conflicts_with = "overwrite")]
        no_overwrite: bool,
        /// Only prints what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Starts a pool
    Start {
        /// Name of the pool
        pool: String,
        /// Builds it before
        #[arg(long)]
        build: bool,
    },
    /// Stops a pool; what it holds stays, and machines that run go on
    Stop {
        /// Name of the pool
        pool: String,
    },
    /// Lets a pool look at its volumes anew
    Refresh {
        /// Name of the pool
        pool: String,
    },
    /// Starts a pool with the host
    Autostart {
        /// Name of the pool
        pool: String,
        /// Not any more
        #[arg(long)]
        disable: bool,
    },
    /// Gives a stopped pool another name
    Rename {
        /// Name of the pool
        pool: String,
        /// The new name
        new: String,
    },
    /// Removes the definition of a stopped pool; what it holds stays
    Undefine {
        /// Name of the pool
        pool: String,
        /// Only prints what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Deletes what a stopped pool was built from: an empty folder, a volume group with everything in it
    Delete {
        /// Name of the pool
        pool: String,
        /// Overwrites it with zeroes
        #[arg(long)]
        zeroed: bool,
        /// Only prints what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Prints what pools of a type could be made of
    Sources {
        /// Type of pool: netfs, iscsi, logical …
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
        /// Server to ask
        #[arg(long, value_name = "HOST")]
        source_host: Option<String>,
        /// Name of this computer for an iSCSI server
        #[arg(long, value_name = "IQN")]
        source_initiator: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints the definition of a pool
    Dumpxml {
        /// Name of the pool
        pool: String,
        /// What its next start takes
        #[arg(long)]
        inactive: bool,
    },
}
