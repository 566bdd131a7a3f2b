//! Machines that go elsewhere: a bundle is a folder with everything that a machine needs.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{HostClient, Result, XmlFlags};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{ExportPlan, ImageFormat, is_plain_name, of_export};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::Volumes;
use crate::model::job::Job;
use crate::model::journal::{Entry, Made};
use crate::model::storage::{Reach, VolumeRef};
use crate::model::xml::domain::fields::{disk, os};
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::virt::connection::Connection;
use crate::virt::conversion::{self as converting, EXPORT, Export, Part};
use crate::virt::facts;
use crate::virt::journal::{Journal, Record};
use crate::virt::session::Crew;
use crate::virt::storage::temporary::Temporary;
use crate::virt::storage::{bring, volume};

/// Name of the firmware's settings in a bundle.
const SETTINGS: &str = "firmware.fd";

impl HostClient {
    /// What a bundle of a machine that is off would hold, and what of the machine it leaves out.
    ///
    /// # Errors
    /// As [`HostClient::export_machine`].
    pub async fn export_plan(&self, uuid: Uuid) -> Result<ExportPlan> {
        let is_saved = self.must_be_off(uuid).await?;
        let domain = parse(&self.plain_xml(uuid).await?)?;
        let disks = disks(&domain, &self.storage_now(EXPORT).await?)?;
        let (firmware, unread) = match settings(&domain) {
            Some(path) => match self.can_read(path.clone()).await {
                Ok(true) => (Some(path), None),
                // It never ran.
                Ok(false) => (None, None),
                Err(error) if error.kind == Kind::Unreachable => return Err(error),
                Err(error) => (None, Some(error.message)),
            },
            None => (None, None),
        };
        Ok(ExportPlan {
            left_out: of_export(&domain, is_saved, unread.as_deref()),
            disks: disks.into_iter().map(|(target, volume, _)| (target, volume)).collect(),
            firmware,
        })
    }

