//! Machines from elsewhere, and machines that go there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{HostClient, Result, XmlFlags};
use crate::i18n::tr_f;
use crate::model::conversion::{self, Appliance, Foreign, ImportWish};
use crate::model::creation::{Order, Plan, Problem, Surroundings, Weight};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::{HostFacts, Volumes};
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::os::{Os, catalogue, guess};
use crate::model::storage::{Reach, VolumeRef};
use crate::model::xml::domain::fields::disk;
use crate::model::xml::domain::{DeviceKind, Domain};
use crate::virt::conversion::{self as converting, EXPORT, Export, IMPORT, Part, Workplace};
use crate::virt::facts;
use crate::virt::journal::{Journal, Record};
use crate::virt::osinfo;
use crate::virt::session::Crew;

/// What a file of this computer offers: an OVA or OVF of another program, a bundle that [`HostClient::export_machine`] made, or
/// one disk image in any format, packed or not.
///
/// # Errors
/// `Kind::Invalid` with what is wrong with it, in the words of the user.
pub async fn inspect_appliance(file: PathBuf) -> Result<Appliance> {
    converting::aside(IMPORT, move || converting::inspect(&file)).await
}

/// What a host has for an import.
struct Around {
    facts: HostFacts,
    os: Option<Os>,
    volumes: Volumes,
    machines: Vec<String>,
}

impl Around {
    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            os: self.os.as_ref(),
            volumes: Some(&self.volumes),
            machines: &self.machines,
            ..Surroundings::new(&self.facts)
        }
    }
}

fn refused(problem: Problem) -> VirtError {
    VirtError::own(Kind::Invalid, IMPORT, problem.text)
}

fn noted(error: std::io::Error, op: &'static str) -> VirtError {
    VirtError::own(Kind::Other, op, error.to_string())
}

impl HostClient {
    /// What an import would make, without anything being converted or made: in `files` of the plan, the files are not there
    /// yet. With it, what speaks against it.
    ///
    /// # Errors
    /// Where there can be no plan; what libvirt says.
    pub async fn plan_import(&self, appliance: Appliance, wish: ImportWish) -> Result<(Plan, Vec<Problem>)> {
        let around = self.around_import(&appliance, &wish).await?;
        let (_, names) = conversion::volumes(&appliance, &wish, &around.surroundings()).map_err(refused)?;
        let files: Vec<PathBuf> = names.into_iter().map(PathBuf::from).collect();
        let plan = conversion::plan(&appliance, &files, &wish, &around.surroundings()).map_err(refused)?;
        // The files are looked at when they are there.
        let bare = Plan {
            files: Vec::new(),
            ..plan.clone()
        };
        let order = Order {
            name: plan.name.clone(),
            network: wish.network.clone(),
            ..Order::default()
        };
        let mut problems = self.examine(order, bare).await?;
        let pool = conversion::pool(&wish, &around.surroundings()).map_err(refused)?;
        problems.extend(conversion::room(&appliance, pool));
        let least = appliance
            .disks
            .iter()
            .map(|disk| disk.size)
            .fold(0, u64::saturating_add);
        let here = converting::aside(IMPORT, move || converting::check_space(least)).await;
        problems.extend(here.err().map(|error| Problem {
            weight: Weight::Error,
            row: "source",
            text: error.message,
            remedy: None,
        }));
        Ok((plan, problems))
    }

