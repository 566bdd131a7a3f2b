//! Following what others change: most events tell all there is to know, after a few the machine has to be read again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use crate::model::event::{HostEvent, Lifecycle};
use crate::virt::connection::lock;
use crate::virt::session::{Session, refresh};

/// How long news are gathered before machines are read again. The daemon sends some before it is quite done: a restored
/// machine's image is removed a moment after the event that it runs.
pub(super) const GATHER: Duration = Duration::from_millis(250);
/// The same after many at once.
pub(super) const GATHER_MANY: Duration = Duration::from_secs(2);
/// More machines than that are cheaper to list than to read one by one.
pub(super) const MANY: usize = 16;

/// Machines to read again.
#[derive(Debug, Default)]
pub(super) struct Changed(Mutex<HashSet<Uuid>>);

impl Changed {
    /// Notes what an event leaves open. True when there was nothing to do before.
    pub(super) fn note(&self, event: &HostEvent) -> bool {
        let Some(uuid) = untold(event) else { return false };
        let mut changed = lock(&self.0);
        changed.insert(uuid) && changed.len() == 1
    }

    /// Takes what was noted.
    pub(super) fn take(&self) -> HashSet<Uuid> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl Session {
    /// Reads machines again whose news left something open.
    pub(super) fn follow(self: &Arc<Self>, machines: HashSet<Uuid>) {
        if machines.len() > MANY {
            self.resync();
        } else if !machines.is_empty() {
            self.post(move |connection| {
                for uuid in machines {
                    refresh(connection, uuid);
                }
            });
        }
    }
}

/// The machine whose summary (flags above all) may be other than this event and those before it tell. A plain start or
/// stop tells everything.
fn untold(event: &HostEvent) -> Option<Uuid> {
    const MIGRATED_OR_RESTORED_OR_SNAPSHOT: std::ops::RangeInclusive<i32> = 1..=3;
    const STOPPED_BY_MIGRATION: i32 = 3;
    const STOPPED_BY_SAVE: i32 = 4;
    const STOPPED_BY_SNAPSHOT: i32 = 6;
    const UPDATED: i32 = 1;
    const DEFINED_BY_SNAPSHOT: i32 = 3;
    let HostEvent::Lifecycle {
        key, change, detail, ..
    } = event
    else {
        return None;
    };
    let open = match change {
        Lifecycle::Started => MIGRATED_OR_RESTORED_OR_SNAPSHOT.contains(detail),
        Lifecycle::Stopped => [STOPPED_BY_MIGRATION, STOPPED_BY_SAVE, STOPPED_BY_SNAPSHOT].contains(detail),
        Lifecycle::Defined => [UPDATED, DEFINED_BY_SNAPSHOT].contains(detail),
        _ => false,
    };
    open.then_some(key.uuid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::{DomainKey, HostId};

    fn event(uuid: Uuid, change: Lifecycle, detail: i32) -> HostEvent {
        HostEvent::Lifecycle {
            key: DomainKey::new(HostId::new(), uuid),
            seq: 1,
            name: String::new(),
            id: None,
            change,
            detail,
        }
    }

    #[test]
    fn plain_changes_of_state_make_no_call() {
        let uuid = Uuid::new_v4();
        for (change, detail) in [
            (Lifecycle::Started, 0),
            (Lifecycle::Stopped, 0),
            (Lifecycle::Stopped, 1),
            (Lifecycle::Suspended, 0),
            (Lifecycle::Resumed, 0),
            (Lifecycle::Defined, 0),
            (Lifecycle::Undefined, 0),
        ] {
            assert_eq!(untold(&event(uuid, change, detail)), None, "{change:?} {detail}");
        }
    }

    #[test]
    fn thousand_news_of_one_machine_are_one_reading() {
        let (changed, uuid) = (Changed::default(), Uuid::new_v4());
        let began = (0..1000)
            .filter(|_| changed.note(&event(uuid, Lifecycle::Stopped, 4)))
            .count();
        assert_eq!(began, 1);
        assert_eq!(changed.take(), HashSet::from([uuid]));
        assert!(changed.note(&event(uuid, Lifecycle::Started, 2)));
    }
}
