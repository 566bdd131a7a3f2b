//! Who is plugged into a network: machines by their definitions, and the ports that libvirt tells of.

use uuid::Uuid;

use crate::i18n::{tr, tr_f};
use crate::model::key::{DomainKey, HostId};
use crate::model::network::{NetworkPort, Rate};
use crate::model::store::Domain;
use crate::ui::core::Core;
use crate::ui::format;

/// A plug in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its machine; `None` for one that this connection does not show, such as a container of another driver.
    pub(super) key: Option<DomainKey>,
    /// Name of the machine.
    pub(super) name: String,
    /// A line about the plug.
    pub(super) detail: String,
}

/// The plugs in a network, by the names of their machines; `ports` is what libvirt tells of those that run.
pub(super) fn members(core: &Core, host: HostId, network: &str, ports: &[NetworkPort]) -> Vec<Member> {
    let store = core.store();
    let mut told: Vec<&NetworkPort> = ports.iter().collect();
    let mut found = Vec::new();
    for domain in store.domains().filter(|domain| domain.key.host == host) {
        for nic in domain.details.iter().flat_map(|details| details.nics_on(network)) {
            let mut parts = vec![crate::model::state::state_text(domain.state)];
            parts.extend(nic.mac.clone());
            parts.extend(nic.target.clone().filter(|_| domain.state.is_active()));
            if let Some(port) = take_port(&mut told, domain.key.uuid, nic.mac.as_deref()) {
                parts.extend(about(port));
            }
            found.push(Member {
                key: Some(domain.key),
                name: domain.name.clone(),
                detail: parts.join(" · "),
            });
        }
    }
    found.extend(told.into_iter().map(stranger));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Takes the port of a machine's card: the one with its address, else one of which no address is told.
fn take_port<'p>(told: &mut Vec<&'p NetworkPort>, machine: Uuid, mac: Option<&str>) -> Option<&'p NetworkPort> {
    let own = |port: &&NetworkPort| port.machine == Some(machine);
    let same = |port: &NetworkPort| {
        let both = port.mac.as_deref().zip(mac);
        both.is_some_and(|(told, own)| told.eq_ignore_ascii_case(own))
    };
    let exact = told.iter().position(|port| own(port) && same(port));
    let is_unsaid = |port: &NetworkPort| port.mac.is_none() || mac.is_none();
    let found = exact.or_else(|| told.iter().position(|port| own(port) && is_unsaid(port)));
    found.map(|at| told.remove(at))
}

fn stranger(port: &NetworkPort) -> Member {
    let mut parts: Vec<String> = port.mac.iter().cloned().collect();
    parts.extend(about(port));
    Member {
        key: None,
        name: match port.name.is_empty() {
            true => tr("Unknown machine"),
            false => port.name.clone(),
        },
        detail: parts.join(" · "),
    }
}

/// What a port tells beyond the machine's definition.
fn about(port: &NetworkPort) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(group) = &port.group {
        parts.push(tr_f("port group {name}", &[("name", group)]));
    }
    if let Some(rate) = limit(port.inbound) {
        parts.push(tr_f("may receive {rate}", &[("rate", &rate)]));
    }
    if let Some(rate) = limit(port.outbound) {
        parts.push(tr_f("may send {rate}", &[("rate", &rate)]));
    }
    parts
}

#[allow(clippy::cast_precision_loss, reason = "for a text of three digits")]
fn limit(rate: Rate) -> Option<String> {
    rate.average.map(|kib| format::rate(kib as f64 * 1024.0))
}

/// The machine that has a network card with this address.
pub(super) fn owner(core: &Core, host: HostId, mac: &str) -> Option<String> {
    let store = core.store();
    let of_host = store.domains().filter(|domain| domain.key.host == host);
    let has = |domain: &&Domain| domain.details.as_ref().is_some_and(|details| details.has_mac(mac));
    of_host.into_iter().find(has).map(|domain| domain.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_card_of_a_machine_has_its_own_port() {
        let (machine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let port = |name: &str, machine, mac: Option<&str>| NetworkPort {
            name: name.to_owned(),
            machine: Some(machine),
            mac: mac.map(str::to_owned),
            ..NetworkPort::default()
        };
        let unsaid = port("unsaid", machine, None);
        let first = port("first", machine, Some("52:54:00:AA:00:01"));
        let second = port("second", machine, Some("52:54:00:aa:00:02"));
        let foreign = port("foreign", other, Some("52:54:00:aa:00:01"));
        let mut told = vec![&unsaid, &foreign, &second, &first];
        let mut take = |mac: Option<&str>| take_port(&mut told, machine, mac).map(|port| port.name.clone());
        assert_eq!(take(Some("52:54:00:aa:00:01")).as_deref(), Some("first"));
        assert_eq!(take(Some("52:54:00:aa:00:02")).as_deref(), Some("second"));
        // A driver that tells no address still tells whose it is.
        assert_eq!(take(Some("52:54:00:aa:00:03")).as_deref(), Some("unsaid"));
        assert_eq!(take(Some("52:54:00:aa:00:01")), None, "it has its port");
        assert_eq!(told, [&foreign]);
        // A card without an address takes what is its machine's.
        assert_eq!(
            take_port(&mut told, other, None).map(|port| port.name.as_str()),
            Some("foreign")
        );
    }

    #[test]
    fn a_port_tells_its_group_and_its_limits() {
        let xml = "<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid>\
            <owner><name>box</name><uuid>06578fc1-c686-46fa-bc2c-83893b466a6b</uuid></owner><group>guests</group>\
            <mac address='52:54:00:7b:35:93'/><bandwidth><inbound average='1024'/></bandwidth></networkport>";
        let member = stranger(&NetworkPort::read(xml).expect("a port"));
        assert_eq!((member.key, member.name.as_str()), (None, "box"));
        assert!(
            member
                .detail
                .starts_with("52:54:00:7b:35:93 · port group guests · may receive ")
        );
        assert!(!member.detail.contains("send"), "{}", member.detail);
    }
}
