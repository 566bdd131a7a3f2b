//! The libvirt calls behind the statistics. Each blocks; some for as long as a hypervisor process hangs.

use std::collections::HashSet;

use uuid::Uuid;

use crate::model::domain::DomainState;
use crate::model::error::VirtError;
use crate::model::sample::{DomainSample, StatGroups};
use crate::virt::connection::Connection;
use crate::virt::error::last_error;
use crate::virt::handle::{Dom, Handle};
use crate::virt::params;
use crate::virt::stats::record::RecordBuilder;
use crate::virt::sys;

const OP: &str = "read statistics";

/// The bits of `virDomainStatsTypes` for `groups`.
pub(super) fn mask(groups: StatGroups) -> u32 {
    let mut mask = 0;
    if groups.cpu {
        // The share of the machine's CPUs needs their number.
        mask |= sys::VIR_DOMAIN_STATS_CPU_TOTAL | sys::VIR_DOMAIN_STATS_VCPU;
    }
    if groups.vcpu {
        mask |= sys::VIR_DOMAIN_STATS_VCPU;
    }
    if groups.memory {
        mask |= sys::VIR_DOMAIN_STATS_BALLOON;
    }
    if groups.disk {
        mask |= sys::VIR_DOMAIN_STATS_BLOCK;
    }
    if groups.net {
        mask |= sys::VIR_DOMAIN_STATS_INTERFACE;
    }
    mask
}

/// One record: the machine, its figures, and whether there were any.
pub(super) struct Record {
    pub(super) domain: Handle<Dom>,
    pub(super) sample: DomainSample,
    pub(super) has_figures: bool,
    pub(super) state: Option<DomainState>,
}

/// Statistics of all running machines in one call (`virConnectGetAllDomainStats`).
pub(super) fn all(connection: &Connection, mask: u32) -> Result<Vec<Record>, VirtError> {
    let flags = sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    let mut records = std::ptr::null_mut();
    // SAFETY: the connection lives; `records` is an out parameter.
    let count =
        unsafe { sys::virConnectGetAllDomainStats(connection.handle().as_ptr(), mask, &raw mut records, flags) };
    // SAFETY: what the call returned.
    unsafe { read_records(connection, records, count) }
}

/// Statistics of these machines (`virDomainListGetStats`); machines that are gone or off are left out.
pub(super) fn some(connection: &Connection, domains: &[&Handle<Dom>], mask: u32) -> Result<Vec<Record>, VirtError> {
    if domains.is_empty() {
        return Ok(Vec::new());
    }
    let mut list: Vec<sys::virDomainPtr> = domains.iter().map(|domain| domain.as_ptr()).collect();
    list.push(std::ptr::null_mut());
    let flags = sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    let mut records = std::ptr::null_mut();
    // SAFETY: a list of live machines of one connection that ends with NULL; `records` is an out parameter.
    let count = unsafe { sys::virDomainListGetStats(list.as_mut_ptr(), mask, &raw mut records, flags) };
    // SAFETY: what the call returned.
    unsafe { read_records(connection, records, count) }
}

/// Which of these machines are off: one call, and none of a guest.
pub(super) fn off(connection: &Connection, domains: &[&Handle<Dom>]) -> Result<HashSet<Uuid>, VirtError> {
    if domains.is_empty() {
        return Ok(HashSet::new());
    }
    let mut list: Vec<sys::virDomainPtr> = domains.iter().map(|domain| domain.as_ptr()).collect();
    list.push(std::ptr::null_mut());
    let mut records = std::ptr::null_mut();
    // SAFETY: a list of live machines of one connection that ends with NULL; `records` is an out parameter.
    let count =
        unsafe { sys::virDomainListGetStats(list.as_mut_ptr(), sys::VIR_DOMAIN_STATS_STATE, &raw mut records, 0) };
    // SAFETY: what the call returned.
    let records = unsafe { read_records(connection, records, count) }?;
    Ok(records
        .iter()
        .filter(|record| record.state.is_some_and(|state| !state.is_active()))
        .map(|record| record.sample.uuid)
        .collect())
}

