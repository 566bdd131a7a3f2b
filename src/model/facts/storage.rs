//! Pools, volumes and the secrets that open them.

use std::sync::Arc;

use super::RemoteSource;
use crate::model::xml::XmlError;
use crate::model::xml::object::{Pool, Secret, Volume, pool, secret, volume};

/// A storage pool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolFact {
    /// Name.
    pub name: String,
    /// Kind: `dir`, `logical`, `rbd` …
    pub kind: String,
    /// It runs: its volumes can be used.
    pub active: bool,
    /// It starts with the host.
    pub autostart: bool,
    /// All space in bytes.
    pub capacity: Option<u64>,
    /// Free space in bytes.
    pub available: Option<u64>,
    /// Where its volumes are seen on the host; `None` for pools that are not a folder.
    pub path: Option<String>,
    /// How machines reach its volumes by themselves; `None` where the host does.
    pub remote: Option<Arc<RemoteSource>>,
}

/// A volume of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeFact {
    /// Name in its pool.
    pub name: String,
    /// Path or address that a machine's definition would have.
    pub path: String,
    /// Kind: `file`, `block`, `dir`, `network`.
    pub kind: String,
    /// Format: `qcow2`, `raw`, `iso` …
    pub format: Option<String>,
    /// Size that a guest sees, in bytes.
    pub capacity: Option<u64>,
    /// Space that it takes, in bytes.
    pub allocation: Option<u64>,
    /// The image that it builds on.
    pub backing: Option<String>,
}

/// The volumes of the pools of a host that run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Volumes {
    /// Those of each pool, by the pool's name.
    pub pools: Vec<(String, Arc<[VolumeFact]>)>,
    /// No pool is missing: one may have failed, or taken too long.
    pub complete: bool,
}

/// A secret, never its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretFact {
    /// Identity.
    pub uuid: String,
    /// What it is for: `volume`, `ceph`, `iscsi`, `tls`, `vtpm`; `None` for anything.
    pub usage: Option<String>,
    /// The name that users of it give.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
}

impl PoolFact {
    /// Reads a pool's definition.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str, active: bool, autostart: bool) -> Result<Self, XmlError> {
        let definition = Pool::parse(xml)?;
        // A pool that is off says 0 for what it doesn't know.
        let size = |field| definition.get(field).filter(|_| active);
        let kind = definition.get(pool::TYPE).unwrap_or_default();
        Ok(Self {
            name: definition.get(pool::NAME).unwrap_or_default(),
            remote: RemoteSource::of(&definition, &kind).map(Arc::new),
            kind,
            active,
            autostart,
            capacity: size(pool::CAPACITY),
            available: size(pool::AVAILABLE),
            path: definition.get(pool::TARGET),
        })
    }
}

impl VolumeFact {
    /// Reads a volume's description.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let definition = Volume::parse(xml)?;
        Ok(Self {
            name: definition.get(volume::NAME).unwrap_or_default(),
            path: definition
                .get(volume::PATH)
                .or_else(|| definition.get(volume::KEY))
                .unwrap_or_default(),
            kind: definition.get(volume::TYPE).unwrap_or_else(|| "file".to_owned()),
            format: definition.get(volume::FORMAT),
            capacity: definition.get(volume::CAPACITY),
            allocation: definition.get(volume::ALLOCATION),
            backing: definition.get(volume::BACKING).filter(|path| !path.is_empty()),
        })
    }
}

impl SecretFact {
    /// Reads a secret's description.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let definition = Secret::parse(xml)?;
        let name = [secret::USAGE_NAME, secret::USAGE_VOLUME, secret::USAGE_TARGET]
            .into_iter()
            .find_map(|field| definition.get(field));
        Ok(Self {
            uuid: definition.get(secret::UUID).unwrap_or_default(),
            usage: definition.get(secret::USAGE).filter(|usage| usage != "none"),
            name: name.filter(|name| !name.is_empty()),
            description: definition.get(secret::DESCRIPTION).filter(|text| !text.is_empty()),
        })
    }
}
