//! Load of a host: counters as they are read, shares made of two of them, and their history. Pure.

use std::collections::VecDeque;

/// Samples that are kept: an hour at two seconds.
const KEPT: usize = 1800;

/// Times that a processor has spent, in nanoseconds since the host started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuTimes {
    /// At work: programs, guests, kernel, interrupts.
    pub busy: u64,
    /// All, idle and waiting included.
    pub total: u64,
}

/// Memory of a host or a cell in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryUse {
    /// All.
    pub total: u64,
    /// What is free.
    pub free: u64,
    /// What buffers and caches hold and would give back; `None` where that is not told.
    pub cached: Option<u64>,
}

impl MemoryUse {
    /// What is in use, caches left out where they are known.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.total
            .saturating_sub(self.free.saturating_add(self.cached.unwrap_or(0)))
    }
}

/// Counters of a host at one moment (`virNodeGetCPUStats`, `virNodeGetMemoryStats`). What it does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeLoad {
    /// Seconds on a clock that never steps.
    pub at: f64,
    /// All processors together.
    pub cpu: Option<CpuTimes>,
    /// The share of all processors that works, from drivers that tell no times.
    pub utilization: Option<f32>,
    /// Each processor by its number; one that is off is `None`.
    pub cpus: Vec<Option<CpuTimes>>,
    /// Memory of the host.
    pub memory: Option<MemoryUse>,
    /// Memory of each NUMA cell, by its number.
    pub cells: Vec<(u32, MemoryUse)>,
}

/// What happened between two readings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeShare {
    /// Seconds on a clock that never steps.
    pub at: f64,
    /// Share of all processors that worked.
    pub cpu: Option<f32>,
    /// Share of each processor.
    pub cpus: Vec<Option<f32>>,
    /// Memory of the host in use, in KiB.
    pub memory_kib: Option<u64>,
}

/// The load of a host over time, bounded.
#[derive(Debug, Default)]
pub struct NodeHistory {
    last: Option<NodeLoad>,
    shares: VecDeque<NodeShare>,
}

fn share(before: CpuTimes, now: CpuTimes) -> Option<f32> {
    let total = now.total.checked_sub(before.total).filter(|total| *total > 0)?;
    let busy = now.busy.checked_sub(before.busy)?;
    Some((busy as f64 / total as f64).clamp(0.0, 1.0) as f32)
}

impl NodeHistory {
    /// Takes a reading in.
    pub fn push(&mut self, load: NodeLoad) {
        let before = self.last.as_ref();
        let between = |before: Option<CpuTimes>, now: Option<CpuTimes>| share(before?, now?);
        let cpus = load.cpus.iter().enumerate().map(|(at, now)| {
            let before = before.and_then(|before| before.cpus.get(at).copied().flatten());
            between(before, *now)
        });
        self.shares.push_back(NodeShare {
            at: load.at,
            cpu: between(before.and_then(|before| before.cpu), load.cpu).or(load.utilization),
            cpus: cpus.collect(),
            memory_kib: load.memory.map(|memory| memory.used()),
        });
        if self.shares.len() > KEPT {
            self.shares.pop_front();
        }
        self.last = Some(load);
    }

    /// Notes that nobody looked for a while: what is not known is a gap, and no share is made over it.
    pub fn pause(&mut self) {
        if let Some(last) = self.last.take() {
            self.shares.push_back(NodeShare {
                at: last.at,
                ..NodeShare::default()
            });
        }
    }

    /// The newest reading.
    #[must_use]
    pub fn last(&self) -> Option<&NodeLoad> {
        self.last.as_ref()
    }

    /// All shares, the oldest first.
    pub fn shares(&self) -> impl DoubleEndedIterator<Item = &NodeShare> {
        self.shares.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(at: f64, busy: u64, total: u64) -> NodeLoad {
        let times = Some(CpuTimes { busy, total });
        NodeLoad {
            at,
            cpu: times,
            cpus: vec![times, None],
            memory: Some(MemoryUse {
                total: 100,
                free: 20,
                cached: Some(30),
            }),
            ..NodeLoad::default()
        }
    }

    #[test]
    fn shares_are_made_of_two_readings_and_never_over_a_gap() {
        let mut history = NodeHistory::default();
        history.push(load(1.0, 100, 1000));
        history.push(load(3.0, 150, 1100));
        history.pause();
        history.push(load(90.0, 500, 2000));
        let cpu: Vec<Option<f32>> = history.shares().map(|share| share.cpu).collect();
        assert_eq!(cpu, [None, Some(0.5), None, None]);
        let second = history
            .shares()
            .nth(1)
            .map(|share| (share.cpus.clone(), share.memory_kib));
        assert_eq!(second, Some((vec![Some(0.5), None], Some(50))));
    }

    #[test]
    fn counters_that_stand_still_or_go_back_are_unknown_and_not_zero() {
        let mut history = NodeHistory::default();
        history.push(load(1.0, 100, 1000));
        history.push(load(2.0, 100, 1000));
        history.push(load(3.0, 50, 500));
        assert!(history.shares().all(|share| share.cpu.is_none()));
    }

    #[test]
    fn drivers_that_tell_a_share_are_believed() {
        let mut history = NodeHistory::default();
        history.push(NodeLoad {
            utilization: Some(0.25),
            ..NodeLoad::default()
        });
        assert_eq!(history.shares().next().and_then(|share| share.cpu), Some(0.25));
    }

    #[test]
    fn history_is_bounded() {
        let mut history = NodeHistory::default();
        for at in 0..2 * KEPT {
            history.push(load(at as f64, at as u64, 2 * at as u64));
        }
        assert_eq!(history.shares().count(), KEPT);
    }
}
