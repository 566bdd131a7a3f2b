//! Why a display was not reached or did not stay, found out after the fact: what the user can do depends on it.

use crate::model::display::plan::Target;

/// The cause. Texts are those of ssh, of the system or of the server, in their language: for *Details*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Nobody listens there: the display is gone or has another port by now.
    Refused(Target),
    /// No answer: a firewall, or the computer is not there.
    NoAnswer(Target),
    /// No computer has this name.
    UnknownHost(String),
    /// The network leads nowhere (no route, unreachable, down).
    NoRoute(Target),
    /// The socket is not there any more.
    SocketGone(String),
    /// The socket belongs to somebody else.
    SocketDenied(String),
    /// The program `ssh` is not installed on this computer.
    NoSsh,
    /// ssh: the login was refused or given up.
    SshLogin(String),
    /// ssh: the host is not the one that is known by this name, or was not accepted.
    SshHostKey(String),
    /// ssh: the host forbids forwarding, and has no program that could stand in (`nc`).
    SshForbids(String),
    /// ssh: the host itself was not reached.
    SshUnreachable(String),
    /// ssh ended for another reason.
    Ssh(String),
    /// libvirt did not hand the display over.
    Handover(String),
    /// The way is free: what went wrong is between us and the display server, as it was told.
    Server,
}
