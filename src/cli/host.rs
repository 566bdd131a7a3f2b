//! One connection for one command, on an event loop of its own.

use std::time::Duration;

use glib::MainContext;

use super::options::{Command, MachineCommand};
use super::{
    Stop, answer, clone, conversion, create, delete, deletion, doctor, edit, filter, interface, leftovers, network,
    options, pool, print, screenshot, secret, volume, watch,
};
use crate::model::action::{GuestSignal, StartOptions};
use crate::model::domain::DomainSummary;
use crate::model::error::{Kind, VirtError};
use crate::model::event::HostEvent;
use crate::model::host::{ConnectionStatus, HostConfig};
use crate::model::uri::Uri;
use crate::virt::client::{self, EventLoop, HostClient, XmlFlags};

/// The host that a doctor is called to who is told no other.
const USUAL: &str = "qemu:///system";
/// Time for an orderly goodbye. What was asked for is done by then; what is still under way are questions of the connection
/// itself, which a host answers late that has just been started.
const GOODBYE: Duration = Duration::from_millis(300);
/// The same where an ssh of ours has to be ended, too.
const GOODBYE_OF_SSH: Duration = Duration::from_secs(2);

pub(super) fn run(uri: Option<&str>, command: &Command) -> Result<(), Stop> {
    let plan = match command {
        Command::Leftovers(words) if !words.remove => return leftovers::look(words),
        Command::Edit(words) => {
            let default = if uri.is_none() && !words.names_file() {
                default_uri().ok()
            } else {
                None
            };
            match edit::run(words, uri.or(default.as_deref()))? {
                Some(plan) => Some(plan),
                None => return Ok(()),
            }
        }
        _ => None,
    };
    let uri = match uri {
        Some(uri) => uri.to_owned(),
        None if matches!(command, Command::Doctor(_)) => default_uri().unwrap_or_else(|_| USUAL.to_owned()),
        None => default_uri()?,
    };
    let context = MainContext::new();
    context
        .with_thread_default(|| {
            EventLoop::install(&context).map_err(|error| Stop::refused(error.to_string()))?;
            context.block_on(converse(&context, uri, command, plan))
        })
        .map_err(|error| Stop::refused(error.to_string()))?
}

/// The host of a command that names none.
fn default_uri() -> Result<String, Stop> {
    match std::env::var("LIBVIRT_DEFAULT_URI") {
        Ok(uri) if !uri.is_empty() => {
            options::check(&uri, false)?;
            Ok(uri)
        }
        _ => Err(Stop::usage(
            "Which host? Name one with --connect URI, for example qemu:///system.",
        )),
    }
}

async fn converse(context: &MainContext, uri: String, command: &Command, plan: Option<edit::Plan>) -> Result<(), Stop> {
    let (sink, stream) = client::channel();
    let (sender, news) = async_channel::unbounded();
    stream.attach(context, move |batch| {
        for event in batch {
            // After the command is done nobody listens any more.
            let _ = sender.try_send(event);
        }
    });
    let (questions, asked) = async_channel::bounded(8);
    context.spawn_local(answer::answer_all(asked));
    let host = HostClient::connect(HostConfig::new(uri.clone(), uri.clone()), sink, questions);
    let result = match connected(&uri, &news).await {
        Ok(()) => match plan {
            Some(plan) => edit::on_machine(&host, &plan).await,
            None => perform(&host, &uri, command, &news).await,
        },
        // What keeps a host from answering is what is asked for.
        Err(stop) => match command {
            Command::Doctor(words) => doctor::run(&host, &uri, words).await,
            _ => Err(stop),
        },
    };
    host.disconnect();
    let goes_over_ssh = Uri::parse(&uri).is_ok_and(|uri| uri.effective_transport().contains("ssh"));
    let goodbye = if goes_over_ssh { GOODBYE_OF_SSH } else { GOODBYE };
    let _ = glib::future_with_timeout(goodbye, async {
        host.closed().await;
        EventLoop::drained().await;
    })
    .await;
    result
}

/// Waits for the connection; the first failure is final: a person can try again, a script wants to know.
async fn connected(uri: &str, news: &async_channel::Receiver<HostEvent>) -> Result<(), Stop> {
    while let Ok(event) = news.recv().await {
        let HostEvent::Connection { status, .. } = event else {
            continue;
        };
        match status {
            ConnectionStatus::Connected => return Ok(()),
            ConnectionStatus::Failed { error, .. } | ConnectionStatus::Lost { error, .. } => {
                return Err(Stop::refused(format!("{}: {}", print::safe(uri), why(&error))));
            }
            ConnectionStatus::Disconnected | ConnectionStatus::Connecting => {}
        }
    }
    Err(Stop::refused(format!(
        "{}: the connection was closed",
        print::safe(uri)
    )))
}

