//! Machines that are templates: marked in their own definition, so that every client and every computer sees it.

use std::ffi::CStr;
use std::ptr;

use uuid::Uuid;

use crate::i18n::tr;
use crate::model::cloning::{TEMPLATE_KEY, TEMPLATE_MARK, TEMPLATE_URI};
use crate::model::error::{Kind, VirtError};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::session::refresh;
use crate::virt::sys;

/// Whether the definition of the next start has the mark (`virDomainGetMetadata`). A driver without metadata has none.
pub(super) fn is_marked(connection: &Connection, uuid: Uuid) -> Result<bool> {
    const OP: &str = "read definition";
    let domain = connection.domain(uuid, OP)?;
    let uri = c_string(TEMPLATE_URI, OP)?;
    // SAFETY: machine and text live during the call; the answer is NULL or a string of ours, freed once.
    unsafe {
        let mark = sys::virDomainGetMetadata(
            domain.as_ptr(),
            sys::VIR_DOMAIN_METADATA_ELEMENT as i32,
            uri.as_ptr(),
            sys::VIR_DOMAIN_AFFECT_CURRENT,
        );
        if !mark.is_null() {
            let found = !CStr::from_ptr(mark).is_empty();
            libc::free(mark.cast());
            return Ok(found);
        }
    }
    let error = connection.error(OP);
    // Whoever does not know must not take it for a machine that may be started.
    match error.kind {
        Kind::Unsupported => Ok(false),
        _ if error.code == sys::VIR_ERR_NO_DOMAIN_METADATA as i32 => Ok(false),
        _ => Err(error),
    }
}

/// Refuses to start a template.
///
/// # Errors
/// `Kind::Invalid` for one.
pub(crate) fn refuse(connection: &Connection, uuid: Uuid) -> Result<()> {
    if is_marked(connection, uuid)? {
        return Err(VirtError::own(
            Kind::Invalid,
            "start",
            tr("This machine is a template. Make a new machine from it, or turn it back into a machine first."),
        ));
    }
    Ok(())
}

/// Makes a machine that is off a template, or a machine of a template again (`virDomainSetMetadata`). A template does not
/// start with the host either.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn set(connection: &Connection, uuid: Uuid, template: bool) -> Result<()> {
    change(connection, uuid, template).map(drop)
}

/// The same, and tells whether it was otherwise before.
///
/// # Errors
/// What libvirt says, by remedy.
pub(super) fn change(connection: &Connection, uuid: Uuid, template: bool) -> Result<bool> {
    const OP: &str = "mark as template";
    if is_marked(connection, uuid)? == template {
        return Ok(false);
    }
    let domain = connection.domain(uuid, OP)?;
    let (mark, key, uri) = (
        c_string(TEMPLATE_MARK, OP)?,
        c_string(TEMPLATE_KEY, OP)?,
        c_string(TEMPLATE_URI, OP)?,
    );
    let mark = if template { mark.as_ptr() } else { ptr::null() };
    // SAFETY: machine and texts live during the call; NULL removes the mark.
    let set = unsafe {
        sys::virDomainSetMetadata(
            domain.as_ptr(),
            sys::VIR_DOMAIN_METADATA_ELEMENT as i32,
            mark,
            key.as_ptr(),
            uri.as_ptr(),
            sys::VIR_DOMAIN_AFFECT_CONFIG,
        )
    };
    if set < 0 {
        return Err(connection.error(OP));
    }
    let mut autostart = 0;
    // SAFETY: the machine lives during the calls, and the place is ours.
    unsafe {
        if template && sys::virDomainGetAutostart(domain.as_ptr(), &raw mut autostart) == 0 && autostart != 0 {
            sys::virDomainSetAutostart(domain.as_ptr(), 0);
        }
    }
    refresh(connection, uuid);
    Ok(true)
}
