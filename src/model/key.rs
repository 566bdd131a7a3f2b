//! Identities. Everything is addressed by key, never by position or by name: names change and
//! numeric ids restart, a UUID on a host does neither.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One saved (or temporary) connection. Made when the user adds the host and kept in the settings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(pub Uuid);

impl HostId {
    /// A new identity for a host that is being added.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

impl Default for HostId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.0)
    }
}

impl FromStr for HostId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A machine on a host. The same UUID may well exist on two hosts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainKey {
    /// The connection through which we see the machine.
    pub host: HostId,
    /// libvirt's UUID of the machine; survives renames and restarts.
    pub uuid: Uuid,
}

impl DomainKey {
    /// The key of machine `uuid` on `host`.
    #[must_use]
    pub fn new(host: HostId, uuid: Uuid) -> Self {
        Self { host, uuid }
    }
}

/// `HOST/UUID`, the form used as a target of actions and in settings.
impl fmt::Display for DomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.uuid)
    }
}

impl fmt::Debug for DomainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "domain {self}")
    }
}

/// Why a text is not a [`DomainKey`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not of the form HOST/UUID")]
pub struct InvalidKey;

impl FromStr for DomainKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, uuid) = text.split_once('/').ok_or(InvalidKey)?;
        Ok(Self {
            host: host.parse().map_err(|_| InvalidKey)?,
            uuid: uuid.parse().map_err(|_| InvalidKey)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_survives_the_road_through_text() {
        let key = DomainKey::new(HostId::new(), Uuid::new_v4());
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        for text in ["", "/", "abc", "abc/def", "../../etc/passwd"] {
            assert_eq!(text.parse::<DomainKey>(), Err(InvalidKey), "{text}");
        }
    }
}