async fn perform(
    host: &HostClient,
    uri: &str,
    command: &Command,
    news: &async_channel::Receiver<HostEvent>,
) -> Result<(), Stop> {
    match command {
        Command::List { json, names } => {
            let mut machines = host.list().await.map_err(|error| failed(&error))?;
            machines.sort_by(|a, b| a.name.cmp(&b.name));
            let text = if *json {
                print::machines_json(&machines)
            } else if *names {
                let names: Vec<_> = machines.iter().map(|machine| print::safe(&machine.name)).collect();
                names.join("\n")
            } else {
                print::machines_table(&machines)
            };
            print::wanted(&text).map(|_| ())
        }
        Command::Events { json, count, timeout } => watch::watch(news, *json, *count, *timeout).await,
        Command::Leftovers(_) => leftovers::remove(host, uri).await,
        Command::Create(words) => create::create(host, words, news).await,
        // Has a plan of its own.
        Command::Edit(_) => Ok(()),
        Command::Delete(words) => delete::delete(host, words).await,
        Command::Import(words) => conversion::import(host, words).await,
        Command::Export(words) => conversion::export(host, words).await,
        Command::Doctor(words) => doctor::run(host, uri, words).await,
        Command::Pool(command) => pool::perform(host, uri, command).await,
        Command::Volume(command) => volume::perform(host, command).await,
        Command::Network(words) => network::perform(host, words).await,
        Command::Nwfilter(words) => filter::perform(host, words).await,
        Command::Secret(words) => secret::perform(host, words).await,
        Command::Interface(words) => interface::perform(host, words).await,
        Command::Machine(command) => on_machine(host, uri, command).await,
    }
}

async fn on_machine(host: &HostClient, uri: &str, command: &MachineCommand) -> Result<(), Stop> {
    let machines = host.list().await.map_err(|error| failed(&error))?;
    let machine = find(&machines, command.machine())?;
    let uuid = machine.key.uuid;
    let done = match command {
        MachineCommand::Start {
            paused,
            force_boot,
            reset_nvram,
            ..
        } => {
            let options = StartOptions {
                paused: *paused,
                force_boot: *force_boot,
                reset_nvram: *reset_nvram,
            };
            host.start(uuid, options).await
        }
        MachineCommand::Shutdown { mode, .. } => {
            let signal = match mode.as_deref() {
                Some("agent") => GuestSignal::Agent,
                Some("acpi") => GuestSignal::Acpi,
                _ => GuestSignal::Default,
            };
            host.shutdown(uuid, signal).await
        }
        MachineCommand::Destroy { .. } => host.force_off(uuid).await,
        MachineCommand::Suspend { .. } => host.suspend(uuid).await,
        MachineCommand::Resume { .. } => host.resume(uuid).await,
        MachineCommand::Screenshot(words) => return screenshot::take(host, uri, machine, words).await,
        MachineCommand::Clone(words) => return clone::clone(host, machine, words).await,
        MachineCommand::Undefine(words) => return deletion::undefine(host, machine, words).await,
        MachineCommand::Dumpxml {
            inactive,
            security_info,
            ..
        } => {
            let flags = XmlFlags {
                inactive: *inactive,
                secure: *security_info,
            };
            let xml = host.dump_xml(uuid, flags).await.map_err(|error| failed(&error))?;
            return print::wanted(xml.trim_end()).map(|_| ());
        }
    };
    done.map_err(|error| failed(&error))
}

/// Finds a machine as virsh does: by number if it is one, then by UUID, then by name.
pub(super) fn find<'a>(machines: &'a [DomainSummary], word: &str) -> Result<&'a DomainSummary, Stop> {
    let number = word.parse().ok();
    let uuid = word.parse().ok();
    machines
        .iter()
        .find(|machine| number.is_some() && machine.id == number)
        .or_else(|| machines.iter().find(|machine| Some(machine.key.uuid) == uuid))
        .or_else(|| machines.iter().find(|machine| machine.name == word))
        .ok_or_else(|| Stop::refused(format!("There is no machine {word:?} on this host.")))
}

fn failed(error: &VirtError) -> Stop {
    Stop::refused(why(error))
}

pub(super) fn why(error: &VirtError) -> String {
    match error.kind {
        Kind::AuthCancelled => "a password is needed, and nobody gave one".to_owned(),
        _ => print::safe(&error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::domain::DomainState;
    use crate::model::key::{DomainKey, HostId};
    use uuid::Uuid;

    #[test]
    fn a_machine_whose_name_is_a_number_is_found_after_the_running_one_of_that_number() {
        let machine = |name: &str, id| DomainSummary {
            key: DomainKey::new(HostId(Uuid::nil()), Uuid::new_v4()),
            name: name.to_owned(),
            id,
            state: DomainState::Off,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: false,
        };
        let machines = [machine("7", None), machine("other", Some(7)), machine("8", None)];
        let name = |word: &str| find(&machines, word).map(|found| found.name.clone()).ok();
        assert_eq!(name("7").as_deref(), Some("other"));
        assert_eq!(name("8").as_deref(), Some("8"));
        assert_eq!(name(&machines[0].key.uuid.to_string()).as_deref(), Some("7"));
        assert_eq!(name("9"), None);
    }
}
