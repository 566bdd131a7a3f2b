//! `vireo create`: a machine from the command line, on the same recipe as the window.

mod report;
mod words;

use std::path::PathBuf;

use uuid::Uuid;

pub use words::{CreateWords, GuestWords};

use super::host::why;
use super::{Stop, job, print};
use crate::model::creation::unattended::{Prepared, Setting};
use crate::model::creation::{
    ImageRef, Installation, Order, Plan, Problem, Remedy, Source, Surroundings, Weight, plan, problems, suggested_name,
};
use crate::model::domain::{DomainState, DomainSummary};
use crate::model::event::{DomainNews, HostEvent};
use crate::model::facts::{HostFacts, Volumes};
use crate::model::os::{Os, Recognised, download, guess};
use crate::model::xml::domain::Domain;
use crate::virt::client::{FINISHED_START, HostClient, XmlFlags, osinfo};

/// What is known when the plan is made.
struct World {
    facts: HostFacts,
    os: Option<Os>,
    recognised: Option<Recognised>,
    volumes: Option<Volumes>,
    machines: Vec<String>,
    prepared: Option<Prepared>,
}

impl World {
    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            facts: &self.facts,
            os: self.os.as_ref(),
            recognised: self.recognised.as_ref(),
            volumes: self.volumes.as_ref(),
            machines: &self.machines,
            prepared: self.prepared.as_ref(),
        }
    }
}

/// Makes the machine, or prints what would be made.
pub(super) async fn create(
    host: &HostClient,
    words: &CreateWords,
    news: &async_channel::Receiver<HostEvent>,
) -> Result<(), Stop> {
    let mut order = words.order()?;
    let mut world = look(host, words, &mut order).await?;
    if order.name.is_empty() && !matches!(order.source, Source::Xml(_)) {
        let container = matches!(order.source, Source::Container(_));
        order.name = suggested_name(world.os.as_ref(), container, &world.machines);
    }
    world.prepared = prepare(&order, &world).await?;
    let plan = plan(&order, &world.around()).map_err(|problem| Stop::refused(print::safe(&problem.text)))?;
    let mut found = problems(&order, &world.around());
    let asked = host.examine(order.clone(), plan.clone()).await;
    for problem in asked.map_err(|error| Stop::refused(why(&error)))? {
        if !found.contains(&problem) {
            found.push(problem);
        }
    }
    if words.dry_run {
        tell(&found, |_| true);
        let text = if words.json {
            pretty(&report::json(&plan, &found, None))
        } else {
            report::text(&plan)
        };
        return print::wanted(&text).map(|_| ());
    }
    tell(&found, |problem| problem.weight != Weight::Error);
    let errors: Vec<String> = found
        .iter()
        .filter(|one| one.weight == Weight::Error)
        .map(sentence)
        .collect();
    if !errors.is_empty() {
        return Err(Stop::refused(errors.join("\n")));
    }
    carry_out(host, words, plan, &found, news).await
}

async fn carry_out(
    host: &HostClient,
    words: &CreateWords,
    plan: Plan,
    found: &[Problem],
    news: &async_channel::Receiver<HostEvent>,
) -> Result<(), Stop> {
    let made = job::follow(|job| host.create_machine(plan.clone(), job)).await;
    let uuid = made.map_err(|error| Stop::refused(why(&error)))?;
    if words.wait {
        wait(host, uuid, news).await?;
    }
    let text = if words.json {
        pretty(&report::json(&plan, found, Some(uuid)))
    } else {
        format!("{} ({uuid})", print::safe(&plan.name))
    };
    print::wanted(&text).map(|_| ())
}

/// Waits until the guest has ended, then does what is left to do.
async fn wait(host: &HostClient, uuid: Uuid, news: &async_channel::Receiver<HostEvent>) -> Result<(), Stop> {
    let installs = is_noted(host, uuid).await;
    loop {
        let machine = machine(host, uuid).await?;
        // A window may have finished the installation.
        if installs && !is_noted(host, uuid).await {
            return Ok(());
        }
        if machine.state == DomainState::Off {
            // Nothing is left to do.
            if !installs {
                return Ok(());
            }
            match host.finish_installation(uuid, true).await {
                Ok(true) => return Ok(()),
                // Its installer goes on, or a window has just seen to that and starts it now.
                Ok(false) => {}
                // By whoever was quicker.
                Err(error) if error.op == FINISHED_START && runs(host, uuid).await => continue,
                Err(error) => return Err(Stop::refused(why(&error))),
            }
        }
        // Anything may be the news that it has ended.
        match news.recv().await {
            Ok(HostEvent::Domain {
                key,
                news: DomainNews::Rebooted,
                ..
            }) if key.uuid == uuid => {
                match host.after_restart(uuid).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    // A guest may hold the tray closed: the media are taken out when the machine is off.
                    Err(error) => eprintln!("vireo: {}", print::safe(&why(&error))),
                }
            }
            Ok(_) => {}
            Err(_) => return Err(Stop::refused("The connection was closed.")),
        }
    }
}

