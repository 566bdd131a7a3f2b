//! A host: how to reach it, and how the connection stands.

use serde::{Deserialize, Serialize};

use crate::model::error::VirtError;
use crate::model::key::HostId;

/// What the user said about a host. Kept in the settings; never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostConfig {
    /// Identity.
    pub id: HostId,
    /// Name shown to the user.
    pub name: String,
    /// libvirt connection URI.
    pub uri: String,
    /// Connect when Vireo starts.
    #[serde(default = "yes")]
    pub autoconnect: bool,
    /// Open with `virConnectOpenReadOnly`'s flag.
    #[serde(default)]
    pub read_only: bool,
    /// Name of the accent colour (`blue`, `green` …) shown beside the name.
    #[serde(default)]
    pub color: Option<String>,
    /// Seconds between keepalive messages; 0 turns them off.
    #[serde(default = "keepalive_interval")]
    pub keepalive_interval: u32,
    /// Unanswered keepalive messages before the connection counts as lost.
    #[serde(default = "keepalive_count")]
    pub keepalive_count: u32,
}

fn yes() -> bool {
    true
}

fn keepalive_interval() -> u32 {
    5
}

fn keepalive_count() -> u32 {
    3
}

impl HostConfig {
    /// A host with defaults for everything but name and URI.
    #[must_use]
    pub fn new(name: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            id: HostId::new(),
            name: name.into(),
            uri: uri.into(),
            autoconnect: true,
            read_only: false,
            color: None,
            keepalive_interval: keepalive_interval(),
            keepalive_count: keepalive_count(),
        }
    }
}

/// How the connection to a host stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ConnectionStatus {
    /// Not connected, and nobody asked for it.
    #[default]
    Disconnected,
    /// Being opened.
    Connecting,
    /// Open.
    Connected,
    /// Was open, is lost; tried again by itself after `retry_in_ms`.
    Lost {
        /// Why.
        error: VirtError,
        /// Milliseconds until the next attempt.
        retry_in_ms: u64,
    },
    /// Could not be opened. Tried again by itself where `retry_in_ms` is set; it is not after a wrong password,
    /// a cancelled prompt or a refusal that time does not heal.
    Failed {
        /// Why.
        error: VirtError,
        /// Milliseconds until the next attempt.
        retry_in_ms: Option<u64>,
    },
}

impl ConnectionStatus {
    /// Whether calls can be made now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected)
    }
}

/// What an open connection tells of its host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostInfo {
    /// `virConnectGetHostname`.
    pub hostname: Option<String>,
    /// Driver name, `virConnectGetType`: `QEMU`, `TEST` …
    pub driver: String,
    /// Version of libvirt there, as (major, minor, micro).
    pub libvirt_version: Option<(u32, u32, u32)>,
    /// Version of the hypervisor there.
    pub hypervisor_version: Option<(u32, u32, u32)>,
    /// What the driver can do.
    pub features: Features,
}

/// What a driver can do, probed once per connection. Everything not probed is assumed to work and says so when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Domain lifecycle events arrive; otherwise the list is polled.
    pub events: bool,
    /// `virConnectGetAllDomainStats` gives load figures; otherwise per-machine calls for visible rows.
    pub bulk_stats: bool,
    /// Keepalive messages are understood.
    pub keepalive: bool,
    /// The connection is read-only: nothing can be changed.
    pub read_only: bool,
}
