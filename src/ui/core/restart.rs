//! Off and on again: what a machine needs that has changes waiting for its next start. A reboot would keep the hardware.

use std::time::{Duration, Instant};

use super::Core;
use crate::model::action::{DomainAction, GuestSignal, StartOptions};
use crate::model::key::DomainKey;
use crate::model::store::ChangeSet;

/// A guest that has not stopped for so long does not start again by itself: the user has other plans by then.
const LONGEST: Duration = Duration::from_secs(300);

impl Core {
    /// Asks the guest to shut down, and starts the machine again as soon as it is off.
    pub fn restart(&self, key: DomainKey) {
        self.0.restarts.borrow_mut().insert(key, Instant::now());
        self.perform(key, DomainAction::Shutdown(GuestSignal::Default));
    }

    /// Whether a machine starts again when it is off.
    #[must_use]
    pub fn is_restarting(&self, key: DomainKey) -> bool {
        self.0.restarts.borrow().contains_key(&key)
    }

    /// Starts what is off now and waited for it.
    pub(super) fn go_on_restarting(&self, changes: &ChangeSet) {
        if self.0.restarts.borrow().is_empty() {
            return;
        }
        for key in &changes.removed {
            self.0.restarts.borrow_mut().remove(key);
        }
        let changed: Vec<DomainKey> = changes
            .changed
            .iter()
            .filter(|(_, aspects)| aspects.state)
            .map(|(key, _)| *key)
            .collect();
        for key in changed {
            let is_off = self.store().domain(key).is_some_and(|domain| !domain.state.is_active());
            if !is_off {
                continue;
            }
            let since = self.0.restarts.borrow_mut().remove(&key);
            if since.is_some_and(|since| since.elapsed() < LONGEST) {
                self.perform(key, DomainAction::Start(StartOptions::default()));
            }
        }
    }
}
