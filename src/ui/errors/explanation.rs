//! Failures in the user's words.

use crate::i18n::{tr, tr_c, tr_f};
use crate::model::error::{Kind, VirtError};
use crate::model::host::HostConfig;
use crate::ui::errors::cause::{Cause, Certificate, HostKey, cause};
use crate::ui::text;

/// A way out of a failure, as a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Try the same again.
    Retry,
    /// Open the host's settings.
    EditHost,
    /// Stop the machine at once.
    ForceOff,
    /// Take the console from whoever holds it.
    TakeOver,
}

impl Remedy {
    /// What stands on its button.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Retry => tr("_Try Again"),
            Self::EditHost => tr("_Edit Host…"),
            Self::ForceOff => tr("_Force Off"),
            Self::TakeOver => tr("_Take Over"),
        }
    }
}

/// A failure in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// A short heading.
    pub title: String,
    /// What happened and what to do about it, one to three sentences.
    pub body: String,
    /// Ways out, the best first.
    pub remedies: Vec<Remedy>,
    /// Nothing to read: a toast is enough.
    pub recoverable: bool,
    /// Nothing to say at all: the user cancelled.
    pub quiet: bool,
}

impl Explanation {
    fn new(title: String, body: String) -> Self {
        Self {
            title,
            body,
            remedies: Vec::new(),
            recoverable: false,
            quiet: false,
        }
    }

    fn way_out(mut self, remedies: &[Remedy]) -> Self {
        self.remedies.extend_from_slice(remedies);
        self
    }

    fn toast(mut self) -> Self {
        self.recoverable = true;
        self
    }
}

const CONNECT: &[Remedy] = &[Remedy::Retry, Remedy::EditHost];
const CORRECT: &[Remedy] = &[Remedy::EditHost, Remedy::Retry];

/// Puts a failure into words. `host` is the host it is about, where there is one.
#[must_use]
pub fn explain(error: &VirtError, host: Option<&HostConfig>) -> Explanation {
    let place = Place::of(host);
    match cause(error) {
        Cause::Quiet => Explanation {
            quiet: true,
            ..Explanation::new(tr("Cancelled"), String::new())
        },
        Cause::HostKeyChanged(key) => host_key_changed(&place, &key),
        Cause::Certificate(problem) => certificate(&place, problem),
        cause => connecting(&place, &cause)
            .or_else(|| entering(&place, &cause))
            .or_else(|| working(&cause))
            .unwrap_or_else(|| by_kind(error, &place)),
    }
}

