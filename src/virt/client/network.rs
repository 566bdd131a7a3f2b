//! What can be asked of a host about networks, packet filters, host interfaces and secrets.

use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{HostClient, Result};
use crate::model::facts::{HostInterface, NetworkFact, SecretFact};
use crate::model::job::Job;
use crate::model::network::{
    Attachment, FilterBinding, FilterFact, Lease, NetworkDefinitions, NetworkPort, NetworkVerdict, NetworkWish,
    Replugged, SecretUse, Surroundings,
};
use crate::virt::connection::Connection;
use crate::virt::facts;
use crate::virt::network as calls;
use crate::virt::session::Crew;

/// Methods that are one call each: `name(arguments) -> result = crew, key, "operation", call`.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty = $crew:ident, $key:expr, $op:literal, $call:expr;)*) => {
        impl HostClient {
            $($(#[$doc])*
            ///
            /// # Errors
            /// What libvirt says, by remedy: `Kind::Unsupported` where the host's driver cannot do it.
            pub async fn $name(&self, $($arg: $type),*) -> Result<$result> {
                self.0.0.run(Crew::$crew, $key, $op, move |connection| $call(connection)).await
            })*
        }
    };
}

calls! {
    /// All networks (`virConnectListAllNetworks`), kept until an event tells that one changed.
    networks() -> Arc<[NetworkFact]> = Queries, None, "list networks", facts::networks;
    /// All secrets (`virConnectListAllSecrets`), without their values. Kept like the networks.
    secrets() -> Arc<[SecretFact]> = Queries, None, "list secrets", facts::secrets;
    /// All interfaces of the host (`virConnectListAllInterfaces`), kept for some seconds.
    interfaces() -> Arc<[HostInterface]> = Queries, None, "list interfaces", facts::interfaces;
    /// Both definitions of a network, and whether it starts with the host.
    network_definitions(uuid: Uuid) -> NetworkDefinitions = Queries, None, "read definition",
        |connection| calls::definitions(connection, uuid);
    /// One definition of a network: that of the next start, or that of the running one (`virNetworkGetXMLDesc`).
    network_xml(uuid: Uuid, inactive: bool) -> String = Queries, None, "read definition",
        |connection| calls::network_xml(connection, uuid, inactive);
    /// Makes a new network (`virNetworkDefineXMLFlags`), which is off then, and tells its identity. One that exists is not
    /// replaced: see [`HostClient::apply_network`].
    define_network(xml: String, validate: bool) -> Uuid = Actions, None, "define network",
        |connection| calls::define(connection, &xml, validate);
    /// Applies what a user has made of a network's definition: brings it together with what others have changed meanwhile,
    /// defines it, and gives the running network what it can take (`virNetworkUpdate`). The rest waits for its restart.
    apply_network(uuid: Uuid, wish: NetworkWish) -> NetworkVerdict = Actions, Some(uuid), "apply",
        |connection| calls::apply(connection, uuid, &wish);
    /// Starts a network (`virNetworkCreate`).
    start_network(uuid: Uuid) -> () = Actions, Some(uuid), "start network", |connection| calls::start(connection, uuid);
    /// Stops a network (`virNetworkDestroy`). Machines on it lose their link, and do not get it back when it starts again.
    stop_network(uuid: Uuid) -> () = Actions, Some(uuid), "stop network", |connection| calls::stop(connection, uuid);
    /// A network starts with the host or not (`virNetworkSetAutostart`).
    set_network_autostart(uuid: Uuid, autostart: bool) -> () = Actions, Some(uuid), "set autostart",
        |connection| calls::set_autostart(connection, uuid, autostart);
    /// Deletes the definition of a network that is off (`virNetworkUndefine`).
    undefine_network(uuid: Uuid) -> () = Actions, Some(uuid), "delete network",
        |connection| calls::undefine(connection, uuid);
    /// Addresses that a network has lent, to all or to one hardware address (`virNetworkGetDHCPLeases`), by address.
    network_leases(uuid: Uuid, mac: Option<String>) -> Vec<Lease> = Queries, None, "read leases",
        |connection| calls::leases(connection, uuid, mac.as_deref());
    /// Who is plugged into a network (`virNetworkListAllPorts`).
    network_ports(uuid: Uuid) -> Vec<NetworkPort> = Queries, None, "read ports",
        |connection| calls::ports(connection, uuid);
    /// The interfaces of all machines with what they are plugged into: as it is now of those that run, as it will be of the
    /// others. Reads all definitions.
    attachments() -> Vec<Attachment> = Queries, None, "read definitions", calls::attachments;
    /// What a new or edited network must not collide with: the networks of the host, and its routes where it is this computer.
    network_surroundings() -> Surroundings = Queries, None, "list networks", calls::surroundings;

    /// All packet filters (`virConnectListAllNWFilters`), by name.
    filters() -> Vec<FilterFact> = Queries, None, "list packet filters", calls::filters;
    /// The definition of a packet filter (`virNWFilterGetXMLDesc`).
    filter_xml(uuid: Uuid) -> String = Queries, None, "read definition", |connection| calls::filter_xml(connection, uuid);
    /// Makes a packet filter, or gives the one with the identity `replaces` another definition, which holds at once for
    /// machines that run (`virNWFilterDefineXMLFlags`). Tells its identity.
    define_filter(xml: String, replaces: Option<Uuid>) -> Uuid = Actions, replaces, "define packet filter",
        |connection| calls::define_filter(connection, &xml, replaces);
    /// Deletes a packet filter that no running machine uses (`virNWFilterUndefine`).
    undefine_filter(uuid: Uuid) -> () = Actions, Some(uuid), "delete packet filter",
        |connection| calls::undefine_filter(connection, uuid);
    /// Packet filters at work on interfaces of running machines (`virConnectListAllNWFilterBindings`).
    filter_bindings() -> Vec<FilterBinding> = Queries, None, "list filter bindings",
        calls::bindings;

    /// The definition of a secret, without its value (`virSecretGetXMLDesc`).
    secret_xml(uuid: Uuid) -> String = Queries, None, "read definition", |connection| calls::secret_xml(connection, uuid);
    /// Makes a secret, which has no value then, or gives the one with the identity `replaces` another definition
    /// (`virSecretDefineXML`). Tells its identity.
    define_secret(xml: String, replaces: Option<Uuid>) -> Uuid = Actions, replaces, "define secret",
        |connection| calls::define_secret(connection, &xml, replaces);
    /// Gives a secret its value (`virSecretSetValue`). It is overwritten in our memory afterwards.
    set_secret_value(uuid: Uuid, value: Zeroizing<Vec<u8>>) -> () = Actions, Some(uuid), "set secret",
        |connection| calls::set_secret_value(connection, uuid, &value);
    /// The value of a secret (`virSecretGetValue`): only for a user who asked to see it in so many words. `Kind::Denied` for
    /// a private one.
    secret_value(uuid: Uuid) -> Zeroizing<Vec<u8>> = Queries, None, "read secret",
        |connection| calls::secret_value(connection, uuid);
    /// Deletes a secret with its value (`virSecretUndefine`).
    undefine_secret(uuid: Uuid) -> () = Actions, Some(uuid), "delete secret",
        |connection| calls::undefine_secret(connection, uuid);
    /// Machines and pools whose definitions name a secret. Reads all definitions.
    secret_uses(uuid: Uuid) -> Vec<SecretUse> = Queries, None, "read definitions",
        |connection| calls::secret_uses(connection, uuid);

    /// The description of a host's interface as it is now, or as it will be (`virInterfaceGetXMLDesc`).
    interface_xml(name: String, inactive: bool) -> String = Queries, None, "read definition",
        |connection| calls::interface_xml(connection, &name, inactive);
    /// Makes an interface of the host, or gives the one with the name `replaces` another definition (`virInterfaceDefineXML`).
    define_interface(xml: String, replaces: Option<String>) -> () = Actions, None, "define interface",
        |connection| calls::define_interface(connection, &xml, replaces.as_deref());
    /// Brings an interface of the host up (`virInterfaceCreate`).
    start_interface(name: String) -> () = Actions, None, "start interface",
        |connection| calls::start_interface(connection, &name);
    /// Brings an interface of the host down (`virInterfaceDestroy`).
    stop_interface(name: String) -> () = Actions, None, "stop interface",
        |connection| calls::stop_interface(connection, &name);
    /// Deletes the definition of an interface of the host (`virInterfaceUndefine`).
    undefine_interface(name: String) -> () = Actions, None, "delete interface",
        |connection| calls::undefine_interface(connection, &name);
    /// Notes how the host's interfaces are set up, to be able to go back (`virInterfaceChangeBegin`).
    begin_interface_changes() -> () = Actions, None, "begin changes", calls::begin_changes;
    /// Keeps what was changed since (`virInterfaceChangeCommit`).
    commit_interface_changes() -> () = Actions, None, "keep changes", calls::commit_changes;
    /// Goes back to what was noted (`virInterfaceChangeRollback`).
    roll_back_interface_changes() -> () = Actions, None, "take changes back",
        calls::roll_back_changes;
}

impl HostClient {
    /// Restarts a network, and plugs the cards of running machines in again, which lose their link for a moment. Tells what
    /// became of each card; of none where the network's bridge is not its own. The journal tells of it meanwhile.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn restart_network(&self, uuid: Uuid, job: Job) -> Result<Vec<Replugged>> {
        let entry = self.entry(String::new());
        let work = move |connection: &Arc<Connection>| calls::restart(connection, uuid, entry, &job);
        self.0.0.run(Crew::Jobs, Some(uuid), "restart network", work).await
    }

    /// Plugs the cards of running machines into a network that was off meanwhile; their link was gone since. Tells what became
    /// of each. The journal tells of it meanwhile.
    ///
    /// # Errors
    /// What libvirt says, by remedy.
    pub async fn reattach_network(&self, uuid: Uuid, job: Job) -> Result<Vec<Replugged>> {
        let entry = self.entry(String::new());
        let work = move |connection: &Arc<Connection>| calls::reattach(connection, uuid, entry, &job);
        self.0
            .0
            .run(Crew::Jobs, Some(uuid), "plug in network cards", work)
            .await
    }
}
