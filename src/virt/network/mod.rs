//! The calls about networks, packet filters, interfaces of the host and secrets. All of them block.

mod attachment;
mod filter;
mod interface;
mod lease;
mod port;
mod rename;
mod restart;
mod secret;
mod surroundings;
mod update;

use std::ffi::{c_char, c_int, c_uint};
use std::ptr;

use uuid::Uuid;

pub(crate) use attachment::attachments;
pub(crate) use filter::{bindings, define_filter, filter_xml, filters, undefine_filter};
pub(crate) use interface::{
    begin_changes, commit_changes, define_interface, interface_xml, roll_back_changes, start_interface, stop_interface,
    undefine_interface,
};
pub(crate) use lease::leases;
pub(crate) use port::ports;
pub(crate) use restart::{finish_restart, reattach, restart};
pub(crate) use secret::{define_secret, secret_uses, secret_value, secret_xml, set_secret_value, undefine_secret};
pub(crate) use surroundings::surroundings;
pub(crate) use update::apply;

use crate::model::error::{Kind, VirtError};
use crate::model::event::{HostEvent, ObjectKind};
use crate::model::network::NetworkDefinitions;
use crate::model::xml::object::{Network, network};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::facts::{handles, owned};
use crate::virt::handle::{self, Handle, VirObject};
use crate::virt::sys;
use crate::virt::validation::{Unread, validated};

const READ: &str = "read definition";

/// A call that lists objects of a connection.
type List<Raw> = unsafe extern "C" fn(sys::virConnectPtr, *mut *mut *mut Raw, c_uint) -> c_int;
/// A call that describes an object.
type Describe<Raw> = unsafe extern "C" fn(*mut Raw, c_uint) -> *mut c_char;
/// A call that finds an object by its UUID.
type Find<Raw> = unsafe extern "C" fn(sys::virConnectPtr, *const std::ffi::c_uchar) -> *mut Raw;

/// Finds an object by its UUID.
fn look_up<T: VirObject>(
    connection: &Connection,
    uuid: Uuid,
    call: Find<T::Raw>,
    op: &'static str,
) -> Result<Handle<T>> {
    // SAFETY: the connection lives; a UUID is 16 bytes; the answer is NULL or a reference of ours.
    let found = unsafe { Handle::<T>::from_owned(call(connection.handle().as_ptr(), uuid.as_bytes().as_ptr())) };
    found.ok_or_else(|| connection.error(op))
}

/// Describes an object.
fn describe<T: VirObject>(
    connection: &Connection,
    object: &Handle<T>,
    call: Describe<T::Raw>,
    flags: c_uint,
    op: &'static str,
) -> Result<String> {
    // SAFETY: the object lives; the answer is NULL or a string of ours.
    unsafe { owned(connection, call(object.as_ptr(), flags), op) }
}

/// Lists objects.
fn list<T: VirObject>(
    connection: &Connection,
    call: List<T::Raw>,
    flags: c_uint,
    op: &'static str,
) -> Result<Vec<Handle<T>>> {
    let mut raw: *mut *mut T::Raw = ptr::null_mut();
    // SAFETY: the connection lives and `raw` is a place for the answer, which is ours.
    unsafe {
        let count = call(connection.handle().as_ptr(), &raw mut raw, flags);
        if count < 0 {
            return Err(connection.error(op));
        }
        Ok(handles(raw, count))
    }
}

/// The error of a call that gives a negative number for failure.
fn done(connection: &Connection, result: c_int, op: &'static str) -> Result<()> {
    if result < 0 { Err(connection.error(op)) } else { Ok(()) }
}

fn unreadable(error: impl ToString, op: &'static str) -> VirtError {
    VirtError::own(Kind::Invalid, op, error.to_string())
}

/// Tells what has changed where libvirt has no event for it, and that what was read is out of date.
fn changed(connection: &Connection, kind: ObjectKind, name: &str) {
    connection.facts().doubt(kind);
    connection.sink.push(HostEvent::Object {
        host: connection.host,
        kind,
        name: name.to_owned(),
        event: -1,
        detail: 0,
    });
}

pub(super) fn find(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Handle<handle::Network>> {
    look_up(connection, uuid, sys::virNetworkLookupByUUID, op)
}

/// The network of this name (`virNetworkLookupByName`).
fn find_by_name(connection: &Connection, name: &str, op: &'static str) -> Result<Handle<handle::Network>> {
    let name = c_string(name, op)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let found = unsafe {
        let raw = sys::virNetworkLookupByName(connection.handle().as_ptr(), name.as_ptr());
        Handle::<handle::Network>::from_owned(raw)
    };
    found.ok_or_else(|| connection.error(op))
}

fn is_active(connection: &Connection, network: &Handle<handle::Network>, op: &'static str) -> Result<bool> {
    // SAFETY: the network lives during the call.
    let active = unsafe { sys::virNetworkIsActive(network.as_ptr()) };
    done(connection, active, op)?;
    Ok(active > 0)
}

fn is_persistent(connection: &Connection, network: &Handle<handle::Network>, op: &'static str) -> Result<bool> {
    // SAFETY: the network lives during the call.
    let persistent = unsafe { sys::virNetworkIsPersistent(network.as_ptr()) };
    done(connection, persistent, op)?;
    Ok(persistent > 0)
}

fn starts_with_host(connection: &Connection, network: &Handle<handle::Network>, op: &'static str) -> Result<bool> {
    let mut autostart = 0;
    // SAFETY: the network lives during the call, the place is ours.
    let result = unsafe { sys::virNetworkGetAutostart(network.as_ptr(), &raw mut autostart) };
    done(connection, result, op)?;
    Ok(autostart > 0)
}

/// One definition of a network: that of the next start, or that of the running one.
fn xml(connection: &Connection, network: &Handle<handle::Network>, inactive: bool, op: &'static str) -> Result<String> {
    let call = sys::virNetworkGetXMLDesc;
    if inactive {
        match describe(connection, network, call, sys::VIR_NETWORK_XML_INACTIVE, op) {
            // The test driver has one definition only.
            Err(error) if error.kind == Kind::Invalid => {}
            described => return described,
        }
    }
    describe(connection, network, call, 0, op)
}

/// Both definitions.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn definitions(connection: &Connection, uuid: Uuid) -> Result<NetworkDefinitions> {
    let network = find(connection, uuid, READ)?;
    let active = is_active(connection, &network, READ)?;
    let persistent = is_persistent(connection, &network, READ)?;
    Ok(NetworkDefinitions {
        persistent: persistent.then(|| xml(connection, &network, true, READ)).transpose()?,
        live: active.then(|| xml(connection, &network, false, READ)).transpose()?,
        autostart: starts_with_host(connection, &network, READ).unwrap_or(false),
    })
}

