//! Editing a machine on a host: its definition, the running machine, or both, over the code that the pages use.

use uuid::Uuid;

use super::words::Plan;
use super::{Stop, changed, one_line, print_diff};
use crate::cli::host::{find, why};
use crate::model::action::LiveChange;
use crate::model::domain::DomainSummary;
use crate::model::error::{Kind, VirtError};
use crate::model::hardware::apply::{Defined, Redefined};
use crate::model::hardware::plan::{Step, Timing, plan as changes_of};
use crate::model::xml::domain::{DeviceKind, Domain, DomainChange};
use crate::model::xml::{NodeId, Refused};
use crate::virt::client::HostClient;

pub(in crate::cli) async fn run(host: &HostClient, plan: &Plan) -> Result<(), Stop> {
    let machines = host.list().await.map_err(|error| failed(&error))?;
    let machine = find(&machines, &plan.machine)?;
    let uuid = machine.key.uuid;
    let found = host.definitions(uuid).await.map_err(|error| failed(&error))?;
    if let Some(reason) = found.locked.filter(|_| !plan.dry_run) {
        return Err(Stop::refused(one_line(&reason)));
    }
    if plan.live && found.live.is_none() {
        return Err(Stop::refused("The machine is off: leave out --live."));
    }
    if plan.config && found.persistent.is_none() {
        return Err(Stop::refused(
            "the machine is transient: it has no definition but the running one; use --live",
        ));
    }
    let name = new_name(plan);
    if name.is_some() && (found.live.is_some() || plan.live) {
        return Err(Stop::refused("A machine can be renamed only while it is off."));
    }
    if let Some(name) = &name
        && machines
            .iter()
            .any(|other| other.name == *name && other.key.uuid != uuid)
    {
        return Err(Stop::refused(one_line(&format!("there is a machine {name:?} already"))));
    }
    let config = found.persistent.filter(|_| plan.config);
    let config = config.map(|text| Edited::next_start(uuid, plan, &text)).transpose()?;
    let live = found.live.filter(|_| plan.live);
    let live = live
        .map(|text| Edited::running(uuid, plan, &text, config.as_ref()))
        .transpose()?;
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

/// A definition before and after.
struct Edited {
    before: Domain,
    after: Domain,
    /// What the running machine has to be told, in the order in which it is done.
    steps: Vec<Step>,
}

impl Edited {
    fn read(uuid: Uuid, text: &str) -> Result<Domain, Stop> {
        let domain =
            Domain::parse(text).map_err(|error| Stop::refused(one_line(&format!("the host's definition: {error}"))))?;
        if domain.uuid() != Some(uuid) {
            return Err(Stop::refused("The host gave the definition of another machine."));
        }
        Ok(domain)
    }

    /// The definition of the next start.
    fn next_start(uuid: Uuid, plan: &Plan, text: &str) -> Result<Self, Stop> {
        let before = Self::read(uuid, text)?;
        let after = changed(&before, &plan.changes)?;
        Ok(Self {
            before,
            after,
            steps: Vec::new(),
        })
    }

    /// The running machine. `model` is the definition of the next start where that is changed, too: new devices of the
    /// running machine are the same ones.
    fn running(uuid: Uuid, plan: &Plan, text: &str, model: Option<&Self>) -> Result<Self, Stop> {
        let before = Self::read(uuid, text)?;
        let new_devices = model
            .map(|model| new_devices(&model.before, &plan.changes))
            .transpose()?;
        let mut new_devices = new_devices.unwrap_or_default().into_iter();
        let mut after = before.clone();
        for change in &plan.changes {
            match (new_devices.next(), is_addition(change)) {
                (Some(devices), true) => {
                    for device in &devices {
                        after.add_device(device)?;
                    }
                }
                _ => change.apply(&mut after)?,
            }
        }
        let steps = steps(&before, &after)?;
        Ok(Self { before, after, steps })
    }
}

fn is_addition(change: &DomainChange) -> bool {
    matches!(
        change,
        DomainChange::AddDisk(_) | DomainChange::AddNic(_) | DomainChange::AddDevice(_)
    )
}

/// The devices that each of these changes adds, controllers before what hangs on them.
fn new_devices(before: &Domain, changes: &[DomainChange]) -> Result<Vec<Vec<String>>, Refused> {
    let mut domain = before.clone();
    let added = |change: &DomainChange| {
        let known: Vec<NodeId> = domain.devices().map(|device| device.node).collect();
        change.apply(&mut domain)?;
        let mut new: Vec<_> = domain
            .devices()
            .filter(|device| !known.contains(&device.node))
            .collect();
        new.sort_by_key(|device| device.kind != DeviceKind::Controller);
        let sources = new.into_iter().map(|device| domain.document().source(device.node));
        Ok(sources.collect())
    };
    changes.iter().map(added).collect()
}

/// What the running machine has to be told; everything, or the reason why that cannot be.
fn steps(before: &Domain, after: &Domain) -> Result<Vec<Step>, Stop> {
    let mut steps = Vec::new();
    for change in changes_of(before, after, Some(before)) {
        match change.timing {
            Timing::Now | Timing::Both => steps.extend(change.steps),
            Timing::NextStart(reason) | Timing::Off(reason) => {
                let text = format!(
                    "{}: {reason} It can change only for the next start: leave out --live.",
                    change.title
                );
                return Err(Stop::refused(one_line(&text)));
            }
        }
    }
    // Devices first: plugging is what fails, and what is hard to take back.
    steps.sort_by_key(|step| {
        !matches!(
            step.does,
            LiveChange::Attach(_) | LiveChange::Detach(_) | LiveChange::Unplug(_)
        )
    });
    Ok(steps)
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
    Definition(Box<Defined>),
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
    let done = work(host, plan, machine, config, live, &mut undo).await;
    let Err(stop) = done else { return Ok(()) };
    let uuid = machine.key.uuid;
    for step in undo.into_iter().rev() {
        let back = match step {
            Undo::Autostart(old) => host.set_autostart(uuid, old).await,
            Undo::Definition(defined) => {
                let old = defined.before.document().to_string();
                host.redefine(uuid, defined.definition, old, false).await.map(drop)
            }
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

async fn work(
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
    let steps = live.map(|live| live.steps).unwrap_or_default();
    for step in &steps {
        host.change_live(uuid, step.does.clone())
            .await
            .map_err(|error| failed(&error))?;
        undo.extend(step.back.clone().map(Undo::Live));
    }
    tell_waiting(host, uuid, &steps).await;
    Ok(())
}

/// Defines what was edited, together with what others have changed meanwhile.
async fn define(host: &HostClient, uuid: Uuid, plan: &Plan, config: &Edited, undo: &mut Vec<Undo>) -> Result<(), Stop> {
    let (base, edited) = (
        config.before.document().to_string(),
        config.after.document().to_string(),
    );
    if base == edited {
        return Ok(());
    }
    let redefined = host.redefine(uuid, base, edited, plan.validate).await;
    let defined = match redefined.map_err(|error| failed(&error))? {
        Redefined::Done(defined) => defined,
        Redefined::Invalid { error, .. } => return Err(failed(&error)),
        Redefined::Clash { conflicts, .. } => {
            let places: Vec<_> = conflicts.into_iter().map(|conflict| conflict.place).collect();
            let text = format!("somebody else has changed the machine meanwhile: {}", places.join(", "));
            return Err(Stop::refused(one_line(&text)));
        }
    };
    for difference in &defined.dropped {
        let what = if difference.after.is_some() {
            "changed"
        } else {
            "left out"
        };
        eprintln!("libvirt has {what} {}", one_line(&difference.place));
    }
    if defined.is_saved {
        eprintln!("the machine goes on from its saved state first, with the hardware that it had then");
    }
    let not_renamed = defined.not_renamed.as_ref().map(failed);
    undo.push(Undo::Definition(defined));
    not_renamed.map_or(Ok(()), Err)
}

/// Tells which devices the guest has not let go of yet. That this cannot be found out takes nothing back.
async fn tell_waiting(host: &HostClient, uuid: Uuid, steps: &[Step]) {
    let asked: Vec<_> = steps
        .iter()
        .filter_map(|step| match &step.does {
            LiveChange::Unplug(alias) => Some(alias),
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return;
    }
    let live = host.definitions(uuid).await.ok().and_then(|found| found.live);
    let Some(live) = live.and_then(|text| Domain::parse(&text).ok()) else {
        return;
    };
    let aliases = live.aliases();
    for alias in asked.into_iter().filter(|alias| aliases.contains(alias)) {
        eprintln!(
            "the guest was asked to let go of {}, and has not done so yet",
            one_line(alias)
        );
    }
}
