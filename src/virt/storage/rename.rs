//! Gives pools other names.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::pool::{define_xml, describe, read, set_autostart};
use super::{done, invalid, pool as look_up};
use crate::i18n::{tr, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::PoolFact;
use crate::model::xml::object::{Pool, pool};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::Archive;
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

/// Keeps a definition on this computer before it is removed or changed on the host.
///
/// # Errors
/// Where it can't be kept: then it must not be touched.
pub(super) fn keep(uuid: &str, current: &str) -> Result<PathBuf> {
    let uuid = Uuid::parse_str(uuid).map_err(|error| invalid(OP, error.to_string()))?;
    Archive::of_user().keep(uuid, current, None).map_err(|error| {
        let reason = error.to_string();
        let text = tr_f(
            "The present definition can't be kept on this computer, so nothing was changed: {reason}",
            &[("reason", &reason)],
        );
        VirtError::own(Kind::Other, OP, text)
    })
}

/// The definition is gone and could not be put back: whoever reads this has it.
fn lost(refused: &VirtError, again: &VirtError, current: &str, kept: &Path) -> VirtError {
    tracing::error!("a pool's definition could not be put back: {again}");
    let file = kept.display().to_string();
    let arguments = [
        ("reason", refused.message.as_str()),
        ("again", &again.message),
        ("file", &file),
        ("xml", current.trim_end()),
    ];
    VirtError {
        message: tr_f(
            "{reason}\nThe old definition could not be put back: {again}\nWhat the pool holds is untouched. Its definition is kept in {file}; it is:\n{xml}",
            &arguments,
        ),
        ..refused.clone()
    }
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
    let kept = keep(uuid, current)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolUndefine(there.as_ptr()) }, OP)?;
    let result = define_xml(connection, wanted, Some(uuid));
    let name = match &result {
        Ok(fact) => fact.name.clone(),
        Err(refused) => match define_xml(connection, current, Some(uuid)) {
            Ok(fact) => fact.name,
            Err(error) => return Err(lost(refused, &error, current, &kept)),
        },
    };
    if autostart == 1 {
        set_autostart(connection, &name, true)?;
    }
    result.and_then(|fact| read(connection, &fact.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_that_could_not_be_put_back_is_in_the_error() {
        let failed = |text: &str| VirtError::own(Kind::Other, OP, text);
        let xml = "<pool type='dir'><name>a</name></pool>\n";
        let error = lost(
            &failed("no such name"),
            &failed("no room"),
            xml,
            Path::new("/kept/1.xml"),
        );
        for part in ["no such name", "no room", "/kept/1.xml", xml.trim_end()] {
            assert!(error.message.contains(part), "{part}: {error}");
        }
    }
}
