//! Reading the definitions that an editor begins with.

use uuid::Uuid;

use super::lives;
use crate::i18n::tr;
use crate::model::error::Kind;
use crate::model::hardware::apply::Definitions;
use crate::virt::connection::{Connection, Result};
use crate::virt::session::details::xml;
use crate::virt::sys;

const OP: &str = "read definition";

/// Both definitions of a machine (`virDomainGetXMLDesc`), with passwords where that is allowed.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn definitions(connection: &Connection, uuid: Uuid) -> Result<Definitions> {
    let (is_persistent, is_active) = lives(connection, uuid)?;
    let read = |secure: u32| -> Result<Definitions> {
        let get = |flags| xml(connection, uuid, flags | secure, OP);
        let persistent = is_persistent.then(|| get(sys::VIR_DOMAIN_XML_INACTIVE)).transpose()?;
        let live = is_active.then(|| get(0)).transpose()?;
        Ok(Definitions {
            persistent,
            live,
            locked: None,
        })
    };
    let locked = if connection.info().features.read_only {
        tr("The connection is read-only.")
    } else {
        match read(sys::VIR_DOMAIN_XML_SECURE) {
            // Some drivers know no passwords and refuse the flag.
            Err(error) if error.kind == Kind::Unsupported => return read(0),
            Err(error) if error.kind == Kind::Denied => {
                tr("You may not read the passwords in this definition, and changing it without them would delete them.")
            }
            done => return done,
        }
    };
    Ok(Definitions {
        locked: Some(locked),
        ..read(0)?
    })
}

/// The definition that changes are made to: that of the next start, of a transient machine that of the running one; and
/// that of the running one, where there is one.
pub(super) struct Present {
    pub(super) definition: String,
    pub(super) live: Option<String>,
    pub(super) is_persistent: bool,
    /// It is off, and goes on from a saved state when it is started.
    pub(super) is_saved: bool,
}

/// The definition of the running machine with its passwords; `None` while it is off.
///
/// # Errors
/// What libvirt says, by remedy.
pub(super) fn running(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Option<String>> {
    // SAFETY: the machine lives during the call.
    if connection.on_domain(uuid, op, |domain| unsafe { sys::virDomainIsActive(domain) })? == 0 {
        return Ok(None);
    }
    match xml(connection, uuid, sys::VIR_DOMAIN_XML_SECURE, op) {
        // Some drivers know no passwords and refuse the flag.
        Err(error) if error.kind == Kind::Unsupported => xml(connection, uuid, 0, op).map(Some),
        read => read.map(Some),
    }
}

/// Whether a saved state is there (`virDomainHasManagedSaveImage`). A driver that has none says nothing.
fn is_saved(connection: &Connection, uuid: Uuid) -> bool {
    // SAFETY: the machine lives during the call.
    let saved = connection.on_domain(uuid, OP, |domain| unsafe {
        sys::virDomainHasManagedSaveImage(domain, 0)
    });
    saved.is_ok_and(|saved| saved > 0)
}

/// Reads what is there now, for a change.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Denied` where it must not be changed.
pub(super) fn present(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Present> {
    use crate::model::error::VirtError;
    let found = definitions(connection, uuid)?;
    if let Some(reason) = found.locked {
        return Err(VirtError::own(Kind::Denied, op, reason));
    }
    let is_persistent = found.persistent.is_some();
    let definition = found.persistent.or_else(|| found.live.clone());
    let definition = definition.ok_or_else(|| VirtError::own(Kind::Gone, op, tr("The machine is gone.")))?;
    Ok(Present {
        definition,
        is_saved: is_persistent && found.live.is_none() && is_saved(connection, uuid),
        live: found.live,
        is_persistent,
    })
}
