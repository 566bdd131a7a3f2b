//! Everything a host can tell us: one closed, owned enum, made by `virt`, eaten by the store.

use uuid::Uuid;

use crate::model::domain::{DomainDetails, DomainSummary, GuestAddress};
use crate::model::error::VirtError;
use crate::model::host::{ConnectionStatus, HostInfo};
use crate::model::key::{DomainKey, HostId};
use crate::model::sample::DomainSample;

/// Position of a piece of news in the stream of one host. An answer to a question that was asked before an event
/// carries the smaller number and must not undo that event.
pub type Seq = u64;

/// News from a host.
#[derive(Debug, Clone, PartialEq)]
pub enum HostEvent {
    /// The connection changed.
    Connection {
        /// Which host.
        host: HostId,
        /// How it stands now.
        status: ConnectionStatus,
    },
    /// Facts about a host that has just been connected.
    HostInfo {
        /// Which host.
        host: HostId,
        /// The facts.
        info: HostInfo,
    },
    /// The complete list of machines as of `seq`. What is not in it is gone.
    Listed {
        /// Which host.
        host: HostId,
        /// When it was asked.
        seq: Seq,
        /// All machines, in libvirt's order.
        domains: Vec<DomainSummary>,
    },
    /// One machine as of `seq` (re-read after an event that does not tell everything).
    Summary {
        /// When it was asked.
        seq: Seq,
        /// The machine.
        summary: DomainSummary,
    },
    /// A lifecycle event.
    Lifecycle {
        /// Which machine.
        key: DomainKey,
        /// Position in the host's stream.
        seq: Seq,
        /// Name as of the event.
        name: String,
        /// Numeric id as of the event; `None` while off.
        id: Option<u32>,
        /// What happened.
        change: Lifecycle,
        /// libvirt's detail number for it.
        detail: i32,
    },
    /// The definition was read as of `seq`; `Err` holds the reason why it could not be.
    Details {
        /// Which machine.
        key: DomainKey,
        /// When it was asked.
        seq: Seq,
        /// What it says.
        details: Result<Box<DomainDetails>, VirtError>,
    },
    /// Addresses of a guest.
    Addresses {
        /// Which machine.
        key: DomainKey,
        /// All addresses, loopback left out.
        addresses: Vec<GuestAddress>,
    },
    /// Counters from one poll.
    Samples {
        /// Which host.
        host: HostId,
        /// Monotonic clock in nanoseconds at the moment of the answer.
        at_ns: u64,
        /// One entry for each machine that answered.
        samples: Vec<DomainSample>,
    },
    /// A machine's hypervisor process does not answer (or does again).
    Responding {
        /// Which machine.
        key: DomainKey,
        /// Whether it answers.
        responding: bool,
    },
    /// Something else happened to a machine.
    Domain {
        /// Which machine.
        key: DomainKey,
        /// Position in the host's stream.
        seq: Seq,
        /// What.
        news: DomainNews,
    },
    /// A network, pool, node device or secret changed.
    Object {
        /// Which host.
        host: HostId,
        /// What kind of object.
        kind: ObjectKind,
        /// Its name (UUID for secrets).
        name: String,
        /// libvirt's event number; −1 when what it holds changed (pool refreshed, device updated, secret set).
        event: i32,
        /// libvirt's detail number; 0 where there is none.
        detail: i32,
    },
    /// Events were dropped because the queue was full; a full list follows.
    Overflow {
        /// Which host.
        host: HostId,
    },
}

/// `virDomainEventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// Defined or changed (detail 0 added, 1 updated, 2 renamed, 3 from snapshot).
    Defined,
    /// Undefined (detail 1: renamed, the machine lives on).
    Undefined,
    /// Started.
    Started,
    /// Paused.
    Suspended,
    /// Resumed.
    Resumed,
    /// Stopped.
    Stopped,
    /// The guest finished its shutdown; the process still exists.
    Shutdown,
    /// Suspended by the guest's power management.
    PmSuspended,
    /// Crashed.
    Crashed,
    /// An event of a newer libvirt.
    Other(i32),
}

impl Lifecycle {
    /// From `virDomainEventType`.
    #[must_use]
    pub fn from_raw(raw: i32) -> Self {
        match raw {
            0 => Self::Defined,
            1 => Self::Undefined,
            2 => Self::Started,
            3 => Self::Suspended,
            4 => Self::Resumed,
            5 => Self::Stopped,
            6 => Self::Shutdown,
            7 => Self::PmSuspended,
            8 => Self::Crashed,
            other => Self::Other(other),
        }
    }
}

