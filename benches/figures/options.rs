//! What `make bench ARGS=…` can ask for.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures the figures that the project promises; `docs/figures.md` says what each means.
#[derive(Debug, Parser)]
#[command(name = "figures")]
pub struct Options {
    /// Numbers of machines
    #[arg(long, value_delimiter = ',', default_value = "100,1000,5000,10000")]
    pub sizes: Vec<usize>,
    /// Only these groups
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Group>,
    /// Only these programs
    #[arg(long, value_enum, value_delimiter = ',')]
    pub programs: Vec<Contestant>,
    /// How often each start is measured
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// The program to measure, if not the one that was just built
    #[arg(long)]
    pub vireo: Option<PathBuf>,
    /// Takes ten minutes for growth and a minute for idling, and measures virt-manager with every number of machines
    #[arg(long)]
    pub long: bool,
    /// Prints JSON instead of the table
    #[arg(long)]
    pub json: bool,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
    /// A part of the measurement that needs a process of its own.
    #[command(subcommand)]
    pub part: Option<Part>,
}

/// Figures that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Window, list, calls until then, changes, idling, what a hidden window costs
    Start,
    /// Longest stalls while listing, scrolling, sorting and searching
    Stalls,
    /// 10,000 events at once
    Burst,
    /// Waiting times for a host that is 50 ms away
    Trips,
    /// Memory after a while
    Growth,
    /// What 1,000 connections leave behind
    Connects,
    /// The page for a new machine
    Create,
    /// Text console of a real guest
    Serial,
    /// Sixty real processes, one of which hangs
    Fleet,
}

/// A program under measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Contestant {
    /// Vireo
    Vireo,
    /// The least that a GTK program needs
    Floor,
    /// virt-manager, where it is installed
    VirtManager,
}

/// What a process of its own does.
#[derive(Debug, Clone, Subcommand)]
#[command(hide = true)]
pub enum Part {
    /// Shows the machines of a host with as little as possible
    #[command(hide = true)]
    Floor {
        /// The host
        uri: String,
    },
    /// Connects and disconnects 1,000 times
    #[command(hide = true)]
    Connects {
        /// The host
        uri: String,
        /// By libvirt's calls alone
        #[arg(long)]
        bare: bool,
    },
}

/// Where Vireo is.
static VIREO: OnceLock<PathBuf> = OnceLock::new();

/// The Vireo to measure.
pub fn vireo() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_vireo"));
    VIREO.get().cloned().unwrap_or_else(built)
}

impl Options {
    /// Reads the command line.
    pub fn read() -> Self {
        let options = Self::parse();
        if let Some(path) = &options.vireo {
            let _ = VIREO.set(path.clone());
        }
        options
    }

    /// How long growth is watched.
    pub fn growth(&self) -> Duration {
        Duration::from_secs(if self.long { 600 } else { 120 })
    }

    /// Whether a group is wanted.
    pub fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.only.contains(&group)
    }

    /// Whether a program is wanted.
    pub fn measures(&self, contestant: Contestant) -> bool {
        self.programs.is_empty() || self.programs.contains(&contestant)
    }

    /// How long idling is watched.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(if self.long { 60 } else { 20 })
    }
}
