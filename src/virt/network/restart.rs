//! Restarting a network without machines losing it: their cards are plugged into its new bridge.

use uuid::Uuid;

use super::attachment::definition_now;
use super::port::ports;
use super::{definitions, find, find_by_name, is_active, is_persistent, list, start, stop, unreadable};
use crate::i18n::{tr, tr_f};
use crate::model::action::LiveChange;
use crate::model::error::{Kind, VirtError};
use crate::model::job::Job;
use crate::model::journal::{Entry, Made};
use crate::model::network::{NetworkCard, NetworkDetails, NetworkPort, Replugged, detour, unplugs_when_stopped};
use crate::model::xml::object::{Network, network};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::definition::change_live;
use crate::virt::handle::{self, Dom, Handle};
use crate::virt::journal::Journal;
use crate::virt::sys;

const OP: &str = "restart network";
const PLUG: &str = "plug in the network card";

/// Restarts a network (`virNetworkDestroy`, `virNetworkCreate`), and plugs the cards of running machines in again
/// (`virDomainUpdateDeviceFlags`). Tells what became of each card; nothing where the network's bridge is none of its own.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` for a network that would vanish.
pub(crate) fn restart(connection: &Connection, uuid: Uuid, entry: Entry, job: &Job) -> Result<Vec<Replugged>> {
    noted(connection, uuid, entry, |between| {
        restart_by(connection, uuid, between, job)
    })
}

/// Plugs the cards of running machines into a network that was off meanwhile. Tells what became of each.
///
/// # Errors
/// What libvirt says, by remedy.
pub(crate) fn reattach(connection: &Connection, uuid: Uuid, entry: Entry, job: &Job) -> Result<Vec<Replugged>> {
    noted(connection, uuid, entry, |between| {
        reattach_by(connection, uuid, between, job)
    })
}

/// Does what begins with a network and ends with one, by way of another one of the name that it gets: with an entry in the
/// journal that stays where the program dies or the line to the host breaks.
fn noted<T>(connection: &Connection, network: Uuid, entry: Entry, work: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let title = tr_f("Restarting {name}", &[("name", &name_of(connection, network)?)]);
    let mut record = Journal::of_user().begun(Entry { title, ..entry }, OP)?;
    let name = format!("vireo-restart-{}", &Uuid::new_v4().simple().to_string()[..8]);
    let made = Made::Detour {
        name: name.clone(),
        network,
    };
    record.note(made, OP)?;
    let result = work(&name);
    match &result {
        // How far it has got, nobody knows now.
        Err(error) if error.kind == Kind::Unreachable => drop(record),
        _ => record.end(),
    }
    result
}

