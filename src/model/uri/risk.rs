//! A connection URI is code: some parameters run programs or turn checks off.

use super::Uri;
use crate::i18n::{tr, tr_f};

/// Something a URI does that its reader may not expect. One that the user did not type must not be used before these
/// were shown and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Risk {
    /// Runs this program on this computer.
    LocalCommand(String),
    /// Runs a program on this computer that the environment chooses.
    ExternalTransport,
    /// Runs this program on the other computer.
    RemoteCommand(String),
    /// Characters in the socket's path reach a shell on the other computer.
    RemoteShell(String),
    /// Doesn't check who the other computer is.
    Unverified(String),
    /// Chooses by what the other computer is recognised (parameter and value): no danger when the user wrote it, but
    /// nothing that somebody else should choose unseen.
    Trust(String, String),
    /// Another parameter with its value: a key, a socket, a way to log in.
    Setting(String, String),
}

impl Risk {
    /// What it does, for the user.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::LocalCommand(command) => tr_f(
                "It runs the program “{command}” on this computer.",
                &[("command", command)],
            ),
            Self::ExternalTransport => tr("It leaves the connection to another program on this computer."),
            Self::RemoteCommand(command) => tr_f(
                "It runs the program “{command}” on the other computer.",
                &[("command", command)],
            ),
            Self::RemoteShell(socket) => tr_f(
                "It hands “{socket}” to a shell on the other computer.",
                &[("socket", socket)],
            ),
            Self::Unverified(parameter) => tr_f(
                "With “{parameter}” it does not check the identity of the other computer.",
                &[("parameter", parameter)],
            ),
            Self::Trust(parameter, value) => tr_f(
                "It chooses with “{parameter}={value}” how the identity of the other computer is checked.",
                &[("parameter", parameter), ("value", value)],
            ),
            Self::Setting(parameter, value) => tr_f(
                "It sets “{parameter}” to “{value}”.",
                &[("parameter", parameter), ("value", value)],
            ),
        }
    }
}

pub(super) fn risks(uri: &Uri) -> Vec<Risk> {
    let mut risks = Vec::new();
    if uri.transport.as_deref() == Some("ext") {
        risks.push(Risk::ExternalTransport);
    }
    for (name, value) in &uri.query {
        risks.extend(risks_of(uri, name, value));
    }
    risks
}

/// As [`risks`], and whatever else was set.
pub(super) fn effects(uri: &Uri) -> Vec<Risk> {
    let mut effects = risks(uri);
    for (name, value) in &uri.query {
        if risks_of(uri, name, value).is_empty() {
            let (name, value) = (name.clone(), value.clone());
            effects.push(match name.to_ascii_lowercase().as_str() {
                "pkipath" | "known_hosts" | "tls_priority" => Risk::Trust(name, value),
                _ => Risk::Setting(name, value),
            });
        }
    }
    effects
}

fn risks_of(uri: &Uri, name: &str, value: &str) -> Vec<Risk> {
    let risk = match name.to_ascii_lowercase().as_str() {
        "command" => Risk::LocalCommand(value.to_owned()),
        "netcat" => Risk::RemoteCommand(value.to_owned()),
        "socket" if uri.is_remote() && value.chars().any(reaches_shell) => Risk::RemoteShell(value.to_owned()),
        // libvirt reads the number: everything but 0 turns the check off.
        "no_verify" | "no_sanity" if !value.is_empty() && value != "0" => Risk::Unverified(name.to_owned()),
        "known_hosts_verify" if !value.eq_ignore_ascii_case("normal") => Risk::Unverified(name.to_owned()),
        // The address that the other side is to open: what it runs, it runs there.
        "name" => return risks_there(value),
        _ => return Vec::new(),
    };
    vec![risk]
}

fn risks_there(address: &str) -> Vec<Risk> {
    let risks = match Uri::parse(address) {
        Ok(uri) if uri.parameter("name").is_none() => risks(&uri),
        // Nobody writes addresses inside addresses inside addresses in good faith.
        Ok(_) => vec![Risk::ExternalTransport],
        Err(_) => Vec::new(),
    };
    risks
        .into_iter()
        .map(|risk| match risk {
            Risk::LocalCommand(command) => Risk::RemoteCommand(command),
            Risk::ExternalTransport => Risk::RemoteCommand(address.to_owned()),
            other => other,
        })
        .collect()
}

fn reaches_shell(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ',' | '@' | ':' | '+'))
}