/// Failures on the way to a host.
fn connecting(place: &Place, cause: &Cause) -> Option<Explanation> {
    let host = [("host", place.address.as_str())];
    Some(match cause {
        Cause::NameNotFound => Explanation::new(
            tr("Host not found"),
            tr_f(
                "There is no computer with the name {host}. Check the spelling and your network connection.",
                &host,
            ),
        )
        .way_out(CORRECT),
        Cause::Refused => Explanation::new(
            tr("Connection refused"),
            match &place.port {
                Some(port) => tr_f(
                    "{host} can be reached, but nothing answers on port {port}. Check that the service runs there and that the port is right.",
                    &[host[0], ("port", port)],
                ),
                None => tr_f(
                    "{host} can be reached, but refuses the connection. Check that the service for this kind of connection runs there.",
                    &host,
                ),
            },
        )
        .way_out(CONNECT),
        Cause::NoAnswer => Explanation::new(
            tr("No answer"),
            tr_f(
                "{host} does not answer. It may be off, or a firewall or the network is in the way.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::Lost => Explanation::new(
            tr("Connection lost"),
            tr_f(
                "The connection to {host} broke. Machines there keep running.",
                &host,
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::SocketMissing(path) => Explanation::new(
            tr("No virtualization service"),
            match path {
                Some(path) if place.local => tr_f(
                    "The libvirt service is not installed or not started on this computer: {path} does not exist.",
                    &[("path", path)],
                ),
                _ if place.local => tr("The libvirt service is not installed or not started on this computer."),
                _ => tr_f("The libvirt service is not installed or not started on {host}.", &host),
            },
        )
        .way_out(CONNECT),
        Cause::NoRemoteLibvirt => Explanation::new(
            tr("No virtualization service"),
            tr_f(
                "The login to {host} works, but there is no libvirt service to talk to. Install and start libvirt there.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::ProgramMissing => Explanation::new(
            tr("Program missing"),
            tr("The program that makes the connection is not installed on this computer. For SSH, install the OpenSSH client."),
        )
        .way_out(CORRECT),
        Cause::NoDriver => Explanation::new(
            tr("Not supported"),
            tr("This libvirt has no driver for the address. The driver may be a package of its own, or the address is misspelled."),
        )
        .way_out(CORRECT),
        Cause::BadUri => Explanation::new(
            tr("Invalid address"),
            tr("The address of this host can't be understood. Edit it and try again."),
        )
        .way_out(&[Remedy::EditHost]),
        _ => return None,
    })
}

/// Failures at the door.
fn entering(place: &Place, cause: &Cause) -> Option<Explanation> {
    let host = [("host", place.address.as_str())];
    Some(match cause {
        Cause::SocketDenied(_) | Cause::NotAuthorised => Explanation::new(
            tr("Not authorised"),
            if place.local {
                tr("Your account may not manage the system's virtual machines. Ask to be added to the group “libvirt” and log in again, or use a user session instead.")
            } else {
                tr_f(
                    "The account on {host} may not manage virtual machines. Add it to the group “libvirt” there, or log in as another user.",
                    &host,
                )
            },
        )
        .way_out(CONNECT),
        Cause::LoginRefused => Explanation::new(
            tr("Login refused"),
            tr_f(
                "{host} refused the login by SSH. Check the user name, the password or the key, and that the key is allowed there.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Cause::WrongPassword => Explanation::new(
            tr("Wrong password"),
            tr_f("{host} did not accept the user name or the password.", &host),
        )
        .way_out(CONNECT),
        Cause::NoMechanism => Explanation::new(
            tr("No common way to log in"),
            tr_f(
                "{host} and this computer have no login method in common. Check the SASL settings there, or use TLS or SSH.",
                &host,
            ),
        )
        .way_out(CORRECT),
        Cause::HostKeyUnknown => Explanation::new(
            tr("Unknown host key"),
            tr_f(
                "The identity of {host} is not known yet and was not confirmed. Connect again and compare the fingerprint, or log in once with ssh in a terminal.",
                &host,
            ),
        )
        .way_out(CONNECT),
        _ => return None,
    })
}

fn host_key_changed(place: &Place, key: &HostKey) -> Explanation {
    let host = [("host", place.address.as_str())];
    let mut body = tr_f(
        "The identity of {host} has changed. Somebody may be intercepting the connection, or the computer was reinstalled. Vireo does not connect until this is settled.",
        &host,
    );
    if let Some(fingerprint) = &key.fingerprint {
        body.push_str("\n\n");
        body.push_str(&tr_f(
            "It now shows the key {fingerprint}.",
            &[("fingerprint", fingerprint)],
        ));
    }
    body.push_str("\n\n");
    body.push_str(&match &key.remembered_in {
        Some(file) => tr_f(
            "Ask the administrator whether the new key is right. Only then remove the old one ({file}) with “ssh-keygen -R” and connect again.",
            &[("file", file)],
        ),
        None => tr("Ask the administrator whether the new key is right. Only then remove the old one with “ssh-keygen -R” and connect again."),
    });
    Explanation::new(tr_f("The identity of {host} changed", &host), body)
}

fn certificate(place: &Place, problem: Certificate) -> Explanation {
    let host = [("host", place.address.as_str())];
    let (title, body) = match problem {
        Certificate::Expired => (
            tr("Certificate expired"),
            tr_f(
                "The certificate of {host} is not valid at this time. Renew it there, and check the clocks of both computers.",
                &host,
            ),
        ),
        Certificate::WrongName => (
            tr("Certificate of another host"),
            tr_f(
                "The certificate that {host} shows was made for another name. Use the name in the certificate as the host name.",
                &host,
            ),
        ),
        Certificate::UnknownAuthority => (
            tr("Unknown certificate authority"),
            tr_f(
                "The certificate of {host} is signed by an authority that this computer does not trust. Install the right CA certificate here.",
                &host,
            ),
        ),
        Certificate::Refused => (
            tr("Certificate not accepted"),
            tr_f(
                "The identity of {host} could not be verified: its certificate has expired, was made for another name, or its authority is not trusted here.",
                &host,
            ),
        ),
        Certificate::ClientWanted => (
            tr("The host closed the connection"),
            tr_f(
                "{host} ended the connection while it was being secured. It probably wants a client certificate that it trusts.",
                &host,
            ),
        ),
        Certificate::FileMissing(path) => (
            tr("Certificate missing"),
            match path {
                Some(path) => tr_f(
                    "A connection with TLS needs certificates on this computer, and {path} can't be read.",
                    &[("path", &path)],
                ),
                None => tr("A connection with TLS needs certificates on this computer, and one of them can't be read."),
            },
        ),
    };
    Explanation::new(title, body).way_out(CORRECT)
}

/// Failures of work on machines.
fn working(cause: &Cause) -> Option<Explanation> {
    let path = |path: &Option<String>| text::name(path.as_deref().unwrap_or("?"));
    Some(match cause {
        Cause::FileMissing(file) => Explanation::new(
            tr("File missing"),
            tr_f("{path} does not exist on the host.", &[("path", &path(file))]),
        )
        .way_out(&[Remedy::Retry]),
        Cause::FileDenied(file) => Explanation::new(
            tr("No access to a file"),
            tr_f(
                "The host's virtualization service may not use {path}. Check the permissions of the file and of its folders.",
                &[("path", &path(file))],
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::DiskInUse => Explanation::new(
            tr("Disk in use"),
            tr("Another machine or program uses a disk of this machine. Stop that first."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoSpace => Explanation::new(
            tr("No space left"),
            tr("There is no space left on a disk of the host. Free some and try again."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoMemory => Explanation::new(
            tr("Not enough memory"),
            tr("The host has not enough free memory for this machine. Stop others, or give it less."),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NetworkOff(name) => Explanation::new(
            tr("Network is off"),
            tr_f(
                "The virtual network {name}, which this machine uses, is off. Start the network first.",
                &[("name", &path(name))],
            ),
        )
        .way_out(&[Remedy::Retry]),
        Cause::NoAgent => Explanation::new(
            tr("No guest agent"),
            tr("The agent in the guest is not installed, not running, or does not answer. Ask by ACPI instead."),
        )
        .toast(),
        Cause::NotRunning => Explanation::new(tr("Not running"), tr("The machine is not running any more.")).toast(),
        Cause::AlreadyRunning => Explanation::new(tr("Already running"), tr("The machine runs already.")).toast(),
        Cause::NameTaken => Explanation::new(
            tr("Name already used"),
            tr("Another machine on this host has this name. Choose another one."),
        )
        .toast(),
        Cause::ReadOnly => Explanation::new(
            tr("View only"),
            tr("This connection is read-only: nothing can be changed over it."),
        )
        .way_out(&[Remedy::EditHost])
        .toast(),
        Cause::Locked => Explanation::new(
            tr("Busy"),
            tr("Another operation on this machine has not ended. Try again later."),
        )
        .way_out(&[Remedy::Retry])
        .toast(),
        _ => return None,
    })
}

/// What can be said without knowing the cause.
fn by_kind(error: &VirtError, place: &Place) -> Explanation {
    let host = [("host", place.address.as_str())];
    let said = || text::one_line(error.message.trim(), 300).into_owned();
    match error.kind {
        Kind::Gone => Explanation::new(
            tr("Not there any more"),
            tr("It was removed, perhaps by somebody else."),
        )
        .toast(),
        Kind::Denied => Explanation::new(tr("Not authorised"), tr("Your account may not do this on this host.")),
        Kind::AuthFailed => Explanation::new(
            tr("Wrong password"),
            tr_f("{host} did not accept the user name or the password.", &host),
        )
        .way_out(CONNECT),
        Kind::Unreachable => Explanation::new(
            tr("No connection"),
            tr_f(
                "{host} can't be reached. The details tell what the connection said.",
                &host,
            ),
        )
        .way_out(CONNECT),
        Kind::Busy => Explanation::new(tr("Busy"), tr("Somebody else uses it at the moment.")).toast(),
        Kind::Unsupported => Explanation::new(
            tr("Not supported"),
            tr("This host, its version of libvirt or this machine can't do this."),
        )
        .toast(),
        Kind::Timeout => Explanation::new(
            tr("No answer in time"),
            tr("The host did not answer in time. The operation may still end there."),
        )
        .way_out(&[Remedy::Retry])
        .toast(),
        Kind::Invalid | Kind::Other => Explanation::new(tr("It did not work"), said()),
        Kind::AuthCancelled | Kind::Cancelled => Explanation {
            quiet: true,
            ..Explanation::new(tr("Cancelled"), String::new())
        },
    }
}

/// How sentences call the host.
struct Place {
    address: String,
    port: Option<String>,
    local: bool,
}

impl Place {
    fn of(host: Option<&HostConfig>) -> Self {
        let Some(config) = host else {
            return Self {
                address: tr_c("in place of a name", "Host"),
                port: None,
                local: false,
            };
        };
        let uri = glib::Uri::parse(&config.uri, glib::UriFlags::NON_DNS).ok();
        let named = uri.as_ref().and_then(glib::Uri::host).filter(|host| !host.is_empty());
        Self {
            local: named.is_none(),
            address: match named {
                Some(host) => text::name(&host),
                None => text::name(&config.name),
            },
            port: uri
                .map(|uri| uri.port())
                .filter(|port| *port > 0)
                .map(|port| port.to_string()),
        }
    }
}
