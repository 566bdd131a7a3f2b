//! Networks from the command line: names of commands follow virsh's `net-…`.

mod create;
mod show;
mod update;

use std::io::Read;

use clap::{Args, Subcommand};
use uuid::Uuid;

pub use create::CreateNetworkWords;
pub use update::UpdateNetworkWords;

use super::host::why;
use super::{Stop, job, print};
use crate::model::error::VirtError;
use crate::model::facts::NetworkFact;
use crate::model::network::{NetworkDetails, Replugged, Severity, Surroundings, check};
use crate::virt::client::HostClient;

/// What stands behind `vireo network`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct NetworkWords {
    #[command(subcommand)]
    command: NetworkCommand,
}

/// Something to do with networks, named by name or UUID.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum NetworkCommand {
    /// Prints all networks with their state
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints what a network is, and who is plugged in
    Info {
        /// Name or UUID
        network: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints the addresses that a network has lent
    Leases {
        /// Name or UUID
        network: String,
        /// Of this hardware address only
        #[arg(long, value_name = "MAC")]
        mac: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a network of a few words; subnet, bridge and DHCP are chosen so that they are in nobody's way
    Create(CreateNetworkWords),
    /// Makes a network of a definition
    Define {
        /// File with the definition; "-" is standard input
        file: String,
        /// Starts it
        #[arg(long)]
        start: bool,
        /// Starts it with the host
        #[arg(long)]
        autostart: bool,
        /// Defines what libvirt's schema refuses, too
        #[arg(long)]
        no_validate: bool,
        /// Only says what is wrong with it
        #[arg(long)]
        dry_run: bool,
    },
    /// Changes a network, at once where it runs and libvirt can
    Update(UpdateNetworkWords),
    /// Starts a network
    Start {
        /// Name or UUID
        network: String,
        /// Plugs the cards of machines that run in again
        #[arg(long)]
        reattach: bool,
    },
    /// Restarts a network, and plugs the cards of running machines in again
    Restart {
        /// Name or UUID
        network: String,
    },
    /// Stops a network; machines on it lose their link
    Stop {
        /// Name or UUID
        network: String,
    },
    /// Starts a network with the host
    Autostart {
        /// Name or UUID
        network: String,
        /// No longer
        #[arg(long)]
        disable: bool,
    },
    /// Deletes the definition of a network that is off
    Undefine {
        /// Name or UUID
        network: String,
        /// Only says who would miss it
        #[arg(long)]
        dry_run: bool,
    },
    /// Prints the definition of a network
    Dumpxml {
        /// Name or UUID
        network: String,
        /// The definition of the next start instead of the running one
        #[arg(long)]
        inactive: bool,
    },
}

fn failed(error: VirtError) -> Stop {
    Stop::refused(why(&error))
}

/// Does it.
pub(super) async fn perform(host: &HostClient, words: &NetworkWords) -> Result<(), Stop> {
    match &words.command {
        NetworkCommand::List { json } => show::list(host, *json).await,
        NetworkCommand::Info { network, json } => show::info(host, &find(host, network).await?, *json).await,
        NetworkCommand::Leases { network, mac, json } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            show::leases(host, uuid, mac.clone(), *json).await
        }
        NetworkCommand::Create(words) => create::create(host, words).await,
        NetworkCommand::Define {
            file,
            start,
            autostart,
            no_validate,
            dry_run,
        } => {
            let xml = read(file)?;
            let details = NetworkDetails::parse(&xml).map_err(|error| Stop::refused(error.to_string()))?;
            let around = host.network_surroundings().await.map_err(failed)?;
            tell_problems(&details, &around, *dry_run)?;
            if *dry_run {
                return Ok(());
            }
            make(host, xml, !no_validate, *start, *autostart).await
        }
        NetworkCommand::Update(words) => update::update(host, words).await,
        NetworkCommand::Start { network, reattach } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            host.start_network(uuid).await.map_err(failed)?;
            if !reattach {
                return Ok(());
            }
            let cards = job::follow(|job| host.reattach_network(uuid, job))
                .await
                .map_err(failed)?;
            tell_cards(&cards)
        }
        NetworkCommand::Restart { network } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            let cards = job::follow(|job| host.restart_network(uuid, job))
                .await
                .map_err(failed)?;
            tell_cards(&cards)
        }
        NetworkCommand::Stop { network } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            host.stop_network(uuid).await.map_err(failed)
        }
        NetworkCommand::Autostart { network, disable } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            host.set_network_autostart(uuid, !disable).await.map_err(failed)
        }
        NetworkCommand::Undefine { network, dry_run } => undefine(host, &find(host, network).await?, *dry_run).await,
        NetworkCommand::Dumpxml { network, inactive } => {
            let uuid = uuid_of(&find(host, network).await?)?;
            let xml = host.network_xml(uuid, *inactive).await.map_err(failed)?;
            print::wanted(xml.trim_end()).map(|_| ())
        }
    }
}

