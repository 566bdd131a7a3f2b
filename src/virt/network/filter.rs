//! Packet filters.

use std::ffi::CStr;

use uuid::Uuid;

use super::{READ, changed, describe, done, list, look_up, unreadable};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::network::{FilterBinding, FilterFact};
use crate::model::xml::object::{NwFilter, nwfilter};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Binding, Filter, Handle};
use crate::virt::sys;
use crate::virt::validation::{Unread, validated};

fn find(connection: &Connection, uuid: Uuid, op: &'static str) -> Result<Handle<Filter>> {
    look_up(connection, uuid, sys::virNWFilterLookupByUUID, op)
}

/// All packet filters (`virConnectListAllNWFilters`), by name.
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
pub(crate) fn filters(connection: &Connection) -> Result<Vec<FilterFact>> {
    const OP: &str = "list packet filters";
    let listed: Vec<Handle<Filter>> = list(connection, sys::virConnectListAllNWFilters, 0, OP)?;
    let read = listed.iter().filter_map(|filter| {
        let mut bytes = [0_u8; 16];
        // SAFETY: the filter lives; a UUID is 16 bytes; the name lives as long as the filter and is copied.
        unsafe {
            let name = sys::virNWFilterGetName(filter.as_ptr());
            let known = sys::virNWFilterGetUUID(filter.as_ptr(), bytes.as_mut_ptr()) == 0;
            (known && !name.is_null()).then(|| FilterFact {
                uuid: Uuid::from_bytes(bytes),
                name: CStr::from_ptr(name).to_string_lossy().into_owned(),
            })
        }
    });
    let mut all: Vec<FilterFact> = read.collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The definition of a packet filter (`virNWFilterGetXMLDesc`).
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn filter_xml(connection: &Connection, uuid: Uuid) -> Result<String> {
    let filter = find(connection, uuid, READ)?;
    describe(connection, &filter, sys::virNWFilterGetXMLDesc, 0, READ)
}

/// Makes a packet filter, or gives the one with the identity `replaces` another definition (`virNWFilterDefineXMLFlags`).
/// It holds at once for machines that run. Tells its identity.
///
/// # Errors
/// `Kind::Invalid` where the definition is that of another filter than `replaces`; else what libvirt says.
pub(crate) fn define_filter(connection: &Connection, text: &str, replaces: Option<Uuid>) -> Result<Uuid> {
    const OP: &str = "define packet filter";
    let definition = NwFilter::parse(text).map_err(|error| unreadable(error, OP))?;
    let uuid: Option<Uuid> = definition.get(nwfilter::UUID).and_then(|uuid| uuid.parse().ok());
    let name = definition.get(nwfilter::NAME).unwrap_or_default();
    match replaces {
        Some(replaces) if uuid != Some(replaces) => {
            let why = "the definition has not the UUID of this packet filter: it would make another one";
            return Err(VirtError::own(Kind::Invalid, OP, why));
        }
        None if filters(connection)?
            .iter()
            .any(|filter| filter.name == name || Some(filter.uuid) == uuid) =>
        {
            let why = "a packet filter with this name or UUID exists already: it would be replaced";
            return Err(VirtError::own(Kind::Invalid, OP, why));
        }
        _ => {}
    }
    let text = c_string(text, OP)?;
    let filter = validated(sys::VIR_NWFILTER_DEFINE_VALIDATE, Unread::Refuse, |flags| {
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let filter = unsafe {
            let raw = if flags == 0 {
                sys::virNWFilterDefineXML(connection.handle().as_ptr(), text.as_ptr())
            } else {
                sys::virNWFilterDefineXMLFlags(connection.handle().as_ptr(), text.as_ptr(), flags)
            };
            Handle::<Filter>::from_owned(raw)
        };
        filter.ok_or_else(|| connection.error(OP))
    })?;
    let mut bytes = [0_u8; 16];
    // SAFETY: the filter lives; a UUID is 16 bytes.
    let result = unsafe { sys::virNWFilterGetUUID(filter.as_ptr(), bytes.as_mut_ptr()) };
    changed(connection, ObjectKind::Filter, &name);
    done(connection, result, OP)?;
    Ok(Uuid::from_bytes(bytes))
}

/// Deletes a packet filter (`virNWFilterUndefine`); libvirt refuses while a machine that runs uses it.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn undefine_filter(connection: &Connection, uuid: Uuid) -> Result<()> {
    const OP: &str = "delete packet filter";
    let filter = find(connection, uuid, OP)?;
    // SAFETY: the filter lives during the call.
    let result = unsafe { sys::virNWFilterUndefine(filter.as_ptr()) };
    done(connection, result, OP)?;
    changed(connection, ObjectKind::Filter, &uuid.to_string());
    Ok(())
}

/// Packet filters at work (`virConnectListAllNWFilterBindings`).
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has none.
pub(crate) fn bindings(connection: &Connection) -> Result<Vec<FilterBinding>> {
    const OP: &str = "list filter bindings";
    let listed: Vec<Handle<Binding>> = list(connection, sys::virConnectListAllNWFilterBindings, 0, OP)?;
    let read = listed.iter().filter_map(|binding| {
        let text = describe(connection, binding, sys::virNWFilterBindingGetXMLDesc, 0, OP).ok()?;
        FilterBinding::read(&text).ok()
    });
    Ok(read.collect())
}
