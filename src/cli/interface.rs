//! Network interfaces of a host from the command line, where its driver sets them up.

use clap::{Args, Subcommand};
use serde_json::json;

use super::host::why;
use super::network::read;
use super::{Stop, print};
use crate::model::error::{Kind, VirtError};
use crate::virt::client::HostClient;

/// What stands behind `vireo interface`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct InterfaceWords {
    #[command(subcommand)]
    command: InterfaceCommand,
}

/// Something to do with interfaces of the host.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum InterfaceCommand {
    /// Prints all interfaces of the host
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes an interface, or replaces one
    Define {
        /// File with the definition; "-" is standard input
        file: String,
        /// The interface that it replaces
        #[arg(long, value_name = "NAME")]
        replace: Option<String>,
    },
    /// Brings an interface up
    Start {
        /// Its name
        interface: String,
    },
    /// Brings an interface down
    Stop {
        /// Its name
        interface: String,
    },
    /// Deletes the definition of an interface
    Undefine {
        /// Its name
        interface: String,
    },
    /// Prints the definition of an interface
    Dumpxml {
        /// Its name
        interface: String,
        /// As it will be instead of as it is
        #[arg(long)]
        inactive: bool,
    },
    /// Notes how the interfaces are set up, to be able to go back
    Begin,
    /// Keeps what was changed since
    Commit,
    /// Goes back to what was noted
    Rollback,
}

fn failed(error: VirtError) -> Stop {
    match error.kind {
        Kind::Unsupported => Stop::refused("libvirt on this host does not set up the host's interfaces."),
        _ => Stop::refused(why(&error)),
    }
}

/// Does it.
pub(super) async fn perform(host: &HostClient, words: &InterfaceWords) -> Result<(), Stop> {
    match &words.command {
        InterfaceCommand::List { json } => list(host, *json).await,
        InterfaceCommand::Define { file, replace } => host
            .define_interface(read(file)?, replace.clone())
            .await
            .map_err(failed),
        InterfaceCommand::Start { interface } => host.start_interface(interface.clone()).await.map_err(failed),
        InterfaceCommand::Stop { interface } => host.stop_interface(interface.clone()).await.map_err(failed),
        InterfaceCommand::Undefine { interface } => host.undefine_interface(interface.clone()).await.map_err(failed),
        InterfaceCommand::Dumpxml { interface, inactive } => {
            let xml = host.interface_xml(interface.clone(), *inactive).await.map_err(failed)?;
            print::wanted(xml.trim_end()).map(|_| ())
        }
        InterfaceCommand::Begin => host.begin_interface_changes().await.map_err(failed),
        InterfaceCommand::Commit => host.commit_interface_changes().await.map_err(failed),
        InterfaceCommand::Rollback => host.roll_back_interface_changes().await.map_err(failed),
    }
}

async fn list(host: &HostClient, json: bool) -> Result<(), Stop> {
    let all = host.interfaces().await.map_err(failed)?;
    if json {
        let list = all.iter().map(|interface| {
            json!({"name": interface.name, "kind": interface.kind, "active": interface.active, "mac": interface.mac})
        });
        return print::wanted(&serde_json::Value::Array(list.collect()).to_string()).map(|_| ());
    }
    let rows = all.iter().map(|interface| {
        vec![
            print::safe(&interface.name),
            print::safe(&interface.kind),
            if interface.active { "active" } else { "off" }.to_owned(),
            interface.mac.as_deref().map_or_else(|| "-".to_owned(), print::safe),
        ]
    });
    print::wanted(&print::columns(
        &["NAME", "KIND", "STATE", "MAC"],
        &rows.collect::<Vec<_>>(),
    ))
    .map(|_| ())
}
