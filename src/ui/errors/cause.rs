//! What stands behind a failure, as far as its text tells. The texts of libvirt and of the C library are localised, ssh's
//! are not; what is not recognised falls back to the error's [`Kind`].

mod text;
mod traffic;

use crate::model::error::{FROM_RPC, Kind, VirtError};
use text::{EACCES, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ENOENT, ENOMEM, ENOSPC, ETIMEDOUT, Text};

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
    /// The other side ended it.
    ServiceStopped,
    /// What answers is no libvirt, or garbled on the way.
    NotLibvirt,
    /// The socket of the service is not there: the path.
    SocketMissing(Option<String>),
    /// The socket of the service may not be opened: the path.
    SocketDenied(Option<String>),
    /// polkit said no.
    NotAuthorised,
    /// polkit wants the administrator's password, and no program of the desktop can ask for it.
    NoPolkitAgent,
    /// The host can't ask polkit.
    NoPolkit,
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
    /// Another machine or program uses the disk: its path.
    DiskInUse(Option<String>),
    /// A device of the host belongs to another machine: its name.
    DeviceInUse(Option<String>),
    /// The host's lock manager does not answer.
    NoLockManager,
    /// No space on the disk of the host.
    NoSpace,
    /// Not enough memory on the host.
    NoMemory,
    /// A virtual network that is needed is off: its name.
    NetworkOff(Option<String>),
    /// The host reaches the addresses of a network over this interface already.
    SubnetTaken(Option<String>),
    /// The host has an interface with the name of a network's bridge: its name.
    BridgeTaken(Option<String>),
    /// The host lacks a program that libvirt needs for networks: its name.
    HostProgramMissing(String),
    /// Another server listens where a network's DNS or DHCP would: the address.
    ListenerTaken(Option<String>),
    /// The host's firewall could not be set up for a network.
    NoFirewall,
    /// A user session may not make networks.
    NoNetworksForUsers,
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
    /// Ours: it is not signed by the authority that is set up here, or its time is over: the path.
    OursInvalid(Option<String>),
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
        .or_else(|| traffic::traffic(&text))
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
            fingerprint: text
                .word_from("SHA256:")
                .or_else(|| text.quoted_after("new host key '")),
            remembered_in: text
                .word_after(" key in ")
                .filter(|word| word.contains(':'))
                .or_else(|| text.quoted_after("stored in '")),
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
        "end of file while reading data: ",
    ]);
    let no_service = text.any(&["command not found", "not found", "failed to connect socket"]) && text.errno_or_shell();
    // What a shell says with a number when there is no such command; libssh says -1 when it asks before the number came.
    let ended = [
        "terminated with non-zero code: 127",
        "terminated with non-zero code: -1",
    ];
    if remote && no_service || text.any(&ended) {
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
    } else if text.any(&["our own certificate"]) || (text.any(&["the client certificate"]) && !text.errno(ENOENT)) {
        // libvirt checks it before it says a word to the server.
        Certificate::OursInvalid(text.path_after(" certificate "))
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
    if text.any(&["no polkit agent"]) {
        return Some(Cause::NoPolkitAgent);
    }
    if text.any(&["unable to get system bus connection"]) || text.all(&["policykit1", "error from service"]) {
        return Some(Cause::NoPolkit);
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
    // They stand between the service that we talk to and the images: no news of our connection.
    if text.any(&["virtlockd", "sanlock daemon"]) {
        return Some(Cause::NoLockManager);
    }
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
        || text.any(&[
            "operation timed out",
            "no answer",
            "did not answer within",
            "earlier attempts still wait",
            "the host stopped answering",
        ])
    {
        Some(Cause::NoAnswer)
    } else if text.any(&["failed to connect socket", "libvirt-sock", "virtqemud-sock", "-sock'"]) {
        match () {
            () if text.errno(EACCES) => Some(Cause::SocketDenied(text.quoted())),
            () if text.errno(ENOENT) => Some(Cause::SocketMissing(text.quoted())),
            () => None,
        }
    } else if text.any(&["no call waiting for reply", "received from server too large"]) {
        Some(Cause::NotLibvirt)
    } else if text.contains("the service on the host stopped") {
        Some(Cause::ServiceStopped)
    } else if text.any(&[
        "keepalive",
        "client socket is closed",
        "end of file while reading",
        "cannot write data",
        "not connected to the host",
        "the connection broke",
        "the connection was closed",
    ]) || text.errno(ECONNRESET)
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
    } else if let Some(cause) = in_use(error, text) {
        Some(cause)
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

/// What others have: QEMU's locks, those of virtlockd and sanlock, labels that another machine's image has.
fn in_use(error: &VirtError, text: &Text) -> Option<Cause> {
    if text.all(&["failed to get", "\" lock"]) || text.contains("another process using the image") {
        return Some(Cause::DiskInUse(text.between("using the image [", ']')));
    }
    if text.all(&["setting different", "already in use"]) {
        return Some(Cause::DiskInUse(text.path_after(" on ")));
    }
    if text.any(&["lockspace resource", "conflicts with other active domains"]) {
        return Some(Cause::DiskInUse(text.quoted().filter(|path| path.starts_with('/'))));
    }
    if text.any(&["failed to acquire lock", "is already in use by another guest"])
        || (error.code == RESOURCE_BUSY && error.domain == FROM_LOCKING)
    {
        return Some(Cause::DiskInUse(text.quoted().filter(|path| path.starts_with('/'))));
    }
    if text.any(&[
        "is in use by driver",
        "is already in use by domain",
        "is already in use by other domain",
    ]) {
        let name = text
            .word_after(", domain ")
            .or_else(|| text.quoted_after("domain(s) '"));
        return Some(Cause::DeviceInUse(name));
    }
    None
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
const RESOURCE_BUSY: i32 = 87;
const AUTH_UNAVAILABLE: i32 = 94;
const AGENT_UNSYNCED: i32 = 97;
const FROM_LOCKING: i32 = 42;
const FROM_POLKIT: i32 = 60;