    /// Makes a machine of what a file offers: its disks are converted on this computer, then brought to the host. A cancel or
    /// failure at any moment takes back everything that was made.
    ///
    /// # Errors
    /// What is wrong with the file, what `qemu-img` or libvirt says; `Kind::Unsupported` without `qemu-img`; `Kind::Cancelled`.
    pub async fn import_machine(
        &self,
        file: PathBuf,
        appliance: Appliance,
        wish: ImportWish,
        job: Job,
    ) -> Result<Uuid> {
        let around = self.around_import(&appliance, &wish).await?;
        let (format, names) = conversion::volumes(&appliance, &wish, &around.surroundings()).map_err(refused)?;
        // What stands in the way is said before an hour of converting.
        let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        conversion::plan(&appliance, &paths, &wish, &around.surroundings()).map_err(refused)?;
        let pool = conversion::pool(&wish, &around.surroundings()).map_err(refused)?;
        let short = conversion::room(&appliance, pool).filter(|problem| problem.weight == Weight::Error);
        short.map_or(Ok(()), |problem| Err(refused(problem)))?;
        let name = conversion::name(&appliance, &wish, &around.machines);
        let title = tr_f("Importing {name}", &[("name", &name)]);
        let mut record = Journal::of_user()
            .begin(self.entry(title))
            .map_err(|error| noted(error, IMPORT))?;
        let work = {
            let (appliance, job) = (appliance.clone(), job.clone());
            move || {
                let place = Workplace::new(IMPORT)?;
                for name in &names {
                    let path = place.path().join(name).display().to_string();
                    let made = Made::File { path };
                    record.will_make(made).map_err(|error| noted(error, IMPORT))?;
                }
                let made = converting::convert(&file, &appliance, &names, format, place.path(), &job);
                match made {
                    Ok(files) => Ok((files, place, record)),
                    Err(error) => {
                        drop(place);
                        record.end();
                        Err(error)
                    }
                }
            }
        };
        let (files, place, record) = converting::aside(IMPORT, work).await?;
        let result = match conversion::plan(&appliance, &files, &wish, &around.surroundings()) {
            Ok(plan) => self.create_machine(plan, job).await,
            Err(problem) => Err(refused(problem)),
        };
        // Deleting large files takes its time.
        let _ = converting::aside(IMPORT, move || {
            drop(place);
            record.end();
            Ok(())
        })
        .await;
        result
    }

    async fn around_import(&self, appliance: &Appliance, wish: &ImportWish) -> Result<Around> {
        let all = osinfo::all().await.unwrap_or_default();
        let told = appliance.os.as_deref().unwrap_or(&appliance.name);
        let os = guess::by_text(&all, told).and_then(|found| catalogue::find(&all, &found.os).cloned());
        // One that is not known by its name has no drivers for virtio all the same.
        let windows = || catalogue::find(&all, "http://microsoft.com/win/10").cloned();
        let is_windows = appliance.foreign == Some(Foreign::Windows);
        let os = os.or_else(|| is_windows.then(windows).flatten());
        let order = Order {
            network: wish.network.clone(),
            ..Order::default()
        };
        let machines = self.list().await?;
        Ok(Around {
            facts: self.creation_facts(order, os.clone()).await?,
            os,
            volumes: self.storage_now(IMPORT).await?,
            machines: machines.into_iter().map(|machine| machine.name).collect(),
        })
    }

    /// The disks that a bundle of a machine would hold, by their targets. Without those that are only media.
    ///
    /// # Errors
    /// As [`HostClient::export_machine`].
    pub async fn export_disks(&self, uuid: Uuid) -> Result<Vec<(String, VolumeRef)>> {
        self.must_be_off(uuid).await?;
        let flags = XmlFlags {
            inactive: true,
            secure: false,
        };
        let xml = self.dump_xml(uuid, flags).await?;
        let disks = disks(&xml, &self.storage_now(EXPORT).await?)?;
        Ok(disks.into_iter().map(|(target, volume, _)| (target, volume)).collect())
    }

