//! The files of a machine.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::definition::{Finished, place};
use super::{Ledger, OP, is_disk, tree};
use crate::i18n::tr_f;
use crate::model::creation::{self, ImageRef, Plan, Planned, seed};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::name;
use crate::model::storage::{Brought, IfUsed, NewVolume, Origin, Resize, VolumeRef};
use crate::model::xml::object::{Pool, pool};
use crate::virt::connection::{Connection, Result};
use crate::virt::journal::Record;
use crate::virt::storage::temporary::Temporary;
use crate::virt::storage::{self, bring, volume};

/// Makes a file of a plan.
pub(super) fn make(
    connection: &Connection,
    plan: &Plan,
    file: &Planned,
    uuid: Uuid,
    ledger: &mut Ledger<'_>,
    job: &Job,
) -> Result<Vec<Finished>> {
    let mut finished = Vec::new();
    for (pool, name) in file.volumes() {
        volume::check_free(connection, &place(pool, name), OP)?;
    }
    let mut add = |volume: VolumeFact, at: VolumeRef| -> Result<()> {
        finished.push(Finished {
            planned: planned_path(connection, &at)?,
            volume,
            is_disk: is_disk(file),
        });
        Ok(())
    };
    if let Planned::Tree { .. } = file {
        for (volume, at) in tree::make(connection, file, ledger, job)? {
            add(volume, at)?;
        }
        return Ok(finished);
    }
    for (pool, name) in file.volumes() {
        let at = place(pool, name);
        ledger.record.note(Made::of(&at), OP)?;
        job.stage(stage(file, name));
        let made = one(connection, plan, file, &at, uuid, ledger.record, job)?;
        // From here on it is taken back with all the rest, and named where that fails.
        ledger.done.push(Made::of(&at));
        add(settled(connection, file, &at, made)?, at)?;
    }
    Ok(finished)
}

fn one(
    connection: &Connection,
    plan: &Plan,
    file: &Planned,
    at: &VolumeRef,
    uuid: Uuid,
    record: &mut Record,
    job: &Job,
) -> Result<VolumeFact> {
    match file {
        Planned::Image {
            format,
            capacity,
            allocate,
            ..
        } => {
            let new = NewVolume {
                pool: at.pool.clone(),
                name: at.name.clone(),
                format: format.clone(),
                capacity: *capacity,
                allocation: Some(if *allocate { *capacity } else { 0 }),
                ..NewVolume::default()
            };
            volume::create(connection, &new, job)
        }
        Planned::Upload { file: path, .. } => {
            let origin = origin(connection, at, Origin::File(path.clone()), file.is_unpacked())?;
            brought(connection, at, origin, job)
        }
        Planned::Download { url, .. } => {
            let origin = origin(connection, at, web(url), file.is_unpacked())?;
            brought(connection, at, origin, job)
        }
        Planned::Copy { from, format, .. } => {
            copy(connection, from, file.is_unpacked(), at, format.as_deref(), record, job)
        }
        Planned::Seed { seed, .. } => {
            let bytes = seed::disk(seed, &plan.name, uuid)
                .map_err(|wrong| VirtError::own(Kind::Invalid, OP, wrong.to_string()))?;
            brought(connection, at, Origin::Bytes(bytes.into()), job)
        }
        Planned::Content { bytes, .. } => brought(connection, at, Origin::Bytes(Arc::clone(bytes)), job),
        // Makes two.
        Planned::Tree { .. } => Err(VirtError::own(Kind::Unsupported, OP, "")),
    }
}

pub(super) fn brought(connection: &Connection, at: &VolumeRef, origin: Origin, job: &Job) -> Result<VolumeFact> {
    let wish = Brought {
        volume: at.clone(),
        origin,
    };
    bring::bring(connection, &wish, job)
}

/// What a volume that was just made has to be: an image that builds on nothing where it comes from elsewhere, and as large as
/// is wanted.
fn settled(connection: &Connection, file: &Planned, at: &VolumeRef, made: VolumeFact) -> Result<VolumeFact> {
    // It would show the guest that file of the host.
    if let Some(base) = made.backing.as_deref().filter(|_| is_strange(file)) {
        let text = tr_f(
            "This image builds on another file, {file}, and would show it to the guest. Bring both together first.",
            &[("file", &name::name(base))],
        );
        return Err(VirtError::own(Kind::Invalid, OP, text));
    }
    let Planned::Copy {
        capacity: Some(wanted), ..
    } = file
    else {
        return Ok(made);
    };
    if *wanted <= made.capacity.unwrap_or(0) {
        return Ok(made);
    }
    let wish = Resize {
        capacity: *wanted,
        shrink: false,
        allocate: false,
        if_used: IfUsed::Refuse,
    };
    volume::resize(connection, at, wish)?;
    volume::read(connection, at)
}

/// Whether an image comes from elsewhere, or out of a file that does.
fn is_strange(file: &Planned) -> bool {
    match file {
        Planned::Upload { .. } | Planned::Download { .. } => true,
        Planned::Copy { from, .. } => {
            file.is_unpacked() || matches!(from, ImageRef::Upload { .. } | ImageRef::Download { .. })
        }
        _ => false,
    }
}

