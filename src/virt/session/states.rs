//! The states of machines, in as few calls as libvirt allows.
//!
//! A reply with states holds 4,096 machines, a list 16,384, and nearly all machines of a host run or are off, which a list
//! tells by their numbers. So the list comes first with the states of the few others; *why* a machine runs or is off
//! (it crashed, it was moved) is read after it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::model::domain::DomainState;
use crate::model::error::Kind;
use crate::model::state::reason_text;
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Dom, Handle};
use crate::virt::params::{self, Value};
use crate::virt::session::listing::list;
use crate::virt::sys;

const OP: &str = "list machines";
/// Replies with statistics are capped at 4,096 records.
const CHUNK: usize = 4000;

pub(super) type States = HashMap<Uuid, (DomainState, i32)>;

/// The states of machines that neither run nor are off, in one call. `None` where the driver tells none in bulk.
pub(super) fn unusual(connection: &Connection) -> Result<Option<States>> {
    const FILTER: u32 = sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_PAUSED | sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_OTHER;
    let mut states = States::new();
    let error = match of_all(connection, FILTER, &mut states) {
        Ok(()) => return Ok(Some(states)),
        Err(error) if error.kind == Kind::Unreachable => return Err(error),
        Err(error) if error.kind == Kind::Unsupported => return Ok(None),
        Err(error) => error,
    };
    tracing::debug!(code = error.code, "no states in one call: {}", error.message);
    let handles = list(
        connection,
        sys::VIR_CONNECT_LIST_DOMAINS_PAUSED | sys::VIR_CONNECT_LIST_DOMAINS_OTHER,
    )?;
    for chunk in handles.chunks(CHUNK) {
        of_some(connection, chunk, &mut states)?;
    }
    Ok(Some(states))
}

/// The states of these machines where the driver tells none in bulk: those that run in one call, then one for each that
/// is active and does not. Who is not in the answer is off. A number alone is no proof: the driver for VMware forgets it.
pub(super) fn without_bulk(connection: &Connection, handles: &[Handle<Dom>]) -> Result<States> {
    let mut states = States::new();
    let rest: Vec<Handle<Dom>> = match list(connection, sys::VIR_CONNECT_LIST_DOMAINS_RUNNING) {
        Ok(running) => {
            states.extend(
                running
                    .iter()
                    .filter_map(uuid_of)
                    .map(|uuid| (uuid, (DomainState::Running, 0))),
            );
            let other = |handle: &&Handle<Dom>| uuid_of(handle).is_some_and(|uuid| !states.contains_key(&uuid));
            let active = handles.iter().filter(|handle| id_of(handle).is_some());
            active.filter(other).cloned().collect()
        }
        Err(error) if error.kind == Kind::Unreachable => return Err(error),
        Err(_) => handles.to_vec(),
    };
    one_by_one(connection, &rest, &mut states)?;
    Ok(states)
}

/// The states of these machines with their reasons; empty where the driver does not tell them in bulk.
///
/// # Errors
/// `Kind::Unreachable`.
pub(super) fn reasons(connection: &Connection, handles: &[Handle<Dom>]) -> Result<States> {
    let mut states = States::with_capacity(handles.len());
    let told = if handles.len() <= CHUNK {
        of_all(connection, 0, &mut states)
    } else {
        handles
            .chunks(CHUNK)
            .try_for_each(|chunk| of_some(connection, chunk, &mut states))
    };
    match told {
        Err(error) if error.kind == Kind::Unreachable => return Err(error),
        Err(error) => tracing::debug!(code = error.code, "no reasons of states: {}", error.message),
        Ok(()) => {}
    }
    Ok(states)
}

/// Leaves out reasons that say nothing ("booted", "shut down"), so that a machine is the same with and without them.
fn worded((state, reason): (DomainState, i32)) -> (DomainState, i32) {
    (
        state,
        if reason_text(state, reason).is_some() {
            reason
        } else {
            0
        },
    )
}

/// `virConnectGetAllDomainStats` for the state alone, which asks no guest.
fn of_all(connection: &Connection, filter: u32, states: &mut States) -> Result<()> {
    with_and_without_nowait(connection, states, |records, nowait| {
        // SAFETY: the connection lives and `records` is a place for the answer.
        unsafe {
            sys::virConnectGetAllDomainStats(
                connection.handle().as_ptr(),
                sys::VIR_DOMAIN_STATS_STATE,
                records,
                filter | nowait,
            )
        }
    })
}

