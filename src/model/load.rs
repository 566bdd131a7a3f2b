//! Load figures made from counters.

use crate::model::sample::{DiskSample, DomainSample, NicSample};
use crate::model::series::rate;

/// Load of a machine between two polls. `None` where unknown: first sample, counter reset, pause, gap, or the driver does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// Share of the machine's virtual CPUs in use, 0.0 to 1.0.
    pub cpu: Option<f32>,
    /// Memory in use in KiB.
    pub memory_used_kib: Option<u64>,
    /// Memory given to the machine in KiB.
    pub memory_total_kib: Option<u64>,
    /// The guest itself does not tell what it uses (no balloon driver): `memory_used_kib` is what the host holds for it.
    pub memory_by_host: bool,
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
    /// Packets received and sent a second, all interfaces.
    pub net_packets: Option<f64>,
}

impl Load {
    /// Share of the memory in use, 0.0 to 1.0.
    #[must_use]
    pub fn memory(&self) -> Option<f32> {
        let total = self.memory_total_kib.filter(|total| *total > 0)?;
        Some((self.memory_used_kib? as f64 / total as f64).clamp(0.0, 1.0) as f32)
    }

    /// Bytes a second read and written together.
    #[must_use]
    pub fn disk(&self) -> Option<f64> {
        add(self.disk_read, self.disk_write)
    }

    /// Bytes a second received and sent together.
    #[must_use]
    pub fn net(&self) -> Option<f64> {
        add(self.net_rx, self.net_tx)
    }
}

/// Read and write (or receive and send) rate of one device, in bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Flow {
    /// Read from a disk, received by an interface.
    pub input: Option<f64>,
    /// Written to a disk, sent by an interface.
    pub output: Option<f64>,
}

/// The counters of the last poll of one machine: makes rates of the next.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    at_ns: u64,
    last: DomainSample,
}

impl Meter {
    /// Begins with the first sample, which gives no rates yet.
    pub(crate) fn new(at_ns: u64, sample: DomainSample) -> Self {
        Self { at_ns, last: sample }
    }

    /// Nanoseconds from the last sample to `at_ns`; `None` for a gap longer than `max_gap_ns` or a clock that did not
    /// move forward, when no rate can be told.
    pub(crate) fn elapsed(&self, at_ns: u64, max_gap_ns: u64) -> Option<u64> {
        at_ns
            .checked_sub(self.at_ns)
            .filter(|elapsed| *elapsed > 0 && *elapsed <= max_gap_ns)
    }

    /// The sample before the newest.
    pub(crate) fn last(&self) -> &DomainSample {
        &self.last
    }

    /// Takes the newest sample for the next comparison.
    pub(crate) fn advance(&mut self, at_ns: u64, sample: DomainSample) {
        self.at_ns = at_ns;
        self.last = sample;
    }
}

/// Load figures of `now`; rates only when `before` (an earlier sample and the nanoseconds since) is known. `vcpus` is
/// what the definition says, for drivers that do not count them.
pub(crate) fn load_of(before: Option<(&DomainSample, u64)>, now: &DomainSample, vcpus: Option<u32>) -> Load {
    let mut load = memory_of(now);
    let Some((old, elapsed)) = before else { return load };
    let cores = now
        .vcpus
        .filter(|count| *count > 0)
        .or_else(|| u32::try_from(now.vcpu_time_ns.len()).ok().filter(|count| *count > 0))
        .or(vcpus.filter(|count| *count > 0))
        .unwrap_or(1);
    load.cpu = share(old.cpu_time_ns, now.cpu_time_ns, elapsed, cores);
    for (index, disk) in now.disks.iter().enumerate() {
        let Some(past) = same_disk(old, disk, index) else {
            continue;
        };
        load.disk_read = add(load.disk_read, rate(past.read_bytes, disk.read_bytes, elapsed));
        load.disk_write = add(load.disk_write, rate(past.write_bytes, disk.write_bytes, elapsed));
        let requests = add(
            rate(past.read_ops, disk.read_ops, elapsed),
            rate(past.write_ops, disk.write_ops, elapsed),
        );
        load.disk_ops = add(load.disk_ops, requests);
    }
    for (index, nic) in now.nics.iter().enumerate() {
        let Some(past) = same_nic(old, nic, index) else {
            continue;
        };
        load.net_rx = add(load.net_rx, rate(past.rx_bytes, nic.rx_bytes, elapsed));
        load.net_tx = add(load.net_tx, rate(past.tx_bytes, nic.tx_bytes, elapsed));
        let packets = add(
            rate(past.rx_packets, nic.rx_packets, elapsed),
            rate(past.tx_packets, nic.tx_packets, elapsed),
        );
        load.net_packets = add(load.net_packets, packets);
    }
    load
}

/// Share of `cores` CPUs that the time between two readings is, clamped to 1.
pub(crate) fn share(before: Option<u64>, now: Option<u64>, elapsed_ns: u64, cores: u32) -> Option<f32> {
    let busy = rate(before, now, elapsed_ns)? / 1e9 / f64::from(cores.max(1));
    Some(busy.clamp(0.0, 1.0) as f32)
}

/// The same disk in the earlier sample: usually at the same place, elsewhere after a hot plug.
pub(crate) fn same_disk<'a>(old: &'a DomainSample, disk: &DiskSample, index: usize) -> Option<&'a DiskSample> {
    match old.disks.get(index) {
        Some(past) if past.name == disk.name => Some(past),
        _ => old.disks.iter().find(|past| past.name == disk.name),
    }
}

/// The same interface in the earlier sample.
pub(crate) fn same_nic<'a>(old: &'a DomainSample, nic: &NicSample, index: usize) -> Option<&'a NicSample> {
    match old.nics.get(index) {
        Some(past) if past.name == nic.name => Some(past),
        _ => old.nics.iter().find(|past| past.name == nic.name),
    }
}

/// Memory needs no earlier sample. The guest's own word counts most, then what the host holds for it.
fn memory_of(now: &DomainSample) -> Load {
    let total = now.balloon_kib.or(now.balloon_max_kib);
    let free = now.usable_kib.or(now.unused_kib);
    let told = match (total, free) {
        (Some(total), Some(free)) => Some(total.saturating_sub(free)),
        _ => None,
    };
    // The resident set counts the hypervisor's own memory, too, and may exceed what the guest was given.
    let held = now.rss_kib.map(|rss| total.map_or(rss, |total| rss.min(total)));
    Load {
        memory_used_kib: told.or(held),
        memory_total_kib: total,
        memory_by_host: told.is_none() && held.is_some(),
        ..Load::default()
    }
}

/// The sum of what is known.
fn add(left: Option<f64>, right: Option<f64>) -> Option<f64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (one, other) => one.or(other),
    }
}
