//! Packet filters from the command line.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::host::why;
use super::network::read;
use super::{Stop, print};
use crate::model::error::VirtError;
use crate::model::network::FilterFact;
use crate::virt::client::HostClient;

/// What stands behind `vireo nwfilter`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct FilterWords {
    #[command(subcommand)]
    command: FilterCommand,
}

/// Something to do with packet filters, named by name or UUID.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum FilterCommand {
    /// Prints all packet filters
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints the packet filters at work on running machines
    Bindings {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a packet filter, or replaces one, which holds at once
    Define {
        /// File with the definition; "-" is standard input
        file: String,
        /// The packet filter that it replaces, by name or UUID
        #[arg(long, value_name = "FILTER")]
        replace: Option<String>,
    },
    /// Deletes a packet filter that no running machine uses
    Undefine {
        /// Name or UUID
        filter: String,
    },
    /// Prints the definition of a packet filter
    Dumpxml {
        /// Name or UUID
        filter: String,
    },
}

fn failed(error: VirtError) -> Stop {
    Stop::refused(why(&error))
}

/// Does it.
pub(super) async fn perform(host: &HostClient, words: &FilterWords) -> Result<(), Stop> {
    match &words.command {
        FilterCommand::List { json } => {
            let all = host.filters().await.map_err(failed)?;
            let text = if *json {
                let list = all
                    .iter()
                    .map(|filter| json!({"name": filter.name, "uuid": filter.uuid}));
                serde_json::Value::Array(list.collect()).to_string()
            } else {
                let rows = all
                    .iter()
                    .map(|filter| vec![print::safe(&filter.name), filter.uuid.to_string()]);
                print::columns(&["NAME", "UUID"], &rows.collect::<Vec<_>>())
            };
            print::wanted(&text).map(|_| ())
        }
        FilterCommand::Bindings { json } => {
            let all = host.filter_bindings().await.map_err(failed)?;
            let dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), print::safe);
            let text = if *json {
                let list = all.iter().map(|binding| {
                    json!({"device": binding.device, "filter": binding.filter, "mac": binding.mac, "machine": binding.machine})
                });
                serde_json::Value::Array(list.collect()).to_string()
            } else {
                let rows = all.iter().map(|binding| {
                    let (device, filter) = (print::safe(&binding.device), print::safe(&binding.filter));
                    vec![device, filter, dash(&binding.machine), dash(&binding.mac)]
                });
                print::columns(&["DEVICE", "FILTER", "MACHINE", "MAC"], &rows.collect::<Vec<_>>())
            };
            print::wanted(&text).map(|_| ())
        }
        FilterCommand::Define { file, replace } => {
            let xml = read(file)?;
            let replaces = match replace {
                Some(word) => Some(find(host, word).await?.uuid),
                None => None,
            };
            let uuid = host.define_filter(xml, replaces).await.map_err(failed)?;
            print::wanted(&uuid.to_string()).map(|_| ())
        }
        FilterCommand::Undefine { filter } => {
            let uuid = find(host, filter).await?.uuid;
            host.undefine_filter(uuid).await.map_err(failed)
        }
        FilterCommand::Dumpxml { filter } => {
            let uuid = find(host, filter).await?.uuid;
            let xml = host.filter_xml(uuid).await.map_err(failed)?;
            print::wanted(xml.trim_end()).map(|_| ())
        }
    }
}

async fn find(host: &HostClient, word: &str) -> Result<FilterFact, Stop> {
    let all = host.filters().await.map_err(failed)?;
    let uuid: Option<Uuid> = word.parse().ok();
    all.iter()
        .find(|filter| Some(filter.uuid) == uuid)
        .or_else(|| all.iter().find(|filter| filter.name == word))
        .cloned()
        .ok_or_else(|| Stop::refused(format!("There is no packet filter {word:?} on this host.")))
}
