//! Machines that were asked for on a command line: by name, number or UUID, and before or after their host has listed them.

use crate::model::key::{DomainKey, HostId};
use crate::model::store::Store;
use crate::ui::vm::Page;

/// A page of a machine that somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The host that was named with it; the same name elsewhere is not meant.
    pub host: HostId,
    /// Name, UUID, or number of the running machine.
    pub machine: String,
    /// What of it.
    pub page: Page,
}

/// What is known about a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This one is meant.
    Machine(DomainKey),
    /// The host has no such machine.
    Unknown,
    /// The host has not said yet which machines it has.
    Later,
    /// The host was forgotten.
    Pointless,
}

impl Wish {
    /// Looks for the machine. A name counts before a UUID, and that before a number, as for virsh.
    #[must_use]
    pub fn answer(&self, store: &Store) -> Answer {
        let Some(host) = store.host(self.host) else {
            return Answer::Pointless;
        };
        let uuid = self.machine.parse().ok();
        let number = self.machine.parse().ok();
        let own = || store.domains().filter(|domain| domain.key.host == self.host);
        let found = own()
            .find(|domain| domain.name == self.machine)
            .or_else(|| own().find(|domain| Some(domain.key.uuid) == uuid))
            .or_else(|| own().find(|domain| number.is_some() && domain.id == number));
        match found {
            Some(domain) => Answer::Machine(domain.key),
            None if host.listed && host.status.is_connected() => Answer::Unknown,
            None => Answer::Later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::domain::{DomainState, DomainSummary};
    use crate::model::event::HostEvent;
    use crate::model::host::{ConnectionStatus, HostConfig};
    use uuid::Uuid;

    const UUID: Uuid = Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef);

    fn wish(host: HostId, machine: &str) -> Wish {
        Wish {
            host,
            machine: machine.to_owned(),
            page: Page::Console,
        }
    }

    /// A host with these machines: name, UUID, number.
    fn add(store: &mut Store, machines: &[(&str, Uuid, Option<u32>)]) -> HostId {
        let config = HostConfig::new("host", "test:///default");
        let host = config.id;
        let _ = store.put_host(config);
        let _ = store.apply(HostEvent::Connection {
            host,
            status: ConnectionStatus::Connected,
        });
        let domains = machines.iter().map(|(name, uuid, id)| DomainSummary {
            key: DomainKey::new(host, *uuid),
            name: (*name).to_owned(),
            id: *id,
            state: DomainState::Running,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: false,
        });
        let domains = domains.collect();
        let _ = store.apply(HostEvent::Listed { host, seq: 2, domains });
        host
    }

    #[test]
    fn a_machine_is_found_by_name_uuid_and_number() {
        let mut store = Store::default();
        let host = add(&mut store, &[("vm", UUID, Some(7)), ("8", Uuid::from_u128(2), Some(9))]);
        let machine = |uuid| Answer::Machine(DomainKey::new(host, uuid));
        for words in ["vm", "7", "12345678-9abc-4def-8123-456789abcdef"] {
            assert_eq!(wish(host, words).answer(&store), machine(UUID), "{words}");
        }
        assert_eq!(wish(host, "8").answer(&store), machine(Uuid::from_u128(2)));
        assert_eq!(wish(host, "10").answer(&store), Answer::Unknown);
        assert_eq!(wish(host, "").answer(&store), Answer::Unknown);
    }

    #[test]
    fn the_same_name_on_another_host_is_not_opened() {
        let mut store = Store::default();
        let _elsewhere = add(&mut store, &[("vm", UUID, None)]);
        let host = add(&mut store, &[("other", UUID, None)]);
        assert_eq!(wish(host, "vm").answer(&store), Answer::Unknown);
    }

    #[test]
    fn a_host_that_has_not_listed_its_machines_is_waited_for() {
        let mut store = Store::default();
        let config = HostConfig::new("host", "test:///default");
        let host = config.id;
        let _ = store.put_host(config);
        assert_eq!(wish(host, "vm").answer(&store), Answer::Later);
        assert_eq!(wish(HostId::new(), "vm").answer(&store), Answer::Pointless);
    }
}
