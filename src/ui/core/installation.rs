//! After the installation of a guest: media out, files of the installer gone, and the machine started again where the end of
//! the installer was its end. Also while the guest runs, when it has restarted and goes on from its disk. What is left to do is a note in the definition, so it is done as well when nobody was watching.

use super::{Core, Notice};
use crate::model::action::{DomainAction, StartOptions};
use crate::model::creation::Installation;
use crate::model::key::DomainKey;
use crate::model::store::ChangeSet;
use crate::virt::client::FINISHED_START;

impl Core {
    /// Looks for machines whose guest has just been installed.
    pub(super) fn go_on_installing(&self, changes: &ChangeSet) {
        for key in &changes.removed {
            self.0.installing.borrow_mut().remove(key);
            self.stop_watching(*key);
        }
        for key in changes.changed.keys() {
            self.check_installation(*key);
        }
        for key in &changes.restarted {
            self.watch_restart(*key);
        }
    }

    fn check_installation(&self, key: DomainKey) {
        let Some((active, reason, begun)) = self.store().domain(key).and_then(|domain| {
            let installation = domain.details.as_ref()?.installation?;
            Some((domain.state.is_active(), domain.reason, installation))
        }) else {
            return;
        };
        if active {
            if self.0.installing.borrow_mut().insert(key) && !begun {
                self.begin_installation(key);
            }
            return;
        }
        self.stop_watching(key);
        let seen = self.0.installing.borrow_mut().remove(&key);
        // One that was never started waits for its user, and one that was forced off for another try.
        if (seen || begun) && Installation::has_ended(reason) {
            self.finish_installation(key, seen);
        }
    }

    /// Somebody has started it.
    fn begin_installation(&self, key: DomainKey) {
        let Some(client) = self.client(key.host) else {
            return;
        };
        self.0.context.spawn_local(async move {
            if let Err(error) = client.begin_installation(key.uuid).await {
                tracing::debug!(%error, "an installation has begun and is not noted");
            }
        });
    }

    /// The guest restarts: it may be the end of the installation.
    fn watch_restart(&self, key: DomainKey) {
        let is_installing = self
            .store()
            .domain(key)
            .and_then(|domain| domain.details.as_ref()?.installation)
            .is_some();
        let Some(client) = self.client(key.host).filter(|_| is_installing) else {
            return;
        };
        let watch = self.0.context.spawn_local(async move {
            match client.after_restart(key.uuid).await {
                Ok(true) => tracing::info!(machine = %key.uuid, "installation finished"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the media of an installation stay in"),
            }
        });
        // One that was watched has restarted again.
        let earlier = self.0.restarted.borrow_mut().insert(key, watch);
        if let Some(earlier) = earlier {
            earlier.abort();
        }
    }

    fn stop_watching(&self, key: DomainKey) {
        let watch = self.0.restarted.borrow_mut().remove(&key);
        if let Some(watch) = watch {
            watch.abort();
        }
    }

    fn finish_installation(&self, key: DomainKey, restart: bool) {
        let Some(client) = self.client(key.host) else {
            return;
        };
        let core = self.clone();
        self.0.context.spawn_local(async move {
            match client.finish_installation(key.uuid, restart).await {
                Ok(true) => tracing::info!(machine = %key.uuid, "installation finished"),
                Ok(false) => {}
                Err(error) if error.op == FINISHED_START => {
                    tracing::warn!(%error, "a machine does not start again after its installer");
                    let action = DomainAction::Start(StartOptions::default());
                    core.notify(&Notice::ActionFailed { key, action, error });
                }
                Err(error) => tracing::warn!(%error, "an installation can't be finished"),
            }
        });
    }
}
