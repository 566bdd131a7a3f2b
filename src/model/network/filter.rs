//! Packet filters and secrets, as far as lists and forms need them.

use uuid::Uuid;

use crate::model::xml::object::{Secret, secret};
use crate::model::xml::{Document, Refused, XmlError};

/// A packet filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterFact {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
}

/// A packet filter that is at work on an interface of a machine that runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterBinding {
    /// Device of the host: `vnet0`.
    pub device: String,
    /// Name of the filter.
    pub filter: String,
    /// Hardware address of the interface.
    pub mac: Option<String>,
    /// Name of the machine.
    pub machine: Option<String>,
    /// Its identity.
    pub uuid: Option<Uuid>,
}

impl FilterBinding {
    /// Reads a binding's description (`virNWFilterBindingGetXMLDesc`).
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(xml: &str) -> Result<Self, XmlError> {
        let document = Document::parse(xml)?;
        let root = document.root();
        let attribute = |path: &str, name: &str| {
            let element = document.find(root, path)?;
            document.attribute(element, name).map(std::borrow::Cow::into_owned)
        };
        Ok(Self {
            device: attribute("portdev", "name").unwrap_or_default(),
            filter: attribute("filterref", "filter").unwrap_or_default(),
            mac: attribute("mac", "address"),
            machine: document.value(root, "owner/name"),
            uuid: document.value(root, "owner/uuid").and_then(|uuid| uuid.parse().ok()),
        })
    }
}

/// What needs a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SecretUse {
    /// A machine, by its name.
    Machine(String),
    /// A storage pool, by its name.
    Pool(String),
}

impl SecretUse {
    /// Whether a definition of a machine or pool names a secret, by its identity or by its usage.
    #[must_use]
    pub fn names(definition: &Document, uuid: Uuid, usage: Option<&str>) -> bool {
        let text = uuid.to_string();
        definition.descendants(definition.root()).into_iter().any(|id| {
            definition.is(id, "secret")
                && (definition
                    .attribute(id, "uuid")
                    .is_some_and(|said| said.eq_ignore_ascii_case(&text))
                    || usage.is_some() && definition.attribute(id, "usage").as_deref() == usage)
        })
    }
}

/// The definition of a new secret. `usage` is one of libvirt's words (`ceph`, `iscsi`, `tls`, `vtpm`, `volume`), `name` what
/// users of it will name it by.
///
/// # Errors
/// Where a value cannot be written.
pub fn secret_xml(
    usage: Option<&str>,
    name: &str,
    description: Option<&str>,
    ephemeral: bool,
    private: bool,
) -> Result<String, Refused> {
    let mut definition = Secret::parse("<secret>\n</secret>\n")?;
    definition.set(secret::EPHEMERAL, Some(ephemeral))?;
    definition.set(secret::PRIVATE, Some(private))?;
    definition.set(secret::DESCRIPTION, description.map(str::to_owned))?;
    if let Some(usage) = usage {
        definition.set(secret::USAGE, Some(usage.to_owned()))?;
        let place = match usage {
            "volume" => secret::USAGE_VOLUME,
            "iscsi" => secret::USAGE_TARGET,
            _ => secret::USAGE_NAME,
        };
        definition.set(place, Some(name.to_owned()))?;
    }
    Ok(definition.document().to_string())
}