/// The machine as it is now.
async fn machine(host: &HostClient, uuid: Uuid) -> Result<DomainSummary, Stop> {
    let machines = host.list().await.map_err(|error| Stop::refused(why(&error)))?;
    let machine = machines.into_iter().find(|machine| machine.key.uuid == uuid);
    machine.ok_or_else(|| Stop::refused("The machine is gone."))
}

async fn runs(host: &HostClient, uuid: Uuid) -> bool {
    machine(host, uuid).await.is_ok_and(|machine| machine.state.is_active())
}

/// Whether something is left to do when the guest is installed. What cannot be read may say so.
async fn is_noted(host: &HostClient, uuid: Uuid) -> bool {
    let flags = XmlFlags {
        inactive: true,
        ..XmlFlags::default()
    };
    let Ok(text) = host.dump_xml(uuid, flags).await else {
        return true;
    };
    Domain::parse(&text).map_or(true, |domain| {
        // One about another machine came with a definition from elsewhere.
        Installation::read(&domain).is_some_and(|note| note.machine == Some(uuid))
    })
}

/// Finds out what the order does not say.
async fn look(host: &HostClient, words: &CreateWords, order: &mut Order) -> Result<World, Stop> {
    let refused = |error| Stop::refused(why(&error));
    let systems = osinfo::all().await;
    let recognised = match words.os {
        Some(_) => None,
        None => recognise(host, order).await,
    };
    let os = match (&words.os, &systems) {
        (Some(wanted), Some(systems)) => {
            let found = systems.iter().find(|os| os.short_id == *wanted || os.id == *wanted);
            Some(found.ok_or_else(|| {
                Stop::usage(format!(
                    "{wanted:?} is no operating system that is known. “osinfo-query os” lists them."
                ))
            })?)
        }
        (Some(_), None) => {
            return Err(Stop::refused(
                "The database of operating systems is not installed (osinfo-db).",
            ));
        }
        (None, Some(systems)) => recognised
            .as_ref()
            .and_then(|recognised| systems.iter().find(|os| os.id == recognised.os)),
        (None, None) => None,
    };
    let os = os.cloned();
    order.os = os.as_ref().map(|os| os.id.clone());
    let facts = host.creation_facts(order.clone(), os.clone()).await.map_err(refused)?;
    let machines = host.list().await.map_err(refused)?;
    Ok(World {
        facts,
        os,
        recognised,
        // A host without storage pools has none.
        volumes: host.storage().await.ok(),
        machines: machines.into_iter().map(|machine| machine.name).collect(),
        prepared: None,
    })
}

async fn recognise(host: &HostClient, order: &Order) -> Option<Recognised> {
    let image = match &order.source {
        Source::Media(image) | Source::Disk(image) | Source::Cloud { image, .. } => image,
        Source::Tree { url, .. } => return osinfo::recognise_tree(url.clone()).await,
        _ => return None,
    };
    match image {
        ImageRef::Upload { file, .. } => osinfo::recognise(file.clone()).await,
        ImageRef::Path(path) | ImageRef::Volume { path, .. } => {
            let file = PathBuf::from(path);
            if file.exists() {
                return osinfo::recognise(file).await;
            }
            host.recognise_volume(path.clone()).await.ok().flatten()
        }
        ImageRef::Download { url, .. } => {
            let all = osinfo::all().await?;
            download::recognise(&all, url).or_else(|| guess::by_name(&all, url))
        }
    }
}

/// The script of an installation without questions.
async fn prepare(order: &Order, world: &World) -> Result<Option<Prepared>, Stop> {
    let Some(wanted) = &order.unattended else {
        return Ok(None);
    };
    let Some(os) = &world.os else {
        return Err(Stop::usage(
            "Which operating system? Name it with --os, for its installer's script.",
        ));
    };
    let medium = match &order.source {
        Source::Media(ImageRef::Upload { file, .. }) => Some(file.clone()),
        Source::Media(ImageRef::Path(path)) => Some(PathBuf::from(path)).filter(|file| file.exists()),
        _ => None,
    };
    let windows = os.family.starts_with("win");
    let setting = Setting {
        machine: order.name.clone(),
        os: os.id.clone(),
        arch: world.facts.kind.arch.clone().unwrap_or_else(|| "x86_64".to_owned()),
        disk: if windows { "C" } else { "/dev/vda" }.to_owned(),
        tree: match &order.source {
            Source::Tree { url, .. } => Some(url.clone()),
            _ => None,
        },
        medium,
    };
    let prepared = osinfo::unattended(wanted.clone(), setting).await;
    prepared.map(Some).map_err(|error| Stop::refused(why(&error)))
}

fn sentence(problem: &Problem) -> String {
    let mut text = print::safe(&problem.text);
    if let Some(Remedy::Grant(commands)) = &problem.remedy {
        for command in commands {
            text.push_str("\n  ");
            text.push_str(&print::safe(command));
        }
    }
    text
}

fn tell(found: &[Problem], which: impl Fn(&Problem) -> bool) {
    for problem in found.iter().filter(|problem| which(problem)) {
        eprintln!("vireo: {}", sentence(problem));
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
