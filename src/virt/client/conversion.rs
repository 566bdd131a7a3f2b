//! Machines from elsewhere, and machines that go there.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{HostClient, Result};
use crate::i18n::{tr, tr_f};
use crate::model::conversion::{self, Appliance, Converter, Foreign, ImportWish};
use crate::model::creation::{NetworkWish, Order, Plan, Problem, Surroundings, Weight, usual_network};
use crate::model::error::{Kind, VirtError};
use crate::model::facts::{HostFacts, Volumes};
use crate::model::job::Job;
use crate::model::journal::Made;
use crate::model::os::{Os, catalogue, guess};
use crate::virt::conversion::{self as converting, IMPORT, Workplace, v2v};
use crate::virt::journal::{Journal, Record};
use crate::virt::osinfo;

/// What a file of this computer offers: an OVA or OVF of another program, a bundle that [`HostClient::export_machine`] made, or
/// one disk image in any format, packed or not.
///
/// # Errors
/// `Kind::Invalid` with what is wrong with it, in the words of the user.
pub async fn inspect_appliance(file: PathBuf) -> Result<Appliance> {
    converting::aside(IMPORT, move || converting::inspect(&file)).await
}

/// Whether virt-v2v, which gives guests of other programs their drivers, is installed on this computer.
pub async fn has_virt_v2v() -> bool {
    converting::aside(IMPORT, || Ok(v2v::is_installed()))
        .await
        .unwrap_or(false)
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

/// Disks that were converted on this computer.
struct Converted {
    appliance: Appliance,
    files: Vec<PathBuf>,
    place: Workplace,
    record: Record,
}

/// Converts the disks of an appliance, on a thread that may wait; everything is noted before it is made.
fn converted(
    mut record: Record,
    file: &Path,
    appliance: Appliance,
    names: &[String],
    (converter, format): (Converter, &str),
    job: &Job,
) -> Result<Converted> {
    let place = Workplace::new(IMPORT, |path| record.note(Made::folder(path), IMPORT));
    let made = place.and_then(|place| {
        let made = match converter {
            Converter::QemuImg => {
                converting::convert(file, &appliance, names, format, place.path(), job).map(|files| (appliance, files))
            }
            Converter::VirtV2v => v2v::convert(file, &appliance, format, place.path(), job),
        };
        made.map(|made| (made, place))
    });
    match made {
        Ok(((appliance, files), place)) => Ok(Converted {
            appliance,
            files,
            place,
            record,
        }),
        Err(error) => {
            record.end();
            Err(error)
        }
    }
}

/// What is wanted of a machine that virt-v2v has made.
fn here(wish: ImportWish, made: &Appliance, facts: &HostFacts) -> ImportWish {
    let network = match wish.network {
        NetworkWish::Usual if made.nics == Some(0) => NetworkWish::None,
        NetworkWish::Usual => usual_network(facts),
        other => other,
    };
    ImportWish { network, ..wish }
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
        problems.extend(conversion::without_settings(&appliance, pool));
        problems.extend(conversion::not_here(&appliance, &wish, &around.facts));
        if wish.converter == Converter::VirtV2v && !has_virt_v2v().await {
            problems.push(Problem {
                weight: Weight::Error,
                row: "source",
                text: tr("The program virt-v2v is not installed on this computer."),
                remedy: None,
            });
        }
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
        let entry = self.entry(title);
        let converter = wish.converter;
        let work = {
            let (appliance, job) = (appliance.clone(), job.clone());
            move || {
                let record = Journal::of_user().begun(entry, IMPORT)?;
                converted(record, &file, appliance, &names, (converter, format), &job)
            }
        };
        let Converted {
            appliance,
            files,
            place,
            record,
        } = converting::aside(IMPORT, work).await?;
        let wish = match converter {
            // The names of the other program's networks say nothing here.
            Converter::VirtV2v => here(wish, &appliance, &around.facts),
            Converter::QemuImg => wish,
        };
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
}
