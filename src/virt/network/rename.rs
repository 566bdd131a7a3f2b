//! Giving a network another name.

use uuid::Uuid;

use super::{define_raw, find_by_name, is_active, set_autostart, starts_with_host};
use crate::i18n::tr;
use crate::model::error::{Kind, VirtError};
use crate::model::xml::object::{Network, network};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::{kept_or_refused, lost};
use crate::virt::handle::{self, Handle};
use crate::virt::sys;

const OP: &str = "rename network";

/// libvirt has no call for another name: the definition goes and comes again. It is kept before; if the new one cannot come,
/// the old one does, and if that cannot either, the error has it.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` while the network runs, and for a name that is taken.
pub(super) fn rename(
    connection: &Connection,
    handle: &Handle<handle::Network>,
    uuid: Uuid,
    old: &str,
    new: &Network,
    validate: bool,
) -> Result<()> {
    if is_active(connection, handle, OP)? {
        let why = tr("A network that runs cannot get another name.");
        return Err(VirtError::own(Kind::Invalid, OP, why));
    }
    let name = new.get(network::NAME).unwrap_or_default();
    if find_by_name(connection, &name, OP).is_ok() {
        let why = tr("A network with this name exists already.");
        return Err(VirtError::own(Kind::Invalid, OP, why));
    }
    let autostart = starts_with_host(connection, handle, OP)?;
    let kept = kept_or_refused(uuid, old, OP)?;
    // SAFETY: the network lives during the call.
    if unsafe { sys::virNetworkUndefine(handle.as_ptr()) } < 0 {
        return Err(connection.error(OP));
    }
    let result = define_raw(connection, &new.document().to_string(), validate, OP).map(drop);
    if let Err(error) = &result
        && let Err(again) = define_raw(connection, old, false, OP)
    {
        return Err(lost(error, &again, old, &kept));
    }
    if autostart && let Err(error) = set_autostart(connection, uuid, true) {
        tracing::warn!("the renamed network does not start with the host any more: {error}");
    }
    result
}
