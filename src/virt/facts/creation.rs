//! Making images in storage pools.

use std::sync::Arc;

use super::call;
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::{NewImage, VolumeFact};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Handle, Pool, Volume};
use crate::virt::sys;

const OP: &str = "create image";

/// Makes an image and tells what came of it.
///
/// # Errors
/// What libvirt says, by remedy: no space, a name that is taken, a pool that is off.
pub(crate) fn create_image(connection: &Arc<Connection>, image: &NewImage) -> Result<VolumeFact> {
    let name = c_string(&image.pool, OP)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let pool = unsafe {
        let raw = sys::virStoragePoolLookupByName(connection.handle().as_ptr(), name.as_ptr());
        Handle::<Pool>::from_owned(raw)
    };
    let pool = pool.ok_or_else(|| connection.error(OP))?;
    let text = c_string(&image.xml(), OP)?;
    // SAFETY: pool and text live during the call; the answer is NULL or a reference of ours.
    let volume = unsafe {
        let raw = sys::virStorageVolCreateXML(pool.as_ptr(), text.as_ptr(), 0);
        Handle::<Volume>::from_owned(raw)
    };
    let volume = volume.ok_or_else(|| connection.error(OP))?;
    // No event tells of new volumes.
    connection.facts().doubt(ObjectKind::StoragePool);
    let text = call::volume_xml(connection, &volume)?;
    VolumeFact::read(&text).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))
}
