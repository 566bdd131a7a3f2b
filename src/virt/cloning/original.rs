//! What there is to copy.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::template;
use crate::model::cloning::{Lies, Original, OriginalDisk};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::PoolFact;
use crate::model::xml::NodeId;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::lives;
use crate::virt::session::{details, listing};
use crate::virt::storage;
use crate::virt::sys;

const OP: &str = "read definition";

/// Reads a machine and what lies around it, for a copy.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn original(connection: &Connection, uuid: Uuid) -> Result<Original> {
    let (is_persistent, is_active) = lives(connection, uuid)?;
    let inactive = if is_persistent { sys::VIR_DOMAIN_XML_INACTIVE } else { 0 };
    let definition = details::xml(connection, uuid, sys::VIR_DOMAIN_XML_SECURE | inactive, OP)?;
    let domain = Domain::parse(&definition).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
    // SAFETY: the machine lives during the call; a driver without saved images answers −1.
    let saved = connection.on_domain(uuid, OP, |domain| unsafe {
        sys::virDomainHasManagedSaveImage(domain, 0)
    });
    let nodes: Vec<NodeId> = domain.devices_of(DeviceKind::Disk).collect();
    let disks = nodes.into_iter().map(|node| read_disk(connection, &domain, node));
    let names = listing::summaries(connection)?.into_iter().map(|summary| summary.name);
    let pools = storage::pool::running(connection).unwrap_or_else(|error| {
        tracing::debug!("no pools: {error}");
        Vec::new()
    });
    let volumes = volumes(connection, &pools);
    Ok(Original {
        uuid,
        name: domain.name(),
        is_active,
        is_saved: saved.is_ok_and(|saved| saved > 0),
        is_template: template::is_marked(connection, uuid)?,
        disks: disks.collect::<Result<_>>()?,
        names: names.map(|name| name.to_string()).collect(),
        pools,
        volumes,
        definition,
    })
}

/// Names of the volumes of all pools that can take one.
fn volumes(connection: &Connection, pools: &[PoolFact]) -> HashMap<String, HashSet<String>> {
    let takers = pools.iter().filter(|pool| pool.takes_images());
    let read = |pool: &PoolFact| {
        let names = storage::volume::names(connection, &pool.name).ok()?;
        let names = names.into_iter().map(|volume| volume.name).collect();
        Some((pool.name.clone(), names))
    };
    takers.filter_map(read).collect()
}

fn read_disk(connection: &Connection, domain: &Domain, node: NodeId) -> Result<OriginalDisk> {
    let document = domain.document();
    let get = |field| document.get::<String>(node, field);
    let lies = match (get(disk::SOURCE_POOL), get(disk::SOURCE_VOLUME)) {
        (Some(pool), Some(volume)) => in_pool(connection, &pool, &volume)?,
        _ => match get(disk::SOURCE_FILE).or_else(|| get(disk::SOURCE_DEV)) {
            Some(path) => at_path(connection, &path, document.attribute(node, "type").as_deref())?,
            // An address on a server that is no volume.
            None if document.child(node, "source").is_some() => Lies::Elsewhere,
            None => Lies::Nowhere,
        },
    };
    Ok(OriginalDisk {
        target: get(disk::TARGET).unwrap_or_default(),
        device: get(disk::DEVICE).unwrap_or_else(|| "disk".to_owned()),
        lies,
        format: get(disk::FORMAT),
        is_readonly: document.child(node, "readonly").is_some(),
        is_shareable: document.child(node, "shareable").is_some(),
        is_encrypted: document.find(node, "source/encryption").is_some()
            || document.child(node, "encryption").is_some(),
    })
}

fn in_pool(connection: &Connection, pool: &str, volume: &str) -> Result<Lies> {
    let wanted = crate::model::storage::VolumeRef::new(pool, volume);
    let found = storage::pool::read(connection, pool)
        .and_then(|pool| storage::volume::read(connection, &wanted).map(|volume| Lies::Pool { pool, volume }));
    match found {
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        found => Ok(found.unwrap_or(Lies::Elsewhere)),
    }
}

fn at_path(connection: &Connection, path: &str, kind: Option<&str>) -> Result<Lies> {
    match storage::volume::at_path(connection, path) {
        Ok(Some((pool, volume))) => Ok(Lies::Pool { pool, volume }),
        Err(error) if error.kind == Kind::Unreachable => Err(error),
        _ if kind == Some("file") && path.starts_with('/') => Ok(Lies::File(path.to_owned())),
        _ => Ok(Lies::Elsewhere),
    }
}