/// Says which network cards have no link, and why.
fn tell_cards(cards: &[Replugged]) -> Result<(), Stop> {
    let failed: Vec<String> = cards
        .iter()
        .filter_map(|card| {
            let why = card.failure.as_ref()?;
            let mac = card.mac.as_deref().unwrap_or("?");
            let text = format!("{} {mac} has no link: {}", card.name, why.message);
            Some(print::safe(&text))
        })
        .collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Stop::refused(failed.join("\n"))),
    }
}

/// Deletes a network that is off; says whose definitions name it.
async fn undefine(host: &HostClient, network: &NetworkFact, dry_run: bool) -> Result<(), Stop> {
    if network.active {
        return Err(Stop::refused("The network runs: stop it first."));
    }
    let users = host.attachments().await.map_err(failed)?;
    let mut names: Vec<String> = users
        .iter()
        .filter(|user| user.network() == Some(network.name.as_str()))
        .map(|user| print::safe(&user.name))
        .collect();
    names.dedup();
    if !names.is_empty() {
        let list = names.join(", ");
        eprintln!("vireo: machines that cannot start without the network: {list}");
    }
    if dry_run {
        return Ok(());
    }
    host.undefine_network(uuid_of(network)?).await.map_err(failed)
}

/// Finds a network by UUID, then by name.
async fn find(host: &HostClient, word: &str) -> Result<NetworkFact, Stop> {
    let all = host.networks().await.map_err(failed)?;
    let uuid: Option<Uuid> = word.parse().ok();
    all.iter()
        .find(|network| uuid.is_some() && network.uuid == uuid)
        .or_else(|| all.iter().find(|network| network.name == word))
        .cloned()
        .ok_or_else(|| Stop::refused(format!("There is no network {word:?} on this host.")))
}

fn uuid_of(network: &NetworkFact) -> Result<Uuid, Stop> {
    network.uuid.ok_or_else(|| Stop::refused("The network has no UUID."))
}

/// Reads a file, or standard input.
pub(super) fn read(file: &str) -> Result<String, Stop> {
    let wrong = |error: std::io::Error| Stop::refused(format!("{file}: {error}"));
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(wrong)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(wrong)
}

/// Makes a network and starts it where that is asked for. One that cannot start is not left behind.
async fn make(host: &HostClient, xml: String, validate: bool, start: bool, autostart: bool) -> Result<(), Stop> {
    let uuid = host.define_network(xml, validate).await.map_err(failed)?;
    let mut result = Ok(());
    if start {
        result = host.start_network(uuid).await;
    }
    if autostart && result.is_ok() {
        result = host.set_network_autostart(uuid, true).await;
    }
    if let Err(error) = result {
        // What runs cannot be deleted; nothing is lost by trying.
        let _ = host.stop_network(uuid).await;
        if let Err(left) = host.undefine_network(uuid).await {
            return Err(Stop::refused(format!(
                "{}\nThe network {uuid} is left behind: {}",
                why(&error),
                why(&left)
            )));
        }
        return Err(failed(error));
    }
    print::wanted(&uuid.to_string()).map(|_| ())
}

/// Says what is wrong: everything on standard error, and what is an error stops.
fn tell_problems(details: &NetworkDetails, around: &Surroundings, all: bool) -> Result<(), Stop> {
    let problems = check(details, around);
    let (errors, warnings): (Vec<_>, Vec<_>) = problems
        .into_iter()
        .partition(|problem| problem.severity == Severity::Error);
    for warning in warnings {
        eprintln!("vireo: {}", print::safe(&warning.text));
    }
    let errors: Vec<String> = errors.iter().map(|problem| print::safe(&problem.text)).collect();
    if errors.is_empty() {
        if all {
            print::wanted("Nothing is wrong with it.").map(|_| ())?;
        }
        return Ok(());
    }
    Err(Stop::refused(errors.join("\n")))
}
