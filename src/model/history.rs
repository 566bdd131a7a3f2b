//! An hour of detailed figures of one machine, for its large graphs. Constant memory: rings that share one time axis.

use crate::model::load::{Flow, Load, same_disk, same_nic, share};
use crate::model::sample::DomainSample;
use crate::model::series::{Ring, rate};

/// At most so many series of a kind are kept, whatever the host claims.
const MAX_SERIES: usize = 256;

/// The newest figures of one machine with their times. All series have as many values as there are [`times`](Self::times).
#[derive(Debug, Clone)]
pub struct History {
    times: Ring<u64>,
    capacity: usize,
    cpu: Ring<f32>,
    memory: Ring<f32>,
    vcpus: Vec<Ring<f32>>,
    disks: Vec<(String, FlowRings)>,
    nics: Vec<(String, FlowRings)>,
}

#[derive(Debug, Clone)]
struct FlowRings {
    input: Ring<f32>,
    output: Ring<f32>,
}

impl FlowRings {
    fn push(&mut self, flow: Flow) {
        self.input.push(known(flow.input));
        self.output.push(known(flow.output));
    }
}

/// A device's read/receive and write/send series in bytes a second; see [`History::disks`].
#[derive(Debug, Clone, Copy)]
pub struct FlowSeries<'a>(&'a FlowRings);

impl<'a> FlowSeries<'a> {
    /// Read from a disk, received by an interface; oldest first.
    pub fn input(self) -> impl Iterator<Item = Option<f32>> + 'a {
        series(&self.0.input)
    }

    /// Written to a disk, sent by an interface; oldest first.
    pub fn output(self) -> impl Iterator<Item = Option<f32>> + 'a {
        series(&self.0.output)
    }
}

impl History {
    /// Room for `capacity` samples.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            times: Ring::new(capacity),
            capacity,
            cpu: Ring::new(capacity),
            memory: Ring::new(capacity),
            vcpus: Vec::new(),
            disks: Vec::new(),
            nics: Vec::new(),
        }
    }

    /// Monotonic nanoseconds of each sample, oldest first.
    pub fn times(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.times.iter()
    }

    /// Share of all virtual CPUs in use, 0 to 1.
    pub fn cpu(&self) -> impl Iterator<Item = Option<f32>> + '_ {
        series(&self.cpu)
    }

    /// Share of each virtual CPU in use, 0 to 1: one series for each.
    pub fn vcpus(&self) -> impl ExactSizeIterator<Item = impl Iterator<Item = Option<f32>> + '_> + '_ {
        self.vcpus.iter().map(series)
    }

    /// Memory in use in KiB.
    pub fn memory_kib(&self) -> impl Iterator<Item = Option<f32>> + '_ {
        series(&self.memory)
    }

    /// Name and rates of each disk that ever showed up.
    pub fn disks(&self) -> impl ExactSizeIterator<Item = (&str, FlowSeries<'_>)> + '_ {
        self.disks
            .iter()
            .map(|(name, rings)| (name.as_str(), FlowSeries(rings)))
    }

    /// Name and rates of each network interface that ever showed up.
    pub fn nics(&self) -> impl ExactSizeIterator<Item = (&str, FlowSeries<'_>)> + '_ {
        self.nics.iter().map(|(name, rings)| (name.as_str(), FlowSeries(rings)))
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Takes a sample in; `before` as for the load figures.
    pub(crate) fn push(&mut self, at_ns: u64, load: &Load, before: Option<(&DomainSample, u64)>, now: &DomainSample) {
        if self.times.last().is_some_and(|last| last >= at_ns) {
            return;
        }
        let past_samples = self.times.len();
        self.times.push(at_ns);
        self.cpu.push(load.cpu.unwrap_or(f32::NAN));
        self.memory
            .push(load.memory_used_kib.map_or(f32::NAN, |kib| kib as f32));

        let wanted = now.vcpu_time_ns.len().min(MAX_SERIES);
        while self.vcpus.len() < wanted {
            self.vcpus.push(unknown_ring(self.capacity, past_samples));
        }
        for (index, ring) in self.vcpus.iter_mut().enumerate() {
            let used = before.and_then(|(old, elapsed)| {
                share(
                    old.vcpu_time_ns.get(index).copied(),
                    now.vcpu_time_ns.get(index).copied(),
                    elapsed,
                    1,
                )
            });
            ring.push(used.unwrap_or(f32::NAN));
        }
        let disks = now.disks.iter().enumerate().map(|(index, disk)| {
            let flow = before.and_then(|(old, elapsed)| {
                let past = same_disk(old, disk, index)?;
                Some(Flow {
                    input: rate(past.read_bytes, disk.read_bytes, elapsed),
                    output: rate(past.write_bytes, disk.write_bytes, elapsed),
                })
            });
            (disk.name.as_str(), flow.unwrap_or_default())
        });
        push_flows(&mut self.disks, disks, self.capacity, past_samples);
        let nics = now.nics.iter().enumerate().map(|(index, nic)| {
            let flow = before.and_then(|(old, elapsed)| {
                let past = same_nic(old, nic, index)?;
                Some(Flow {
                    input: rate(past.rx_bytes, nic.rx_bytes, elapsed),
                    output: rate(past.tx_bytes, nic.tx_bytes, elapsed),
                })
            });
            (nic.name.as_str(), flow.unwrap_or_default())
        });
        push_flows(&mut self.nics, nics, self.capacity, past_samples);
    }
}

/// Adds one value to every series: the flow of its device, or a gap for a device that is not there now.
fn push_flows<'a>(
    all: &mut Vec<(String, FlowRings)>,
    flows: impl Iterator<Item = (&'a str, Flow)>,
    capacity: usize,
    past_samples: usize,
) {
    let mut fed = vec![false; all.len()];
    for (name, flow) in flows {
        let index = match all.iter().position(|(known, _)| known == name) {
            Some(index) => index,
            None if all.len() < MAX_SERIES => {
                let rings = FlowRings {
                    input: unknown_ring(capacity, past_samples),
                    output: unknown_ring(capacity, past_samples),
                };
                all.push((name.to_owned(), rings));
                fed.push(false);
                all.len() - 1
            }
            None => continue,
        };
        if !std::mem::replace(&mut fed[index], true) {
            all[index].1.push(flow);
        }
    }
    for ((_, rings), fed) in all.iter_mut().zip(fed) {
        if !fed {
            rings.push(Flow::default());
        }
    }
}

fn unknown_ring(capacity: usize, samples: usize) -> Ring<f32> {
    let mut ring = Ring::new(capacity);
    for _ in 0..samples {
        ring.push(f32::NAN);
    }
    ring
}

fn known(value: Option<f64>) -> f32 {
    value.map_or(f32::NAN, |value| value as f32)
}

fn series(ring: &Ring<f32>) -> impl Iterator<Item = Option<f32>> + '_ {
    ring.iter().map(|value| (!value.is_nan()).then_some(value))
}
