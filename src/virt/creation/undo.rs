//! Taking back what was made.

use super::remove_domain;
use crate::i18n::tr_f;
use crate::model::deletion::Keep;
use crate::model::journal::Made;
use crate::model::storage::VolumeRef;
use crate::virt::connection::Connection;
use crate::virt::storage::{temporary, volume};

/// Removes what a job has made and nobody else can use yet, the last first; what is not there is fine. Tells what stays, with
/// its reason.
pub(crate) fn undo(connection: &Connection, made: &[Made], keep: Keep) -> Vec<String> {
    let mut staying = Vec::new();
    for thing in made.iter().rev() {
        if let Err(reason) = remove(connection, thing, keep) {
            let label = label(thing);
            staying.push(tr_f("{name}: {reason}", &[("name", &label), ("reason", &reason)]));
        }
    }
    staying
}

fn remove(connection: &Connection, made: &Made, keep: Keep) -> std::result::Result<(), String> {
    let result = match made {
        Made::Volume { pool, name } => volume::remove(connection, &VolumeRef::new(pool, name)),
        Made::Domain { uuid, .. } => remove_domain(connection, *uuid, keep),
        Made::File { path } => match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => Ok(()),
        },
        Made::HostFile { path } => temporary::remove_file(connection, path),
        Made::Pool { name } => temporary::close(connection, name),
        Made::Folder { path } => match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => Ok(()),
        },
    };
    result.map_err(|error| error.message)
}

/// What something is called in a list.
pub(super) fn label(made: &Made) -> String {
    match made {
        Made::Volume { pool, name } => format!("{pool}/{name}"),
        Made::Domain { name, .. } => name.clone(),
        Made::File { path } | Made::HostFile { path } | Made::Folder { path } => path.clone(),
        Made::Pool { name } => name.clone(),
    }
}
