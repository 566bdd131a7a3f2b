//! The calls. All of them block.

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::ptr;
use std::sync::Arc;
use std::thread;

use super::cache::{Piece, Value};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{
    GuestKind, HostDevice, HostInterface, NetworkFact, NodeFact, PoolFact, SecretFact, VolumeFact,
};
use crate::model::xml::XmlError;
use crate::model::xml::object::{Capabilities, DomainCapabilities};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{self, Handle, VirObject};
use crate::virt::sys;

const OP: &str = "read facts";
const REFRESH: &str = "refresh pool";
/// Descriptions that are read side by side: each is a round trip of its own.
const SIDE_BY_SIDE: usize = 2;
/// Devices beyond this are not read: no list that a person chooses from is that long. Volumes are read all: one that is
/// left out could build on what is deleted.
const MOST: usize = 4096;
/// The kinds of devices that a machine can be given or that tell what it can have.
const DEVICES: c_uint = sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_STORAGE
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_VDPA;

/// Reads one piece.
///
/// # Errors
/// What libvirt says, by remedy.
pub(super) fn read(connection: &Arc<Connection>, piece: &Piece) -> Result<Value> {
    match piece {
        Piece::Capabilities => capabilities(connection).map(|value| Value::Capabilities(Arc::new(value))),
        Piece::Domain(kind) => domain(connection, kind).map(|value| Value::Domain(Arc::new(value))),
        Piece::Networks => networks(connection).map(|all| Value::Networks(all.into())),
        Piece::Pools => pools(connection).map(|all| Value::Pools(all.into())),
        Piece::Devices => devices(connection).map(|all| Value::Devices(all.into())),
        Piece::Filters => filters(connection).map(|all| Value::Filters(all.into())),
        Piece::Secrets => secrets(connection).map(|all| Value::Secrets(all.into())),
        Piece::Interfaces => interfaces(connection).map(|all| Value::Interfaces(all.into())),
        Piece::Node => node(connection).map(|value| Value::Node(Arc::new(value))),
        Piece::Sysinfo => sysinfo(connection).map(|value| Value::Sysinfo(value.into())),
        Piece::Volumes(pool) => volumes(connection, pool).map(|all| Value::Volumes(all.into())),
    }
}

/// What a call of libvirt gave as a string of ours.
///
/// # Errors
/// That of the call, for NULL.
///
/// # Safety
/// `raw` must be NULL or a string that malloc made and that nobody else frees.
pub(crate) unsafe fn owned(connection: &Connection, raw: *mut c_char, op: &'static str) -> Result<String> {
    if raw.is_null() {
        return Err(connection.error(op));
    }
    // SAFETY: not null; ours, as the caller promises; freed once, after the copy.
    unsafe {
        let text = CStr::from_ptr(raw).to_string_lossy().into_owned();
        libc::free(raw.cast());
        Ok(text)
    }
}

fn unreadable(error: &XmlError) -> VirtError {
    VirtError::own(Kind::Invalid, OP, error.to_string())
}

fn capabilities(connection: &Connection) -> Result<Capabilities> {
    // SAFETY: the connection lives; the answer is NULL or a string of ours.
    let text = unsafe {
        owned(
            connection,
            sys::virConnectGetCapabilities(connection.handle().as_ptr()),
            OP,
        )
    }?;
    Capabilities::parse(&text).map_err(|error| unreadable(&error))
}

fn domain(connection: &Connection, kind: &GuestKind) -> Result<DomainCapabilities> {
    let given = |text: Option<&str>| {
        text.filter(|text| !text.is_empty())
            .map(|text| c_string(text, OP))
            .transpose()
    };
    let emulator = given(kind.emulator.as_deref())?;
    let arch = given(kind.arch.as_deref())?;
    let machine = given(kind.machine.as_deref())?;
    let hypervisor = given(Some(kind.hypervisor.as_str()))?;
    let raw = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    // SAFETY: connection and texts live during the call, NULL means any; the answer is NULL or a string of ours.
    let text = unsafe {
        let answer = sys::virConnectGetDomainCapabilities(
            connection.handle().as_ptr(),
            raw(&emulator),
            raw(&arch),
            raw(&machine),
            raw(&hypervisor),
            0,
        );
        owned(connection, answer, OP)
    }?;
    DomainCapabilities::parse(&text).map_err(|error| unreadable(&error))
}

fn sysinfo(connection: &Connection) -> Result<String> {
    // SAFETY: the connection lives; the answer is NULL or a string of ours.
    unsafe {
        owned(
            connection,
            sys::virConnectGetSysinfo(connection.handle().as_ptr(), 0),
            OP,
        )
    }
}

