//! Devices of a host.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::event::ObjectKind;
use crate::model::node::{DeviceCall, NodeDeviceFact};
use crate::virt::connection::{Connection, Result, c_string, unreachable};
use crate::virt::facts::{described, list, named};
use crate::virt::handle::{self, Handle};
use crate::virt::sys;

type Device = Handle<handle::Device>;

/// All devices of the host, those that are defined and not there included.
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
pub(crate) fn devices(connection: &Arc<Connection>) -> Result<Vec<NodeDeviceFact>> {
    let all: Vec<Device> = list(connection, sys::virConnectListAllNodeDevices, 0)?;
    let mut facts = described(connection, &all, sys::virNodeDeviceGetXMLDesc, NodeDeviceFact::read);
    if connection.is_closing() {
        return Err(unreachable("list devices"));
    }
    let inactive = names(connection, sys::VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE);
    let mediated = names(connection, sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV);
    for fact in &mut facts {
        fact.active = !inactive.contains(&fact.device.name);
        if mediated.contains(&fact.device.name)
            && let Some(device) = all.iter().find(|device| name(device) == fact.device.name)
        {
            // SAFETY: the device lives during the calls.
            unsafe {
                let mut autostart = 0;
                let told = sys::virNodeDeviceGetAutostart(device.as_ptr(), &raw mut autostart);
                fact.autostart = (told >= 0).then_some(autostart != 0);
                let persistent = sys::virNodeDeviceIsPersistent(device.as_ptr());
                fact.persistent = (persistent >= 0).then_some(persistent != 0);
            }
        }
    }
    Ok(facts)
}

fn name(device: &Device) -> String {
    named(device, sys::virNodeDeviceGetName).unwrap_or_default()
}

/// Names of the devices of a kind; none where the driver cannot tell kinds apart.
fn names(connection: &Arc<Connection>, flags: u32) -> HashSet<String> {
    let found: Vec<Device> = list(connection, sys::virConnectListAllNodeDevices, flags).unwrap_or_default();
    found.iter().map(name).collect()
}

fn look_up(connection: &Connection, name: &str, op: &'static str) -> Result<Device> {
    let text = c_string(name, op)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let device = unsafe {
        let raw = sys::virNodeDeviceLookupByName(connection.handle().as_ptr(), text.as_ptr());
        Handle::from_owned(raw)
    };
    device.ok_or_else(|| connection.error(op))
}

/// Does something with a device.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn call(connection: &Connection, name: &str, call: &DeviceCall) -> Result<()> {
    const OP: &str = "change device";
    let device = look_up(connection, name, OP)?;
    // SAFETY: the device lives during the call; NULL means the usual driver.
    let result = unsafe {
        match call {
            DeviceCall::Detach => sys::virNodeDeviceDetachFlags(device.as_ptr(), std::ptr::null(), 0),
            DeviceCall::Reattach => sys::virNodeDeviceReAttach(device.as_ptr()),
            DeviceCall::Reset => sys::virNodeDeviceReset(device.as_ptr()),
            DeviceCall::Start => sys::virNodeDeviceCreate(device.as_ptr(), 0),
            DeviceCall::Stop => sys::virNodeDeviceDestroy(device.as_ptr()),
            DeviceCall::Undefine => sys::virNodeDeviceUndefine(device.as_ptr(), 0),
            DeviceCall::Autostart(on) => sys::virNodeDeviceSetAutostart(device.as_ptr(), i32::from(*on)),
        }
    };
    if result < 0 {
        return Err(connection.error(OP));
    }
    // The driver that a device has changes without an event of its own on some hosts.
    connection.facts().doubt(ObjectKind::NodeDevice);
    Ok(())
}

/// Defines a device that is to be there after the host's next start, too (`virNodeDeviceDefineXML`), and tells its name.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn define(connection: &Connection, xml: &str) -> Result<String> {
    const OP: &str = "define device";
    let text = c_string(xml, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let device = unsafe {
        let raw = sys::virNodeDeviceDefineXML(connection.handle().as_ptr(), text.as_ptr(), 0);
        Handle::from_owned(raw)
    };
    made(connection, device, OP)
}

/// Makes a device that lasts until it is stopped or the host is (`virNodeDeviceCreateXML`), and tells its name.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn make(connection: &Connection, xml: &str) -> Result<String> {
    const OP: &str = "create device";
    let text = c_string(xml, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let device = unsafe {
        let raw = sys::virNodeDeviceCreateXML(connection.handle().as_ptr(), text.as_ptr(), 0);
        Handle::from_owned(raw)
    };
    made(connection, device, OP)
}

fn made(connection: &Connection, device: Option<Device>, op: &'static str) -> Result<String> {
    let device = device.ok_or_else(|| connection.error(op))?;
    connection.facts().doubt(ObjectKind::NodeDevice);
    Ok(name(&device))
}
