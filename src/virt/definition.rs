//! The calls that change a machine's definition, and the running machine beside it. All of them block.

mod apply;
mod archive;
mod cpus;
mod kept;
mod live;
mod reading;
mod redefine;
mod settings;
mod volume;

use uuid::Uuid;

use crate::model::error::{Kind, VirtError};
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Dom, Handle};
use crate::virt::sys;
use crate::virt::validation::{Unread, validated};

pub(crate) use apply::{apply, unplug};
pub use archive::Archive;
pub(crate) use kept::{kept_or_refused, lost};
pub(crate) use live::change_live;
pub(crate) use reading::definitions;
pub(crate) use redefine::redefine;
pub(crate) use volume::resize_disk;

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
    let call = |flags| {
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let defined = unsafe {
            let raw = sys::virDomainDefineXMLFlags(connection.handle().as_ptr(), xml.as_ptr(), flags);
            Handle::<Dom>::from_owned(raw)
        };
        defined.map(drop).ok_or_else(|| connection.error(OP))
    };
    if validate {
        validated(sys::VIR_DOMAIN_DEFINE_VALIDATE, Unread::Take, call)
    } else {
        call(0)
    }
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
