//! The file with the settings of the firmware. libvirt names it after the machine, and takes what is there under that name.

use std::io;

use uuid::Uuid;

use super::OP;
use crate::model::error::Kind;
use crate::model::xml::domain::Domain;
use crate::virt::connection::Connection;
use crate::virt::journal::Record;
use crate::virt::session::details;
use crate::virt::storage::temporary::Temporary;
use crate::virt::sys;

/// Whether a machine that was just defined, and never ran, finds the settings of its firmware there already: kept from an older
/// machine of its name. Where nobody can tell, they count as somebody's.
pub(super) fn were_there(connection: &Connection, uuid: Uuid, record: &mut Record) -> bool {
    let flags = sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE;
    let read = details::xml(connection, uuid, flags, OP).ok();
    let Some(domain) = read.and_then(|text| Domain::parse(&text).ok()) else {
        return true;
    };
    let document = domain.document();
    let root = document.root();
    let Some(element) = document.find(root, "os/nvram") else {
        // A host that chooses the firmware at the start names the file then.
        let os = document.child(root, "os");
        return os.is_some_and(|os| document.attribute(os, "firmware").as_deref() == Some("efi"));
    };
    let path = document.text(element).trim().to_owned();
    if path.is_empty() {
        return true;
    }
    if connection.is_local {
        match std::fs::symlink_metadata(&path) {
            Ok(_) => return true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return false,
            Err(_) => {}
        }
    }
    !matches!(Temporary::holding(connection, &path, &mut |made| record.note(made, OP)), Err(error) if error.kind == Kind::Gone)
}