/// Copies and frees.
///
/// # Safety
/// `records` and `count` are what a statistics call has just returned on this thread.
unsafe fn read_records(
    connection: &Connection,
    records: *mut sys::virDomainStatsRecordPtr,
    count: i32,
) -> Result<Vec<Record>, VirtError> {
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    if records.is_null() {
        return Ok(Vec::new());
    }
    let mut read = Vec::with_capacity(count);
    // SAFETY: not null, and libvirt returned that many pointers.
    for &record in unsafe { std::slice::from_raw_parts(records, count) } {
        if record.is_null() {
            continue;
        }
        // SAFETY: a live record until the list is freed below; its machine and parameters, too.
        unsafe {
            let Some(domain) = Handle::<Dom>::from_lent((*record).dom) else {
                continue;
            };
            let Some(uuid) = uuid_of(&domain) else { continue };
            let mut builder = RecordBuilder::default();
            params::for_each((*record).params, (*record).nparams, |name, value| {
                builder.add(name, &value)
            });
            read.push(Record {
                domain,
                has_figures: builder.has_figures(),
                state: builder.state(),
                sample: builder.finish(uuid),
            });
        }
    }
    // SAFETY: the list that libvirt returned, freed once.
    unsafe { sys::virDomainStatsRecordListFree(records) };
    Ok(read)
}

/// The UUID of a machine; local, no call.
pub(super) fn uuid_of(domain: &Handle<Dom>) -> Option<Uuid> {
    let mut bytes = [0_u8; 16];
    // SAFETY: the machine lives; the buffer has VIR_UUID_BUFLEN bytes.
    (unsafe { sys::virDomainGetUUID(domain.as_ptr(), bytes.as_mut_ptr()) } == 0).then(|| Uuid::from_bytes(bytes))
}

/// The number of the running instance; local for what a listing returned.
pub(super) fn id_of(domain: &Handle<Dom>) -> u32 {
    // SAFETY: the machine lives.
    unsafe { sys::virDomainGetID(domain.as_ptr()) }
}

/// All running machines (`virConnectListAllDomains`).
pub(super) fn running(connection: &Connection) -> Result<Vec<Handle<Dom>>, VirtError> {
    let mut list = std::ptr::null_mut();
    let flags = sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE;
    // SAFETY: the connection lives; `list` is an out parameter.
    let count = unsafe { sys::virConnectListAllDomains(connection.handle().as_ptr(), &raw mut list, flags) };
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    if list.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: libvirt returned that many machines, each a reference of ours; the array itself is malloc'ed.
    unsafe {
        let domains = std::slice::from_raw_parts(list, count)
            .iter()
            .filter_map(|&raw| Handle::from_owned(raw))
            .collect();
        libc::free(list.cast());
        Ok(domains)
    }
}

/// How the channel to a hypervisor process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// Free, or busy with a job that libvirt follows (migration, save).
    Free,
    /// A command was sent that many milliseconds ago and is not answered, or the channel is broken.
    Occupied(u64),
}

/// Asks how the channel to the hypervisor process stands (`virDomainGetControlInfo`). libvirt answers from its own notes,
/// so this returns at once also for a process that is stopped.
pub(super) fn control(domain: &Handle<Dom>) -> Result<Control, VirtError> {
    let mut info = sys::virDomainControlInfo {
        state: 0,
        details: 0,
        stateTime: 0,
    };
    // SAFETY: the machine lives; `info` is an out parameter.
    if unsafe { sys::virDomainGetControlInfo(domain.as_ptr(), &raw mut info, 0) } < 0 {
        return Err(last_error(OP));
    }
    Ok(match info.state {
        sys::VIR_DOMAIN_CONTROL_OCCUPIED => Control::Occupied(info.stateTime),
        sys::VIR_DOMAIN_CONTROL_ERROR => Control::Occupied(u64::MAX),
        _ => Control::Free,
    })
}

/// Lets the guest's balloon driver report every `seconds` (`virDomainSetMemoryStatsPeriod`).
pub(super) fn set_balloon_period(domain: &Handle<Dom>, seconds: i32) -> Result<(), VirtError> {
    let flags = sys::VIR_DOMAIN_AFFECT_LIVE;
    // SAFETY: the machine lives.
    if unsafe { sys::virDomainSetMemoryStatsPeriod(domain.as_ptr(), seconds, flags) } < 0 {
        return Err(last_error("set balloon period"));
    }
    Ok(())
}
