//! What is done with pools.

use std::ptr;

use zeroize::Zeroizing;

use super::secret::{self, Purpose};
use super::{changed, done, invalid, owned, pool as look_up, rename};
use crate::i18n::{tr, tr_f};
use crate::model::event::ObjectKind;
use crate::model::facts::PoolFact;
use crate::model::storage::{AuthKind, FoundSource, NewPool, SecretWish};
use crate::model::xml::object::{Pool, pool};
use crate::model::xml::{Document, merge};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::definition::kept_or_refused;
use crate::virt::facts::handles;
use crate::virt::handle::{self, Handle};
use crate::virt::sys;
use crate::virt::validation::{Unread, validated};

/// How a pool is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolBuild {
    /// Nothing is said: right for folders.
    Plain,
    /// Refused where the devices hold something.
    Careful,
    /// What the devices hold is lost.
    Overwrite,
}

/// Defines a pool (`virStoragePoolDefineXML`, checked against the schema), and makes a secret for a typed password.
///
/// # Errors
/// What libvirt says, by remedy. Nothing stays then.
pub(crate) fn define(connection: &Connection, new: &NewPool) -> Result<PoolFact> {
    let made = make_secret(connection, new)?;
    let defined = define_xml(connection, &new.xml(made.as_deref()), None);
    if let (Err(_), Some(uuid)) = (&defined, &made) {
        secret::remove(connection, uuid);
    }
    defined
}

fn make_secret(connection: &Connection, new: &NewPool) -> Result<Option<String>> {
    let Some(auth) = &new.auth else { return Ok(None) };
    let SecretWish::Password { usage, password } = &auth.secret else {
        return Ok(None);
    };
    match new.pool_kind().and_then(|kind| kind.auth) {
        Some(AuthKind::Chap) => {
            let value = Zeroizing::new(password.as_bytes().to_vec());
            secret::make(connection, &Purpose::Iscsi(usage), &value).map(Some)
        }
        Some(AuthKind::Ceph) => {
            let key = Zeroizing::new(glib::base64_decode(password));
            if key.is_empty() {
                return Err(invalid("define pool", tr("A key of Ceph is written in base64.")));
            }
            secret::make(connection, &Purpose::Ceph(usage), &key).map(Some)
        }
        None => Ok(None),
    }
}

/// Defines a pool from XML. With `only`, which is the UUID of a pool, it must be that one; otherwise the definition of a
/// pool that is there already is refused.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn define_xml(connection: &Connection, xml: &str, only: Option<&str>) -> Result<PoolFact> {
    const OP: &str = "define pool";
    let wanted = Pool::parse(xml).map_err(|error| invalid(OP, error.to_string()))?;
    let uuid = wanted.get(pool::UUID);
    match only {
        Some(only) if uuid.as_deref() != Some(only) => {
            return Err(invalid(OP, tr("This is the definition of another pool.")));
        }
        None if look_up(connection, &wanted.get(pool::NAME).unwrap_or_default(), OP).is_ok() => {
            return Err(invalid(OP, tr("There is a pool of this name already.")));
        }
        _ => {}
    }
    let defined = define_raw(connection, xml, true, OP)?;
    fact(connection, &defined, OP)
}

/// The call itself; a pool with the same identity gets another definition by it.
pub(super) fn define_raw(
    connection: &Connection,
    xml: &str,
    validate: bool,
    op: &'static str,
) -> Result<Handle<handle::Pool>> {
    let text = c_string(xml, op)?;
    let define = |flags| {
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let pool = unsafe {
            let raw = sys::virStoragePoolDefineXML(connection.handle().as_ptr(), text.as_ptr(), flags);
            Handle::<handle::Pool>::from_owned(raw)
        };
        pool.ok_or_else(|| connection.error(op))
    };
    let defined = if validate {
        validated(sys::VIR_STORAGE_POOL_DEFINE_VALIDATE, Unread::Refuse, define)?
    } else {
        define(0)?
    };
    connection.facts().doubt(ObjectKind::StoragePool);
    Ok(defined)
}

