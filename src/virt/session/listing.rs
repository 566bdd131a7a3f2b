//! Lists and facts of a host, in as few calls as libvirt allows.

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;
use std::sync::Arc;
use std::thread;

use uuid::Uuid;

use crate::model::domain::{DomainState, DomainSummary};
use crate::model::error::Kind;
use crate::model::event::HostEvent;
use crate::virt::clock::{monotonic_ns, since_start_ms};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Dom, Handle};
use crate::virt::params::{self, Value};
use crate::virt::session::Control;
use crate::virt::sys;

const OP: &str = "list machines";
/// Replies with statistics are capped at 4,096 records by older protocols.
const CHUNK: usize = 4000;

type Kept = Vec<(Uuid, Handle<Dom>)>;
type States = HashMap<Uuid, (DomainState, i32)>;

/// Reads the list and tells it. False when that failed. Without a `first` list a connection is of no use; a later one that
/// fails while the connection lives is left to the next attempt.
pub(super) fn populate(connection: &Arc<Connection>, first: bool) -> bool {
    let seq = connection.now();
    match read(connection) {
        Ok((domains, handles)) => {
            tracing::info!(
                host = %connection.host,
                count = domains.len(),
                ms = since_start_ms(),
                mono_ns = monotonic_ns(),
                "machines listed"
            );
            connection.sink.push(HostEvent::Listed {
                host: connection.host,
                seq,
                domains,
            });
            connection.keep_domains(handles.into_iter());
            true
        }
        Err(error) => {
            tracing::warn!(host = %connection.host, code = error.code, "no list of machines: {}", error.message);
            if first || error.kind == Kind::Unreachable || !connection.is_alive() {
                connection.lost(error);
            }
            false
        }
    }
}

/// The list, for callers without a store.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn summaries(connection: &Connection) -> Result<Vec<DomainSummary>> {
    read(connection).map(|(domains, _)| domains)
}

/// Reads what may come after the list: facts, then the rest of the subscriptions.
pub(super) fn complete(connection: &Arc<Connection>) {
    read_facts(connection);
    connection.subscribe_rest();
}

fn read(connection: &Connection) -> Result<(Vec<DomainSummary>, Kept)> {
    let with_flag =
        |flag| move || list(connection, flag).map(|domains| domains.iter().filter_map(uuid_of).collect::<HashSet<_>>());
    // Five questions take one trip, not five: all are asked at once.
    let (handles, autostart, transient, saved) = thread::scope(|scope| {
        let autostart = scope.spawn(with_flag(sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART));
        let transient = scope.spawn(with_flag(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT));
        let saved = scope.spawn(with_flag(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE));
        let all = scope.spawn(|| all_states(connection));
        let handles = list(connection, 0).and_then(|handles| {
            let told = all.join().unwrap_or_default();
            Ok((states(connection, &handles, told)?, handles))
        });
        // A driver that doesn't know a filter refuses it: then nobody has the flag.
        let set = |thread: thread::ScopedJoinHandle<'_, Result<HashSet<Uuid>>>| match thread.join() {
            Ok(Err(error)) if error.kind == Kind::Unreachable => Err(error),
            Ok(Ok(set)) => Ok(set),
            _ => Ok(HashSet::new()),
        };
        (handles, set(autostart), set(transient), set(saved))
    });
    let ((states, handles), autostart, transient, saved) = (handles?, autostart?, transient?, saved?);
    let mut domains = Vec::with_capacity(handles.len());
    let mut kept = Vec::with_capacity(handles.len());
    for handle in handles {
        // Who has no state has vanished since the list was made.
        let Some((uuid, name)) = uuid_of(&handle).zip(name_of(&handle)) else {
            continue;
        };
        let Some(&(state, reason)) = states.get(&uuid) else {
            continue;
        };
        domains.push(DomainSummary {
            key: connection.key(uuid),
            name,
            id: id_of(&handle),
            state,
            reason,
            persistent: !transient.contains(&uuid),
            autostart: autostart.contains(&uuid),
            managed_save: saved.contains(&uuid),
        });
        kept.push((uuid, handle));
    }
    Ok((domains, kept))
}

