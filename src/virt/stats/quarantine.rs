//! Machines whose hypervisor process doesn't answer: left out of the polls until it does.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::model::error::Kind;
use crate::virt::connection::{Connection, Witness};
use crate::virt::stats::OP;
use crate::virt::stats::call::{self, Control};

/// Time between two looks at a machine in quarantine.
pub(super) const RECHECK: Duration = Duration::from_secs(2);
/// Longest time a machine stays in quarantine although its channel looks free.
const PENANCE_LIMIT: Duration = Duration::from_secs(60);

/// The machines in quarantine.
#[derive(Default)]
pub(super) struct Quarantine {
    /// With the earliest time of release.
    machines: HashMap<Uuid, Instant>,
    /// How often a machine came back, and when it was last released.
    relapses: HashMap<Uuid, (u32, Instant)>,
}

impl Quarantine {
    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    /// Who is in it.
    pub(super) fn machines(&self) -> HashSet<Uuid> {
        self.machines.keys().copied().collect()
    }

    /// Whether this machine is in it.
    pub(super) fn holds(&self, uuid: Uuid) -> bool {
        self.machines.contains_key(&uuid)
    }

    /// Takes a machine in and says so.
    pub(super) fn confine(&mut self, connection: &Connection, uuid: Uuid) {
        let now = Instant::now();
        let relapses = match self.relapses.get(&uuid) {
            Some((count, released)) if released.elapsed() < PENANCE_LIMIT => count + 1,
            _ => 0,
        };
        self.relapses.insert(uuid, (relapses, now));
        let penance = if relapses == 0 {
            Duration::ZERO
        } else {
            (RECHECK * 2_u32.saturating_pow(relapses.min(8))).min(PENANCE_LIMIT)
        };
        self.machines.insert(uuid, now + penance);
        connection.note_hang(uuid, Witness::Statistics, true);
    }

    /// Releases machines that answer again, are off or gone, and says so: a call for each that is due, none of which waits
    /// for a guest.
    pub(super) fn recheck(&mut self, connection: &Connection) {
        let now = Instant::now();
        let mut free = Vec::new();
        for (&uuid, &not_before) in &self.machines {
            if now < not_before {
                continue;
            }
            let looked = connection.look_up(uuid, OP).and_then(|domain| call::control(&domain));
            match looked {
                Ok(Control::Occupied(_)) => {}
                Ok(Control::Free) => free.push(uuid),
                Err(error) if error.kind == Kind::Unreachable => return,
                // Off ("domain is not running") or gone.
                Err(_) => free.push(uuid),
            }
        }
        for uuid in free {
            self.machines.remove(&uuid);
            if let Some((_, released)) = self.relapses.get_mut(&uuid) {
                *released = now;
            }
            connection.note_hang(uuid, Witness::Statistics, false);
        }
        self.relapses
            .retain(|uuid, (_, released)| self.machines.contains_key(uuid) || released.elapsed() < PENANCE_LIMIT);
    }
}
