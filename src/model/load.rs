//! Load figures made from counters, and their history.

/// Load of a machine between two polls. `None` where unknown: first sample, counter reset, pause, gap, or the driver does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// Share of the machine's virtual CPUs in use, 0.0 to 1.0.
    pub cpu: Option<f32>,
    /// Memory in use in KiB.
    pub memory_used_kib: Option<u64>,
    /// Memory given to the machine in KiB.
    pub memory_total_kib: Option<u64>,
    /// Bytes read a second, all disks.
    pub disk_read: Option<f64>,
    /// Bytes written a second, all disks.
    pub disk_write: Option<f64>,
    /// Requests a second, all disks.
    pub disk_ops: Option<f64>,
    /// Bytes received a second, all interfaces.
    pub net_rx: Option<f64>,
    /// Bytes sent a second, all interfaces.
    pub net_tx: Option<f64>,
}
