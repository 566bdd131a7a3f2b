//! Editing a machine on a host: its definition, the running machine, or both.

use uuid::Uuid;

use super::words::Plan;
use super::{Stop, changed, one_line, print_diff};
use crate::cli::host::{find, why};
use crate::model::action::LiveChange;
use crate::model::domain::DomainSummary;
use crate::model::error::{Kind, VirtError};
use crate::model::xml::domain::fields::general;
use crate::model::xml::domain::{DeviceKind, Domain, DomainChange};
use crate::model::xml::{self, NodeId, Refused};
use crate::virt::client::{HostClient, XmlFlags};

/// The definition to edit: with passwords, which a define without them would wipe, and of the next start.
const CONFIG: XmlFlags = XmlFlags {
    inactive: true,
    secure: true,
};
const LIVE: XmlFlags = XmlFlags {
    inactive: false,
    secure: false,
};

pub(in crate::cli) async fn run(host: &HostClient, plan: &Plan) -> Result<(), Stop> {
    let machines = host.list().await.map_err(|error| failed(&error))?;
    let machine = find(&machines, &plan.machine)?;
    let uuid = machine.key.uuid;
    let (persistent, active) = host.lives(uuid).await.map_err(|error| failed(&error))?;
    if plan.live && !active {
        return Err(Stop::refused("The machine is off: leave out --live."));
    }
    if plan.config && !persistent {
        return Err(Stop::refused(
            "the machine is transient: it has no definition but the running one; use --live",
        ));
    }
    let name = new_name(plan);
    if name.is_some() && (active || plan.live) {
        return Err(Stop::refused("A machine can be renamed only while it is off."));
    }
    if let Some(name) = &name
        && machines
            .iter()
            .any(|other| other.name == *name && other.key.uuid != uuid)
    {
        return Err(Stop::refused(one_line(&format!("there is a machine {name:?} already"))));
    }
    let config = match plan.config {
        true => Some(Edited::read(host, uuid, plan, CONFIG, None).await?),
        false => None,
    };
    let live = match plan.live {
        true => Some(Edited::read(host, uuid, plan, LIVE, config.as_ref()).await?),
        false => None,
    };
    if plan.diff {
        for (edited, when) in [(&config, "next start"), (&live, "running")] {
            if let Some(edited) = edited {
                let title = format!("{} ({when})", machine.name);
                print_diff(&edited.before, &edited.after, (&title, &title))?;
            }
        }
    }
    if plan.dry_run {
        return Ok(());
    }
    apply(host, plan, machine, config, live).await
}

/// What libvirt says, on one line.
fn failed(error: &VirtError) -> Stop {
    match error.kind {
        Kind::AuthCancelled => Stop::refused(why(error)),
        _ => Stop::refused(one_line(&error.message)),
    }
}

/// A definition before and after, with what the running machine has to be told.
struct Edited {
    before: Domain,
    after: Domain,
    /// In the order in which they are done, each with what takes it back.
    steps: Vec<(LiveChange, LiveChange)>,
}

impl Edited {
    /// Reads a definition and makes the changes. `model` is the definition of the next start where that is changed, too:
    /// new devices of the running machine are the same ones.
    async fn read(
        host: &HostClient,
        uuid: Uuid,
        plan: &Plan,
        flags: XmlFlags,
        model: Option<&Self>,
    ) -> Result<Self, Stop> {
        let text = host.dump_xml(uuid, flags).await.map_err(|error| failed(&error))?;
        let before = Domain::parse(&text)
            .map_err(|error| Stop::refused(one_line(&format!("the host's definition: {error}"))))?;
        if before.uuid() != Some(uuid) {
            return Err(Stop::refused("The host gave the definition of another machine."));
        }
        if flags.inactive {
            let after = changed(&before, &plan.changes)?;
            return Ok(Self {
                before,
                after,
                steps: Vec::new(),
            });
        }
        let new_devices = model
            .map(|model| new_devices(&model.before, &plan.changes))
            .transpose()?;
        let mut new_devices = new_devices.unwrap_or_default().into_iter();
        let (mut after, mut steps) = (before.clone(), Vec::new());
        for change in &plan.changes {
            steps.extend(live_step(&mut after, change, new_devices.next())?);
        }
        // Devices first: plugging is what fails, and what is hard to take back.
        steps.sort_by_key(|(step, _)| !matches!(step, LiveChange::Attach(_) | LiveChange::Detach(_)));
        Ok(Self { before, after, steps })
    }
}

