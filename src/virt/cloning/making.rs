//! Making copies. What was made is removed again when one of them fails.

use std::collections::HashSet;

use uuid::Uuid;

use super::template;
use crate::i18n::{tr, tr_f};
use crate::model::cloning::{ClonePlan, Cloned, CopySource, PlannedCopy, PlannedMachine};
use crate::model::deletion::Keep;
use crate::model::error::{Kind, VirtError};
use crate::model::facts::VolumeFact;
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::storage::{NewVolume, VolumeRef};
use crate::model::xml::domain::{DiskImage, Domain};
use crate::virt::connection::{Connection, Result};
use crate::virt::definition::{define, lives};
use crate::virt::deletion;
use crate::virt::journal::Record;
use crate::virt::session::refresh;
use crate::virt::storage::temporary::{self, Temporary};
use crate::virt::storage::{pool, volume};

const OP: &str = "clone";

/// What was made so far.
#[derive(Default)]
struct Pile {
    volumes: Vec<VolumeRef>,
    machines: Vec<Cloned>,
    /// Those of them whose firmware settings are a copy that was made here.
    settings: Vec<Uuid>,
}

/// Makes all copies of a plan, or none.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Cancelled`; `Kind::Invalid` where the original runs. Nothing stays then; what cannot
/// be removed is named in the message.
pub(crate) fn carry_out(
    connection: &Connection,
    plan: &ClonePlan,
    mut record: Record,
    job: &Job,
) -> Result<Vec<Cloned>> {
    check_off(connection, plan)?;
    let mut pile = Pile::default();
    let is_linked = !bases(plan).is_empty();
    // Before the first image builds on its disks, also where it was a template when the plan was made.
    let marked = is_linked && template::change(connection, plan.original, true)?;
    for machine in &plan.machines {
        let made = make(connection, plan, machine, &mut pile, &mut record, job).and_then(|()| {
            // Somebody else's copies came to nothing meanwhile, and took the mark with them.
            if is_linked {
                super::set_template(connection, plan.original, true)?;
            }
            Ok(())
        });
        if let Err(error) = made {
            let (error, stays) = remove(connection, &pile, error);
            if marked {
                unmark(connection, plan);
            }
            if stays || error.kind == Kind::Unreachable {
                // The journal keeps it in mind.
                drop(record);
            } else {
                record.end();
            }
            return Err(error);
        }
    }
    record.end();
    Ok(pile.machines)
}

fn check_off(connection: &Connection, plan: &ClonePlan) -> Result<()> {
    if lives(connection, plan.original)?.1 {
        return Err(VirtError::own(
            Kind::Invalid,
            OP,
            tr("The machine was started meanwhile: what was copied is worthless."),
        ));
    }
    Ok(())
}

fn make(
    connection: &Connection,
    plan: &ClonePlan,
    machine: &PlannedMachine,
    pile: &mut Pile,
    record: &mut Record,
    job: &Job,
) -> Result<()> {
    let wrong = |text: String| VirtError::own(Kind::Invalid, OP, text);
    let mut domain = Domain::parse(&machine.xml).map_err(|error| wrong(error.to_string()))?;
    for copy in &machine.copies {
        job.check(OP)?;
        job.stage(tr_f(
            "Copying {disk} for {name}",
            &[("disk", &copy.target), ("name", &machine.name)],
        ));
        let target = copy.new.volume();
        volume::check_free(connection, &target, OP)?;
        record.note(Made::of(&target), OP)?;
        // What fails has removed what it had half made; a name that was taken meanwhile is somebody else's.
        let made = image(connection, copy, record, job)?;
        pile.volumes.push(target);
        let image = DiskImage {
            kind: made.kind,
            path: made.path,
            pool: copy.new.pool.clone(),
            volume: copy.new.name.clone(),
            format: copy.new.format.clone().or(made.format),
        };
        let node = domain.disk(&copy.target).map_err(|refused| wrong(refused.0))?;
        domain
            .set_disk_image(node, &image)
            .map_err(|refused| wrong(refused.0))?;
        // A disk that changed while it was copied is worthless.
        check_off(connection, plan)?;
    }
    job.check(OP)?;
    let mut notes = Vec::new();
    let settings = match &machine.nvram {
        None => None,
        Some((from, to)) => match copy_settings(connection, from, to, record, job) {
            Ok(settings) => settings,
            // Somebody else's: the copy would start with it.
            Err(error) if error.kind == Kind::Invalid => return Err(error),
            Err(error) => {
                notes.push(tr_f(
                    "The settings of the firmware could not be copied: {reason}",
                    &[("reason", &error.message)],
                ));
                None
            }
        },
    };
    let named = Made::Domain {
        uuid: machine.uuid,
        name: machine.name.clone(),
    };
    record.note(named, OP)?;
    let defined = define(connection, machine.uuid, &domain.document().to_string(), true);
    if let (Err(_), Some(settings)) = (&defined, &settings) {
        settings.discard(connection);
    }
    defined?;
    if settings.is_some() {
        pile.settings.push(machine.uuid);
    }
    pile.machines.push(Cloned {
        uuid: machine.uuid,
        name: machine.name.clone(),
        notes,
    });
    refresh(connection, machine.uuid);
    Ok(())
}

