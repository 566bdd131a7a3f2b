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
        }
    }
}

pub(super) fn risks(uri: &Uri) -> Vec<Risk> {
    let mut risks = Vec::new();
    if uri.transport.as_deref() == Some("ext") {
        risks.push(Risk::ExternalTransport);
    }
    for (name, value) in &uri.query {
        let risk = match name.to_ascii_lowercase().as_str() {
            "command" => Risk::LocalCommand(value.clone()),
            "netcat" => Risk::RemoteCommand(value.clone()),
            "socket" if uri.is_remote() && value.chars().any(reaches_shell) => Risk::RemoteShell(value.clone()),
            // libvirt reads the number: everything but 0 turns the check off.
            "no_verify" | "no_sanity" if !value.is_empty() && value != "0" => Risk::Unverified(name.clone()),
            "known_hosts_verify" if !value.eq_ignore_ascii_case("normal") => Risk::Unverified(name.clone()),
            _ => continue,
        };
        risks.push(risk);
    }
    risks
}

fn reaches_shell(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ',' | '@' | ':' | '+'))
}
