//! What becomes of an appliance on a host.

use std::path::PathBuf;

use super::definition::{bundled, cable, connect};
use super::{Appliance, ApplianceDisk, Converter};
use crate::i18n::{tr, tr_f};
use crate::model::creation::{
    self, FirmwareWish, ImageRef, NetworkWish, Order, Plan, Planned, Problem, Source, Surroundings, Weight,
};
use crate::model::facts::PoolFact;
use crate::model::hardware::size;
use crate::model::storage::usual_pool;
use crate::model::xml::Refused;
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, DiskImage, Domain};

/// What a user wants of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportWish {
    /// Name of the machine; empty for the one that it brings.
    pub name: String,
    /// The pool that its disks go to; empty for the usual one.
    pub pool: String,
    /// Memory in bytes, in place of what it brings.
    pub memory: Option<u64>,
    /// Processors, in place of what it brings.
    pub cpus: Option<u32>,
    /// Its network. For [`NetworkWish::Usual`] a bundle keeps what its definition says, but for cards that were connected to
    /// devices of the other host, or to networks that this one does not have: those get the usual network of this one.
    pub network: NetworkWish,
    /// It is started.
    pub start: bool,
    /// What converts its disks.
    pub converter: Converter,
}

pub(super) fn problem(row: &'static str, text: impl Into<String>) -> Problem {
    Problem {
        weight: Weight::Error,
        row,
        text: text.into(),
        remedy: None,
    }
}

pub(super) fn refused(error: Refused) -> Problem {
    problem("source", error.0)
}

/// The pool that images go to.
///
/// # Errors
/// Where there is none.
pub fn pool<'a>(wish: &ImportWish, around: &Surroundings<'a>) -> Result<&'a PoolFact, Problem> {
    let all = || {
        around
            .facts
            .pools
            .iter()
            .flat_map(|pools| pools.iter())
            .filter(|pool| pool.takes_images())
    };
    let found = match wish.pool.as_str() {
        "" => usual_pool(all()),
        name => all().find(|pool| pool.name == name),
    };
    found.ok_or_else(|| match wish.pool.as_str() {
        "" => problem("disk", tr("No storage pool takes images. Make or start one first.")),
        name => problem(
            "disk",
            tr_f(
                "The storage pool {name} is not there, or takes no images.",
                &[("name", name)],
            ),
        ),
    })
}

/// The name that the machine gets: the wanted one, else its own, made free.
#[must_use]
pub fn name(appliance: &Appliance, wish: &ImportWish, machines: &[String]) -> String {
    if !wish.name.trim().is_empty() {
        return wish.name.trim().to_owned();
    }
    let plain = |letter: char| {
        if letter == '/' || letter.is_control() {
            '-'
        } else {
            letter
        }
    };
    let own: String = appliance.name.trim().chars().take(80).map(plain).collect();
    let stem = own.trim_start_matches('.');
    let stem = if stem.is_empty() { "machine" } else { stem };
    let mut names = (1_u32..).map(|number| match number {
        1 => stem.to_owned(),
        number => format!("{stem}-{number}"),
    });
    names.find(|name| !machines.contains(name)).unwrap_or_default()
}

/// The format that its disks are converted to, and the names that they, and after them the settings of its firmware, get in the
/// pool. A pool that has no files takes no such settings.
///
/// # Errors
/// Where no pool takes them.
pub fn volumes(
    appliance: &Appliance,
    wish: &ImportWish,
    around: &Surroundings<'_>,
) -> Result<(&'static str, Vec<String>), Problem> {
    let pool = pool(wish, around)?;
    let format = pool.image_formats().first().copied();
    let known = around.volumes.iter().flat_map(|all| all.pools.iter());
    let mut taken: Vec<String> = known
        .filter(|(name, _)| *name == pool.name)
        .flat_map(|(_, volumes)| volumes.iter().map(|volume| volume.name.clone()))
        .collect();
    let machine = name(appliance, wish, around.machines);
    let mut names = Vec::new();
    for _ in &appliance.disks {
        let all: Vec<&str> = taken.iter().map(String::as_str).collect();
        let name = pool.image_name(&machine, format, &all);
        taken.push(name.clone());
        names.push(name);
    }
    if appliance.firmware.is_some() && format.is_some() {
        let all: Vec<&str> = taken.iter().map(String::as_str).collect();
        names.push(pool.image_name(&format!("{machine}_VARS.fd"), None, &all));
    }
    Ok((format.unwrap_or("raw"), names))
}

/// What will be done, from the converted disks, in the order of the appliance's: each file has the name that [`volumes`] gave
/// its disk.
///
/// # Errors
/// What stands in the way.
pub fn plan(
    appliance: &Appliance,
    files: &[PathBuf],
    wish: &ImportWish,
    around: &Surroundings<'_>,
) -> Result<Plan, Problem> {
    let (format, names) = volumes(appliance, wish, around)?;
    let pool = pool(wish, around)?;
    let mut made = Made {
        images: names.into_iter().map(|name| image(pool, name, format)).collect(),
        plan: match &appliance.definition {
            Some(_) => Plan::default(),
            None => ordered(appliance, files, pool, wish, around)?,
        },
    };
    made.plan.name = name(appliance, wish, around.machines);
    let domain = match &appliance.definition {
        Some(text) => bundled(appliance, text, &made, wish, around)?,
        None => extended(appliance, &made)?,
    };
    made.plan.xml = domain.into_document().to_string();
    made.plan.start = wish.start;
    made.plan.files = files
        .iter()
        .zip(&made.images)
        .map(|(file, image)| Planned::Upload {
            file: file.clone(),
            pool: pool.name.clone(),
            name: image.volume.clone(),
        })
        .collect();
    Ok(made.plan)
}