fn list(connection: &Connection, flags: u32) -> Result<Vec<Handle<Dom>>> {
    let mut raw: *mut sys::virDomainPtr = std::ptr::null_mut();
    // SAFETY: the connection lives and `raw` is a place for the answer.
    let count = unsafe { sys::virConnectListAllDomains(connection.handle().as_ptr(), &raw mut raw, flags) };
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    if raw.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: `count` references of ours, then the array itself, which malloc made.
    unsafe {
        let handles = (0..count).filter_map(|at| Handle::from_owned(*raw.add(at))).collect();
        libc::free(raw.cast());
        Ok(handles)
    }
}

/// What the states of all machines are, in one call. Incomplete where a reply can't hold them all.
fn all_states(connection: &Connection) -> States {
    let mut records: *mut sys::virDomainStatsRecordPtr = std::ptr::null_mut();
    // SAFETY: the connection lives and `records` is a place for the answer.
    let count = unsafe {
        sys::virConnectGetAllDomainStats(
            connection.handle().as_ptr(),
            sys::VIR_DOMAIN_STATS_STATE,
            &raw mut records,
            sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
        )
    };
    let mut states = States::new();
    match usize::try_from(count) {
        // SAFETY: what the call just returned.
        Ok(count) => unsafe { read_records(records, count, &mut states) },
        Err(_) => {
            let error = connection.error(OP);
            tracing::debug!(code = error.code, "not all states in one call: {}", error.message);
        }
    }
    states
}

/// `states` completed by those of the `handles` that are not in it.
fn states(connection: &Connection, handles: &[Handle<Dom>], mut states: States) -> Result<States> {
    let missing: Vec<Handle<Dom>> = handles
        .iter()
        .filter(|handle| uuid_of(handle).is_none_or(|uuid| !states.contains_key(&uuid)))
        .cloned()
        .collect();
    for chunk in missing.chunks(CHUNK) {
        let asked = bulk_states(connection, chunk, &mut states);
        match asked {
            Ok(()) => {}
            Err(error) if error.kind == Kind::Unreachable => return Err(error),
            Err(error) => {
                tracing::debug!(code = error.code, "no states in bulk: {}", error.message);
                for handle in chunk {
                    match state_of(connection, handle) {
                        Ok(state) => drop(uuid_of(handle).map(|uuid| states.insert(uuid, state))),
                        Err(error) if error.kind == Kind::Unreachable => return Err(error),
                        Err(error) => tracing::debug!(code = error.code, "left out of the list: {}", error.message),
                    }
                }
            }
        }
    }
    Ok(states)
}

