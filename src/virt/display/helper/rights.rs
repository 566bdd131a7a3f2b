//! What this process gives up before it reads a byte of a server.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Resource, Rlimit, Signal};

use crate::wire::Open;

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
    // Ends with Vireo even while it is stuck in a loop and does not see its socket close.
    let done = [
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)),
        limit(Resource::Core, 0),
        limit(Resource::Nofile, 256),
    ];
    for error in done.into_iter().filter_map(Result::err) {
        eprintln!("vireo-display: rights are kept: {error}");
    }
}

/// What this display does not need.
pub fn drop_rest(_open: &Open) {}

fn limit(resource: Resource, most: u64) -> rustix::io::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    rustix::process::setrlimit(resource, limit)
}