/// The devices that each of these changes adds, controllers before what hangs on them.
fn new_devices(before: &Domain, changes: &[DomainChange]) -> Result<Vec<Vec<String>>, Stop> {
    let mut domain = before.clone();
    changes
        .iter()
        .map(|change| added(&mut domain, |domain| change.apply(domain)))
        .collect()
}

/// What `change` adds to the devices.
fn added(domain: &mut Domain, change: impl FnOnce(&mut Domain) -> Result<(), Refused>) -> Result<Vec<String>, Stop> {
    let known: Vec<NodeId> = domain.devices().map(|device| device.node).collect();
    change(domain)?;
    let mut new: Vec<_> = domain
        .devices()
        .filter(|device| !known.contains(&device.node))
        .collect();
    new.sort_by_key(|device| device.kind != DeviceKind::Controller);
    Ok(new
        .into_iter()
        .map(|device| domain.document().source(device.node))
        .collect())
}

/// What a change means to a running machine, each step with its reverse; the copy of its definition is changed along.
fn live_step(
    domain: &mut Domain,
    change: &DomainChange,
    devices: Option<Vec<String>>,
) -> Result<Vec<(LiveChange, LiveChange)>, Stop> {
    let next_start = |what: &str| {
        Err(Stop::refused(format!(
            "{what} can change only for the next start: leave out --live."
        )))
    };
    let count = |count: u64| u32::try_from(count).map_err(|_| Stop::refused("Too many virtual CPUs."));
    let text = |domain: &Domain, field| {
        domain
            .document()
            .get(domain.document().root(), field)
            .unwrap_or_default()
    };
    let step = match change {
        DomainChange::Nothing => return Ok(Vec::new()),
        DomainChange::Memory(_) => return next_start("The memory that the machine starts with"),
        DomainChange::MaxVcpus(_) => return next_start("The maximum of virtual CPUs"),
        DomainChange::Name(_) => return next_start("The name"),
        DomainChange::Boot(_) => return next_start("The boot order"),
        DomainChange::CurrentMemory(kib) => {
            let old = domain.current_memory_kib().unwrap_or(*kib);
            (LiveChange::Memory(*kib), LiveChange::Memory(old))
        }
        DomainChange::Vcpus(new) => (
            LiveChange::Vcpus(count(*new)?),
            LiveChange::Vcpus(count(domain.vcpus())?),
        ),
        DomainChange::Title(new) => (
            LiveChange::Title(new.clone()),
            LiveChange::Title(text(domain, general::TITLE)),
        ),
        DomainChange::Description(new) => (
            LiveChange::Description(new.clone()),
            LiveChange::Description(text(domain, general::DESCRIPTION)),
        ),
        DomainChange::Metadata { key, uri, xml } => {
            let old = domain
                .metadata(uri)
                .map(|id| domain.document().source(id))
                .unwrap_or_default();
            let (key, uri) = (key.clone(), uri.clone());
            let back = LiveChange::Metadata {
                key: key.clone(),
                uri: uri.clone(),
                xml: old,
            };
            (
                LiveChange::Metadata {
                    key,
                    uri,
                    xml: xml.clone(),
                },
                back,
            )
        }
        DomainChange::AddDisk(_) | DomainChange::AddNic(_) | DomainChange::AddDevice(_) => {
            let new = added(domain, |domain| match devices {
                Some(devices) => devices
                    .iter()
                    .try_for_each(|device| domain.add_device(device).map(drop)),
                None => change.apply(domain),
            })?;
            return Ok(new
                .into_iter()
                .map(|xml| (LiveChange::Attach(xml.clone()), LiveChange::Detach(xml)))
                .collect());
        }
        DomainChange::RemoveDisk(target) => removed(domain.document().source(domain.disk(target)?)),
        DomainChange::RemoveNic(mac) => removed(domain.document().source(domain.nic(mac)?)),
    };
    change.apply(domain)?;
    Ok(vec![step])
}

fn removed(xml: String) -> (LiveChange, LiveChange) {
    (LiveChange::Detach(xml.clone()), LiveChange::Attach(xml))
}

/// The last new name, if there is one.
fn new_name(plan: &Plan) -> Option<String> {
    plan.changes.iter().rev().find_map(|change| match change {
        DomainChange::Name(name) => Some(name.clone()),
        _ => None,
    })
}