/// What there is to say of a pool.
pub(super) fn fact(connection: &Connection, pool: &Handle<handle::Pool>, op: &'static str) -> Result<PoolFact> {
    let xml = describe(connection, pool, 0, op)?;
    // SAFETY: the pool lives during the call.
    let active = unsafe { sys::virStoragePoolIsActive(pool.as_ptr()) } == 1;
    let mut autostart = 0;
    // SAFETY: the pool lives and the place is ours. A driver that knows no autostart has none.
    unsafe { sys::virStoragePoolGetAutostart(pool.as_ptr(), &raw mut autostart) };
    PoolFact::read(&xml, active, autostart == 1).map_err(|error| invalid(op, error.to_string()))
}

pub(super) fn describe(
    connection: &Connection,
    pool: &Handle<handle::Pool>,
    flags: u32,
    op: &'static str,
) -> Result<String> {
    // SAFETY: the pool lives; the answer is NULL or a string of ours.
    unsafe { owned(connection, sys::virStoragePoolGetXMLDesc(pool.as_ptr(), flags), op) }
}

/// A pool as it is now.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn read(connection: &Connection, name: &str) -> Result<PoolFact> {
    const OP: &str = "read pool";
    let pool = look_up(connection, name, OP)?;
    fact(connection, &pool, OP)
}

/// The definition of a pool (`virStoragePoolGetXMLDesc`); with `inactive` what its next start takes.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn xml(connection: &Connection, name: &str, inactive: bool) -> Result<String> {
    const OP: &str = "read definition";
    let pool = look_up(connection, name, OP)?;
    let flags = if inactive { sys::VIR_STORAGE_XML_INACTIVE } else { 0 };
    describe(connection, &pool, flags, OP)
}

/// Defines what `edited` changes of `base`, together with what others have changed meanwhile. A pool that runs keeps what it
/// has until it starts again.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` where both changed the same, and for another name while it runs.
pub(crate) fn redefine(connection: &Connection, name: &str, base: &str, edited: &str) -> Result<PoolFact> {
    const OP: &str = "define pool";
    let there = look_up(connection, name, OP)?;
    let current = describe(connection, &there, sys::VIR_STORAGE_XML_INACTIVE, OP)?;
    let merged = if base == current {
        edited.to_owned()
    } else {
        let document = |text: &str| Document::parse(text).map_err(|error| invalid(OP, error.to_string()));
        let merged = merge(&document(base)?, &document(edited)?, &document(&current)?);
        let merged = merged.map_err(|conflicts| {
            let places: Vec<String> = conflicts.into_iter().map(|conflict| conflict.place).collect();
            invalid(
                OP,
                tr_f(
                    "Somebody else has changed the same meanwhile: {places}",
                    &[("places", &places.join(", "))],
                ),
            )
        })?;
        merged.to_string()
    };
    let read = |text: &str| Pool::parse(text).map_err(|error| invalid(OP, error.to_string()));
    let uuid = read(&current)?.get(pool::UUID).unwrap_or_default();
    let wanted = read(&merged)?.get(pool::NAME).unwrap_or_default();
    if wanted == name {
        kept_or_refused(rename::identity(&uuid, OP)?, &current, OP)?;
        return define_xml(connection, &merged, Some(&uuid));
    }
    rename::define_as(connection, &there, &current, &merged, &uuid)
}

/// Builds a pool (`virStoragePoolBuild`): makes its folder, file system, partition table or volume group.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn build(connection: &Connection, name: &str, how: PoolBuild) -> Result<()> {
    const OP: &str = "build pool";
    let flags = match how {
        PoolBuild::Plain => sys::VIR_STORAGE_POOL_BUILD_NEW,
        PoolBuild::Careful => sys::VIR_STORAGE_POOL_BUILD_NO_OVERWRITE,
        PoolBuild::Overwrite => sys::VIR_STORAGE_POOL_BUILD_OVERWRITE,
    };
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    done(
        connection,
        unsafe { sys::virStoragePoolBuild(pool.as_ptr(), flags) },
        OP,
    )
}