    /// Whether a file of the host is there and libvirt reads it.
    async fn can_read(&self, path: String) -> Result<bool> {
        let entry = self.entry(tr("Looking into a folder of the host"));
        let found = self.0.0.apart("look into folder", move |connection| {
            with_file(connection, entry, &path, |settings| {
                volume::read(connection, settings).map(|_| ())
            })
        });
        match found.await {
            Ok(()) => Ok(true),
            Err(error) if error.kind == Kind::Gone => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn plain_xml(&self, uuid: Uuid) -> Result<String> {
        let flags = XmlFlags {
            inactive: true,
            secure: false,
        };
        self.dump_xml(uuid, flags).await
    }

    /// Makes a bundle of a machine that is off: a new folder with its disks as qcow2, each with all that it builds on, its
    /// definition without passwords, and a list with checksums. Tells the folder.
    ///
    /// # Errors
    /// `Kind::Invalid` while it runs, for a disk that is in no pool, and where the folder is there already; what libvirt,
    /// `qemu-img` or the file system says; `Kind::Cancelled`. Nothing stays then.
    pub async fn export_machine(&self, uuid: Uuid, folder: PathBuf, job: Job) -> Result<PathBuf> {
        let plan = self.export_plan(uuid).await?;
        let xml = self.plain_xml(uuid).await?;
        let domain = parse(&xml)?;
        let name = domain.name();
        let chains = self.disk_chains(&domain).await?;
        drop(domain);
        let entry = self.entry(tr_f("Exporting {name}", &[("name", &name)]));
        let needed = room_for(&chains);
        let (record, export) = converting::aside(EXPORT, move || begun(entry, &folder, needed)).await?;
        let brought = self
            .bring_parts(uuid, chains, plan.firmware, export.place(), &job)
            .await;
        // Deleting large files takes its time.
        let work = move || {
            let made = match brought {
                Ok((parts, settings)) => converting::bundle(export, &name, &xml, &parts, settings, &job),
                Err(error) => {
                    drop(export);
                    Err(error)
                }
            };
            // Whatever happened, nothing is left half-done.
            record.end();
            made
        };
        converting::aside(EXPORT, work).await
    }

    /// The disks of a machine, each with all that it builds on.
    async fn disk_chains(&self, domain: &Domain) -> Result<Vec<(String, Vec<Link>)>> {
        let volumes = self.storage_now(EXPORT).await?;
        let mut chains = Vec::new();
        for (target, volume, format) in disks(domain, &volumes)? {
            let chain = self.chain(&target, volume, format, &volumes).await?;
            chains.push((target, chain));
        }
        Ok(chains)
    }

    /// Brings everything of a machine that is off into a folder of this computer.
    async fn bring_parts(
        &self,
        uuid: Uuid,
        chains: Vec<(String, Vec<Link>)>,
        firmware: Option<String>,
        place: &Path,
        job: &Job,
    ) -> Result<(Vec<Part>, Option<String>)> {
        let mut parts = Vec::new();
        for (target, chain) in chains {
            let mut part = Part {
                target,
                chain: Vec::new(),
            };
            for (number, link) in chain.into_iter().enumerate() {
                let file = place.join(format!(".{}-{number}", part.target));
                job.stage(tr_f("Downloading {name}", &[("name", &link.volume.name)]));
                self.download_volume(link.volume, file.clone(), Reach::default(), job.clone())
                    .await?;
                part.chain.push((file, link.format));
            }
            parts.push(part);
        }
        let settings = match firmware {
            Some(path) => {
                self.bring_settings(path, place.join(SETTINGS), job).await?;
                Some(SETTINGS.to_owned())
            }
            None => None,
        };
        // While it was read, somebody may have started it: then what was read is no state that ever was.
        self.must_be_off(uuid).await?;
        Ok((parts, settings))
    }

    /// Brings the settings of a firmware here, as plain bytes.
    async fn bring_settings(&self, path: String, file: PathBuf, job: &Job) -> Result<()> {
        let name = path.rsplit('/').next().unwrap_or_default();
        job.stage(tr_f("Downloading {name}", &[("name", name)]));
        let to = file.clone();
        let entry = self.entry(tr("Looking into a folder of the host"));
        let bring = self.0.0.in_turn("download", job.clone(), move |connection, job| {
            with_file(connection, entry, &path, |settings| {
                bring::download(connection, settings, &to, Reach::default(), job)
            })
        });
        bring.await?;
        let job = job.clone();
        converting::aside(EXPORT, move || converting::firmware(&file, &job)).await
    }

    /// A volume with those that it builds on, the topmost first.
    async fn chain(&self, target: &str, volume: VolumeRef, format: String, volumes: &Volumes) -> Result<Vec<Link>> {
        let mut chain = Vec::new();
        let mut seen = HashSet::new();
        let mut next = (volume, format);
        loop {
            if !seen.insert(next.0.clone()) {
                return Err(homeless(target));
            }
            let known = self.volume(next.0.clone()).await?;
            // What a guest wrote into plain sectors is no header.
            let backing = known.backing.filter(|_| next.1 != "raw");
            chain.push(Link {
                format: ImageFormat::named(&next.1).ok_or_else(|| unreadable(target, &next.1))?,
                bytes: known.allocation.or(known.capacity).unwrap_or(0),
                volume: next.0,
            });
            let Some(backing) = backing else { return Ok(chain) };
            let below = volume_at(volumes, &backing).ok_or_else(|| homeless(target))?;
            let format = self.volume(below.clone()).await?.format;
            next = (below, format.unwrap_or_else(|| "raw".into()));
        }
    }

    /// The volumes as they are at this moment: libvirt tells nobody of a new one.
    pub(super) async fn storage_now(&self, op: &'static str) -> Result<Volumes> {
        self.0
            .0
            .run(Crew::Queries, None, op, |connection| {
                connection.facts().doubt(ObjectKind::StoragePool);
                facts::storage(connection)
            })
            .await
    }

    /// Refuses a machine that runs, and tells whether its memory is saved.
    async fn must_be_off(&self, uuid: Uuid) -> Result<bool> {
        let machines = self.list().await?;
        let machine = machines.iter().find(|machine| machine.key.uuid == uuid);
        match machine {
            Some(machine) if machine.state.is_active() => Err(VirtError::own(
                Kind::Invalid,
                EXPORT,
                tr_f(
                    "{name} has to be off, so that its disks hold still.",
                    &[("name", &machine.name)],
                ),
            )),
            machine => Ok(machine.is_some_and(|machine| machine.managed_save)),
        }
    }
}

/// Does something with a file of the host, in whatever folder it is. That the folder is a pool meanwhile is noted.
fn with_file<T>(
    connection: &Connection,
    entry: Entry,
    path: &str,
    work: impl FnOnce(&VolumeRef) -> Result<T>,
) -> Result<T> {
    let mut entry = Some(entry);
    let mut record = None;
    let mut note = |made| {
        if let Some(entry) = entry.take() {
            record
                .insert(Journal::of_user().begun(entry, EXPORT)?)
                .note(made, EXPORT)?;
        }
        Ok(())
    };
    let result = Temporary::holding(connection, path, &mut note).and_then(|(folder, volume)| {
        let result = work(&volume);
        drop(folder);
        result
    });
    match &result {
        // Whether it is a pool still, nobody knows now.
        Err(error) if error.kind == Kind::Unreachable => drop(record),
        _ => record.map_or((), Record::end),
    }
    result
}

/// Makes the folder for a bundle, with an entry in the journal.
fn begun(entry: Entry, folder: &Path, needed: u64) -> Result<(Record, Export)> {
    converting::check_space_in(EXPORT, folder, needed)?;
    let mut record = Journal::of_user().begun(entry, EXPORT)?;
    match Export::new(folder, |path| record.note(Made::folder(path), EXPORT)) {
        Ok(export) => Ok((record, export)),
        Err(error) => {
            record.end();
            Err(error)
        }
    }
}

/// Space that disks take here, in bytes: all images, and the largest disk once more when it is converted.
fn room_for(chains: &[(String, Vec<Link>)]) -> u64 {
    let sizes = chains
        .iter()
        .map(|(_, chain)| chain.iter().map(|link| link.bytes).fold(0, u64::saturating_add));
    let all = sizes.clone().fold(0, u64::saturating_add);
    all.saturating_add(sizes.max().unwrap_or(0))
}

/// An image of a chain.
struct Link {
    volume: VolumeRef,
    format: ImageFormat,
    bytes: u64,
}

fn parse(xml: &str) -> Result<Domain> {
    Domain::parse(xml).map_err(|error| VirtError::own(Kind::Invalid, EXPORT, error.to_string()))
}

/// Path of the settings of the firmware.
fn settings(domain: &Domain) -> Option<String> {
    let document = domain.document();
    let path = document.get(document.root(), os::NVRAM)?.trim().to_owned();
    path.starts_with('/').then_some(path)
}

/// A disk of a definition by its target, with the volume that it is and QEMU's driver for it.
fn disks(domain: &Domain, volumes: &Volumes) -> Result<Vec<(String, VolumeRef, String)>> {
    let document = domain.document();
    let mut found = Vec::new();
    for node in domain.devices_of(DeviceKind::Disk) {
        let device = document.get(node, disk::DEVICE);
        if device.as_deref().is_some_and(|device| device != "disk") {
            continue;
        }
        let target = document.get(node, disk::TARGET).unwrap_or_default();
        // It becomes the name of a file, and the host may be a stranger.
        if !is_plain_name(&target) {
            return Err(homeless(&target));
        }
        let path = document
            .get(node, disk::SOURCE_FILE)
            .or_else(|| document.get(node, disk::SOURCE_DEV));
        let by_name = document
            .get(node, disk::SOURCE_POOL)
            .zip(document.get(node, disk::SOURCE_VOLUME));
        let volume = match (path, by_name) {
            (Some(path), _) => volume_at(volumes, &path),
            (None, by_name) => by_name.map(|(pool, name)| VolumeRef::new(pool, name)),
        };
        let format = document.get(node, disk::FORMAT).unwrap_or_else(|| "raw".into());
        let volume = volume.ok_or_else(|| homeless(&target))?;
        found.push((target, volume, format));
    }
    Ok(found)
}

/// A format that `qemu-img` is not given: one could name other files, or lead to a server.
fn unreadable(target: &str, format: &str) -> VirtError {
    let text = tr_f(
        "The disk {name}, or an image that it builds on, has a format that can’t be exported: {format}",
        &[("name", target), ("format", format)],
    );
    VirtError::own(Kind::Invalid, EXPORT, text)
}

fn homeless(target: &str) -> VirtError {
    let text = tr_f(
        "The disk {name}, or an image that it builds on, is in no storage pool that runs. Make a pool of its folder first.",
        &[("name", target)],
    );
    VirtError::own(Kind::Invalid, EXPORT, text)
}

fn volume_at(volumes: &Volumes, path: &str) -> Option<VolumeRef> {
    volumes.pools.iter().find_map(|(pool, all)| {
        let found = all.iter().find(|volume| volume.path == path)?;
        Some(VolumeRef::new(pool.clone(), found.name.clone()))
    })
}
