//! Interfaces of the host, where its driver sets them up. Most hosts leave that to others and say so.

use super::{READ, changed, describe, done, unreadable};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::xml::Document;
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{Handle, Interface};
use crate::virt::sys;

fn find(connection: &Connection, name: &str, op: &'static str) -> Result<Handle<Interface>> {
    let text = c_string(name, op)?;
    // SAFETY: connection and name live during the call; the answer is NULL or a reference of ours.
    let found = unsafe {
        let raw = sys::virInterfaceLookupByName(connection.handle().as_ptr(), text.as_ptr());
        Handle::<Interface>::from_owned(raw)
    };
    found.ok_or_else(|| connection.error(op))
}

/// The description of an interface as it is now, or as it will be (`virInterfaceGetXMLDesc`).
///
/// # Errors
/// What libvirt says, by remedy: `Kind::Unsupported` where the driver has no interfaces.
pub(crate) fn interface_xml(connection: &Connection, name: &str, inactive: bool) -> Result<String> {
    let interface = find(connection, name, READ)?;
    let flags = if inactive { sys::VIR_INTERFACE_XML_INACTIVE } else { 0 };
    describe(connection, &interface, sys::virInterfaceGetXMLDesc, flags, READ)
}

/// Makes an interface, or gives the one with the name `replaces` another definition (`virInterfaceDefineXML`).
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` where the definition is that of another interface.
pub(crate) fn define_interface(connection: &Connection, text: &str, replaces: Option<&str>) -> Result<()> {
    const OP: &str = "define interface";
    let document = Document::parse(text).map_err(|error| unreadable(error, OP))?;
    let name = document
        .attribute(document.root(), "name")
        .unwrap_or_default()
        .into_owned();
    let is_other = match replaces {
        Some(replaces) => name != replaces,
        None => find(connection, &name, OP).is_ok(),
    };
    if is_other {
        return Err(VirtError::own(
            Kind::Invalid,
            OP,
            "the definition is that of another interface",
        ));
    }
    let text = c_string(text, OP)?;
    // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
    let defined = unsafe {
        let raw = sys::virInterfaceDefineXML(connection.handle().as_ptr(), text.as_ptr(), 0);
        Handle::<Interface>::from_owned(raw)
    };
    defined.map(drop).ok_or_else(|| connection.error(OP))?;
    changed(connection, ObjectKind::Interface, &name);
    Ok(())
}

/// Calls on one interface.
macro_rules! on_interface {
    ($($(#[$doc:meta])* $name:ident = $op:literal, $call:expr;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// What libvirt says, by remedy: `Kind::Unsupported` where the driver has no interfaces.
        pub(crate) fn $name(connection: &Connection, name: &str) -> Result<()> {
            let interface = find(connection, name, $op)?;
            // SAFETY: the interface lives during the call.
            let result = unsafe { $call(interface.as_ptr()) };
            done(connection, result, $op)?;
            changed(connection, ObjectKind::Interface, name);
            Ok(())
        })*
    };
}

on_interface! {
    /// Brings an interface up (`virInterfaceCreate`).
    start_interface = "start interface", |interface| sys::virInterfaceCreate(interface, 0);
    /// Brings an interface down (`virInterfaceDestroy`).
    stop_interface = "stop interface", |interface| sys::virInterfaceDestroy(interface, 0);
    /// Deletes an interface's definition (`virInterfaceUndefine`).
    undefine_interface = "delete interface", |interface| sys::virInterfaceUndefine(interface);
}

/// Calls on the interfaces of a host as a whole.
macro_rules! on_changes {
    ($($(#[$doc:meta])* $name:ident = $op:literal, $call:ident;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// What libvirt says, by remedy: `Kind::Unsupported` where the driver has no interfaces.
        pub(crate) fn $name(connection: &Connection) -> Result<()> {
            // SAFETY: the connection lives during the call.
            let result = unsafe { sys::$call(connection.handle().as_ptr(), 0) };
            done(connection, result, $op)?;
            changed(connection, ObjectKind::Interface, "");
            Ok(())
        })*
    };
}

on_changes! {
    /// Notes how the host's interfaces are set up, to be able to go back (`virInterfaceChangeBegin`).
    begin_changes = "begin changes", virInterfaceChangeBegin;
    /// Keeps what was changed since (`virInterfaceChangeCommit`).
    commit_changes = "keep changes", virInterfaceChangeCommit;
    /// Goes back to what was noted (`virInterfaceChangeRollback`); so does a restart of the host.
    roll_back_changes = "take changes back", virInterfaceChangeRollback;
}
