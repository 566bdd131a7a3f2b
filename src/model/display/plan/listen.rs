//! Where a display listens.

use std::net::IpAddr;

use crate::model::xml::domain::fields::graphics;
use crate::model::xml::{Document, NodeId};

/// One way in which a display listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Listen {
    /// On an address of the host, with the ports of the display.
    Address(String),
    /// On a socket in the host's file system.
    Socket(String),
    /// Not at all: libvirt alone can reach it.
    Nowhere,
}

/// Where libvirt's daemons let displays listen when nothing is said.
const USUAL: &str = "127.0.0.1";

impl Listen {
    /// All of a `<graphics>`; never empty.
    pub(super) fn read(definition: &Document, element: NodeId) -> Vec<Self> {
        let text = |name: &str| definition.attribute(element, name).map(std::borrow::Cow::into_owned);
        let old = text("listen").filter(|address| !address.is_empty());
        let mut listens: Vec<Self> = definition
            .children_named(element, "listen")
            .filter_map(|listen| {
                let value = |name: &str| definition.attribute(listen, name).filter(|value| !value.is_empty());
                match value("type").as_deref() {
                    Some("none") => Some(Self::Nowhere),
                    Some("socket") => value("socket").map(|path| Self::Socket(path.into_owned())),
                    // A network has its address once the machine runs.
                    Some("address" | "network") | None => Some(Self::Address(
                        value("address")
                            .map(std::borrow::Cow::into_owned)
                            .or_else(|| old.clone())
                            .unwrap_or_else(|| USUAL.to_owned()),
                    )),
                    Some(_) => None,
                }
            })
            .collect();
        // The form before 1.0: a socket beside the ports turns them off.
        if let Some(path) = text("socket").filter(|path| !path.is_empty()) {
            let known = Self::Socket(path);
            if !listens.contains(&known) {
                listens.insert(0, known);
            }
        }
        if listens.is_empty() {
            listens.push(Self::Address(old.unwrap_or_else(|| USUAL.to_owned())));
        }
        listens
    }

    /// The address that the host itself reaches it by.
    pub(super) fn seen_from_host(&self) -> String {
        match self {
            Self::Address(address) => match address.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1".to_owned(),
                Ok(IpAddr::V6(address)) if address.is_unspecified() => "::1".to_owned(),
                _ => address.clone(),
            },
            Self::Socket(path) => path.clone(),
            Self::Nowhere => String::new(),
        }
    }

    /// The address that others reach it by, on a computer that is called `host`; `None` where they don't.
    pub(super) fn seen_from_network(&self, host: &str) -> Option<String> {
        let Self::Address(address) = self else { return None };
        match address.parse::<IpAddr>() {
            Ok(parsed) if parsed.is_unspecified() => Some(host.to_owned()),
            _ if is_loopback(address) => None,
            _ => Some(address.clone()),
        }
    }
}

/// The way in that is worth most: an address can be reached from everywhere, a socket by those on the host.
pub(super) fn best(listens: &[Listen]) -> Option<&Listen> {
    let find = |wanted: fn(&&Listen) -> bool| listens.iter().find(wanted);
    find(|listen| matches!(listen, Listen::Address(address) if !is_loopback(address)))
        .or_else(|| find(|listen| matches!(listen, Listen::Address(_))))
        .or_else(|| find(|listen| matches!(listen, Listen::Socket(_))))
}

/// Whether a name or an address is a computer's word for itself.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

/// A port as libvirt writes it: −1 and 0 are none.
pub(super) fn port(
    definition: &Document,
    element: NodeId,
    field: crate::model::xml::field::Field<String>,
) -> Option<u16> {
    definition
        .get(element, field)?
        .trim()
        .parse::<u16>()
        .ok()
        .filter(|port| *port > 0)
}

/// The ports of a `<graphics>`: without TLS, with TLS, for browsers.
pub(super) fn ports(definition: &Document, element: NodeId) -> [Option<u16>; 3] {
    [graphics::PORT, graphics::TLS_PORT, graphics::WEBSOCKET].map(|field| port(definition, element, field))
}
