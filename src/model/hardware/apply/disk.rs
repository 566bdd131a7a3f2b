//! The image of a disk.

use crate::model::xml::domain::Domain;
use crate::model::xml::domain::fields::disk;

/// What is in a disk, by its target: a volume's pool and name, or no pool and the path of its image. `None` where the disk
/// is not there, is empty, or has an image that has no path on the host.
#[must_use]
pub fn disk_source(domain: &Domain, target: &str) -> Option<(Option<String>, String)> {
    let node = domain.disk(target).ok()?;
    let get = |field| domain.document().get::<String>(node, field);
    match (get(disk::SOURCE_POOL), get(disk::SOURCE_VOLUME)) {
        (Some(pool), Some(volume)) => Some((Some(pool), volume)),
        _ => get(disk::SOURCE_FILE)
            .or_else(|| get(disk::SOURCE_DEV))
            .map(|path| (None, path)),
    }
}
