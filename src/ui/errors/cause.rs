//! What stands behind a failure, as far as its text tells. The texts of libvirt and of the C library are localised, ssh's
//! are not; what is not recognised falls back to the error's [`Kind`].

use std::io;

use crate::model::error::{Kind, VirtError};

/// Why a call or a connection failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The user said so.
    Quiet,
    /// The name of the host has no address.
    NameNotFound,
    /// Nothing listens there.
    Refused,
    /// No way to the host, or no answer from it.
    NoAnswer,
    /// An open connection broke.
    Lost,
    /// The socket of the service is not there: the path.
    SocketMissing(Option<String>),
    /// The socket of the service may not be opened: the path.
    SocketDenied(Option<String>),
    /// polkit said no, or could not ask.
    NotAuthorised,
    /// ssh worked, but there is no libvirt on the other side.
    NoRemoteLibvirt,
    /// The program that makes the connection is missing here.
    ProgramMissing,
    /// The host shows another key than last time.
    HostKeyChanged(HostKey),
    /// The host's key is not known and was not accepted.
    HostKeyUnknown,
    /// ssh refused the login.
    LoginRefused,
    /// User name or password was wrong.
    WrongPassword,
    /// No way of proving who we are suits both sides.
    NoMechanism,
    /// A certificate is no good.
    Certificate(Certificate),
    /// There is no driver for the URI.
    NoDriver,
    /// The URI is wrong.
    BadUri,
    /// A file that is needed does not exist: the path.
    FileMissing(Option<String>),
    /// A file may not be read or written: the path.
    FileDenied(Option<String>),
    /// Another program uses the disk.
    DiskInUse,
    /// No space on the disk of the host.
    NoSpace,
    /// Not enough memory on the host.
    NoMemory,
    /// A virtual network that is needed is off: its name.
    NetworkOff(Option<String>),
    /// The guest agent is missing or silent.
    NoAgent,
    /// The machine is off.
    NotRunning,
    /// The machine runs already.
    AlreadyRunning,
    /// The name is taken.
    NameTaken,
    /// The connection may only look.
    ReadOnly,
    /// Somebody else works on the machine.
    Locked,
    /// Nothing recognised.
    Unknown,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Certificate {
    /// Of the server: no longer, or not yet, valid.
    Expired,
    /// Of the server: made for another name.
    WrongName,
    /// Of the server: signed by an authority that is not trusted here.
    UnknownAuthority,
    /// Of the server: refused without a reason.
    Refused,
    /// Ours: the server closed the connection during the handshake.
    ClientWanted,
    /// A file of ours is missing: the path.
    FileMissing(Option<String>),
}

/// What ssh tells when a host's key has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct HostKey {
    /// Fingerprint of the key that the host shows now.
    pub fingerprint: Option<String>,
    /// File and line of the key that is remembered, `/home/me/.ssh/known_hosts:3`.
    pub remembered_in: Option<String>,
}

/// The cause of an error.
pub(super) fn cause(error: &VirtError) -> Cause {
    if matches!(error.kind, Kind::AuthCancelled | Kind::Cancelled) {
        return Cause::Quiet;
    }
    let text = Text::new(&error.message);
    ssh(&text)
        .or_else(|| tls(&text))
        .or_else(|| login(error, &text))
        .or_else(|| network(&text))
        .or_else(|| machine(error, &text))
        .or_else(|| files(&text))
        .unwrap_or_else(|| by_code(error, &text))
}

fn ssh(text: &Text) -> Option<Cause> {
    let changed = [
        "identification has changed",
        "differs from stored identity",
        "host key has changed",
    ];
    if text.any(&changed) || text.all(&["host key for", "has changed"]) {
        return Some(Cause::HostKeyChanged(HostKey {
            fingerprint: text.word_from("SHA256:"),
            remembered_in: text.word_after(" key in ").filter(|word| word.contains(':')),
        }));
    }
    if text.any(&["host key verification failed", "known_hosts"]) {
        return Some(Cause::HostKeyUnknown);
    }
    if text.any(&[
        "permission denied (",
        "too many authentication failures",
        "no more authentication methods",
    ]) {
        return Some(Cause::LoginRefused);
    }
    if text.any(&["cannot execute binary", "cannot find 'ssh' in path"]) {
        return Some(Cause::ProgramMissing);
    }
    let remote = text.any(&[
        "cannot recv data",
        "virt-ssh-helper",
        "libssh",
        "connection reset by peer",
    ]);
    let no_service = text.any(&["command not found", "not found", "failed to connect socket"]) && text.errno_or_shell();
    if remote && no_service {
        return Some(Cause::NoRemoteLibvirt);
    }
    None
}

