//! A machine ("domain" in libvirt's words) as we know it.

use std::sync::Arc;

use crate::model::key::DomainKey;
use crate::model::node::Given;
use crate::model::usage::Image;

/// `virDomainState`. A value that libvirt adds later keeps its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DomainState {
    /// No state (some drivers report it for running machines).
    NoState,
    /// Running.
    Running,
    /// Blocked on a resource; treated as running.
    Blocked,
    /// Paused, by the user or by an error: see the reason.
    Paused,
    /// Shutting down.
    ShuttingDown,
    /// Off.
    Off,
    /// Off after a crash.
    Crashed,
    /// Suspended by the guest's own power management.
    Suspended,
    /// A state of a newer libvirt.
    Other(i32),
}

impl DomainDetails {
    /// Its cards that are plugged into a virtual network.
    pub fn nics_on<'d>(&'d self, network: &str) -> impl Iterator<Item = &'d NicInfo> {
        let is_on = move |nic: &&NicInfo| nic.kind == "network" && nic.source.as_deref() == Some(network);
        self.nics.iter().filter(is_on)
    }

    /// Whether one of its cards has this hardware address.
    #[must_use]
    pub fn has_mac(&self, mac: &str) -> bool {
        let own = self.nics.iter().filter_map(|nic| nic.mac.as_deref());
        own.into_iter().any(|own| own.eq_ignore_ascii_case(mac))
    }
}

impl DomainState {
    /// From the number in `virDomainGetState` and `state.state` of the bulk statistics.
    #[must_use]
    pub fn from_raw(raw: i32) -> Self {
        match raw {
            0 => Self::NoState,
            1 => Self::Running,
            2 => Self::Blocked,
            3 => Self::Paused,
            4 => Self::ShuttingDown,
            5 => Self::Off,
            6 => Self::Crashed,
            7 => Self::Suspended,
            other => Self::Other(other),
        }
    }

    /// Whether a hypervisor process stands behind the machine.
    #[must_use]
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Off | Self::Crashed)
    }

    /// Whether the guest executes: only then load figures move.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::NoState | Self::Running | Self::Blocked | Self::ShuttingDown)
    }
}

/// What a bulk listing tells of each machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSummary {
    /// Identity.
    pub key: DomainKey,
    /// libvirt name; unique on the host, may change.
    pub name: String,
    /// Number of the running instance; `None` while off.
    pub id: Option<u32>,
    /// State.
    pub state: DomainState,
    /// libvirt's reason number for the state (`virDomainPausedReason`, …), 0 where it is not known or says nothing: see
    /// [`crate::model::state::reason_text`].
    pub reason: i32,
    /// Has a definition that outlives its running instance.
    pub persistent: bool,
    /// Starts with the host.
    pub autostart: bool,
    /// A saved memory image will be restored at the next start.
    pub managed_save: bool,
}

/// What the definition (XML) of a machine tells; fetched when something shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DomainDetails {
    /// `<title>`.
    pub title: Option<String>,
    /// `<description>`.
    pub description: Option<String>,
    /// Tags that Vireo keeps in the definition's metadata.
    pub tags: Vec<String>,
    /// Something is left to do when the guest is installed; `true` where it was started by who made it.
    pub installation: Option<bool>,
    /// Domain type: `kvm`, `qemu`, `lxc`, `xen`, `test` …
    pub hypervisor: String,
    /// CPU architecture of the guest (`x86_64`).
    pub arch: Option<String>,
    /// Machine type (`pc-q35-7.2`).
    pub machine: Option<String>,
    /// Firmware: `bios` or `efi` where the definition says.
    pub firmware: Option<String>,
    /// Short id of the operating system from libosinfo metadata (`debian12`).
    pub os: Option<String>,
    /// Current number of virtual CPUs.
    pub vcpus: u32,
    /// Maximum number of virtual CPUs.
    pub max_vcpus: u32,
    /// Memory of the definition in KiB (`<memory>`).
    pub memory_kib: u64,
    /// Current balloon target in KiB (`<currentMemory>`).
    pub current_memory_kib: u64,
    /// Disks in the order of the definition.
    pub disks: Vec<DiskInfo>,
    /// The images that the machine uses, those that it builds on included where the definition tells.
    pub images: Arc<[Image]>,
    /// Network interfaces in the order of the definition.
    pub nics: Vec<NicInfo>,
    /// Devices of the host that it is given.
    pub given: Vec<Given>,
    /// Text consoles that can be opened (serial, console), in the order of the definition.
    pub consoles: Vec<ConsoleInfo>,
    /// Kinds of graphics devices: `vnc`, `spice` …
    pub graphics: Vec<String>,
    /// A virtio memory balloon is present.
    pub has_balloon: bool,
    /// A channel for the guest agent is present.
    pub has_agent_channel: bool,
    /// The agent in the guest is connected to that channel (live definition only).
    pub agent_connected: bool,
    /// It is a template: other machines are made of it, and it is never started itself.
    pub is_template: bool,
}

/// One `<disk>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskInfo {
    /// Target name, `vda`; the name in the statistics, too.
    pub target: String,
    /// `disk`, `cdrom`, `floppy`, `lun`.
    pub device: String,
    /// Path, volume or URL of the source; `None` for an empty drive.
    pub source: Option<String>,
    /// Bus: `virtio`, `sata` …
    pub bus: Option<String>,
}

/// One `<interface>`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NicInfo {
    /// Hardware address.
    pub mac: Option<String>,
    /// Kind of source: `network`, `bridge`, `user` …
    pub kind: String,
    /// Name of the network or bridge.
    pub source: Option<String>,
    /// Device model.
    pub model: Option<String>,
    /// Host device (`vnet3`), the name in the statistics; only while running.
    pub target: Option<String>,
}

/// One text console of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConsoleInfo {
    /// Alias for `virDomainOpenConsole` (`serial0`); `None` means the first one.
    pub alias: Option<String>,
    /// `serial` or `console`.
    pub kind: String,
    /// Target port number.
    pub port: u32,
    /// Kind of host end: only `pty` can be opened through libvirt.
    pub backend: String,
}

/// One address of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestAddress {
    /// Interface name as the guest or the host knows it.
    pub interface: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// The address in its usual notation, without prefix.
    pub address: String,
    /// Length of the network prefix.
    pub prefix: u32,
}
