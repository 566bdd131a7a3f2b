//! Applying an edited definition to a network.

use std::ffi::c_uint;

use uuid::Uuid;

use super::rename::rename;
use super::{define_raw, definitions, find, unreadable, xml};
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::network::{
    Command, NetworkApplied, NetworkChange, NetworkOutcome, NetworkReport, NetworkTiming, NetworkVerdict, NetworkWish,
    Section, Update, plan,
};
use crate::model::xml::merge;
use crate::model::xml::object::{Network, network};
use crate::virt::connection::{Connection, Result, c_string};
use crate::virt::handle::{self, Handle};
use crate::virt::sys;

const OP: &str = "apply";

fn parse(text: &str) -> Result<Network> {
    Network::parse(text).map_err(|error| unreadable(error, OP))
}

/// Applies what a user has made of a definition: brings it together with what others have changed meanwhile, defines it
/// (`virNetworkDefineXMLFlags`), and gives the running network what it can take (`virNetworkUpdate`). A network that vanishes
/// when it stops gets only the latter.
///
/// # Errors
/// What libvirt says, by remedy; `Kind::Invalid` for the definition of another network and for a new name of one that runs.
/// Nothing has changed then.
pub(crate) fn apply(connection: &Connection, uuid: Uuid, wish: &NetworkWish) -> Result<NetworkVerdict> {
    let handle = find(connection, uuid, OP)?;
    let found = definitions(connection, uuid)?;
    let (Some(current), base, edited) = (found.base(), parse(&wish.base)?, parse(&wish.edited)?) else {
        return Err(VirtError::own(Kind::Gone, OP, "the network has no definition"));
    };
    for definition in [&base, &edited] {
        if definition.get(network::UUID).and_then(|uuid| uuid.parse().ok()) != Some(uuid) {
            let why = "the definition has not the UUID of this network: it would make another one";
            return Err(VirtError::own(Kind::Invalid, OP, why));
        }
    }
    let theirs = parse(current)?;
    let merged = match merge(base.document(), edited.document(), theirs.document()) {
        Ok(merged) => parse(&merged.to_string())?,
        Err(conflicts) => {
            return Ok(NetworkVerdict::Clash {
                conflicts,
                current: current.to_owned(),
            });
        }
    };
    let live = found.live.as_deref().map(parse).transpose()?;
    let mut report = NetworkReport {
        merged: base.document().canonical(base.document().root())
            != theirs.document().canonical(theirs.document().root()),
        ..NetworkReport::default()
    };
    let changes = plan(&theirs, &merged, live.as_ref());
    if found.persistent.is_some() && !changes.is_empty() {
        if theirs.get(network::NAME) != merged.get(network::NAME) {
            rename(connection, &handle, uuid, current, &merged, wish.validate)?;
        } else {
            define_raw(connection, &merged.document().to_string(), wish.validate, OP)?;
        }
        connection.facts().doubt(ObjectKind::Network);
    }
    let is_persistent = found.persistent.is_some();
    report.changes = make_real(connection, &handle, changes, wish.live, is_persistent);
    if is_persistent {
        report.definition = find(connection, uuid, OP).and_then(|handle| xml(connection, &handle, true, OP))?;
    }
    if !report.changes.is_empty() {
        // No event tells of a definition that a running network got.
        super::changed(connection, ObjectKind::Network, &uuid.to_string());
    }
    Ok(NetworkVerdict::Done(Box::new(report)))
}

/// Brings the running network to what it can take. What is taken away goes first, so that an address is free for its next
/// owner.
fn make_real(
    connection: &Connection,
    network: &Handle<handle::Network>,
    changes: Vec<NetworkChange>,
    live: bool,
    is_persistent: bool,
) -> Vec<NetworkApplied> {
    let mut states: Vec<State> = changes.into_iter().map(State::new).collect();
    for deletes in [true, false] {
        for state in &mut states {
            if !live || state.failure.is_some() {
                continue;
            }
            let updates = state.change.updates.clone();
            for update in updates
                .iter()
                .filter(|update| (update.command == Command::Delete) == deletes)
            {
                match call(connection, network, update.command, update, &update.xml) {
                    Ok(()) => state.done.push(update.clone()),
                    Err(error) => {
                        take_back(connection, network, &mut state.done);
                        state.failure = Some(error);
                        break;
                    }
                }
            }
        }
    }
    states
        .into_iter()
        .map(|state| state.applied(live, is_persistent))
        .collect()
}