    /// Makes a bundle of a machine that is off: a new folder with its disks as qcow2, each with all that it builds on, its
    /// definition without passwords, and a list with checksums. Tells the folder.
    ///
    /// # Errors
    /// `Kind::Invalid` while it runs, for a disk that is in no pool, and where the folder is there already; what libvirt,
    /// `qemu-img` or the file system says; `Kind::Cancelled`. Nothing stays then.
    pub async fn export_machine(&self, uuid: Uuid, folder: PathBuf, job: Job) -> Result<PathBuf> {
        self.must_be_off(uuid).await?;
        let flags = XmlFlags {
            inactive: true,
            secure: false,
        };
        let xml = self.dump_xml(uuid, flags).await?;
        let name = Domain::parse(&xml).map(|domain| domain.name()).unwrap_or_default();
        let title = tr_f("Exporting {name}", &[("name", &name)]);
        let mut record = Journal::of_user()
            .begin(self.entry(title))
            .map_err(|error| noted(error, EXPORT))?;
        let made = self.fill_bundle(uuid, &folder, xml, &mut record, job).await;
        // Whatever happened, nothing is left half-done.
        record.end();
        made
    }

    async fn fill_bundle(
        &self,
        uuid: Uuid,
        folder: &Path,
        xml: String,
        record: &mut Record,
        job: Job,
    ) -> Result<PathBuf> {
        let volumes = self.storage_now(EXPORT).await?;
        let name = Domain::parse(&xml).map(|domain| domain.name()).unwrap_or_default();
        let disks = disks(&xml, &volumes)?;
        let export = Export::new(folder)?;
        let mut parts = Vec::new();
        for (target, volume, format) in disks {
            let chain = self.chain(&target, volume, format, &volumes).await?;
            let mut part = Part {
                target,
                chain: Vec::new(),
            };
            for (number, (volume, driver)) in chain.into_iter().enumerate() {
                let file = export.folder().join(format!(".{}-{number}", part.target));
                let made = Made::File {
                    path: file.display().to_string(),
                };
                record.will_make(made).map_err(|error| noted(error, EXPORT))?;
                job.stage(tr_f("Downloading {name}", &[("name", &volume.name)]));
                self.download_volume(volume, file.clone(), Reach::default(), job.clone())
                    .await?;
                part.chain.push((file, driver));
            }
            parts.push(part);
        }
        // While it was read, somebody may have started it: then what was read is no state that ever was.
        self.must_be_off(uuid).await?;
        converting::aside(EXPORT, move || converting::bundle(export, &name, &xml, &parts, &job)).await
    }

    /// A volume with those that it builds on, the topmost first, and QEMU's driver for each.
    async fn chain(
        &self,
        target: &str,
        volume: VolumeRef,
        format: String,
        volumes: &Volumes,
    ) -> Result<Vec<(VolumeRef, String)>> {
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
            chain.push(next);
            let Some(backing) = backing else { return Ok(chain) };
            let below = volume_at(volumes, &backing).ok_or_else(|| homeless(target))?;
            let format = self.volume(below.clone()).await?.format;
            next = (below, format.unwrap_or_else(|| "raw".into()));
        }
    }

    /// The volumes as they are at this moment: libvirt tells nobody of a new one.
    async fn storage_now(&self, op: &'static str) -> Result<Volumes> {
        self.0
            .0
            .run(Crew::Queries, None, op, |connection| {
                connection.facts().doubt(ObjectKind::StoragePool);
                facts::storage(connection)
            })
            .await
    }

    async fn must_be_off(&self, uuid: Uuid) -> Result<()> {
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
            _ => Ok(()),
        }
    }
}

/// A disk of a definition by its target, with the volume that it is and QEMU's driver for it.
fn disks(xml: &str, volumes: &Volumes) -> Result<Vec<(String, VolumeRef, String)>> {
    let domain = Domain::parse(xml).map_err(|error| VirtError::own(Kind::Invalid, EXPORT, error.to_string()))?;
    let document = domain.document();
    let mut found = Vec::new();
    for node in domain.devices_of(DeviceKind::Disk) {
        let device = document.get(node, disk::DEVICE);
        if device.as_deref().is_some_and(|device| device != "disk") {
            continue;
        }
        let target = document.get(node, disk::TARGET).unwrap_or_default();
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
