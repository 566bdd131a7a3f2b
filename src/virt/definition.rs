//! The calls that change a machine's definition, and the running machine beside it. All of them block.

use std::ffi::CString;
use std::ptr;

use uuid::Uuid;

use crate::model::action::LiveChange;
use crate::model::error::{Kind, VirtError};
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Dom, Handle};
use crate::virt::sys;

/// `virDomainDefineXMLFlags`, with a guard: the definition must carry the identity of this very machine. Without one libvirt
/// would make another machine of it.
pub(crate) fn define(connection: &Connection, uuid: Uuid, xml: &str, validate: bool) -> Result<()> {
    const OP: &str = "define";
    let domain = Domain::parse(xml).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
    if domain.uuid() != Some(uuid) {
        let text = "the definition has not the UUID of this machine: it would make another one";
        return Err(VirtError::own(Kind::Invalid, OP, text));
    }
    let xml = c_string(xml, OP)?;
    let flags = if validate { sys::VIR_DOMAIN_DEFINE_VALIDATE } else { 0 };
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let defined = unsafe {
        Handle::<Dom>::from_owned(sys::virDomainDefineXMLFlags(
            connection.handle().as_ptr(),
            xml.as_ptr(),
            flags,
        ))
    };
    defined.map(drop).ok_or_else(|| connection.error(OP))
}

/// Whether the machine has a definition that outlives its running instance, and whether it runs
/// (`virDomainIsPersistent`, `virDomainIsActive`).
pub(crate) fn lives(connection: &Connection, uuid: Uuid) -> Result<(bool, bool)> {
    const OP: &str = "read state";
    // SAFETY: the machine lives during the calls.
    let persistent = connection.on_domain(uuid, OP, |domain| unsafe { sys::virDomainIsPersistent(domain) })?;
    // SAFETY: as above.
    let active = connection.on_domain(uuid, OP, |domain| unsafe { sys::virDomainIsActive(domain) })?;
    Ok((persistent > 0, active > 0))
}

/// Changes the running machine only: `virDomainSetMemoryFlags`, `virDomainSetVcpusFlags`, `virDomainSetMetadata`,
/// `virDomainAttachDeviceFlags`, `virDomainDetachDeviceFlags`.
pub(crate) fn change_live(connection: &Connection, uuid: Uuid, change: &LiveChange) -> Result<()> {
    const OP: &str = "change the running machine";
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let done = match change {
        LiveChange::Memory(kib) => {
            let kib = libc::c_ulong::try_from(*kib)
                .map_err(|_| VirtError::own(Kind::Invalid, OP, "that is more memory than libvirt can count"))?;
            // SAFETY: the machine lives during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainSetMemoryFlags(domain, kib, live)
            })
        }
        LiveChange::Vcpus(count) => {
            let count = *count;
            // SAFETY: the machine lives during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainSetVcpusFlags(domain, count, live)
            })
        }
        LiveChange::Title(text) => metadata(connection, uuid, sys::VIR_DOMAIN_METADATA_TITLE, text, None),
        LiveChange::Description(text) => metadata(connection, uuid, sys::VIR_DOMAIN_METADATA_DESCRIPTION, text, None),
        LiveChange::Metadata { key, uri, xml } => metadata(
            connection,
            uuid,
            sys::VIR_DOMAIN_METADATA_ELEMENT,
            xml,
            Some((key, uri)),
        ),
        LiveChange::Attach(xml) => {
            let xml = c_string(xml, OP)?;
            // SAFETY: machine and text live during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainAttachDeviceFlags(domain, xml.as_ptr(), live)
            })
        }
        LiveChange::Detach(xml) => {
            let xml = c_string(xml, OP)?;
            // SAFETY: machine and text live during the call.
            connection.on_domain(uuid, OP, |domain| unsafe {
                sys::virDomainDetachDeviceFlags(domain, xml.as_ptr(), live)
            })
        }
    };
    done.map(drop)
}

/// An empty text removes.
fn metadata(
    connection: &Connection,
    uuid: Uuid,
    kind: sys::virDomainMetadataType,
    text: &str,
    place: Option<(&str, &str)>,
) -> Result<i32> {
    const OP: &str = "change the running machine";
    let text = (!text.trim().is_empty()).then(|| c_string(text, OP)).transpose()?;
    let (key, uri): (Option<CString>, Option<CString>) = match place {
        Some((key, uri)) => (Some(c_string(key, OP)?), Some(c_string(uri, OP)?)),
        None => (None, None),
    };
    let pointer = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    let done = connection.on_domain(uuid, OP, |domain| {
        // SAFETY: the machine and all strings live during the call; NULL is allowed for each.
        unsafe {
            sys::virDomainSetMetadata(
                domain,
                kind as i32,
                pointer(&text),
                pointer(&key),
                pointer(&uri),
                sys::VIR_DOMAIN_AFFECT_LIVE,
            )
        }
    });
    match done {
        // There was none.
        Err(error) if text.is_none() && error.code == sys::VIR_ERR_NO_DOMAIN_METADATA as i32 => Ok(0),
        done => done,
    }
}
