//! What the storage page reads of its host, and when.

use std::sync::Arc;
use std::time::Duration;

use gtk4::prelude::*;

use super::page::StoragePage;
use super::pools;
use crate::i18n::tr;
use crate::model::error::{Kind, VirtError};
use crate::model::event::ObjectKind;
use crate::model::facts::{PoolFact, VolumeFact};
use crate::model::key::DomainKey;
use crate::model::storage::usual_pool;
use crate::model::store::{Aspects, ChangeSet};
use crate::ui::core::Core;
use crate::ui::errors;

/// How long news are gathered before the host is asked again.
const PAUSE: Duration = Duration::from_millis(150);
/// Time between two questions for an answer that is late.
const AGAIN: Duration = Duration::from_secs(3);

impl StoragePage {
    /// Tries again to read volumes that could not be read.
    pub(super) fn forget_failure(&self, pool: &str) {
        if let Some(known) = self.known.borrow_mut().get_mut(pool) {
            known.error = None;
        }
        self.show();
    }

    pub(super) fn hear(&self, changes: &ChangeSet) {
        let pools = changes.objects.contains(&(self.host, ObjectKind::StoragePool));
        if pools || changes.hosts.contains(&self.host) {
            self.stale.set(true);
            self.read_soon();
        }
        let of_host =
            |(key, aspects): (&DomainKey, &Aspects)| key.host == self.host && (aspects.identity || aspects.state);
        if self.toasts.is_mapped() && changes.changed.iter().any(of_host) {
            self.pane.volumes.set_usage(self.core.usage(self.host));
        }
    }

    pub(super) fn read_soon(&self) {
        if self.pause.borrow().is_some() {
            return;
        }
        let weak = self.weak();
        let pause = glib::spawn_future_local(async move {
            glib::timeout_future(PAUSE).await;
            if let Some(page) = weak.upgrade() {
                page.pause.take();
                page.read();
            }
        });
        self.pause.replace(Some(pause));
    }

    /// Reads everything anew, because something was done.
    pub(super) fn reload(&self) {
        self.stale.set(true);
        self.read();
    }

    /// Reads the pools, if they are to be seen and may have changed.
    pub(super) fn read(&self) {
        if !self.stale.get() || self.reading.get() || !self.toasts.is_mapped() {
            return;
        }
        let connected = |core: &Core| {
            let store = core.store();
            store.host(self.host).is_some_and(|host| host.status.is_connected())
        };
        let client = self.core.client(self.host).filter(|_| connected(&self.core));
        let Some(client) = client else {
            self.say_unconnected();
            return;
        };
        self.stale.set(false);
        self.reading.set(true);
        let weak = self.weak();
        glib::spawn_future_local(async move {
            let read = client.pools().await;
            if let Some(page) = weak.upgrade() {
                page.reading.set(false);
                page.take(read);
                page.read();
            }
        });
    }

    pub(super) fn say_unconnected(&self) {
        if self.pools.borrow().is_empty() {
            self.say(
                "network-offline-symbolic",
                &tr("Not connected"),
                &tr("The storage of this host is seen when it is connected."),
                None,
            );
        }
    }

    pub(super) fn take(&self, read: Result<Arc<[PoolFact]>, VirtError>) {
        match read {
            Ok(pools) => {
                let pools = pools::in_order(&pools);
                let selected = self.selected.borrow().clone();
                let is_there = |name: &str| pools.iter().any(|pool| pool.name == name);
                if !selected.as_deref().is_some_and(is_there) {
                    let usual = usual_pool(&pools[..]).or(pools.first());
                    self.selected.replace(usual.map(|pool| pool.name.clone()));
                }
                self.known.borrow_mut().retain(|name, _| is_there(name));
                self.pools.replace(pools);
                self.show();
                self.read_volumes();
            }
            // What was read before stays on screen.
            Err(error) if !self.pools.borrow().is_empty() => tracing::info!(%error, "the pools were not read again"),
            Err(error) => {
                let host = self.core.store().host(self.host).map(|host| host.config.clone());
                let why = errors::explain(&error, host.as_ref());
                let again = (tr("_Try Again"), "pool.reload");
                self.say("dialog-warning-symbolic", &why.title, &why.body, Some(again));
            }
        }
    }

    /// Reads the volumes of the pool that is shown, and who uses them: their names at once, of those that are seen the rest, then
    /// of all.
    pub(super) fn read_volumes(&self) {
        let Some(pool) = self.pool().filter(|pool| pool.active) else {
            return;
        };
        let Some(client) = self.core.client(self.host) else {
            return;
        };
        let turn = self.turn.get() + 1;
        self.turn.set(turn);
        let is_first = {
            let known = self.known.borrow();
            known.get(&pool.name).is_none_or(|known| known.volumes.is_none())
        };
        let weak = self.weak();
        glib::spawn_future_local(async move {
            if is_first {
                let names = client.volume_names(pool.name.clone()).await.map(Arc::from);
                let Some(page) = weak.upgrade() else { return };
                page.learn(&pool.name, names);
            }
            loop {
                let read = client.volumes(pool.name.clone()).await;
                let Some(page) = weak.upgrade() else { return };
                let late = read.as_ref().is_err_and(|error| error.kind == Kind::Timeout);
                page.learn(&pool.name, read);
                // Thousands may take longer than anybody waits for one answer; they are being read all the same.
                if !late || page.turn.get() != turn || !page.toasts.is_mapped() {
                    break;
                }
                drop(page);
                glib::timeout_future(AGAIN).await;
            }
            let Some(page) = weak.upgrade().filter(|page| page.turn.get() == turn) else {
                return;
            };
            let (core, host) = (page.core.clone(), page.host);
            drop(page);
            core.learn_storage(host).await;
            if let Some(page) = weak.upgrade() {
                page.pane.volumes.set_usage(core.usage(host));
            }
        });
    }

    /// Takes what was read of a pool. What was known before outlives an answer that is late.
    pub(super) fn learn(&self, pool: &str, read: Result<Arc<[VolumeFact]>, VirtError>) {
        {
            let mut known = self.known.borrow_mut();
            let known = known.entry(pool.to_owned()).or_default();
            match read {
                Ok(volumes) => {
                    known.volumes = Some(volumes);
                    known.error = None;
                }
                Err(error) if error.kind == Kind::Timeout && known.volumes.is_some() => {}
                Err(error) => known.error = Some(error),
            }
        }
        self.show();
    }

    /// Reads what is not known of some volumes that are seen.
    pub(super) fn describe(&self, names: Vec<String>) {
        let (Some(pool), Some(client)) = (self.pool(), self.core.client(self.host)) else {
            return;
        };
        let weak = self.weak();
        glib::spawn_future_local(async move {
            let read = client.describe_volumes(pool.name.clone(), names).await;
            let Some(page) = weak.upgrade() else { return };
            let is_shown = page.selected.borrow().as_ref() == Some(&pool.name);
            if let (Ok(read), true) = (read, is_shown) {
                page.pane.volumes.learn(read);
                // What is known is what is listed now.
                let volumes = page.pane.volumes.volumes();
                page.known.borrow_mut().entry(pool.name).or_default().volumes = Some(volumes);
            }
        });
    }
}
