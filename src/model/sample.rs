//! Raw counters of a running machine, as one statistics poll brings them.

use uuid::Uuid;

/// Counters of one machine at one moment. `None` means the driver does not tell, which is not zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DomainSample {
    /// Which machine of the host.
    pub uuid: Uuid,
    /// CPU time used, in nanoseconds (`cpu.time`).
    pub cpu_time_ns: Option<u64>,
    /// Virtual CPUs online (`vcpu.current`).
    pub vcpus: Option<u32>,
    /// CPU time of each virtual CPU in nanoseconds.
    pub vcpu_time_ns: Vec<u64>,
    /// Memory given to the guest now, in KiB (`balloon.current`).
    pub balloon_kib: Option<u64>,
    /// Maximum memory, in KiB (`balloon.maximum`).
    pub balloon_max_kib: Option<u64>,
    /// Memory that the guest itself calls unused, in KiB (`balloon.unused`; needs a driver in the guest).
    pub unused_kib: Option<u64>,
    /// Memory available to guest processes, in KiB (`balloon.usable`).
    pub usable_kib: Option<u64>,
    /// Resident memory of the hypervisor process, in KiB (`balloon.rss`).
    pub rss_kib: Option<u64>,
    /// One entry per disk.
    pub disks: Vec<DiskSample>,
    /// One entry per network interface.
    pub nics: Vec<NicSample>,
}

/// Counters of one disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskSample {
    /// Target name (`vda`).
    pub name: String,
    /// Bytes read.
    pub read_bytes: Option<u64>,
    /// Bytes written.
    pub write_bytes: Option<u64>,
    /// Read requests.
    pub read_ops: Option<u64>,
    /// Write requests.
    pub write_ops: Option<u64>,
}

/// Counters of one network interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NicSample {
    /// Host device (`vnet3`).
    pub name: String,
    /// Bytes received by the guest.
    pub rx_bytes: Option<u64>,
    /// Bytes sent by the guest.
    pub tx_bytes: Option<u64>,
    /// Packets received by the guest.
    pub rx_packets: Option<u64>,
    /// Packets sent by the guest.
    pub tx_packets: Option<u64>,
}

/// Groups of figures; only what something on screen shows is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatGroups {
    /// CPU time.
    pub cpu: bool,
    /// Per-vCPU time.
    pub vcpu: bool,
    /// Memory.
    pub memory: bool,
    /// Disks.
    pub disk: bool,
    /// Network interfaces.
    pub net: bool,
}

impl StatGroups {
    /// Everything, for the pages of a single machine.
    pub const ALL: Self = Self {
        cpu: true,
        vcpu: true,
        memory: true,
        disk: true,
        net: true,
    };

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What the windows show of a host right now; it decides what is polled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interest {
    /// Figures shown in the list.
    pub list: StatGroups,
    /// Machines whose rows are on screen.
    pub visible: Vec<Uuid>,
    /// Machines with a page of large graphs on screen: all groups.
    pub focused: Vec<Uuid>,
}

impl Interest {
    /// Whether any window shows the host.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        !self.list.is_empty() || !self.visible.is_empty() || !self.focused.is_empty()
    }
}
