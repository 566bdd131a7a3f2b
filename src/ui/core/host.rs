//! Hosts come, go, connect and part.

use std::time::Duration;

use super::{Core, Notice};
use crate::model::host::{ConnectionStatus, HostConfig};
use crate::model::key::HostId;
use crate::model::uri::Uri;
use crate::virt::client::{EventLoop, HostClient};

/// What an orderly end may take at most.
const GOODBYE: Duration = Duration::from_secs(2);

impl Core {
    /// Adds a host, or changes it, and keeps it in the settings if `saved`. A connected host whose URI or mode changed is
    /// connected anew.
    pub fn put_host(&self, config: HostConfig, saved: bool) {
        let id = config.id;
        let reopen = self.store().host(id).is_some_and(|host| {
            let old = &host.config;
            let same = old.uri == config.uri
                && old.read_only == config.read_only
                && old.keepalive_interval == config.keepalive_interval
                && old.keepalive_count == config.keepalive_count;
            !same
        }) && self.client(id).is_some();
        if saved {
            self.0.settings.put_host(&config);
            self.0.saved.borrow_mut().insert(id);
        } else if self.0.saved.borrow_mut().remove(&id) {
            self.0.settings.remove_host(id);
        }
        let changes = self.0.store.borrow_mut().put_host(config);
        self.publish(&changes);
        if reopen {
            self.drop_client(id);
            self.connect_host(id);
        }
    }

    /// Forgets a host.
    pub fn remove_host(&self, id: HostId) {
        self.drop_client(id);
        if self.0.saved.borrow_mut().remove(&id) {
            self.0.settings.remove_host(id);
        }
        let changes = self.0.store.borrow_mut().remove_host(id);
        self.publish(&changes);
    }

    /// Connects a host: opens it the first time, tries again at once when it is lost or failed. A saved one whose address
    /// is risky and came from elsewhere (imported settings) is not connected but told as [`Notice::Unaccepted`].
    pub fn connect_host(&self, id: HostId) {
        if self.is_unaccepted(id) {
            self.notify(&Notice::Unaccepted(id));
            return;
        }
        if let Some(client) = self.client(id) {
            if client.status() != ConnectionStatus::Disconnected {
                client.reconnect();
                return;
            }
            self.drop_client(id);
        }
        let Some(config) = self.store().host(id).map(|host| host.config.clone()) else {
            return;
        };
        let client = HostClient::connect(config, self.0.sink.clone(), self.0.questions.clone());
        client.set_poll_interval(self.0.poll_interval.get());
        self.forget_demand(id);
        self.forget_images(id);
        self.0.clients.borrow_mut().insert(id, client);
        self.send_interest();
    }

    fn is_unaccepted(&self, id: HostId) -> bool {
        let uri = self.store().host(id).map(|host| host.config.uri.clone());
        uri.is_some_and(|uri| {
            self.is_saved(id)
                && !self.0.settings.is_accepted(&uri)
                && Uri::parse(&uri).is_ok_and(|parsed| !parsed.risks().is_empty())
        })
    }

    /// Disconnects a host.
    pub fn disconnect_host(&self, id: HostId) {
        if let Some(client) = self.client(id) {
            client.disconnect();
        }
    }

    /// Whether the host is kept in the settings.
    #[must_use]
    pub fn is_saved(&self, id: HostId) -> bool {
        self.0.saved.borrow().contains(&id)
    }

    /// Time between two statistics polls, for all hosts.
    pub fn set_poll_interval(&self, interval: Duration) {
        self.0.poll_interval.set(interval);
        self.0.store.borrow_mut().set_poll_interval(interval);
        for client in self.0.clients.borrow().values() {
            client.set_poll_interval(interval);
        }
    }

    /// After a change of the network or a resume from suspend: looks whether open connections still are, and tries
    /// closed ones that wait for their next attempt.
    pub fn check_hosts(&self) {
        let clients: Vec<_> = self.0.clients.borrow().values().cloned().collect();
        for client in clients {
            match client.status() {
                ConnectionStatus::Connected => client.check_alive(),
                ConnectionStatus::Lost { .. }
                | ConnectionStatus::Failed {
                    retry_in_ms: Some(_), ..
                } => client.reconnect(),
                _ => {}
            }
        }
    }

    /// Closes all hosts in order; completes when libvirt's loop is empty, at the latest after two seconds.
    pub async fn close(&self) {
        let clients: Vec<_> = self.0.clients.borrow_mut().drain().map(|(_, client)| client).collect();
        for client in &clients {
            client.disconnect();
        }
        let orderly = async {
            for client in &clients {
                client.closed().await;
            }
            EventLoop::drained().await;
        };
        if glib::future_with_timeout(GOODBYE, orderly).await.is_err() {
            tracing::info!("a host did not close in time");
        }
    }

    fn drop_client(&self, id: HostId) {
        if let Some(client) = self.0.clients.borrow_mut().remove(&id) {
            client.disconnect();
        }
        self.forget_demand(id);
    }

    /// Takes the hosts of the settings in, without connecting any.
    pub(super) fn load_hosts(&self) {
        for config in self.0.settings.hosts() {
            self.0.saved.borrow_mut().insert(config.id);
            // Nobody listens yet.
            let _ = self.0.store.borrow_mut().put_host(config);
        }
    }
}
