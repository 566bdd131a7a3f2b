//! What the windows show, merged per host: it decides what is polled and which definitions are read first.

use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Core, Inner};
use crate::model::key::{DomainKey, HostId};
use crate::model::sample::{Interest, StatGroups};
use crate::model::store::ChangeSet;

/// Requests for definitions wait this long, so that scrolling asks once where it stops.
const DETAILS_DELAY: Duration = Duration::from_millis(40);
/// An unanswered request for the same definitions is repeated after this long.
const DETAILS_REPEAT: Duration = Duration::from_secs(5);

/// What all windows want to see.
#[derive(Default)]
pub(super) struct Demand {
    lists: HashMap<u64, (Vec<DomainKey>, StatGroups)>,
    focus: HashMap<DomainKey, usize>,
    sent: HashMap<HostId, Interest>,
    asked: HashMap<HostId, (Vec<Uuid>, Instant)>,
    details_queued: bool,
}

impl Demand {
    /// The interest of one host: its visible machines, the groups of any list that shows numbers, its focused machines.
    fn interest(&self, host: HostId) -> Interest {
        let mut interest = Interest::default();
        let mut seen = HashSet::new();
        for (rows, groups) in self.lists.values() {
            interest.list = merge(interest.list, *groups);
            let of_host = rows.iter().filter(|key| key.host == host);
            interest
                .visible
                .extend(of_host.map(|key| key.uuid).filter(|uuid| seen.insert(*uuid)));
        }
        interest.focused = self.focused(host).collect();
        interest.focused.sort_unstable();
        interest
    }

    fn focused(&self, host: HostId) -> impl Iterator<Item = Uuid> + '_ {
        self.focus
            .keys()
            .filter(move |key| key.host == host)
            .map(|key| key.uuid)
    }

    /// Focused machines first, then rows in the order of the screen.
    pub(super) fn shown(&self, host: HostId) -> Vec<Uuid> {
        let mut seen = HashSet::new();
        let rows = self.lists.values().flat_map(|(rows, _)| rows);
        let rows = rows.filter(|key| key.host == host).map(|key| key.uuid);
        self.focused(host)
            .chain(rows)
            .filter(|uuid| seen.insert(*uuid))
            .collect()
    }
}

fn merge(a: StatGroups, b: StatGroups) -> StatGroups {
    StatGroups {
        cpu: a.cpu || b.cpu,
        vcpu: a.vcpu || b.vcpu,
        memory: a.memory || b.memory,
        disk: a.disk || b.disk,
        net: a.net || b.net,
    }
}

impl Core {
    /// Says which rows a list shows, and which figures; `list` identifies the list (one per window). No rows and no
    /// groups when the window is hidden.
    pub fn show_rows(&self, list: u64, rows: Vec<DomainKey>, groups: StatGroups) {
        {
            let mut demand = self.0.demand.borrow_mut();
            if rows.is_empty() && groups.is_empty() {
                if demand.lists.remove(&list).is_none() {
                    return;
                }
            } else {
                let now = (rows, groups);
                if demand.lists.get(&list) == Some(&now) {
                    return;
                }
                demand.lists.insert(list, now);
            }
        }
        self.send_interest();
        self.queue_details();
    }

    /// Says that large graphs of a machine are on screen, for as long as the guard lives.
    pub fn focus(&self, key: DomainKey) -> FocusGuard {
        let first = {
            let mut demand = self.0.demand.borrow_mut();
            let count = demand.focus.entry(key).or_insert(0);
            *count += 1;
            *count == 1
        };
        if first {
            self.0.store.borrow_mut().keep_history(key, true);
            self.send_interest();
            self.queue_details();
        }
        FocusGuard {
            key,
            core: Rc::downgrade(&self.0),
        }
    }

    /// Tells every client whose part of the interest changed.
    pub(super) fn send_interest(&self) {
        let clients: Vec<_> = self.0.clients.borrow().iter().map(|(id, c)| (*id, c.clone())).collect();
        for (host, client) in clients {
            let mut demand = self.0.demand.borrow_mut();
            let interest = demand.interest(host);
            if demand.sent.get(&host) != Some(&interest) {
                demand.sent.insert(host, interest.clone());
                client.set_interest(interest);
            }
        }
    }

    /// Forgets what a host was told, because its client is new.
    pub(super) fn forget_demand(&self, host: HostId) {
        let mut demand = self.0.demand.borrow_mut();
        demand.sent.remove(&host);
        demand.asked.remove(&host);
    }

    pub(super) fn after_changes(&self, changes: &ChangeSet) {
        let identity = changes.changed.values().any(|aspects| aspects.identity);
        if identity || !changes.added.is_empty() || !changes.hosts.is_empty() {
            self.queue_details();
        }
        for (key, aspects) in &changes.changed {
            let active = || {
                self.0
                    .store
                    .borrow()
                    .domain(*key)
                    .is_some_and(|domain| domain.state.is_active())
            };
            // A pause changes no address.
            if aspects.state && !active() {
                self.0.addresses.borrow_mut().forget(*key);
            }
        }
        // Load figures come only while somebody looks: the right beat to ask in.
        if changes.changed.values().any(|aspects| aspects.load) {
            self.ask_addresses();
        }
    }

    fn queue_details(&self) {
        if std::mem::replace(&mut self.0.demand.borrow_mut().details_queued, true) {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        self.0.context.spawn_local(async move {
            glib::timeout_future(DETAILS_DELAY).await;
            if let Some(inner) = weak.upgrade() {
                inner.demand.borrow_mut().details_queued = false;
                Self(inner).request_details();
            }
        });
    }

    fn request_details(&self) {
        let now = Instant::now();
        let clients: Vec<_> = self.0.clients.borrow().iter().map(|(id, c)| (*id, c.clone())).collect();
        for (host, client) in clients {
            if !client.status().is_connected() {
                continue;
            }
            let mut demand = self.0.demand.borrow_mut();
            let store = self.0.store.borrow();
            let wanted: Vec<Uuid> = demand
                .shown(host)
                .into_iter()
                .filter(|uuid| store.wants_details(DomainKey::new(host, *uuid)))
                .collect();
            if wanted.is_empty() {
                demand.asked.remove(&host);
                continue;
            }
            let repeated = demand.asked.get(&host).is_some_and(|(asked, at)| {
                now.duration_since(*at) < DETAILS_REPEAT && wanted.iter().all(|uuid| asked.contains(uuid))
            });
            if !repeated {
                demand.asked.insert(host, (wanted.clone(), now));
                client.request_details(wanted);
            }
        }
    }
}

/// Keeps a machine's detailed figures coming; see [`Core::focus`].
#[must_use]
pub struct FocusGuard {
    key: DomainKey,
    core: Weak<Inner>,
}

impl Drop for FocusGuard {
    fn drop(&mut self) {
        let Some(inner) = self.core.upgrade() else { return };
        let last = {
            let mut demand = inner.demand.borrow_mut();
            match demand.focus.get_mut(&self.key) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    false
                }
                _ => demand.focus.remove(&self.key).is_some(),
            }
        };
        if last {
            Core(inner).send_interest();
        }
    }
}
