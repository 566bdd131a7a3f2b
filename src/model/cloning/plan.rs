//! What will be made.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::choice::holds_files;
use super::{Cloning, Fate, Lies, Original, OriginalDisk, naming};
use crate::i18n::{tr, tr_f};
use crate::model::facts::PoolFact;
use crate::model::storage::{NewVolume, VolumeRef, pool_kind};
use crate::model::xml::domain::{DiskImage, Domain};

/// Where a whole copy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySource {
    /// A volume.
    Volume(VolumeRef),
    /// A file in a folder that is no pool: its folder becomes one for the time of the copying.
    File(String),
    /// Nothing: the image is new, and builds on the original's.
    Base,
}

/// An image that will be made for a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCopy {
    /// Target of the disk.
    pub target: String,
    /// Where it comes from.
    pub from: CopySource,
    /// The image.
    pub new: NewVolume,
}

/// A machine that will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMachine {
    /// Its name.
    pub name: String,
    /// Its identity.
    pub uuid: Uuid,
    /// Its definition. Where an image will be is told by libvirt when it is made; here stands what is expected.
    pub xml: String,
    /// Its images, in the order in which they are made.
    pub copies: Vec<PlannedCopy>,
    /// The settings of the firmware: from this file to that one.
    pub nvram: Option<(String, String)>,
}

/// Something that hinders copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneProblem {
    /// Target of the disk that it is about.
    pub disk: Option<String>,
    /// What it is, for the user.
    pub text: String,
}

/// All that will be made. Pure: shown by the dialog, printed by the command line, carried out by the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClonePlan {
    /// The original.
    pub original: Uuid,
    /// Its name.
    pub name: String,
    /// The original becomes a template: images of the copies build on its own.
    pub marks_template: bool,
    /// The copies.
    pub machines: Vec<PlannedMachine>,
    /// What has to be known before.
    pub notes: Vec<String>,
}

fn about(disk: &OriginalDisk, text: String) -> CloneProblem {
    CloneProblem {
        disk: Some(disk.target.clone()),
        text,
    }
}

fn general(text: String) -> CloneProblem {
    CloneProblem { disk: None, text }
}

impl Cloning {
    /// What a disk becomes.
    #[must_use]
    pub fn fate(&self, disk: &super::DiskChoice) -> Fate {
        self.disks.get(&disk.target).copied().unwrap_or(disk.usual)
    }