fn node(connection: &Connection) -> Result<NodeFact> {
    // SAFETY: a structure of numbers, for which all zeroes are valid.
    let mut info: sys::virNodeInfo = unsafe { std::mem::zeroed() };
    // SAFETY: the connection lives, the place is ours.
    if unsafe { sys::virNodeGetInfo(connection.handle().as_ptr(), &raw mut info) } < 0 {
        return Err(connection.error(OP));
    }
    let model: Vec<u8> = info
        .model
        .iter()
        .map(|c| c.to_ne_bytes()[0])
        .take_while(|byte| *byte != 0)
        .collect();
    Ok(NodeFact {
        model: String::from_utf8_lossy(&model).into_owned(),
        memory_kib: info.memory,
        cpus: info.cpus,
        sockets: info.sockets,
        cores: info.cores,
        threads: info.threads,
        ..NodeFact::default()
    })
}

/// A call that lists objects of a connection.
pub(crate) type List<Raw> = unsafe extern "C" fn(sys::virConnectPtr, *mut *mut *mut Raw, c_uint) -> c_int;

/// A call that describes an object.
pub(crate) type Describe<Raw> = unsafe extern "C" fn(*mut Raw, c_uint) -> *mut c_char;

/// Takes over a list that a call has made.
///
/// # Safety
/// `raw` must be NULL or an array that malloc made, of `count` references that are ours.
pub(crate) unsafe fn handles<T: VirObject>(raw: *mut *mut T::Raw, count: c_int) -> Vec<Handle<T>> {
    if raw.is_null() {
        return Vec::new();
    }
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: as the caller promises; the array is freed once, after its references were taken over.
    unsafe {
        let handles = (0..count).filter_map(|at| Handle::from_owned(*raw.add(at))).collect();
        libc::free(raw.cast());
        handles
    }
}

pub(crate) fn list<T: VirObject>(connection: &Connection, call: List<T::Raw>, flags: c_uint) -> Result<Vec<Handle<T>>> {
    let mut raw: *mut *mut T::Raw = ptr::null_mut();
    // SAFETY: the connection lives and `raw` is a place for the answer, which is ours.
    unsafe {
        let count = call(connection.handle().as_ptr(), &raw mut raw, flags);
        if count < 0 {
            return Err(connection.error(OP));
        }
        Ok(handles(raw, count))
    }
}

/// Describes an object.
pub(super) fn xml<T: VirObject>(connection: &Connection, object: &Handle<T>, call: Describe<T::Raw>) -> Result<String> {
    // SAFETY: the object lives; the answer is NULL or a string of ours.
    unsafe { owned(connection, call(object.as_ptr(), 0), OP) }
}

/// Describes objects, some side by side, and reads each description. What went away meanwhile, or is not what it should be,
/// is left out.
pub(crate) fn described<T: VirObject, F: Send>(
    connection: &Arc<Connection>,
    objects: &[Handle<T>],
    call: Describe<T::Raw>,
    read: impl Fn(&str) -> std::result::Result<F, XmlError> + Sync,
) -> Vec<F> {
    let one = |object: &Handle<T>| {
        if connection.is_closing() {
            return None;
        }
        let text = xml(connection, object, call).ok()?;
        read(&text)
            .inspect_err(|error| tracing::debug!("a description cannot be read: {error}"))
            .ok()
    };
    let share = objects.len().div_ceil(SIDE_BY_SIDE).max(8);
    thread::scope(|scope| {
        let one = &one;
        let mut parts = objects.chunks(share);
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts
            .map(|part| {
                let started = thread::Builder::new()
                    .name("vireo-facts".into())
                    .spawn_scoped(scope, move || part.iter().filter_map(one).collect::<Vec<F>>());
                (part, started)
            })
            .collect();
        let mut all: Vec<F> = own.iter().filter_map(one).collect();
        for (part, started) in others {
            match started {
                Ok(thread) => all.extend(thread.join().unwrap_or_default()),
                Err(_) => all.extend(part.iter().filter_map(one)),
            }
        }
        all
    })
}

/// Objects with whether they run and start with the host, for the three lists that tell.
fn states<T: VirObject>(connection: &Connection, call: List<T::Raw>, name: Name<T::Raw>) -> Result<Vec<Listed<T>>> {
    // The same flags for networks and pools.
    const INACTIVE: c_uint = 1;
    const ACTIVE: c_uint = 2;
    const AUTOSTART: c_uint = 16;
    const _: () = assert!(
        sys::VIR_CONNECT_LIST_NETWORKS_ACTIVE == ACTIVE
            && sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE == ACTIVE
            && sys::VIR_CONNECT_LIST_NETWORKS_INACTIVE == INACTIVE
            && sys::VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE == INACTIVE
            && sys::VIR_CONNECT_LIST_NETWORKS_AUTOSTART == AUTOSTART
            && sys::VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART == AUTOSTART
    );
    let running = list(connection, call, ACTIVE)?;
    let resting = list(connection, call, INACTIVE)?;
    let autostart = list::<T>(connection, call, AUTOSTART).unwrap_or_default();
    let autostart: Vec<String> = autostart.iter().filter_map(|object| named(object, name)).collect();
    let all = running.into_iter().map(|object| (object, true));
    let all = all.chain(resting.into_iter().map(|object| (object, false)));
    let all = all.map(|(object, active)| Listed {
        autostart: named(&object, name).is_some_and(|name| autostart.contains(&name)),
        object,
        active,
    });
    Ok(all.collect())
}

