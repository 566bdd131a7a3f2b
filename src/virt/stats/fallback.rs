//! Figures by one call per machine and device, for drivers whose bulk statistics tell only the state (the test driver) and
//! only for the machines on screen.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::CString;

use uuid::Uuid;

use crate::model::domain::DomainState;
use crate::model::error::{Kind, VirtError};
use crate::model::sample::{DiskSample, DomainSample, NicSample, StatGroups};
use crate::virt::connection::Connection;
use crate::virt::error::last_error;
use crate::virt::handle::{Dom, Handle};
use crate::virt::stats::call;
use crate::virt::sys;

/// Use of memory is asked in every so many polls: it changes slowly, guests report it seldom, and it costs a call for
/// each machine.
const MEMORY_TURN: u32 = 4;

/// Machines that were on screen, with what does not change from poll to poll.
#[derive(Debug, Default)]
pub(super) struct Cache {
    machines: HashMap<Uuid, Machine>,
}

#[derive(Debug)]
struct Machine {
    domain: Handle<Dom>,
    devices: Option<Devices>,
    memory: Memory,
    /// Polls until the use of memory is asked again.
    memory_in: u32,
}

/// How a guest uses its memory.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    unused_kib: Option<u64>,
    usable_kib: Option<u64>,
    rss_kib: Option<u64>,
}

#[derive(Debug, Default)]
struct Devices {
    disks: Vec<String>,
    nics: Vec<String>,
}

impl Cache {
    /// Polls `wanted`; machines that are off, gone or refuse are left out.
    pub(super) fn poll(
        &mut self,
        connection: &Connection,
        wanted: &[(Uuid, StatGroups)],
    ) -> Result<Vec<DomainSample>, VirtError> {
        self.look_up(connection, wanted)?;
        // One call saves one for each machine that is off; a driver without it is asked for all.
        let handles: Vec<_> = self.machines.values().map(|machine| &machine.domain).collect();
        let off = call::off(connection, &handles).unwrap_or_default();
        let mut samples = Vec::with_capacity(wanted.len());
        for &(uuid, groups) in wanted {
            let Some(machine) = self.machines.get_mut(&uuid) else {
                continue;
            };
            if off.contains(&uuid) {
                machine.forget();
                continue;
            }
            match machine.sample(uuid, groups) {
                Ok(Some(sample)) => samples.push(sample),
                // Its devices may be others when it comes back.
                Ok(None) => machine.forget(),
                Err(error) if error.kind == Kind::Unreachable => return Err(error),
                Err(_) => drop(self.machines.remove(&uuid)),
            }
        }
        Ok(samples)
    }

    /// CPU time and memory of `wanted`, which libvirt tells without asking a hypervisor process.
    pub(super) fn plain(
        &mut self,
        connection: &Connection,
        wanted: &[(Uuid, StatGroups)],
    ) -> Result<Vec<DomainSample>, VirtError> {
        self.look_up(connection, wanted)?;
        let mut samples = Vec::with_capacity(wanted.len());
        for (&uuid, machine) in &self.machines {
            match info(&machine.domain, uuid) {
                Ok(sample) => samples.extend(sample),
                Err(error) if error.kind == Kind::Unreachable => return Err(error),
                Err(_) => {}
            }
        }
        Ok(samples)
    }

