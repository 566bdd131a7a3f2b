//! libvirt's thread-local last error, turned at once into a [`VirtError`] by remedy.

use std::ffi::CStr;

pub(crate) use crate::model::error::FROM_RPC;
use crate::model::error::{Kind, VirtError};
use crate::virt::sys;

/// The error of the call that just failed on this thread. Call it before any other libvirt call.
pub(crate) fn last_error(op: &'static str) -> VirtError {
    // SAFETY: returns a pointer into thread-local storage, valid until the next libvirt call on this thread, or NULL.
    let raw = unsafe { sys::virGetLastError() };
    if raw.is_null() {
        return VirtError::own(Kind::Other, op, "libvirt reported a failure without a reason");
    }
    // SAFETY: not null; see above. The string is copied before we return.
    let (code, domain, message) = unsafe {
        let error = &*raw;
        let message = if error.message.is_null() {
            String::new()
        } else {
            CStr::from_ptr(error.message).to_string_lossy().into_owned()
        };
        (error.code as i32, error.domain as i32, message)
    };
    VirtError {
        kind: kind_of(code, domain),
        code,
        domain,
        message,
        op,
    }
}

/// Turns off libvirt's own printing of every error on stderr. Once per process.
pub(crate) fn silence_default_handler() {
    unsafe extern "C" fn ignore(_: *mut libc::c_void, _: sys::virErrorPtr) {}
    // SAFETY: the handler is a function without state.
    unsafe { sys::virSetErrorFunc(std::ptr::null_mut(), Some(ignore)) };
}

/// The remedy for a code of `virErrorNumber` from `virErrorDomain`.
pub(crate) fn kind_of(code: i32, domain: i32) -> Kind {
    match code {
        // NO_DOMAIN, NO_NETWORK, NO_STORAGE_POOL, NO_STORAGE_VOL, NO_NODE_DEVICE, NO_SECRET, NO_DOMAIN_SNAPSHOT
        42 | 43 | 49 | 50 | 53 | 66 | 72 => Kind::Gone,
        // OPERATION_DENIED, ACCESS_DENIED, AUTH_UNAVAILABLE
        29 | 88 | 94 => Kind::Denied,
        // AUTH_CANCELLED
        79 => Kind::AuthCancelled,
        // AUTH_FAILED: from RPC a wrong password, from the remote driver (domain 13) a cancelled prompt
        45 => Kind::AuthFailed,
        // NO_SUPPORT, CONFIG_UNSUPPORTED, OPERATION_UNSUPPORTED, ARGUMENT_UNSUPPORTED
        3 | 67 | 84 | 74 => Kind::Unsupported,
        // OPERATION_TIMEOUT, AGENT_UNRESPONSIVE, AGENT_COMMAND_TIMEOUT
        68 | 86 | 112 => Kind::Timeout,
        // RESOURCE_BUSY
        87 => Kind::Busy,
        // OPERATION_ABORTED
        78 => Kind::Cancelled,
        // INVALID_ARG, OPERATION_INVALID, XML_ERROR, DOM_EXIST, XML_DETAIL, XML_INVALID_SCHEMA
        8 | 55 | 27 | 35 | 37 | 92 => Kind::Invalid,
        // NO_CONNECT
        5 => Kind::Unsupported,
        // SYSTEM_ERROR, GNUTLS_ERROR, RPC, NO_SERVER …: the connection
        _ if domain == FROM_RPC => Kind::Unreachable,
        _ => Kind::Other,
    }
}
