//! What of the hosts decides which lines there are and how they look. How many of their machines run does not, and changes
//! with every event of a burst.

use crate::model::host::{ConnectionStatus, HostConfig, HostInfo};
use crate::model::store::{Host, Store};

/// How all hosts stood when it was looked at last.
#[derive(Debug, Default)]
pub(super) struct Standing(Vec<Seen>);

#[derive(Debug)]
struct Seen {
    config: HostConfig,
    status: ConnectionStatus,
    info: Option<HostInfo>,
    listed: bool,
    empty: bool,
}

impl Standing {
    /// Looks again; whether anything but the number of machines is different.
    pub(super) fn update(&mut self, store: &Store) -> bool {
        let same =
            self.0.len() == store.hosts().count() && self.0.iter().zip(store.hosts()).all(|(seen, host)| seen.is(host));
        if !same {
            self.0 = store.hosts().map(Seen::of).collect();
        }
        !same
    }
}

impl Seen {
    fn of(host: &Host) -> Self {
        Self {
            config: host.config.clone(),
            status: host.status.clone(),
            info: host.info.clone(),
            listed: host.listed,
            empty: host.domains.is_empty(),
        }
    }

    fn is(&self, host: &Host) -> bool {
        self.config == host.config
            && self.status == host.status
            && self.info == host.info
            && self.listed == host.listed
            && self.empty == host.domains.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::domain::{DomainState, DomainSummary};
    use crate::model::event::{HostEvent, Lifecycle};
    use crate::model::key::DomainKey;

    #[test]
    fn machines_that_start_and_stop_change_nothing_about_their_host() {
        let mut store = Store::default();
        let mut standing = Standing::default();
        let config = HostConfig::new("far", "test:///default");
        let host = config.id;
        let _ = store.put_host(config);
        assert!(standing.update(&store), "a new host");
        assert!(!standing.update(&store));
        let _ = store.apply(HostEvent::Connection {
            host,
            status: ConnectionStatus::Connected,
        });
        assert!(standing.update(&store), "connected");
        let key = DomainKey::new(host, Uuid::from_u128(1));
        let domains = vec![DomainSummary {
            key,
            name: "vm".to_owned(),
            id: None,
            state: DomainState::Off,
            reason: 0,
            persistent: true,
            autostart: false,
            managed_save: false,
        }];
        let _ = store.apply(HostEvent::Listed { host, seq: 1, domains });
        assert!(standing.update(&store), "listed");
        let changes = store.apply(HostEvent::Lifecycle {
            key,
            seq: 2,
            name: "vm".to_owned(),
            id: Some(1),
            change: Lifecycle::Started,
            detail: 0,
        });
        assert!(changes.hosts.contains(&host), "its count changed");
        assert!(!standing.update(&store));
        let _ = store.apply(HostEvent::Connection {
            host,
            status: ConnectionStatus::Connecting,
        });
        assert!(standing.update(&store), "lost");
    }
}