    /// What will be made.
    ///
    /// # Errors
    /// All that hinders it.
    pub fn plan(&self, original: &Original) -> Result<ClonePlan, Vec<CloneProblem>> {
        let mut problems = Vec::new();
        if original.is_active {
            problems.push(general(tr(
                "The machine runs. Shut it down first: a disk that changes while it is copied is worthless.",
            )));
        }
        let names = self.machine_names(original).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let choices = original.choices(self.linked);
        let fates: Vec<Fate> = choices.iter().map(|choice| self.fate(choice)).collect();
        for ((disk, choice), fate) in original.disks.iter().zip(&choices).zip(&fates) {
            if let Err(reason) = choice.may(*fate) {
                problems.push(about(disk, reason));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut taken = original.volumes.clone();
        let mut machines = Vec::new();
        for name in names {
            match self.machine(original, &fates, &name, &mut taken) {
                Ok(machine) => machines.push(machine),
                Err(problem) => return Err(vec![problem]),
            }
        }
        Ok(ClonePlan {
            original: original.uuid,
            name: original.name.clone(),
            marks_template: fates.contains(&Fate::Linked) && !original.is_template,
            notes: notes(original, &choices, &fates),
            machines,
        })
    }

    fn machine_names(&self, original: &Original) -> Result<Vec<String>, CloneProblem> {
        if self.count == 0 {
            return Err(general(tr("How many copies?")));
        }
        let names = naming::names(&self.names, &original.name, self.count, &original.names);
        let names = names.ok_or_else(|| {
            general(if self.count > 1 {
                tr("Several copies need {n} in their name: it becomes a number.")
            } else {
                let name = self.names.replace("{name}", &original.name);
                tr_f("There is a machine “{name}” already.", &[("name", &name)])
            })
        })?;
        // What libvirt would not take is said now.
        let mut trial = Domain::parse("<domain/>").map_err(|error| general(error.to_string()))?;
        for name in &names {
            trial.set_name(name).map_err(|refused| general(refused.0))?;
        }
        Ok(names)
    }

    fn machine(
        &self,
        original: &Original,
        fates: &[Fate],
        name: &str,
        taken: &mut HashMap<String, HashSet<String>>,
    ) -> Result<PlannedMachine, CloneProblem> {
        let mut domain = Domain::parse(&original.definition).map_err(|error| general(error.to_string()))?;
        let refused = |refused: crate::model::xml::Refused| general(refused.0);
        let (uuid, nvram) = domain.become_copy(&original.name, name).map_err(refused)?;
        domain.set_title(&self.title).map_err(refused)?;
        if let Some(text) = &self.description {
            domain.set_description(text).map_err(refused)?;
        }
        let mut copies = Vec::new();
        for (disk, fate) in original.disks.iter().zip(fates) {
            match fate {
                Fate::Share => {}
                Fate::LeaveOut => leave_out(&mut domain, disk).map_err(refused)?,
                Fate::Clone | Fate::Linked => {
                    let (copy, image) = self.copy(original, disk, *fate, name, taken)?;
                    let node = domain.disk(&disk.target).map_err(refused)?;
                    domain.set_disk_image(node, &image).map_err(refused)?;
                    copies.push(copy);
                }
            }
        }
        Ok(PlannedMachine {
            name: name.to_owned(),
            uuid,
            xml: domain.document().to_string(),
            copies,
            nvram,
        })
    }

    /// The image for a disk, and how the definition names it.
    fn copy(
        &self,
        original: &Original,
        disk: &OriginalDisk,
        fate: Fate,
        machine: &str,
        taken: &mut HashMap<String, HashSet<String>>,
    ) -> Result<(PlannedCopy, DiskImage), CloneProblem> {
        let pool = self.pool_for(original, disk, fate)?;
        let (from, base, old, capacity) = match &disk.lies {
            Lies::Pool { pool, volume } => (
                CopySource::Volume(VolumeRef::new(&pool.name, &volume.name)),
                volume.path.clone(),
                volume.name.clone(),
                volume.capacity.unwrap_or(0),
            ),
            Lies::File(path) => {
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                (CopySource::File(path.clone()), path.clone(), name, 0)
            }
            Lies::Elsewhere | Lies::Nowhere => return Err(about(disk, tr("The drive is empty."))),
        };
        let own = disk.base_format();
        let format = match fate {
            Fate::Linked => Some("qcow2".to_owned()),
            _ => own.clone().filter(|format| {
                pool_kind(&pool.kind).is_some_and(|kind| kind.volume_formats.contains(&format.as_str()))
            }),
        };
        let ending = match format.as_deref() {
            None => "",
            Some("raw") if old.contains('.') => old.rfind('.').map_or("", |at| &old[at..]),
            Some("raw") => "",
            Some("qcow2") => ".qcow2",
            Some(_) => old.rfind('.').map_or("", |at| &old[at..]),
        };
        let names = taken.entry(pool.name.clone()).or_default();
        let name = naming::volume(Some(&old), (&original.name, machine), &disk.target, ending, names);
        let new = NewVolume {
            pool: pool.name.clone(),
            name,
            format,
            capacity,
            allocation: Some(0),
            backing: (fate == Fate::Linked).then(|| (base, own.unwrap_or_default())),
            ..NewVolume::default()
        }
        .in_pool(&pool.kind);
        let image = expected(&pool, &new);
        let from = if fate == Fate::Linked { CopySource::Base } else { from };
        let copy = PlannedCopy {
            target: disk.target.clone(),
            from,
            new,
        };
        Ok((copy, image))
    }

    /// The pool for a new image: the chosen one, that of the original, or the usual one.
    fn pool_for(&self, original: &Original, disk: &OriginalDisk, fate: Fate) -> Result<PoolFact, CloneProblem> {
        let by_name = |name: &str| original.pools.iter().find(|pool| pool.name == name);
        let pool = match (&self.pool, &disk.lies) {
            (Some(name), _) => {
                by_name(name).ok_or_else(|| general(tr_f("The pool “{pool}” does not run.", &[("pool", name)])))?
            }
            (None, Lies::Pool { pool, .. }) => pool,
            (None, _) => by_name("default")
                .filter(|pool| pool.takes_images())
                .or_else(|| original.pools.iter().find(|pool| pool.takes_images()))
                .ok_or_else(|| about(disk, tr("No storage pool that runs can take a copy.")))?,
        };
        let makes = pool_kind(&pool.kind).is_some_and(|kind| kind.makes_volumes);
        if !makes || (fate == Fate::Linked && !holds_files(pool)) {
            return Err(about(
                disk,
                tr_f("The pool “{pool}” cannot take such an image.", &[("pool", &pool.name)]),
            ));
        }
        Ok(pool.clone())
    }
}

/// How a definition will name an image.
fn expected(pool: &PoolFact, new: &NewVolume) -> DiskImage {
    let kind = if holds_files(pool) {
        "file"
    } else if pool.path.is_some() {
        "block"
    } else {
        "network"
    };
    DiskImage {
        kind: kind.to_owned(),
        path: format!("{}/{}", pool.path.as_deref().unwrap_or_default(), new.name),
        pool: new.pool.clone(),
        volume: new.name.clone(),
        format: new.format.clone(),
    }
}

/// Takes a disk out; a drive for media stays, and is empty.
fn leave_out(domain: &mut Domain, disk: &OriginalDisk) -> Result<(), crate::model::xml::Refused> {
    if !matches!(disk.device.as_str(), "cdrom" | "floppy") {
        return domain.remove_disk(&disk.target);
    }
    let node = domain.disk(&disk.target)?;
    let document = domain.document_mut();
    for name in ["source", "backingStore"] {
        if let Some(element) = document.child(node, name) {
            document.remove(element);
        }
    }
    Ok(())
}

/// What has to be known before.
fn notes(original: &Original, choices: &[super::DiskChoice], fates: &[Fate]) -> Vec<String> {
    let mut notes = Vec::new();
    if fates.contains(&Fate::Linked) && !original.is_template {
        notes.push(tr_f(
            "“{name}” becomes a template: its copies build on its disks, so it must never be started again.",
            &[("name", &original.name)],
        ));
    }
    for (choice, fate) in choices.iter().zip(fates) {
        if let (Fate::Share, Some(warning)) = (fate, &choice.warning) {
            notes.push(format!("{}: {warning}", choice.target));
        }
    }
    if original.is_saved {
        notes.push(tr("The saved state stays with the original; a copy starts anew."));
    }
    let Ok(domain) = Domain::parse(&original.definition) else {
        return notes;
    };
    notes.extend(domain.notes_of_copy());
    notes
}
