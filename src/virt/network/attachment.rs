//! Who is plugged in where.

use uuid::Uuid;

use crate::model::network::Attachment;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result, unreachable};
use crate::virt::handle::{Dom, Handle};
use crate::virt::sys;

use super::{describe, list};

/// The interfaces of all machines with what they are plugged into: as it is now of those that run, as it will be of the others.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn attachments(connection: &Connection) -> Result<Vec<Attachment>> {
    const OP: &str = "read definitions";
    let mut all = Vec::new();
    for (flag, active) in [
        (sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE, true),
        (sys::VIR_CONNECT_LIST_DOMAINS_INACTIVE, false),
    ] {
        let machines: Vec<Handle<Dom>> = list(connection, sys::virConnectListAllDomains, flag, OP)?;
        for machine in &machines {
            if connection.is_closing() {
                return Err(unreachable(OP));
            }
            let definition = definition_now(connection, machine, OP);
            all.extend(
                definition
                    .iter()
                    .flat_map(|definition| Attachment::of(definition, active)),
            );
        }
    }
    Ok(all)
}

/// The definition of a machine as it is now; that of the next start where the running one would be waited for as long as the
/// hypervisor hangs; `None` for a machine that went away meanwhile.
pub(super) fn definition_now(connection: &Connection, machine: &Handle<Dom>, op: &'static str) -> Option<Domain> {
    let mut bytes = [0_u8; 16];
    // SAFETY: the machine lives; a UUID is 16 bytes.
    let known = unsafe { sys::virDomainGetUUID(machine.as_ptr(), bytes.as_mut_ptr()) } == 0;
    let hangs = known && connection.is_unresponsive(Uuid::from_bytes(bytes));
    let flags = if hangs { sys::VIR_DOMAIN_XML_INACTIVE } else { 0 };
    let text = describe(connection, machine, sys::virDomainGetXMLDesc, flags, op);
    text.ok().and_then(|text| Domain::parse(&text).ok())
}
