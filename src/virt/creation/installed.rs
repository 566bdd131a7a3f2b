//! After the installation.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use super::definition;
use super::leftover::remove_unused;
use super::note::{self, Noted};
use crate::i18n::tr;
use crate::model::action::LiveChange;
use crate::model::creation::{Installation, Reads};
use crate::model::error::{Kind, VirtError};
use crate::model::storage::VolumeRef;
use crate::model::xml::domain::fields::{disk, general};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::change_live;
use crate::virt::domain as calls;
use crate::virt::session::details;
use crate::virt::stats;
use crate::virt::sys;

const OP: &str = "finish installation";
/// What has failed when all that is left to do was done, and the machine does not start again.
pub const FINISHED_START: &str = "start installed";

fn invalid(text: impl Into<String>) -> VirtError {
    VirtError::own(Kind::Invalid, OP, text)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Takes the media out of a machine that is off, brings its boot order in order, deletes what was of use for the installation
/// only, and starts it again where its first restart was its end. Tells whether the installation has ended by that: an installer
/// that restarts several times goes on, with its media.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` where it was turned off and its guest has not ended; with [`FINISHED_START`]
/// where all was done but the start.
pub(crate) fn finish_installation(connection: &Arc<Connection>, uuid: Uuid, restart: bool) -> Result<bool> {
    let Some(Noted {
        note,
        mut domain,
        is_active,
    }) = note::read(connection, uuid, OP)?
    else {
        return Ok(false);
    };
    // Somebody else has finished it, or is about to.
    if is_active || note.is_going_on(now()) {
        return Ok(false);
    }
    if !Installation::has_ended(why_off(connection, uuid)?) {
        return Err(invalid(tr(
            "The machine was turned off before its installation had ended.",
        )));
    }
    let goes_on = note.go_on(&mut domain, now()).map_err(|refused| invalid(refused.0))?;
    if goes_on.is_none() {
        note.finish(&mut domain).map_err(|refused| invalid(refused.0))?;
    }
    definition::define(connection, &domain.into_document().to_string())?;
    if goes_on.is_none() {
        remove_files(connection, &note);
    }
    if restart && note.restart {
        calls::start(connection, uuid, Default::default()).map_err(|error| VirtError {
            op: FINISHED_START,
            ..error
        })?;
        if goes_on.is_some() {
            note::begin_installation(connection, uuid)?;
        }
    }
    Ok(goes_on.is_none())
}

/// Why a machine is off, by libvirt's own number (`virDomainGetState`): lists leave out what is not worth a word to a user.
fn why_off(connection: &Connection, uuid: Uuid) -> Result<i32> {
    let (mut state, mut reason) = (0, 0);
    connection.on_domain(uuid, OP, |domain| {
        // SAFETY: the machine lives during the call, both places are ours.
        unsafe { sys::virDomainGetState(domain, &raw mut state, &raw mut reason, 0) }
    })?;
    Ok(reason)
}

fn remove_files(connection: &Arc<Connection>, note: &Installation) {
    for (pool, name) in &note.files {
        match remove_unused(connection, &VolumeRef::new(pool, name)) {
            Ok(None) => {}
            Ok(Some(reason)) => tracing::warn!("a file of the installer stays: {reason}"),
            Err(error) => tracing::warn!("a file of the installer stays: {error}"),
        }
    }
}

/// The running machine; `None` where its first restart ends it, which tells enough.
fn running(connection: &Connection, uuid: Uuid) -> Result<Option<Domain>> {
    let text = details::xml(connection, uuid, sys::VIR_DOMAIN_XML_SECURE, OP)?;
    let domain = Domain::parse(&text).map_err(|error| invalid(error.to_string()))?;
    let document = domain.document();
    let end = document.get(document.root(), general::ON_REBOOT);
    Ok((end.as_deref() != Some("destroy")).then_some(domain))
}

/// What a guest that is being installed has read so far (`virDomainBlockStats`); `None` where nothing is installed.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn reads(connection: &Connection, uuid: Uuid) -> Result<Option<Reads>> {
    let Some(Noted {
        note, is_active: true, ..
    }) = note::read(connection, uuid, OP)?
    else {
        return Ok(None);
    };
    // It would be waited for as long as the machine's process hangs.
    if connection.is_unresponsive(uuid) {
        return Ok(Some(Reads::default()));
    }
    let Some(domain) = running(connection, uuid)? else {
        return Ok(None);
    };
    let mut reads = Reads::default();
    let document = domain.document();
    for node in domain.devices_of(DeviceKind::Disk) {
        let Some(target) = document.get(node, disk::TARGET) else {
            continue;
        };
        let bytes = read_of(connection, uuid, &target);
        if note.media.contains(&target) {
            reads.media += bytes;
        } else if document.attribute(node, "device").is_none_or(|device| device == "disk") {
            reads.disks += bytes;
        }
    }
    Ok(Some(reads))
}

/// An empty drive has read nothing.
fn read_of(connection: &Connection, uuid: Uuid, target: &str) -> u64 {
    let handle = connection.domain(uuid, OP).ok();
    let disk = handle.and_then(|domain| stats::disk(&domain, target));
    disk.and_then(|disk| disk.read_bytes).unwrap_or(0)
}

/// Counts a restart after which the guest went on from its disk. When it is the last of the installation, media are taken out
/// of the running machine, and what was of use for the installation only is deleted. Tells whether that was so.
///
/// # Errors
/// What libvirt says, by remedy: a guest may hold a tray closed. Then all stays as it was, until the machine is off.
pub(crate) fn restarted(connection: &Arc<Connection>, uuid: Uuid) -> Result<bool> {
    let Some(Noted {
        mut note,
        mut domain,
        is_active: true,
    }) = note::read(connection, uuid, OP)?
    else {
        return Ok(false);
    };
    match note.count(now()) {
        None => return Ok(false),
        Some(false) => {
            note::write(connection, uuid, Some(&note), true, OP)?;
            return Ok(false);
        }
        Some(true) => {}
    }
    if let Some(mut live) = running(connection, uuid)? {
        for drive in note.ejected(&mut live) {
            change_live(connection, uuid, &LiveChange::Update(drive))?;
        }
    }
    note.finish(&mut domain).map_err(|refused| invalid(refused.0))?;
    definition::define(connection, &domain.into_document().to_string())?;
    // The definition of the running machine has its own.
    if let Err(error) = note::write(connection, uuid, None, true, OP) {
        tracing::debug!("a note stays in a running machine: {error}");
    }
    remove_files(connection, &note);
    Ok(true)
}