/// A call that names an object; the name belongs to it.
pub(crate) type Name<Raw> = unsafe extern "C" fn(*mut Raw) -> *const c_char;

struct Listed<T: VirObject> {
    object: Handle<T>,
    active: bool,
    autostart: bool,
}

pub(crate) fn named<T: VirObject>(object: &Handle<T>, call: Name<T::Raw>) -> Option<String> {
    // SAFETY: the object lives; the name lives as long as it and is copied.
    unsafe {
        let name = call(object.as_ptr());
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

fn networks(connection: &Arc<Connection>) -> Result<Vec<NetworkFact>> {
    let listed: Vec<Listed<handle::Network>> =
        states(connection, sys::virConnectListAllNetworks, sys::virNetworkGetName)?;
    let mut all = Vec::new();
    for network in listed {
        let read = |text: &str| NetworkFact::read(text, network.active, network.autostart);
        all.extend(described(
            connection,
            std::slice::from_ref(&network.object),
            sys::virNetworkGetXMLDesc,
            read,
        ));
    }
    let transient: Vec<Handle<handle::Network>> = list(
        connection,
        sys::virConnectListAllNetworks,
        sys::VIR_CONNECT_LIST_NETWORKS_TRANSIENT,
    )
    .unwrap_or_default();
    let transient: Vec<String> = transient
        .iter()
        .filter_map(|network| named(network, sys::virNetworkGetName))
        .collect();
    for network in &mut all {
        network.persistent = !transient.contains(&network.name);
    }
    Ok(all)
}

fn pools(connection: &Arc<Connection>) -> Result<Vec<PoolFact>> {
    let listed: Vec<Listed<handle::Pool>> = states(
        connection,
        sys::virConnectListAllStoragePools,
        sys::virStoragePoolGetName,
    )?;
    let mut all = Vec::new();
    for pool in listed {
        let read = |text: &str| PoolFact::read(text, pool.active, pool.autostart);
        all.extend(described(
            connection,
            std::slice::from_ref(&pool.object),
            sys::virStoragePoolGetXMLDesc,
            read,
        ));
    }
    Ok(all)
}

fn devices(connection: &Arc<Connection>) -> Result<Vec<HostDevice>> {
    let mut listed: Vec<Handle<handle::Device>> = list(connection, sys::virConnectListAllNodeDevices, DEVICES)?;
    listed.truncate(MOST);
    Ok(described(
        connection,
        &listed,
        sys::virNodeDeviceGetXMLDesc,
        HostDevice::read,
    ))
}

fn filters(connection: &Connection) -> Result<Vec<String>> {
    let listed: Vec<Handle<handle::Filter>> = list(connection, sys::virConnectListAllNWFilters, 0)?;
    let names = listed
        .iter()
        .filter_map(|filter| named(filter, sys::virNWFilterGetName));
    Ok(names.collect())
}

fn secrets(connection: &Arc<Connection>) -> Result<Vec<SecretFact>> {
    let listed: Vec<Handle<handle::Secret>> = list(connection, sys::virConnectListAllSecrets, 0)?;
    Ok(described(
        connection,
        &listed,
        sys::virSecretGetXMLDesc,
        SecretFact::read,
    ))
}

fn interfaces(connection: &Arc<Connection>) -> Result<Vec<HostInterface>> {
    let mut all = Vec::new();
    for (flags, active) in [
        (sys::VIR_CONNECT_LIST_INTERFACES_ACTIVE, true),
        (sys::VIR_CONNECT_LIST_INTERFACES_INACTIVE, false),
    ] {
        let listed: Vec<Handle<handle::Interface>> = list(connection, sys::virConnectListAllInterfaces, flags)?;
        let read = |text: &str| HostInterface::read(text, active);
        all.extend(described(connection, &listed, sys::virInterfaceGetXMLDesc, read));
    }
    Ok(all)
}

fn volumes(connection: &Arc<Connection>, pool: &str) -> Result<Vec<VolumeFact>> {
    let name = c_string(pool, OP)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let pool = unsafe {
        let raw = sys::virStoragePoolLookupByName(connection.handle().as_ptr(), name.as_ptr());
        Handle::<handle::Pool>::from_owned(raw)
    };
    let pool = pool.ok_or_else(|| connection.error(OP))?;
    let mut raw: *mut sys::virStorageVolPtr = ptr::null_mut();
    // SAFETY: the pool lives and `raw` is a place for the answer, which is ours.
    let listed = unsafe {
        let count = sys::virStoragePoolListAllVolumes(pool.as_ptr(), &raw mut raw, 0);
        if count < 0 {
            return Err(connection.error(OP));
        }
        handles::<handle::Volume>(raw, count)
    };
    Ok(described(
        connection,
        &listed,
        sys::virStorageVolGetXMLDesc,
        VolumeFact::read,
    ))
}

/// The volume with this path; `None` where no pool that runs has it.
///
/// # Errors
/// Where the host cannot be asked.
pub(super) fn volume_at(connection: &Connection, path: &str) -> Result<Option<VolumeFact>> {
    let Some(volume) = volume_of(connection, path, OP)? else {
        return Ok(None);
    };
    let text = volume_xml(connection, &volume)?;
    VolumeFact::read(&text).map(Some).map_err(|error| unreadable(&error))
}

/// What libvirt says of a volume (`virStorageVolGetXMLDesc`).
///
/// # Errors
/// Where it cannot be asked.
pub(super) fn volume_xml(connection: &Connection, volume: &Handle<handle::Volume>) -> Result<String> {
    xml(connection, volume, sys::virStorageVolGetXMLDesc)
}

fn volume_of(connection: &Connection, path: &str, op: &'static str) -> Result<Option<Handle<handle::Volume>>> {
    let text = c_string(path, op)?;
    // SAFETY: connection and path live during the call; the answer is NULL or a reference of ours.
    let volume = unsafe {
        let raw = sys::virStorageVolLookupByPath(connection.handle().as_ptr(), text.as_ptr());
        Handle::<handle::Volume>::from_owned(raw)
    };
    if volume.is_some() {
        return Ok(volume);
    }
    let error = connection.error(op);
    match error.kind {
        Kind::Unreachable | Kind::Unsupported | Kind::Denied => Err(error),
        _ => Ok(None),
    }
}

/// Lets the pools of these volumes look at their volumes anew, so that images show up that others made: each once, however many
/// of them it has. A pool that refuses is left as it is.
pub(super) fn refresh_pools_of(connection: &Connection, paths: &[String]) {
    let mut fresh = HashSet::new();
    for path in paths {
        let done = pool_of(connection, path).and_then(|pool| {
            let Some(pool) = pool else { return Ok(()) };
            // SAFETY: the pool lives, and with it the name; copied at once.
            let name = unsafe {
                let name = sys::virStoragePoolGetName(pool.as_ptr());
                (!name.is_null()).then(|| CStr::from_ptr(name).to_owned())
            };
            match name.is_none_or(|name| fresh.insert(name)) {
                true => refresh(connection, &pool),
                false => Ok(()),
            }
        });
        if let Err(error) = done {
            tracing::debug!(code = error.code, "pool not refreshed: {}", error.message);
        }
    }
}

fn pool_of(connection: &Connection, path: &str) -> Result<Option<Handle<handle::Pool>>> {
    let Some(volume) = volume_of(connection, path, REFRESH)? else {
        return Ok(None);
    };
    // SAFETY: the volume lives during the call; the answer is NULL or a reference of ours.
    let pool = unsafe { Handle::<handle::Pool>::from_owned(sys::virStoragePoolLookupByVolume(volume.as_ptr())) };
    pool.map(Some).ok_or_else(|| connection.error(REFRESH))
}

fn refresh(connection: &Connection, pool: &Handle<handle::Pool>) -> Result<()> {
    // SAFETY: the pool lives during the call.
    match unsafe { sys::virStoragePoolRefresh(pool.as_ptr(), 0) } {
        ..0 => Err(connection.error(REFRESH)),
        _ => Ok(()),
    }
}

/// Deletes the volume with this path (`virStorageVolDelete`); `Ok(false)` where no pool that runs has it.
///
/// # Errors
/// What libvirt says, by remedy.
pub(super) fn delete_volume(connection: &Connection, path: &str) -> Result<bool> {
    const OP: &str = "delete storage";
    let Some(volume) = volume_of(connection, path, OP)? else {
        return Ok(false);
    };
    // SAFETY: the volume lives during the call.
    match unsafe { sys::virStorageVolDelete(volume.as_ptr(), 0) } {
        ..0 => Err(connection.error(OP)),
        _ => Ok(true),
    }
}
