//! Removing what a job left half-done when its program died. Since then anything may have happened to it: nothing goes that
//! a machine uses.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{OP, undo::label};
use crate::i18n::{tr, tr_f};
use crate::model::deletion::Keep;
use crate::model::error::Kind;
use crate::model::journal::Made;
use crate::model::storage::VolumeRef;
use crate::model::usage::Kept;
use crate::virt::connection::{Connection, Result};
use crate::virt::storage::temporary::{self, Temporary};
use crate::virt::storage::volume;
use crate::virt::{deletion, facts, network, sys};

/// Removes what is there of this, and tells what stays, with its reason.
///
/// # Errors
/// Where the host cannot be reached.
pub(crate) fn remove_leftover(connection: &Arc<Connection>, made: &[Made]) -> Result<Vec<String>> {
    let mut staying = Vec::new();
    // Machines first: a definition keeps the volumes that it names. Folders that are pools last: files are reached over them.
    let mut order: Vec<&Made> = made.iter().collect();
    order.sort_by_key(|one| match one {
        Made::Domain { .. } => 0,
        Made::Pool { .. } => 2,
        _ => 1,
    });
    for thing in order {
        let reason = match thing {
            Made::Domain { uuid, .. } => remove_domain(connection, *uuid)?,
            Made::Volume { pool, name } => remove_unused(connection, &VolumeRef::new(pool, name))?,
            Made::File { path } => staying_here(std::fs::remove_file(path)),
            Made::HostFile { path } => remove_host_file(connection, path)?,
            Made::Pool { name } => said(temporary::close(connection, name))?,
            Made::Detour { name, network } => said(network::finish_restart(connection, *network, name))?,
            // It follows no links.
            Made::Folder { path } => staying_here(std::fs::remove_dir_all(path)),
        };
        if let Some(reason) = reason {
            let names = [("name", label(thing)), ("reason", reason)];
            let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
            staying.push(tr_f("{name}: {reason}", &names));
        }
    }
    Ok(staying)
}

fn remove_domain(connection: &Connection, uuid: uuid::Uuid) -> Result<Option<String>> {
    let machine = match connection.look_up(uuid, OP) {
        Ok(machine) => machine,
        Err(error) if error.kind == Kind::Gone => return Ok(None),
        Err(error) => return Err(error),
    };
    // SAFETY: the machine lives as long as `machine`.
    if unsafe { sys::virDomainIsActive(machine.as_ptr()) } > 0 {
        return Ok(Some(tr("The machine runs.")));
    }
    match deletion::undefine(connection, uuid, Keep::default()) {
        Ok(()) => Ok(None),
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        Err(error) => Ok(Some(error.message)),
    }
}

/// How long a volume that libvirt can't delete is tried again, and how often.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(250);

/// Deletes a file of the host that nothing uses; tells why it stays otherwise.
fn remove_host_file(connection: &Arc<Connection>, path: &str) -> Result<Option<String>> {
    match Temporary::holding(connection, path, &mut |_| Ok(())) {
        Err(error) if error.kind == Kind::Gone => Ok(None),
        Err(error) => said(Err(error)),
        Ok((folder, file)) => {
            let reason = remove_unused(connection, &file);
            drop(folder);
            reason
        }
    }
}

/// Why a file or folder of this computer stays; one that is not there is fine.
fn staying_here(removed: io::Result<()>) -> Option<String> {
    let error = removed.err()?;
    (error.kind() != io::ErrorKind::NotFound).then(|| error.to_string())
}

/// A failure as the reason why something stays.
fn said(result: Result<()>) -> Result<Option<String>> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        Err(error) => Ok(Some(error.message)),
    }
}

/// Deletes a volume that nothing uses; tells why it stays otherwise.
pub(super) fn remove_unused(connection: &Arc<Connection>, at: &VolumeRef) -> Result<Option<String>> {
    let path = match volume::read(connection, at) {
        Ok(volume) => volume.path,
        Err(error) if error.kind == Kind::Gone => return Ok(None),
        Err(error) if error.kind == Kind::Unreachable => return Err(error),
        Err(error) => return Ok(Some(error.message)),
    };
    // A host may take a moment to see that the program that wrote the volume is gone; until then it is in use.
    let patient = Instant::now() + PATIENCE;
    loop {
        let deleted = facts::delete_volumes(connection, std::slice::from_ref(&path), &[])?;
        match deleted.into_iter().find_map(|one| one.result.err()) {
            Some(Kept::Failed(_)) if Instant::now() < patient => thread::sleep(PAUSE),
            kept => return Ok(kept.map(|kept| kept.sentence())),
        }
    }
}