pub(super) struct Made {
    /// Of the disks, then of the firmware's settings.
    pub(super) images: Vec<DiskImage>,
    pub(super) plan: Plan,
}

/// The image that a disk will have.
fn image(pool: &PoolFact, volume: String, format: &str) -> DiskImage {
    let folder = !pool.image_formats().is_empty();
    let known = folder || matches!(pool.kind.as_str(), "logical" | "zfs");
    let path = match pool.path.as_deref().filter(|_| known) {
        Some(path) => format!("{}/{volume}", path.trim_end_matches('/')),
        // A plan has this in place of a path that only libvirt knows.
        None => format!("{{{{{}/{volume}}}}}", pool.name),
    };
    DiskImage {
        kind: if folder { "file" } else { "block" }.into(),
        path,
        pool: pool.name.clone(),
        volume,
        format: Some(format.to_owned()),
    }
}

/// A plan for a machine of another program, with its first disk.
fn ordered(
    appliance: &Appliance,
    files: &[PathBuf],
    pool: &PoolFact,
    wish: &ImportWish,
    around: &Surroundings<'_>,
) -> Result<Plan, Problem> {
    let order = Order {
        name: name(appliance, wish, around.machines),
        kind: around.facts.kind.clone(),
        source: match files.first() {
            Some(file) => Source::Disk(ImageRef::Upload {
                file: file.clone(),
                pool: pool.name.clone(),
            }),
            None => Source::Empty,
        },
        os: around.os.map(|os| os.id.clone()),
        memory: wish.memory.or(appliance.memory),
        cpus: wish.cpus.or(appliance.cpus),
        network: if appliance.nics == Some(0) && wish.network == NetworkWish::Usual {
            NetworkWish::None
        } else {
            wish.network.clone()
        },
        firmware: if appliance.efi {
            FirmwareWish::Efi
        } else {
            FirmwareWish::Usual
        },
        start: wish.start,
        ..Order::default()
    };
    creation::plan(&order, around)
}

/// The planned machine with its further disks and network cards.
fn extended(appliance: &Appliance, made: &Made) -> Result<Domain, Problem> {
    let mut domain = Domain::parse(&made.plan.xml).map_err(|error| problem("source", error.to_string()))?;
    let first = domain.devices_of(DeviceKind::Disk).next();
    for (number, image) in made.images.iter().enumerate() {
        let node = match (number, first) {
            (0, Some(first)) => first,
            _ => {
                let bus = first.and_then(|first| domain.document().get(first, disk::BUS));
                let bus = bus.unwrap_or_else(|| domain.usual_bus());
                let format = image.format.as_deref().unwrap_or("raw");
                domain.add_drive("disk", &bus, &image.kind, format).map_err(refused)?
            }
        };
        domain.set_disk_image(node, image).map_err(refused)?;
    }
    let nic = domain.devices_of(DeviceKind::Interface).next();
    if let Some(nic) = nic {
        let own = cable(&domain, nic);
        for _ in 1..appliance.nics.unwrap_or(1).min(16) {
            let further = domain.add_nic(own.1.as_deref().unwrap_or("default")).map_err(refused)?;
            connect(&mut domain, further, &own)?;
        }
    }
    Ok(domain)
}

/// What speaks against the space of a pool: as much as the files have will be needed in any case, and in the end as much as the
/// disks promise.
#[must_use]
pub fn room(appliance: &Appliance, pool: &PoolFact) -> Option<Problem> {
    let space = pool.available?;
    let sum = |of: fn(&ApplianceDisk) -> u64| appliance.disks.iter().map(of).fold(0, u64::saturating_add);
    let least = sum(|disk| disk.size);
    let most = sum(|disk| disk.capacity.unwrap_or(disk.size));
    let shown = size::about(space);
    if least > space {
        let text = tr_f("The storage pool has {size} of space only.", &[("size", &shown)]);
        return Some(problem("disk", text));
    }
    (most > space).then(|| Problem {
        weight: Weight::Warning,
        ..problem(
            "disk",
            tr_f(
                "The storage pool has {size} of space only. The machine stops when the disk has grown beyond that.",
                &[("size", &shown)],
            ),
        )
    })
}

/// What of a bundle a pool can't take.
#[must_use]
pub fn without_settings(appliance: &Appliance, pool: &PoolFact) -> Option<Problem> {
    let lost = appliance.firmware.is_some() && pool.image_formats().is_empty();
    lost.then(|| Problem {
        weight: Weight::Warning,
        ..problem(
            "disk",
            tr("The settings of its firmware, such as its boot entries, are left out: the storage pool has no files."),
        )
    })
}