struct State {
    change: NetworkChange,
    done: Vec<Update>,
    failure: Option<VirtError>,
}

impl State {
    fn new(change: NetworkChange) -> Self {
        Self {
            change,
            done: Vec::new(),
            failure: None,
        }
    }

    fn applied(self, live: bool, is_persistent: bool) -> NetworkApplied {
        let outcome = match (&self.change.timing, self.failure) {
            (_, Some(error)) if is_persistent => NetworkOutcome::Restart(error.message),
            (_, Some(error)) => NetworkOutcome::Failed(error),
            (NetworkTiming::NextStart, _) => NetworkOutcome::NextStart,
            (NetworkTiming::Restart(why), _) if is_persistent => NetworkOutcome::Restart(why.clone()),
            (NetworkTiming::Restart(why), _) => {
                NetworkOutcome::Failed(VirtError::own(Kind::Unsupported, OP, why.clone()))
            }
            (NetworkTiming::Now, _) if live || self.change.updates.is_empty() => NetworkOutcome::Now,
            (NetworkTiming::Now, _) => NetworkOutcome::Restart(String::new()),
        };
        NetworkApplied {
            change: self.change,
            outcome,
        }
    }
}

fn take_back(connection: &Connection, network: &Handle<handle::Network>, done: &mut Vec<Update>) {
    while let Some(update) = done.pop() {
        let (command, xml) = &update.back;
        if let Err(error) = call(connection, network, *command, &update, xml) {
            tracing::warn!("a change of the running network cannot be taken back: {error}");
        }
    }
}

/// One call, for the running network alone: the definition has the change already. libvirt's library puts command and
/// section in the order that a daemon before 7.2 expects.
fn call(
    connection: &Connection,
    network: &Handle<handle::Network>,
    command: Command,
    update: &Update,
    xml: &str,
) -> Result<()> {
    const OP: &str = "update network";
    let text = c_string(xml, OP)?;
    let block = update.block.and_then(|block| i32::try_from(block).ok()).unwrap_or(-1);
    // SAFETY: network and text live during the call.
    let result = unsafe {
        sys::virNetworkUpdate(
            network.as_ptr(),
            command_number(command),
            section_number(update.section),
            block,
            text.as_ptr(),
            sys::VIR_NETWORK_UPDATE_AFFECT_LIVE,
        )
    };
    super::done(connection, result, OP)
}

fn command_number(command: Command) -> c_uint {
    match command {
        Command::Add => sys::VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
        Command::Delete => sys::VIR_NETWORK_UPDATE_COMMAND_DELETE,
        Command::Modify => sys::VIR_NETWORK_UPDATE_COMMAND_MODIFY,
    }
}

fn section_number(section: Section) -> c_uint {
    match section {
        Section::DhcpHost => sys::VIR_NETWORK_SECTION_IP_DHCP_HOST,
        Section::DhcpRange => sys::VIR_NETWORK_SECTION_IP_DHCP_RANGE,
        Section::ForwardInterface => sys::VIR_NETWORK_SECTION_FORWARD_INTERFACE,
        Section::PortGroup => sys::VIR_NETWORK_SECTION_PORTGROUP,
        Section::DnsHost => sys::VIR_NETWORK_SECTION_DNS_HOST,
        Section::DnsTxt => sys::VIR_NETWORK_SECTION_DNS_TXT,
        Section::DnsSrv => sys::VIR_NETWORK_SECTION_DNS_SRV,
    }
}
