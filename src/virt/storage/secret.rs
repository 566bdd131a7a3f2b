//! Secrets that open storage.

use zeroize::Zeroizing;

use super::{done, owned};
use crate::model::xml::escape;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Handle, Secret};
use crate::virt::sys;

const OP: &str = "make secret";

/// What a secret is for.
pub(crate) enum Purpose<'a> {
    /// A volume, by the name that its users give.
    Volume(&'a str),
    /// A Ceph login.
    Ceph(&'a str),
    /// An iSCSI login.
    Iscsi(&'a str),
}

/// Makes a private secret with this value and tells its UUID (`virSecretDefineXML`, `virSecretSetValue`).
///
/// # Errors
/// What libvirt says, by remedy: a name that is taken. Nothing stays then.
pub(crate) fn make(connection: &Connection, purpose: &Purpose<'_>, value: &Zeroizing<Vec<u8>>) -> Result<String> {
    let (kind, element, name) = match purpose {
        Purpose::Volume(name) => ("volume", "volume", name),
        Purpose::Ceph(name) => ("ceph", "name", name),
        Purpose::Iscsi(name) => ("iscsi", "target", name),
    };
    let xml = format!(
        "<secret ephemeral='no' private='yes'>\n  <description>{name}</description>\n  <usage type='{kind}'>\n    \
         <{element}>{name}</{element}>\n  </usage>\n</secret>\n",
        name = escape(name)
    );
    let xml = c_string(&xml, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let secret = unsafe {
        let raw = sys::virSecretDefineXML(connection.handle().as_ptr(), xml.as_ptr(), 0);
        Handle::<Secret>::from_owned(raw)
    };
    let secret = secret.ok_or_else(|| connection.error(OP))?;
    // SAFETY: secret and value live during the call.
    let set = unsafe { sys::virSecretSetValue(secret.as_ptr(), value.as_ptr(), value.len(), 0) };
    let uuid = done(connection, set, OP).and_then(|()| uuid(connection, &secret));
    if uuid.is_err() {
        // SAFETY: the secret lives during the call.
        unsafe { sys::virSecretUndefine(secret.as_ptr()) };
    }
    uuid
}

/// Removes a secret that was made for something that came to nothing.
pub(crate) fn remove(connection: &Connection, uuid: &str) {
    let Ok(uuid) = c_string(uuid, OP) else { return };
    // SAFETY: connection and text live during the calls; the answer is NULL or a reference of ours.
    unsafe {
        let raw = sys::virSecretLookupByUUIDString(connection.handle().as_ptr(), uuid.as_ptr());
        if let Some(secret) = Handle::<Secret>::from_owned(raw)
            && sys::virSecretUndefine(secret.as_ptr()) < 0
        {
            tracing::warn!("a secret stays behind: {}", connection.error(OP));
        }
    }
}

fn uuid(connection: &Connection, secret: &Handle<Secret>) -> Result<String> {
    let mut place: [std::ffi::c_char; 37] = [0; 37];
    // SAFETY: the secret lives, and the place has the 37 bytes that the call writes.
    let told = unsafe { sys::virSecretGetUUIDString(secret.as_ptr(), place.as_mut_ptr()) };
    done(connection, told, OP)?;
    // SAFETY: a string of its own for `owned`, which frees it once.
    unsafe { owned(connection, libc::strdup(place.as_ptr()), OP) }
}
