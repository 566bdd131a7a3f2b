//! The note in a definition about what is left to do when the guest is installed.

use uuid::Uuid;

use crate::model::creation::{INSTALLATION_KEY, INSTALLATION_URI, Installation};
use crate::model::error::{Kind, VirtError};
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::session::{details, refresh};
use crate::virt::sys;

/// A machine with a note about itself.
pub(super) struct Noted {
    pub(super) note: Installation,
    /// What its next start takes.
    pub(super) domain: Domain,
    pub(super) is_active: bool,
}

/// The note of a machine; `None` where nothing is left to do. One about another machine came from elsewhere: nothing is done,
/// least of all deleted, because of it.
pub(super) fn read(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Option<Noted>> {
    let flags = sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE;
    let text = details::xml(connection, uuid, flags, op)?;
    let domain = Domain::parse(&text).map_err(|error| VirtError::own(Kind::Invalid, op, error.to_string()))?;
    let Some(note) = Installation::read(&domain).filter(|note| note.machine == Some(uuid)) else {
        return Ok(None);
    };
    let machine = connection.look_up(uuid, op)?;
    // SAFETY: the machine lives as long as `machine`.
    let is_active = unsafe { sys::virDomainIsActive(machine.as_ptr()) } > 0;
    Ok(Some(Noted {
        note,
        domain,
        is_active,
    }))
}

/// Changes the note in the definition, and in that of the running machine (`virDomainSetMetadata`); `None` removes it.
pub(super) fn write(
    connection: &Connection,
    uuid: Uuid,
    note: Option<&Installation>,
    is_active: bool,
    op: &'static str,
) -> Result<()> {
    let (key, uri) = (c_string(INSTALLATION_KEY, op)?, c_string(INSTALLATION_URI, op)?);
    let text = note.map(|note| c_string(&note.to_plain_xml(), op)).transpose()?;
    let mut flags = sys::VIR_DOMAIN_AFFECT_CONFIG;
    if is_active {
        flags |= sys::VIR_DOMAIN_AFFECT_LIVE;
    }
    connection.on_domain(uuid, op, |domain| {
        let text = text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        // SAFETY: machine and texts live during the call; NULL removes the note.
        unsafe {
            sys::virDomainSetMetadata(
                domain,
                sys::VIR_DOMAIN_METADATA_ELEMENT as i32,
                text,
                key.as_ptr(),
                uri.as_ptr(),
                flags,
            )
        }
    })?;
    refresh(connection, uuid);
    Ok(())
}

/// Says in the note that the machine was started: from now on its being off is the end of the installation.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn begin_installation(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "begin installation";
    let Some(Noted { note, is_active, .. }) = read(connection, uuid, OP)? else {
        return Ok(());
    };
    if note.begun {
        return Ok(());
    }
    let begun = Installation { begun: true, ..note };
    write(connection, uuid, Some(&begun), is_active, OP)
}
