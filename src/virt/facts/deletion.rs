//! Deleting images that nobody uses.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::Arc;

use uuid::Uuid;

use super::call;
use crate::i18n::tr;
use crate::model::domain::DomainSummary;
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::Volumes;
use crate::model::usage::{Deleted, Image, Kept, Lore, Machine, Source, Usage, snapshot_images};
use crate::model::xml::{Document, read_domain};
use crate::virt::connection::{Connection, Result, unreachable};
use crate::virt::handle;
use crate::virt::session::{details, listing};
use crate::virt::sys;

const OP: &str = "delete storage";

/// Deletes volumes by their paths, those that nobody uses, and tells of each what became of it. `known` are machines as they
/// were read before, for those that do not answer.
///
/// # Errors
/// Where the host cannot be asked; nothing was deleted then.
pub(crate) fn delete_volumes(
    connection: &Arc<Connection>,
    paths: &[String],
    known: &[Machine],
) -> Result<Vec<Deleted>> {
    // Others may have made overlays that no pool knows yet. A pool that is busy refuses, and is believed as it is.
    call::refresh_pools_of(connection, paths);
    let (usage, complete) = seen(connection, known)?;
    if !complete {
        // What could not be read may build on what is to go.
        return Err(VirtError::own(
            Kind::Other,
            OP,
            tr("Not all storage pools could be read, so it is not known what builds on what. Nothing was deleted."),
        ));
    }
    let mut asked: HashMap<Source, Vec<&String>> = HashMap::new();
    let mut wanted = Vec::new();
    for path in paths {
        let source = usage.lore().volume(path);
        let spellings = asked.entry(source.clone()).or_default();
        if spellings.is_empty() {
            wanted.push(source);
        }
        spellings.push(path);
    }
    let mut gone = HashSet::new();
    let mut results = Vec::new();
    for source in usage.in_order_of_deletion(wanted) {
        let path = usage
            .lore()
            .seen(&source)
            .map_or(source.as_str(), |seen| &seen.path)
            .to_owned();
        let result = usage
            .may_delete(&source, &gone)
            .and_then(|()| match call::delete_volume(connection, &path) {
                Ok(true) => Ok(()),
                Ok(false) => Err(Kept::NoVolume),
                Err(error) => Err(Kept::Failed(error)),
            });
        // Whoever asked knows an image by the path that it asked for, however libvirt spells it.
        let spellings = asked.get(&source).into_iter().flatten();
        results.extend(spellings.map(|path| Deleted {
            path: (*path).clone(),
            result: result.clone(),
        }));
        if result.is_ok() {
            gone.insert(source);
        }
    }
    // No event tells of deleted volumes.
    connection.facts().doubt(ObjectKind::StoragePool);
    Ok(results)
}

/// Makes sure that nobody uses a volume that is to lose what it holds: no machine, running or not, and no other volume builds
/// on it. All definitions and all volumes are read for that at this moment.
///
/// # Errors
/// `Kind::Busy`, with who uses it or why that is not known; what libvirt says where the host cannot be asked.
pub(crate) fn check_unused(connection: &Arc<Connection>, path: &str, op: &'static str) -> Result<()> {
    call::refresh_pools_of(connection, std::slice::from_ref(&path.to_owned()));
    let (usage, complete) = seen(connection, &[])?;
    let busy = |text: String| Err(VirtError::own(Kind::Busy, op, text));
    match usage.may_delete(&usage.lore().volume(path), &HashSet::new()) {
        Err(kept) => busy(kept.sentence()),
        Ok(()) if !complete => busy(tr(
            "Not all storage pools could be read, so it is not known what builds on it.",
        )),
        Ok(()) => Ok(()),
    }
}

/// Who uses which image at this moment: all definitions and all volumes are read. `known` are machines as they were read
/// before, for those that do not answer.
///
/// # Errors
/// Where the host cannot be asked.
pub(crate) fn usage(connection: &Arc<Connection>, known: &[Machine]) -> Result<Usage> {
    seen(connection, known).map(|(usage, _)| usage)
}

/// The same, and whether no pool is missing.
fn seen(connection: &Arc<Connection>, known: &[Machine]) -> Result<(Usage, bool)> {
    connection.facts().doubt(ObjectKind::StoragePool);
    let mut lore = Lore::default();
    let volumes = match super::storage(connection) {
        Err(error) if error.kind == Kind::Unsupported => Volumes {
            complete: true,
            ..Volumes::default()
        },
        volumes => volumes?,
    };
    if !volumes.complete {
        tracing::debug!("not all pools could be read");
    }
    for (pool, volumes) in &volumes.pools {
        lore.learn_pool(pool, volumes);
    }
    Ok((
        Usage::new(machines(connection, known)?, Arc::new(lore)),
        volumes.complete,
    ))
}

/// All machines with what they use now, would use at the next start, and had when snapshots were made.
fn machines(connection: &Connection, known: &[Machine]) -> Result<Vec<Machine>> {
    let mut found = Vec::new();
    for summary in listing::summaries(connection)? {
        if connection.is_closing() {
            return Err(unreachable(OP));
        }
        let uuid = summary.key.uuid;
        let before = || known.iter().find(|machine| machine.uuid == uuid);
        let images = match images(connection, &summary) {
            Ok(images) => Some(images.into()),
            Err(error) if error.kind == Kind::Gone => continue,
            Err(error) if error.kind == Kind::Unreachable => return Err(error),
            Err(_) => before().and_then(|machine| machine.images.clone()),
        };
        found.push(Machine {
            uuid,
            name: summary.name.into(),
            active: summary.state.is_active(),
            locks: false,
            images,
        });
    }
    Ok(found)
}

fn images(connection: &Connection, summary: &DomainSummary) -> Result<Vec<Image>> {
    let uuid = summary.key.uuid;
    // It would wait as long as the machine's process does.
    if connection.is_unresponsive(uuid) {
        return Err(VirtError::own(Kind::Timeout, OP, "the machine does not answer"));
    }
    let read = |flags| {
        let text = details::xml(connection, uuid, flags, OP)?;
        let details = read_domain(&text).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
        Ok(details.images.to_vec())
    };
    let mut images = read(0)?;
    if summary.state.is_active() && summary.persistent {
        images.extend(read(sys::VIR_DOMAIN_XML_INACTIVE)?);
    }
    images.extend(of_snapshots(connection, uuid)?);
    Ok(images)
}

/// What going back to the snapshots of a machine needs; a driver without snapshots has none.
fn of_snapshots(connection: &Connection, uuid: Uuid) -> Result<Vec<Image>> {
    let mut raw: *mut sys::virDomainSnapshotPtr = ptr::null_mut();
    let count = connection.on_domain(uuid, OP, |domain| {
        // SAFETY: the machine lives during the call and `raw` is a place for the answer, which is ours.
        unsafe { sys::virDomainListAllSnapshots(domain, &raw mut raw, 0) }
    });
    let count = match count {
        Ok(count) => count,
        Err(error) if error.kind == Kind::Unsupported => 0,
        Err(error) => return Err(error),
    };
    // SAFETY: NULL, or the array of `count` references that the call has made.
    let snapshots = unsafe { call::handles::<handle::Snapshot>(raw, count) };
    let mut images = Vec::new();
    for snapshot in &snapshots {
        let text = call::xml(connection, snapshot, sys::virDomainSnapshotGetXMLDesc)?;
        let snapshot = Document::parse(&text).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
        images.extend(snapshot_images(&snapshot));
    }
    Ok(images)
}