/// Domain events besides the lifecycle; one variant for each event id of libvirt 9.0.
#[derive(Debug, Clone, PartialEq)]
pub enum DomainNews {
    /// The guest rebooted.
    Rebooted,
    /// The guest changed its clock offset, in seconds.
    ClockChanged(i64),
    /// The watchdog fired; `virDomainEventWatchdogAction`.
    Watchdog(i32),
    /// A disk failed.
    IoError {
        /// Source path.
        source: String,
        /// Device alias.
        device: String,
        /// `virDomainEventIOErrorAction`.
        action: i32,
        /// `enospc` or empty.
        reason: String,
    },
    /// A display client connected, authenticated or left (`virDomainEventGraphicsPhase`).
    Graphics {
        /// Phase.
        phase: i32,
    },
    /// Control of the machine failed (the monitor of QEMU is broken).
    ControlError,
    /// A block job moved on.
    BlockJob {
        /// Disk target or path.
        disk: String,
        /// `virDomainBlockJobType`.
        kind: i32,
        /// `virConnectDomainEventBlockJobStatus`.
        status: i32,
    },
    /// Media changed in a drive.
    DiskChanged {
        /// Device alias.
        device: String,
        /// New source, if any.
        source: Option<String>,
        /// `virConnectDomainEventDiskChangeReason`.
        reason: i32,
    },
    /// A tray was opened (0) or closed (1).
    TrayChanged {
        /// Device alias.
        device: String,
        /// `virDomainEventTrayChangeReason`.
        reason: i32,
    },
    /// Woken up from power-management suspend.
    PmWakeup,
    /// Suspended to memory by the guest.
    PmSuspend,
    /// Suspended to disk by the guest.
    PmSuspendDisk,
    /// The balloon has a new size, in KiB.
    BalloonChanged(u64),
    /// A device was removed; its alias.
    DeviceRemoved(String),
    /// A device was added; its alias.
    DeviceAdded(String),
    /// A device could not be removed; its alias.
    DeviceRemovalFailed(String),
    /// Tuning parameters changed.
    Tunable,
    /// The guest agent connected (1) or left (2).
    AgentLifecycle {
        /// `virConnectDomainEventAgentLifecycleState`.
        state: i32,
    },
    /// A migration reached another pass.
    MigrationIteration(i32),
    /// A job ended.
    JobCompleted,
    /// Metadata (title, description, tags …) changed.
    MetadataChanged {
        /// `virDomainMetadataType`.
        kind: i32,
        /// Namespace URI for elements.
        uri: Option<String>,
    },
    /// A disk passed its write threshold.
    BlockThreshold {
        /// Disk.
        device: String,
    },
    /// The guest reported a memory failure.
    MemoryFailure,
    /// A memory device has a new size, in KiB.
    MemoryDeviceSizeChanged {
        /// Alias.
        alias: String,
        /// Size in KiB.
        size_kib: u64,
    },
}

/// Kinds of objects besides machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// Virtual network.
    Network,
    /// Storage pool.
    StoragePool,
    /// Device of the host.
    NodeDevice,
    /// Secret.
    Secret,
    /// Packet filter. libvirt has no events for them: this program tells of its own changes.
    Filter,
    /// Network interface of the host. As with filters.
    Interface,
}

impl HostEvent {
    /// The host that this comes from.
    #[must_use]
    pub fn host(&self) -> HostId {
        match self {
            Self::Connection { host, .. }
            | Self::HostInfo { host, .. }
            | Self::Listed { host, .. }
            | Self::Samples { host, .. }
            | Self::Object { host, .. }
            | Self::Overflow { host } => *host,
            Self::Summary { summary, .. } => summary.key.host,
            Self::Lifecycle { key, .. }
            | Self::Details { key, .. }
            | Self::Addresses { key, .. }
            | Self::Responding { key, .. }
            | Self::Domain { key, .. } => key.host,
        }
    }

    /// The machine that this is about, if it is about one.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        match self {
            Self::Summary { summary, .. } => Some(summary.key.uuid),
            Self::Lifecycle { key, .. }
            | Self::Details { key, .. }
            | Self::Addresses { key, .. }
            | Self::Responding { key, .. }
            | Self::Domain { key, .. } => Some(key.uuid),
            _ => None,
        }
    }
}
