//! One record of the bulk statistics as a [`DomainSample`].

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::model::domain::DomainState;
use crate::model::sample::{DiskSample, DomainSample, NicSample};
use crate::virt::params::Value;

/// More devices of a kind than this are left out: no machine has them, a hostile host may claim them.
const DEVICE_LIMIT: u32 = 1024;
/// More virtual CPUs than this are left out.
const VCPU_LIMIT: u32 = 4096;

/// Gathers the parameters of one record.
#[derive(Debug, Default)]
pub(super) struct RecordBuilder {
    sample: DomainSample,
    vcpu_times: BTreeMap<u32, u64>,
    disks: BTreeMap<u32, Disk>,
    nics: BTreeMap<u32, NicSample>,
    figures: usize,
    state: Option<i32>,
}

#[derive(Debug, Default)]
struct Disk {
    sample: DiskSample,
    /// An image below the one in use; its counters are part of the disk's.
    backing: bool,
}

impl RecordBuilder {
    /// Takes one parameter in; unknown ones are left out.
    pub(super) fn add(&mut self, name: &str, value: &Value) {
        let (group, field) = name.split_once('.').unwrap_or((name, ""));
        let number = value.counter();
        let sample = &mut self.sample;
        match (group, field) {
            ("state", "state") => {
                self.state = number.and_then(|state| i32::try_from(state).ok());
                return;
            }
            ("state", _) => return,
            ("cpu", "time") => sample.cpu_time_ns = number,
            ("balloon", "current") => sample.balloon_kib = number,
            ("balloon", "maximum") => sample.balloon_max_kib = number,
            ("balloon", "unused") => sample.unused_kib = number,
            ("balloon", "usable") => sample.usable_kib = number,
            ("balloon", "rss") => sample.rss_kib = number,
            ("vcpu", "current") => sample.vcpus = number.and_then(|count| count.try_into().ok()),
            ("vcpu", _) => {
                if let Some((index, "time")) = indexed(field, VCPU_LIMIT) {
                    self.vcpu_times.extend(number.map(|time| (index, time)));
                }
            }
            ("block", _) => {
                if let Some((index, field)) = indexed(field, DEVICE_LIMIT) {
                    self.disks.entry(index).or_default().add(field, value);
                }
            }
            ("net", _) => {
                if let Some((index, field)) = indexed(field, DEVICE_LIMIT) {
                    let nic = self.nics.entry(index).or_default();
                    match (field, value) {
                        ("name", Value::Text(name)) => nic.name.clone_from(name),
                        ("rx.bytes", _) => nic.rx_bytes = number,
                        ("tx.bytes", _) => nic.tx_bytes = number,
                        ("rx.pkts", _) => nic.rx_packets = number,
                        ("tx.pkts", _) => nic.tx_packets = number,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        self.figures += 1;
    }

    /// Whether the host told anything but the state.
    pub(super) fn has_figures(&self) -> bool {
        self.figures > 0
    }

    /// The state, if it was asked.
    pub(super) fn state(&self) -> Option<DomainState> {
        self.state.map(DomainState::from_raw)
    }

    /// The sample of machine `uuid`.
    pub(super) fn finish(self, uuid: Uuid) -> DomainSample {
        DomainSample {
            uuid,
            vcpu_time_ns: self.vcpu_times.into_values().collect(),
            disks: self
                .disks
                .into_values()
                .filter(|disk| !disk.backing && !disk.sample.name.is_empty())
                .map(|disk| disk.sample)
                .collect(),
            nics: self.nics.into_values().filter(|nic| !nic.name.is_empty()).collect(),
            ..self.sample
        }
    }
}

impl Disk {
    fn add(&mut self, field: &str, value: &Value) {
        let sample = &mut self.sample;
        let number = value.counter();
        match (field, value) {
            ("name", Value::Text(name)) => sample.name.clone_from(name),
            ("rd.bytes", _) => sample.read_bytes = number,
            ("wr.bytes", _) => sample.write_bytes = number,
            ("rd.reqs", _) => sample.read_ops = number,
            ("wr.reqs", _) => sample.write_ops = number,
            _ => {}
        }
        // Only the BACKING flag brings these, and we do not set it; a newer daemon may.
        self.backing |= field == "backingIndex" && sample.name.is_empty();
    }
}

/// Splits `3.rd.bytes` into 3 and `rd.bytes`.
fn indexed(field: &str, limit: u32) -> Option<(u32, &str)> {
    let (index, field) = field.split_once('.')?;
    let index = index.parse().ok()?;
    (index < limit).then_some((index, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(parameters: &[(&str, Value)]) -> DomainSample {
        let mut builder = RecordBuilder::default();
        for (name, value) in parameters {
            builder.add(name, value);
        }
        builder.finish(Uuid::nil())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn record_of_a_running_machine_is_read() {
        let sample = sample(&[
            ("state.state", Value::Signed(1)),
            ("cpu.time", Value::Unsigned(5)),
            ("balloon.current", Value::Unsigned(131_072)),
            ("vcpu.current", Value::Unsigned(2)),
            ("vcpu.1.time", Value::Unsigned(9)),
            ("vcpu.0.time", Value::Unsigned(8)),
            ("net.count", Value::Unsigned(1)),
            ("net.0.name", text("vnet0")),
            ("net.0.rx.bytes", Value::Unsigned(7)),
            ("net.0.rx.pkts", Value::Unsigned(3)),
            ("block.count", Value::Unsigned(2)),
            ("block.0.name", text("vda")),
            ("block.0.backingIndex", Value::Unsigned(1)),
            ("block.0.rd.bytes", Value::Unsigned(512)),
            ("block.1.name", text("sda")),
        ]);
        assert_eq!(sample.cpu_time_ns, Some(5));
        assert_eq!(sample.vcpus, Some(2));
        assert_eq!(sample.vcpu_time_ns, [8, 9]);
        assert_eq!(sample.nics[0].rx_bytes, Some(7));
        assert_eq!(sample.nics[0].tx_bytes, None);
        assert_eq!((sample.nics[0].rx_packets, sample.nics[0].tx_packets), (Some(3), None));
        assert_eq!(sample.disks.len(), 2);
        assert_eq!(sample.disks[0].read_bytes, Some(512));
        assert_eq!(sample.disks[1].read_bytes, None);
    }

    #[test]
    fn record_of_a_hostile_host_does_no_harm() {
        let sample = sample(&[
            ("", Value::Unknown),
            ("cpu.time", Value::Signed(-1)),
            ("cpu", text("x")),
            ("block.4294967295.name", text("far")),
            ("block.99999999999999.name", text("farther")),
            ("block.-1.name", text("before")),
            ("block..name", text("nowhere")),
            ("block.0.rd.bytes", text("many")),
            ("net.0.rx.bytes", Value::Double(f64::NAN)),
            ("vcpu.current", Value::Unsigned(u64::MAX)),
            ("vcpu.4096.time", Value::Unsigned(1)),
        ]);
        assert_eq!(sample, DomainSample::default());
    }

    #[test]
    fn answer_with_nothing_but_the_state_is_told_apart() {
        let mut builder = RecordBuilder::default();
        builder.add("state.state", &Value::Signed(1));
        builder.add("state.reason", &Value::Signed(1));
        assert!(!builder.has_figures());
        builder.add("balloon.current", &Value::Unsigned(0));
        assert!(builder.has_figures());
    }
}