pub(super) fn web(url: &str) -> Origin {
    Origin::Url {
        url: url.to_owned(),
        checksum: None,
    }
}

/// Where an image comes from; unpacked on its way into a pool of files.
fn origin(connection: &Connection, at: &VolumeRef, from: Origin, is_unpacked: bool) -> Result<Origin> {
    if !is_unpacked {
        return Ok(from);
    }
    let pool = storage::pool::read(connection, &at.pool)?;
    if !pool.holds_files() {
        return Err(VirtError::own(Kind::Invalid, OP, creation::no_room_text(&at.pool)));
    }
    Ok(Origin::Packed {
        from: Box::new(from),
        room: pool.available,
    })
}

/// A packed image of the host: only what this computer can read itself is unpacked.
fn of_host(connection: &Connection, path: &str) -> Result<Origin> {
    if connection.is_local && std::fs::File::open(path).is_ok() {
        return Ok(Origin::File(path.into()));
    }
    let shown = path.rsplit('/').next().unwrap_or(path);
    Err(VirtError::own(Kind::Invalid, OP, creation::packed_text(shown)))
}

/// A copy of an image.
fn copy(
    connection: &Connection,
    from: &ImageRef,
    is_unpacked: bool,
    at: &VolumeRef,
    format: Option<&str>,
    record: &mut Record,
    job: &Job,
) -> Result<VolumeFact> {
    let new = NewVolume {
        pool: at.pool.clone(),
        name: at.name.clone(),
        format: format.map(str::to_owned),
        allocation: Some(0),
        ..NewVolume::default()
    };
    let bring = |from: Origin| brought(connection, at, origin(connection, at, from, is_unpacked)?, job);
    match from {
        ImageRef::Upload { file, .. } => bring(Origin::File(file.clone())),
        ImageRef::Download { url, .. } => bring(web(url)),
        ImageRef::Path(path) | ImageRef::Volume { path, .. } if is_unpacked => bring(of_host(connection, path)?),
        ImageRef::Volume { pool, name, .. } => volume::clone(connection, &place(pool, name), &new, job),
        ImageRef::Path(path) => match volume::at_path(connection, path)? {
            Some((pool, there)) => volume::clone(connection, &VolumeRef::new(pool.name, there.name), &new, job),
            None if connection.is_local && std::fs::File::open(path).is_ok() => {
                brought(connection, at, Origin::File(path.into()), job)
            }
            None => from_folder(connection, path, &new, record, job).map_err(|error| match error.kind {
                Kind::Gone => VirtError::own(Kind::Invalid, OP, not_there(path)),
                _ => error,
            }),
        },
    }
}

/// What is said of an image that is to be copied and does not exist.
pub(super) fn not_there(path: &str) -> String {
    tr_f("There is no file “{file}” on the host.", &[("file", path)])
}

/// A copy of a file of the host that is in no pool: its folder is one for a moment.
fn from_folder(
    connection: &Connection,
    path: &str,
    new: &NewVolume,
    record: &mut Record,
    job: &Job,
) -> Result<VolumeFact> {
    let (folder, from) = Temporary::holding(connection, path, &mut |made| record.note(made, OP))?;
    let made = volume::clone(connection, &from, new, job);
    drop(folder);
    made
}

/// The path by which the plan names a volume: that in the folder of its pool, or a mark.
fn planned_path(connection: &Connection, at: &VolumeRef) -> Result<String> {
    let xml = storage::pool::xml(connection, &at.pool, false)?;
    let definition = Pool::parse(&xml).map_err(|error| VirtError::own(Kind::Invalid, OP, error.to_string()))?;
    let kind = definition.get(pool::TYPE).unwrap_or_default();
    let folder = definition.get(pool::TARGET);
    Ok(crate::model::creation::volume_path(
        &kind,
        folder.as_deref(),
        &at.pool,
        &at.name,
    ))
}

/// What is done now, in the words of the user.
fn stage(file: &Planned, volume: &str) -> String {
    let shown = name::name(volume);
    let name = &[("name", shown.as_str())];
    match file {
        // Translators: stages of making a machine; {name} is that of a file.
        Planned::Image { .. } => tr_f("Making the disk {name}", name),
        Planned::Upload { .. } => tr_f("Uploading {name}", name),
        Planned::Download { .. } => tr_f("Downloading {name}", name),
        Planned::Copy { from, .. } => match from {
            ImageRef::Upload { file, .. } => {
                let shown = file.file_name().map(Path::new).unwrap_or(file).display().to_string();
                tr_f("Uploading {name}", &[("name", &name::name(&shown))])
            }
            ImageRef::Download { .. } => tr_f("Downloading {name}", name),
            _ => tr_f("Copying the disk to {name}", name),
        },
        Planned::Seed { .. } => tr_f("Making the settings disk {name}", name),
        Planned::Content { .. } | Planned::Tree { .. } => tr_f("Uploading {name}", name),
    }
}
