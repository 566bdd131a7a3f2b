//! Addresses that a network has lent.

use std::ffi::{CStr, c_char};
use std::ptr;

use uuid::Uuid;

use super::find;
use crate::model::network::Lease;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::sys;

/// All leases, or those of one hardware address (`virNetworkGetDHCPLeases`), by address.
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
pub(crate) fn leases(connection: &Connection, uuid: Uuid, mac: Option<&str>) -> Result<Vec<Lease>> {
    const OP: &str = "read leases";
    let network = find(connection, uuid, OP)?;
    let mac = mac.map(|mac| c_string(mac, OP)).transpose()?;
    let mut raw: *mut sys::virNetworkDHCPLeasePtr = ptr::null_mut();
    let mac = mac.as_ref().map_or(ptr::null(), |mac| mac.as_ptr());
    // SAFETY: network and text live during the call, NULL means all; `raw` is a place for the answer, which is ours.
    let count = unsafe { sys::virNetworkGetDHCPLeases(network.as_ptr(), mac, &raw mut raw, 0) };
    let Ok(count) = usize::try_from(count) else {
        return Err(connection.error(OP));
    };
    let mut all = Vec::with_capacity(count);
    if raw.is_null() {
        return Ok(all);
    }
    for at in 0..count {
        // SAFETY: the answer is an array of `count` leases, each freed once, after what it says was copied.
        unsafe {
            let lease = *raw.add(at);
            if !lease.is_null() {
                all.push(read(&*lease));
                sys::virNetworkDHCPLeaseFree(lease);
            }
        }
    }
    // SAFETY: the array is ours and freed once, after its leases.
    unsafe { libc::free(raw.cast()) };
    all.sort_by_key(|lease: &Lease| {
        (
            lease.is_ipv6,
            lease.ip.parse::<std::net::IpAddr>().ok(),
            lease.ip.clone(),
        )
    });
    Ok(all)
}

fn read(lease: &sys::virNetworkDHCPLease) -> Lease {
    Lease {
        interface: text(lease.iface).unwrap_or_default(),
        expires: (lease.expirytime > 0).then_some(lease.expirytime),
        is_ipv6: lease.type_ == sys::VIR_IP_ADDR_TYPE_IPV6 as i32,
        mac: text(lease.mac),
        iaid: text(lease.iaid),
        ip: text(lease.ipaddr).unwrap_or_default(),
        prefix: lease.prefix,
        hostname: text(lease.hostname).filter(|name| name != "*"),
        client_id: text(lease.clientid).filter(|id| id != "*"),
    }
}

fn text(raw: *mut c_char) -> Option<String> {
    // SAFETY: NULL, or a string that lives as long as the lease; it is copied.
    let text = (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw).to_string_lossy().into_owned() });
    text.filter(|text| !text.is_empty())
}
