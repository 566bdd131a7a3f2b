//! What this process gives up before it reads a byte of a server.

use std::env;
use std::fmt::Display;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, path_beneath_rules};
use rustix::process::{Resource, Rlimit, Signal};

use crate::wire::{Open, Protocol};

/// Bytes of memory of our own: the largest picture takes 127 MiB, the stacks 24 MiB. The shared memory of the picture, as much
/// again, does not count here.
const VNC_MEMORY: u64 = 176 * 1024 * 1024;
/// SPICE keeps pictures that the guest may show again, and has threads for sound.
const SPICE_MEMORY: u64 = 384 * 1024 * 1024;
/// What libraries read when they are loaded and used, on every kind of distribution.
const LIBRARIES: [&str; 14] = [
    "/usr",
    "/lib",
    "/lib64",
    "/etc",
    "/app",
    "/nix/store",
    "/gnu/store",
    "/opt",
    "/run/systemd/resolve",
    "/run/current-system",
    "/var/lib/ca-certificates",
    "/proc",
    "/dev/random",
    "/dev/urandom",
];

/// The socket that Vireo has given as standard input; not blocking from now on.
///
/// # Errors
/// There is none: somebody started this program by hand.
pub fn own_socket() -> io::Result<OwnedFd> {
    let input = io::stdin();
    rustix::net::sockopt::socket_type(&input)?;
    let socket = rustix::io::fcntl_dupfd_cloexec(&input, 3)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

/// What no display needs, whatever its protocol.
pub fn drop_first() {
    let done = [
        // Ends with Vireo even while it is stuck in a loop and does not see its socket close.
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)),
        limit(Resource::Core, 0),
        limit(Resource::Nofile, 256),
    ];
    complain(done.into_iter().filter_map(Result::err));
}

/// What this display does not need: memory beyond what its pictures take, and files.
pub fn drop_rest(open: &Open) {
    let memory = match open.protocol {
        Protocol::Vnc => VNC_MEMORY,
        Protocol::Spice => SPICE_MEMORY,
    };
    complain(limit(Resource::Data, memory).err());
    complain(fence(open).err());
}

fn complain(errors: impl IntoIterator<Item: Display>) {
    for error in errors {
        eprintln!("vireo-display: rights are kept: {error}");
    }
}

fn limit(resource: Resource, most: u64) -> rustix::io::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    rustix::process::setrlimit(resource, limit)
}

/// Fences the file system off, where the kernel can do that: nothing is run, and nothing is written but what the display is
/// there for.
fn fence(open: &Open) -> Result<(), RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let all = AccessFs::from_all(ABI::V3);
    let write = all & !AccessFs::Execute;
    let mut readable: Vec<PathBuf> = match open.protocol {
        Protocol::Vnc => LIBRARIES
            .iter()
            .map(PathBuf::from)
            .chain(trusted(open))
            .chain(tickets())
            .collect(),
        // The user may send any file into the guest, and the fence can't be moved later.
        Protocol::Spice => vec!["/".into()],
    };
    let mut writable: Vec<PathBuf> = Vec::new();
    if open.sound || open.microphone {
        readable.extend(home(".config/pulse"));
        writable.push("/dev/shm".into());
        // Not the folder above: others keep there what they trust.
        let pulse = env::var_os("XDG_RUNTIME_DIR").map(|run| PathBuf::from(run).join("pulse"));
        readable.extend(pulse.clone());
        writable.extend(pulse);
    }
    if open.protocol == Protocol::Spice {
        writable.push("/dev/bus/usb".into());
        let folder = open.folder.iter().filter(|(_, read_only)| !read_only);
        writable.extend(folder.map(|(path, _)| PathBuf::from(path)));
    }
    Ruleset::default()
        .handle_access(all)?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(
            ["/dev/null", "/dev/zero"],
            read | AccessFs::WriteFile,
        ))?
        .add_rules(path_beneath_rules(writable, write))?
        .restrict_self()?;
    Ok(())
}

/// Tickets of Kerberos, for SASL.
fn tickets() -> impl Iterator<Item = PathBuf> {
    let named = env::var("KRB5CCNAME").ok();
    let named = named.map(|name| name.rsplit(':').next().unwrap_or_default().to_owned());
    let usual = format!("/tmp/krb5cc_{}", rustix::process::getuid().as_raw());
    named.into_iter().chain([usual]).map(PathBuf::from)
}

/// What tells whom to trust.
fn trusted(open: &Open) -> impl Iterator<Item = PathBuf> {
    let tls = &open.tls;
    let given = [&tls.ca, &tls.crl, &tls.certificate, &tls.key];
    let given = given.into_iter().filter(|path| !path.is_empty()).map(PathBuf::from);
    given.chain(home(".pki"))
}

fn home(below: &str) -> Option<PathBuf> {
    env::home_dir().map(|home| home.join(below))
}