/// One definition.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn network_xml(connection: &Connection, uuid: Uuid, inactive: bool) -> Result<String> {
    let network = find(connection, uuid, READ)?;
    xml(connection, &network, inactive, READ)
}

/// The call itself; a network with the same identity gets another definition by it.
fn define_raw(
    connection: &Connection,
    text: &str,
    validate: bool,
    op: &'static str,
) -> Result<Handle<handle::Network>> {
    let text = c_string(text, op)?;
    let define = |flags| {
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let network = unsafe {
            let raw = if flags == 0 {
                sys::virNetworkDefineXML(connection.handle().as_ptr(), text.as_ptr())
            } else {
                sys::virNetworkDefineXMLFlags(connection.handle().as_ptr(), text.as_ptr(), flags)
            };
            Handle::<handle::Network>::from_owned(raw)
        };
        network.ok_or_else(|| connection.error(op))
    };
    if validate {
        validated(sys::VIR_NETWORK_DEFINE_VALIDATE, Unread::Refuse, define)
    } else {
        define(0)
    }
}

fn uuid_of(connection: &Connection, network: &Handle<handle::Network>, op: &'static str) -> Result<Uuid> {
    let mut bytes = [0_u8; 16];
    // SAFETY: the network lives; a UUID is 16 bytes.
    let result = unsafe { sys::virNetworkGetUUID(network.as_ptr(), bytes.as_mut_ptr()) };
    done(connection, result, op)?;
    Ok(Uuid::from_bytes(bytes))
}

/// Makes a new network (`virNetworkDefineXMLFlags`) and tells its identity. A definition with the identity of a network that
/// there is already is refused: libvirt would replace that one.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn define(connection: &Connection, text: &str, validate: bool) -> Result<Uuid> {
    const OP: &str = "define network";
    let definition = Network::parse(text).map_err(|error| unreadable(error, OP))?;
    let uuid: Option<Uuid> = definition.get(network::UUID).and_then(|uuid| uuid.parse().ok());
    if uuid.is_some_and(|uuid| find(connection, uuid, OP).is_ok()) {
        let why = "a network with this UUID exists already: it would be replaced";
        return Err(VirtError::own(Kind::Invalid, OP, why));
    }
    let network = define_raw(connection, text, validate, OP)?;
    let uuid = uuid_of(connection, &network, OP)?;
    changed(connection, ObjectKind::Network, &uuid.to_string());
    Ok(uuid)
}

/// Starts a network (`virNetworkCreate`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn start(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "start network";
    let network = find(connection, uuid, OP)?;
    // SAFETY: the network lives during the call.
    let result = unsafe { sys::virNetworkCreate(network.as_ptr()) };
    changed(connection, ObjectKind::Network, &uuid.to_string());
    done(connection, result, OP)
}

/// Stops a network (`virNetworkDestroy`): machines on it lose their link.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn stop(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "stop network";
    let network = find(connection, uuid, OP)?;
    // SAFETY: the network lives during the call.
    let result = unsafe { sys::virNetworkDestroy(network.as_ptr()) };
    changed(connection, ObjectKind::Network, &uuid.to_string());
    done(connection, result, OP)
}

/// Starts with the host or not (`virNetworkSetAutostart`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn set_autostart(connection: &Connection, uuid: Uuid, autostart: bool) -> Result<()> {
    const OP: &str = "set autostart";
    let network = find(connection, uuid, OP)?;
    // SAFETY: the network lives during the call.
    let result = unsafe { sys::virNetworkSetAutostart(network.as_ptr(), c_int::from(autostart)) };
    done(connection, result, OP)?;
    // No event tells of this.
    changed(connection, ObjectKind::Network, &uuid.to_string());
    Ok(())
}

/// Deletes the definition of a network that is off (`virNetworkUndefine`).
///
/// # Errors
/// `Kind::Invalid` while it runs: libvirt would make it one that vanishes when it stops. Else what libvirt says.
pub(crate) fn undefine(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "delete network";
    let network = find(connection, uuid, OP)?;
    if is_active(connection, &network, OP)? {
        return Err(VirtError::own(Kind::Invalid, OP, "the network runs"));
    }
    // SAFETY: the network lives during the call.
    let result = unsafe { sys::virNetworkUndefine(network.as_ptr()) };
    changed(connection, ObjectKind::Network, &uuid.to_string());
    done(connection, result, OP)
}