fn tls(text: &Text) -> Option<Cause> {
    let certificate = if text.any(&["unable to read tls confirmation"]) {
        Certificate::ClientWanted
    } else if text.any(&[
        "cannot read ca certificate",
        "cannot read certificate",
        "unable to import client certificate",
    ]) || (text.any(&["cacert.pem", "clientcert.pem", "clientkey.pem"]) && text.errno(ENOENT))
    {
        Certificate::FileMissing(text.quoted())
    } else if text.any(&["does not match the hostname", "owner does not match"]) {
        Certificate::WrongName
    } else if text.contains("certificate") && text.any(&["expired", "not yet active", "not activated"]) {
        Certificate::Expired
    } else if text.any(&[
        "got a known issuer",
        "certificate is not trusted",
        "signer not found",
        "unknown issuer",
    ]) {
        Certificate::UnknownAuthority
    } else if text.any(&[
        "failed to verify peer's certificate",
        "certificate failed validation",
        "tls handshake failed",
    ]) {
        Certificate::Refused
    } else {
        return None;
    };
    Some(Cause::Certificate(certificate))
}

fn login(error: &VirtError, text: &Text) -> Option<Cause> {
    if text.any(&[
        "no sasl mechanisms are available",
        "no mechanism available",
        "no worthy mechs",
    ]) {
        return Some(Cause::NoMechanism);
    }
    if error.code == AUTH_UNAVAILABLE || text.any(&["polkit", "denied by policy"]) || error.domain == FROM_POLKIT {
        return Some(Cause::NotAuthorised);
    }
    if text.contains("unable to parse uri") {
        return Some(Cause::BadUri);
    }
    (error.kind == Kind::AuthFailed).then_some(Cause::WrongPassword)
}

fn network(text: &Text) -> Option<Cause> {
    let no_name = [
        "resolve hostname",
        "unable to resolve address",
        "address lookup for host",
        "name or service not known",
    ];
    if text.any(&no_name) {
        Some(Cause::NameNotFound)
    } else if text.errno(ECONNREFUSED) {
        Some(Cause::Refused)
    } else if text.errno(ETIMEDOUT)
        || text.errno(EHOSTUNREACH)
        || text.errno(ENETUNREACH)
        || text.any(&["operation timed out", "no answer"])
    {
        Some(Cause::NoAnswer)
    } else if text.any(&["failed to connect socket", "libvirt-sock", "virtqemud-sock", "-sock'"]) {
        match () {
            () if text.errno(EACCES) => Some(Cause::SocketDenied(text.quoted())),
            () if text.errno(ENOENT) => Some(Cause::SocketMissing(text.quoted())),
            () => None,
        }
    } else if text.any(&["keepalive", "client socket is closed", "end of file while reading"]) || text.errno(ECONNRESET)
    {
        Some(Cause::Lost)
    } else if text.any(&["transport in url not recognised", "invalid uri"]) {
        Some(Cause::BadUri)
    } else {
        None
    }
}

fn machine(error: &VirtError, text: &Text) -> Option<Cause> {
    if text.any(&["read only access prevents", "read-only connection"]) {
        Some(Cause::ReadOnly)
    } else if text.any(&["guest agent"]) || matches!(error.code, AGENT_UNRESPONSIVE | AGENT_UNSYNCED) {
        Some(Cause::NoAgent)
    } else if text.any(&["cannot acquire state change lock"]) {
        Some(Cause::Locked)
    } else if text.any(&[
        "get \"write\" lock",
        "get shared \"write\" lock",
        "another process using the image",
    ]) {
        Some(Cause::DiskInUse)
    } else if text.all(&["network", "is not active"]) {
        Some(Cause::NetworkOff(text.quoted()))
    } else if text.any(&["is not running"]) {
        Some(Cause::NotRunning)
    } else if text.any(&["already running", "already active", "is already started"]) {
        Some(Cause::AlreadyRunning)
    } else if error.code == DOMAIN_EXISTS || text.any(&["already exists with"]) {
        Some(Cause::NameTaken)
    } else {
        None
    }
}

