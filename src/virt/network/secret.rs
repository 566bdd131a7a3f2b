//! Secrets: what they are for, and their values.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{READ, changed, describe, done, list, look_up, unreadable};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::SecretFact;
use crate::model::network::SecretUse;
use crate::model::xml::Document;
use crate::model::xml::object::{self, secret};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Dom, Handle, Pool, Secret};
use crate::virt::sys;

fn find(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Handle<Secret>> {
    look_up(connection, uuid, sys::virSecretLookupByUUID, op)
}

/// The definition of a secret, without its value (`virSecretGetXMLDesc`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn secret_xml(connection: &Connection, uuid: Uuid) -> Result<String> {
    let secret = find(connection, uuid, READ)?;
    describe(connection, &secret, sys::virSecretGetXMLDesc, 0, READ)
}

/// Makes a secret, or gives the one with the identity `replaces` another definition (`virSecretDefineXML`); its value stays.
/// Tells its identity.
///
/// # Errors
/// `Kind::Invalid` where the definition is that of another secret than `replaces`; else what libvirt says.
pub(crate) fn define_secret(connection: &Connection, text: &str, replaces: Option<Uuid>) -> Result<Uuid> {
    const OP: &str = "define secret";
    let definition = object::Secret::parse(text).map_err(|error| unreadable(error, OP))?;
    let uuid: Option<Uuid> = definition.get(secret::UUID).and_then(|uuid| uuid.parse().ok());
    let is_other = match replaces {
        Some(replaces) => uuid != Some(replaces),
        None => uuid.is_some_and(|uuid| find(connection, uuid, OP).is_ok()),
    };
    if is_other {
        let why = "the definition has the UUID of another secret";
        return Err(VirtError::own(Kind::Invalid, OP, why));
    }
    let text = c_string(text, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let defined = unsafe {
        let raw = sys::virSecretDefineXML(connection.handle().as_ptr(), text.as_ptr(), 0);
        Handle::<Secret>::from_owned(raw)
    };
    let defined = defined.ok_or_else(|| connection.error(OP))?;
    connection.facts().doubt(ObjectKind::Secret);
    let mut bytes = [0_u8; 16];
    // SAFETY: the secret lives; a UUID is 16 bytes.
    let result = unsafe { sys::virSecretGetUUID(defined.as_ptr(), bytes.as_mut_ptr()) };
    done(connection, result, OP)?;
    Ok(Uuid::from_bytes(bytes))
}

/// Gives a secret its value (`virSecretSetValue`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn set_secret_value(connection: &Connection, uuid: Uuid, value: &[u8]) -> Result<()> {
    const OP: &str = "set secret";
    let secret = find(connection, uuid, OP)?;
    // SAFETY: secret and value live during the call, which copies the value.
    let result = unsafe { sys::virSecretSetValue(secret.as_ptr(), value.as_ptr(), value.len(), 0) };
    done(connection, result, OP)
}

/// The value of a secret (`virSecretGetValue`). For who asks for it in so many words: nothing else reads one.
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Denied` for one that is private.
pub(crate) fn secret_value(connection: &Connection, uuid: Uuid) -> Result<Zeroizing<Vec<u8>>> {
    const OP: &str = "read secret";
    let secret = find(connection, uuid, OP)?;
    let mut size = 0;
    // SAFETY: the secret lives during the call, the place is ours.
    let raw = unsafe { sys::virSecretGetValue(secret.as_ptr(), &raw mut size, 0) };
    if raw.is_null() {
        return Err(connection.error(OP));
    }
    // SAFETY: `size` bytes that malloc made and that are ours: copied, overwritten, freed once.
    unsafe {
        let value = Zeroizing::new(std::slice::from_raw_parts(raw, size).to_vec());
        zeroize::Zeroize::zeroize(std::slice::from_raw_parts_mut(raw, size));
        libc::free(raw.cast());
        Ok(value)
    }
}

/// Deletes a secret with its value (`virSecretUndefine`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn undefine_secret(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "delete secret";
    let secret = find(connection, uuid, OP)?;
    // SAFETY: the secret lives during the call.
    let result = unsafe { sys::virSecretUndefine(secret.as_ptr()) };
    connection.facts().doubt(ObjectKind::Secret);
    done(connection, result, OP)?;
    changed(connection, ObjectKind::Secret, &uuid.to_string());
    Ok(())
}

/// Machines and pools whose definitions name a secret.
///
/// # Errors
/// What libvirt says, by remedy. Pools that the host has not are none.
pub(crate) fn secret_uses(connection: &Connection, uuid: Uuid) -> Result<Vec<SecretUse>> {
    const OP: &str = "read definition";
    let fact = SecretFact::read(&secret_xml(connection, uuid)?).map_err(|error| unreadable(error, OP))?;
    let name = fact.name.as_deref();
    let names = |text: &str| {
        let document = Document::parse(text).ok()?;
        let title = document.value(document.root(), "name")?;
        SecretUse::names(&document, uuid, name).then_some(title)
    };
    let mut found = Vec::new();
    let machines: Vec<Handle<Dom>> = list(connection, sys::virConnectListAllDomains, 0, OP)?;
    for machine in &machines {
        let texts = [0, sys::VIR_DOMAIN_XML_INACTIVE].into_iter();
        // The running definition of one whose hypervisor hangs would be waited for: the other one names the same.
        let mut titles = texts.rev().filter_map(|flags| {
            let text = describe(connection, machine, sys::virDomainGetXMLDesc, flags, OP).ok()?;
            names(&text)
        });
        found.extend(titles.next().map(SecretUse::Machine));
    }
    let pools: Vec<Handle<Pool>> = list(connection, sys::virConnectListAllStoragePools, 0, OP).unwrap_or_default();
    for pool in &pools {
        let text = describe(connection, pool, sys::virStoragePoolGetXMLDesc, 0, OP);
        found.extend(text.ok().and_then(|text| names(&text)).map(SecretUse::Pool));
    }
    Ok(found)
}