/// Ends the restart of a network that a program has left in the middle: it runs, and what passes through `between` is back.
///
/// # Errors
/// What libvirt says, by remedy; the first card that is not back.
pub(crate) fn finish_restart(connection: &Connection, uuid: Uuid, between: &str) -> Result<()> {
    match find(connection, uuid, OP) {
        Ok(handle) if !is_active(connection, &handle, OP)? => start(connection, uuid)?,
        Ok(_) => {}
        // There is nothing to go back to.
        Err(error) if error.kind == Kind::Gone => {
            drop(Detour::left(connection, between));
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    let told = reattach_by(connection, uuid, between, &Job::new().0)?;
    // Nobody passes through any more, also where no card was to be plugged in.
    drop(Detour::left(connection, between));
    match told.into_iter().find_map(|card| Some((card.name, card.failure?))) {
        None => Ok(()),
        Some((machine, error)) => {
            let message = format!("{machine}: {}", error.message);
            Err(VirtError { message, ..error })
        }
    }
}

fn name_of(connection: &Connection, uuid: Uuid) -> Result<String> {
    let found = definitions(connection, uuid)?;
    let text = found.live.or(found.persistent).unwrap_or_default();
    let network = Network::parse(&text).map_err(|error| unreadable(error, OP))?;
    Ok(network.get(network::NAME).unwrap_or_default())
}

fn restart_by(connection: &Connection, uuid: Uuid, between: &str, job: &Job) -> Result<Vec<Replugged>> {
    let handle = find(connection, uuid, OP)?;
    if !is_persistent(connection, &handle, OP)? {
        let why = tr("The network has no definition: it would be gone as soon as it is stopped.");
        return Err(VirtError::own(Kind::Invalid, OP, why));
    }
    let mut strangers = Vec::new();
    if is_active(connection, &handle, OP)? {
        let running = definitions(connection, uuid)?.live.unwrap_or_default();
        let running = NetworkDetails::parse(&running).map_err(|error| unreadable(error, OP))?;
        if unplugs_when_stopped(&running) {
            // Drivers without ports have no containers either.
            strangers = ports(connection, uuid).unwrap_or_default();
        }
        job.check(OP)?;
        job.stage(tr("Stopping the network"));
        stop(connection, uuid)?;
    }
    job.stage(tr("Starting the network"));
    start(connection, uuid).map_err(|error| {
        let why = tr_f(
            "The network is off now, for it cannot be started again: {reason}",
            &[("reason", &error.message)],
        );
        VirtError { message: why, ..error }
    })?;
    let mut told = reattach_by(connection, uuid, between, job).map_err(|error| {
        let why = tr_f(
            "The network runs again, but machines that run have no link to it: {reason}",
            &[("reason", &error.message)],
        );
        VirtError { message: why, ..error }
    })?;
    // Whoever was plugged in and belongs to another driver is out now.
    strangers.retain(|port| {
        told.iter()
            .all(|card| card.machine.is_none() || card.machine != port.machine)
    });
    told.extend(strangers.into_iter().map(stranger));
    Ok(told)
}

fn stranger(port: NetworkPort) -> Replugged {
    let why = tr("This connection does not show the machine.");
    Replugged {
        machine: None,
        name: port.name,
        mac: port.mac,
        failure: Some(VirtError::own(Kind::Unsupported, PLUG, why)),
    }
}

/// Plugs the cards of running machines that are in the network, or still on their way in `between`, into it.
fn reattach_by(connection: &Connection, uuid: Uuid, between: &str, job: &Job) -> Result<Vec<Replugged>> {
    let found = definitions(connection, uuid)?;
    let Some(running) = found.live.as_deref() else {
        return Err(VirtError::own(Kind::Invalid, OP, tr("The network is off.")));
    };
    let running = Network::parse(running).map_err(|error| unreadable(error, OP))?;
    if !unplugs_when_stopped(&NetworkDetails::read(&running)) {
        return Ok(Vec::new());
    }
    let name = running.get(network::NAME).unwrap_or_default();
    let cards = cards(connection, &[&name, between])?;
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    job.stage(tr("Plugging in network cards"));
    let between = Detour::make(connection, &running, between)?;
    let total = cards.len() as u64;
    let mut told = Vec::with_capacity(cards.len());
    for (card, done) in cards.into_iter().zip(1_u64..) {
        let plugged = plug(connection, &card, &between.name, &name);
        told.push(card.replugged(plugged.err()));
        job.progress(done, total);
    }
    Ok(told)
}

/// The cards of all running machines in these networks.
fn cards(connection: &Connection, networks: &[&str]) -> Result<Vec<NetworkCard>> {
    let flag = sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE;
    let machines: Vec<Handle<Dom>> = list(connection, sys::virConnectListAllDomains, flag, OP)?;
    let mut all = Vec::new();
    for machine in &machines {
        if let Some(definition) = definition_now(connection, machine, OP) {
            all.extend(networks.iter().flat_map(|name| NetworkCard::of(&definition, name)));
        }
    }
    Ok(all)
}

/// libvirt plugs a card only where its bridge is another one than before: so it goes another way and comes back.
fn plug(connection: &Connection, card: &NetworkCard, between: &str, network: &str) -> Result<()> {
    if connection.is_unresponsive(card.machine) {
        return Err(VirtError::own(Kind::Timeout, PLUG, tr("The machine does not answer.")));
    }
    let update = |network: &str| {
        let refused = |why: crate::model::xml::Refused| VirtError::own(Kind::Invalid, PLUG, why.0);
        let xml = card.in_network(network).map_err(refused)?;
        change_live(connection, card.machine, &LiveChange::Update(xml)).map_err(|error| VirtError { op: PLUG, ..error })
    };
    update(between)?;
    // Where it is now nobody would look for it.
    update(network).or_else(|_| update(network))
}

/// A network that lives as long as cards pass through it.
struct Detour<'c> {
    connection: &'c Connection,
    name: String,
    network: Handle<handle::Network>,
}

impl<'c> Detour<'c> {
    /// The one of this name that is there already.
    fn left(connection: &'c Connection, name: &str) -> Option<Self> {
        let network = find_by_name(connection, name, OP).ok()?;
        Some(Self {
            connection,
            name: name.to_owned(),
            network,
        })
    }

    fn make(connection: &'c Connection, running: &Network, name: &str) -> Result<Self> {
        if let Some(left) = Self::left(connection, name) {
            return Ok(left);
        }
        let text = detour(running, name).map_err(|why| VirtError::own(Kind::Invalid, OP, why.0))?;
        let text = c_string(&text, OP)?;
        // SAFETY: connection and text live during the call; the answer is NULL or a reference of ours.
        let made = unsafe {
            let raw = sys::virNetworkCreateXML(connection.handle().as_ptr(), text.as_ptr());
            Handle::<handle::Network>::from_owned(raw)
        };
        let network = made.ok_or_else(|| connection.error(OP))?;
        Ok(Self {
            connection,
            name: name.to_owned(),
            network,
        })
    }
}

impl Drop for Detour<'_> {
    fn drop(&mut self) {
        // SAFETY: the network lives during the call. Without a definition it is gone then.
        if unsafe { sys::virNetworkDestroy(self.network.as_ptr()) } < 0 {
            let error = self.connection.error(OP);
            tracing::warn!(network = %self.name, "a network that is not needed any more stays: {error}");
        }
    }
}