/// Makes the image of a disk.
fn image(connection: &Connection, copy: &PlannedCopy, record: &mut Record, job: &Job) -> Result<VolumeFact> {
    let mut note = |made| record.note(made, OP);
    match &copy.from {
        CopySource::Volume(from) => volume::clone(connection, from, &copy.new, job),
        CopySource::File(path) => {
            let (folder, from) = Temporary::holding(connection, path, &mut note)?;
            let made = volume::clone(connection, &from, &copy.new, job);
            drop(folder);
            made
        }
        CopySource::Base if copy.new.capacity > 0 => volume::create(connection, &copy.new, job),
        CopySource::Base => {
            let path = copy
                .new
                .backing
                .as_ref()
                .map(|(path, _)| path.as_str())
                .unwrap_or_default();
            let (folder, base) = Temporary::holding(connection, path, &mut note)?;
            let capacity = volume::read(connection, &base)?.capacity.unwrap_or(0);
            drop(folder);
            let new = NewVolume {
                capacity,
                ..copy.new.clone()
            };
            volume::create(connection, &new, job)
        }
    }
}

/// A copy of firmware settings that no machine has yet.
struct Settings(String);

impl Settings {
    fn discard(&self, connection: &Connection) {
        if let Err(error) = temporary::remove_file(connection, &self.0) {
            tracing::warn!("a copy of firmware settings stays: {error}");
        }
    }
}

/// Copies the settings of the firmware; `None` where the original has none yet.
fn copy_settings(
    connection: &Connection,
    from: &str,
    to: &str,
    record: &mut Record,
    job: &Job,
) -> Result<Option<Settings>> {
    let (folder, source) = match Temporary::holding(connection, from, &mut |made| record.note(made, OP)) {
        Ok(found) => found,
        // It never ran.
        Err(error) if error.kind == Kind::Gone => return Ok(None),
        Err(error) => return Err(error),
    };
    let format = volume::read(connection, &source)?.format;
    let file = to.rsplit('/').next().unwrap_or_default();
    if volume::is_there(connection, &VolumeRef::new(&source.pool, file))? {
        return Err(VirtError::own(
            Kind::Invalid,
            OP,
            tr_f(
                "There are settings of a firmware already that the copy would take for its own: {file}",
                &[("file", to)],
            ),
        ));
    }
    let new = NewVolume {
        pool: source.pool.clone(),
        name: file.to_owned(),
        format,
        allocation: Some(0),
        ..NewVolume::default()
    };
    record.note(Made::HostFile { path: to.to_owned() }, OP)?;
    volume::clone(connection, &source, &new, job)?;
    drop(folder);
    Ok(Some(Settings(to.to_owned())))
}

/// Removes everything that was made; the error names what stays, and whether anything does is told.
fn remove(connection: &Connection, pile: &Pile, mut error: VirtError) -> (VirtError, bool) {
    let mut any = false;
    let mut stays = |name: &str, reason: &VirtError, error: &mut VirtError| {
        let left = tr_f(
            "“{name}” stays behind: {reason}",
            &[("name", name), ("reason", &reason.message)],
        );
        error.message = format!("{}\n{left}", error.message);
        any = true;
        if reason.kind == Kind::Unreachable {
            error.kind = Kind::Unreachable;
        }
    };
    for machine in pile.machines.iter().rev() {
        let keep = Keep {
            nvram: !pile.settings.contains(&machine.uuid),
            tpm: false,
        };
        if let Err(reason) = deletion::undefine(connection, machine.uuid, keep) {
            stays(&machine.name, &reason, &mut error);
        }
    }
    for made in pile.volumes.iter().rev() {
        if let Err(reason) = volume::remove(connection, made) {
            stays(&made.name, &reason, &mut error);
        }
    }
    (error, any)
}

/// Paths of the images of the original that images of the copies build on.
fn bases(plan: &ClonePlan) -> HashSet<&str> {
    let copies = plan.machines.iter().flat_map(|machine| &machine.copies);
    copies
        .filter_map(|copy| Some(copy.new.backing.as_ref()?.0.as_str()))
        .collect()
}

/// Takes the mark of a template back, unless something builds on its disks: another copy that was made meanwhile would be
/// worthless after a start. What cannot be read may be such a one.
fn unmark(connection: &Connection, plan: &ClonePlan) {
    let unmarked = is_base(connection, &bases(plan)).and_then(|is_base| {
        if is_base {
            tracing::info!("something else builds on the original, which stays a template");
            return Ok(());
        }
        super::set_template(connection, plan.original, false)
    });
    if let Err(reason) = unmarked {
        tracing::warn!("the original stays a template: {reason}");
    }
}

/// Whether a volume of a pool that runs builds on one of these paths.
fn is_base(connection: &Connection, paths: &HashSet<&str>) -> Result<bool> {
    for about in pool::running(connection)? {
        let names = volume::names(connection, &about.name)?;
        let names: Vec<String> = names.into_iter().map(|volume| volume.name).collect();
        let volumes = volume::describe_all(connection, &about.name, &names)?;
        if volumes.len() < names.len() {
            return Ok(true);
        }
        let mut backings = volumes.iter().filter_map(|volume| volume.backing.as_deref());
        if backings.any(|backing| paths.contains(backing)) {
            return Ok(true);
        }
    }
    Ok(false)
}
