//! `vireo-display`: speaks VNC or SPICE with one display server on behalf of Vireo, which started it with a socket as standard
//! input. See `wire` for what passes over it.

#[allow(dead_code)] // Each of the two programs uses its half.
#[path = "../channel.rs"]
mod channel;
#[allow(dead_code)] // Each of the two programs uses its half.
#[path = "../../../model/display/wire.rs"]
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("vireo-display {}: started by Vireo alone", wire::VERSION);
    ExitCode::FAILURE
}
