//! Counters of processors and memory.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::model::node::{CpuTimes, MemoryUse, NodeLoad};
use crate::virt::clock;
use crate::virt::connection::{Connection, Result, unreachable};
use crate::virt::sys;

/// Processors that are asked one by one; each is a round trip.
const CPUS: u32 = 256;

/// What the host's counters say now. `cpus` is how many processors to ask one by one (0: only the sum), `cells` the NUMA
/// cells whose memory is wanted.
///
/// # Errors
/// Where the connection is lost; what the driver does not tell is `None`.
pub(crate) fn load(connection: &Connection, cpus: u32, cells: &[u32]) -> Result<NodeLoad> {
    let (cpu, utilization) = times(connection, sys::VIR_NODE_CPU_STATS_ALL_CPUS);
    let mut each = Vec::new();
    if cpu.is_some() {
        for number in 0..cpus.min(CPUS) {
            if connection.is_closing() {
                return Err(unreachable("read load"));
            }
            each.push(times(connection, c_int::try_from(number).unwrap_or(0)).0);
        }
    }
    let memory = memory(connection, sys::VIR_NODE_MEMORY_STATS_ALL_CELLS);
    let cells = match (memory, cells) {
        // What one cell has, the host has.
        (None, _) | (_, [] | [_]) => Vec::new(),
        (Some(_), cells) => {
            let told = cells.iter().filter_map(|cell| {
                let memory = self::memory(connection, c_int::try_from(*cell).ok()?)?;
                Some((*cell, memory))
            });
            told.collect()
        }
    };
    if connection.is_closing() {
        return Err(unreachable("read load"));
    }
    Ok(NodeLoad {
        at: clock::monotonic_ns() as f64 / 1e9,
        cpu,
        utilization,
        cpus: each,
        memory: memory.or_else(|| free_memory(connection)),
        cells,
    })
}

/// The name of a counter up to its NUL.
fn name(field: &[c_char]) -> String {
    let bytes = field.iter().map(|c| c.to_ne_bytes()[0]);
    String::from_utf8_lossy(&bytes.take_while(|byte| *byte != 0).collect::<Vec<u8>>()).into_owned()
}

/// Times of one processor or all (-1), and the share that drivers tell which know no times.
fn times(connection: &Connection, number: c_int) -> (Option<CpuTimes>, Option<f32>) {
    let handle = connection.handle().as_ptr();
    let mut count = 0;
    // SAFETY: the connection lives; without an array the call only counts.
    let counted = unsafe { sys::virNodeGetCPUStats(handle, number, ptr::null_mut(), &raw mut count, 0) };
    let Some(room) = usize::try_from(count).ok().filter(|room| counted >= 0 && *room > 0) else {
        return (None, None);
    };
    // SAFETY: structures of numbers, for which all zeroes are valid.
    let mut all: Vec<sys::virNodeCPUStats> = vec![unsafe { std::mem::zeroed() }; room];
    // SAFETY: the connection lives; the array has `count` places.
    if unsafe { sys::virNodeGetCPUStats(handle, number, all.as_mut_ptr(), &raw mut count, 0) } < 0 {
        return (None, None);
    }
    let mut times = CpuTimes::default();
    let mut utilization = None;
    for one in all.iter().take(usize::try_from(count).unwrap_or(0)) {
        let value = one.value;
        match name(&one.field).as_str() {
            "kernel" | "user" | "intr" => {
                times.busy = times.busy.saturating_add(value);
                times.total = times.total.saturating_add(value);
            }
            "idle" | "iowait" => times.total = times.total.saturating_add(value),
            "utilization" => utilization = Some((value as f32 / 100.0).clamp(0.0, 1.0)),
            _ => {}
        }
    }
    ((times.total > 0).then_some(times), utilization)
}

/// Memory of one cell or the host (-1).
fn memory(connection: &Connection, cell: c_int) -> Option<MemoryUse> {
    let handle = connection.handle().as_ptr();
    let mut count = 0;
    // SAFETY: the connection lives; without an array the call only counts.
    let counted = unsafe { sys::virNodeGetMemoryStats(handle, cell, ptr::null_mut(), &raw mut count, 0) };
    let room = usize::try_from(count).ok().filter(|room| counted >= 0 && *room > 0)?;
    // SAFETY: structures of numbers, for which all zeroes are valid.
    let mut all: Vec<sys::virNodeMemoryStats> = vec![unsafe { std::mem::zeroed() }; room];
    // SAFETY: the connection lives; the array has `count` places.
    if unsafe { sys::virNodeGetMemoryStats(handle, cell, all.as_mut_ptr(), &raw mut count, 0) } < 0 {
        return None;
    }
    let (mut total, mut free, mut cached) = (None, None, None);
    for one in all.iter().take(usize::try_from(count).unwrap_or(0)) {
        match name(&one.field).as_str() {
            "total" => total = Some(one.value),
            "free" => free = Some(one.value),
            // Told for the whole host only.
            "buffers" | "cached" => cached = Some(cached.unwrap_or(0) + one.value),
            _ => {}
        }
    }
    Some(MemoryUse {
        total: total.filter(|total| *total > 0)?,
        free: free?,
        cached,
    })
}

/// For drivers that know no more than what is free.
fn free_memory(connection: &Connection) -> Option<MemoryUse> {
    // SAFETY: a structure of numbers, for which all zeroes are valid.
    let mut info: sys::virNodeInfo = unsafe { std::mem::zeroed() };
    // SAFETY: the connection lives, the place is ours.
    let (told, free) = unsafe {
        let handle = connection.handle().as_ptr();
        (
            sys::virNodeGetInfo(handle, &raw mut info),
            sys::virNodeGetFreeMemory(handle),
        )
    };
    let free = free / 1024;
    (told >= 0 && free > 0 && info.memory >= free).then_some(MemoryUse {
        total: info.memory,
        free,
        cached: None,
    })
}