/// Something that was done, to be taken back when a later step fails.
enum Undo {
    Autostart(bool),
    Definition(String),
    Name(String),
    Live(LiveChange),
}

/// Does everything, or takes back what was done.
async fn apply(
    host: &HostClient,
    plan: &Plan,
    machine: &DomainSummary,
    config: Option<Edited>,
    live: Option<Edited>,
) -> Result<(), Stop> {
    let mut undo = Vec::new();
    let done = steps(host, plan, machine, config, live, &mut undo).await;
    let Err(stop) = done else { return Ok(()) };
    let uuid = machine.key.uuid;
    for step in undo.into_iter().rev() {
        let back = match step {
            Undo::Autostart(old) => host.set_autostart(uuid, old).await,
            Undo::Definition(old) => host.define(uuid, old, false).await,
            Undo::Name(old) => host.rename(uuid, old).await,
            Undo::Live(step) => host.change_live(uuid, step).await,
        };
        if let Err(error) = back {
            let text = format!(
                "{}; and what was done before could not be taken back: {error}",
                stop.text
            );
            return Err(Stop::refused(one_line(&text)));
        }
    }
    Err(stop)
}

async fn steps(
    host: &HostClient,
    plan: &Plan,
    machine: &DomainSummary,
    config: Option<Edited>,
    live: Option<Edited>,
    undo: &mut Vec<Undo>,
) -> Result<(), Stop> {
    let uuid = machine.key.uuid;
    if let Some(autostart) = plan.autostart.filter(|autostart| *autostart != machine.autostart) {
        host.set_autostart(uuid, autostart)
            .await
            .map_err(|error| failed(&error))?;
        undo.push(Undo::Autostart(machine.autostart));
    }
    if let Some(config) = &config {
        define(host, uuid, plan, config, undo).await?;
    }
    if let Some(name) = new_name(plan).filter(|name| *name != machine.name) {
        host.rename(uuid, name).await.map_err(|error| failed(&error))?;
        undo.push(Undo::Name(machine.name.clone()));
    }
    for (step, back) in live.into_iter().flat_map(|live| live.steps) {
        host.change_live(uuid, step).await.map_err(|error| failed(&error))?;
        undo.push(Undo::Live(back));
    }
    Ok(())
}

/// Defines what was edited, together with what others have changed meanwhile.
async fn define(host: &HostClient, uuid: Uuid, plan: &Plan, config: &Edited, undo: &mut Vec<Undo>) -> Result<(), Stop> {
    // The name is changed by a call of its own: defining another one under the same UUID is refused.
    let plain: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| !matches!(change, DomainChange::Name(_)))
        .cloned()
        .collect();
    let ours = if plain.len() == plan.changes.len() {
        config.after.clone()
    } else {
        changed(&config.before, &plain)?
    };
    let base = config.before.document();
    if ours.document().to_string() == base.to_string() {
        return Ok(());
    }
    let now = host.dump_xml(uuid, CONFIG).await.map_err(|error| failed(&error))?;
    let merged = if now == base.to_string() {
        ours.into_document()
    } else {
        let theirs = Domain::parse(&now).map_err(|error| Stop::refused(one_line(&error.to_string())))?;
        xml::merge(base, ours.document(), theirs.document()).map_err(|conflicts| {
            let places: Vec<_> = conflicts.into_iter().map(|conflict| conflict.place).collect();
            let text = format!("somebody else has changed the machine meanwhile: {}", places.join(", "));
            Stop::refused(one_line(&text))
        })?
    };
    host.define(uuid, merged.to_string(), plan.validate)
        .await
        .map_err(|error| {
            let stop = failed(&error);
            Stop::refused(one_line(&stop.text))
        })?;
    undo.push(Undo::Definition(now));
    // What libvirt has made of it is told; that it cannot be read any more takes nothing back.
    if let Ok(text) = host.dump_xml(uuid, CONFIG).await
        && let Ok(defined) = Domain::parse(&text)
    {
        for difference in xml::differences(&merged, defined.document()) {
            if difference.before.is_some() {
                let what = if difference.after.is_some() {
                    "changed"
                } else {
                    "left out"
                };
                eprintln!("libvirt has {what} {}", one_line(&difference.place));
            }
        }
    }
    Ok(())
}