/// `virDomainListGetStats` for the state alone.
fn of_some(connection: &Connection, handles: &[Handle<Dom>], states: &mut States) -> Result<()> {
    let mut domains: Vec<sys::virDomainPtr> = handles.iter().map(Handle::as_ptr).collect();
    domains.push(std::ptr::null_mut());
    with_and_without_nowait(connection, states, |records, nowait| {
        // SAFETY: a list of live machines that ends with NULL, and a place for the answer.
        unsafe { sys::virDomainListGetStats(domains.as_mut_ptr(), sys::VIR_DOMAIN_STATS_STATE, records, nowait) }
    })
}

/// Makes a call for statistics and reads its answer; once more without the flag where an old driver refuses it.
fn with_and_without_nowait(
    connection: &Connection,
    states: &mut States,
    mut ask: impl FnMut(*mut *mut sys::virDomainStatsRecordPtr, u32) -> i32,
) -> Result<()> {
    let nowait = sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    let mut records: *mut sys::virDomainStatsRecordPtr = std::ptr::null_mut();
    let mut count = ask(&raw mut records, nowait);
    if count < 0 {
        let error = connection.error(OP);
        if error.kind != Kind::Invalid {
            return Err(error);
        }
        records = std::ptr::null_mut();
        count = ask(&raw mut records, 0);
    }
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    // SAFETY: what the call just returned.
    unsafe { read_records(records, count, states) };
    Ok(())
}

fn one_by_one(connection: &Connection, handles: &[Handle<Dom>], states: &mut States) -> Result<()> {
    for handle in handles {
        match state_of(connection, handle) {
            Ok(state) => states.extend(uuid_of(handle).map(|uuid| (uuid, state))),
            Err(error) if error.kind == Kind::Unreachable => return Err(error),
            Err(error) => tracing::debug!(code = error.code, "a state is not told: {}", error.message),
        }
    }
    Ok(())
}

/// Reads and frees a statistics reply.
///
/// # Safety
/// `count` records of libvirt that nobody else frees, or NULL.
unsafe fn read_records(records: *mut sys::virDomainStatsRecordPtr, count: usize, states: &mut States) {
    if records.is_null() {
        return;
    }
    // SAFETY: `count` records that live until they are freed, once, here.
    unsafe {
        for at in 0..count {
            if let Some((uuid, state)) = read_record(*records.add(at)) {
                states.insert(uuid, state);
            }
        }
        sys::virDomainStatsRecordListFree(records);
    }
}

/// # Safety
/// A record of a statistics reply, or NULL.
unsafe fn read_record(record: sys::virDomainStatsRecordPtr) -> Option<(Uuid, (DomainState, i32))> {
    if record.is_null() {
        return None;
    }
    let (mut state, mut reason) = (None, 0);
    // SAFETY: the caller promises a live record with `nparams` parameters and a machine.
    let uuid = unsafe {
        let record = &*record;
        params::for_each(record.params, record.nparams, |name, value| match (name, value) {
            ("state.state", Value::Signed(number)) => state = i32::try_from(number).ok(),
            ("state.reason", Value::Signed(number)) => reason = i32::try_from(number).unwrap_or(0),
            _ => {}
        });
        raw_uuid(record.dom)?
    };
    Some((uuid, worded((DomainState::from_raw(state?), reason))))
}

/// `virDomainGetState`.
pub(super) fn state_of(connection: &Connection, handle: &Handle<Dom>) -> Result<(DomainState, i32)> {
    let (mut state, mut reason) = (0, 0);
    // SAFETY: the machine lives, both places are ours.
    if unsafe { sys::virDomainGetState(handle.as_ptr(), &raw mut state, &raw mut reason, 0) } < 0 {
        return Err(connection.error(OP));
    }
    Ok(worded((DomainState::from_raw(state), reason)))
}

unsafe fn raw_uuid(domain: sys::virDomainPtr) -> Option<Uuid> {
    let mut bytes = [0u8; sys::VIR_UUID_BUFLEN as usize];
    // SAFETY: the caller promises a live machine or NULL (refused by libvirt); the buffer has the length it wants.
    (unsafe { sys::virDomainGetUUID(domain, bytes.as_mut_ptr()) } == 0).then(|| Uuid::from_bytes(bytes))
}

/// Its number; `None` while off. Local, no call.
pub(super) fn id_of(handle: &Handle<Dom>) -> Option<u32> {
    // SAFETY: the handle lives.
    let id = unsafe { sys::virDomainGetID(handle.as_ptr()) };
    (id != u32::MAX).then_some(id)
}

/// Its UUID; local, no call.
pub(super) fn uuid_of(handle: &Handle<Dom>) -> Option<Uuid> {
    // SAFETY: the handle lives.
    unsafe { raw_uuid(handle.as_ptr()) }
}
