//! After the installation.

use std::sync::Arc;

use uuid::Uuid;

use super::definition;
use super::leftover::remove_unused;
use crate::model::creation::Installation;
use crate::model::error::{Kind, VirtError};
use crate::model::storage::VolumeRef;
use crate::model::xml::domain::Domain;
use crate::virt::connection::{Connection, Result};
use crate::virt::domain as calls;
use crate::virt::session::details;
use crate::virt::sys;

const OP: &str = "finish installation";

/// Takes the media out of a machine that is off, brings its boot order in order, deletes what was of use for the installation
/// only, and starts it again where its first restart was its end. Tells whether there was something to do.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` while the machine runs.
pub(crate) fn finish_installation(connection: &Arc<Connection>, uuid: Uuid, restart: bool) -> Result<bool> {
    let invalid = |text: String| VirtError::own(Kind::Invalid, OP, text);
    let flags = sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE;
    let text = details::xml(connection, uuid, flags, OP)?;
    let mut domain = Domain::parse(&text).map_err(|error| invalid(error.to_string()))?;
    // A note about another machine came from elsewhere: nothing is done, least of all deleted, because of it.
    let Some(installation) = Installation::read(&domain).filter(|note| note.machine == Some(uuid)) else {
        return Ok(false);
    };
    let machine = connection.look_up(uuid, OP)?;
    // SAFETY: the machine lives as long as `machine`.
    if unsafe { sys::virDomainIsActive(machine.as_ptr()) } > 0 {
        return Err(invalid("the machine runs".to_owned()));
    }
    installation.finish(&mut domain).map_err(|refused| invalid(refused.0))?;
    definition::define(connection, &domain.into_document().to_string())?;
    for (pool, name) in &installation.files {
        match remove_unused(connection, &VolumeRef::new(pool, name)) {
            Ok(None) => {}
            Ok(Some(reason)) => tracing::warn!("a file of the installer stays: {reason}"),
            Err(error) => tracing::warn!("a file of the installer stays: {error}"),
        }
    }
    if restart && installation.restart {
        calls::start(connection, uuid, Default::default())?;
    }
    Ok(true)
}
