//! Lists and facts of a host, in as few calls as libvirt allows.

use std::collections::HashSet;
use std::ffi::CStr;
use std::sync::Arc;
use std::thread;

use uuid::Uuid;

use crate::model::domain::{DomainState, DomainSummary};
use crate::model::error::{Kind, VirtError};
use crate::model::event::{HostEvent, Seq};
use crate::virt::clock::{monotonic_ns, since_start_ms};
use crate::virt::connection::{Connection, Result};
use crate::virt::handle::{Dom, Handle};
use crate::virt::session::Control;
use crate::virt::session::states;
use crate::virt::sys;

const OP: &str = "list machines";

/// What is left to tell of a first list.
pub(super) struct Untold {
    seq: Seq,
    list: List,
}

/// Reads the first list and tells it, without the reasons of states. `None` when that failed: then the connection is of
/// no use.
pub(super) fn populate(connection: &Arc<Connection>) -> Option<Untold> {
    let seq = connection.now();
    let list = read(connection).map_err(|error| failed(connection, error, true)).ok()?;
    tell(connection, seq, &list);
    Some(Untold { seq, list })
}

/// Reads the list anew. One that fails while the connection lives is left to the next attempt.
pub(super) fn repopulate(connection: &Arc<Connection>) {
    let seq = connection.now();
    match read_with_reasons(connection) {
        Ok(list) => {
            tell(connection, seq, &list);
            connection.tell_hangs();
        }
        Err(error) => failed(connection, error, false),
    }
}

fn tell(connection: &Connection, seq: Seq, list: &List) {
    tracing::info!(
        host = %connection.host,
        count = list.domains.len(),
        ms = since_start_ms(),
        mono_ns = monotonic_ns(),
        "machines listed"
    );
    connection.sink.push(HostEvent::Listed {
        host: connection.host,
        seq,
        domains: list.domains.clone(),
    });
    let uuids = list.domains.iter().map(|domain| domain.key.uuid);
    connection.keep_domains(uuids.zip(list.handles.iter().cloned()));
}

fn failed(connection: &Connection, error: VirtError, first: bool) {
    tracing::warn!(host = %connection.host, code = error.code, "no list of machines: {}", error.message);
    if first || error.kind == Kind::Unreachable || !connection.is_alive() {
        connection.lost(error);
    }
}

/// Tells what the first list left open: why machines are in their states.
pub(super) fn tell_reasons(connection: &Connection, untold: Untold) {
    let Untold { seq, list } = untold;
    let Ok(told) = states::reasons(connection, &list.handles) else {
        return;
    };
    for mut summary in list.domains {
        if let Some(&(state, reason)) = told.get(&summary.key.uuid)
            && state == summary.state
            && reason != summary.reason
        {
            summary.reason = reason;
            // As old as the list: whatever has happened since counts more.
            connection.sink.push(HostEvent::Summary { seq, summary });
        }
    }
}

/// The list, for callers without a store.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn summaries(connection: &Connection) -> Result<Vec<DomainSummary>> {
    read_with_reasons(connection).map(|list| list.domains)
}

/// Reads what may come after the list: facts, then the rest of the subscriptions.
pub(super) fn complete(connection: &Connection) {
    read_facts(connection);
    connection.subscribe_rest();
}

/// What one reading of the list brought.
struct List {
    domains: Vec<DomainSummary>,
    /// The machines of `domains`, in the same order.
    handles: Vec<Handle<Dom>>,
}

/// Reads the list: five calls in one trip, for any number of machines that libvirt lists at all. Why a machine runs or is
/// off is not in it, see [`states::reasons`].
fn read(connection: &Connection) -> Result<List> {
    let (handles, unusual, [autostart, transient, saved]) = thread::scope(|scope| {
        let unusual = thread::Builder::new().spawn_scoped(scope, || states::unusual(connection));
        let flagged = [
            sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
            sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
            sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
        ]
        .map(|flag| thread::Builder::new().spawn_scoped(scope, move || list(connection, flag)));
        let handles = list(connection, 0);
        let flagged = flagged.map(|thread| match joined(thread) {
            Ok(handles) => Ok(handles.iter().filter_map(states::uuid_of).collect::<HashSet<_>>()),
            // Without a line or a thread (no error of libvirt's) nobody was asked.
            Err(error) if error.kind == Kind::Unreachable || error.code == 0 => Err(error),
            // A driver that doesn't know a filter refuses it: then nobody has the flag.
            Err(_) => Ok(HashSet::new()),
        });
        (handles, joined(unusual), flagged)
    });
    let (handles, unusual, autostart, transient, saved) = (handles?, unusual?, autostart?, transient?, saved?);
    let bulk = unusual.is_some();
    let told = match unusual {
        Some(told) => told,
        None => states::without_bulk(connection, &handles)?,
    };
    let mut list = List {
        domains: Vec::with_capacity(handles.len()),
        handles: Vec::with_capacity(handles.len()),
    };
    for handle in handles {
        let Some((uuid, name)) = states::uuid_of(&handle).zip(name_of(&handle)) else {
            continue;
        };
        let id = states::id_of(&handle);
        // Neither paused nor anything rare: a machine with a number runs, where states come in bulk.
        let ordinary = if bulk && id.is_some() {
            DomainState::Running
        } else {
            DomainState::Off
        };
        let (state, reason) = told.get(&uuid).copied().unwrap_or((ordinary, 0));
        list.domains.push(DomainSummary {
            key: connection.key(uuid),
            name,
            id,
            state,
            reason,
            persistent: !transient.contains(&uuid),
            autostart: autostart.contains(&uuid),
            managed_save: saved.contains(&uuid),
        });
        list.handles.push(handle);
    }
    Ok(list)
}

