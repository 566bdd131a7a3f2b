//! Gives pools other names.

use uuid::Uuid;

use super::pool::{define_raw, define_xml, describe, read, set_autostart};
use super::{done, invalid, pool as look_up};
use crate::i18n::tr;
use crate::model::facts::PoolFact;
use crate::model::xml::object::{Pool, pool};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::{kept_or_refused, lost};
use crate::virt::handle::{self, Handle};
use crate::virt::sys;

const OP: &str = "rename pool";

/// Gives a pool that is off another name: libvirt knows no call for that, so its definition is removed and made anew with the
/// same identity; what it holds is not touched.
///
/// # Errors
/// What libvirt says, by remedy: while it runs. Where the new definition is refused, the old one is back.
pub(crate) fn rename(connection: &Connection, name: &str, new: &str) -> Result<PoolFact> {
    let there = look_up(connection, name, OP)?;
    let current = describe(connection, &there, sys::VIR_STORAGE_XML_INACTIVE, OP)?;
    let mut wanted = Pool::parse(&current).map_err(|error| invalid(OP, error.to_string()))?;
    let uuid = wanted.get(pool::UUID).unwrap_or_default();
    wanted
        .set(pool::NAME, Some(new.to_owned()))
        .map_err(|refused| invalid(OP, refused.0))?;
    define_as(connection, &there, &current, &wanted.document().to_string(), &uuid)
}

/// Gives a pool the definition `wanted`, which has another name.
///
/// # Errors
/// As [`rename`].
pub(super) fn define_as(
    connection: &Connection,
    there: &Handle<handle::Pool>,
    current: &str,
    wanted: &str,
    uuid: &str,
) -> Result<PoolFact> {
    // SAFETY: the pool lives during the call.
    if unsafe { sys::virStoragePoolIsActive(there.as_ptr()) } == 1 {
        return Err(invalid(
            OP,
            tr("A pool can have another name only while it is stopped."),
        ));
    }
    let name = Pool::parse(wanted).ok().and_then(|pool| pool.get(pool::NAME));
    if look_up(connection, &name.unwrap_or_default(), OP).is_ok() {
        return Err(invalid(OP, tr("There is a pool of this name already.")));
    }
    let mut autostart = 0;
    // SAFETY: the pool lives and the place is ours.
    unsafe { sys::virStoragePoolGetAutostart(there.as_ptr(), &raw mut autostart) };
    let kept = kept_or_refused(identity(uuid, OP)?, current, OP)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolUndefine(there.as_ptr()) }, OP)?;
    let result = define_xml(connection, wanted, Some(uuid));
    let name = match &result {
        Ok(fact) => Some(fact.name.clone()),
        Err(refused) => {
            // As libvirt had it: a definition may be older than the schema.
            if let Err(again) = define_raw(connection, current, false, OP) {
                return Err(lost(refused, &again, current, &kept));
            }
            Pool::parse(current).ok().and_then(|pool| pool.get(pool::NAME))
        }
    };
    if autostart == 1
        && let Some(name) = name
        && let Err(error) = set_autostart(connection, &name, true)
    {
        tracing::warn!("the pool does not start with the host any more: {error}");
    }
    let renamed = result?;
    Ok(read(connection, &renamed.name).unwrap_or(renamed))
}

/// The identity in a pool's definition.
///
/// # Errors
/// Where that is none.
pub(super) fn identity(uuid: &str, op: &'static str) -> Result<Uuid> {
    Uuid::parse_str(uuid).map_err(|error| invalid(op, error.to_string()))
}
