//! Ports of a network.

use std::ptr;

use uuid::Uuid;

use super::{describe, find};
use crate::model::network::NetworkPort;
use crate::virt::connection::{Connection, Result};
use crate::virt::facts::handles;
use crate::virt::handle::Port;
use crate::virt::sys;

/// Who is plugged into a network (`virNetworkListAllPorts`).
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has no ports.
pub(crate) fn ports(connection: &Connection, uuid: Uuid) -> Result<Vec<NetworkPort>> {
    const OP: &str = "read ports";
    let network = find(connection, uuid, OP)?;
    let mut raw: *mut sys::virNetworkPortPtr = ptr::null_mut();
    // SAFETY: the network lives and `raw` is a place for the answer, which is ours.
    let listed = unsafe {
        let count = sys::virNetworkListAllPorts(network.as_ptr(), &raw mut raw, 0);
        if count < 0 {
            return Err(connection.error(OP));
        }
        handles::<Port>(raw, count)
    };
    // One that went away meanwhile is left out.
    let read = listed.iter().filter_map(|port| {
        let text = describe(connection, port, sys::virNetworkPortGetXMLDesc, 0, OP).ok()?;
        NetworkPort::read(&text).ok()
    });
    Ok(read.collect())
}