/// What a thread found out, if it could be started.
fn joined<T>(thread: std::io::Result<thread::ScopedJoinHandle<'_, Result<T>>>) -> Result<T> {
    let thread = thread.map_err(|error| VirtError::own(Kind::Other, OP, error.to_string()))?;
    let died = |_| Err(VirtError::own(Kind::Other, OP, "a thread ended without an answer"));
    thread.join().unwrap_or_else(died)
}

/// The list with the reasons of all states: one more trip, and one for every further 4,000 machines.
fn read_with_reasons(connection: &Connection) -> Result<List> {
    let mut list = read(connection)?;
    let told = states::reasons(connection, &list.handles)?;
    for domain in &mut list.domains {
        if let Some(&(state, reason)) = told.get(&domain.key.uuid) {
            (domain.state, domain.reason) = (state, reason);
        }
    }
    Ok(list)
}

/// Groups of filters of which every machine meets exactly one.
const HALVES: [&[u32]; 6] = [
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE,
        sys::VIR_CONNECT_LIST_DOMAINS_INACTIVE,
    ],
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
        sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
    ],
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
        sys::VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART,
    ],
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
        sys::VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE,
    ],
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
        sys::VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT,
    ],
    &[
        sys::VIR_CONNECT_LIST_DOMAINS_RUNNING,
        sys::VIR_CONNECT_LIST_DOMAINS_PAUSED,
        sys::VIR_CONNECT_LIST_DOMAINS_SHUTOFF,
        sys::VIR_CONNECT_LIST_DOMAINS_OTHER,
    ],
];

/// The machines that meet these filters. A reply holds 16,384 at most and the host refuses to send more: then they are
/// asked for in parts.
pub(super) fn list(connection: &Connection, flags: u32) -> Result<Vec<Handle<Dom>>> {
    let error = match list_at_once(connection, flags) {
        Ok(domains) => return Ok(domains),
        Err(error) => error,
    };
    let is_refusal = !matches!(
        error.kind,
        Kind::Unreachable | Kind::Denied | Kind::Unsupported | Kind::Invalid
    );
    // A group that was split before, or asked for, splits nothing any more.
    let next = HALVES
        .iter()
        .find(|group| is_refusal && group.iter().all(|filter| flags & filter == 0));
    let Some(group) = next else {
        return Err(error);
    };
    tracing::debug!(code = error.code, "listing in parts: {}", error.message);
    let mut seen = HashSet::new();
    let mut domains = Vec::new();
    for filter in *group {
        // Who changes sides meanwhile may be in both; an event follows for who is in none.
        let part = list(connection, flags | filter)?;
        domains.extend(
            part.into_iter()
                .filter(|domain| states::uuid_of(domain).is_none_or(|uuid| seen.insert(uuid))),
        );
    }
    Ok(domains)
}

/// `virConnectListAllDomains`.
fn list_at_once(connection: &Connection, flags: u32) -> Result<Vec<Handle<Dom>>> {
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

fn name_of(handle: &Handle<Dom>) -> Option<String> {
    // SAFETY: the handle lives; the name lives as long as it and is copied.
    unsafe {
        let name = sys::virDomainGetName(handle.as_ptr());
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

/// One machine anew, for what no event tells: five calls.
pub(crate) fn refresh(connection: &Connection, uuid: Uuid) {
    let seq = connection.now();
    let read = || -> Result<DomainSummary> {
        let handle = connection.look_up(uuid, OP)?;
        let (state, reason) = states::state_of(connection, &handle)?;
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
            id: states::id_of(&handle),
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
        // The test driver gives only states in bulk.
        info.hostname = hostname;
        info.features.bulk_stats = !driver.eq_ignore_ascii_case("test");
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