/// Starts a pool (`virStoragePoolCreate`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn start(connection: &Connection, name: &str) -> Result<()> {
    const OP: &str = "start pool";
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolCreate(pool.as_ptr(), 0) }, OP)?;
    changed(connection, name);
    Ok(())
}

/// Stops a pool (`virStoragePoolDestroy`): what it holds stays, and machines that run go on.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn stop(connection: &Connection, name: &str) -> Result<()> {
    const OP: &str = "stop pool";
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolDestroy(pool.as_ptr()) }, OP)?;
    changed(connection, name);
    Ok(())
}

/// Lets a pool look at its volumes anew (`virStoragePoolRefresh`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn refresh(connection: &Connection, name: &str) -> Result<()> {
    const OP: &str = "refresh pool";
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolRefresh(pool.as_ptr(), 0) }, OP)?;
    changed(connection, name);
    Ok(())
}

/// Starts a pool with the host or not (`virStoragePoolSetAutostart`). No event tells.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn set_autostart(connection: &Connection, name: &str, autostart: bool) -> Result<()> {
    const OP: &str = "set autostart";
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    let set = unsafe { sys::virStoragePoolSetAutostart(pool.as_ptr(), i32::from(autostart)) };
    done(connection, set, OP)?;
    changed(connection, name);
    Ok(())
}

/// Removes the definition of a pool that is off (`virStoragePoolUndefine`); what it holds stays.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn undefine(connection: &Connection, name: &str) -> Result<()> {
    const OP: &str = "remove pool";
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    done(connection, unsafe { sys::virStoragePoolUndefine(pool.as_ptr()) }, OP)?;
    changed(connection, name);
    Ok(())
}

/// Deletes what a pool that is off was built from (`virStoragePoolDelete`): a folder only when it is empty, a volume group
/// with everything in it. The definition stays.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn delete(connection: &Connection, name: &str, zeroed: bool) -> Result<()> {
    const OP: &str = "delete pool";
    let flags = if zeroed {
        sys::VIR_STORAGE_POOL_DELETE_ZEROED
    } else {
        sys::VIR_STORAGE_POOL_DELETE_NORMAL
    };
    let pool = look_up(connection, name, OP)?;
    // SAFETY: the pool lives during the call.
    let answer = unsafe { sys::virStoragePoolDelete(pool.as_ptr(), flags) };
    done(connection, answer, OP)?;
    changed(connection, name);
    Ok(())
}

/// What a pool of this kind could be made of (`virConnectFindStoragePoolSources`): for `netfs`, `iscsi` and `gluster` that
/// server is asked which `wish` names.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn sources(connection: &Connection, wish: &NewPool) -> Result<Vec<FoundSource>> {
    const OP: &str = "look for storage";
    let kind = c_string(&wish.kind, OP)?;
    let search = c_string(&wish.search_xml(), OP)?;
    let asks_server = wish.hosts.iter().any(|host| !host.trim().is_empty());
    let search = if asks_server { search.as_ptr() } else { ptr::null() };
    // SAFETY: connection and texts live during the call, NULL means everything; the answer is NULL or a string of ours.
    let text = unsafe {
        let raw = sys::virConnectFindStoragePoolSources(connection.handle().as_ptr(), kind.as_ptr(), search, 0);
        owned(connection, raw, OP)
    }?;
    FoundSource::read_all(&text).map_err(|error| invalid(OP, error.to_string()))
}

/// All pools that run, as they are now.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn running(connection: &Connection) -> Result<Vec<PoolFact>> {
    const OP: &str = "list pools";
    let mut raw: *mut sys::virStoragePoolPtr = ptr::null_mut();
    // SAFETY: the connection lives and `raw` is a place for the answer, which is ours.
    let listed = unsafe {
        let flags = sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE;
        let count = sys::virConnectListAllStoragePools(connection.handle().as_ptr(), &raw mut raw, flags);
        done(connection, count, OP)?;
        handles::<handle::Pool>(raw, count)
    };
    // One that went away meanwhile is none.
    Ok(listed
        .iter()
        .filter_map(|pool| fact(connection, pool, OP).ok())
        .collect())
}