    /// Keeps `wanted` and nothing else.
    fn look_up(&mut self, connection: &Connection, wanted: &[(Uuid, StatGroups)]) -> Result<(), VirtError> {
        self.machines
            .retain(|uuid, _| wanted.iter().any(|(wanted, _)| wanted == uuid));
        for &(uuid, _) in wanted {
            if let Entry::Vacant(entry) = self.machines.entry(uuid) {
                match connection.look_up(uuid, "read statistics") {
                    Ok(domain) => {
                        entry.insert(Machine {
                            domain,
                            devices: None,
                            memory: Memory::default(),
                            memory_in: 0,
                        });
                    }
                    Err(error) if error.kind == Kind::Unreachable => return Err(error),
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }
}

impl Machine {
    /// The next run may have other devices and uses its memory otherwise.
    fn forget(&mut self) {
        self.devices = None;
        self.memory_in = 0;
    }

    fn sample(&mut self, uuid: Uuid, groups: StatGroups) -> Result<Option<DomainSample>, VirtError> {
        let Some(mut sample) = info(&self.domain, uuid)? else {
            return Ok(None);
        };
        if groups.memory {
            if self.memory_in == 0 {
                self.memory = memory(&self.domain);
                self.memory_in = MEMORY_TURN;
            }
            self.memory_in -= 1;
            sample.unused_kib = self.memory.unused_kib;
            sample.usable_kib = self.memory.usable_kib;
            sample.rss_kib = self.memory.rss_kib;
        }
        if groups.disk || groups.net {
            let devices = self.devices.get_or_insert_with(|| devices(&self.domain));
            if groups.disk {
                sample.disks = devices
                    .disks
                    .iter()
                    .filter_map(|name| disk(&self.domain, name))
                    .collect();
            }
            if groups.net {
                sample.nics = devices.nics.iter().filter_map(|name| nic(&self.domain, name)).collect();
            }
        }
        Ok(Some(sample))
    }
}

/// `virDomainGetInfo`; `None` while off.
fn info(domain: &Handle<Dom>, uuid: Uuid) -> Result<Option<DomainSample>, VirtError> {
    // SAFETY: plain numbers, for which zero is valid.
    let mut info: sys::virDomainInfo = unsafe { std::mem::zeroed() };
    // SAFETY: the machine lives; `info` is an out parameter.
    if unsafe { sys::virDomainGetInfo(domain.as_ptr(), &raw mut info) } < 0 {
        return Err(last_error("read statistics"));
    }
    if !DomainState::from_raw(info.state.into()).is_active() {
        return Ok(None);
    }
    Ok(Some(DomainSample {
        uuid,
        cpu_time_ns: Some(info.cpuTime),
        vcpus: Some(info.nrVirtCpu.into()),
        balloon_kib: Some(info.memory),
        balloon_max_kib: Some(info.maxMem),
        ..DomainSample::default()
    }))
}

/// `virDomainMemoryStats`; a driver without it leaves the figures unknown.
fn memory(domain: &Handle<Dom>) -> Memory {
    let mut memory = Memory::default();
    let mut stats = [sys::virDomainMemoryStatStruct { tag: 0, val: 0 }; 32];
    // SAFETY: the machine lives; the array has that many entries.
    let count = unsafe { sys::virDomainMemoryStats(domain.as_ptr(), stats.as_mut_ptr(), stats.len() as u32, 0) };
    for stat in stats.iter().take(usize::try_from(count).unwrap_or(0)) {
        match u32::try_from(stat.tag) {
            Ok(sys::VIR_DOMAIN_MEMORY_STAT_UNUSED) => memory.unused_kib = Some(stat.val),
            Ok(sys::VIR_DOMAIN_MEMORY_STAT_USABLE) => memory.usable_kib = Some(stat.val),
            Ok(sys::VIR_DOMAIN_MEMORY_STAT_RSS) => memory.rss_kib = Some(stat.val),
            _ => {}
        }
    }
    memory
}

/// Names of disks and interfaces from the definition.
fn devices(domain: &Handle<Dom>) -> Devices {
    // SAFETY: the machine lives; the string is ours and malloc'ed.
    let xml = unsafe {
        let raw = sys::virDomainGetXMLDesc(domain.as_ptr(), 0);
        if raw.is_null() {
            return Devices::default();
        }
        let xml = std::ffi::CStr::from_ptr(raw).to_string_lossy().into_owned();
        libc::free(raw.cast());
        xml
    };
    device_names(&xml)
}

/// The names that the calls about devices want. A definition that cannot be read names none.
fn device_names(xml: &str) -> Devices {
    let Ok(details) = crate::model::xml::read_domain(xml) else {
        return Devices::default();
    };
    Devices {
        disks: details.disks.into_iter().map(|disk| disk.target).collect(),
        nics: details.nics.into_iter().filter_map(|nic| nic.target).collect(),
    }
}

/// libvirt says −1 for what it does not know.
fn known(value: i64) -> Option<u64> {
    u64::try_from(value).ok()
}

/// What one disk has read and written since its machine was started (`virDomainBlockStats`); nothing for a drive without a
/// medium.
pub(crate) fn disk(domain: &Handle<Dom>, name: &str) -> Option<DiskSample> {
    let target = CString::new(name).ok()?;
    let mut stats = sys::virDomainBlockStatsStruct {
        rd_req: -1,
        rd_bytes: -1,
        wr_req: -1,
        wr_bytes: -1,
        errs: -1,
    };
    let size = size_of_val(&stats);
    // SAFETY: machine and name live; `stats` is an out parameter of that size.
    let result = unsafe { sys::virDomainBlockStats(domain.as_ptr(), target.as_ptr(), &raw mut stats, size) };
    (result == 0).then(|| DiskSample {
        name: name.to_owned(),
        read_bytes: known(stats.rd_bytes),
        write_bytes: known(stats.wr_bytes),
        read_ops: known(stats.rd_req),
        write_ops: known(stats.wr_req),
    })
}

/// `virDomainInterfaceStats`.
fn nic(domain: &Handle<Dom>, name: &str) -> Option<NicSample> {
    let target = CString::new(name).ok()?;
    // SAFETY: plain numbers, for which zero is valid.
    let mut stats: sys::virDomainInterfaceStatsStruct = unsafe { std::mem::zeroed() };
    let size = size_of_val(&stats);
    // SAFETY: machine and name live; `stats` is an out parameter of that size.
    let result = unsafe { sys::virDomainInterfaceStats(domain.as_ptr(), target.as_ptr(), &raw mut stats, size) };
    (result == 0).then(|| NicSample {
        name: name.to_owned(),
        rx_bytes: known(stats.rx_bytes),
        tx_bytes: known(stats.tx_bytes),
        rx_packets: known(stats.rx_packets),
        tx_packets: known(stats.tx_packets),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_targets_of_disks_and_interfaces_are_devices() {
        let devices = device_names(
            "<domain><devices>\
             <disk><target dev='vda' bus='virtio'/></disk><disk><target dev='sda'></target></disk>\
             <interface><target dev='vnet0'/></interface><interface><mac address='x'/></interface>\
             <serial><target port='0'/></serial></devices>\
             <metadata><x:x xmlns:x='x'><x:disk><x:target dev='no'/></x:disk></x:x></metadata></domain>",
        );
        assert_eq!(devices.disks, ["vda", "sda"]);
        assert_eq!(devices.nics, ["vnet0"]);
    }

    #[test]
    fn broken_definition_names_no_devices() {
        for xml in ["", "<", "</a></b>", "<domain><devices><disk><target dev=", "\u{fffd}"] {
            let devices = device_names(xml);
            assert!(devices.disks.is_empty() && devices.nics.is_empty(), "{xml}");
        }
    }
}