fn files(text: &Text) -> Option<Cause> {
    if text.errno(ENOSPC) {
        Some(Cause::NoSpace)
    } else if text.errno(ENOMEM) {
        Some(Cause::NoMemory)
    } else if text.errno(ENOENT) && text.quoted().is_some_and(|path| path.starts_with('/')) {
        Some(Cause::FileMissing(text.quoted()))
    } else if text.errno(EACCES) && text.quoted().is_some_and(|path| path.starts_with('/')) {
        Some(Cause::FileDenied(text.quoted()))
    } else {
        None
    }
}

fn by_code(error: &VirtError, text: &Text) -> Cause {
    match (error.code, error.kind) {
        (NO_CONNECT, _) => Cause::NoDriver,
        (_, Kind::Timeout) if error.domain == FROM_RPC => Cause::NoAnswer,
        (_, Kind::Denied) if text.contains("read only") => Cause::ReadOnly,
        _ => Cause::Unknown,
    }
}

const NO_CONNECT: i32 = 5;
const DOMAIN_EXISTS: i32 = 35;
const AGENT_UNRESPONSIVE: i32 = 86;
const AUTH_UNAVAILABLE: i32 = 94;
const AGENT_UNSYNCED: i32 = 97;
const FROM_RPC: i32 = 7;
const FROM_POLKIT: i32 = 60;

const ENOENT: i32 = 2;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const ENETUNREACH: i32 = 101;
const ECONNRESET: i32 = 104;
const ETIMEDOUT: i32 = 110;
const ECONNREFUSED: i32 = 111;
const EHOSTUNREACH: i32 = 113;

/// An error's text, prepared for looking things up in it.
struct Text<'a> {
    raw: &'a str,
    lower: String,
}

impl<'a> Text<'a> {
    fn new(raw: &'a str) -> Self {
        Self {
            raw,
            lower: raw.to_lowercase(),
        }
    }

    fn contains(&self, needle: &str) -> bool {
        self.lower.contains(needle)
    }

    fn any(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.contains(needle))
    }

    fn all(&self, needles: &[&str]) -> bool {
        needles.iter().all(|needle| self.contains(needle))
    }

    /// Whether the text of an error number is in it: in English, as ssh's far side writes it, or in our language, as
    /// libvirt does.
    fn errno(&self, number: i32) -> bool {
        let english = match number {
            ENOENT => "no such file or directory",
            ENOMEM => "cannot allocate memory",
            EACCES => "permission denied",
            ENOSPC => "no space left on device",
            ENETUNREACH => "network is unreachable",
            ECONNRESET => "connection reset by peer",
            ETIMEDOUT => "connection timed out",
            ECONNREFUSED => "connection refused",
            EHOSTUNREACH => "no route to host",
            _ => return false,
        };
        if self.contains(english) {
            return true;
        }
        let ours = io::Error::from_raw_os_error(number).to_string();
        let ours = ours.split(" (os error").next().unwrap_or_default().to_lowercase();
        !ours.is_empty() && self.contains(&ours)
    }

    fn errno_or_shell(&self) -> bool {
        self.errno(ENOENT) || self.any(&["command not found", "not found"])
    }

    /// What stands between the first pair of apostrophes.
    fn quoted(&self) -> Option<String> {
        let mut parts = self.raw.splitn(3, '\'');
        let (_, inside, _) = (parts.next()?, parts.next()?, parts.next()?);
        (!inside.is_empty()).then(|| inside.to_owned())
    }

    /// The word that begins with `start`.
    fn word_from(&self, start: &str) -> Option<String> {
        let begin = self.raw.find(start)?;
        word(&self.raw[begin..])
    }

    /// The word after `before`.
    fn word_after(&self, before: &str) -> Option<String> {
        let begin = self.raw.find(before)? + before.len();
        word(&self.raw[begin..])
    }
}

fn word(text: &str) -> Option<String> {
    text.split_whitespace()
        .next()
        .map(|word| word.trim_end_matches(['.', ',']).to_owned())
        .filter(|word| !word.is_empty())
}