fn bulk_states(connection: &Connection, handles: &[Handle<Dom>], states: &mut States) -> Result<()> {
    let mut domains: Vec<sys::virDomainPtr> = handles.iter().map(Handle::as_ptr).collect();
    domains.push(std::ptr::null_mut());
    let nowait = sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    for flags in [nowait, 0] {
        let mut records: *mut sys::virDomainStatsRecordPtr = std::ptr::null_mut();
        // SAFETY: a list of live machines that ends with NULL, and a place for the answer.
        let count = unsafe {
            sys::virDomainListGetStats(
                domains.as_mut_ptr(),
                sys::VIR_DOMAIN_STATS_STATE,
                &raw mut records,
                flags,
            )
        };
        let Ok(count) = usize::try_from(count) else {
            let error = connection.error(OP);
            // Old drivers know no flags here.
            if flags == nowait && matches!(error.kind, Kind::Invalid | Kind::Unsupported) {
                continue;
            }
            return Err(error);
        };
        // SAFETY: what the call just returned.
        unsafe { read_records(records, count, states) };
        return Ok(());
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
    Some((uuid, (DomainState::from_raw(state?), reason)))
}

fn state_of(connection: &Connection, handle: &Handle<Dom>) -> Result<(DomainState, i32)> {
    let (mut state, mut reason) = (0, 0);
    // SAFETY: the machine lives, both places are ours.
    if unsafe { sys::virDomainGetState(handle.as_ptr(), &raw mut state, &raw mut reason, 0) } < 0 {
        return Err(connection.error(OP));
    }
    Ok((DomainState::from_raw(state), reason))
}

unsafe fn raw_uuid(domain: sys::virDomainPtr) -> Option<Uuid> {
    let mut bytes = [0u8; sys::VIR_UUID_BUFLEN as usize];
    // SAFETY: the caller promises a live machine or NULL (refused by libvirt); the buffer has the length it wants.
    (unsafe { sys::virDomainGetUUID(domain, bytes.as_mut_ptr()) } == 0).then(|| Uuid::from_bytes(bytes))
}

fn uuid_of(handle: &Handle<Dom>) -> Option<Uuid> {
    // SAFETY: the handle lives.
    unsafe { raw_uuid(handle.as_ptr()) }
}

fn name_of(handle: &Handle<Dom>) -> Option<String> {
    // SAFETY: the handle lives; the name lives as long as it and is copied.
    unsafe {
        let name = sys::virDomainGetName(handle.as_ptr());
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

fn id_of(handle: &Handle<Dom>) -> Option<u32> {
    // SAFETY: the handle lives.
    let id = unsafe { sys::virDomainGetID(handle.as_ptr()) };
    (id != u32::MAX).then_some(id)
}

/// One machine anew, for what no event tells: five calls.
pub(crate) fn refresh(connection: &Connection, uuid: Uuid) {
    let seq = connection.now();
    let read = || -> Result<DomainSummary> {
        let handle = connection.look_up(uuid, OP)?;
        let (state, reason) = state_of(connection, &handle)?;
        let mut autostart = 0;
        // SAFETY: the machine lives; where a driver doesn't know an answer it stays "no".
        let (persistent, saved) = unsafe {
            sys::virDomainGetAutostart(handle.as_ptr(), &raw mut autostart);
            (
                sys::virDomainIsPersistent(handle.as_ptr()) != 0,
                sys::virDomainHasManagedSaveImage(handle.as_ptr(), 0) > 0,
            )
        };
        Ok(DomainSummary {
            key: connection.key(uuid),
            name: name_of(&handle).unwrap_or_default(),
            id: id_of(&handle),
            state,
            reason,
            persistent,
            autostart: autostart > 0,
            managed_save: saved,
        })
    };
    match read() {
        Ok(summary) => connection.sink.push(HostEvent::Summary { seq, summary }),
        Err(error) => tracing::debug!(code = error.code, "not re-read: {}", error.message),
    }
}

/// Reads the facts about a host: four calls. What can't be read stays unknown.
pub(super) fn read_facts(connection: &Connection) {
    let raw = connection.handle().as_ptr();
    // SAFETY: the connection lives; the type is a string of libvirt's own, the host name one that we free.
    let (driver, hostname) = unsafe {
        let driver = sys::virConnectGetType(raw);
        let driver = (!driver.is_null()).then(|| CStr::from_ptr(driver).to_string_lossy().into_owned());
        let name = sys::virConnectGetHostname(raw);
        let hostname = (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned());
        libc::free(name.cast());
        (driver.unwrap_or_default(), hostname)
    };
    let version = |ask: unsafe extern "C" fn(sys::virConnectPtr, *mut libc::c_ulong) -> libc::c_int| {
        let mut version = 0;
        // SAFETY: the connection lives, the place is ours.
        let result = unsafe { ask(raw, &raw mut version) };
        (result == 0 && version > 0).then(|| {
            let part = |divisor: u64| u32::try_from(version / divisor % 1000).unwrap_or(0);
            (part(1_000_000), part(1000), part(1))
        })
    };
    let (libvirt_version, hypervisor_version) = (
        version(sys::virConnectGetLibVersion),
        version(sys::virConnectGetVersion),
    );
    connection.update_info(|info| {
        // The test driver gives only states in bulk and has no consoles.
        let real = !driver.eq_ignore_ascii_case("test");
        info.hostname = hostname;
        info.features.bulk_stats = real;
        info.features.consoles = real;
        info.driver = driver;
        info.libvirt_version = libvirt_version;
        info.hypervisor_version = hypervisor_version;
    });
}

/// Asks the host something small, to see whether it answers.
pub(super) fn check(connection: Arc<Connection>) {
    let mut version = 0;
    // SAFETY: the connection lives, the place is ours.
    if unsafe { sys::virConnectGetLibVersion(connection.handle().as_ptr(), &raw mut version) } == 0 {
        let generation = connection.generation;
        connection.tell(Control::Alive { generation });
    } else {
        let error = connection.error("connect");
        connection.lost(error);
    }
}
