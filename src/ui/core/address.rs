//! Addresses of the guests that are on screen. No event tells of them, so they are asked for: one machine after the other
//! on each host, rarely, and only while somebody looks.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Core;
use crate::model::demo;
use crate::model::domain::DomainDetails;
use crate::model::event::HostEvent;
use crate::model::key::{DomainKey, HostId};
use crate::model::uri::Uri;

/// A guest that has just started may wait for its lease; it is asked again after this long, then after twice that …
const FIRST_PAUSE: Duration = Duration::from_secs(4);
/// … up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What was asked.
#[derive(Default)]
pub(super) struct Asked {
    due: HashMap<DomainKey, (Instant, Duration)>,
    busy: HashSet<HostId>,
}

impl Asked {
    /// Notes that a machine is asked now.
    fn note(&mut self, key: DomainKey, now: Instant) {
        let pause = self.due.get(&key).map_or(FIRST_PAUSE, |(_, pause)| *pause);
        self.due.insert(key, (now + pause, (pause * 2).min(LONGEST_PAUSE)));
    }

    fn is_due(&self, key: DomainKey, now: Instant) -> bool {
        self.due.get(&key).is_none_or(|(due, _)| *due <= now)
    }

    /// Begins anew with a machine that stopped or started.
    pub(super) fn forget(&mut self, key: DomainKey) {
        self.due.remove(&key);
    }
}

impl Core {
    /// Asks for the addresses of a machine now, whenever they were asked for.
    pub fn refresh_addresses(&self, key: DomainKey) {
        self.0.addresses.borrow_mut().forget(key);
        self.ask_addresses();
    }

    /// Asks for what is due among the machines that are shown.
    pub(super) fn ask_addresses(&self) {
        let now = Instant::now();
        let clients: Vec<_> = self.0.clients.borrow().iter().map(|(id, c)| (*id, c.clone())).collect();
        for (host, client) in clients {
            let due = self.due_addresses(host, now);
            if due.is_empty() || !client.status().is_connected() {
                continue;
            }
            self.0.addresses.borrow_mut().busy.insert(host);
            let weak = Rc::downgrade(&self.0);
            self.0.context.spawn_local(async move {
                for uuid in due {
                    let answer = client.addresses(uuid).await;
                    let Some(inner) = weak.upgrade() else { return };
                    match answer {
                        Ok(addresses) => {
                            let key = DomainKey::new(host, uuid);
                            Self(inner).receive(vec![HostEvent::Addresses { key, addresses }]);
                        }
                        Err(error) => tracing::debug!(%uuid, "no addresses: {error}"),
                    }
                }
                if let Some(inner) = weak.upgrade() {
                    inner.addresses.borrow_mut().busy.remove(&host);
                }
            });
        }
    }

    fn due_addresses(&self, host: HostId, now: Instant) -> Vec<Uuid> {
        let shown = self.0.demand.borrow().shown(host);
        let store = self.0.store.borrow();
        let mut asked = self.0.addresses.borrow_mut();
        if asked.busy.contains(&host) {
            return Vec::new();
        }
        let fragile = store.host(host).is_some_and(|host| is_fragile(&host.config.uri));
        let mut due = shown;
        due.retain(|uuid| {
            let key = DomainKey::new(host, *uuid);
            let answers = store.domain(key).is_some_and(|domain| {
                let details = domain.details.as_ref();
                let safe = !fragile || details.is_some_and(|details| !has_network(details));
                let has_card = details.is_none_or(|details| !details.nics.is_empty());
                domain.state.is_running() && domain.responding && safe && has_card
            });
            answers && asked.is_due(key, now)
        });
        for uuid in &due {
            asked.note(DomainKey::new(host, *uuid), now);
        }
        due
    }
}

/// Whether the question may end the program: libvirt's test driver runs within it, and follows NULL (11.3) for a machine
/// on a network that is missing or has no address. The networks of its default world and of our fleets have one.
fn is_fragile(uri: &str) -> bool {
    let own = Uri::parse(uri).is_ok_and(|uri| uri.driver == "test" && uri.transport.is_none() && uri.host.is_none());
    own && uri != "test:///default" && !demo::is_demo(uri)
}

fn has_network(details: &DomainDetails) -> bool {
    details.nics.iter().any(|nic| nic.kind == "network")
}
